"""Rosters: from the CSV files that platforms write; two students are never taken for one."""

import pytest

from nbcourse.errors import UserError
from nbcourse.grading.records import Student
from nbcourse.grading.roster import Roster, clean, read_roster


def _read(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return read_roster(path)


@pytest.mark.parametrize(
    ("text", "student"),
    [
        (
            "id,name,email\nada,Ada Lovelace,ada@x.org\n",
            Student("ada", "Ada Lovelace", "ada@x.org"),
        ),
        ("\ufeffid\nada\n", Student("ada")),
        ("ID;Name\r\nada;Ada\r\n", Student("ada", "Ada")),
        (
            "Student,ID,SIS User ID,SIS Login ID\nAda,77,ada,ad1\n",
            Student("77", "Ada", "", ("ad1", "ada")),
        ),
        ("id,aliases\nada,al|lady ada\n", Student("ada", aliases=("al", "lady ada"))),
        ("name,sid,email\nAda,1815,a@x\n", Student("1815", "Ada", "a@x")),
    ],
)
def test_columns_are_found_by_their_names(tmp_path, text, student):
    """As people and platforms write them."""
    assert _read(tmp_path, text).students == (student,)


def test_other_encodings_are_read(tmp_path):
    """A spreadsheet's Latin-1 does not stop the class."""
    assert _read(tmp_path, "id,name\nmu,Müller\n", "latin-1").students[0].name == "Müller"


ADA = Student("ada", "Ada Lovelace", "countess@x.org", ("1815",))
ANNA = Student("anna", "Anna Smith", "smith@x.org")
AMY = Student("amy", "Amy Smith", "smith@y.org")
ROSTER = Roster((ADA, ANNA, AMY))


@pytest.mark.parametrize(
    "token", ["ada", "ADA", "1815", "countess@x.org", "countess", "lovelaceada", "Ada Lovelace"]
)
def test_a_student_is_found_by_any_name(token):
    """Id, alias, e-mail, or the name as Canvas writes it, without case."""
    assert ROSTER.find(token) == ADA


@pytest.mark.parametrize("token", ["", "eve", "smith", "../ada", "ada\0"])
def test_nobody_is_guessed(token):
    """Unknown, or a name that two students share."""
    assert ROSTER.find(token) is None


def test_an_id_is_an_id():
    """Whatever somebody else is called."""
    one, other = Student("sam"), Student("x1", "Sam")

    assert Roster((one, other)).find("sam") == one
    assert Roster((other, one)).find("sam") == one


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name\nAda\n", "needs a column `id`, it has name"),
        ("", "it has no header"),
        ("id\n\n", "lists nobody"),
        ("id\nada\nADA\n", "more than once"),
    ],
)
def test_a_mistake_gets_one_sentence(tmp_path, text, words):
    """What is wrong with which file."""
    with pytest.raises(UserError) as error:
        _read(tmp_path, text)

    assert words in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    """No traceback."""
    with pytest.raises(UserError, match="cannot be read"):
        read_roster(tmp_path / "nothing.csv")


def test_cells_are_cleaned():
    """Line breaks, hidden and turning characters, and novels."""
    assert clean("Ada\u202e\n\0 \u200bLovelace") == "Ada Lovelace"
    assert len(clean("x" * 10**6)) == 200
