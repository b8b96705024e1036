"""Public drivers for the exercises on the neuron: they call an answer, and return plain values."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Function = Callable[..., Any]


def strictly(function: Function, *args: Any, **kwargs: Any) -> Any:
    """One call in which an overflow or a NaN is an error, not a warning."""
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        return function(*args, **kwargs)


def of_both_signs(sigmoid: Function, z: Array) -> tuple[Any, Any]:
    """The values at z and at -z."""
    return sigmoid(z), sigmoid(-z)


def rescaled(distance: Function, w: Array, b: float, X: Array, *, c: float) -> list[Any]:
    """The distances for (w, b), for (c w, c b), and for (w / c, b / c)."""
    return [distance(factor * w, factor * b, X) for factor in (1.0, c, 1 / c)]


def fit_each(
    perceptron_fit: Function,
    X: Array,
    y: Array,
    *,
    max_epochs: int,
    normals: Array,  # a line that separates each set, for the check alone
    offsets: Array,
) -> list[Any]:
    """The result on each of many sets: X (n_sets, n, n_in), y (n_sets, n)."""
    pairs = zip(X, y, strict=True)
    return [perceptron_fit(points, labels, max_epochs=max_epochs) for points, labels in pairs]


def fit_on_half(
    logistic_fit: Function, X: Array, y: Array, *, learning_rate: float, n_steps: int
) -> Any:
    """Train on the first half of the examples; the second half is for the check."""
    half = len(X) // 2
    return logistic_fit(X[:half], y[:half], learning_rate=learning_rate, n_steps=n_steps)


def after_each_step(
    logistic_fit: Function, X: Array, y: Array, *, learning_rate: float, n_steps: int
) -> list[Any]:
    """The result after 0, 1, ... n_steps steps, each trained anew."""
    options = [{"learning_rate": learning_rate, "n_steps": k} for k in range(n_steps + 1)]
    return [logistic_fit(X, y, **each) for each in options]
