"""Tests of the synthetic sets: shapes, balance, geometry, and the generator as only source."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcourse.data import synthetic as sets

CLASSIFICATION = [
    (sets.blobs, {0, 1, 2}),
    (partial(sets.blobs, n_classes=5), set(range(5))),
    (sets.linearly_separable, {-1, 1}),
    (sets.spirals, {0, 1}),
    (partial(sets.spirals, n_classes=3), {0, 1, 2}),
    (sets.two_moons, {0, 1}),
    (sets.xor, {0, 1}),
]
REGRESSION = [sets.noisy_sine, sets.noisy_line]


@pytest.mark.parametrize(("make", "labels"), CLASSIFICATION)
def test_points_lie_in_the_plane_with_integer_labels(
    make: Callable[..., Any], labels: set[int]
) -> None:
    """Points are float64 (n, 2), labels int64 (n,), and every class occurs."""
    X, y = make(101, rng=np.random.default_rng(0))

    assert (X.shape, X.dtype, y.shape, y.dtype) == ((101, 2), np.float64, (101,), np.int64)
    assert set(y.tolist()) == labels
    assert np.all(np.isfinite(X))


@pytest.mark.parametrize("make", [m for m, labels in CLASSIFICATION if -1 not in labels])
def test_classes_are_equally_frequent(make: Callable[..., Any]) -> None:
    """The largest class has at most one example more than the smallest (four corners: two)."""
    _, y = make(103, rng=np.random.default_rng(0))
    counts = np.bincount(y)
    assert counts.max() - counts.min() <= 2


@pytest.mark.parametrize("make", REGRESSION)
def test_curves_are_columns(make: Callable[..., Any]) -> None:
    """Inputs and targets are float64 columns, the inputs sorted in [-1, 1]."""
    x, y = make(50, rng=np.random.default_rng(0))

    assert x.shape == y.shape == (50, 1)
    assert x.dtype == y.dtype == np.float64
    assert np.all(np.diff(x[:, 0]) >= 0)
    assert np.abs(x).max() <= 1


@pytest.mark.parametrize("make", [*(m for m, _ in CLASSIFICATION), *REGRESSION])
def test_the_generator_decides(make: Callable[..., Any]) -> None:
    """The same seed gives the same set, another seed another."""
    first, again, other = (make(40, rng=np.random.default_rng(seed)) for seed in (3, 3, 4))

    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize("make", [*(m for m, _ in CLASSIFICATION), *REGRESSION])
@pytest.mark.parametrize("n", [0, -3])
def test_empty_sets_are_refused(make: Callable[..., Any], n: int) -> None:
    """A set wants at least one example, and the error names the function."""
    with pytest.raises(ValueError, match=r"wants n above 0, got"):
        make(n, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    "make", [sets.xor, sets.two_moons, sets.spirals, sets.noisy_sine, sets.noisy_line]
)
@pytest.mark.parametrize("noise", [-0.1, float("nan")])
def test_bad_noise_is_refused(make: Callable[..., Any], noise: float) -> None:
    """A negative or undefined standard deviation is an error with its value."""
    with pytest.raises(ValueError, match=f"{make.__name__} wants noise between 0 and inf, got"):
        make(10, rng=np.random.default_rng(0), noise=noise)


@pytest.mark.parametrize(
    ("make", "option", "value"),
    [
        (sets.blobs, "spread", -1.0),
        (sets.blobs, "n_classes", 0),
        (sets.spirals, "n_classes", 0),
        (sets.linearly_separable, "margin", 0.6),
        (sets.linearly_separable, "margin", -0.1),
        (sets.noisy_line, "outliers", 1.5),
    ],
)
def test_bad_options_are_refused(make: Callable[..., Any], option: str, value: float) -> None:
    """Other options out of range are errors that name the option and its value."""
    with pytest.raises(ValueError, match=f"wants {option} .*, got {value}"):
        make(10, rng=np.random.default_rng(0), **{option: value})


@given(seed=st.integers(0, 999), margin=st.floats(0, 0.5))
def test_separable_classes_keep_their_distance(seed: int, margin: float) -> None:
    """A line exists with all points of a class on one side, at least `margin` from it."""
    X, y = sets.linearly_separable(60, rng=np.random.default_rng(seed), margin=margin)
    # The line is the first thing drawn, so the test can draw it again.
    rng = np.random.default_rng(seed)
    angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.3, 0.3)
    distance = X @ np.array([np.cos(angle), np.sin(angle)]) + offset

    assert np.abs(X).max() <= 1
    assert np.all(y * distance >= margin)
    assert set(y.tolist()) == {-1, 1}


def test_sets_without_noise_lie_on_their_curves() -> None:
    """Blobs on a circle, moons on half circles, spirals by radius, corners by sign."""
    rng = np.random.default_rng(0)
    centers, _ = sets.blobs(30, rng=rng, spread=0)
    np.testing.assert_allclose(np.hypot(*centers.T), 2)

    moons, y = sets.two_moons(60, rng=rng, noise=0)
    shift = np.where(y[:, None] == 0, [0, 0], [1, 0.5])
    np.testing.assert_allclose(np.hypot(*(moons - shift).T), 1)
    assert moons[y == 0, 1].min() >= 0
    assert moons[y == 1, 1].max() <= 0.5

    arms, y = sets.spirals(60, rng=rng, n_classes=3, turns=1, noise=0)
    angle = np.arctan2(arms[:, 1], arms[:, 0]) / (2 * np.pi)
    off = angle - np.hypot(*arms.T) - y / 3
    np.testing.assert_allclose(off, np.rint(off), atol=1e-9)

    corners, y = sets.xor(40, rng=rng, noise=0)
    np.testing.assert_array_equal(corners[:, 0] * corners[:, 1] < 0, y == 1)

    x, sine = sets.noisy_sine(20, rng=rng, noise=0)
    np.testing.assert_allclose(sine, np.sin(np.pi * x))


def test_no_line_separates_xor_or_moons() -> None:
    """The best of many lines leaves many points of the XOR set, and some of the moons, wrong."""
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(400, 2))
    for make, worst in ((sets.xor, 0.8), (sets.two_moons, 0.95)):
        X, y = make(400, rng=rng)
        scores = X @ directions.T + rng.normal(size=400)
        accuracy = np.mean((scores > 0) == (y[:, None] == 1), axis=0)
        assert np.maximum(accuracy, 1 - accuracy).max() < worst


@pytest.mark.parametrize("outliers", [0.0, 0.1, 0.5, 1.0])
def test_share_of_outliers_is_exact(outliers: float) -> None:
    """Of 40 points the given share lies far below the line, to the right."""
    x, y = sets.noisy_line(40, rng=np.random.default_rng(0), noise=0.01, outliers=outliers)
    below = (y - 0.5 - 2 * x)[:, 0] < -1

    assert below.sum() == round(40 * outliers)
    assert np.all(np.diff(below.astype(int)) >= 0)
