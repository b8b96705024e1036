"""Training: show the data to the network again and again, a batch at a time."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nbcourse.checks import require_examples, require_finite, require_positive
from nbcourse.data import batches
from nbcourse.loop import Checkpoint, EarlyStopping, History, run
from nbcourse.torch_nn.layers import Dropout
from nbcourse.torch_nn.losses import cross_entropy
from nbcourse.torch_nn.models import get_weights, set_weights
from nbcourse.torch_nn.optimizers import Optimizer
from nbcourse.torch_nn.schedules import Schedule

Array = NDArray[Any]
Data = Array | Tensor
Loss = Callable[..., Tensor]
Augment = Callable[..., tuple[Tensor, Tensor]]
Metrics = Mapping[str, Callable[[Array, Array], float]]

__all__ = ["evaluate", "fit", "predict", "train_epoch", "train_step"]


def train_step(
    model: nn.Module,
    x: Tensor,
    y: Tensor,
    *,
    loss: Loss,
    optimizer: Optimizer,
    penalty: Loss | None = None,
) -> Tensor:
    """Take one step on one batch: forward, loss, backward, update. Return the loss before it."""
    optimizer.zero_grad()
    value = objective = loss(model(x), y)
    if penalty:
        objective = value + sum(penalty(parameter) for parameter in model.parameters())
    objective.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return value.detach()  # still on its device: reading it would wait for the GPU


def train_epoch(  # noqa: PLR0913 (the options of `fit` that concern an epoch)
    model: nn.Module,
    x: Tensor,
    y: Tensor,
    *,
    loss: Loss,
    optimizer: Optimizer,
    batch_size: int,
    rng: np.random.Generator,
    schedule: Schedule | None = None,
    penalty: Loss | None = None,
    augment: Augment | None = None,
) -> Tensor:
    """Train once through all examples in a fresh random order; return the mean loss."""
    model.train()
    total = torch.zeros((), dtype=x.dtype, device=x.device)
    for order in batches(len(x), batch_size, rng=rng):
        batch = torch.from_numpy(order).to(x.device)
        x_batch, y_batch = x.index_select(0, batch), y.index_select(0, batch)
        if augment:
            x_batch, y_batch = augment(x_batch, y_batch, rng=rng)
        value = train_step(model, x_batch, y_batch, loss=loss, optimizer=optimizer, penalty=penalty)
        total.add_(value, alpha=len(order))
        if schedule:
            schedule.step()
    return total / len(x)


@torch.no_grad()
def predict(model: nn.Module, x: Data, *, batch_size: int = 1024) -> Tensor:
    """Return the outputs for all examples, in evaluation mode, in their order."""
    x = _as_input(model, x)
    require_examples("predict", x=x)
    modes = [module.training for module in model.modules()]
    model.eval()
    outputs = torch.cat([model(piece) for piece in torch.split(x, batch_size)])
    for module, mode in zip(model.modules(), modes, strict=True):
        module.training = mode
    return outputs


def evaluate(
    model: nn.Module,
    x: Data,
    y: Data,
    *,
    loss: Loss = cross_entropy,
    metrics: Metrics | None = None,
    batch_size: int = 1024,
) -> dict[str, float]:
    """Return the loss and the metrics on the given data, by name, in evaluation mode."""
    outputs = predict(model, x, batch_size=batch_size)
    targets = _tensor(y).to(outputs.device)
    values = {"loss": float(loss(outputs, targets))}
    pair = outputs.cpu().numpy(), targets.cpu().numpy()
    return values | {name: metric(*pair) for name, metric in (metrics or {}).items()}


def _tensor(data: Data) -> Tensor:
    return data if isinstance(data, Tensor) else torch.from_numpy(np.array(data))


def _as_input(model: nn.Module, x: Data) -> Tensor:
    first = next(model.parameters())
    return _tensor(x).to(first.device, first.dtype)


class _Trainer:
    """All that `fit` was given, in the form that the shared loop wants."""

    def __init__(self, model: nn.Module, optimizer: Optimizer, schedule: Schedule | None) -> None:
        self.model, self.optimizer, self.schedule = model, optimizer, schedule
        self.train_epoch: Callable[[], float]
        self.validate: Callable[[], dict[str, float]] = dict
        self.rngs: list[np.random.Generator] = []
        self.dropouts = [m for m in model.modules() if isinstance(m, Dropout)]

    def learning_rate(self) -> float:
        return self.optimizer.learning_rate

    def generators(self) -> Sequence[np.random.Generator]:
        return [*self.rngs, *(m.rng for m in self.dropouts)]

    def snapshot(self) -> dict[str, Array]:
        weights = {f"model/{k}": a for k, a in get_weights(self.model).items()}
        state = {f"optimizer/{k}": a for k, a in self.optimizer.snapshot().items()}
        n_steps = self.schedule.n_steps if self.schedule else 0
        drawn = {
            f"generator/{i}": m.generator.get_state().numpy()
            for i, m in enumerate(self.dropouts)
            if m.generator is not None
        }
        return weights | state | drawn | {"schedule/n_steps": np.array(n_steps)}

    def restore(self, arrays: dict[str, Array]) -> None:
        set_weights(self.model, _below("model/", arrays))
        if state := _below("optimizer/", arrays):
            self.optimizer.restore(state)
        for i, drawn in _below("generator/", arrays).items():
            generator = self.dropouts[int(i)].generator
            if generator is not None:
                generator.set_state(torch.from_numpy(drawn))
        if self.schedule and "schedule/n_steps" in arrays:
            self.schedule.restore(int(arrays["schedule/n_steps"]))


def _below(prefix: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {k.removeprefix(prefix): a for k, a in arrays.items() if k.startswith(prefix)}


def fit(  # noqa: PLR0913 (all options of a training run, by keyword)
    model: nn.Module,
    x: Data,
    y: Data,
    *,
    optimizer: Optimizer,
    n_epochs: int,
    batch_size: int,
    rng: np.random.Generator,
    loss: Loss = cross_entropy,
    validation: tuple[Data, Data] | None = None,
    metrics: Metrics | None = None,
    schedule: Schedule | None = None,
    penalty: Loss | None = None,
    augment: Augment | None = None,
    early_stopping: EarlyStopping | None = None,
    checkpoint: Checkpoint | None = None,
    progress: bool = False,
) -> History:
    """Train `model` on inputs `x` (n, ...) and targets `y` (n, ...); return the history.

    Data go to the device and the dtype of the weights once, before the first step.
    """
    require_positive("fit", batch_size=batch_size)
    require_examples("fit", x=x, y=y)
    if len(x) != len(y):
        raise ValueError(f"fit wants as many targets as inputs, got {len(y)} for {len(x)}")
    x, y = _as_input(model, x), _tensor(y).to(next(model.parameters()).device)
    require_finite("fit", "x", bool(torch.isfinite(x).all()))
    trainer = _Trainer(model, optimizer, schedule)
    trainer.rngs = [rng]
    trainer.train_epoch = lambda: float(
        train_epoch(
            model, x, y, loss=loss, optimizer=optimizer, batch_size=batch_size, rng=rng,
            schedule=schedule, penalty=penalty, augment=augment,
        )
    )  # fmt: skip
    if validation is not None:
        x_val, y_val = _as_input(model, validation[0]), validation[1]
        trainer.validate = lambda: evaluate(model, x_val, y_val, loss=loss, metrics=metrics)
    return run(
        trainer,
        n_epochs=n_epochs,
        early_stopping=early_stopping,
        checkpoint=checkpoint,
        progress=progress,
    )
