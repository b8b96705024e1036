"""Schedules: how the learning rate changes from step to step."""

import math

from torch.optim.lr_scheduler import LambdaLR

from nbcourse.checks import require_between, require_positive
from nbcourse.torch_nn.optimizers import Optimizer

__all__ = ["Constant", "Cosine", "ExponentialDecay", "Schedule", "StepDecay", "WarmupCosine"]


class Schedule(LambdaLR):
    """Base of all schedules: `step` after each optimizer step sets the next learning rate."""

    def __init__(self, optimizer: Optimizer) -> None:
        super().__init__(optimizer, self.factor)

    def factor(self, n: int) -> float:
        """Multiple of the first learning rate for step `n`."""
        raise NotImplementedError(f"{type(self).__name__} has no factor")

    @property
    def n_steps(self) -> int:
        """How many steps were taken."""
        return int(self.last_epoch)

    def restore(self, n_steps: int) -> None:
        """Go on as after `n_steps` steps."""
        self.last_epoch = n_steps
        rates = [base * self.factor(n_steps) for base in self.base_lrs]
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate
        self._last_lr = rates


class Constant(Schedule):
    """The same learning rate for ever."""

    def factor(self, n: int) -> float:
        """Return 1."""
        del n
        return 1.0


class StepDecay(Schedule):
    """Multiply the learning rate by `gamma` every `every` steps."""

    def __init__(self, optimizer: Optimizer, *, every: int, gamma: float = 0.1) -> None:
        require_positive("StepDecay", every=every, gamma=gamma)
        self.every, self.gamma = every, gamma
        super().__init__(optimizer)

    def factor(self, n: int) -> float:
        """Return gamma^(n // every)."""
        return float(self.gamma ** (n // self.every))


class ExponentialDecay(Schedule):
    """Multiply the learning rate by `gamma` after every step."""

    def __init__(self, optimizer: Optimizer, *, gamma: float) -> None:
        require_positive("ExponentialDecay", gamma=gamma)
        self.gamma = gamma
        super().__init__(optimizer)

    def factor(self, n: int) -> float:
        """Return gamma^n."""
        return float(self.gamma**n)


class Cosine(Schedule):
    """Half a cosine from the full rate at step 0 to `final` times it at `n_total`, then flat."""

    def __init__(self, optimizer: Optimizer, *, n_total: int, final: float = 0.0) -> None:
        require_positive("Cosine", n_total=n_total)
        require_between("Cosine", "final", final, 0, 1)
        self.n_total, self.final = n_total, final
        super().__init__(optimizer)

    def factor(self, n: int) -> float:
        """Return final + (1 - final) (1 + cos(pi n / n_total)) / 2."""
        done = min(n / self.n_total, 1.0)
        return self.final + (1 - self.final) * 0.5 * (1 + math.cos(math.pi * done))


class WarmupCosine(Schedule):
    """A straight climb over `n_warmup` steps to the full rate, then half a cosine down."""

    def __init__(
        self, optimizer: Optimizer, *, n_warmup: int, n_total: int, final: float = 0.0
    ) -> None:
        require_positive("WarmupCosine", n_warmup=n_warmup, steps_after_warmup=n_total - n_warmup)
        require_between("WarmupCosine", "final", final, 0, 1)
        self.n_warmup, self.n_total, self.final = n_warmup, n_total, final
        super().__init__(optimizer)

    def factor(self, n: int) -> float:
        """Return (n + 1) / n_warmup in the climb, the cosine of the rest after it."""
        if n < self.n_warmup:
            return (n + 1) / self.n_warmup
        done = min((n - self.n_warmup) / (self.n_total - self.n_warmup), 1.0)
        return self.final + (1 - self.final) * 0.5 * (1 + math.cos(math.pi * done))
