"""Finite differences: an independent judge of every gradient that was derived by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
ScalarFunction = Callable[[Array], float]

__all__ = ["GradientCheck", "check_gradient", "directional_derivative", "numerical_gradient"]


def _as_float64(x: NDArray[Any], name: str) -> Array:
    x = np.array(x, dtype=np.float64)  # a copy: the caller's array is never touched
    if not np.isfinite(x).all():
        raise ValueError(f"a gradient check needs finite numbers, got NaN or infinity in {name}")
    return x


def numerical_gradient(f: ScalarFunction, x: NDArray[Any], *, eps: float = 1e-6) -> Array:
    """Gradient of the scalar function `f` at `x` by central differences, in the shape of `x`.

    Two evaluations of `f` for each entry: (f(x + eps e_i) - f(x - eps e_i)) / (2 eps). The error
    is of order eps^2 from the formula and 1e-16 / eps from rounding.

    >>> numerical_gradient(lambda x: float(x @ x), np.array([1.0, 3.0])).round(6)
    array([2., 6.])
    """
    x = _as_float64(x, "x")
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + eps
        above = f(x)
        x[index] = kept - eps
        below = f(x)
        x[index] = kept
        gradient[index] = (above - below) / (2 * eps)
    return gradient


def directional_derivative(
    f: ScalarFunction, x: NDArray[Any], direction: NDArray[Any], *, eps: float = 1e-6
) -> float:
    """Slope of `f` at `x` along `direction`: two evaluations, whatever the size of `x`."""
    x = _as_float64(x, "x")
    return float((f(x + eps * direction) - f(x - eps * direction)) / (2 * eps))


@dataclass(frozen=True)
class GradientCheck:
    """What a gradient check found; `bool(check)` is True when the gradient is right.

    Attributes:
        relative_error: |claimed - numerical| / (|claimed| + |numerical|) along the direction
            tried, or of the worst entry where the check failed.
        tolerance: the bound that the error was held against.
        worst_index: the worst entry of a wrong gradient, None for a right one.
        claimed: the claimed slope there (or along the direction).
        numerical: the slope by central differences there.
    """

    relative_error: float
    tolerance: float
    worst_index: tuple[int, ...] | None
    claimed: float
    numerical: float

    def __bool__(self) -> bool:
        return self.worst_index is None

    def __str__(self) -> str:
        if self:
            return f"gradient right: relative error {self.relative_error:.1e}"
        return (
            f"gradient wrong, worst at entry {self.worst_index}: claimed {self.claimed:.6g}, "
            f"central difference {self.numerical:.6g}, relative error {self.relative_error:.1e}"
        )


def _relative_error(a: Array, b: Array, floor: float) -> Array:
    return np.asarray(np.abs(a - b) / np.maximum(np.abs(a) + np.abs(b), floor))


def check_gradient(
    f: ScalarFunction,
    x: NDArray[Any],
    gradient: NDArray[Any],
    *,
    rng: np.random.Generator,
    eps: float = 1e-6,
    tolerance: float = 1e-6,
    n_directions: int = 3,
) -> GradientCheck:
    """Compare a claimed gradient of the scalar function `f` at `x` with central differences.

    First along a few random directions, two evaluations each: a gradient that is wrong anywhere
    is wrong along almost every direction. Only when that fails is each entry looked at, to name
    the worst one. Kinks of `f` within `eps` of `x` make the comparison meaningless.

    Raises:
        ValueError: `gradient` and `x` differ in shape, or hold NaN or infinity.
    """
    x = _as_float64(x, "x")
    claimed = _as_float64(gradient, "the claimed gradient")
    if claimed.shape != x.shape:
        raise ValueError(f"the gradient must have the shape of x, {x.shape}, got {claimed.shape}")
    # Rounding in f limits how small a slope can be told from zero.
    floor = max(1e-15 * abs(float(f(x))) / eps / tolerance, 1e-30)
    worst = (0.0, 0.0, 0.0)
    for _ in range(n_directions):
        direction = rng.normal(size=x.shape)
        direction /= max(float(np.linalg.norm(direction)), 1e-300)
        slope = directional_derivative(f, x, direction, eps=eps)
        said = float(np.sum(claimed * direction))
        error = float(_relative_error(np.array(said), np.array(slope), floor))
        worst = max(worst, (error, said, slope))
    if worst[0] <= tolerance:
        return GradientCheck(worst[0], tolerance, None, worst[1], worst[2])
    numerical = numerical_gradient(f, x, eps=eps)
    errors = _relative_error(claimed, numerical, floor)
    # Weigh by size: a relative error on an entry of 1e-12 says nothing.
    index = np.unravel_index(int(np.argmax(np.abs(claimed - numerical))), x.shape)
    where = tuple(int(i) for i in index)
    return GradientCheck(
        float(errors[where]), tolerance, where, float(claimed[where]), float(numerical[where])
    )
