"""Exercise: when training stops, and which epoch was the best."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, known, mutant
from nbcourse.loop import EarlyStopping, run

Array = NDArray[Any]
Rng = np.random.Generator
Epochs = tuple[int | None, int | None]  # the last, the best

_NAN = math.nan


class _Replay:
    """A training whose validation losses are known beforehand."""

    def __init__(self, losses: Array) -> None:
        self._losses = iter(losses)

    def train_epoch(self) -> float:
        return 0.0

    def validate(self) -> dict[str, float]:
        return {"loss": float(next(self._losses))}

    def learning_rate(self) -> float:
        return 0.0

    def snapshot(self) -> dict[str, Array]:
        return {}

    def restore(self, arrays: dict[str, Array]) -> None:
        """Nothing to restore."""

    def generators(self) -> Sequence[Rng]:
        return []


def _reference(losses: Array, *, patience: int, min_delta: float = 0.0) -> Epochs:
    """What the package's loop does."""
    rule = EarlyStopping(patience=patience, min_delta=min_delta)
    history = run(_Replay(losses), n_epochs=len(losses), early_stopping=rule)
    return len(history) - 1, history.best_epoch


def _with_counter(losses: Array, *, patience: int, min_delta: float = 0.0) -> Epochs:
    best, best_epoch, waited = math.inf, None, 0
    for epoch, loss in enumerate(losses):
        if loss < best - min_delta:
            best, best_epoch, waited = loss, epoch, 0
        else:
            waited += 1
        if waited == patience:
            return epoch, best_epoch
    return len(losses) - 1, best_epoch


def _with_jumps(losses: Array, *, patience: int, min_delta: float = 0.0) -> Epochs:
    """From one best epoch to the next, within the reach of the patience."""
    best, limit = -1, math.inf
    while True:
        reach = losses[best + 1 : best + 1 + patience]
        better = np.flatnonzero(reach < limit)
        if not len(better):
            return best + len(reach), (best if best >= 0 else None)
        best += 1 + int(better[0])
        limit = losses[best] - min_delta


Improves = Callable[[float, float], bool]


def _follow(
    losses: Array,
    patience: int,
    improves: Improves,
    *,
    from_first: bool = False,
    resets: bool = True,
    skips_nan: bool = False,
) -> Epochs:
    """The same in pieces, for the mistakes below."""
    best, best_epoch, waited = (losses[0], 0, 0) if from_first else (math.inf, None, 0)
    for epoch in range(int(from_first), len(losses)):
        loss = losses[epoch]
        if skips_nan and np.isnan(loss):
            continue
        if improves(loss, best):
            best, best_epoch = loss, epoch
            waited = 0 if resets else waited
        else:
            waited += 1
        if waited >= patience:
            return epoch, best_epoch
    return len(losses) - 1, best_epoch


@mutant("A tie counts as an improvement in yours: the gain must be larger than min_delta.")
def _accepts_ties(losses: Array, *, patience: int, min_delta: float = 0.0) -> Epochs:
    return _follow(losses, patience, lambda loss, best: loss <= best - min_delta)


@mutant(
    "NaN counts as an improvement in yours. Every comparison with NaN is False, so ask whether the "
    "loss is better, not whether it is worse."
)
def _accepts_nan(losses: Array, *, patience: int, min_delta: float = 0.0) -> Epochs:
    return _follow(losses, patience, lambda loss, best: not loss >= best - min_delta)


@mutant(
    "You start with the first loss as the best. When it is NaN, no later one is ever below it: "
    "start with none, or with infinity."
)
def _trusts_first(losses: Array, *, patience: int, min_delta: float = 0.0) -> Epochs:
    return _follow(losses, patience, lambda loss, best: loss < best - min_delta, from_first=True)


@mutant(
    "NaN epochs are passed over: they are no improvement, so they use up patience like any other."
)
def _skips_nan(losses: Array, *, patience: int, min_delta: float = 0.0) -> Epochs:
    return _follow(losses, patience, lambda loss, best: loss < best - min_delta, skips_nan=True)


