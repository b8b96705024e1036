"""Optimizers: what to do with a gradient once backpropagation has found it."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, optim

from nbcourse.checks import require_between, require_positive

Params = Iterable[Tensor]

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "clip_global_norm"]


def _checked(name: str, params: Params, learning_rate: float, weight_decay: float) -> list[Tensor]:
    require_positive(name, learning_rate=learning_rate)
    require_between(name, "weight_decay", weight_decay, 0, math.inf)
    params = list(params)
    if not params:
        raise ValueError(f"{name} needs at least one parameter, got none")
    return params


def _can_fuse(params: Sequence[Tensor]) -> bool:
    return all(p.device.type in ("cpu", "cuda") for p in params)


class Optimizer(optim.Optimizer):
    """Base of all optimizers: one flat array of weights, one of gradients, one rule.

    Here PyTorch keeps the lists of tensors; its fused kernels are its answer to the flat buffer.
    """

    slots: ClassVar[dict[str, str]] = {}  # our name of a running array: PyTorch's

    @property
    def learning_rate(self) -> float:
        """Size of the next step."""
        return float(self.param_groups[0]["lr"])

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        for group in self.param_groups:
            group["lr"] = value

    @property
    def params(self) -> list[Tensor]:
        """All parameters, in the order in which they were given."""
        return [p for group in self.param_groups for p in group["params"]]

    def snapshot(self) -> dict[str, np.ndarray[Any, Any]]:
        """Everything that the next step depends on, besides the weights, as flat arrays."""
        arrays = {"n_steps": np.array(self._n_steps())}
        for ours, theirs in self.slots.items():
            pieces = [self.state[p].get(theirs) for p in self.params]
            filled = [
                torch.zeros_like(p) if piece is None else piece
                for p, piece in zip(self.params, pieces, strict=True)
            ]
            arrays[ours] = torch.cat([t.detach().flatten() for t in filled]).cpu().numpy()
        return arrays

    def _n_steps(self) -> int:
        step = self.state[self.params[0]].get("step", 0)
        return int(step)

    def restore(self, snapshot: dict[str, np.ndarray[Any, Any]]) -> None:
        """Go on from a `snapshot`."""
        start = 0
        for p in self.params:
            piece = slice(start, start + p.numel())
            self.state[p].update(
                {
                    theirs: torch.from_numpy(snapshot[ours][piece].reshape(p.shape)).to(p)
                    for ours, theirs in self.slots.items()
                },
                step=torch.tensor(float(snapshot["n_steps"])),
            )
            start = piece.stop


class SGD(Optimizer, optim.SGD):
    """Stochastic gradient descent: v = momentum v + g, w = w - learning_rate v."""

    slots: ClassVar = {"velocity": "momentum_buffer"}

    def __init__(
        self,
        params: Params,
        *,
        learning_rate: float = 0.1,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        require_between("SGD", "momentum", momentum, 0, 1)
        if nesterov and momentum == 0:
            raise ValueError("SGD with nesterov=True wants a momentum above 0, got 0")
        super().__init__(
            _checked("SGD", params, learning_rate, weight_decay),
            lr=learning_rate,
            momentum=momentum,
            nesterov=nesterov,
            weight_decay=weight_decay,
        )


class Adagrad(Optimizer, optim.Adagrad):
    """Divide each step by the root of the sum of all squared gradients so far."""

    slots: ClassVar = {"sum_of_squares": "sum"}

    def __init__(
        self,
        params: Params,
        *,
        learning_rate: float = 0.01,
        eps: float = 1e-10,
        weight_decay: float = 0.0,
    ) -> None:
        require_positive("Adagrad", eps=eps)
        super().__init__(
            _checked("Adagrad", params, learning_rate, weight_decay),
            lr=learning_rate,
            eps=eps,
            weight_decay=weight_decay,
        )


class RMSprop(Optimizer, optim.RMSprop):
    """Divide each step by the root of a running mean of squared gradients."""

    slots: ClassVar = {"v": "square_avg"}

    def __init__(
        self,
        params: Params,
        *,
        learning_rate: float = 1e-3,
        decay: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        require_between("RMSprop", "decay", decay, 0, 1)
        require_positive("RMSprop", eps=eps)
        super().__init__(
            _checked("RMSprop", params, learning_rate, weight_decay),
            lr=learning_rate,
            alpha=decay,
            eps=eps,
            weight_decay=weight_decay,
        )


class Adam(Optimizer, optim.Adam):
    """Momentum and RMSprop together, both freed of their bias towards the zero they start from."""

    slots: ClassVar = {"m": "exp_avg", "v": "exp_avg_sq"}

    def __init__(
        self,
        params: Params,
        *,
        learning_rate: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        name = type(self).__name__
        require_between(name, "beta1", beta1, 0, 1 - 1e-12)
        require_between(name, "beta2", beta2, 0, 1 - 1e-12)
        require_positive(name, eps=eps)
        params = _checked(name, params, learning_rate, weight_decay)
        super().__init__(
            params,
            lr=learning_rate,
            betas=(beta1, beta2),
            eps=eps,
            weight_decay=weight_decay,
            fused=_can_fuse(params),
        )


class AdamW(Optimizer, optim.AdamW):
    """Adam with decoupled weight decay: w shrinks by learning_rate weight_decay w at each step."""

    slots: ClassVar = {"m": "exp_avg", "v": "exp_avg_sq"}

    def __init__(
        self,
        params: Params,
        *,
        learning_rate: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        require_between("AdamW", "beta1", beta1, 0, 1 - 1e-12)
        require_between("AdamW", "beta2", beta2, 0, 1 - 1e-12)
        require_positive("AdamW", eps=eps)
        params = _checked("AdamW", params, learning_rate, weight_decay)
        super().__init__(
            params,
            lr=learning_rate,
            betas=(beta1, beta2),
            eps=eps,
            weight_decay=weight_decay,
            fused=_can_fuse(params),
        )


def clip_global_norm(params: Params, max_norm: float) -> float:
    """Shrink all gradients by one factor so that their joint norm is at most `max_norm`."""
    require_positive("clip_global_norm", max_norm=max_norm)
    grads = [p.grad for p in params if p.grad is not None]
    norm = float(torch.nn.utils.get_total_norm(grads))
    if not math.isfinite(norm):
        raise ValueError(f"clip_global_norm got gradients of norm {norm}; the network has diverged")
    if norm > max_norm:
        for grad in grads:
            grad.mul_(max_norm / norm)
    return norm
