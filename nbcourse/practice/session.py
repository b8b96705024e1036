"""What a notebook of exercises calls: `check`, `hint`, `reveal`, and `reference` for the stuck."""

import functools
import hashlib
import html
import inspect
import os
from collections.abc import Callable
from types import CodeType
from typing import Any

from nbcourse.checking import Exercise, Report, check_function
from nbcourse.errors import UserError
from nbcourse.exercises import find
from nbcourse.practice import listing, progress

NBGRADER = "NBGRADER_EXECUTION"  # nbgrader says here what it runs a notebook for
MUTED = "NBCOURSE_MUTED"  # set while a whole notebook is run for its answers alone
TRIES_BEFORE_REVEAL = 3


class Note:
    """A few sentences, shown by a notebook or a terminal."""

    def __init__(self, text: str, code: str = "") -> None:
        self.text, self.code = text, code

    def __repr__(self) -> str:
        return f"{self.text}\n\n{self.code}" if self.code else self.text

    def _repr_html_(self) -> str:
        code = f"<pre><code>{html.escape(self.code)}</code></pre>" if self.code else ""
        return f"<p>{html.escape(self.text)}</p>{code}"


class ChecksFailedError(AssertionError):
    """Raised for tools that look for errors in a notebook; the message is the report."""


def check(answer: Callable[..., Any]) -> Report | Note | float | None:
    """Judge an answer on the visible inputs, and show which statements hold.

    Args:
        answer: the function or class that an exercise asks for.

    Returns:
        The report. Under nbgrader, the points as a number, which it takes as partial credit.
    """
    tool = os.environ.get(NBGRADER)
    if tool is None and os.environ.get(MUTED):
        return None
    result = _judged(answer)
    if tool is None:
        if isinstance(result, Report):
            progress.record(result, fingerprint(answer))
        return result
    if tool == "validate" and not (isinstance(result, Report) and result.passed):
        raise ChecksFailedError(repr(result))
    _display(result)
    # nbgrader gives all points for a cell whose result is no number, so it always is one.
    return result.points if isinstance(result, Report) else 0.0


def _judged(answer: Callable[..., Any]) -> Report | Note:
    """The report on an answer, or a sentence on why there is none."""
    if getattr(answer, "is_course_reference", False):
        return Note("This is the course's own function, not yours: nothing was checked.")
    try:
        exercise = find(_name(answer))
    except UserError as problem:
        return Note(f"{str(problem)[0].upper()}{str(problem)[1:]}.")
    return check_function(exercise, answer)


def hint(answer: Callable[..., Any] | str, number: int | None = None) -> Note | None:
    """Show the next hint of an exercise; three in all, each says more.

    Args:
        answer: the function, or its name.
        number: 1, 2 or 3, to see one again.
    """
    if os.environ.get(MUTED):
        return None
    try:
        exercise = find(_name(answer))
    except UserError as problem:
        return Note(f"{problem}.")
    total = len(exercise.hints)
    if number is None:
        number = min(progress.state_of(exercise.name).hints + 1, total)
    if number not in range(1, total + 1):
        return Note(f"There are {total} hints on {exercise.name}, numbered from 1; got {number}.")
    progress.record_hint(exercise.name, number)
    more = "" if number < total else f" That was the last one; reveal({exercise.name}) comes next."
    return Note(f"Hint {number} of {total}: {exercise.hints[number - 1]}{more}")


def reveal(answer: Callable[..., Any] | str) -> Note | None:
    """Show a right answer, once it was found or honestly tried.

    Args:
        answer: the function, or its name.
    """
    if os.environ.get(MUTED):
        return None
    try:
        exercise = find(_name(answer))
    except UserError as problem:
        return Note(f"{problem}.")
    state = progress.state_of(exercise.name)
    if not state.passed and len(state.tries) < TRIES_BEFORE_REVEAL:
        left = TRIES_BEFORE_REVEAL - len(state.tries)
        answers = "one more answer" if left == 1 else f"{left} more answers"
        return Note(
            f"Not yet: check {answers} of your own first (a different one each time). "
            f"hint({exercise.name}) helps."
        )
    return Note(f"One right answer to {exercise.name}; yours may differ.", listing.source(exercise))


def reference(name: str) -> Callable[..., Any]:
    """The course's own function or class, to go on with when an earlier answer does not work yet.

    Args:
        name: the name of the exercise.

    Raises:
        InputError: when no exercise has this name.
    """
    own = find(name).reference
    if inspect.isclass(own):
        return type(name, (own,), {"is_course_reference": True, "__doc__": own.__doc__})

    @functools.wraps(own)
    def stand_in(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        return own(*args, **kwargs)

    stand_in.__name__ = name
    vars(stand_in)["is_course_reference"] = True
    return stand_in


def fingerprint(answer: Callable[..., Any]) -> str:
    """A short sum of what an answer does, the same for the same code."""
    parts: list[str] = []
    members = vars(answer).values() if inspect.isclass(answer) else [inspect.unwrap(answer)]
    for function in members:
        if inspect.isfunction(function):
            _collect(function.__code__, parts)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _collect(code: CodeType, parts: list[str]) -> None:
    parts += [code.co_code.hex(), repr(code.co_names), repr(code.co_varnames)]
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            _collect(constant, parts)
        else:
            parts.append(repr(constant))


def _name(answer: object) -> str:
    """The name of the exercise that an argument of these functions means.

    Raises:
        UserError: when it means none.
    """
    if isinstance(answer, str):
        return answer
    if isinstance(answer, Exercise):
        return answer.name
    name = getattr(answer, "__name__", None)
    if callable(answer) and isinstance(name, str):
        return name
    kind = type(answer).__name__
    raise UserError(f"give the function itself, as in check(softmax); got a value of type {kind}")


def _display(report: Report | Note) -> None:
    """Show a report where the value of the cell is needed for something else."""
    from IPython.display import display

    display(report)  # type: ignore[no-untyped-call]