@mutant(
    "Your best epoch comes after training stopped: only the epochs that were run can be the best."
)
def _sees_future(losses: Array, *, patience: int, min_delta: float = 0.0) -> Epochs:
    stop, best = _with_counter(losses, patience=patience, min_delta=min_delta)
    return stop, None if best is None else int(np.nanargmin(losses))


@mutant(
    "The best epoch is the last that gained more than min_delta, not the one with the lowest loss: "
    "a gain too small to count does not make an epoch the best."
)
def _lowest_loss(losses: Array, *, patience: int, min_delta: float = 0.0) -> Epochs:
    stop, best = _with_counter(losses, patience=patience, min_delta=min_delta)
    if stop is None or best is None:
        return stop, best
    return stop, int(np.nanargmin(losses[: stop + 1]))


@mutant("You compare with the epoch before; compare with the best one so far.")
def _compares_neighbors(losses: Array, *, patience: int, min_delta: float = 0.0) -> Epochs:
    before = iter([math.inf, *losses.tolist()])

    def improves(loss: float, best: float) -> bool:
        last = next(before)
        return loss < (math.inf if math.isnan(last) else last) - min_delta

    return _follow(losses, patience, improves)


@mutant(
    "You stop one epoch late: the epoch with which `patience` epochs in a row have not improved is "
    "itself the last."
)
def _one_late(losses: Array, *, patience: int, min_delta: float = 0.0) -> Epochs:
    return _with_counter(losses, patience=patience + 1, min_delta=min_delta)


@mutant("You count all epochs without improvement: an improvement sets the count back to 0.")
def _never_resets(losses: Array, *, patience: int, min_delta: float = 0.0) -> Epochs:
    return _follow(losses, patience, lambda loss, best: loss < best - min_delta, resets=False)


@mutant("Your first number says how many epochs were run: wanted is the index of the last one.")
def _counts_epochs(losses: Array, *, patience: int, min_delta: float = 0.0) -> Epochs:
    stop, best = _with_counter(losses, patience=patience, min_delta=min_delta)
    return (None if stop is None else stop + 1), best


@mutant("min_delta has no effect: a gain counts only when it is larger.")
def _ignores_margin(losses: Array, *, patience: int, min_delta: float = 0.0) -> Epochs:
    return _with_counter(losses, patience=patience)


@mutant(
    "A gain too small to count still lowers the loss that you compare with, so that small gains "
    "never add up. Keep the loss of the best epoch."
)
def _creeps(losses: Array, *, patience: int, min_delta: float = 0.0) -> Epochs:
    lowest = [math.inf]

    def improves(loss: float, best: float) -> bool:
        counts = loss < lowest[0] - min_delta
        lowest[0] = min(lowest[0], math.inf if math.isnan(loss) else loss)
        return counts

    return _follow(losses, patience, improves)


@mutant(
    "Your best epoch is always `patience` before the last: that is so only when patience ran out."
)
def _counts_back(losses: Array, *, patience: int, min_delta: float = 0.0) -> Epochs:
    stop, best = _with_counter(losses, patience=patience, min_delta=min_delta)
    return stop, None if stop is None or best is None else stop - patience


@mutant("When patience never runs out, the last of all epochs is the one at which training ends.")
def _no_end(losses: Array, *, patience: int, min_delta: float = 0.0) -> Epochs:
    stop, best = _with_counter(losses, patience=patience, min_delta=min_delta)
    since = (-1 if stop is None else stop) - (-1 if best is None else best)
    return (stop if since >= patience else None), best


@mutant("When all losses are NaN, no epoch is the best: return None for it, and not 0.")
def _zero_for_none(losses: Array, *, patience: int, min_delta: float = 0.0) -> Epochs:
    stop, best = _with_counter(losses, patience=patience, min_delta=min_delta)
    return stop, best or 0


@mutant("The two come in the wrong order: first the last epoch, then the best.")
def _wrong_order(losses: Array, *, patience: int, min_delta: float = 0.0) -> Epochs:
    return _with_counter(losses, patience=patience, min_delta=min_delta)[::-1]


