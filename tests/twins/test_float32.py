"""In float32 both twins stay in float32 and agree within its rounding."""

import numpy as np
import pytest
import torch

from nbcourse.twins.cases import FUNCTIONS
from nbcourse.twins.lanes import LANES, find


def _float32(x):
    return x.astype(np.float32) if x.dtype == np.float64 else x


@pytest.mark.parametrize("case", FUNCTIONS, ids=str)
def test_functions_keep_float32(case):
    """The result is float32 on both sides, and the values agree to a few units of rounding."""
    ours, theirs = (find(lane.nn, case.name) for lane in LANES)
    args = [_float32(a) for a in case.args]
    a = ours(*args, **case.options)
    b = theirs(*map(torch.from_numpy, args), **case.options)
    grad = ours.backward(np.ones_like(a), *args, **case.options)

    assert a.dtype == np.float32
    assert b.dtype == torch.float32
    assert all(g.dtype == np.float32 for g in (grad if isinstance(grad, tuple) else (grad,)))
    np.testing.assert_allclose(a, b.numpy(), rtol=2e-5, atol=2e-5)


def test_training_in_float32_stays_there():
    """Weights, outputs and optimizer state of a float32 network remain float32."""
    for lane, dtype in zip(LANES, (np.float32, torch.float32), strict=True):
        rng = np.random.default_rng(0)
        model = lane.nn.MLP((4, 6, 3), rng=rng, dropout=0.2, dtype=dtype)
        optimizer = lane.nn.Adam(model.parameters())
        lane.nn.fit(
            model, rng.normal(size=(20, 4)), rng.integers(0, 3, 20), optimizer=optimizer,
            n_epochs=2, batch_size=5, rng=rng,
        )  # fmt: skip

        assert {str(w.dtype) for w in lane.nn.get_weights(model).values()} == {"float32"}
        assert optimizer.snapshot()["m"].dtype == np.float32
        assert lane.nn.predict(model, lane.tensor(np.zeros((2, 4), np.float32))).dtype == dtype
