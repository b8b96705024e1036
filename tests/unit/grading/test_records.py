"""Records: through JSON and back they are equal, and their sums are right."""

import json
from dataclasses import asdict

from nbcourse.grading.records import (
    CheckRecord,
    ExerciseRecord,
    Flag,
    Record,
    Submission,
    exercise_from_dict,
    fingerprint,
    from_dict,
    to_dict,
)

CHECK = CheckRecord("rows sum to one", "properties", True)
EXERCISE = ExerciseRecord(
    "softmax", 7.5, 10, True, "a hint", (CHECK,), (CHECK,), (Flag("package", "scipy", 3),), "1", "k"
)
RECORD = Record("ada", "03_losses", 2, exercises=(EXERCISE, EXERCISE), cell_problems={3: "oh"})


def test_a_record_survives_json():
    """All of it, tuples and whole-number keys included."""
    assert from_dict(json.loads(json.dumps(to_dict(RECORD)))) == RECORD
    assert exercise_from_dict(json.loads(json.dumps(to_dict(EXERCISE)))) == EXERCISE


def test_plain_data_are_those_of_the_standard_library():
    """Only made faster."""
    submission = Submission("ada", "03_losses", cells=((1, "x"),), notes=("y",))

    for record in (RECORD, EXERCISE, submission):
        assert to_dict(record) == asdict(record)


def test_points_add_up():
    """Of the exercises there are."""
    assert (RECORD.points, RECORD.points_total) == (15, 20)
    assert Record("ada", "03_losses", status="unreadable").points == 0


def test_passed_needs_checks_and_all_of_them():
    """Nothing checked is not passed."""
    assert EXERCISE.passed
    assert not ExerciseRecord("softmax", 0, 10).passed


def test_a_digest_is_of_the_code_alone():
    """Not of the name, the time or the place."""
    one = Submission("ada", "03_losses", cells=((1, "x"),), origin="a")
    other = Submission("bob", "03_losses", cells=((1, "x"),), origin="b")

    assert one.digest == other.digest != Submission("ada", "03_losses", cells=((1, "y"),)).digest


def test_a_fingerprint_does_not_depend_on_the_order_of_keys():
    """Plain data, the same hash."""
    assert fingerprint({"a": 1, "b": [2]}) == fingerprint({"b": [2], "a": 1})
