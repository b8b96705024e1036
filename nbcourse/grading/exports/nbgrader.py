"""Marks in a gradebook database of nbgrader, for courses whose tools read one.

Each exercise becomes a graded cell of a notebook that is called as the assignment. A mark that a
person gave is nbgrader's manual score. Written with nbgrader's own interface, see
https://nbgrader.readthedocs.io/en/stable/api/gradebook.html
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from nbcourse.errors import UserError
from nbcourse.grading.exports.tables import exercises_of
from nbcourse.grading.gradebook import Gradebook, Row
from nbcourse.grading.records import Student


def export(gradebook: Gradebook, url: str | Path) -> None:
    """Write all marks to a database of nbgrader; made when it is not there.

    What the database holds of these students for these assignments is replaced; all else stays.
    A submission without a mark (unreadable, grader_error) waits there for a manual one. Students
    who handed in nothing have no submission.

    Args:
        gradebook: the marks.
        url: of the database; a path is a file of SQLite.

    Raises:
        UserError: nbgrader is not installed, or the database cannot be used.
    """
    try:
        from nbgrader.api import Gradebook as Database
    except ImportError:
        raise UserError("this needs nbgrader: pip install 'nbgrader>=0.9.5'") from None
    text = str(url) if "://" in str(url) else f"sqlite:///{url}"
    try:
        with _programs_of_this_environment(), Database(text) as database:
            for assignment in gradebook.assignments:
                rows = gradebook.of(assignment)
                _prepare(database, assignment, rows, gradebook)
                for row in rows:
                    _write(database, row)
            database.db.commit()
            database.engine.dispose()
    except (sa.exc.SQLAlchemyError, ModuleNotFoundError, OSError) as error:
        reason = str(error).splitlines()[0][:200]
        raise UserError(f"nbgrader's database cannot be used: {reason}") from None


@contextmanager
def _programs_of_this_environment() -> Iterator[None]:
    """Find `alembic`, which nbgrader runs, where this Python is, active or not."""
    before = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


def _prepare(
    database: Any,  # noqa: ANN401 (nbgrader's, untyped)
    assignment: str,
    rows: Sequence[Row],
    gradebook: Gradebook,
) -> None:
    """The assignment, its notebook, and in it a cell for each exercise."""
    due = gradebook.course.due.get(assignment)
    database.update_or_create_assignment(assignment, duedate=due)
    database.update_or_create_notebook(assignment, assignment)
    for exercise in exercises_of(tuple(rows)):
        marks = [mark for row in rows for mark in row.marks if mark.exercise == exercise]
        total = max(mark.points_total for mark in marks)
        database.update_or_create_grade_cell(
            exercise, assignment, assignment, max_score=total, cell_type="code"
        )
        database.update_or_create_solution_cell(exercise, assignment, assignment)


def _write(database: Any, row: Row) -> None:  # noqa: ANN401
    from nbgrader.api import MissingEntry

    database.update_or_create_student(row.student.id, **_person(row.student))
    with suppress(MissingEntry):
        database.remove_submission(row.assignment, row.student.id)
    if row.status == "missing":
        return
    with database.db.no_autoflush:  # half a submission is no error, but a warning
        submission = database.add_submission(row.assignment, row.student.id)
    marks = {mark.exercise: mark for mark in row.marks}
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            mark = marks.get(grade.name)
            if mark:
                score = "manual_score" if mark.manual else "auto_score"
                setattr(grade, score, mark.points)
            grade.needs_manual_grade = row.points is None
        for comment in notebook.comments:
            mark = marks.get(comment.name)
            if mark and (mark.comment or mark.diagnosis):
                words = "manual_comment" if mark.comment else "auto_comment"
                setattr(comment, words, mark.comment or mark.diagnosis)


def _person(student: Student) -> dict[str, str]:
    first, _, last = student.name.rpartition(" ")
    return {"first_name": first, "last_name": last, "email": student.email}
