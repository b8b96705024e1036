"""The random numbers of the live figures, as `book/_live/kit/random.mjs` draws them."""

import math
from collections.abc import Iterator

import numpy as np

WORD = 0xFFFFFFFF


def uniforms(seed: int) -> Iterator[float]:
    """Numbers in [0, 1), by mulberry32."""
    state = seed & WORD
    while True:
        state = (state + 0x6D2B79F5) & WORD
        t = ((state ^ (state >> 15)) * (state | 1)) & WORD
        t ^= (t + ((t ^ (t >> 7)) * (t | 61) & WORD)) & WORD
        yield (t ^ (t >> 14)) / 2**32


def normals(seed: int, count: int) -> np.ndarray:
    """So many numbers of the standard normal distribution, by Box and Muller."""
    draw, found = uniforms(seed), []
    while len(found) < count:
        radius, angle = math.sqrt(-2 * math.log(1 - next(draw))), 2 * math.pi * next(draw)
        found += [radius * math.cos(angle), radius * math.sin(angle)]
    return np.array(found[:count])
