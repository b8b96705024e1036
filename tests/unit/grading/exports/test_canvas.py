"""The file for Canvas: its columns, its row of points, and students it can find."""

from nbcourse.grading.exports import canvas
from nbcourse.grading.records import Student
from nbcourse.grading.roster import read_roster
from tests.unit.grading.exports.conftest import ASSIGNMENT, a_book, a_row, no_mark, read, table

EXPORTED = """Student,ID,SIS User ID,SIS Login ID,Section,Essay (4711)
    Points Possible,,,,,10
"Lovelace, Ada",101,S-1,ada.l,Lab B,9
"Bool, George",102,,george,Lab A,
"""


def test_the_columns_are_those_of_canvas(tmp_path):
    """In the order that its importer asks for, then the assignments; points in the second row."""
    rows = (
        a_row(),
        a_row(assignment="02_activations"),
        no_mark("bob"),
        a_row("bob", "02_activations"),
    )
    canvas.write(a_book(*rows), tmp_path / "canvas.csv")
    header, possible, ada, bob = read(tmp_path / "canvas.csv")
    columns = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert header == [*columns, "02_activations", ASSIGNMENT]
    assert possible == ["    Points Possible", "", "", "", "", 15, 15]
    assert ada == ["ada", "", "ada", "", "", 7.5, 7.5]
    assert bob == ["bob", "", "bob", "", "", 7.5, ""]


def test_a_roster_from_canvas_goes_back(tmp_path):
    """Its numbers, SIS ids, logins and sections are repeated; its row of points is nobody."""
    (tmp_path / "roster.csv").write_text(EXPORTED, encoding="utf-8")
    students = read_roster(tmp_path / "roster.csv").students
    assert [student.id for student in students] == ["101", "102"]
    canvas.write(a_book(*map(a_row, students)), tmp_path / "canvas.csv")
    rows = read(tmp_path / "canvas.csv")
    assert rows[2] == ["Lovelace, Ada", "101", "S-1", "ada.l", "Lab B", 7.5]
    assert rows[3] == ["Bool, George", "102", "", "george", "Lab A", 7.5]


def test_an_id_of_the_institution_is_no_number_of_canvas(tmp_path):
    """Canvas would give the marks to whoever has this number there."""
    canvas.write(a_book(a_row(Student("101", "Ada"))), tmp_path / "canvas.csv")
    assert read(tmp_path / "canvas.csv")[2][:4] == ["Ada", "", "101", ""]


def test_points_have_the_decimals_of_canvas(tmp_path):
    """Two; and without a mark the cell is empty, which changes nothing in Canvas."""
    rows = (a_row(points=2 / 3), no_mark("bob", "unreadable"), no_mark("cy", "grader_error"))
    canvas.write(a_book(*rows), tmp_path / "canvas.csv")
    assert [row[ASSIGNMENT] for row in table(tmp_path / "canvas.csv")] == [15, 0.67, "", ""]


def test_what_was_never_graded_has_no_total(tmp_path):
    """A total of 0 would overwrite the one in Canvas."""
    canvas.write(a_book(no_mark("ada")), tmp_path / "canvas.csv")
    assert read(tmp_path / "canvas.csv")[1][-1] == ""


def test_names_are_guarded(tmp_path):
    """A name is no formula."""
    canvas.write(a_book(a_row(Student("ada", "=1+1"))), tmp_path / "canvas.csv")
    assert read(tmp_path / "canvas.csv")[2][0] == "'=1+1"
