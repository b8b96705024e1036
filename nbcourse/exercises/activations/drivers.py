"""Calls of answers on several inputs, and of the networks that answers build: public code."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def at_each(function: Callable[..., Any], points: Sequence[Array], **options: object) -> list[Any]:
    """What the function returns for each of several arrays."""
    return [function(x, **options) for x in points]


def network_values(function: Callable[..., Any], depth: int, x: Array) -> Array:
    """Values at the points x (n,) of the ReLU network with the returned weights and biases."""
    z = np.asarray(x, dtype=np.float64)[:, None]
    for k, (W, b) in enumerate(_layers(function(depth))):
        h = np.maximum(z, 0) if k else z  # every layer but the input's and the output's bends
        if W.ndim != 2 or W.shape[0] != h.shape[1] or b.shape != (W.shape[1],):
            raise ValueError(
                f"weights[{k}] {W.shape} and biases[{k}] {b.shape} do not fit: wanted "
                f"({h.shape[1]}, n_out) and (n_out,)"
            )
        z = h @ W + b
    if z.shape[1] != 1:
        raise ValueError(f"the last layer gives {z.shape[1]} numbers, wanted one")
    return z[:, 0].astype(x.dtype)


def layer_shapes(function: Callable[..., Any], depth: int) -> list[tuple[int, ...]]:
    """The shapes of all weights, first layer first."""
    return [W.shape for W, _ in _layers(function(depth))]


def _layers(returned: object) -> list[tuple[Array, Array]]:
    """Pairs of weights and biases, from two lists."""
    lists = returned if isinstance(returned, tuple | list) and len(returned) == 2 else ()
    if not all(isinstance(part, tuple | list) for part in lists) or not lists:
        raise TypeError("wanted two lists, weights and biases")
    weights, biases = lists
    if len(weights) != len(biases):
        raise ValueError(f"got {len(weights)} arrays of weights and {len(biases)} of biases")
    return [
        (np.asarray(W, dtype=np.float64), np.asarray(b, dtype=np.float64))
        for W, b in zip(weights, biases, strict=True)
    ]
