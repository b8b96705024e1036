"""Models: whole networks, put together from layers."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checks import require_positive
from nbcourse.numpy_nn import activations
from nbcourse.numpy_nn._function import Differentiable
from nbcourse.numpy_nn.layers import (
    Activation,
    Buffer,
    Dropout,
    Layer,
    Linear,
    Parameter,
    Sequential,
)
from nbcourse.summaries import Row, table

Array = NDArray[Any]

__all__ = ["MLP", "get_weights", "set_weights", "summary"]

_XAVIER = ("sigmoid", "tanh")  # curves that are straight near 0; the others cut off a half


class MLP(Sequential):
    """Multilayer perceptron: Linear layers of the given sizes with an activation between them.

    `MLP((784, 64, 64, 10), rng=rng)` maps (batch, 784) to (batch, 10) logits. Weights start from
    He's normal distribution, or Xavier's for sigmoid and tanh, unless an initializer is named.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        rng: np.random.Generator,
        activation: str = "relu",
        dropout: float = 0.0,
        initializer: str | None = None,
        dtype: Any = np.float64,  # noqa: ANN401 (whatever NumPy takes)
    ) -> None:
        if len(sizes) < 2:
            raise ValueError(f"MLP wants at least two sizes, input and output, got {list(sizes)}")
        require_positive("MLP", smallest_size=min(sizes))
        function = _activation(activation)
        initializer = initializer or ("xavier_normal" if activation in _XAVIER else "he_normal")
        layers: list[Layer] = []
        for n_in, n_out in pairwise(sizes):
            if layers:
                layers.append(Activation(function))
                if dropout:
                    layers.append(Dropout(dropout, rng=rng))
            layers.append(Linear(n_in, n_out, rng=rng, initializer=initializer, dtype=dtype))
        super().__init__(layers)
        self.sizes = tuple(sizes)

    def summary(self) -> str:
        """Return a table of layers, output shapes and numbers of parameters."""
        return summary(self, (self.sizes[0],))


def _activation(name: str) -> Differentiable[Any]:
    if name not in activations.__all__:
        known = ", ".join(activations.__all__)
        raise ValueError(f"unknown activation {name!r}, choose one of {known}")
    function: Differentiable[Any] = getattr(activations, name)
    return function


def summary(model: Sequential, input_shape: tuple[int, ...]) -> str:
    """Return a table of layers, output shapes and numbers of parameters, as text."""
    x = np.zeros((1, *input_shape), dtype=model.parameters()[0].data.dtype)
    rows = []
    modes = [module.training for module in model.modules()]
    model.eval()
    for layer in model.layers:
        x = layer.forward(x)
        n = sum(p.data.size for p in layer.parameters())
        rows.append(Row(type(layer).__name__, x.shape[1:], n))
    for module, mode in zip(model.modules(), modes, strict=True):
        module.training = mode
    return table(rows)


def get_weights(model: Layer) -> dict[str, Array]:
    """Return copies of all parameters and buffers by name, as NumPy arrays."""
    return {name: state.data.copy() for name, state in _named_state(model).items()}


def set_weights(model: Layer, weights: Mapping[str, Array]) -> None:
    """Give parameters and buffers these values; names and shapes must be those of the model."""
    states = _named_state(model)
    want = {name: state.data.shape for name, state in states.items()}
    got = {name: np.shape(w) for name, w in weights.items()}
    if want != got:
        raise ValueError(f"set_weights wants arrays {want}, got {got}")
    for name, state in states.items():
        state.data[...] = weights[name]


def _named_state(model: Layer) -> dict[str, Parameter | Buffer]:
    return {**dict(model.named_parameters()), **dict(model.named_buffers())}
