"""Exercise: the logarithm of a sum of exponentials, without overflow."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, agrees, given, known, mutant
from nbcourse.exercises.losses import drivers

Array = NDArray[Any]
Axis = int | tuple[int, ...]

_INF = math.inf


def _reference(z: Array, *, axis: Axis = -1) -> Array:
    return nn.logsumexp(z, axis=axis)


def _shift_by_the_maximum(z: Array, *, axis: Axis = -1) -> Array:
    top = z.max(axis=axis, keepdims=True)
    top = np.where(np.isneginf(top), 0, top)
    total = np.exp(z - top).sum(axis=axis, keepdims=True)
    return np.squeeze(np.log(total) + top, axis=axis)


def _two_at_a_time(z: Array, *, axis: Axis = -1) -> Array:
    axes = (axis,) if isinstance(axis, int) else axis
    for each in sorted((a % z.ndim for a in axes), reverse=True):
        first, *others = np.moveaxis(z, each, 0)
        for other in others:
            high, low = np.maximum(first, other), np.minimum(first, other)
            gap = np.subtract(low, high, out=np.zeros_like(z, shape=high.shape), where=low < high)
            first = high + np.log1p(np.exp(gap))
        z = np.asarray(first)
    return z


def _one_pass(z: Array, *, axis: Axis = -1) -> Array:
    axes = [a % z.ndim for a in ((axis,) if isinstance(axis, int) else axis)]
    kept = [a for a in range(z.ndim) if a not in axes]
    result = np.full([z.shape[a] for a in kept], -_INF, dtype=z.dtype)
    rows = z.transpose(*kept, *axes).reshape(*result.shape, -1)
    for index in np.ndindex(result.shape):
        top, total = -_INF, 0.0
        for number in rows[index].tolist():
            if number > top:
                top, total = number, total * math.exp(top - number) + 1
            elif number > -_INF:
                total += math.exp(number - top)
        result[index] = top + math.log(total) if total else -_INF
    return result


@mutant(
    "You take exponentials of the numbers as they come: beyond 709 they overflow, far below 0 all "
    "are 0. Subtract the largest number first and add it back at the end."
)
def _formula_as_it_stands(z: Array, *, axis: Axis = -1) -> Array:
    return np.log(np.sum(np.exp(z), axis=axis))


@mutant(
    "You subtract the maximum and never add it back: the result is that of the shifted numbers."
)
def _forgets_to_shift_back(z: Array, *, axis: Axis = -1) -> Array:
    top = z.max(axis=axis, keepdims=True)
    top = np.where(np.isneginf(top), 0, top)
    return np.log(np.exp(z - top).sum(axis=axis))


@mutant(
    "You subtract one maximum for the whole array. A row far below it becomes a sum of zeros; each "
    "slice needs a maximum of its own."
)
def _one_maximum_for_all(z: Array, *, axis: Axis = -1) -> Array:
    top = z.max()
    return np.log(np.exp(z - top).sum(axis=axis)) + top


@mutant(
    "You subtract the mean. A number far above the mean still overflows; subtract the largest, so "
    "that no exponent is above 0."
)
def _shifts_by_the_mean(z: Array, *, axis: Axis = -1) -> Array:
    center = np.where(np.isfinite(z), z, 0).mean(axis=axis, keepdims=True)
    return np.squeeze(np.log(np.exp(z - center).sum(axis=axis, keepdims=True)) + center, axis=axis)


@mutant(
    "Where all numbers of a slice are -inf, their maximum is -inf, and -inf - (-inf) is NaN. "
    "Subtract 0 there: the logarithm of 0 is -inf, as it should be."
)
def _nan_for_no_mass(z: Array, *, axis: Axis = -1) -> Array:
    top = z.max(axis=axis, keepdims=True)
    return np.squeeze(np.log(np.exp(z - top).sum(axis=axis, keepdims=True)) + top, axis=axis)


@mutant(
    "You clip the numbers so that nothing overflows, but then the result belongs to other numbers. "
    "A shift changes nothing; clipping does."
)
def _clips(z: Array, *, axis: Axis = -1) -> Array:
    return np.log(np.sum(np.exp(np.clip(z, -700, 700)), axis=axis))


@mutant(
    "You add a small number inside the logarithm. After the shift the sum is at least 1 and needs "
    "no help; the small number only spoils the result."
)
def _adds_epsilon(z: Array, *, axis: Axis = -1) -> Array:
    top = z.max(axis=axis, keepdims=True)
    top = np.where(np.isneginf(top), 0, top)
    total = np.exp(z - top).sum(axis=axis, keepdims=True) + 1e-12
    return np.squeeze(np.log(total) + top, axis=axis)


@mutant(
    "The axis that you sum over is still there, with length 1. keepdims=True is right while you "
    "compute; remove the axis from the result."
)
def _keeps_the_axis(z: Array, *, axis: Axis = -1) -> Array:
    top = z.max(axis=axis, keepdims=True)
    top = np.where(np.isneginf(top), 0, top)
    return np.log(np.exp(z - top).sum(axis=axis, keepdims=True)) + top


@mutant("You never use `axis`: the result is always the one over the last axis.")
def _always_the_last_axis(z: Array, *, axis: Axis = -1) -> Array:
    return _shift_by_the_maximum(z, axis=-1)


@mutant(
    "With a tuple of axes you remove one after the other, but once the first is gone the next has "
    "another number. Hand the whole tuple to max and sum."
)
def _renumbers_axes(z: Array, *, axis: Axis = -1) -> Array:
    for each in (axis,) if isinstance(axis, int) else axis:
        z = _shift_by_the_maximum(z, axis=each)
    return z


@mutant(
    "The values are right, but z itself is changed: `z -= ...` works on the caller's array. Write "
    "z - ..., which makes a new one."
)
def _shifts_in_place(z: Array, *, axis: Axis = -1) -> Array:
    top = z.max(axis=axis, keepdims=True)
    top = np.where(np.isneginf(top), 0, top)
    z -= top
    return np.squeeze(np.log(np.exp(z).sum(axis=axis, keepdims=True)) + top, axis=axis)


def _draw(rng: np.random.Generator) -> Given:
    shape = tuple(int(k) for k in rng.integers(1, 5, size=int(rng.integers(1, 4))))
    return given(rng.normal(scale=3, size=shape), axis=int(rng.integers(-len(shape), len(shape))))


def _several_axes(rng: np.random.Generator) -> Given:
    shape = tuple(int(k) for k in rng.integers(1, 5, size=3))
    first, second = rng.permutation(3)[:2] - rng.choice([0, 3], size=2)
    return given(rng.normal(size=shape), axis=(int(first), int(second)))


def _shifted(rng: np.random.Generator) -> Given:
    z = rng.normal(size=(3, int(rng.integers(1, 5))))
    return given(z, shift=float(np.round(rng.uniform(-20, 20), 1)), axis=int(rng.integers(2)))


def _extreme(rng: np.random.Generator) -> Given:
    """Rows at 10,000 and at -10,000, and one that holds both."""
    z = np.array([1e4, -1e4, 0.0])[:, None] + rng.normal(size=(3, int(rng.integers(2, 5))))
    z[2, :2] += rng.permutation([1e4, -1e4])
    return given(rng.permutation(z), axis=1)


def _masked(rng: np.random.Generator) -> Given:
    """Random entries at -inf, a row of nothing else, and one without any."""
    z = rng.normal(size=(4, int(rng.integers(2, 5))))
    z[rng.random(z.shape) < 0.5] = -_INF
    z[0], z[1] = -_INF, rng.normal(size=z.shape[1])
    return given(rng.permutation(z), axis=-1)


EXERCISE = Exercise(
    name="logsumexp",
    number=2,
    signature="logsumexp(z, *, axis=-1)",
    statement=(
        "The logarithm of the sum of exp(z) over an axis, or over a tuple of axes, which are "
        "removed from the shape; right for numbers of any size and for -inf."
    ),
    stars=2,
    minutes=20,
    points={"contract": 1, "known answers": 2, "properties": 4, "stability": 3},
    reference=_reference,
    solutions=(_shift_by_the_maximum, _two_at_a_time, _one_pass),
    mutants=(
        _formula_as_it_stands,
        _forgets_to_shift_back,
        _one_maximum_for_all,
        _shifts_by_the_mean,
        _nan_for_no_mass,
        _clips,
        _adds_epsilon,
        _keeps_the_axis,
        _always_the_last_axis,
        _renumbers_axes,
        _shifts_in_place,
    ),
    forbidden=("numpy.logaddexp",),
    hints=(
        "What happens to the result when 5 is added to every number of z? Use that to make all "
        "exponents small before you take any exponential.",
        "Subtract the largest number of each slice and add it back after the logarithm. With "
        "keepdims=True it lines up with z, whatever the axis. Which difference is not a number?",
        "Where the largest number is -inf, subtract 0 instead (np.where). Keep the axes in the "
        "maximum and in the sum, add the two logarithms, and let np.squeeze remove the axes. NumPy "
        "takes a tuple wherever it takes an axis.",
    ),
    checks=(
        known(
            "two rows, worked by hand",
            given(np.log(np.array([[1.0, 2.0, 5.0], [1.0, 1.0, 1.0]]))),
            np.log(np.array([8.0, 3.0])),
        ),
        known(
            "over the first and the last of three axes, worked by hand",
            given(np.log(np.arange(1.0, 9.0)).reshape(2, 2, 2), axis=(0, 2)),
            np.log(np.array([14.0, 22.0])),
        ),
        agrees("right for random shapes and axes, size 1 included", _draw, cases=4),
        agrees("a tuple of axes, counted from either end", _several_axes),
        agrees(
            "adding a number to all of z adds it to the result",
            _shifted,
            driver=drivers.rise,
            cases=2,
        ),
        agrees("no overflow at ±10,000", _extreme, group="stability", cases=2),
        agrees("-inf adds nothing, and nothing but -inf gives -inf", _masked, group="stability"),
    ),
)
