"""PyTorch as the judge of the engine: value, gradient and second derivatives of an expression."""

import numpy as np
import torch

from nbcourse.numpy_nn.autodiff import Tensor, gradients

_TOLERANCE = {np.dtype(np.float64): 1e-10, np.dtype(np.float32): 2e-4}
_ZERO_IF_UNUSED = {"allow_unused": True, "materialize_grads": True}


def assert_close(ours, theirs):
    """Assert that an array and a torch tensor are equal, in shape and dtype too."""
    theirs = theirs.detach().numpy()
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype
    tolerance = _TOLERANCE[ours.dtype]
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


def assert_agrees(expression, *arrays, rng, twin=None):
    """Assert that the expression and its first two derivatives are the same in both engines.

    `twin` is the expression in PyTorch's words, where they differ. The second derivatives are those
    of (gradient . v) for random v.
    """
    xs = [Tensor(a.copy(), requires_grad=True) for a in arrays]
    ts = [torch.tensor(a, requires_grad=True) for a in arrays]
    y, y_torch = expression(*xs), (twin or expression)(*ts)
    assert_close(y.data, y_torch)

    dy, *vs = (rng.normal(size=a.shape).astype(y.dtype) for a in (y.data, *arrays))
    y.backward(dy, retain_graph=True)
    y_torch.backward(torch.from_numpy(dy), retain_graph=True)
    for x, t in zip(xs, ts, strict=True):
        if x.grad is not None or t.grad is not None:
            assert_close(x.grad, t.grad)

    slopes = gradients((y * dy).sum(), xs, create_graph=True)
    along = sum(((g * v).sum() for g, v in zip(slopes, vs, strict=True)), start=y.lift(0.0))
    total = (y_torch * torch.from_numpy(dy)).sum()
    slopes_torch = torch.autograd.grad(total, ts, create_graph=True, **_ZERO_IF_UNUSED)
    pairs = zip(slopes_torch, vs, strict=True)
    along_torch = sum((g * torch.from_numpy(v)).sum() for g, v in pairs)
    if along_torch.requires_grad:
        seconds_torch = torch.autograd.grad(along_torch, ts, **_ZERO_IF_UNUSED)
    else:
        seconds_torch = [torch.zeros_like(t) for t in ts]
    for second, second_torch in zip(gradients(along, xs), seconds_torch, strict=True):
        assert_close(second.data, second_torch)
