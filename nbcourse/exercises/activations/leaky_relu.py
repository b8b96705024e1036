"""Exercise: a leaky ReLU and its slope, with a convention at 0."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.activations.drivers import at_each

Array = NDArray[Any]
Pair = tuple[Array, Array]

_STEP = 1e-6


def _reference(x: Array, *, negative_slope: float = 0.01) -> Pair:
    slope = nn.leaky_relu.backward(np.ones_like(x), x, negative_slope=negative_slope)
    return nn.leaky_relu(x, negative_slope=negative_slope), slope


def _with_where(x: Array, *, negative_slope: float = 0.01) -> Pair:
    slope = np.where(x > 0, np.ones_like(x), negative_slope * np.ones_like(x))
    return slope * x, slope


def _with_two_hinges(x: Array, *, negative_slope: float = 0.01) -> Pair:
    on = (x > 0).astype(x.dtype)
    y = np.maximum(x, 0) + negative_slope * np.minimum(x, 0)
    return y, negative_slope + (1 - negative_slope) * on


def _with_loop(x: Array, *, negative_slope: float = 0.01) -> Pair:
    y, slope = np.empty_like(x), np.empty_like(x)
    for index in np.ndindex(x.shape):
        slope[index] = 1 if x[index] > 0 else negative_slope
        y[index] = slope[index] * x[index]
    return y, slope


def _values(x: Array, negative_slope: float) -> Array:
    return np.where(x > 0, x, negative_slope * x)


def _slopes(x: Array, negative_slope: float) -> Array:
    return np.where(x > 0, 1, negative_slope).astype(x.dtype)


@mutant("At x = 0 your slope is 1. Our convention takes the slope of the left side there.")
def _right_side_at_zero(x: Array, *, negative_slope: float = 0.01) -> Pair:
    return _values(x, negative_slope), np.where(x >= 0, 1, negative_slope).astype(x.dtype)


@mutant("At x = 0 your slope is halfway between both sides. Our convention takes the left one.")
def _halfway_at_zero(x: Array, *, negative_slope: float = 0.01) -> Pair:
    middle, half = (1 + negative_slope) / 2, (1 - negative_slope) / 2
    return _values(x, negative_slope), middle + half * np.sign(x)


@mutant("Left of 0 your slope is 0, as for the plain ReLU; the leak has a slope, too.")
def _slope_of_relu(x: Array, *, negative_slope: float = 0.01) -> Pair:
    return _values(x, negative_slope), (x > 0).astype(x.dtype)


@mutant("Your values rise to the left: x is negative there already, so no further minus is needed.")
def _minus_too_many(x: Array, *, negative_slope: float = 0.01) -> Pair:
    return np.where(x > 0, x, -negative_slope * x), _slopes(x, negative_slope)


@mutant("Your slope still has a factor x: the derivative of a x is a.")
def _slope_times_x(x: Array, *, negative_slope: float = 0.01) -> Pair:
    return _values(x, negative_slope), _values(x, negative_slope)


@mutant("The slope 0.01 is written into your code; use the argument negative_slope.")
def _ignores_argument(x: Array, *, negative_slope: float = 0.01) -> Pair:
    return _values(x, 0.01), _slopes(x, 0.01)


@mutant("Value and slope are exchanged: the value comes first.")
def _wrong_order(x: Array, *, negative_slope: float = 0.01) -> Pair:
    return _slopes(x, negative_slope), _values(x, negative_slope)


@mutant(
    "Your slopes are float64 for float32 numbers: arrays made of Python's numbers alone are. "
    "Give them the dtype of x."
)
def _doubles_precision(x: Array, *, negative_slope: float = 0.01) -> Pair:
    return _values(x, negative_slope), np.where(x > 0, 1.0, negative_slope)


@mutant("You change x itself: y = x gives the same array a second name. Make a new array.")
def _in_place(x: Array, *, negative_slope: float = 0.01) -> Pair:
    slope, y = _slopes(x, negative_slope), x
    y[x < 0] *= negative_slope
    return y, slope


@mutant("`if x > 0` asks one question of a whole array. Every number needs an answer of its own.")
def _asks_once(x: Array, *, negative_slope: float = 0.01) -> Pair:
    if x > 0:
        return 1 * x, np.ones_like(x)
    return negative_slope * x, negative_slope * np.ones_like(x)


def _draw(rng: np.random.Generator) -> Given:
    shape = tuple(int(n) for n in rng.integers(2, 5, size=rng.integers(1, 4)))
    return given(rng.normal(scale=2, size=shape), negative_slope=float(rng.uniform(0.05, 0.5)))


def _one_number(rng: np.random.Generator) -> Given:
    x = rng.normal(size=(1,) * int(rng.integers(1, 3)))
    return given(x, negative_slope=float(rng.uniform(0.05, 0.5)))


def _default(rng: np.random.Generator) -> Given:
    return given(rng.normal(size=int(rng.integers(4, 9))))


def _no_leak(rng: np.random.Generator) -> Given:
    return given(rng.normal(size=(3, int(rng.integers(2, 6)))), negative_slope=0.0)


def _around(rng: np.random.Generator) -> Given:
    x = rng.uniform(0.01, 3, size=8) * rng.choice([-1, 1], size=8)  # no kink within a step
    return given([x - _STEP, x, x + _STEP], negative_slope=float(rng.uniform(0.05, 0.5)))


def _slope_fits(value: list[Pair], points: list[Array], *, negative_slope: float) -> str | None:
    below, (_, slope), above = value
    measured = (above[0] - below[0]) / (points[2] - points[0])
    if slope.shape != measured.shape:
        return f"the slope has shape {slope.shape}, wanted that of x, {measured.shape}"
    k = int(np.argmax(np.abs(slope - measured)))
    if abs(slope[k] - measured[k]) <= 1e-8:
        return None
    at = f"at x = {points[1][k]:.4g} and negative_slope = {negative_slope:.4g}"
    return f"{at} your slope is {slope[k]:.6g}, but your values rise by {measured[k]:.6g} per unit"


EXERCISE = Exercise(
    name="leaky_relu",
    number=1,
    signature="leaky_relu(x, *, negative_slope=0.01)",
    statement=(
        "The value y and the slope of a leaky ReLU, number by number: two arrays in the shape of x "
        "(any). At x = 0 the slope is negative_slope."
    ),
    stars=1,
    minutes=10,
    points={"contract": 2, "known answers": 3, "properties": 3, "gradients": 2},
    reference=_reference,
    solutions=(_with_where, _with_two_hinges, _with_loop),
    mutants=(
        _right_side_at_zero,
        _halfway_at_zero,
        _slope_of_relu,
        _minus_too_many,
        _slope_times_x,
        _ignores_argument,
        _wrong_order,
        _doubles_precision,
        _in_place,
        _asks_once,
    ),
    hints=(
        "There are two cases for every number: x > 0, and all others. Which one does 0 belong to?",
        "x > 0 is an array of truth values, and np.where takes the one or the other, number by "
        "number. The slope is a constant in each case.",
        "Compute the slope first: 1 where x > 0 and negative_slope elsewhere, in the dtype of x "
        "(np.ones_like and astype help). Both pieces pass through 0, so y is that slope times x.",
    ),
    checks=(
        known(
            "three numbers, worked by hand",
            given(np.array([-2.0, 1.0, 3.0]), negative_slope=0.1),
            (np.array([-0.2, 1.0, 3.0]), np.array([0.1, 1.0, 1.0])),
        ),
        known(
            "at 0 the slope is that of the left side",
            given(np.array([[0.0, -0.0]]), negative_slope=0.2),
            (np.zeros((1, 2)), np.full((1, 2), 0.2)),
        ),
        agrees("values and slopes are right for random shapes", _draw, cases=5),
        agrees("an array with one number", _one_number),
        agrees("negative_slope is 0.01 unless given", _default, cases=1),
        agrees("with negative_slope=0 it is the plain ReLU", _no_leak, cases=1),
        holds(
            "away from 0, the slope is that of your own values, by differences",
            _around,
            _slope_fits,
            group="gradients",
            driver=at_each,
        ),
    ),
)
