"""The loop around training that no framework changes: epochs, history, early stopping, resuming."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from nbcourse import checkpoints
from nbcourse.checks import require_positive
from nbcourse.errors import InputError, UserError

Arrays = dict[str, NDArray[Any]]

__all__ = ["Checkpoint", "EarlyStopping", "History", "Trainer", "run"]


class Trainer(Protocol):
    """What the loop needs of a twin: one epoch, one validation, and its whole state."""

    def train_epoch(self) -> float:
        """Train once through the data; return the mean loss."""
        ...

    def validate(self) -> dict[str, float]:
        """Return loss and metrics on the validation data, or nothing when there is none."""
        ...

    def learning_rate(self) -> float:
        """Size of the next step."""
        ...

    def snapshot(self) -> Arrays:
        """Return weights (names that begin with `model/`) and all other state, as copies."""
        ...

    def restore(self, arrays: Arrays) -> None:
        """Go on from a snapshot; names that are missing stay as they are."""
        ...

    def generators(self) -> Sequence[np.random.Generator]:
        """Every generator that training draws from, always in the same order."""
        ...


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when `monitor` has not improved by more than `min_delta` for `patience` epochs.

    The weights of the best epoch are restored; of equal epochs the earlier counts as best. NaN
    never counts as an improvement. `mode` is "min" for losses, "max" for accuracies.

    Source: Prechelt (1998), Early stopping - but when?
    """

    patience: int = 5
    monitor: str = "validation_loss"
    mode: str = "min"
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        require_positive("EarlyStopping", patience=self.patience)
        if self.mode not in ("min", "max"):
            raise ValueError(f"EarlyStopping wants mode 'min' or 'max', got {self.mode!r}")

    def improves(self, value: float, best: float | None) -> bool:
        """Return whether `value` beats `best`, the best one so far."""
        if math.isnan(value) or best is None:
            return not math.isnan(value)
        gain = best - value if self.mode == "min" else value - best
        return gain > self.min_delta


@dataclass(frozen=True)
class Checkpoint:
    """Save the whole training state to `path` every `every` epochs; go on from it when it exists.

    A run that was cut off and started again gives the same weights, bit for bit, as one that was
    not.
    """

    path: Path
    every: int = 1

    def __post_init__(self) -> None:
        require_positive("Checkpoint", every=self.every)


@dataclass
class History:
    """What happened in each epoch; `history["train_loss"]` is an array over the epochs.

    Attributes:
        epochs: one record an epoch: train_loss, learning_rate, seconds, and with validation data
            validation_loss and validation_<metric>.
        best_epoch: index of the best epoch under early stopping, else None.
        stopped_early: whether patience ran out.
    """

    epochs: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int | None = None
    stopped_early: bool = False

    def __getitem__(self, key: str) -> NDArray[np.float64]:
        if self.epochs and key not in self.epochs[0]:
            raise KeyError(f"no {key!r} in this history, it has {', '.join(self.epochs[0])}")
        return np.array([epoch[key] for epoch in self.epochs])

    def __len__(self) -> int:
        return len(self.epochs)


def run(
    trainer: Trainer,
    *,
    n_epochs: int,
    early_stopping: EarlyStopping | None = None,
    checkpoint: Checkpoint | None = None,
    progress: bool = False,
) -> History:
    """Train for `n_epochs` epochs in all, or fewer under early stopping; return the history.

    Raises:
        ValueError: the loss is no longer finite, or `monitor` names nothing that is measured.
    """
    from tqdm import tqdm  # only now: a browser has none, and needs none to check an exercise

    require_positive("fit", n_epochs=n_epochs)
    history, best = History(), dict[str, NDArray[Any]]()
    if checkpoint and Path(checkpoint.path).exists():
        history, best = _resume(trainer, Path(checkpoint.path))
    with tqdm(total=n_epochs, initial=len(history), unit="epoch", disable=not progress) as bar:
        while len(history) < n_epochs and not history.stopped_early:
            _run_epoch(trainer, history, bar)
            if early_stopping:
                best = _watch(trainer, history, best, early_stopping)
            last = len(history) == n_epochs or history.stopped_early
            if checkpoint and (last or len(history) % checkpoint.every == 0):
                _save(trainer, history, best, Path(checkpoint.path))
    if best:
        trainer.restore(best)
    return history


def _run_epoch(trainer: Trainer, history: History, bar: Any) -> None:  # noqa: ANN401 (tqdm bar)
    start = time.perf_counter()
    record = {"learning_rate": trainer.learning_rate(), "train_loss": trainer.train_epoch()}
    if not math.isfinite(record["train_loss"]):
        raise InputError(
            f"training diverged: the mean loss of epoch {len(history) + 1} is "
            f"{record['train_loss']}; try a smaller learning rate than {record['learning_rate']:g}"
        )
    record |= {f"validation_{name}": value for name, value in trainer.validate().items()}
    record["seconds"] = time.perf_counter() - start
    history.epochs.append(record)
    hidden = ("seconds", "learning_rate")
    bar.set_postfix({k: f"{v:.4g}" for k, v in record.items() if k not in hidden}, refresh=False)
    bar.update()


def _watch(trainer: Trainer, history: History, best: Arrays, rule: EarlyStopping) -> Arrays:
    now = history.epochs[-1]
    if rule.monitor not in now:
        raise InputError(
            f"early stopping watches {rule.monitor!r}, but only {', '.join(now)} are measured"
        )
    best_epoch = history.best_epoch
    so_far = None if best_epoch is None else history.epochs[best_epoch][rule.monitor]
    if rule.improves(now[rule.monitor], so_far):
        history.best_epoch = len(history) - 1
        return {k: a for k, a in trainer.snapshot().items() if k.startswith("model/")}
    since = len(history) - 1 - (-1 if history.best_epoch is None else history.best_epoch)
    history.stopped_early = since >= rule.patience
    return best


def _save(trainer: Trainer, history: History, best: Arrays, path: Path) -> None:
    facts = {
        "history": vars(history),
        "generators": [g.bit_generator.state for g in trainer.generators()],
    }
    arrays = trainer.snapshot() | {f"best/{name}": a for name, a in best.items()}
    checkpoints.save(path, arrays, facts)


def _resume(trainer: Trainer, path: Path) -> tuple[History, Arrays]:
    arrays, facts = checkpoints.load(path)
    best = {k.removeprefix("best/"): a for k, a in arrays.items() if k.startswith("best/")}
    try:
        trainer.restore({k: a for k, a in arrays.items() if not k.startswith("best/")})
        for generator, state in zip(trainer.generators(), facts["generators"], strict=True):
            generator.bit_generator.state = state
        return History(**facts["history"]), best
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"the checkpoint {path} is of another network or optimizer") from error
