"""Public code that calls an answer: a fit by its gradients, and a shift of all its arguments."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def fit(gaussian_nll: Callable[..., Any], target: Array, *, n_steps: int = 50) -> Array:
    """Center and squared width, one for all targets, where descent on `gaussian_nll` ends.

    Each step is divided by the curvature that the loss has at the right width (1 / sigma^2 for
    the center, 2 for the logarithm of the width), so that few steps are enough.
    """
    mu, log_sigma = 0.0, 0.0
    for _ in range(n_steps):
        center, width = np.full_like(target, mu), np.full_like(target, log_sigma)
        _, dmu, dlog_sigma = gaussian_nll(center, width, target)
        mu -= float(np.exp(2 * log_sigma) * np.sum(dmu))
        log_sigma -= float(np.sum(dlog_sigma)) / 2
    return np.array([mu, np.exp(2 * log_sigma)])


def rise(logsumexp: Callable[..., Any], z: Array, *, shift: float, axis: int) -> Any:
    """By how much the result rises when `shift` is added to every number."""
    return logsumexp(z + shift, axis=axis) - logsumexp(z, axis=axis)
