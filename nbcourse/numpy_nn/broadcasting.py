"""Broadcasting backwards: where a small array served many places, its gradients add up."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.errors import InputError

Array = NDArray[Any]

__all__ = ["unbroadcast"]


def unbroadcast(grad: Array, shape: tuple[int, ...]) -> Array:
    """Sum a gradient over the axes along which an array of `shape` was broadcast.

    NumPy lines shapes up at their last axis: missing axes in front, and axes of length 1, are
    repeated. Each repetition is one more use of the same number, so its gradients are summed.

    Raises:
        InputError: an array of `shape` does not broadcast to the shape of `grad`.
    """
    n_new = grad.ndim - len(shape)
    if n_new < 0 or any(
        n not in (1, m) for n, m in zip(shape, grad.shape[max(n_new, 0) :], strict=True)
    ):
        raise InputError(f"unbroadcast: shape {shape} does not broadcast to {grad.shape}")
    repeated = [n_new + k for k, n in enumerate(shape) if n == 1 and grad.shape[n_new + k] != 1]
    summed: Array = np.sum(grad, axis=(*range(n_new), *repeated))
    return summed.reshape(shape)
