"""The grade table, as CSV and as JSON."""

import datetime
import json

import pytest

from nbcourse.grading.course import Course, Late
from nbcourse.grading.exports import write_tables
from nbcourse.grading.gradebook import Mark
from nbcourse.grading.records import Flag, Student
from tests.unit.grading.exports.conftest import ASSIGNMENT, a_book, a_row, no_mark, table


@pytest.fixture
def grades(tmp_path):
    """A function that writes the tables of some rows and gives grades.csv."""

    def write(*rows):
        write_tables(a_book(*rows), tmp_path)
        return table(tmp_path / "grades.csv")

    return write


def test_a_row_for_each_student_and_assignment(grades):
    """Columns for the whole, and one for each exercise of any assignment."""
    other = a_row(assignment="02_activations", marks=(Mark("gelu", 3.0, 10),), points=3.0)
    rows = grades(a_row(), other, a_row("bob", points=-2.0))
    assert [(r["student"], r["assignment"], r["points"]) for r in rows] == [
        ("ada", ASSIGNMENT, 7.5), ("ada", "02_activations", 3), ("bob", ASSIGNMENT, -2),
    ]  # fmt: skip
    assert list(rows[0])[-3:] == ["gelu", "softmax", "mse"]
    assert [rows[0][name] for name in ("gelu", "softmax", "mse")] == ["", 6.5, 1]


@pytest.mark.parametrize("status", ["missing", "unreadable", "grader_error"])
def test_without_a_mark_the_cell_is_empty(grades, status):
    """Empty is not 0; the status says why."""
    (row,) = grades(no_mark("ada", status, problem="a picture"))
    assert (row["points"], row["points_total"], row["status"]) == ("", "", status)
    assert row["problem"] == "a picture"


def test_a_zero_is_a_zero(grades):
    """Who has a mark of 0 has it."""
    (row,) = grades(a_row(points=0.0, marks=(Mark("softmax", 0.0, 10),)))
    assert (row["points"], row["softmax"]) == (0, 0)


def test_names_cannot_be_formulas(grades):
    """Not even on the roster."""
    (row,) = grades(a_row(Student("+49", "=cmd()", "@x")))
    assert (row["student"], row["name"], row["email"]) == ("'+49", "'=cmd()", "'@x")


def test_comments_of_people_are_there(grades):
    """With the exercise that they are about."""
    marks = (Mark("softmax", 9.0, 10, manual=True, comment="Well argued."), Mark("mse", 1.0, 5))
    (row,) = grades(a_row(marks=marks))
    assert row["comments"] == "softmax: Well argued."


def test_json_holds_everything(tmp_path):
    """Schema, rules and rows; text of any kind, in ASCII."""
    course = Course(
        due={ASSIGNMENT: datetime.datetime(2027, 3, 1, tzinfo=datetime.UTC)},
        late=Late(per_day=0.1),
        extensions={("ada", ""): 2.0},
        leave_out=frozenset({"b", "a"}),
    )
    student = Student("ada", "Zoë \ud800", "a@x", ("a1",), (("section", "B"),))
    row = a_row(student, flags=(Flag("package", "scipy", 3),))
    write_tables(a_book(row, no_mark("bob"), course=course), tmp_path)
    data = json.loads((tmp_path / "grades.json").read_text(encoding="ascii"))
    assert (data["format"], data["schema"]) == ("nbcourse grades", 1)
    assert data["assignments"] == [ASSIGNMENT]
    assert data["course"]["due"] == {ASSIGNMENT: "2027-03-01T00:00:00+00:00"}
    assert data["course"]["late"] == {"per_day": 0.1, "at_most": None, "grace_minutes": 0.0}
    assert data["course"]["extensions"] == [["ada", "", 2.0]]
    assert data["course"]["leave_out"] == ["a", "b"]
    first, second = data["rows"]
    assert first["student"] == {
        "id": "ada", "name": "Zoë \ud800", "email": "a@x", "aliases": ["a1"],
    }  # fmt: skip
    assert (first["points"], first["counted"], first["factor"]) == (7.5, [1], 1.0)
    assert first["marks"][1]["diagnosis"] == "The wrong <axis>."
    assert first["flags"] == [{"kind": "package", "message": "scipy", "cell": 3}]
    assert (second["status"], second["points"]) == ("missing", None)


def test_an_empty_course_has_tables(tmp_path):
    """Headers, and no rows."""
    write_tables(a_book(), tmp_path / "new")
    assert table(tmp_path / "new" / "grades.csv") == []
    assert json.loads((tmp_path / "new" / "grades.json").read_text())["rows"] == []


def test_every_assignment_has_its_worksheet(tmp_path):
    """One for Moodle when there is one assignment, else one each."""
    write_tables(a_book(a_row()), tmp_path / "one")
    write_tables(a_book(a_row(), a_row(assignment="a/b")), tmp_path / "two")
    assert {path.name for path in (tmp_path / "one").iterdir()} == {
        "grades.csv", "grades.json", "canvas.csv", "moodle.csv",
    }  # fmt: skip
    names = sorted(path.name for path in (tmp_path / "two").glob("moodle*"))
    assert names[0] == "moodle-03_losses.csv"
    assert names[1].startswith("moodle-a-b-")
