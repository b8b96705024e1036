"""nbgrader's database, read back with nbgrader's own interface."""

import builtins
from contextlib import contextmanager

import pytest

from nbcourse.errors import UserError
from nbcourse.grading.exports import nbgrader as module
from nbcourse.grading.exports.nbgrader import export
from nbcourse.grading.gradebook import Mark
from nbcourse.grading.records import Student
from tests.unit.grading.exports.conftest import ASSIGNMENT, a_book, a_row, no_mark

pytestmark = pytest.mark.slow  # nbgrader alone takes seconds to import
MANUAL = (Mark("softmax", 9.0, 10, manual=True, comment="Well argued."), Mark("mse", 1.0, 5))


@contextmanager
def opened(path):
    """The database, as nbgrader sees it."""
    from nbgrader.api import Gradebook

    with module._programs_of_this_environment(), Gradebook(f"sqlite:///{path}") as database:
        yield database
        database.engine.dispose()


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A database with a class of four, written twice."""
    place = tmp_path_factory.mktemp("nbgrader") / "gradebook.db"
    rows = (
        a_row(Student("ada", "Ada King Lovelace", "ada@x.org")),
        a_row("bob", points=10.0, marks=MANUAL),
        no_mark("cy"),
        no_mark("dan", "unreadable"),
    )
    export(a_book(a_row("ada", points=1.0)), place)
    export(a_book(*rows), place)
    return place


def test_scores_are_there(path):
    """Of each student, with the maximum; the second export replaced the first."""
    with opened(path) as database:
        found = database.find_submission(ASSIGNMENT, "ada")
        assert (found.score, found.max_score) == (7.5, 15)
        assert not found.needs_manual_grade
        grade = database.find_grade("softmax", ASSIGNMENT, ASSIGNMENT, "ada")
        assert (grade.auto_score, grade.manual_score, grade.max_score) == (6.5, None, 10)
        comment = database.find_comment("mse", ASSIGNMENT, ASSIGNMENT, "ada")
        assert comment.auto_comment == "The wrong <axis>."


def test_marks_from_people_are_manual_scores(path):
    """With their comments."""
    with opened(path) as database:
        assert database.find_submission(ASSIGNMENT, "bob").score == 10
        grade = database.find_grade("softmax", ASSIGNMENT, ASSIGNMENT, "bob")
        assert (grade.auto_score, grade.manual_score) == (None, 9)
        comment = database.find_comment("softmax", ASSIGNMENT, ASSIGNMENT, "bob")
        assert comment.manual_comment == "Well argued."


def test_students_are_there(path):
    """All of the roster, with names and addresses."""
    with opened(path) as database:
        assert sorted(student.id for student in database.students) == ["ada", "bob", "cy", "dan"]
        ada = database.find_student("ada")
        assert (ada.first_name, ada.last_name, ada.email) == ("Ada King", "Lovelace", "ada@x.org")


def test_what_has_no_mark_waits_for_one(path):
    """An unreadable notebook needs a person; who handed in nothing has no submission."""
    from nbgrader.api import MissingEntry

    with opened(path) as database:
        assert database.find_submission(ASSIGNMENT, "dan").needs_manual_grade
        with pytest.raises(MissingEntry):
            database.find_submission(ASSIGNMENT, "cy")


def test_a_database_that_cannot_be_used_is_said(tmp_path):
    """One sentence, and no traceback of SQLAlchemy."""
    with pytest.raises(UserError, match="nbgrader's database cannot be used"):
        export(a_book(), tmp_path / "no" / "such" / "folder.db")
    with pytest.raises(UserError, match="nbgrader's database cannot be used"):
        export(a_book(), "nothing://x")


def test_without_nbgrader_it_says_what_to_install(tmp_path, monkeypatch):
    """Nbgrader is not among what a teacher has to have."""
    real = builtins.__import__

    def no_nbgrader(name, *rest):
        if name.startswith("nbgrader"):
            raise ModuleNotFoundError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", no_nbgrader)
    with pytest.raises(UserError, match="pip install"):
        export(a_book(), tmp_path / "x.db")
