"""Exercise: the slope of tanh, with all its digits far from 0."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, Tolerance, agrees, given, holds, known, mutant

Array = NDArray[Any]

_STEP = 1e-6


def _reference(x: Array) -> Array:
    return nn.tanh.backward(np.ones_like(x), x)


def _with_one_exponential(x: Array) -> Array:
    e = np.exp(-2 * np.abs(x))
    return 4 * e / (1 + e) ** 2


def _with_cosh(x: Array) -> Array:
    with np.errstate(over="ignore"):  # 1 / inf is the right answer, 0
        return (1 / np.cosh(x)) ** 2


def _with_loop(x: Array) -> Array:
    slope = np.empty_like(x)
    for index in np.ndindex(x.shape):
        e = math.exp(-abs(float(x[index])))
        slope[index] = (2 * e / (1 + e * e)) ** 2
    return slope


@mutant(
    "1 - tanh(x)**2 is right on paper, but far from 0 tanh(x) is rounded to nearly 1 and the "
    "subtraction leaves no digits: at x = 20 it gives 0 instead of 1.7e-17."
)
def _subtracts_square(x: Array) -> Array:
    return 1 - np.tanh(x) ** 2


@mutant(
    "(1 - tanh(x)) * (1 + tanh(x)) still subtracts from 1 a number that was rounded to nearly 1. "
    "Write the slope without any subtraction."
)
def _subtracts_once(x: Array) -> Array:
    t = np.tanh(x)
    return (1 - t) * (1 + t)


@mutant("exp(2 x) overflows for large x, and inf / inf is NaN. The slope is even: use exp(-2 |x|).")
def _overflows(x: Array) -> Array:
    e = np.exp(2 * x)
    return 4 * e / (1 + e) ** 2


@mutant(
    "Half of the slope: the inner derivative of tanh(x) = 2 sigmoid(2 x) - 1 gives 2 once more."
)
def _forgets_inner(x: Array) -> Array:
    e = np.exp(-2 * np.abs(x))
    return 2 * e / (1 + e) ** 2


@mutant("That is the slope of the sigmoid. Here tanh is asked for, four times as steep at 0.")
def _of_sigmoid(x: Array) -> Array:
    e = np.exp(-np.abs(x))
    return e / (1 + e) ** 2


@mutant("Your formula expects y = tanh(x) and gets x: 1 - y**2 needs the tanh first.")
def _of_value(x: Array) -> Array:
    return 1 - x**2


@mutant("The slope is the square of 1 / cosh(x); you left the square out.")
def _forgets_square(x: Array) -> Array:
    return 1 / np.cosh(x)


@mutant("For negative x, exp(-2 x) overflows, and inf / inf is NaN. Use exp(-2 |x|) on both sides.")
def _overflows_left(x: Array) -> Array:
    e = np.exp(-2 * x)
    return 4 * e / (1 + e) ** 2


@mutant("Your result is float64 for float32 numbers; keep the dtype of x.")
def _doubles_precision(x: Array) -> Array:
    e = np.exp(-2 * np.abs(np.array(x, dtype=np.float64)))
    return 4 * e / (1 + e) ** 2


def _draw(rng: np.random.Generator) -> Given:
    shape = tuple(int(n) for n in rng.integers(2, 5, size=rng.integers(1, 4)))
    return given(rng.normal(scale=1.5, size=shape))


def _one_number(rng: np.random.Generator) -> Given:
    return given(rng.normal(size=(1,) * int(rng.integers(1, 3))))


def _tails(rng: np.random.Generator) -> Given:
    x = np.concatenate([rng.uniform(5, 15, size=5), rng.uniform(20, 40, size=5)])
    return given(x * rng.choice([-1, 1], size=10))


def _is_slope(value: Array, x: Array) -> str | None:
    measured = (np.tanh(x + _STEP) - np.tanh(x - _STEP)) / (2 * _STEP)
    if value.shape != x.shape:
        return f"the result has shape {value.shape}, wanted that of x, {x.shape}"
    worst = np.unravel_index(int(np.argmax(np.abs(value - measured))), x.shape)
    if abs(value[worst] - measured[worst]) <= 1e-8:
        return None
    return (
        f"at x = {x[worst]:.4g} you say {value[worst]:.6g}, but tanh rises by "
        f"{measured[worst]:.6g} per unit"
    )


EXERCISE = Exercise(
    name="tanh_slope",
    number=2,
    signature="tanh_slope(x)",
    statement=(
        "The derivative of tanh at every number of x (any shape), in that shape, to the relative "
        "precision of its dtype also where it is tiny."
    ),
    stars=2,
    minutes=15,
    points={"contract": 1, "known answers": 2, "properties": 2, "gradients": 1, "stability": 4},
    reference=_reference,
    solutions=(_with_one_exponential, _with_cosh, _with_loop),
    mutants=(
        _subtracts_square,
        _subtracts_once,
        _overflows,
        _overflows_left,
        _forgets_inner,
        _of_sigmoid,
        _of_value,
        _forgets_square,
        _doubles_precision,
    ),
    hints=(
        "1 - tanh(x)**2 is the derivative. Print it for x = 20. Which step loses the digits?",
        "Write tanh with exponentials, put 1 - tanh**2 over one denominator, and the subtraction "
        "is gone. Then ask which exponentials can overflow, and use that the slope is even.",
        "With e = exp(-2 |x|), which never exceeds 1, |tanh(x)| = (1 - e) / (1 + e). Insert that "
        "in 1 - tanh(x)**2: in the numerator, (1 + e)**2 - (1 - e)**2 is a multiple of e.",
    ),
    checks=(
        known(
            "0 and plus or minus log 2, worked by hand",
            given(np.log(np.array([1.0, 2.0, 0.5]))),
            np.array([1.0, 0.64, 0.64]),
        ),
        agrees("slopes are right for random shapes", _draw, cases=5),
        agrees("an array with one number", _one_number),
        holds(
            "it is the slope of tanh, by differences", _draw, _is_slope, group="gradients", cases=2
        ),
        agrees(
            "between 5 and 40 on both sides, all digits are right",
            _tails,
            group="stability",
            tolerance=Tolerance(factor=16, elementwise=True),
        ),
        known(
            "it is 0 at 10,000, not NaN",
            given(np.array([1e4, 1e3])),
            np.zeros(2),
            group="stability",
        ),
        known(
            "it is 0 at -10,000, not NaN",
            given(np.array([-1e3, -1e4])),
            np.zeros(2),
            group="stability",
        ),
    ),
)
