"""Lanes: one way to run a case on NumPy and on PyTorch, so that only the twins differ."""

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import nbcourse.numpy_nn
import nbcourse.torch_nn

Array = NDArray[Any]

__all__ = ["LANES", "NumpyLane", "TorchLane", "find"]


def find(nn: ModuleType, name: str) -> Any:  # noqa: ANN401 (function or class)
    """Return the public object called `module.Name` of a twin."""
    module, _, attribute = name.partition(".")
    return getattr(getattr(nn, module), attribute)


class NumpyLane:
    """Runs cases on `nbcourse.numpy_nn`: gradients by the hand-written backward passes."""

    nn: ModuleType = nbcourse.numpy_nn

    def tensor(self, x: Array) -> Any:  # noqa: ANN401
        """Return `x` as this twin takes it."""
        return x.copy()

    def array(self, x: Any) -> Array:  # noqa: ANN401
        """Return `x` as a NumPy array."""
        return np.array(x)

    def parameter(self, x: Array) -> Any:  # noqa: ANN401
        """Return `x` as a parameter of this twin."""
        return self.nn.Parameter(x.copy())

    def function(
        self,
        name: str,
        params: Sequence[Any],
        rest: Sequence[Array],
        options: dict[str, Any],
        dy: Array | float,
    ) -> Array:
        """Run a function on parameters, add to their gradients, return its value."""
        f, inputs = find(self.nn, name), [p.data for p in params] + list(rest)
        value = f(*inputs, **options)
        grads = f.backward(dy, *inputs, **options)
        for p, grad in zip(params, grads if isinstance(grads, tuple) else (grads,), strict=True):
            p.add_grad(grad)
        return np.array(value)

    def layer(self, layer: Any, x: Any, dy: Array) -> Array:  # noqa: ANN401
        """Run a layer on the parameter `x`, add to all gradients, return its value."""
        value = layer.forward(x.data)
        x.add_grad(layer.backward(dy))
        return np.array(value)


class TorchLane:
    """Runs cases on `nbcourse.torch_nn`: gradients by autograd."""

    nn: ModuleType = nbcourse.torch_nn

    def tensor(self, x: Array) -> Any:  # noqa: ANN401
        """Return `x` as this twin takes it."""
        return torch.from_numpy(x.copy())

    def array(self, x: Any) -> Array:  # noqa: ANN401
        """Return `x` as a NumPy array."""
        return x.detach().numpy().copy() if isinstance(x, torch.Tensor) else np.array(x)

    def parameter(self, x: Array) -> Any:  # noqa: ANN401
        """Return `x` as a parameter of this twin."""
        return torch.nn.Parameter(torch.from_numpy(x.copy()))

    def function(
        self,
        name: str,
        params: Sequence[Any],
        rest: Sequence[Array],
        options: dict[str, Any],
        dy: Array | float,
    ) -> Array:
        """Run a function on parameters, add to their gradients, return its value."""
        value = find(self.nn, name)(*params, *map(torch.from_numpy, rest), **options)
        value.backward(torch.as_tensor(dy))
        return self.array(value)

    def layer(self, layer: Any, x: Any, dy: Array) -> Array:  # noqa: ANN401
        """Run a layer on the parameter `x`, add to all gradients, return its value."""
        value = layer(x)
        value.backward(torch.from_numpy(dy))
        return self.array(value)


LANES = (NumpyLane(), TorchLane())
