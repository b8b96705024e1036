"""The verdict: from an exercise, its inputs and the replies to a report; nothing else counts."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nbcourse.checking import calls, packages, seeds
from nbcourse.checking.calls import Failure, Reply
from nbcourse.checking.compare import Mismatch, compare
from nbcourse.checking.diagnose import diagnose
from nbcourse.checking.report import Outcome, Report
from nbcourse.checking.spec import CONTRACT, Check, Exercise, Given, call
from nbcourse.checking.values import Value, brief, cast, kind_of, numbers, plain

UNTOUCHED = "its arguments are left as they were"
ALLOWED = "it uses only what the exercise allows"
KEEPS_DTYPE = "float32 in, float32 out"
_MAX_TIME_UPS = 2


@dataclass(frozen=True)
class Case:
    """One call to make: the check it belongs to, and its arguments."""

    check: Check
    given: Given
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


def plan(exercise: Exercise, key: seeds.Key, *, dtype: str = "float64") -> list[Case]:
    """All calls of a check of an exercise; the same key gives the same calls."""
    cases = []
    for check in all_checks(exercise):
        hidden = key != seeds.VISIBLE
        for k in range(check.cases * (2 if hidden and check.cases > 1 else 1)):
            drawn = check.draw(seeds.generator(key, exercise.name, check.name, k))
            wanted = dtype if check.by_reference and check.dtype == "float64" else check.dtype
            cases.append(Case(replace(check, dtype=wanted), drawn.cast(wanted)))
    return cases


def all_checks(exercise: Exercise) -> list[Check]:
    """The checks of an exercise, and the one on its dtype, which every exercise gets."""
    first = next((check for check in exercise.checks if check.by_reference), None)
    if first is None or not exercise.keeps_dtype:
        return list(exercise.checks)
    added = replace(
        first, name=KEEPS_DTYPE, group=CONTRACT, cases=1, dtype="float32", only_dtype=True
    )
    return [*exercise.checks, added]


def collect(function: Callable[..., Any], cases: Sequence[Case]) -> list[Reply]:
    """Make the calls in this process; give up when several do not return."""
    replies: list[Reply] = []
    time_ups: list[str] = []
    for case in cases:
        if case.check.name in time_ups or len(time_ups) >= _MAX_TIME_UPS:
            skipped = Failure("time", "it was not tried again: an earlier call did not return")
            replies.append(Reply(failure=skipped))
            continue
        reply = calls.call(case.check.driver, function, case.given, case.check.seconds)
        if reply.failure and reply.failure.kind == "time":
            time_ups.append(case.check.name)
        replies.append(reply)
    return replies


def check_function(
    exercise: Exercise,
    function: Callable[..., Any],
    *,
    key: seeds.Key = seeds.VISIBLE,
    dtype: str = "float64",
    cases: Sequence[Case] = (),
) -> Report:
    """Judge an answer in this process.

    Args:
        exercise: the specification.
        function: the answer: a function, or a class where the exercise asks for one.
        key: whose inputs; the visible ones unless given.
        dtype: the dtype of drawn floating-point arguments where the reference is the oracle.
        cases: the calls that `plan` gave for this key and dtype, when many answers are judged on
            the same ones; planned unless given.
    """
    cases = cases or plan(exercise, key, dtype=dtype)
    replies = collect(function, cases)
    misused = packages.misused(function, exercise)
    return judge(exercise, cases, replies, misused=misused, hidden=key != seeds.VISIBLE)


def judge(
    exercise: Exercise,
    cases: Sequence[Case],
    replies: Sequence[Reply],
    *,
    misused: Sequence[str] = (),
    hidden: bool = False,
) -> Report:
    """The report on the replies to the cases.

    Args:
        exercise: the specification.
        cases: the calls, as planned.
        replies: their replies, in this order.
        misused: packages that the answer uses and should not.
        hidden: whether the inputs are hidden; then no outcome shows any.
    """
    outcomes = []
    for check in all_checks(exercise):
        mine = [(c, r) for c, r in zip(cases, replies, strict=True) if c.check.name == check.name]
        outcomes.append(_outcome(exercise, check, mine, hidden))
    outcomes.append(_untouched(exercise, cases, replies))
    outcomes.append(_allowed(exercise, replies, misused))
    passed = all(outcome.passed for outcome in outcomes)
    return Report(
        exercise=exercise,
        outcomes=tuple(outcomes),
        hidden=hidden,
        started=any(r.failure is None or r.failure.kind != calls.NOT_WRITTEN for r in replies),
        diagnosis="" if passed else diagnose(exercise, cases, replies),
        printed=next((r.printed for r in replies if r.printed), ""),
    )


def _outcome(
    exercise: Exercise, check: Check, pairs: Iterable[tuple[Case, Reply]], hidden: bool
) -> Outcome:
    """The first case that fails decides what is shown of a check."""
    for case, reply in pairs:
        message, found = verdict(exercise, case, reply)
        if not message:
            continue
        if hidden and reply.failure:  # an answer's own words are not repeated
            message = f"it failed ({reply.failure.kind})"
        if hidden:
            return Outcome(check.name, check.group, False, message)
        expected, got = "", "" if reply.failure else brief(reply.value)
        if found:
            expected, got = brief(found.expected), brief(found.got)
        shown = arguments(exercise, case)
        return Outcome(check.name, check.group, False, message, shown, expected, got)
    return Outcome(check.name, check.group, True)


def verdict(exercise: Exercise, case: Case, reply: Reply) -> tuple[str, Mismatch | None]:
    """What is wrong with a reply ("" when nothing is), and the part that differs."""
    if reply.failure:
        return reply.failure.message, None
    check, given = case.check, case.given
    if check.holds is not None:
        try:
            return check.holds(reply.value, *given.args, **given.kwargs) or "", None
        except (TypeError, ValueError, IndexError, KeyError, AttributeError, ArithmeticError):
            return f"it returned {kind_of(reply.value)}, which is not what was asked for", None
    size = numbers(given.args) + numbers(given.kwargs)
    found = compare(reply.value, expected_value(exercise, case), check.tolerance, size=size)
    if found is None or (check.only_dtype and found.kind in ("value", "shape")):
        return "", None
    return found.message, found


def expected_value(exercise: Exercise, case: Case) -> Value:
    """What is right: given, or computed by the reference in float64 and rounded to the dtype."""
    check = case.check
    if not check.by_reference:
        return check.expected
    if "expected" not in case.memo:  # many answers may be judged on the same cases
        exact = case.given.cast("float64").copy()
        value = plain(check.driver(exercise.reference, *exact.args, **exact.kwargs))
        case.memo["expected"] = cast(value, check.dtype)
    return case.memo["expected"]


def _untouched(exercise: Exercise, cases: Sequence[Case], replies: Sequence[Reply]) -> Outcome:
    """No call changed its arguments; holds only when some call returned."""
    if exercise.may_change:
        return Outcome("it returns", CONTRACT, any(r.failure is None for r in replies))
    for case, reply in zip(cases, replies, strict=True):
        if reply.failure is None and not unchanged(case.given, reply.after):
            message = "it changes an argument in place; work on a copy, or make a new array"
            return Outcome(UNTOUCHED, CONTRACT, False, message)
    returned = any(reply.failure is None for reply in replies)
    return Outcome(UNTOUCHED, CONTRACT, returned, "" if returned else "no call returned a value")


def unchanged(before: Given, after: Given | None) -> bool:
    """Whether arguments are, bit for bit, what they were."""
    return after is not None and _bits([before.args, before.kwargs]) == _bits(
        [after.args, after.kwargs]
    )


def _bits(value: Value) -> Any:  # noqa: ANN401
    """A value in a form that compares by content, NaN included."""
    if hasattr(value, "tobytes"):
        return (value.shape, value.dtype.str, value.tobytes())
    if isinstance(value, tuple | list):
        return [_bits(item) for item in value]
    if isinstance(value, dict):
        return {key: _bits(item) for key, item in value.items()}
    return repr(value)


def _allowed(exercise: Exercise, replies: Sequence[Reply], misused: Sequence[str]) -> Outcome:
    if misused:
        message = (
            f"it uses {', '.join(misused)}, which is not allowed here or does the exercise; write "
            f"that part yourself with {', '.join(exercise.packages)}"
        )
        return Outcome(ALLOWED, CONTRACT, False, message)
    returned = any(reply.failure is None for reply in replies)
    return Outcome(ALLOWED, CONTRACT, returned, "" if returned else "no call returned a value")


def arguments(exercise: Exercise, case: Case) -> str:
    """The arguments of a case, by name, for the student."""
    given = case.given
    names = re.findall(r"\w+", exercise.signature.split("(", 1)[-1].split("*")[0])
    plain_call = case.check.driver is call and len(names) >= len(given.args)
    labels = [f"{name} = " for name in names] if plain_call else [""] * len(given.args)
    parts = [f"{label}{brief(value, 60)}" for label, value in zip(labels, given.args, strict=False)]
    parts += [f"{name} = {brief(value, 60)}" for name, value in given.kwargs.items()]
    return "; ".join(parts)
