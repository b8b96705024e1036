"""Tests of batches and splits: every example once, in proportion, drawn from the generator."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcourse.data import batches, train_validation_split

SIZES = st.integers(1, 300)


@given(n=SIZES, batch_size=SIZES, seed=st.integers(0, 99))
def test_batches_are_a_partition(n: int, batch_size: int, seed: int) -> None:
    """Each index occurs once; all batches are full but the last."""
    found = list(batches(n, batch_size, rng=np.random.default_rng(seed)))

    assert sorted(np.concatenate(found).tolist()) == list(range(n))
    assert {len(b) for b in found[:-1]} <= {batch_size}
    assert 1 <= len(found[-1]) <= batch_size


@given(n=SIZES, batch_size=SIZES)
def test_drop_last_leaves_only_full_batches(n: int, batch_size: int) -> None:
    """Without the rest there are n // batch_size batches, and no index twice."""
    found = list(batches(n, batch_size, rng=np.random.default_rng(0), drop_last=True))

    assert [len(b) for b in found] == [batch_size] * (n // batch_size)
    assert len({i for b in found for i in b.tolist()}) == batch_size * len(found)


def test_batches_are_shuffled_anew_and_reproducible() -> None:
    """Two calls deal differently; the same seed deals the same."""
    rng = np.random.default_rng(0)
    first, second = (np.concatenate(list(batches(100, 7, rng=rng))) for _ in range(2))
    again = np.concatenate(list(batches(100, 7, rng=np.random.default_rng(0))))

    assert not np.array_equal(first, second)
    assert not np.array_equal(first, np.arange(100))
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize(("n", "batch_size"), [(0, 4), (-1, 4), (4, 0), (4, -2)])
def test_bad_sizes_are_refused_at_the_call(n: int, batch_size: int) -> None:
    """No example and batches below one are errors at once, not at the first batch."""
    with pytest.raises(ValueError, match=r"batches wants .* above 0, got"):
        batches(n, batch_size, rng=np.random.default_rng(0))


@given(
    counts=st.lists(st.integers(4, 40), min_size=1, max_size=5),
    fraction=st.floats(0.2, 0.8),
    seed=st.integers(0, 99),
)
def test_split_is_a_stratified_partition(counts: list[int], fraction: float, seed: int) -> None:
    """Each example lands in one part; each class gives its share to within half an example."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    x = np.column_stack([np.arange(len(y)), y])

    x_tr, y_tr, x_va, y_va = train_validation_split(x, y, fraction=fraction, rng=rng)

    assert sorted([*x_tr[:, 0].tolist(), *x_va[:, 0].tolist()]) == list(range(len(y)))
    np.testing.assert_array_equal(x_tr[:, 1], y_tr)
    np.testing.assert_array_equal(x_va[:, 1], y_va)
    held_out = np.bincount(y_va, minlength=len(counts))
    assert np.all(np.abs(held_out - fraction * np.array(counts)) <= 0.5 + 1e-9)


def test_split_keeps_dtype_and_arguments() -> None:
    """The parts are copies of the same types; changing them changes no argument."""
    x, y = np.ones((10, 3), np.float32), np.zeros(10, np.int64)
    parts = train_validation_split(x, y, fraction=0.3, rng=np.random.default_rng(0))
    for part in parts:
        part[:] = 7

    assert [p.dtype for p in parts] == [np.float32, np.int64, np.float32, np.int64]
    assert x.max() == 1
    assert y.max() == 0


def test_split_is_drawn_from_the_generator() -> None:
    """The same seed splits the same, the next draw does not."""
    x, y = np.arange(200)[:, None], np.arange(200) % 4
    rng = np.random.default_rng(1)
    first, second = (train_validation_split(x, y, fraction=0.5, rng=rng)[2] for _ in range(2))
    again = train_validation_split(x, y, fraction=0.5, rng=np.random.default_rng(1))[2]

    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, second)


@pytest.mark.parametrize(
    ("x", "y", "fraction", "message"),
    [
        (np.ones((0, 2)), np.ones(0, int), 0.5, "at least one example"),
        (np.ones((4, 2)), np.ones(3, int), 0.5, r"labels \(n,\), got shapes \(4, 2\) and \(3,\)"),
        (np.ones((4, 2)), np.ones((4, 2), int), 0.5, r"labels \(n,\), got shapes"),
        (np.ones((4, 2)), np.ones(4, int), 0.0, "fraction between 0 and 1, exclusive, got 0.0"),
        (np.ones((4, 2)), np.ones(4, int), 1.0, "exclusive, got 1.0"),
        (np.ones((4, 2)), np.ones(4, int), -0.1, "exclusive, got -0.1"),
        (np.ones((4, 2)), np.ones(4, int), float("nan"), "exclusive, got nan"),
        (np.ones((4, 2)), np.ones(4, int), 0.01, "leaves one part empty"),
        (np.ones((4, 2)), np.ones(4, int), 0.99, "leaves one part empty"),
    ],
)
def test_bad_splits_are_refused(x: Any, y: Any, fraction: float, message: str) -> None:
    """No example, other lengths, a fraction outside (0, 1) and an empty part are errors."""
    with pytest.raises(ValueError, match=message):
        train_validation_split(x, y, fraction=fraction, rng=np.random.default_rng(0))
