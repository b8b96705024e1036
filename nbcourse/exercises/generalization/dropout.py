"""Exercise: dropout with inverted scaling, and the mask that its backward pass needs."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, Tolerance, agrees, given, holds, known, mutant
from nbcourse.exercises.generalization import drivers

Array = NDArray[Any]
Rng = np.random.Generator
Pair = tuple[Array, Array]  # y, mask


def _reference(x: Array, *, p: float, rng: Rng, training: bool) -> Pair:
    layer = nn.Dropout(p, rng=rng)
    layer.training = training
    y = layer.forward(x)
    return y, np.ones_like(x) if layer.mask is None else layer.mask


def _with_random(x: Array, *, p: float, rng: Rng, training: bool) -> Pair:
    mask = np.ones_like(x)
    if training:
        mask[rng.random(x.shape) < p] = 0
        if p < 1:
            mask /= 1 - p
    return x * mask, mask


def _with_binomial(x: Array, *, p: float, rng: Rng, training: bool) -> Pair:
    if not training or p == 0:
        return x.copy(), np.ones(x.shape, dtype=x.dtype)
    if p == 1:
        return np.zeros_like(x), np.zeros_like(x)
    mask = (rng.binomial(1, 1 - p, size=x.shape) / (1 - p)).astype(x.dtype)
    return x * mask, mask


def _inverse(p: float) -> float:
    return 1 / (1 - p) if p < 1 else 0.0


def _drop(
    x: Array,
    p: float,
    rng: Rng,
    training: bool,
    *,
    shape: tuple[int, ...] | None = None,
    scale: Callable[[float], float] = _inverse,
) -> Pair:
    """The same with two choices open, for the mistakes below."""
    if not training:
        return x, np.ones_like(x)
    keep = rng.random(x.shape if shape is None else shape) >= p
    mask = np.broadcast_to(keep.astype(x.dtype) * x.dtype.type(scale(p)), x.shape).copy()
    return x * mask, mask


@mutant(
    "You scale in evaluation, by 1 - p, and not in training. That is the older form; here the "
    "scaling is done in training, so that evaluation changes nothing."
)
def _scales_in_evaluation(x: Array, *, p: float, rng: Rng, training: bool) -> Pair:
    mask = _drop(x, p, rng, training, scale=lambda p: 1.0)[1] * (1 if training else 1 - p)
    return x * mask, mask


@mutant(
    "In evaluation y is x, and nothing is scaled: the scaling by 1 / (1 - p) belongs in training, "
    "and in the mask."
)
def _evaluates_scaled(x: Array, *, p: float, rng: Rng, training: bool) -> Pair:
    y, mask = _drop(x, p, rng, training, scale=lambda p: 1.0)
    return (y if training else x * x.dtype.type(1 - p)), mask


@mutant("The numbers that stay are not scaled: divide them by 1 - p to keep the average.")
def _forgets_scale(x: Array, *, p: float, rng: Rng, training: bool) -> Pair:
    return _drop(x, p, rng, training, scale=lambda p: 1.0)


@mutant("You divide by p. A share of 1 - p stays, so that is what to divide by.")
def _divides_by_p(x: Array, *, p: float, rng: Rng, training: bool) -> Pair:
    return _drop(x, p, rng, training, scale=lambda p: 1 / p if p else 1.0)


@mutant("Each number stays with probability p in yours: p is the probability that it is dropped.")
def _keeps_with_p(x: Array, *, p: float, rng: Rng, training: bool) -> Pair:
    return _drop(x, 1 - p, rng, training, scale=lambda _: _inverse(p))


@mutant(
    "You take p for the probability to stay, in the mask and in the scaling: it is the probability "
    "to be dropped."
)
def _takes_p_for_rest(x: Array, *, p: float, rng: Rng, training: bool) -> Pair:
    return _drop(x, 1 - p, rng, training)


@mutant("All examples of the batch have one mask: draw a number for each entry of x.")
def _one_mask(x: Array, *, p: float, rng: Rng, training: bool) -> Pair:
    return _drop(x, p, rng, training, shape=(1, *x.shape[1:]))


@mutant("You drop whole examples: draw a number for each entry of x, not one for each row.")
def _drops_rows(x: Array, *, p: float, rng: Rng, training: bool) -> Pair:
    return _drop(x, p, rng, training, shape=(len(x),) + (1,) * (x.ndim - 1))


@mutant("You drop in evaluation, too: with training=False, y is x and the mask is all ones.")
def _always_drops(x: Array, *, p: float, rng: Rng, training: bool) -> Pair:
    return _drop(x, p, rng, True)


@mutant(
    "Your mask says who stays, but not how much they grow. A backward pass multiplies by the mask "
    "alone, so the scale belongs to it: y must be x * mask."
)
def _mask_without_scale(x: Array, *, p: float, rng: Rng, training: bool) -> Pair:
    y, mask = _drop(x, p, rng, training)
    return y, (mask != 0).astype(x.dtype)


@mutant(
    "Your mask is made of truth values. A backward pass multiplies by the mask alone, so make it "
    "float like x, with the scale in it: y must be x * mask."
)
def _mask_of_truths(x: Array, *, p: float, rng: Rng, training: bool) -> Pair:
    y, mask = _drop(x, p, rng, training)
    return y, (mask != 0 if training else mask)


@mutant(
    "Exactly the share p is dropped, so that the entries depend on each other. Draw each of them "
    "for itself; the count then varies."
)
def _exact_share(x: Array, *, p: float, rng: Rng, training: bool) -> Pair:
    mask = np.ones_like(x)
    if training:
        mask *= _inverse(p)
        mask.flat[rng.permutation(x.size)[: round(p * x.size)]] = 0
    return x * mask, mask


@mutant("You divide 0 by 0 where p is 1: then every number is dropped, and nothing needs a scale.")
def _nan_at_one(x: Array, *, p: float, rng: Rng, training: bool) -> Pair:
    mask = (rng.random(x.shape) >= p).astype(x.dtype) / (1 - p) if training else np.ones_like(x)
    return x * mask, mask


@mutant("1 / (1 - p) fails where p is 1: then every number is dropped, and nothing needs a scale.")
def _fails_at_one(x: Array, *, p: float, rng: Rng, training: bool) -> Pair:
    return _drop(x, p, rng, training, scale=lambda p: 1 / (1 - p))


@mutant("Your mask is float64 for float32 numbers, because True / 0.5 is: cast it to x.dtype.")
def _doubles_precision(x: Array, *, p: float, rng: Rng, training: bool) -> Pair:
    mask = _drop(x, p, rng, training)[1].astype(np.float64)
    return x * mask, mask


@mutant("You draw from a generator of your own with a fixed seed, so each call drops the same.")
def _own_generator(x: Array, *, p: float, rng: Rng, training: bool) -> Pair:
    return _drop(x, p, np.random.default_rng(0), training)


@mutant("You draw from NumPy's global generator; draw from the rng that is passed in.")
def _global_generator(x: Array, *, p: float, rng: Rng, training: bool) -> Pair:
    seed = np.random.randint(2**31)  # noqa: NPY002 - the mistake
    return _drop(x, p, np.random.default_rng(seed), training)


@mutant("You write into x, the array of the caller: make a new one, x * mask.")
def _changes_argument(x: Array, *, p: float, rng: Rng, training: bool) -> Pair:
    x *= (mask := _drop(x, p, rng, training)[1])
    return x, mask


def _seed(rng: Rng) -> int:
    return int(rng.integers(2**32))


def _p(rng: Rng, low: float, high: float) -> float:
    return round(float(rng.uniform(low, high)), 3)


def _constant(rng: Rng) -> Given:
    # All of 300 numbers stay, or go, less than once in 10^35 times.
    shape = ((300,), (15, 20), (5, 6, 10))[int(rng.integers(3))]
    return given(np.full(shape, rng.uniform(1, 3)), p=_p(rng, 0.25, 0.75), seed=_seed(rng))


def _numbers(rng: Rng) -> Array:
    return rng.normal(size=tuple(int(n) for n in rng.integers(1, 6, size=rng.integers(1, 4))))


def _certain(rng: Rng) -> Given:
    p, training = ((0.0, True), (1.0, True), (_p(rng, 0.1, 0.9), False))[int(rng.integers(3))]
    return given(_numbers(rng), p=p, seed=_seed(rng), training=training)


def _block(rng: Rng) -> Given:
    # Two neighbors have the same 48 entries by chance once in 10^11 times.
    return given(rng.uniform(1, 2, size=(6, 8, 40)), p=_p(rng, 0.35, 0.65), seed=_seed(rng))


def _many(rng: Rng) -> Given:
    return given(rng.uniform(1, 2, size=(50, 80)), p=_p(rng, 0.2, 0.35), seed=_seed(rng))


def _often(rng: Rng) -> Given:
    return given(np.ones((4, 25)), p=_p(rng, 0.3, 0.7), seed=_seed(rng), n_times=60)


def _seeds(rng: Rng) -> Given:
    seeds = [int(seed) for seed in rng.integers(2**32, size=2)]
    return given(rng.uniform(1, 2, size=(8, 25)), p=_p(rng, 0.3, 0.7), seeds=seeds)


def _six_sigma(value: dict[str, float], x: Array, *, p: float, seed: int) -> str | None:
    share, average = value["share of zeros"], value["average of y / x"]
    if abs(share - p) > 6 * np.sqrt(p * (1 - p) / x.size):
        return f"{share:.1%} of {x.size} numbers were dropped, wanted about {p:.1%}"
    if not abs(average - 1) <= 6 * np.sqrt(p / (1 - p) / x.size):
        return f"what comes out is {average:.3f} times what goes in, on average; wanted about 1"
    return None


def _varies(value: float, x: Array, *, p: float, seed: int, n_times: int) -> str | None:
    # The spread of 60 counts is itself off by 9 %, so this is more than five times that.
    message = f"over {n_times} masks the number of zeros spreads {value:.2f} times as much as it"
    return None if 0.5 < value < 1.5 else f"{message} does when each entry is drawn for itself"


def _about(bound: float, size: int) -> Tolerance:
    """Two right answers draw differently: so far apart, they are still taken for the same."""
    return Tolerance(factor=bound / (np.finfo(float).eps * np.sqrt(size)))


_ROW = np.array([[2.0, -1.0, 0.5]])

EXERCISE = Exercise(
    name="dropout",
    number=2,
    signature="dropout(x, *, p, rng, training)",
    statement=(
        "(y, mask), both in the shape of x: in training each entry of the mask is 0 with "
        "probability p, else 1 / (1 - p), drawn from rng; in evaluation it is 1. y is x * mask."
    ),
    stars=1,
    minutes=20,
    points={"contract": 1, "known answers": 3, "properties": 5, "gradients": 1},
    reference=_reference,
    solutions=(_with_random, _with_binomial),
    mutants=(
        _scales_in_evaluation,
        _forgets_scale,
        _divides_by_p,
        _evaluates_scaled,
        _mask_of_truths,
        _keeps_with_p,
        _takes_p_for_rest,
        _one_mask,
        _drops_rows,
        _always_drops,
        _mask_without_scale,
        _exact_share,
        _nan_at_one,
        _fails_at_one,
        _doubles_precision,
        _own_generator,
        _global_generator,
        _changes_argument,
    ),
    hints=(
        "First make the mask, then multiply. Start from ones in the shape and dtype of x: that is "
        "the mask of evaluation already.",
        "rng.random(x.shape) gives a number between 0 and 1 for each entry. Below p it lies with "
        "probability p: there the mask becomes 0.",
        "What is left of the mask is divided by 1 - p, in place (mask /= 1 - p) so that the dtype "
        "stays. With p = 1 nothing is left: do not divide.",
    ),
    checks=(
        known(
            "200 ones with p = 0.5: what stays becomes 2",
            given(np.ones((10, 20)), p=0.5, seed=0),
            (np.array([0.0, 2.0]), np.array([0.0, 2.0])),
            driver=drivers.levels,
        ),
        known(
            "p = 1 drops everything",
            given(_ROW, p=1.0, seed=0),
            (np.zeros((1, 3)), np.zeros((1, 3))),
            driver=drivers.drop,
        ),
        known(
            "evaluation returns x, and a mask of ones",
            given(_ROW, p=0.5, seed=0, training=False),
            (_ROW, np.ones((1, 3))),
            driver=drivers.drop,
        ),
        agrees("the mask is 0 or 1 / (1 - p)", _constant, driver=drivers.levels),
        agrees("p = 0, p = 1 and evaluation", _certain, cases=6, driver=drivers.drop),
        agrees("y is x * mask, and each entry is drawn for itself", _block, driver=drivers.pattern),
        holds(
            "a share p is dropped, and the average stays",
            _many,
            _six_sigma,
            cases=2,
            driver=drivers.average,
            tolerance=_about(0.1, 4_000),
        ),
        holds(
            "the number of zeros varies as it should",
            _often,
            _varies,
            cases=1,
            driver=drivers.spread,
            tolerance=_about(0.6, 100),
        ),
        agrees("rng alone decides", _seeds, cases=1, driver=drivers.drop_again),
        agrees("the mask is the slope", _block, group="gradients", cases=1, driver=drivers.slope),
    ),
)
