"""Training: show the data to the network again and again, a batch at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checks import require_examples, require_finite, require_positive
from nbcourse.data import batches
from nbcourse.loop import Checkpoint, EarlyStopping, History, run
from nbcourse.numpy_nn._function import Differentiable, as_float, backward_of
from nbcourse.numpy_nn.layers import Dropout, Layer, Linear, Residual
from nbcourse.numpy_nn.losses import cross_entropy
from nbcourse.numpy_nn.models import get_weights, set_weights
from nbcourse.numpy_nn.optimizers import Optimizer
from nbcourse.numpy_nn.schedules import Schedule

Array = NDArray[Any]
Loss = Differentiable[Any] | partial[Any]
Augment = Callable[..., tuple[Array, Array]]
Metrics = Mapping[str, Callable[[Array, Array], float]]

__all__ = ["evaluate", "fit", "predict", "train_epoch", "train_step"]


def train_step(
    model: Layer,
    x: Array,
    y: Array,
    *,
    loss: Loss,
    optimizer: Optimizer,
    penalty: Loss | None = None,
) -> float:
    """Take one step on one batch: forward, loss, backward, update. Return the loss before it.

    A `penalty`, a function of one parameter array, is minimized too: its gradient is added for each
    parameter. The returned loss is without it, so that it compares with that on other data.
    """
    optimizer.zero_grad()
    outputs = model.forward(x)
    value = loss(outputs, y)
    model.backward(backward_of(loss)(1.0, outputs, y))
    if penalty:
        for parameter in model.parameters():
            parameter.add_grad(backward_of(penalty)(1.0, parameter.data))
    optimizer.step()
    return value


def train_epoch(  # noqa: PLR0913 (the options of `fit` that concern an epoch)
    model: Layer,
    x: Array,
    y: Array,
    *,
    loss: Loss,
    optimizer: Optimizer,
    batch_size: int,
    rng: np.random.Generator,
    schedule: Schedule | None = None,
    penalty: Loss | None = None,
    augment: Augment | None = None,
) -> float:
    """Train once through all examples in a fresh random order; return the mean loss.

    `augment(x, y, rng=rng)` changes each batch before the step on it.
    """
    model.train()
    total = 0.0
    with _without_input_grad(model):
        for batch in batches(len(x), batch_size, rng=rng):
            inputs, targets = x[batch], y[batch]
            if augment:
                inputs, targets = augment(inputs, targets, rng=rng)
            value = train_step(
                model, inputs, targets, loss=loss, optimizer=optimizer, penalty=penalty
            )
            total += value * len(batch)
            if schedule:
                schedule.step()
    return float(total / len(x))


@contextmanager
def _without_input_grad(model: Layer) -> Iterator[None]:
    # Nobody asks for the gradient with respect to the data: save a third of the products.
    # (The layers inside a residual one must hand it back: it is added to the way around them.)
    first: Layer = next(
        m for m in model.modules() if isinstance(m, Residual) or not list(m.children())
    )
    first.needs_input_grad = not isinstance(first, Linear)
    try:
        yield
    finally:
        first.needs_input_grad = True


def predict(model: Layer, x: Array, *, batch_size: int = 1024) -> Array:
    """Return the outputs for all examples, in evaluation mode, in their order."""
    require_examples("predict", x=x)
    modes = [module.training for module in model.modules()]
    model.eval()
    pieces = [model.forward(x[i : i + batch_size]) for i in range(0, len(x), batch_size)]
    for module, mode in zip(model.modules(), modes, strict=True):
        module.training = mode
    return np.concatenate(pieces)


def evaluate(
    model: Layer,
    x: Array,
    y: Array,
    *,
    loss: Loss = cross_entropy,
    metrics: Metrics | None = None,
    batch_size: int = 1024,
) -> dict[str, float]:
    """Return the loss and the metrics on the given data, by name, in evaluation mode."""
    outputs = predict(model, _as_input(model, x), batch_size=batch_size)
    values = {"loss": float(loss(outputs, y))}
    return values | {name: metric(outputs, y) for name, metric in (metrics or {}).items()}


def _as_input(model: Layer, x: Array) -> Array:
    return as_float(x, "x").astype(model.parameters()[0].data.dtype, copy=False)


class _Trainer:
    """All that `fit` was given, in the form that the shared loop wants."""

    def __init__(self, model: Layer, optimizer: Optimizer, schedule: Schedule | None) -> None:
        self.model, self.optimizer, self.schedule = model, optimizer, schedule
        self.train_epoch: Callable[[], float]
        self.validate: Callable[[], dict[str, float]] = dict
        self.rngs: list[np.random.Generator] = []

    def learning_rate(self) -> float:
        return self.optimizer.learning_rate

    def generators(self) -> Sequence[np.random.Generator]:
        dropouts = [m.rng for m in self.model.modules() if isinstance(m, Dropout)]
        return [*self.rngs, *dropouts]

    def snapshot(self) -> dict[str, Array]:
        weights = {f"model/{k}": a for k, a in get_weights(self.model).items()}
        state = {f"optimizer/{k}": a for k, a in self.optimizer.snapshot().items()}
        n_steps = self.schedule.n_steps if self.schedule else 0
        return weights | state | {"schedule/n_steps": np.array(n_steps)}

    def restore(self, arrays: dict[str, Array]) -> None:
        set_weights(self.model, _below("model/", arrays))
        if state := _below("optimizer/", arrays):
            self.optimizer.restore(state)
        if self.schedule and "schedule/n_steps" in arrays:
            self.schedule.restore(int(arrays["schedule/n_steps"]))


def _below(prefix: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {k.removeprefix(prefix): a for k, a in arrays.items() if k.startswith(prefix)}


def fit(  # noqa: PLR0913 (all options of a training run, by keyword)
    model: Layer,
    x: Array,
    y: Array,
    *,
    optimizer: Optimizer,
    n_epochs: int,
    batch_size: int,
    rng: np.random.Generator,
    loss: Loss = cross_entropy,
    validation: tuple[Array, Array] | None = None,
    metrics: Metrics | None = None,
    schedule: Schedule | None = None,
    penalty: Loss | None = None,
    augment: Augment | None = None,
    early_stopping: EarlyStopping | None = None,
    checkpoint: Checkpoint | None = None,
    progress: bool = False,
) -> History:
    """Train `model` on inputs `x` (n, ...) and targets `y` (n, ...); return the history.

    Args:
        model: the network; its weights are changed.
        x: inputs, cast to the dtype of the weights.
        y: targets, in the form that `loss` takes.
        optimizer: one that holds the parameters of the model.
        n_epochs: how many times to go through the data in all, resumed epochs included.
        batch_size: examples a step.
        rng: draws the order of the examples.
        loss: a function of (outputs, targets), or a `functools.partial` of one.
        validation: inputs and targets to measure after each epoch.
        metrics: functions of (outputs, targets), measured on the validation data.
        schedule: stepped after each optimizer step.
        penalty: a function of one parameter array, such as `partial(l1_penalty, strength=1e-3)`,
            minimized together with the loss; the history shows the loss alone.
        augment: a function of (x, y, rng=...) that changes each batch before the step on it.
        early_stopping: when to stop before `n_epochs`.
        checkpoint: where to save and resume.
        progress: show a progress bar.
    """
    require_positive("fit", batch_size=batch_size)
    require_examples("fit", x=x, y=y)
    if len(x) != len(y):
        raise ValueError(f"fit wants as many targets as inputs, got {len(y)} for {len(x)}")
    x = _as_input(model, x)
    require_finite("fit", "x", bool(np.isfinite(x).all()))
    trainer = _Trainer(model, optimizer, schedule)
    trainer.rngs = [rng]
    trainer.train_epoch = lambda: train_epoch(
        model, x, y, loss=loss, optimizer=optimizer, batch_size=batch_size, rng=rng,
        schedule=schedule, penalty=penalty, augment=augment,
    )  # fmt: skip
    if validation is not None:
        x_val, y_val = validation
        trainer.validate = lambda: evaluate(model, x_val, y_val, loss=loss, metrics=metrics)
    return run(
        trainer,
        n_epochs=n_epochs,
        early_stopping=early_stopping,
        checkpoint=checkpoint,
        progress=progress,
    )
