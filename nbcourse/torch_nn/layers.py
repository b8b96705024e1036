"""Layers: the parts a network is built from, each with its forward and its backward pass."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import Buffer, Parameter

from nbcourse import initializers
from nbcourse.checks import require_between, require_features, require_kept_shape

Layer = nn.Module

_TINY = 1e-30  # so that dropping everything divides 0 by something, in float32 as well

__all__ = [
    "Activation",
    "Buffer",
    "Dropout",
    "Flatten",
    "Layer",
    "Linear",
    "Parameter",
    "Residual",
    "Sequential",
]


class Linear(nn.Module):
    """Affine map x W + b from (..., n_in) to (..., n_out); W is (n_in, n_out), b is (n_out,)."""

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        rng: np.random.Generator,
        initializer: str = "he_normal",
        dtype: torch.dtype = torch.float64,
        device: torch.device | str = "cpu",
    ) -> None:
        super().__init__()
        W = torch.from_numpy(initializers.by_name(initializer)((n_in, n_out), rng=rng))
        self.W = Parameter(W.to(device, dtype))
        self.b = Parameter(torch.zeros(n_out, dtype=dtype, device=device))

    def forward(self, x: Tensor) -> Tensor:
        """Return x W + b."""
        require_features("Linear", x, self.W.shape[0])
        if x.ndim == 2:
            return torch.addmm(self.b, x, self.W)  # product and sum in one kernel
        return x @ self.W + self.b


class Activation(nn.Module):
    """An elementwise function as a layer, for example `Activation(relu)`."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        """Return function(x)."""
        return self.function(x)


class Dropout(nn.Module):
    """Set a share `p` of the inputs to zero in training and scale the others by 1 / (1 - p).

    With a `generator` the mask is drawn on the device, else from the NumPy generator, so that
    both twins drop the same inputs.
    """

    def __init__(
        self, p: float, *, rng: np.random.Generator, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        require_between("Dropout", "p", p, 0, 1)
        self.p, self.rng, self.generator = p, rng, generator

    def forward(self, x: Tensor) -> Tensor:
        """Return x times a fresh mask in training mode, x itself in evaluation mode."""
        if not self.training or self.p == 0:
            return x
        if self.generator is None:
            draws = torch.from_numpy(self.rng.random(tuple(x.shape))).to(x.device)
        else:
            draws = torch.rand(x.shape, generator=self.generator, device=x.device)
        return x * ((draws >= self.p).to(x.dtype) / max(1 - self.p, _TINY))


class Flatten(nn.Module):
    """Turn (batch, a, b, ...) into (batch, a b ...)."""

    def forward(self, x: Tensor) -> Tensor:
        """Return x with all axes but the first joined into one."""
        return torch.flatten(x, start_dim=1)


class Sequential(nn.Sequential):
    """Layers one after another: forward from the first to the last, backward the other way."""

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        super().__init__(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Return the output of the last layer."""
        for layer in self:
            x = layer(x)
        return x


class Residual(Sequential):
    """Layers with a way around them: x + f(x), where f is the layers one after another."""

    def forward(self, x: Tensor) -> Tensor:
        """Return x + f(x)."""
        fx = super().forward(x)
        require_kept_shape("Residual", x, fx)
        return x + fx
