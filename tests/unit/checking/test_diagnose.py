"""The diagnosis: a mutant's sentence is shown when, and only when, it explains every reply."""

import pytest

from nbcourse.checking import check_function
from tests.unit.checking.toy import DOUBLE


def _squares_in_another_way(x):
    return x**2


def _squares_when_short(x):
    return x * x if x.size < 3 else 3 * x


def _in_place(x):
    x += x
    return x


def _crash(x):
    raise ValueError


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (_squares_in_another_way, "You squared it."),
        (_in_place, "You changed your argument."),
        (_squares_when_short, ""),
        (_crash, ""),
        (lambda x: 2 * x, ""),
    ],
)
def test_the_known_mistake_is_named(answer, sentence):
    """By what it computes, not by how it is written."""
    assert check_function(DOUBLE, answer).diagnosis == sentence
