"""Calls to one guest after another, until every call has a reply."""

import builtins
import time
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from nbcourse.checking.calls import Failure, Reply
from nbcourse.checking.judge import Case
from nbcourse.checking.spec import Exercise, Given
from nbcourse.checking.spec import call as plain_call
from nbcourse.grading.guest.channel import ClosedError, FrameError, LateError
from nbcourse.grading.jail.session import Jail, Session

Cells: TypeAlias = Sequence[tuple[int, str]]

CELL_SECONDS = 10.0
GRACE = 0.3  # seconds beyond the limit of a call until its guest is killed
_LEAST_SECONDS = 5.0  # that all calls of one exercise may take together; see `_budget`
_MAX_FATAL = 2  # calls of one exercise that hang or kill, until the others are not tried
_HANGS, _DIES = "time", "crash"
_CRASHED = Failure(_DIES, "it ended the whole process (a crash, or os._exit)")
_GARBLED = Failure("garbled", "what came back was no answer")
_SKIPPED = Failure("skipped", "it was not tried: other calls did not return")
_KINDS = frozenset(
    name for name, kind in vars(builtins).items() if isinstance(kind, type)
) | {_HANGS, "not plain", "missing", "LinAlgError"}  # fmt: skip


class Conversation:
    """A notebook's cells in a guest, and questions to it.

    Args:
        cells: the code cells, as pairs of a number and a source.
        jail: where they run.
        most_guests: how many guests may be used up by crashes and silence.

    Attributes:
        cell_problems: what failed in which cell, in the student's words.
        guests: how many guests were used.
    """

    def __init__(self, cells: Cells, jail: Jail, *, most_guests: int) -> None:
        self._cells, self._jail, self._most_guests = list(cells), jail, most_guests
        self._session: Session | None = None
        self.cell_problems: dict[int, str] = {}
        self.guests = 0

    def __enter__(self) -> "Conversation":
        return self

    def __exit__(self, *details: object) -> None:
        self._end()

    def ask(self, exercise: Exercise, cases: Sequence[Case]) -> list[Reply]:
        """A reply for every case, in order.

        Raises:
            JailError: no guest can be started.
        """
        replies: list[Reply] = []
        fatal: list[str] = []  # checks whose calls hang or kill
        ends = time.monotonic() + _budget(cases)
        while len(replies) < len(cases):
            case = cases[len(replies)]
            late = time.monotonic() > ends
            if late or case.check.name in fatal or len(fatal) >= _MAX_FATAL:
                replies.append(Reply(failure=_SKIPPED))
                continue
            if not self._ready():
                replies.append(Reply(failure=_CRASHED))
                continue
            for reply in self._converse(exercise, _batch(cases[len(replies) :], fatal)):
                case = cases[len(replies)]
                replies.append(reply)
                if reply.failure and reply.failure.kind in (_HANGS, _DIES, _GARBLED.kind):
                    fatal.append(case.check.name)
                    break
                if time.monotonic() > ends:
                    break
            else:
                continue
            self._end()  # it would go on with the rest of the batch
        return replies

    def _converse(self, exercise: Exercise, cases: Sequence[Case]) -> Iterator[Reply]:
        """Replies as they come; the last one says what went wrong when they end early."""
        assert self._session is not None
        channel = self._session.channel
        for k, case in enumerate(cases):
            try:
                if k == 0:
                    channel.send({"calls": [_request(exercise, each) for each in cases]})
                reply = reply_of(channel.receive(case.check.seconds + GRACE))
            except LateError:
                reply = Reply(failure=_late(case.check.seconds))
                self._end()
            except (ClosedError, FrameError) as error:
                failure = _CRASHED if isinstance(error, ClosedError) else _GARBLED
                reply = Reply(failure=failure)
                self._end()
            yield reply

    def _ready(self) -> bool:
        """Whether there is a guest that has run the cells; starts one when there is none."""
        while self._session is None and self.guests < self._most_guests:
            self.guests += 1
            self._session = self._jail.open()
            self._run_cells(self._session)
        return self._session is not None

    def _run_cells(self, session: Session) -> None:
        """Run all cells; one that hangs or kills is left out when the next guest tries."""
        cell = (0, "")
        try:
            job = {"cells": [list(cell) for cell in self._cells], "seconds": CELL_SECONDS}
            session.channel.send(job)
            for cell in self._cells:
                message = session.channel.receive(CELL_SECONDS + GRACE)
                problem = message["problem"] if type(message) is dict else _GARBLED.message
                if problem:
                    self.cell_problems.setdefault(cell[0], str(problem)[:500])
        except (LateError, ClosedError, FrameError, KeyError) as error:
            late = isinstance(error, LateError)
            why = _late(CELL_SECONDS).message if late else _CRASHED.message
            self.cell_problems[cell[0]] = why
            self._cells = [each for each in self._cells if each[0] != cell[0]]
            self._end()

    def _end(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


def _budget(cases: Sequence[Case]) -> float:
    """Seconds for all calls of an exercise: those of one slow call of each of its checks."""
    each = {case.check.name: case.check.seconds for case in cases}
    return max(_LEAST_SECONDS, sum(each.values()))


def _batch(cases: Sequence[Case], fatal: Sequence[str]) -> list[Case]:
    """The next calls, up to one that is known to hang."""
    batch: list[Case] = []
    for case in cases:
        if case.check.name in fatal:
            break
        batch.append(case)
    return batch


def _request(exercise: Exercise, case: Case) -> dict[str, Any]:
    driver = case.check.driver
    return {
        "function": exercise.name,
        "topic": exercise.topic,
        "driver": "" if driver is plain_call else driver.__name__,
        "args": case.given.args,
        "kwargs": case.given.kwargs,
        "seconds": case.check.seconds,
    }


def reply_of(message: Any) -> Reply:  # noqa: ANN401
    """A reply, from whatever a guest sent; its words are cut, and kinds are of a known list."""
    if type(message) is not dict or set(message) != {"value", "failure", "after", "printed"}:
        return Reply(failure=_GARBLED)
    failure, after = message["failure"], message["after"]
    printed = message["printed"] if type(message["printed"]) is str else ""
    if failure is not None:
        if type(failure) is not list or [type(word) for word in failure] != [str] * 3:
            return Reply(failure=_GARBLED)
        kind, sentence, text = failure
        if not kind.isidentifier() and kind not in _KINDS:
            return Reply(failure=_GARBLED)
        kind = kind if kind in _KINDS else "an error of its own"
        return Reply(failure=Failure(kind, sentence[:600], text[:300]), printed=printed[:2000])
    given = None
    if type(after) is list and len(after) == 2:
        args, kwargs = after
        if type(args) is tuple and type(kwargs) is dict and all(type(k) is str for k in kwargs):
            given = Given(*args, **kwargs)
    return Reply(message["value"], None, given, printed[:2000])


def _late(seconds: float) -> Failure:
    return Failure(_HANGS, f"it did not return within {seconds:g} s; does a loop ever end?")
