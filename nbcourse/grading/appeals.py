"""An appeal: the hidden inputs of one student, drawn again, with what is right for them.

Nothing is run. Inputs follow from the secret, the student, the attempt and the specification; the
key of the recorded result tells whether these are the ones that were graded.
"""

from dataclasses import dataclass

import numpy as np

from nbcourse.checking.judge import Case, all_checks, expected_value, plan
from nbcourse.checking.seeds import Key
from nbcourse.checking.spec import Exercise, call
from nbcourse.checking.values import Value
from nbcourse.errors import UserError
from nbcourse.grading import keys
from nbcourse.grading.records import CheckRecord, ExerciseRecord, Record

PROPERTY = "any value that has the property; there is no single right one"
_ALL_SHOWN = 40  # numbers of an array


@dataclass(frozen=True)
class Evidence:
    """One hidden check: what was recorded, and its inputs.

    Attributes:
        recorded: the statement, and whether it held.
        calls: pairs of a call and what is right for it; empty for a check of all calls.
    """

    recorded: CheckRecord
    calls: tuple[tuple[str, str], ...]


def is_as_graded(record: Record, exercise: Exercise, secret: str) -> bool:
    """Whether a recorded result came of this secret and this very specification."""
    found = result_of(record, exercise)
    key = keys.of_digest(record.digest, exercise, _key(record, secret), found.tier)
    return key == found.key


def evidence(record: Record, exercise: Exercise, secret: str) -> list[Evidence]:
    """The hidden checks of an exercise, in their order, with the inputs of this attempt.

    Args:
        record: of the attempt.
        exercise: what was asked.
        secret: the course's.
    """
    cases = plan(exercise, _key(record, secret))
    known = {check.name for check in all_checks(exercise)}
    return [
        Evidence(
            check,
            tuple(_call(exercise, case) for case in cases if case.check.name == check.name)
            if check.name in known
            else (),
        )
        for check in result_of(record, exercise).hidden
    ]


def result_of(record: Record, exercise: Exercise) -> ExerciseRecord:
    """What was recorded of an exercise.

    Raises:
        UserError: nothing was.
    """
    for each in record.exercises:
        if each.exercise == exercise.name:
            return each
    where = f"attempt {record.attempt} of {record.student}"
    raise UserError(f"{where} has no result of {exercise.name}; grade again, then ask again")


def _key(record: Record, secret: str) -> Key:
    return Key(secret=secret, student=record.student, attempt=record.attempt)


def _call(exercise: Exercise, case: Case) -> tuple[str, str]:
    right = PROPERTY if case.check.holds is not None else exact(expected_value(exercise, case))
    driver = case.check.driver
    caller = exercise.name if driver is call else f"{driver.__name__}({exercise.name}, …): "
    values = [exact(value) for value in case.given.args]
    values += [f"{name}={exact(value)}" for name, value in case.given.kwargs.items()]
    return f"{caller}({', '.join(values)})", right


def exact(value: Value) -> str:
    """A value as Python writes it, with every digit; of a large array its shape and its ends."""
    if isinstance(value, np.ndarray):
        if value.size > _ALL_SHOWN:
            ends = np.array2string(value.ravel(), threshold=0, edgeitems=3, separator=", ")
            what = f"array of shape {value.shape} and dtype {value.dtype}"
            return f"{what}: {' '.join(ends.split())}"
        dtype = "" if value.dtype in (np.float64, np.int64) else f", dtype={value.dtype}"
        return f"array({value.tolist()!r}{dtype})"
    if isinstance(value, tuple | list):
        left, right = "()" if isinstance(value, tuple) else "[]"
        return f"{left}{', '.join(map(exact, value))}{right}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {exact(item)}" for key, item in value.items()) + "}"
    return repr(value.item() if isinstance(value, np.generic) else value)
