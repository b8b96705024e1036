"""Activations: the simple curves that make a network more than one matrix product."""

import torch
import torch.nn.functional as F  # noqa: N812 (PyTorch's own custom)
from torch import Tensor

Axis = int | tuple[int, ...]

__all__ = [
    "elu",
    "gelu",
    "leaky_relu",
    "log_softmax",
    "logsumexp",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tanh",
]


def sigmoid(x: Tensor) -> Tensor:
    """Logistic function 1 / (1 + exp(-x)), elementwise; any shape."""
    return torch.sigmoid(x)


def tanh(x: Tensor) -> Tensor:
    """Hyperbolic tangent, elementwise; any shape."""
    return torch.tanh(x)


def relu(x: Tensor) -> Tensor:
    """Rectifier max(0, x), elementwise; its derivative at 0 is taken as 0."""
    return torch.relu(x)


def leaky_relu(x: Tensor, *, negative_slope: float = 0.01) -> Tensor:
    """Rectifier with a small slope below 0, elementwise; its derivative at 0 is that slope."""
    return F.leaky_relu(x, negative_slope)


def elu(x: Tensor, *, alpha: float = 1.0) -> Tensor:
    """Exponential linear unit: x above 0, alpha (exp(x) - 1) below, elementwise."""
    return F.elu(x, alpha)


def gelu(x: Tensor, *, approximate: bool = False) -> Tensor:
    """Gaussian error linear unit x Phi(x), Phi the normal distribution function; elementwise."""
    return F.gelu(x, approximate="tanh" if approximate else "none")


def silu(x: Tensor) -> Tensor:
    """Sigmoid linear unit x sigmoid(x), also called swish; elementwise."""
    return F.silu(x)


def softplus(x: Tensor) -> Tensor:
    """Smooth rectifier log(1 + exp(x)), elementwise, linear for large x without overflow."""
    # torch's own softplus switches to the identity above 20, an error of 2e-9 in float64.
    return torch.logaddexp(x, torch.zeros_like(x))


def logsumexp(x: Tensor, *, axis: Axis = -1) -> Tensor:
    """Log of the sum of exponentials over `axis`, which is removed."""
    return torch.logsumexp(x, dim=axis)


def softmax(x: Tensor, *, axis: Axis = -1) -> Tensor:
    """Probabilities exp(x) / sum(exp(x)) over `axis`; same shape as `x`."""
    if isinstance(axis, int):
        return torch.softmax(x, dim=axis)
    return torch.exp(log_softmax(x, axis=axis))


def log_softmax(x: Tensor, *, axis: Axis = -1) -> Tensor:
    """Logarithm of `softmax`, without a log of 0; same shape as `x`."""
    if isinstance(axis, int):
        return torch.log_softmax(x, dim=axis)
    return x - torch.logsumexp(x, dim=axis, keepdim=True)
