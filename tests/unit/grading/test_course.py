"""A course's rules: from TOML, with a sentence for every mistake; days and factors by hand."""

import datetime
import math

import pytest

from nbcourse.errors import UserError
from nbcourse.grading.course import Course, Late, read_course
from nbcourse.grading.records import Student
from nbcourse.grading.roster import Roster

ROSTER = Roster((Student("ada", "Ada"), Student("bob", "Bob")))
DUE = datetime.datetime(2027, 3, 1, 23, 59, tzinfo=datetime.UTC)
TEXT = """
title = "Networks, spring"
attempts = "last"
most_attempts = 3
leave_out = ["focal_loss"]

[due]
03_losses = 2027-03-01T23:59:00Z

[late]
per_day = 0.1
at_most = 5
grace_minutes = 10

[extensions]
ada = 2
bob = {03_losses = 7}
"""


@pytest.fixture
def course(tmp_path):
    """The rules above."""
    (tmp_path / "course.toml").write_text(TEXT, encoding="utf-8")
    return read_course(tmp_path / "course.toml", ROSTER)


def test_all_of_it_is_read(course):
    """Every entry arrives."""
    assert (course.title, course.attempts, course.most_attempts) == ("Networks, spring", "last", 3)
    assert course.due == {"03_losses": DUE}
    assert course.late == Late(0.1, 5, 10)
    assert course.leave_out == {"focal_loss"}


@pytest.mark.parametrize(
    ("student", "submitted", "days"),
    [
        ("cy", "2027-03-01T23:59:00+00:00", 0),
        ("cy", "2027-03-02T00:09:00+00:00", 0),
        ("cy", "2027-03-02T00:09:01+00:00", 1),
        ("cy", "2027-03-02T01:30:00+02:00", 0),
        ("cy", "2027-03-03T12:00:00+00:00", 2),
        ("ada", "2027-03-03T12:00:00+00:00", 0),
        ("bob", "2027-03-08T12:00:00+00:00", 0),
        ("cy", "", 0),
    ],
)
def test_days_are_counted_from_the_time_that_applies(course, student, submitted, days):
    """Grace, extensions and time zones included; begun days count."""
    assert course.days_late(student, "03_losses", submitted) == days


def test_nothing_is_late_where_nothing_is_due(course):
    """Another assignment has no due time."""
    assert course.days_late("cy", "01_neuron", "2099-01-01T00:00:00+00:00") == 0


def test_the_factor_falls_and_ends(course):
    """A tenth a day, nothing after five days, never below 0."""
    assert [course.factor(days) for days in (0, 1, 5, 6)] == [1.0, 0.9, 0.5, 0.0]
    assert Course(late=Late(per_day=0.3)).factor(7) == 0.0
    assert Course().factor(10**6) == 1.0
    assert Course().late.at_most == math.inf


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tries = 'best'", "tries, which means nothing; there are attempts"),
        ("attempts = 'worst'", "one of best, last, average, not 'worst'"),
        ("[late]\nper_day = -1", "late.per_day is a number of at least 0, not -1"),
        ("[late]\nper_week = 1", "late.per_week, which means nothing"),
        ("[due]\n03_losses = 2027-03-01T23:59:00", "a time with a zone"),
        ("[due]\n03_losses = 'soon'", "a time with a zone"),
        ("[extensions]\nada = 'two'", "extensions.ada is a number"),
        ("title = ", "is no TOML"),
        ("late = 3", "late is a table, not 3"),
        ("leave_out = 'focal_loss'", "leave_out is a list of exercises, not 'focal_loss'"),
        ("leave_out = ['focal_los']", "focal_los"),
        ("[due]\n03_loses = 2027-03-01T23:59:00Z", "due.03_loses: there is no chapter"),
        ("[extensions]\neve = 2", "extensions.eve is for nobody on the roster"),
        ("[extensions]\nada = {03_loses = 2}", "extensions.ada.03_loses: there is no chapter"),
    ],
)
def test_a_mistake_gets_one_sentence(tmp_path, text, words):
    """It names the file, the entry, and what would be right."""
    path = tmp_path / "course.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as error:
        read_course(path, ROSTER)

    assert words in str(error.value)
    assert "course.toml" in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    """No traceback."""
    with pytest.raises(UserError, match=r"nothing\.toml cannot be read"):
        read_course(tmp_path / "nothing.toml", ROSTER)
