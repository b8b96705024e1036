"""Models: whole networks, put together from layers."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nbcourse.checks import require_positive
from nbcourse.summaries import Row, table
from nbcourse.torch_nn import activations
from nbcourse.torch_nn.layers import Activation, Dropout, Linear, Sequential

Array = NDArray[Any]

__all__ = ["MLP", "get_weights", "set_weights", "summary"]

_XAVIER = ("sigmoid", "tanh")  # curves that are straight near 0; the others cut off a half


class MLP(Sequential):
    """Multilayer perceptron: Linear layers of the given sizes with an activation between them."""

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        rng: np.random.Generator,
        activation: str = "relu",
        dropout: float = 0.0,
        initializer: str | None = None,
        dtype: torch.dtype = torch.float64,
        device: torch.device | str = "cpu",
        generator: torch.Generator | None = None,
    ) -> None:
        if len(sizes) < 2:
            raise ValueError(f"MLP wants at least two sizes, input and output, got {list(sizes)}")
        require_positive("MLP", smallest_size=min(sizes))
        function = _activation(activation)
        initializer = initializer or ("xavier_normal" if activation in _XAVIER else "he_normal")
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise(sizes):
            if layers:
                layers.append(Activation(function))
                if dropout:
                    layers.append(Dropout(dropout, rng=rng, generator=generator))
            layers.append(
                Linear(n_in, n_out, rng=rng, initializer=initializer, dtype=dtype, device=device)
            )
        super().__init__(layers)
        self.sizes = tuple(sizes)

    def summary(self) -> str:
        """Return a table of layers, output shapes and numbers of parameters."""
        return summary(self, (self.sizes[0],))


def _activation(name: str) -> Callable[[Tensor], Tensor]:
    if name not in activations.__all__:
        known = ", ".join(activations.__all__)
        raise ValueError(f"unknown activation {name!r}, choose one of {known}")
    function: Callable[[Tensor], Tensor] = getattr(activations, name)
    return function


@torch.no_grad()
def summary(model: nn.Sequential, input_shape: tuple[int, ...]) -> str:
    """Return a table of layers, output shapes and numbers of parameters, as text."""
    first = next(model.parameters())
    x = torch.zeros(1, *input_shape, dtype=first.dtype, device=first.device)
    rows = []
    modes = [module.training for module in model.modules()]
    model.eval()
    for layer in model:
        x = layer(x)
        n = sum(p.numel() for p in layer.parameters())
        rows.append(Row(type(layer).__name__, tuple(x.shape[1:]), n))
    for module, mode in zip(model.modules(), modes, strict=True):
        module.training = mode
    return table(rows)


def get_weights(model: nn.Module) -> dict[str, Array]:
    """Return copies of all parameters and buffers by name, as NumPy arrays."""
    return {
        name: state.detach().cpu().numpy().copy() for name, state in _named_state(model).items()
    }


@torch.no_grad()
def set_weights(model: nn.Module, weights: Mapping[str, Array]) -> None:
    """Give parameters and buffers these values; names and shapes must be those of the model."""
    states = _named_state(model)
    want = {name: tuple(state.shape) for name, state in states.items()}
    got = {name: np.shape(w) for name, w in weights.items()}
    if want != got:
        raise ValueError(f"set_weights wants arrays {want}, got {got}")
    for name, state in states.items():
        state.copy_(torch.from_numpy(np.array(weights[name])))


def _named_state(model: nn.Module) -> dict[str, Tensor]:
    return {**dict(model.named_parameters()), **dict(model.named_buffers())}
