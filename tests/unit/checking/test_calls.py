"""One call of a function that may do anything: each outcome is a readable sentence."""

import sys

import numpy as np
import pytest

from nbcourse.checking.calls import MAX_PRINTED, attempt, call
from nbcourse.checking.spec import call as plain_call
from nbcourse.checking.spec import given


def _reply(function, *args, seconds=1.0):
    return call(plain_call, function, given(*args), seconds)


def _recurse(x):
    return _recurse(x)


def _forever(x):
    while True:
        pass


def _explode(x):
    raise ValueError("bad\nnews")


class _RudeError(Exception):
    def __str__(self):
        raise RuntimeError


def _rude(x):
    raise _RudeError


def _unwritten(x):
    raise NotImplementedError


@pytest.mark.parametrize(
    ("function", "kind", "words"),
    [
        (_forever, "time", "did not return within 0.2 s"),
        (_recurse, "RecursionError", "calls itself without end"),
        (_explode, "ValueError", "raised ValueError: bad news"),
        (_rude, "_RudeError", "no message"),
        (_unwritten, "NotImplementedError", "not written yet"),
        (lambda x: sys.exit(), "SystemExit", "sys.exit"),
        (lambda x: np.empty(10**15), "MemoryError", "more memory"),
        (lambda x: object(), "not plain", "object of type object"),
        (lambda x: x.nothing, "AttributeError", "no attribute"),
    ],
)
def test_failures_are_sentences(function, kind, words):
    """Every way to fail has its kind and a sentence, and nothing escapes."""
    failure = _reply(function, 1.0, seconds=0.2).failure

    assert failure.kind == kind
    assert words in failure.message


def test_the_students_own_line_is_named():
    """A sentence says where it happened."""
    assert "of _explode" in _reply(_explode, 1.0).failure.message


def test_a_user_who_presses_stop_is_obeyed():
    """KeyboardInterrupt passes."""

    def stop(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _reply(stop, 1.0)


def test_what_is_printed_is_kept_and_capped(capsys):
    """Printing neither fails a call nor floods the page."""
    reply = _reply(lambda x: [print("hello") for _ in range(10_000)] and x, 1.0)

    assert reply.value == 1.0
    assert reply.printed.startswith("hello\n")
    assert len(reply.printed) <= MAX_PRINTED
    assert capsys.readouterr().out == ""


def test_arguments_are_copies_and_come_back_as_they_were_left():
    """The judge sees what a call did to its arguments; the originals are safe."""

    def wipe(x):
        x[:] = 0
        return 1

    mine = given(np.ones(3))
    reply = call(plain_call, wipe, mine, 1.0)

    assert mine.args[0].tolist() == [1, 1, 1]
    assert reply.after.args[0].tolist() == [0, 0, 0]


def test_warnings_are_no_failure():
    """Overflow is judged by its result."""
    assert _reply(lambda x: np.exp(x), np.array([1e4])).value == np.inf


def test_an_action_without_arguments_can_be_tried():
    """As a notebook's cell is."""
    value, failure, printed = attempt(lambda: print("x"), 1.0)

    assert (value, failure, printed) == (None, None, "x\n")
