"""Comparison: what differs, in which part, by how much; and patterns that explain it."""

import re

import numpy as np
import pytest

from nbcourse.checking.compare import DEFAULT, Tolerance, compare

RIGHT = np.array([[1.0, 2.0], [3.0, 5.0]])


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (RIGHT + 1e-15, RIGHT),
        (2, 2.0),
        (np.int64(3), 3),
        (np.array(2.0), 2.0),
        ([RIGHT, 1.0], (RIGHT, 1.0)),
        ({"a": np.nan, "b": np.inf}, {"a": np.nan, "b": np.inf}),
        (np.array([True]), np.array([True])),
        ("same", "same"),
        (None, None),
    ],
)
def test_equal_values_agree(got, expected):
    """Within rounding; NaN equals NaN; a list serves for a tuple, Python's numbers for NumPy's."""
    assert compare(got, expected, DEFAULT) is None


@pytest.mark.parametrize(
    ("got", "expected", "kind", "words"),
    [
        (None, RIGHT, "structure", "is there a return?"),
        ([1.0], np.array([1.0]), "structure", "a list of length 1, wanted an array"),
        (RIGHT, (RIGHT, RIGHT), "structure", "wanted a tuple of length 2"),
        ({"a": 1}, {"b": 1}, "structure", "keys a; wanted b"),
        ("one", "two", "structure", "is 'one', wanted 'two'"),
        ("one", 2.0, "structure", "is a text, wanted a number"),
        (RIGHT[0], RIGHT, "shape", r"shape \(2,\), wanted \(2, 2\)"),
        (np.array([1.0]), 1.0, "shape", r"shape \(1,\), wanted \(\)"),
        (RIGHT.astype("f4"), RIGHT, "dtype", "float32, wanted float64"),
        (np.array([1.0]), np.array([1]), "dtype", "float64, wanted int64"),
        (np.array([1]), np.array([True]), "dtype", "wanted bool"),
        (np.array([1, 2]), np.array([1, 3]), "value", r"at \[1\] is 2, wanted 3"),
        (RIGHT + 1e-9, RIGHT, "value", "allowed 1.4e-13 in float64|allowed"),
        ((RIGHT, RIGHT * 2), (RIGHT, RIGHT), "value", "part 2 of the result"),
        ({"W": RIGHT + 1}, {"W": RIGHT}, "value", r"the result\['W'\]"),
        (np.array([np.nan]), np.array([1.0]), "value", "is nan, wanted 1"),
        (np.array([1.0]), np.array([np.inf]), "value", "wanted inf"),
        (-np.inf, np.inf, "value", "is -inf, wanted inf"),
    ],
)
def test_differences_are_named(got, expected, kind, words):
    """Each kind of difference has a sentence, and carries the parts that differ."""
    found = compare(got, expected, DEFAULT)

    assert found is not None
    assert found.kind == kind
    assert re.search(words, found.message), found.message


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (RIGHT * 32, "every number is 32 times"),
        (-RIGHT, "every number is -1 times"),
        (RIGHT.T, "transpose"),
        (RIGHT + 0.5, "off by 0.5"),
    ],
)
def test_simple_relations_are_recognized(got, words):
    """A constant factor, a sign, a transpose, a constant."""
    assert words in compare(got, RIGHT, DEFAULT).message


def test_no_relation_is_invented():
    """A single wrong number gets no pattern."""
    got = RIGHT.copy()
    got[1, 1] = 7

    assert ";" not in compare(got, RIGHT, DEFAULT).message


def test_the_bound_grows_with_size_and_with_the_unit_of_the_dtype():
    """`factor * eps * sqrt(n) * scale`, as the docstring says."""
    for dtype in ("float64", "float32"):
        x = np.full(3, 8.0, dtype)
        eps = np.finfo(dtype).eps

        assert Tolerance().bound(x, 100) == pytest.approx(64 * eps * 10 * 8)


def test_elementwise_bounds_hold_tails_to_their_own_size():
    """1e-300 against 2e-300 is no difference to a sum, and a wrong tail."""
    tail, wrong = np.array([1.0, 1e-300]), np.array([1.0, 2e-300])

    assert compare(wrong, tail, DEFAULT) is None
    assert compare(wrong, tail, Tolerance(elementwise=True)).kind == "value"


def test_the_worst_number_is_reported():
    """Also when another one is NaN or a little wrong."""
    found = compare(np.array([1.1, np.nan, 4.0]), np.array([1.0, 2.0, 3.0]), DEFAULT)

    assert "at [1] is nan" in found.message
