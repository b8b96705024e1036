"""An appeal shows the inputs that were graded, or says that it cannot."""

from dataclasses import replace

import numpy as np
import pytest

from nbcourse.checking.judge import check_function, expected_value, plan
from nbcourse.checking.seeds import Key
from nbcourse.exercises import all_exercises, find
from nbcourse.grading import appeals, keys
from nbcourse.grading.records import CheckRecord, ExerciseRecord, Record

EXERCISE = find("logsumexp")
SECRET = "a secret of the course"


def naive(z, *, axis=-1):
    """Right, until it overflows."""
    with np.errstate(all="ignore"):
        return np.log(np.exp(z).sum(axis))


def graded(function=naive, *, secret=SECRET, student="ada", attempt=2, digest="d" * 40):
    """The record that grading a function writes."""
    key = Key(secret=secret, student=student, attempt=attempt)
    report = check_function(EXERCISE, function, key=key)
    hidden = tuple(CheckRecord(o.name, o.group, o.passed, o.message) for o in report.outcomes)
    result = ExerciseRecord(
        EXERCISE.name, report.points, EXERCISE.points_total, True, hidden=hidden, tier="1",
        key=keys.of_digest(digest, EXERCISE, key, "1"),
    )  # fmt: skip
    return Record(student, "03_losses", attempt, digest=digest, exercises=(result,))


def test_the_inputs_are_those_of_the_attempt():
    """Every hidden call is there, with what the reference says."""
    found = appeals.evidence(graded(), EXERCISE, SECRET)
    cases = plan(EXERCISE, Key(secret=SECRET, student="ada", attempt=2))

    assert sum(len(each.calls) for each in found) == len(cases)
    first = next(case for case in cases if case.check.holds is None and case.check.by_reference)
    (shown,) = [each for each in found if each.recorded.name == first.check.name]
    assert shown.calls[0][1] == appeals.exact(expected_value(EXERCISE, first))
    assert appeals.exact(first.given.args[0]) in shown.calls[0][0]


def test_what_failed_is_said_with_it():
    """The recorded verdict, not a new one; checks of all calls have no inputs of their own."""
    found = {each.recorded.name: each for each in appeals.evidence(graded(), EXERCISE, SECRET)}

    assert any(not each.recorded.passed for each in found.values())
    assert found["its arguments are left as they were"].calls == ()


def test_a_property_has_no_single_right_value():
    """It is said instead of one."""
    exercise = next(e for e in all_exercises() if any(c.holds for c in e.checks))
    checks = tuple(CheckRecord(check.name, check.group, True) for check in exercise.checks)
    record = Record("ada", "", exercises=(ExerciseRecord(exercise.name, 0, 0, hidden=checks),))
    calls = [c for e in appeals.evidence(record, exercise, SECRET) for c in e.calls]
    n = sum(c.check.holds is not None for c in plan(exercise, Key(secret=SECRET)))

    assert sum(right == appeals.PROPERTY for _, right in calls) == n > 0


@pytest.mark.parametrize(
    "change",
    [{"student": "bob"}, {"attempt": 1}, {"digest": "e" * 40}],
    ids=lambda change: next(iter(change)),
)
def test_other_inputs_are_not_taken_for_those_that_were_graded(change):
    """Nor those of another secret, or of a specification that has changed."""
    record = graded()

    assert appeals.is_as_graded(record, EXERCISE, SECRET)
    assert not appeals.is_as_graded(record, EXERCISE, SECRET + "!")
    assert not appeals.is_as_graded(replace(record, **change), EXERCISE, SECRET)


def test_a_changed_specification_is_noticed(monkeypatch):
    """By its fingerprint."""
    record = graded()
    monkeypatch.setattr(keys, "of_exercise", lambda exercise: "changed")

    assert not appeals.is_as_graded(record, EXERCISE, SECRET)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.array([0.1, 1e-20, np.inf]), "array([0.1, 1e-20, inf])"),
        (np.ones(1, np.float32), "array([1.0], dtype=float32)"),
        (np.float32(0.1), repr(float(np.float32(0.1)))),
        ((1, {"a": np.array(2)}), "(1, {'a': array(2)})"),
        ([None, "x"], "[None, 'x']"),
    ],
)
def test_values_are_written_with_every_digit(value, text):
    """As Python writes them."""
    assert appeals.exact(value) == text


def test_a_large_array_is_its_shape_and_its_ends():
    """Nobody compares a thousand numbers by eye."""
    text = appeals.exact(np.arange(1000.0).reshape(10, 100))

    assert text.startswith("array of shape (10, 100) and dtype float64: [ 0., 1., 2., ..., 997.")
