"""The seeded random numbers of `book/_live/kit/random.mjs`, once more in NumPy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def uniform(seed: int, k: NDArray[Any]) -> NDArray[np.float64]:
    """Numbers between 0 and 1 for the places `k` of a seed."""
    with np.errstate(over="ignore"):
        k = k.astype(np.uint32)
        start = np.uint32(seed * 0x9E3779B1 & 0xFFFFFFFF)
        t = start + (k + np.uint32(1)) * np.uint32(0x6D2B79F5)
        t = (t ^ (t >> 15)) * (t | np.uint32(1))
        t ^= t + (t ^ (t >> 7)) * (t | np.uint32(61))
        return ((t ^ (t >> 14)).astype(np.float64) + 0.5) / 2**32


def normals(seed: int, n: int) -> NDArray[np.float64]:
    """An even number of standard normal numbers."""
    u = uniform(seed, np.arange(n)).reshape(-1, 2)
    radius, angle = np.sqrt(-2 * np.log(u[:, 0])), 2 * np.pi * u[:, 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).ravel()


def signs(seed: int, n: int) -> NDArray[np.float64]:
    """Numbers -1 and 1."""
    return np.where(uniform(seed, np.arange(n)) < 0.5, -1.0, 1.0)
