"""The graders graded: right answers must pass, planted wrong ones fail with their own sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from nbcourse.checking.judge import ALLOWED, KEEPS_DTYPE, Case, check_function, plan
from nbcourse.checking.report import Report
from nbcourse.checking.seeds import VISIBLE, Key
from nbcourse.checking.spec import Exercise

DTYPES = ("float64", "float32")


@dataclass(frozen=True)
class Row:
    """What became of one mutant.

    Attributes:
        mutant: its name.
        sentence: its diagnosis.
        failed: the checks that failed, on any key.
        killed: on how many keys some check failed.
        diagnosed: on how many keys its own sentence was shown.
        n_keys: how many keys were tried.
    """

    mutant: str
    sentence: str
    failed: tuple[str, ...]
    killed: int
    diagnosed: int
    n_keys: int


@dataclass(frozen=True)
class Matrix:
    """The proof of one grader.

    Attributes:
        exercise: which.
        rejected: sentences on right answers that were rejected; must be empty.
        n_right: how many times a right answer was judged.
        rows: one for each mutant.
    """

    exercise: Exercise
    rejected: tuple[str, ...]
    n_right: int
    rows: tuple[Row, ...]


def keys(n: int) -> list[Key]:
    """The visible inputs and n - 1 sets of hidden ones."""
    return [VISIBLE, *(Key(secret="matrix", student=f"student {k}") for k in range(1, n))]


def examine(exercise: Exercise, *, n_right: int = 20, n_wrong: int = 3) -> Matrix:
    """Judge right answers on `n_right` keys and both dtypes, mutants on `n_wrong` keys."""
    rejected = list(filter(None, [_reference(exercise)]))
    for dtype in DTYPES:
        plans = _plans(exercise, n_right, dtype)
        for solution in exercise.solutions:
            reports = [
                check_function(exercise, solution, key=key, dtype=dtype, cases=cases)
                for key, cases in plans
            ]
            wrong = [_failures(report) for report in reports if not report.passed]
            if wrong:
                rejected.append(
                    f"{exercise.name}: {solution.__name__} is rejected on {len(wrong)} of "
                    f"{n_right} keys in {dtype}: {wrong[0]}"
                )
    n_judged = len(exercise.solutions) * len(DTYPES) * n_right
    plans = _plans(exercise, n_wrong, DTYPES[0])
    rows = tuple(_row(exercise, index, plans) for index in range(len(exercise.mutants)))
    return Matrix(exercise, tuple(rejected), n_judged, rows)


def _plans(exercise: Exercise, n_keys: int, dtype: str) -> list[tuple[Key, list[Case]]]:
    """The calls for each key; many answers are judged on the same ones."""
    return [(key, plan(exercise, key, dtype=dtype)) for key in keys(n_keys)]


def _reference(exercise: Exercise) -> str:
    """What the oracle itself fails: it may use the course's package, and has a dtype of its own."""
    report = check_function(exercise, exercise.reference)
    outcomes = [o for o in report.outcomes if o.name not in (ALLOWED, KEEPS_DTYPE)]
    failed = [f"{o.name}: {o.message}" for o in outcomes if not o.passed]
    return f"{exercise.name}: the reference fails: {'; '.join(failed)}" if failed else ""


def _row(exercise: Exercise, index: int, plans: Sequence[tuple[Key, list[Case]]]) -> Row:
    mutant = exercise.mutants[index]
    reports = [
        check_function(exercise, mutant.function, key=key, cases=cases) for key, cases in plans
    ]
    failed = {o.name: None for report in reports for o in report.outcomes if not o.passed}
    return Row(
        mutant=mutant.name.strip("_"),
        sentence=mutant.sentence,
        failed=tuple(failed),
        # The kind of package that is used proves nothing about a grader.
        killed=sum(any(not o.passed and o.name != ALLOWED for o in r.outcomes) for r in reports),
        diagnosed=sum(report.diagnosis == mutant.sentence for report in reports),
        n_keys=len(reports),
    )


def _failures(report: Report) -> str:
    return "; ".join(f"{o.name}: {o.message}" for o in report.outcomes if not o.passed)
