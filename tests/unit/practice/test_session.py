"""What a notebook of exercises calls: check, hint, reveal, reference."""

from contextlib import contextmanager

import numpy as np
import pytest

from nbcourse.checking import Report
from nbcourse.exercises import find
from nbcourse.practice import check, hint, progress, reference, reveal
from nbcourse.practice.session import MUTED, ChecksFailedError, fingerprint


def linear_backward(dy, x, W):
    """Return the right gradients."""
    return dy @ W.T, x.T @ dy, dy.sum(axis=0)


def _wrong(k):
    """Return a wrong answer, different for each k."""
    namespace = {"np": np}
    exec(f"def linear_backward(dy, x, W):\n    return {k} * dy, x, W", namespace)
    return namespace["linear_backward"]


def test_check_finds_the_exercise_by_the_name_of_the_function():
    """And returns the report, which the notebook shows."""
    report = check(linear_backward)

    assert isinstance(report, Report)
    assert report.passed


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        (3, "got a value of type int"),
        (np.exp, "No exercise asks for 'exp'"),
        (lambda x: x, "No exercise asks for '<lambda>'"),
        (reference("linear_backward"), "not yours"),
    ],
)
def test_check_says_what_it_cannot_check(argument, words):
    """A sentence instead of a traceback."""
    assert words in repr(check(argument))


def test_hints_come_one_after_the_other():
    """Each call shows the next; the last one stays."""
    exercise = find("linear_backward")
    shown = [repr(hint(linear_backward)) for _ in range(4)]

    for k, text in enumerate(shown):
        assert exercise.hints[min(k, 2)] in text
    assert "reveal(linear_backward)" in shown[2]
    assert exercise.hints[0] in repr(hint("linear_backward", 1))
    assert "got 7" in repr(hint("linear_backward", 7))


def test_a_solution_is_revealed_after_an_honest_try():
    """Three different answers, or a right one; the same answer again is no further try."""
    for k in (1, 1, 2):
        check(_wrong(k))
    assert "one more answer" in repr(reveal(linear_backward))

    check(_wrong(3))
    text = repr(reveal("linear_backward"))
    assert "def linear_backward(dy, x, W):" in text

    namespace = {"np": np}
    exec(text.split("\n\n", 1)[1], namespace)
    assert check(namespace["linear_backward"]).passed


def test_whoever_solved_it_may_see_another_answer():
    """Without three tries."""
    check(linear_backward)

    assert "yours may differ" in repr(reveal(linear_backward))


def test_an_answer_not_written_yet_is_no_try():
    """Running an empty exercise three times reveals nothing."""

    def linear_backward(dy, x, W):
        raise NotImplementedError

    for _ in range(3):
        check(linear_backward)

    assert "Not yet" in repr(reveal(linear_backward))


def test_the_reference_stands_in_for_an_answer():
    """Functions keep their face; classes stay classes."""
    dx, dW, db = reference("linear_backward")(np.ones((1, 2)), np.ones((1, 3)), np.ones((3, 2)))

    assert (dx.shape, dW.shape, db.shape) == ((1, 3), (3, 2), (2,))
    assert isinstance(reference("SGD"), type)
    assert "not yours" in repr(check(reference("SGD")))


def test_nothing_is_shown_while_a_whole_notebook_is_run(monkeypatch):
    """The command judges the answers itself."""
    monkeypatch.setenv(MUTED, "1")

    assert check(linear_backward) is hint(linear_backward) is reveal(linear_backward) is None
    assert progress.load() == {}


def test_nbgrader_gets_points_and_errors(monkeypatch):
    """Autograding takes a number; validation looks for an error."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert check(linear_backward) == 10
    assert 0 <= check(_wrong(1)) < 5

    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    with pytest.raises(ChecksFailedError, match="visible checks hold"):
        check(_wrong(1))
    assert progress.load() == {}


def test_the_same_code_has_the_same_fingerprint():
    """And other code another one."""
    assert fingerprint(_wrong(1)) == fingerprint(_wrong(1)) != fingerprint(_wrong(2))


def test_a_decorated_answer_has_the_fingerprint_of_its_own_code():
    """A context manager made of a generator differs from another one."""
    one, other = (contextmanager(_wrong(k)) for k in (1, 2))

    assert fingerprint(one) == fingerprint(contextmanager(_wrong(1))) != fingerprint(other)
