"""Activations: the simple curves that make a network more than one matrix product."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.numpy_nn._function import as_float, differentiable

Array = NDArray[Any]
Axis = int | tuple[int, ...]

__all__ = [
    "elu",
    "gelu",
    "leaky_relu",
    "log_softmax",
    "logsumexp",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tanh",
]

_SQRT_HALF = math.sqrt(0.5)
_SQRT_2_OVER_PI = math.sqrt(2.0 / math.pi)
_INV_SQRT_2PI = 1.0 / math.sqrt(2.0 * math.pi)
_GELU_CUBIC = 0.044715  # Hendrycks & Gimpel 2016, section 2
_erfc = np.vectorize(math.erfc, otypes=[np.float64])  # NumPy itself has no error function


def _normal_cdf(x: Array) -> Array:
    # erfc, not 1 + erf: the latter is 0 below -8, where the true value is 6e-16.
    return (0.5 * _erfc(-x * _SQRT_HALF)).astype(x.dtype) if x.size else x


@differentiable
def sigmoid(x: Array) -> Array:
    """Logistic function 1 / (1 + exp(-x)), elementwise; any shape.

    Only exp(-|x|) is ever computed, so neither tail overflows.

    >>> sigmoid(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """
    x = as_float(x, "x")
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


@sigmoid.define_backward
def _sigmoid_backward(dy: Array, x: Array) -> Array:
    return dy * sigmoid(x) * sigmoid(-as_float(x, "x"))  # 1 - s(x) = s(-x), exact in the tail


@differentiable
def tanh(x: Array) -> Array:
    """Hyperbolic tangent, elementwise; any shape."""
    return np.tanh(as_float(x, "x"))


@tanh.define_backward
def _tanh_backward(dy: Array, x: Array) -> Array:
    # 1 - tanh(x)^2 = 4 s(2x) s(-2x) with s the sigmoid: no cancellation in the tails.
    x = as_float(x, "x")
    return dy * 4 * sigmoid(2 * x) * sigmoid(-2 * x)


@differentiable
def relu(x: Array) -> Array:
    """Rectifier max(0, x), elementwise; its derivative at 0 is taken as 0.

    Source: Nair and Hinton (2010), Rectified linear units improve restricted Boltzmann machines.
    """
    return np.maximum(as_float(x, "x"), 0)


@relu.define_backward
def _relu_backward(dy: Array, x: Array) -> Array:
    return dy * (x > 0)


@differentiable
def leaky_relu(x: Array, *, negative_slope: float = 0.01) -> Array:
    """Rectifier with a small slope below 0, elementwise; its derivative at 0 is that slope.

    Source: Maas, Hannun and Ng (2013), Rectifier nonlinearities improve acoustic models.
    """
    x = as_float(x, "x")
    return np.where(x > 0, x, negative_slope * x)


@leaky_relu.define_backward
def _leaky_relu_backward(dy: Array, x: Array, *, negative_slope: float = 0.01) -> Array:
    return np.where(np.asarray(x) > 0, dy, negative_slope * dy)


@differentiable
def elu(x: Array, *, alpha: float = 1.0) -> Array:
    """Exponential linear unit: x above 0, alpha (exp(x) - 1) below, elementwise.

    Source: Clevert, Unterthiner and Hochreiter (2016), equation 15.
    """
    x = as_float(x, "x")
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


@elu.define_backward
def _elu_backward(dy: Array, x: Array, *, alpha: float = 1.0) -> Array:
    x = as_float(x, "x")
    return dy * np.where(x > 0, 1, alpha * np.exp(np.minimum(x, 0)))


@differentiable
def gelu(x: Array, *, approximate: bool = False) -> Array:
    """Gaussian error linear unit x Phi(x), Phi the normal distribution function; elementwise.

    With `approximate`, the tanh formula of Hendrycks and Gimpel (2016), section 2.
    """
    x = as_float(x, "x")
    if approximate:
        return 0.5 * x * (1 + np.tanh(_SQRT_2_OVER_PI * (x + _GELU_CUBIC * x**3)))
    return x * _normal_cdf(x)


@gelu.define_backward
def _gelu_backward(dy: Array, x: Array, *, approximate: bool = False) -> Array:
    x = as_float(x, "x")
    if approximate:
        inner = _SQRT_2_OVER_PI * (x + _GELU_CUBIC * x**3)
        t = np.tanh(inner)
        d_inner = _SQRT_2_OVER_PI * (1 + 3 * _GELU_CUBIC * x**2)
        return dy * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * d_inner)
    density = _INV_SQRT_2PI * np.exp(-0.5 * x**2)
    return dy * (_normal_cdf(x) + x * density)


@differentiable
def silu(x: Array) -> Array:
    """Sigmoid linear unit x sigmoid(x), also called swish; elementwise.

    Source: Elfwing, Uchibe and Doya (2018), equation 2 with beta = 1 of Ramachandran et al. (2017).
    """
    x = as_float(x, "x")
    return x * sigmoid(x)


@silu.define_backward
def _silu_backward(dy: Array, x: Array) -> Array:
    x = as_float(x, "x")
    s = sigmoid(x)
    return dy * (s + x * s * sigmoid(-x))


@differentiable
def softplus(x: Array) -> Array:
    """Smooth rectifier log(1 + exp(x)), elementwise, linear for large x without overflow.

    Source: Dugas et al. (2001), Incorporating second-order functional knowledge.
    """
    x = as_float(x, "x")
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


@softplus.define_backward
def _softplus_backward(dy: Array, x: Array) -> Array:
    return dy * sigmoid(x)


@differentiable
def logsumexp(x: Array, *, axis: Axis = -1) -> Array:
    """Log of the sum of exponentials over `axis`, which is removed.

    The maximum is subtracted first, so the largest exponent is 0. A slice of -inf gives -inf.

    Source: Blanchard, Higham and Higham (2021), algorithm 3.1.

    >>> round(float(logsumexp(np.array([1000.0, 1000.0]))), 4)
    1000.6931
    """
    x = as_float(x, "x")
    top = np.max(x, axis=axis, keepdims=True)
    shift = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):  # log(0) = -inf is the right answer for an empty mass
        log_sum = np.log(np.sum(np.exp(x - shift), axis=axis, keepdims=True))
    return np.squeeze(log_sum + shift, axis=axis)


@logsumexp.define_backward
def _logsumexp_backward(dy: Array, x: Array, *, axis: Axis = -1) -> Array:
    return np.expand_dims(dy, axis) * softmax(x, axis=axis)


@differentiable
def softmax(x: Array, *, axis: Axis = -1) -> Array:
    """Probabilities exp(x) / sum(exp(x)) over `axis`; same shape as `x`.

    Source: Bridle (1990), Probabilistic interpretation of feedforward classification networks.
    """
    x = as_float(x, "x")
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    e /= e.sum(axis=axis, keepdims=True)
    return e


@softmax.define_backward
def _softmax_backward(dy: Array, x: Array, *, axis: Axis = -1) -> Array:
    p = softmax(x, axis=axis)
    return p * (dy - np.sum(dy * p, axis=axis, keepdims=True))


@differentiable
def log_softmax(x: Array, *, axis: Axis = -1) -> Array:
    """Logarithm of `softmax`, without a log of 0; same shape as `x`."""
    x = as_float(x, "x")
    y = x - x.max(axis=axis, keepdims=True)
    y -= np.log(np.exp(y).sum(axis=axis, keepdims=True))
    return y


@log_softmax.define_backward
def _log_softmax_backward(dy: Array, x: Array, *, axis: Axis = -1) -> Array:
    return dy - softmax(x, axis=axis) * np.sum(dy, axis=axis, keepdims=True)
