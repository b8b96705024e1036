"""Synthetic sets: small problems in the plane, where every decision can be drawn."""

import numpy as np
from numpy.typing import NDArray

from nbcourse.checks import require_between, require_positive

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

__all__ = [
    "blobs",
    "linearly_separable",
    "noisy_line",
    "noisy_sine",
    "spirals",
    "two_moons",
    "xor",
]


def blobs(
    n: int, *, rng: np.random.Generator, n_classes: int = 3, spread: float = 0.5
) -> tuple[Array, Labels]:
    """Gaussian clouds of standard deviation `spread` on a circle of radius 2: X (n, 2), y (n,)."""
    require_positive("blobs", n=n, n_classes=n_classes)
    require_between("blobs", "spread", spread, 0, np.inf)
    y = rng.permutation(np.arange(n) % n_classes)
    angle = 2 * np.pi * y / n_classes
    centers = 2 * np.column_stack([np.cos(angle), np.sin(angle)])
    return centers + rng.normal(0, spread, (n, 2)), y


def linearly_separable(
    n: int, *, rng: np.random.Generator, margin: float = 0.1
) -> tuple[Array, Labels]:
    """Points of the square [-1, 1]^2, none nearer than `margin` to a random line: labels -1, +1.

    >>> X, y = linearly_separable(50, rng=np.random.default_rng(0))
    >>> X.shape, sorted(set(y.tolist()))
    ((50, 2), [-1, 1])
    """
    require_positive("linearly_separable", n=n)
    require_between("linearly_separable", "margin", margin, 0, 0.5)
    angle = rng.uniform(0, 2 * np.pi)
    normal, offset = np.array([np.cos(angle), np.sin(angle)]), rng.uniform(-0.3, 0.3)
    kept = np.empty((0, 2))
    while len(kept) < n:
        X = rng.uniform(-1, 1, (2 * n, 2))
        kept = np.concatenate([kept, X[np.abs(X @ normal + offset) >= margin]])
    X = kept[:n]
    return X, np.where(X @ normal + offset > 0, 1, -1)


def xor(n: int, *, rng: np.random.Generator, noise: float = 0.15) -> tuple[Array, Labels]:
    """Four clouds at the corners of a square, label 1 where the corner's signs differ."""
    require_positive("xor", n=n)
    require_between("xor", "noise", noise, 0, np.inf)
    corner = rng.permutation(np.arange(n) % 4)
    signs = np.column_stack([np.where(corner % 2, 1, -1), np.where(corner // 2, 1, -1)])
    y = (signs[:, 0] != signs[:, 1]).astype(np.int64)
    return 0.7 * signs + rng.normal(0, noise, (n, 2)), y


def two_moons(n: int, *, rng: np.random.Generator, noise: float = 0.1) -> tuple[Array, Labels]:
    """Two half circles that reach into each other: X (n, 2), labels 0 and 1."""
    require_positive("two_moons", n=n)
    require_between("two_moons", "noise", noise, 0, np.inf)
    y = rng.permutation(np.arange(n) % 2)
    angle = np.pi * rng.random(n)
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    lower = np.column_stack([1 - np.cos(angle), 0.5 - np.sin(angle)])
    return np.where(y[:, None] == 0, upper, lower) + rng.normal(0, noise, (n, 2)), y


def spirals(
    n: int, *, rng: np.random.Generator, n_classes: int = 2, turns: float = 1.0, noise: float = 0.05
) -> tuple[Array, Labels]:
    """Spiral arms wound around the origin, one a class: X (n, 2), y (n,)."""
    require_positive("spirals", n=n, n_classes=n_classes)
    require_between("spirals", "noise", noise, 0, np.inf)
    y = rng.permutation(np.arange(n) % n_classes)
    t = rng.uniform(0.1, 1, n)
    angle = 2 * np.pi * (turns * t + y / n_classes)
    X = t[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return X + rng.normal(0, noise, (n, 2)), y


def noisy_sine(n: int, *, rng: np.random.Generator, noise: float = 0.1) -> tuple[Array, Array]:
    """X (n, 1), sorted in [-1, 1], and y (n, 1) = sin(pi x) plus Gaussian noise."""
    require_positive("noisy_sine", n=n)
    require_between("noisy_sine", "noise", noise, 0, np.inf)
    x = np.sort(rng.uniform(-1, 1, (n, 1)), axis=0)
    return x, np.sin(np.pi * x) + rng.normal(0, noise, (n, 1))


def noisy_line(
    n: int, *, rng: np.random.Generator, noise: float = 0.1, outliers: float = 0.0
) -> tuple[Array, Array]:
    """X (n, 1) in [-1, 1] and y (n, 1) = 0.5 + 2 x plus noise; a share of outliers falls by 5."""
    require_positive("noisy_line", n=n)
    require_between("noisy_line", "noise", noise, 0, np.inf)
    require_between("noisy_line", "outliers", outliers, 0, 1)
    x = np.sort(rng.uniform(-1, 1, (n, 1)), axis=0)
    y = 0.5 + 2 * x + rng.normal(0, noise, (n, 1))
    # Outliers lie to the right, where they bend a least-squares line and do not only lower it.
    y[n - round(outliers * n) :] -= 5
    return x, y
