"""Marks from a table: all lines are right, or none counts and one sentence says which is not."""

import pytest

from nbcourse.errors import UserError
from nbcourse.grading.marks import read_marks
from nbcourse.grading.records import Student
from nbcourse.grading.roster import Roster
from nbcourse.grading.store import ManualMark

ROSTER = Roster((Student("ada", "Ada Lovelace", "ada@x.org", ("77",)), Student("bob")))
HEADER = "student,assignment,exercise,points,comment,author\n"


@pytest.fixture
def table(tmp_path):
    """Writes a table and returns its path."""

    def write(text, encoding="utf-8"):
        path = tmp_path / "marks.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_marks_are_read(table):
    """Chapters by number, topic or stem; students by id, alias or address."""
    path = table(
        HEADER
        + 'ada,03_losses,logsumexp,8.5,"well argued, late",cy\n'
        + "77,3,focal_loss,10,,\n"
        + "ADA@X.ORG,losses,gaussian_nll,0,,cy\n"
    )

    assert read_marks(path, ROSTER).given == (
        ManualMark("ada", "03_losses", "logsumexp", 8.5, "well argued, late", "cy"),
        ManualMark("ada", "03_losses", "focal_loss", 10.0, "", ""),
        ManualMark("ada", "03_losses", "gaussian_nll", 0.0, "", "cy"),
    )


def test_a_line_without_points_takes_a_mark_back(table):
    """The computed one counts again; empty lines mean nothing."""
    read = read_marks(table(HEADER + "ada,3,logsumexp,,,\n,,,,,\n\n"), ROSTER)

    assert read.given == ()
    assert read.withdrawn == (("ada", "03_losses", "logsumexp"),)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_spreadsheet_may_have_written_it(table, encoding):
    """Semicolons, decimal commas, a byte order mark, other columns, another order, capitals."""
    text = (
        "Points;Student;Name;Assignment;Exercise;Comment\r\n8,5;bob;Bob;3;logsumexp;für später\r\n"
    )

    (mark,) = read_marks(table(text, encoding), ROSTER).given
    assert (mark.student, mark.points, mark.comment) == ("bob", 8.5, "für später")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("eve,3,logsumexp,1,,", "line 2: 'eve' is nobody on the roster"),
        ("ada,99,logsumexp,1,,", "line 2: there is no chapter '99'"),
        ("ada,3,softmax,1,,", "line 2: 03_losses has no exercise 'softmax'; there are gaussian"),
        ("ada,3,logsumexp,85,,", "line 2: points are a number from 0 to 10, not '85'"),
        ("ada,3,logsumexp,-1,,", "not '-1'"),
        ("ada,3,logsumexp,nan,,", "not 'nan'"),
        ("ada,3,logsumexp,many,,", "not 'many'"),
        ("ada,3,logsumexp,1,,\n77,03_losses,logsumexp,,,", "line 3: ada, 03_losses, logsumexp st"),
        ('ada,3,logsumexp,1,"open,', "are no CSV after line 1"),
    ],
)
def test_a_wrong_line_is_named(table, lines, words):
    """With its number, what it says and what it may say."""
    with pytest.raises(UserError) as error:
        read_marks(table(HEADER + lines + "\n"), ROSTER)

    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_no_table_is_named(table, tmp_path):
    """Missing, in another encoding, or without a column."""
    for path, words in (
        (tmp_path / "none.csv", "cannot be read"),
        (table("student,assignment,points\n"), "need a column `exercise`; there are student"),
    ):
        with pytest.raises(UserError, match=words):
            read_marks(path, ROSTER)
    with pytest.raises(UserError, match="not in UTF-8"):
        read_marks(table(HEADER + "ada,3,logsumexp,1,für,\n", "latin-1"), ROSTER)
