"""Broadcasting backwards: the adjoint of np.broadcast_to, for every pair of shapes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import broadcastable_shapes

from nbcourse.numpy_nn.broadcasting import unbroadcast


@st.composite
def _pairs(draw):
    """A shape, and a shape that it broadcasts to; lengths 0 and 1 and missing axes included."""
    full = tuple(draw(st.lists(st.integers(0, 4), max_size=4)))
    small = draw(broadcastable_shapes(full, max_dims=len(full), min_side=0, max_side=4))
    small = tuple(n if n == 1 else m for n, m in zip(small[::-1], full[::-1], strict=False))[::-1]
    return small, full


@given(_pairs(), st.integers(0, 2**32))
def test_unbroadcast_is_the_adjoint_of_broadcasting(pair, seed):
    """<broadcast(x), dy> = <x, unbroadcast(dy)> for every pair of shapes that NumPy allows."""
    small, full = pair
    rng = np.random.default_rng(seed)
    x, dy = rng.normal(size=small), rng.normal(size=full)

    dx = unbroadcast(dy, small)

    assert dx.shape == small
    assert np.isclose(np.sum(np.broadcast_to(x, full) * dy), np.sum(x * dx), rtol=1e-9, atol=1e-9)


def test_a_shape_that_does_not_fit_is_refused():
    """One sentence names both shapes."""
    with pytest.raises(ValueError, match=r"shape \(2,\) does not broadcast to \(4, 3\)"):
        unbroadcast(np.zeros((4, 3)), (2,))
    with pytest.raises(ValueError, match="does not broadcast"):
        unbroadcast(np.zeros(3), (1, 3))


def test_the_dtype_stays():
    """float32 in, float32 out."""
    assert unbroadcast(np.ones((4, 3), dtype=np.float32), (3,)).dtype == np.float32
