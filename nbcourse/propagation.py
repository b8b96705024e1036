"""Signal propagation: what layers of random weights do to the size of a signal, before training.

In a wide layer the weighted sums z are normally distributed, so a number describes all of them:
their variance q. With weights of variance sigma_w^2 / n_in and biases of variance sigma_b^2, the
next layer has the variance sigma_w^2 E[phi(sqrt(q) z)^2] + sigma_b^2, z standard normal.

Source: Poole et al. (2016); Schoenholz et al. (2017). An activation is any function of an array.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from nbcourse.checks import require_between, require_positive
from nbcourse.errors import InputError

Array = NDArray[np.float64]
Curve = Callable[[Array], Array]

__all__ = [
    "chi",
    "correlation_map",
    "critical_gain",
    "depth_scale",
    "fixed_point",
    "gaussian_mean",
    "mean_squares",
    "variance_map",
]

_SMALLEST, _LARGEST = 1e-12, 1e12  # variances beyond which a signal counts as dead or exploded


def _normal_grid(spacing: float, reach: float = 10.0) -> tuple[Array, Array]:
    # Evenly spaced points converge exponentially for smooth functions, as Gauss-Hermite nodes do,
    # and unlike those they still resolve a saturated curve. They leave out 0, where ReLU bends.
    z = np.arange(-reach + spacing / 2, reach, spacing)
    weights = np.exp(-(z**2) / 2)
    return z, weights / weights.sum()


_FINE, _COARSE = _normal_grid(0.01), _normal_grid(0.05)


def gaussian_mean(f: Curve, q: float) -> float:
    """Return E[f(sqrt(q) z)], the mean of `f` over a normal distribution of variance `q`.

    >>> round(gaussian_mean(lambda z: np.maximum(z, 0) ** 2, 3.0), 6)
    1.5
    """
    require_between("gaussian_mean", "q", q, 0, math.inf)
    z, weights = _FINE
    return float(weights @ f(math.sqrt(q) * z))


def variance_map(phi: Curve, q: float, *, sigma_w: float, sigma_b: float = 0.0) -> float:
    """Return the variance of the next layer's sums, where this layer's have the variance `q`."""
    _require_sigmas("variance_map", sigma_w, sigma_b)
    return sigma_w**2 * gaussian_mean(lambda z: phi(z) ** 2, q) + sigma_b**2


def fixed_point(phi: Curve, *, sigma_w: float, sigma_b: float = 0.0, q: float = 1.0) -> float:
    """Return the variance that a signal settles at when it starts at `q`.

    It is 0 for a signal that dies out, and inf for one that grows without end.
    """
    _require_sigmas("fixed_point", sigma_w, sigma_b)
    require_positive("fixed_point", q=q)

    def shrinks_by(q: float) -> float:
        return 1 - variance_map(phi, q, sigma_w=sigma_w, sigma_b=sigma_b) / q

    if abs(shrinks_by(q)) < 1e-12:
        return q
    shrinks = shrinks_by(q) > 0
    while _SMALLEST < q < _LARGEST:
        last, q = q, (q / 2 if shrinks else 2 * q)
        if (shrinks_by(q) > 0) != shrinks:
            return _crossing(lambda v: shrinks_by(v) > 0, min(last, q), max(last, q))
    return 0.0 if shrinks else math.inf


def chi(phi: Curve, q: float, *, sigma_w: float) -> float:
    """Return sigma_w^2 E[phi'(sqrt(q) z)^2], the factor of a gradient's variance in each layer.

    It is also the factor by which a small distance of two inputs grows. Slopes are measured by
    central differences; for `q` of 0 or inf the limit is taken.
    """
    _require_sigmas("chi", sigma_w, 0.0)
    q = min(max(q, _SMALLEST), _LARGEST)
    h = 1e-5 * math.sqrt(q)
    return sigma_w**2 * gaussian_mean(lambda z: ((phi(z + h) - phi(z - h)) / (2 * h)) ** 2, q)


def correlation_map(
    phi: Curve, c: float, q: float, *, sigma_w: float, sigma_b: float = 0.0
) -> float:
    """Return the correlation of two signals in the next layer, where in this one it is `c`.

    Both have the variance `q` in this layer.
    """
    _require_sigmas("correlation_map", sigma_w, sigma_b)
    require_between("correlation_map", "c", c, -1, 1)
    require_positive("correlation_map", q=q)
    z, weights = _COARSE
    first = math.sqrt(q) * z[:, None]
    second = math.sqrt(q) * (c * z[:, None] + math.sqrt(1 - c**2) * z)
    product = weights @ (phi(first) * phi(second)) @ weights
    below = weights @ phi(first[:, 0]) ** 2
    return float((sigma_w**2 * product + sigma_b**2) / (sigma_w**2 * below + sigma_b**2))


def critical_gain(phi: Curve, *, sigma_b: float = 0.0, q: float = 1.0) -> float:
    """Return the sigma_w at which `chi` is 1, for a signal that starts at `q`, to five digits.

    Below it gradients vanish with depth, above it they explode.

    >>> round(critical_gain(lambda z: np.maximum(z, 0)), 4), round(critical_gain(np.tanh), 4)
    (1.4142, 1.0)

    Raises:
        InputError: `chi` does not cross 1 for any gain between 0.01 and 100.
    """

    def explodes(sigma_w: float) -> bool:
        settled = fixed_point(phi, sigma_w=sigma_w, sigma_b=sigma_b, q=q)
        return chi(phi, settled, sigma_w=sigma_w) > 1

    low, high = 0.01, 100.0
    if explodes(low) or not explodes(high):
        raise InputError(f"critical_gain found no gain between {low} and {high} where chi is 1")
    return _crossing(explodes, low, high)


def depth_scale(chi: float) -> float:
    """Return 1 / |log chi|: after so many layers a variance has changed by the factor e.

    >>> round(depth_scale(0.9), 2), depth_scale(1.0)
    (9.49, inf)
    """
    require_positive("depth_scale", chi=chi)
    return math.inf if chi == 1 else 1 / abs(math.log(chi))


class Step(Protocol):
    """A layer of a real network, as the NumPy twin has it."""

    def forward(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return the output for a batch of inputs."""
        ...

    def backward(self, dy: NDArray[Any]) -> NDArray[Any]:
        """Return the gradient with respect to the input of the last forward pass."""
        ...


def mean_squares(layers: Sequence[Step], x: NDArray[Any], dy: NDArray[Any]) -> tuple[Array, Array]:
    """Send `x` forward and `dy` backward through real layers, and measure on the way.

    Returns:
        Two arrays (n_layers,): the mean square of each layer's output, and of the gradient there.
    """
    forward, backward = np.empty(len(layers)), np.empty(len(layers))
    for k, layer in enumerate(layers):
        x = layer.forward(x)
        forward[k] = np.mean(np.square(x, dtype=np.float64))
    if dy.shape != x.shape:
        raise InputError(f"mean_squares wants dy of the output's shape {x.shape}, got {dy.shape}")
    for k in reversed(range(len(layers))):
        backward[k] = np.mean(np.square(dy, dtype=np.float64))
        dy = layers[k].backward(dy)
    return forward, backward


def _require_sigmas(where: str, sigma_w: float, sigma_b: float) -> None:
    require_positive(where, sigma_w=sigma_w)
    require_between(where, "sigma_b", sigma_b, 0, math.inf)


def _crossing(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Where `holds` turns from False to True between two positive numbers, by halving."""
    for _ in range(60):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if holds(middle) else (middle, high)
    return math.sqrt(low * high)
