"""Plain values: what may be compared, and what is refused, by exact type."""

import numpy as np
import pytest

from nbcourse.checking.values import NotPlainError, brief, cast, kind_of, numbers, plain


class _Liar(np.ndarray):
    """An array that is equal to everything."""

    def __eq__(self, other):
        return True


class _Number(float):
    """A number with a comparison of its own."""

    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


@pytest.mark.parametrize(
    "value", [1, 2.5, True, None, "text", 1j, np.float32(2), np.arange(3), (1, [2, {"a": 3}])]
)
def test_plain_values_come_back_equal(value):
    """Numbers, text, arrays and their containers are kept, with their types."""
    copy = plain(value)

    assert type(copy) is type(value)
    assert np.array_equal(copy, value) if isinstance(value, np.ndarray) else copy == value


def test_arrays_are_copied():
    """Nobody can change a value after it was handed over."""
    mine = np.zeros(3)
    copy = plain(mine)
    mine[0] = 1

    assert copy[0] == 0


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.zeros(2).view(_Liar), "_Liar"),
        (_Number(1.0), "_Number"),
        (np.array([object()]), "dtype object"),
        (np.array(["a"]), "dtype <U1"),
        ((k for k in range(3)), "generator"),
        ({1.5: 2}, "key of type float"),
        (np.broadcast_to(0.0, (10**5, 10**5)), "MiB"),
        ([0] * 30_000, "separate values"),
        ("x" * 20_000, "20000 characters"),
        (10**2000, "bits"),
        (np.ma.zeros(2), "MaskedArray"),
        (np.zeros(2, dtype=[("a", "f8")]), "dtype"),
    ],
    ids=lambda v: "" if not isinstance(v, str) else v[:20],
)
def test_everything_else_is_refused_in_words(value, words):
    """The sentence names what was returned."""
    with pytest.raises(NotPlainError, match=words):
        plain(value)


def test_a_list_that_holds_itself_is_refused():
    """Depth is limited, so that the copy ends."""
    endless = []
    endless.append(endless)

    with pytest.raises(NotPlainError, match="deep"):
        plain(endless)


def test_cast_changes_floating_arrays_only():
    """Whole numbers and numbers of Python keep their type."""
    x, k, number = cast((np.zeros(2), np.arange(2), 1.5), "float32")

    assert (x.dtype, k.dtype, type(number)) == (np.float32, np.arange(2).dtype, float)


def test_values_are_shown_on_one_short_line():
    """Large arrays by shape and first numbers; long texts are cut."""
    assert brief(np.arange(4.0)) == "[0., 1., 2., 3.]"
    assert brief(np.zeros((5, 4))).startswith("array (5, 4): 0, 0")
    assert brief((1, [2.5, None], {"a": np.float64(3)})) == "(1, [2.5, None], {a: 3})"
    assert len(brief("x" * 500)) == 72
    assert "\n" not in brief(np.zeros((2, 3)))


def test_kinds_are_named_in_words():
    """The words that sentences use."""
    values = np.zeros((2, 3)), np.float64(1), (1, 2), {"a": 1}, None, True, "t"

    assert [kind_of(value) for value in values] == [
        "an array of shape (2, 3)", "a number", "a tuple of length 2",
        "a dictionary of length 1", "None", "a truth value", "a text",
    ]  # fmt: skip


def test_numbers_are_counted_through_containers():
    """The size that a tolerance needs."""
    assert numbers((np.zeros((2, 3)), [1, 2], {"a": np.zeros(4)})) == 12
