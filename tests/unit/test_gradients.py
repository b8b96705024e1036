"""Gradient checks: they accept the right gradient, reject wrong ones, and name the worst entry."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcourse.gradients import check_gradient, directional_derivative, numerical_gradient

A = np.random.default_rng(0).normal(size=(6, 6))


def f(x):
    """Return a smooth function of a vector of six."""
    return float(np.sin(A @ x).sum() + (x**3).sum())


def df(x):
    """Return its gradient."""
    return A.T @ np.cos(A @ x) + 3 * x**2


@given(st.integers(0, 1000))
def test_right_gradients_pass(seed):
    """Wherever it is tried."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=6)
    check = check_gradient(f, x, df(x), rng=rng)

    assert check
    assert check.relative_error < 1e-6
    assert "right" in str(check)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda g: 2 * g,
        lambda g: -g,
        lambda g: g + 0.1,
        lambda g: np.roll(g, 1),
        lambda g: np.where(np.arange(6) == 4, 0, g),
        lambda g: g * (1 + 1e-4),
    ],
    ids=["doubled", "negated", "shifted", "rolled", "one entry missing", "off by 1e-4"],
)
@pytest.mark.parametrize("seed", range(5))
def test_wrong_gradients_fail(spoil, seed):
    """Even when they are wrong in a single entry, or by one part in ten thousand."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=6)

    assert not check_gradient(f, x, spoil(df(x)), rng=rng)


def test_the_worst_entry_is_named(rng):
    """The sentence says where, what was claimed, and what is true."""
    x = rng.normal(size=(2, 3))
    g = df(x.ravel()).reshape(2, 3)
    g[1, 2] += 1
    check = check_gradient(lambda x: f(x.ravel()), x, g, rng=rng)

    assert check.worst_index == (1, 2)
    assert "worst at entry (1, 2)" in str(check)
    assert check.claimed - check.numerical == pytest.approx(1, abs=1e-5)


def test_a_gradient_of_zero_can_be_right(rng):
    """A constant has no slope, and rounding is not taken for one."""
    assert check_gradient(lambda x: 1e3, np.ones(3), np.zeros(3), rng=rng)


def test_numerical_gradient_and_direction_agree(rng):
    """The slope along a direction is the gradient times the direction; x is left alone."""
    x, u = rng.normal(size=6), rng.normal(size=6)
    kept = x.copy()

    assert directional_derivative(f, x, u) == pytest.approx(numerical_gradient(f, x) @ u, rel=1e-6)
    assert (x == kept).all()


@pytest.mark.parametrize(
    ("x", "g", "sentence"),
    [
        (np.ones(3), np.ones(2), r"shape of x, \(3,\), got \(2,\)"),
        (np.array([np.nan]), np.ones(1), "NaN or infinity in x"),
        (np.ones(1), np.array([np.inf]), "NaN or infinity in the claimed gradient"),
    ],
)
def test_bad_input_is_one_sentence(x, g, sentence, rng):
    """Shapes that differ and numbers that are none."""
    with pytest.raises(ValueError, match=sentence):
        check_gradient(lambda x: float(x.sum()), x, g, rng=rng)
