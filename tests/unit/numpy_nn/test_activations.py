"""Activations: right in the middle, finite in the tails, and with the slopes they claim."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nbcourse.gradients import check_gradient
from nbcourse.numpy_nn import activations

ELEMENTWISE = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus")
OVER_AN_AXIS = ("logsumexp", "softmax", "log_softmax")
matrices = hnp.arrays(
    np.float64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=5), elements=st.floats(-50, 50)
)


@pytest.mark.parametrize("name", ELEMENTWISE + OVER_AN_AXIS)
def test_backward_is_the_gradient(name, rng):
    """The hand-written backward pass agrees with central differences away from kinks."""
    f = getattr(activations, name)
    x = rng.normal(0, 2, (4, 3))
    x[np.abs(x) < 1e-3] = 0.5
    dy = rng.normal(size=np.shape(f(x)))

    check = check_gradient(lambda x: float(np.sum(dy * f(x))), x, f.backward(dy, x), rng=rng)

    assert check, str(check)


def test_a_wrong_backward_is_noticed(rng):
    """The check above catches the classic slip of using the value where the slope belongs."""
    x = rng.normal(size=(4, 3))
    claimed = activations.sigmoid(x)

    assert not check_gradient(lambda x: float(activations.sigmoid(x).sum()), x, claimed, rng=rng)


@pytest.mark.parametrize("name", ELEMENTWISE + OVER_AN_AXIS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_tails_are_finite_and_dtype_is_kept(name, dtype):
    """Inputs of +-10,000 give finite values and slopes, without warnings, in the same dtype."""
    f, x = getattr(activations, name), np.array([[-1e4, -1.0, 0.0, 1.0, 1e4]], dtype=dtype)
    y = f(x)
    dx = f.backward(np.ones_like(y), x)

    assert y.dtype == dx.dtype == dtype
    assert np.isfinite(y).all()
    assert np.isfinite(dx).all()


@pytest.mark.parametrize("name", ELEMENTWISE + OVER_AN_AXIS)
def test_arguments_are_not_changed(name, rng):
    """Neither forward nor backward writes to what it is given."""
    f, x = getattr(activations, name), rng.normal(size=(3, 4))
    y = f(x)
    dy, kept = np.ones_like(y), x.copy()
    kept_dy = dy.copy()
    f.backward(dy, x)

    assert (x == kept).all()
    assert (dy == kept_dy).all()


@given(matrices)
def test_sigmoid_is_symmetric(x):
    """sigmoid(-x) = 1 - sigmoid(x), and sigmoid rises from 0 to 1."""
    s = activations.sigmoid(x)

    np.testing.assert_allclose(activations.sigmoid(-x), 1 - s, atol=1e-15)
    assert ((s >= 0) & (s <= 1)).all()


@given(matrices, st.floats(-100, 100))
def test_softmax_is_shift_invariant(x, shift):
    """Adding one number to a whole row changes no probability; each row sums to 1."""
    p = activations.softmax(x)

    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(activations.softmax(x + shift), p, atol=1e-12)


@given(matrices)
def test_logsumexp_lies_just_above_the_maximum(x):
    """Max <= logsumexp <= max + log n."""
    top, y = x.max(axis=1), activations.logsumexp(x)

    assert (y >= top - 1e-12).all()
    assert (y <= top + math.log(x.shape[1]) + 1e-12).all()


@given(matrices)
def test_log_softmax_is_the_log_of_softmax(x):
    """exp(log_softmax) = softmax."""
    np.testing.assert_allclose(
        np.exp(activations.log_softmax(x)), activations.softmax(x), atol=1e-14
    )


@given(matrices)
def test_softplus_is_a_smooth_relu(x):
    """Relu <= softplus <= relu + log 2, and softplus(x) - softplus(-x) = x."""
    gap = activations.softplus(x) - activations.relu(x)

    assert (gap >= 0).all()
    assert (gap <= math.log(2) + 1e-12).all()
    np.testing.assert_allclose(
        activations.softplus(x) - activations.softplus(-x), x, rtol=1e-12, atol=1e-13
    )


def test_logsumexp_takes_infinities():
    """A row of -inf is log 0 = -inf; a +inf wins; masked entries do not count."""
    inf = np.inf
    x = np.array([[-inf, -inf], [0.0, -inf], [inf, 0.0]])

    assert activations.logsumexp(x).tolist() == [-inf, 0.0, inf]


def test_slope_of_relu_at_zero_is_zero():
    """The convention of the course: relu'(0) = 0; leaky relu takes its small slope there."""
    zero, one = np.zeros(1), np.ones(1)

    assert activations.relu.backward(one, zero).item() == 0
    assert activations.leaky_relu.backward(one, zero, negative_slope=0.2).item() == 0.2


def test_exact_and_approximate_gelu_differ_a_little():
    """The tanh formula is within 1e-3 of the exact curve, and is not the same."""
    x = np.linspace(-5, 5, 1001)
    gap = np.abs(activations.gelu(x) - activations.gelu(x, approximate=True)).max()

    assert 1e-4 < gap < 1e-3


def test_gelu_keeps_its_far_tail():
    """X Phi(x) at -10 is -10 times 7.6e-24, where 1 + erf would say 0."""
    assert activations.gelu(np.array([-10.0])).item() == pytest.approx(-7.619853e-23, rel=1e-6)


@pytest.mark.parametrize("axis", [0, 1, -1, (0, 2), (1, 2)])
def test_axes_are_respected(axis, rng):
    """Softmax sums to 1 over the axes named, singly or together."""
    p = activations.softmax(rng.normal(size=(2, 3, 4)), axis=axis)

    np.testing.assert_allclose(p.sum(axis=axis), 1, atol=1e-12)


def test_integers_become_float64():
    """A list of integers is taken as float64."""
    assert activations.relu([-1, 2]).dtype == np.float64


@pytest.mark.parametrize("bad", [["a"], [1j], [None]])
def test_what_is_no_number_is_refused(bad):
    """Text, complex numbers and objects are named in one sentence."""
    with pytest.raises(TypeError, match="x must hold real numbers, got an array of dtype"):
        activations.relu(bad)


def test_a_function_without_backward_says_so():
    """The wrapper refuses to invent a gradient."""
    from nbcourse.numpy_nn._function import differentiable

    @differentiable
    def square(x):
        return x * x

    with pytest.raises(NotImplementedError, match="square has no backward pass"):
        square.backward(1.0, 2.0)
