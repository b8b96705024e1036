"""The seeded random numbers of `book/_live/kit/random.mjs`, once more in NumPy."""

import numpy as np
from numpy.typing import NDArray


def uniforms(seed: int, n: int) -> NDArray[np.float64]:
    """The first `n` numbers in [0, 1) of a seed: mulberry32, all places at once."""
    places = np.arange(1, n + 1, dtype=np.uint32)
    t = np.uint32(seed) + places * np.uint32(0x6D2B79F5)
    t = (t ^ (t >> 15)) * (t | np.uint32(1))
    t ^= t + (t ^ (t >> 7)) * (t | np.uint32(61))
    return (t ^ (t >> 14)).astype(np.float64) / 2**32


def normals(seed: int, n: int) -> NDArray[np.float64]:
    """So many numbers of the standard normal distribution."""
    u = uniforms(seed, n + n % 2).reshape(-1, 2)
    radius, angle = np.sqrt(-2 * np.log(1 - u[:, 0])), 2 * np.pi * u[:, 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).ravel()[:n]


def signs(seed: int, n: int) -> NDArray[np.float64]:
    """Numbers -1 and 1."""
    return np.where(uniforms(seed, n) < 0.5, -1.0, 1.0)
