"""First weights: how large random numbers should be so that signals neither die nor explode."""

import math
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Shape = tuple[int, ...]

__all__ = [
    "fans",
    "gain_for",
    "he_normal",
    "he_uniform",
    "lecun_normal",
    "normal",
    "orthogonal",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]


class Initializer(Protocol):
    """What every function here looks like: a shape and a generator in, float64 weights out."""

    def __call__(self, shape: Shape, *, rng: np.random.Generator) -> Array:
        """Draw an array of the given shape."""
        ...


def fans(shape: Shape) -> tuple[int, int]:
    """Return (fan_in, fan_out): how many numbers feed one output, and leave one input.

    Dense weights are (n_in, n_out). Convolution kernels are (n_out, n_in, height, width), and
    each position of the kernel counts.

    >>> fans((784, 64)), fans((16, 3, 5, 5))
    ((784, 64), (75, 400))
    """
    if len(shape) < 2 or min(shape) < 1:
        raise ValueError(f"fans needs a shape of two or more axes of length >= 1, got {shape}")
    if len(shape) == 2:
        return shape[0], shape[1]
    n_positions = math.prod(shape[2:])
    return shape[1] * n_positions, shape[0] * n_positions


def gain_for(activation: str, *, negative_slope: float = 0.01) -> float:
    """Return the gain for `lecun_normal` or `orthogonal` that suits an activation.

    With it the mean square of a signal, and of a gradient, is the same before and after a wide
    layer: exactly so for "linear", "relu" and "leaky_relu", and for small signals with "tanh".

    Source: He et al. (2015), equations 10 and 15; Poole et al. (2016) for tanh.

    >>> gain_for("linear"), round(gain_for("relu"), 4)
    (1.0, 1.4142)
    """
    gains = {
        "linear": 1.0,
        "tanh": 1.0,
        "relu": math.sqrt(2.0),
        "leaky_relu": math.sqrt(2.0 / (1.0 + negative_slope**2)),
    }
    if activation not in gains:
        raise ValueError(f"no gain is known for {activation!r}, only for {', '.join(gains)}")
    return gains[activation]


def zeros(shape: Shape, *, rng: np.random.Generator | None = None) -> Array:
    """All zeros: right for biases, fatal for weights (no symmetry is ever broken)."""
    del rng  # taken so that all initializers are called alike
    return np.zeros(shape)


def normal(shape: Shape, *, rng: np.random.Generator, std: float = 0.01) -> Array:
    """Draw from N(0, std^2), whatever the shape."""
    return rng.normal(0.0, std, size=shape)


def lecun_normal(shape: Shape, *, rng: np.random.Generator, gain: float = 1.0) -> Array:
    """Draw from N(0, gain^2 / fan_in): each output is as large as one input, times the gain.

    Source: LeCun et al. (1998), Efficient BackProp, section 4.6.
    """
    return rng.normal(0.0, gain / math.sqrt(fans(shape)[0]), size=shape)


def xavier_normal(shape: Shape, *, rng: np.random.Generator, gain: float = 1.0) -> Array:
    """Draw from N(0, gain^2 2 / (fan_in + fan_out)): signals keep their size, both ways.

    Source: Glorot and Bengio (2010), equation 12.
    """
    return rng.normal(0.0, gain * math.sqrt(2.0 / sum(fans(shape))), size=shape)


def xavier_uniform(shape: Shape, *, rng: np.random.Generator, gain: float = 1.0) -> Array:
    """Draw from U(-a, a), a = gain sqrt(6 / (fan_in + fan_out)).

    Source: Glorot and Bengio (2010), equation 16.
    """
    a = gain * math.sqrt(6.0 / sum(fans(shape)))
    return rng.uniform(-a, a, size=shape)


def he_normal(shape: Shape, *, rng: np.random.Generator) -> Array:
    """Draw from N(0, 2 / fan_in): the factor 2 makes up for the half that ReLU cuts off.

    Source: He et al. (2015), Delving deep into rectifiers, equation 10.
    """
    return rng.normal(0.0, math.sqrt(2.0 / fans(shape)[0]), size=shape)


def he_uniform(shape: Shape, *, rng: np.random.Generator) -> Array:
    """Draw from U(-a, a), a = sqrt(6 / fan_in): the variance of `he_normal`."""
    a = math.sqrt(6.0 / fans(shape)[0])
    return rng.uniform(-a, a, size=shape)


def orthogonal(shape: Shape, *, rng: np.random.Generator, gain: float = 1.0) -> Array:
    """Draw `gain` times a random matrix with orthonormal rows or columns, whichever are fewer.

    Axes after the first are flattened for the draw.

    Source: Saxe, McClelland and Ganguli (2014); the sign correction that makes the draw uniform
    is from Mezzadri (2007), How to generate random matrices from the classical compact groups.
    """
    fans(shape)  # refuses what is no matrix
    n_rows, n_columns = shape[0], math.prod(shape[1:])
    a = rng.normal(size=(max(n_rows, n_columns), min(n_rows, n_columns)))
    q, r = np.linalg.qr(a)
    q = q * np.sign(np.diag(r))
    if n_rows < n_columns:
        q = q.T
    return gain * q.reshape(shape)


_BY_NAME: dict[str, Any] = {
    "zeros": zeros,
    "normal": normal,
    "lecun_normal": lecun_normal,
    "xavier_normal": xavier_normal,
    "xavier_uniform": xavier_uniform,
    "he_normal": he_normal,
    "he_uniform": he_uniform,
    "orthogonal": orthogonal,
}


def by_name(name: str) -> Initializer:
    """Return the initializer of that name.

    Raises:
        ValueError: no initializer has that name.
    """
    if name not in _BY_NAME:
        raise ValueError(f"unknown initializer {name!r}, choose one of {', '.join(_BY_NAME)}")
    initializer: Initializer = _BY_NAME[name]
    return initializer
