"""Batches and splits: which examples go together, drawn from a generator that is passed in."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checks import require_examples, require_positive

Array = NDArray[Any]
Split = tuple[Array, Array, Array, Array]

__all__ = ["batches", "train_validation_split"]


def batches(
    n: int, batch_size: int, *, rng: np.random.Generator, drop_last: bool = False
) -> Iterator[NDArray[np.int64]]:
    """Deal index arrays that go once through 0 .. n - 1 in a fresh random order.

    All hold `batch_size` indices but the last, which holds the rest, or is left out.

    >>> sorted(len(b) for b in batches(10, 4, rng=np.random.default_rng(0)))
    [2, 4, 4]
    """
    require_positive("batches", n=n, batch_size=batch_size)
    order = rng.permutation(n)
    stop = n - n % batch_size if drop_last else n
    return (order[start : start + batch_size] for start in range(0, stop, batch_size))


def train_validation_split(
    x: Array, y: Array, *, fraction: float, rng: np.random.Generator
) -> Split:
    """Split examples at random into training and validation parts: (x_tr, y_tr, x_va, y_va).

    Each class gives `fraction` of its examples, rounded, to the validation part, so that both
    parts hold the classes in the same proportions. Labels are (n,) integers.

    Raises:
        ValueError: lengths differ, there is no example, or a part would be empty.
    """
    x, y = np.asarray(x), np.asarray(y)
    require_examples("train_validation_split", x=x, y=y)
    if x.shape[:1] != y.shape:
        raise ValueError(
            "train_validation_split wants inputs (n, ...) and labels (n,), "
            f"got shapes {x.shape} and {y.shape}"
        )
    if not 0 < fraction < 1:
        raise ValueError(
            f"train_validation_split wants a fraction between 0 and 1, exclusive, got {fraction}"
        )
    held_out = np.zeros(len(x), dtype=bool)
    for label in np.unique(y):
        members = rng.permutation(np.flatnonzero(y == label))
        held_out[members[: round(fraction * len(members))]] = True
    if held_out.all() or not held_out.any():
        raise ValueError(
            f"train_validation_split with fraction {fraction} of {len(x)} examples "
            "leaves one part empty"
        )
    return x[~held_out], y[~held_out], x[held_out], y[held_out]
