"""Optimizers: what to do with a gradient once backpropagation has found it."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checks import require_between, require_positive
from nbcourse.numpy_nn.layers import Parameter

Array = NDArray[Any]

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "clip_global_norm"]

_STEPS_BETWEEN_FLUSHES = 50


class Optimizer:
    """Base of all optimizers: one flat array of weights, one of gradients, one rule.

    The parameters are moved into one buffer, where they stay views, so that a rule is a handful of
    operations on long arrays and not a loop over layers. `weight_decay` adds that multiple of the
    weights to the gradient (an L2 penalty) before the rule sees it.
    """

    slots: tuple[str, ...] = ()  # names of the running arrays that a rule keeps

    def __init__(
        self, params: Sequence[Parameter], *, learning_rate: float, weight_decay: float = 0.0
    ) -> None:
        name = type(self).__name__
        require_positive(name, learning_rate=learning_rate)
        require_between(name, "weight_decay", weight_decay, 0, math.inf)
        if not params:
            raise ValueError(f"{name} needs at least one parameter, got none")
        self.params, self.learning_rate = list(params), learning_rate
        self.weight_decay, self.n_steps = weight_decay, 0
        dtypes = {str(p.data.dtype) for p in self.params}
        if len(dtypes) > 1:
            raise TypeError(f"{name} wants parameters of one dtype, got {sorted(dtypes)}")
        n = sum(p.data.size for p in self.params)
        dtype = self.params[0].data.dtype
        self._data, self._grad, self._scratch = (np.zeros(n, dtype) for _ in range(3))
        self.running = {slot: np.zeros(n, dtype) for slot in self.slots}
        start = 0
        for p in self.params:
            piece, shape = slice(start, start + p.data.size), p.data.shape
            p.move_to(self._data[piece].reshape(shape), self._grad[piece].reshape(shape))
            start = piece.stop

    def zero_grad(self) -> None:
        """Forget all gradients, so that the next backward pass starts afresh."""
        for p in self.params:
            p.has_grad = False

    def step(self) -> None:
        """Change all parameters by one step along the rule.

        Raises:
            RuntimeError: a parameter has no gradient yet, or has moved to another optimizer.
        """
        for i, p in enumerate(self.params):
            if not p.has_grad:
                raise RuntimeError(
                    f"{type(self).__name__}.step: parameter {i} has no gradient; "
                    "call backward before step"
                )
            if p.data.base is not self._data:
                raise RuntimeError(
                    f"{type(self).__name__}.step: parameter {i} belongs to a newer optimizer"
                )
        self.n_steps += 1
        g = self._grad
        if self.weight_decay:
            g = g + self.weight_decay * self._data
        self._update(self._data, g)
        if self.n_steps % _STEPS_BETWEEN_FLUSHES == 0:
            self._flush_denormals()

    def _update(self, w: Array, g: Array) -> None:
        raise NotImplementedError(f"{type(self).__name__} has no update rule")

    def _flush_denormals(self) -> None:
        # Averages of gradients that stay 0 decay below the smallest normal number, where a
        # processor computes twenty times slower. They are far too small to move a weight.
        for a in self.running.values():
            a[np.abs(a) < 1e3 * np.finfo(a.dtype).tiny] = 0

    def snapshot(self) -> dict[str, Array]:
        """Everything that the next step depends on, besides the weights."""
        return {"n_steps": np.array(self.n_steps), **{k: v.copy() for k, v in self.running.items()}}

    def restore(self, snapshot: dict[str, Array]) -> None:
        """Go on from a `snapshot`."""
        self.n_steps = int(snapshot["n_steps"])
        for slot, a in self.running.items():
            a[...] = snapshot[slot]


class SGD(Optimizer):
    """Stochastic gradient descent: v = momentum v + g, w = w - learning_rate v.

    With `nesterov`, the step is g + momentum v with the new v.

    Source: Polyak (1964); Sutskever et al. (2013), in the form without a factor on g.
    """

    slots = ("velocity",)

    def __init__(
        self,
        params: Sequence[Parameter],
        *,
        learning_rate: float = 0.1,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        require_between("SGD", "momentum", momentum, 0, 1)
        if nesterov and momentum == 0:
            raise ValueError("SGD with nesterov=True wants a momentum above 0, got 0")
        super().__init__(params, learning_rate=learning_rate, weight_decay=weight_decay)
        self.momentum, self.nesterov = momentum, nesterov

    def _update(self, w: Array, g: Array) -> None:
        s, v = self._scratch, self.running["velocity"]
        if self.momentum:
            v *= self.momentum
            v += g
            g = g + self.momentum * v if self.nesterov else v
        np.multiply(g, self.learning_rate, out=s)
        w -= s


class Adagrad(Optimizer):
    """Divide each step by the root of the sum of all squared gradients so far.

    Source: Duchi, Hazan and Singer (2011), section 1.1 (diagonal form).
    """

    slots = ("sum_of_squares",)

    def __init__(
        self,
        params: Sequence[Parameter],
        *,
        learning_rate: float = 0.01,
        eps: float = 1e-10,
        weight_decay: float = 0.0,
    ) -> None:
        require_positive("Adagrad", eps=eps)
        super().__init__(params, learning_rate=learning_rate, weight_decay=weight_decay)
        self.eps = eps

    def _update(self, w: Array, g: Array) -> None:
        s, total = self._scratch, self.running["sum_of_squares"]
        total += np.multiply(g, g, out=s)
        np.sqrt(total, out=s)
        s += self.eps
        np.divide(g, s, out=s)
        s *= self.learning_rate
        w -= s


class RMSprop(Optimizer):
    """Divide each step by the root of a running mean of squared gradients.

    Source: Tieleman and Hinton (2012), lecture 6.5; eps outside the root.
    """

    slots = ("v",)

    def __init__(
        self,
        params: Sequence[Parameter],
        *,
        learning_rate: float = 1e-3,
        decay: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        require_between("RMSprop", "decay", decay, 0, 1)
        require_positive("RMSprop", eps=eps)
        super().__init__(params, learning_rate=learning_rate, weight_decay=weight_decay)
        self.decay, self.eps = decay, eps

    def _update(self, w: Array, g: Array) -> None:
        s, v = self._scratch, self.running["v"]
        np.multiply(g, g, out=s)
        s *= 1 - self.decay
        v *= self.decay
        v += s
        np.sqrt(v, out=s)
        s += self.eps
        np.divide(g, s, out=s)
        s *= self.learning_rate
        w -= s


class Adam(Optimizer):
    """Momentum and RMSprop together, both freed of their bias towards the zero they start from.

    m = beta1 m + (1 - beta1) g and v = beta2 v + (1 - beta2) g^2; the step is
    learning_rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps).

    Source: Kingma and Ba (2015), algorithm 1.
    """

    slots = ("m", "v")

    def __init__(
        self,
        params: Sequence[Parameter],
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
        super().__init__(params, learning_rate=learning_rate, weight_decay=weight_decay)
        self.beta1, self.beta2, self.eps = beta1, beta2, eps

    def _update(self, w: Array, g: Array) -> None:
        m, v, s = self.running["m"], self.running["v"], self._scratch
        m *= self.beta1
        m += np.multiply(g, 1 - self.beta1, out=s)
        np.multiply(g, g, out=s)
        s *= 1 - self.beta2
        v *= self.beta2
        v += s
        # Both bias corrections are single numbers: taken out of the long arrays, they are free.
        root = math.sqrt(1 - self.beta2**self.n_steps)
        np.sqrt(v, out=s)
        s += self.eps * root
        np.divide(m, s, out=s)
        s *= self.learning_rate * root / (1 - self.beta1**self.n_steps)
        w -= s


class AdamW(Adam):
    """Adam with decoupled weight decay: w shrinks by learning_rate weight_decay w at each step.

    Source: Loshchilov and Hutter (2019), algorithm 2.
    """

    def __init__(
        self,
        params: Sequence[Parameter],
        *,
        learning_rate: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(params, learning_rate=learning_rate, beta1=beta1, beta2=beta2, eps=eps)
        require_between("AdamW", "weight_decay", weight_decay, 0, math.inf)
        self.decoupled_decay = weight_decay

    def _update(self, w: Array, g: Array) -> None:
        w *= 1 - self.learning_rate * self.decoupled_decay
        super()._update(w, g)


def clip_global_norm(params: Sequence[Parameter], max_norm: float) -> float:
    """Shrink all gradients by one factor so that their joint norm is at most `max_norm`.

    Returns the norm before clipping. The direction is kept.

    Source: Pascanu, Mikolov and Bengio (2013), algorithm 1.

    Raises:
        ValueError: `max_norm` is not above 0, or the norm is NaN or infinite.
    """
    require_positive("clip_global_norm", max_norm=max_norm)
    grads = [p.grad for p in params if p.grad is not None]
    norm = math.sqrt(sum(float(np.vdot(g, g)) for g in grads))
    if not math.isfinite(norm):
        raise ValueError(f"clip_global_norm got gradients of norm {norm}; the network has diverged")
    if norm > max_norm:
        for g in grads:
            g *= max_norm / norm
    return norm