# Multiples of 1/8: sums and differences are exact, so that a tie is a tie.
def _falling(rng: Rng, n: int) -> Array:
    """Losses that fall at first, with ties and setbacks."""
    return (np.maximum(16 - 2 * np.arange(n), 4) + rng.integers(0, 8, size=n)) / 8


def _draw(rng: Rng) -> Given:
    losses = _falling(rng, int(rng.integers(8, 25)))
    return given(losses, patience=int(rng.integers(1, 5)))


def _margin(rng: Rng) -> Given:
    losses = _falling(rng, int(rng.integers(8, 25)))
    return given(losses, patience=int(rng.integers(2, 5)), min_delta=int(rng.integers(1, 5)) / 8)


def _with_nan(rng: Rng) -> Given:
    losses = _falling(rng, 20)
    losses[rng.permutation(20)[:6]] = _NAN
    return given(losses, patience=int(rng.integers(2, 5)), min_delta=int(rng.integers(0, 2)) / 8)


def _always_falls(rng: Rng) -> Given:
    n = int(rng.integers(5, 15))
    return given(10 - np.cumsum(rng.integers(1, 4, size=n)) / 8, patience=int(rng.integers(1, 4)))


def _one_epoch(rng: Rng) -> Given:
    return given(rng.integers(1, 9, size=1) / 8, patience=int(rng.integers(1, 4)))


EXERCISE = Exercise(
    name="early_stopping",
    number=1,
    signature="early_stopping(losses, *, patience, min_delta=0.0)",
    statement=(
        "(last, best): the index of the epoch with which training ends, and that of the best one "
        "so far, given the validation losses (n_epochs,); best is None when all were NaN."
    ),
    stars=1,
    minutes=20,
    points={"contract": 1, "known answers": 5, "properties": 4},
    reference=_reference,
    solutions=(_with_counter, _with_jumps),
    mutants=(
        _accepts_ties,
        _accepts_nan,
        _trusts_first,
        _skips_nan,
        _sees_future,
        _lowest_loss,
        _compares_neighbors,
        _one_late,
        _never_resets,
        _counts_epochs,
        _ignores_margin,
        _creeps,
        _counts_back,
        _no_end,
        _zero_for_none,
        _wrong_order,
    ),
    hints=(
        "Go through the losses once and remember three things: the best loss, its epoch, and how "
        "many epochs have passed since.",
        "With the best loss at infinity before the first epoch, the first number improves on it, "
        "and NaN does not: a comparison with NaN is False.",
        "In each epoch: if loss < best - min_delta, keep loss and epoch and set the count to 0; "
        "else add 1 to it. When the count reaches patience, return. After the loop, return the "
        "last epoch.",
    ),
    checks=(
        known(
            "ties are no improvement, and what comes later is not seen",
            given(np.array([4.0, 3.0, 3.0, 3.0, 2.0]), patience=2),
            (3, 1),
        ),
        known(
            "small gains add up, and a gain of min_delta is too small",
            given(np.array([8.0, 7.75, 7.5, 7.25, 7.0]), patience=3, min_delta=0.5),
            (4, 3),
        ),
        known(
            "the first loss is NaN",
            given(np.array([_NAN, 2.0, _NAN, 1.0, 1.5]), patience=2),
            (4, 3),
        ),
        known("all losses are NaN", given(np.full(5, _NAN), patience=3), (2, None)),
        known(
            "a patience of 1 ends with the first setback",
            given(np.array([3.0, 2.0, 2.5, 1.0]), patience=1),
            (2, 1),
        ),
        agrees("both epochs are right, with ties", _draw, cases=6),
        agrees("the same with min_delta", _margin, cases=6),
        agrees("the same with NaN in between", _with_nan, cases=6),
        agrees("losses that always fall: the last epoch is the best", _always_falls, cases=2),
        agrees("a single epoch", _one_epoch, cases=1),
    ),
    keeps_dtype=False,  # losses in, whole numbers out
)
