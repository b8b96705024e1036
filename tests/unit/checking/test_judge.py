"""The judge: verdicts from values alone, for answers that are right, wrong, rude or missing."""

import copy
import sys

import numpy as np
import pytest

from nbcourse.checking import check_function
from nbcourse.checking.judge import KEEPS_DTYPE, UNTOUCHED, collect, judge, plan
from nbcourse.checking.seeds import VISIBLE, Key
from tests.unit.checking.toy import DOUBLE, by_product, by_sum, squares

HIDDEN = Key(secret="s", student="ana")


class _AlwaysEqual:
    """An object that claims to be whatever is wanted."""

    def __eq__(self, other):
        return True

    def __array__(self, *args, **kwargs):
        return np.array([6.0])

    __hash__ = None


def _mutates(x):
    x *= 2
    return x


def _loop(x):
    while True:
        pass


def _unwritten(x):
    raise NotImplementedError


def _failed(report):
    return {outcome.name for outcome in report.outcomes if not outcome.passed}


@pytest.mark.parametrize("answer", [by_sum, by_product])
@pytest.mark.parametrize("key", [VISIBLE, HIDDEN])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_right_answers_pass(answer, key, dtype):
    """On both levels and in both precisions, with all points."""
    report = check_function(DOUBLE, answer, key=key, dtype=dtype)

    assert report.passed
    assert report.points == 10


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda x: None, "is there a return?"),
        (lambda x: [float(v) for v in 2 * x], "a list of length 1, wanted an array"),
        (lambda x: (2 * x).astype("f4"), "dtype float32, wanted float64"),
        (lambda x: x * np.nan, "is nan, wanted 6"),
        (lambda x: _AlwaysEqual(), "an object of type _AlwaysEqual"),
        (lambda x: np.broadcast_to(0.0, (10**6, 10**6)), "MiB"),
        (lambda x: sys.exit(), "sys.exit"),
        (lambda x: [][0], "raised IndexError"),
        (_loop, "did not return"),
    ],
)
def test_rude_answers_get_a_sentence(answer, words):
    """What a function returns or does instead is said, and no error of ours is shown."""
    report = check_function(DOUBLE, answer)

    assert not report.passed
    assert words in report.text()


def test_functions_that_print_are_judged_by_their_value():
    """Printing costs nothing, and is shown."""

    def talk(x):
        print("here")
        return 2 * x

    report = check_function(DOUBLE, talk)

    assert report.passed
    assert "It printed: here" in report.text()


def test_changing_an_argument_is_a_fault_of_its_own():
    """The numbers are right, the contract is broken."""
    assert _failed(check_function(DOUBLE, _mutates)) == {UNTOUCHED}


def test_losing_the_precision_of_the_argument_is_noticed():
    """float32 must stay float32."""

    def widen(x):
        return 2 * x.astype("float64")

    assert _failed(check_function(DOUBLE, widen)) == {KEEPS_DTYPE}


def test_an_answer_that_is_not_written_fails_everything():
    """And is called that, not wrong."""
    report = check_function(DOUBLE, _unwritten)

    assert report.n_passed == 0
    assert not report.started
    assert "not written yet" in report.headline


def test_hanging_answers_cost_little():
    """After two calls that do not return, no more are made."""
    cases = plan(DOUBLE, HIDDEN)
    replies = collect(_loop, cases)

    assert sum("within" in reply.failure.message for reply in replies) == 2
    assert all(reply.failure.kind == "time" for reply in replies)


def test_hidden_inputs_differ_and_are_not_shown():
    """Neither arguments nor the answer's own words appear."""

    def tell(x):
        raise ValueError(f"the input was {x}")

    visible, hidden = plan(DOUBLE, VISIBLE), plan(DOUBLE, HIDDEN)
    report = check_function(DOUBLE, tell, key=HIDDEN)

    assert len(hidden) > len(visible)
    assert not np.array_equal(visible[1].given.args[0], hidden[1].given.args[0])
    assert "the input was" not in report.text()
    assert all(o.arguments == o.expected == o.got == "" for o in report.outcomes)


def test_the_verdict_depends_on_the_replies_alone():
    """The same replies give the same report, whoever gave them."""
    cases = plan(DOUBLE, VISIBLE)
    replies = collect(squares.function, cases)

    assert judge(DOUBLE, cases, replies).to_dict() == judge(DOUBLE, cases, replies).to_dict()
    assert judge(DOUBLE, cases, replies).diagnosis == "You squared it."


def test_a_specification_may_be_copied():
    """One that was sent to another process judges as the original does."""
    copied = copy.deepcopy(DOUBLE)

    assert check_function(copied, by_sum).to_dict() == check_function(DOUBLE, by_sum).to_dict()
    assert check_function(copied, by_sum).passed


def test_points_are_shared_within_a_group():
    """Contract all, the known answer, and of two properties one."""

    def only_known_and_signs(x):
        return 2 * x if x.size == 1 else 3 * x

    report = check_function(DOUBLE, only_known_and_signs)

    assert report.points == 2 + 3 + 2.5


def test_a_predicate_that_cannot_read_a_value_fails_that_check_only():
    """A value of the wrong form is the student's mistake, not the grader's."""
    report = check_function(DOUBLE, lambda x: "six")

    assert "signs are kept" in _failed(report)
    assert "not what was asked for" in report.text()
