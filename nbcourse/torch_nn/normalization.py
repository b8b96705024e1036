"""Normalization: layers that give their outputs mean 0 and size 1, whatever the weights before."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from nbcourse.checks import (
    require_between,
    require_channels,
    require_features,
    require_positive,
    require_same_shape,
    require_several,
)
from nbcourse.torch_nn.layers import Buffer, Linear, Parameter

__all__ = ["BatchNorm", "LayerNorm", "RMSNorm", "fold_batchnorm"]


class BatchNorm(nn.Module):
    """Standardize each feature over the batch, then scale by gamma and shift by beta."""

    def __init__(
        self,
        n_features: int,
        *,
        momentum: float = 0.1,
        eps: float = 1e-5,
        dtype: torch.dtype = torch.float64,
        device: torch.device | str = "cpu",
    ) -> None:
        super().__init__()
        require_between("BatchNorm", "momentum", momentum, 0, 1)
        require_positive("BatchNorm", n_features=n_features, eps=eps)
        self.momentum, self.eps = momentum, eps
        self.gamma = Parameter(torch.ones(n_features, dtype=dtype, device=device))
        self.beta = Parameter(torch.zeros(n_features, dtype=dtype, device=device))
        self.running_mean = Buffer(torch.zeros(n_features, dtype=dtype, device=device))
        self.running_var = Buffer(torch.ones(n_features, dtype=dtype, device=device))

    def forward(self, x: Tensor) -> Tensor:
        """Return gamma x_hat + beta, with the statistics that belong to the mode."""
        require_channels("BatchNorm", x, len(self.gamma))
        if self.training:
            require_several("BatchNorm", x)
        return functional.batch_norm(
            x,
            self.running_mean,
            self.running_var,
            self.gamma,
            self.beta,
            training=self.training,
            momentum=self.momentum,
            eps=self.eps,
        )


class LayerNorm(nn.Module):
    """Standardize each example over its features, then scale by gamma and shift by beta."""

    def __init__(
        self,
        n_features: int,
        *,
        eps: float = 1e-5,
        dtype: torch.dtype = torch.float64,
        device: torch.device | str = "cpu",
    ) -> None:
        super().__init__()
        require_positive("LayerNorm", n_features=n_features, eps=eps)
        self.eps = eps
        self.gamma = Parameter(torch.ones(n_features, dtype=dtype, device=device))
        self.beta = Parameter(torch.zeros(n_features, dtype=dtype, device=device))

    def forward(self, x: Tensor) -> Tensor:
        """Return gamma x_hat + beta."""
        require_features("LayerNorm", x, len(self.gamma))
        return functional.layer_norm(x, self.gamma.shape, self.gamma, self.beta, self.eps)


class RMSNorm(nn.Module):
    """Divide each example by the root of the mean square of its features, then scale by gamma."""

    def __init__(
        self,
        n_features: int,
        *,
        eps: float = 1e-5,
        dtype: torch.dtype = torch.float64,
        device: torch.device | str = "cpu",
    ) -> None:
        super().__init__()
        require_positive("RMSNorm", n_features=n_features, eps=eps)
        self.eps = eps
        self.gamma = Parameter(torch.ones(n_features, dtype=dtype, device=device))

    def forward(self, x: Tensor) -> Tensor:
        """Return gamma x_hat."""
        require_features("RMSNorm", x, len(self.gamma))
        return functional.rms_norm(x, self.gamma.shape, self.gamma, self.eps)


@torch.no_grad()
def fold_batchnorm(linear: Linear, norm: BatchNorm) -> Linear:
    """Return one Linear that does what `linear` and then `norm` do in evaluation mode."""
    W, b = linear.W, linear.b
    require_same_shape("fold_batchnorm", b=b, running_mean=norm.running_mean)
    scale = norm.gamma / torch.sqrt(norm.running_var + norm.eps)
    rng = np.random.default_rng(0)  # draws nothing: all weights are replaced
    folded = Linear(*W.shape, rng=rng, initializer="zeros", dtype=W.dtype, device=W.device)
    folded.W.copy_(W * scale)
    folded.b.copy_((b - norm.running_mean) * scale + norm.beta)
    return folded
