"""The gradebook: one row for everybody; attempts, lateness and manual marks worked out by hand."""

import datetime
from dataclasses import replace

import pytest

from nbcourse.grading.course import Course, Late
from nbcourse.grading.gradebook import gradebook
from nbcourse.grading.records import Student
from nbcourse.grading.roster import Roster
from nbcourse.grading.store import ManualMark
from tests.unit.grading.conftest import a_record

ROSTER = Roster((Student("ada", "Ada"), Student("bob", "Bob"), Student("cy")))
DUE = {"03_losses": datetime.datetime(2027, 3, 1, tzinfo=datetime.UTC)}
FIRST = a_record(points=6.0, submitted="2027-02-28T00:00:00+00:00")
SECOND = a_record(points=8.0, attempt=2, submitted="2027-03-02T12:00:00+00:00")  # two days late
THIRD = a_record(points=4.0, attempt=3, submitted="2027-02-28T12:00:00+00:00")


def _row(records, course=None, manual=()):
    return gradebook(records, manual, ROSTER, course or Course()).rows[0]


def test_everybody_on_the_roster_has_a_row():
    """Who handed in nothing is missing, and has no points, which is not 0."""
    book = gradebook([FIRST, a_record("eve")], [], ROSTER, Course())

    assert [(row.student.id, row.status) for row in book.rows] == [
        ("ada", "graded"), ("bob", "missing"), ("cy", "missing"),
    ]  # fmt: skip
    assert book.rows[1].points is None
    assert book.assignments == ("03_losses",)


@pytest.mark.parametrize(
    ("attempts", "points", "counted"),
    [("best", 8.0, (2,)), ("last", 4.0, (3,)), ("average", 6.0, (1, 2, 3))],
)
def test_attempts_count_as_the_course_says(attempts, points, counted):
    """The best, the last, or the mean."""
    row = _row([THIRD, FIRST, SECOND], Course(attempts=attempts))

    assert (row.points, row.counted, row.attempts) == (points, counted, 3)


def test_the_best_attempt_is_the_best_after_lateness():
    """Two days at 20 % leave 4.8 of 8, less than the 6 that were in time."""
    row = _row([FIRST, SECOND], Course(due=DUE, late=Late(per_day=0.2)))

    assert (row.points, row.counted, row.days_late, row.factor) == (6.0, (1,), 0, 1.0)


def test_lateness_takes_its_share():
    """Only the late attempt: 8 points, two days at 20 %."""
    row = _row([SECOND], Course(due=DUE, late=Late(per_day=0.2)))

    assert (row.points, row.days_late, row.factor) == (pytest.approx(4.8), 2, pytest.approx(0.6))


def test_attempts_beyond_the_limit_do_not_count():
    """They are counted, and not used."""
    row = _row([FIRST, SECOND, THIRD], Course(most_attempts=1))

    assert (row.points, row.attempts, row.counted) == (6.0, 3, (1,))


def test_a_manual_mark_replaces_and_says_so():
    """Lateness does not touch it; without any submission it stands alone."""
    mark = ManualMark("ada", "03_losses", "logsumexp", 9.5, "well argued", "cy", "today")
    row = _row([SECOND], Course(due=DUE, late=Late(per_day=0.5)), [mark])
    alone = _row([], manual=[mark])

    assert (row.points, row.marks[0].manual, row.marks[0].comment) == (9.5, True, "well argued")
    assert (alone.status, alone.points, alone.points_total) == ("graded", 9.5, 10)


@pytest.mark.parametrize("status", ["unreadable", "grader_error"])
def test_what_is_not_graded_is_no_zero(status):
    """The reason is kept; a graded attempt beside it counts."""
    broken = replace(a_record(attempt=2), exercises=(), status=status, problem="why")

    row = _row([broken])
    assert (row.status, row.points, row.problem) == (status, None, "why")
    assert _row([FIRST, broken]).points == 6.0


def test_exercises_can_be_left_out():
    """Neither their points nor their total count."""
    row = _row([FIRST], Course(leave_out=frozenset({"logsumexp"})))

    assert (row.points, row.points_total, row.marks) == (0, 0, ())


def test_the_order_of_records_does_not_matter():
    """Nor does it of manual marks."""
    records = [FIRST, SECOND, a_record("bob"), a_record("cy", "01_neuron")]

    assert gradebook(records, [], ROSTER, Course()) == gradebook(
        records[::-1], [], ROSTER, Course()
    )
