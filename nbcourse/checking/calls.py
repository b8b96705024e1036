"""One call of a function that may do anything: its plain value, or what went wrong."""

import contextlib
import io
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from nbcourse.checking.limits import PATIENCE, TimeUpError, time_limit
from nbcourse.checking.spec import Driver, Given
from nbcourse.checking.values import NotPlainError, Value, plain

MAX_PRINTED = 2_000
NOT_WRITTEN = "NotImplementedError"


@dataclass(frozen=True)
class Failure:
    """Why a call gave no value.

    Attributes:
        kind: name of the exception, or "time", "not plain".
        message: one sentence for the student.
        text: the message of the exception alone.
    """

    kind: str
    message: str
    text: str = ""


@dataclass(frozen=True)
class Reply:
    """What came back from one call; a verdict depends on nothing else.

    Attributes:
        value: the plain value, when there is no failure.
        failure: why there is none.
        after: the arguments as the call left them.
        printed: the first of what it printed.
        seconds: how long it took.
    """

    value: Value = None
    failure: Failure | None = None
    after: Given | None = None
    printed: str = ""
    seconds: float = field(default=0.0, compare=False)


class _Capped(io.TextIOBase):
    """Keeps the first characters of what is printed, and swallows the rest."""

    def __init__(self) -> None:
        self.text = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += str(text)[: MAX_PRINTED - len(self.text)]
        return len(text)


def call(
    driver: Driver,
    function: Callable[..., Any],
    given: Given,
    seconds: float,
    *,
    patience: float = PATIENCE,
) -> Reply:
    """Let a driver call a function on a copy of the arguments, and return what came of it."""
    mine, start = given.copy(), time.perf_counter()
    value, failure, printed = attempt(
        lambda: driver(function, *mine.args, **mine.kwargs), seconds, patience=patience
    )
    took = time.perf_counter() - start
    try:
        after = Given(*plain(mine.args), **plain(mine.kwargs))
    except NotPlainError:
        after = None
    return Reply(value, failure, after, printed, took)


def attempt(
    action: Callable[[], Any], seconds: float, *, patience: float = PATIENCE
) -> tuple[Value, Failure | None, str]:
    """The plain value of an action, or its failure; and what it printed.

    Only the user's own interrupt (KeyboardInterrupt) passes.
    """
    printed = _Capped()
    value, failure = None, None
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            value, failure = _guarded(action, seconds, patience)
    except TimeUpError:  # it rang between the end of the action and that of the limit
        failure = _time_up(seconds)
    return value, failure, printed.text


def _guarded(
    action: Callable[[], Any], seconds: float, patience: float
) -> tuple[Value, Failure | None]:
    try:
        with warnings.catch_warnings(), time_limit(seconds, patience):
            warnings.simplefilter("ignore")
            return plain(action()), None
    except TimeUpError:
        return None, _time_up(seconds)
    except NotPlainError as problem:
        return None, Failure("not plain", f"it returned {problem}, which cannot be checked")
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit and GeneratorExit, too
        return None, _failure(error)


def _time_up(seconds: float) -> Failure:
    return Failure("time", f"it did not return within {seconds:g} s; does a loop ever end?")


def _failure(error: BaseException) -> Failure:
    """A sentence for an exception: its type, its message, and the student's own line."""
    kind = type(error).__name__[:60]
    if isinstance(error, NotImplementedError):
        return Failure(NOT_WRITTEN, "it is not written yet")
    if isinstance(error, SystemExit):
        return Failure("SystemExit", "it left the program (sys.exit); return a value instead")
    if isinstance(error, RecursionError):
        return Failure("RecursionError", "it calls itself without end")
    if isinstance(error, MemoryError):
        return Failure("MemoryError", "it asked for more memory than there is")
    text = _text(error)
    return Failure(kind, f"it raised {kind}: {text}{_line(error)}", text)


def _text(error: BaseException) -> str:
    """The message of an exception; its `__str__` is the student's and may fail."""
    try:
        return " ".join(str(error).split())[:200]
    except Exception:
        return "(no message)"


def _line(error: BaseException) -> str:
    """Where in the student's code it happened: the last frame that is not the course's."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "nbcourse" not in f.filename and "numpy" not in f.filename]
    if not own:
        return ""
    code = f" in `{own[-1].line.strip()[:60]}`" if own[-1].line else ""
    return f" (line {own[-1].lineno} of {own[-1].name}{code})"
