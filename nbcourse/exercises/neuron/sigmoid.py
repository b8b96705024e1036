"""Exercise: the logistic function, right on its whole range and not only near zero."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, Tolerance, agrees, given, holds, known, mutant
from nbcourse.exercises.neuron import drivers

Array = NDArray[Any]


def _reference(z: Array) -> Array:
    return nn.sigmoid(z)


def _with_where(z: Array) -> Array:
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def _with_minimum(z: Array) -> Array:
    return np.exp(np.minimum(z, 0)) / (1 + np.exp(-np.abs(z)))


def _with_logaddexp(z: Array) -> Array:
    return np.exp(-np.logaddexp(0, -z))


def _with_loop(z: Array) -> Array:
    result = np.empty(z.shape, dtype=np.exp(z[..., :0]).dtype)
    for index, value in np.ndenumerate(z):
        if value >= 0:
            result[index] = 1 / (1 + math.exp(-value))
        else:
            result[index] = math.exp(value) / (1 + math.exp(value))
    return result


@mutant(
    "The exponential overflows for very negative z. Use exp(-z) only where z is at least 0; for "
    "negative z write the same function with exp(z)."
)
def _overflows(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


@mutant(
    "np.where chooses between two results, but both are computed for every z, so one of them "
    "overflows. Make the argument of exp harmless first: it should never be positive."
)
def _computes_both_branches(z: Array) -> Array:
    return np.where(z >= 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z)))


@mutant("The curve falls where it should rise: the sign in the exponent is the other one.")
def _flips_the_sign(z: Array) -> Array:
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, e, 1) / (1 + e)


@mutant(
    "For negative z you take 1 minus the value at -z. That is the right formula, but a tiny result "
    "is lost in the difference of two numbers near 1."
)
def _subtracts_from_one(z: Array) -> Array:
    half = 1 / (1 + np.exp(-np.abs(z)))
    return np.where(z >= 0, half, 1 - half)


@mutant(
    "(1 + tanh(z / 2)) / 2 is the same function on paper. For negative z it adds 1 to a number "
    "near -1, and the digits of a small result are lost."
)
def _uses_tanh(z: Array) -> Array:
    return 0.5 * (1 + np.tanh(z / 2))


@mutant(
    "z is clipped first, so all large |z| get the same result. No clipping is needed if exp never "
    "gets a positive argument."
)
def _clips(z: Array) -> Array:
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


@mutant(
    "Results are kept away from 0 and 1 by a small number. That belongs, if anywhere, into a "
    "logarithm; the function itself gets as near to 0 as floating-point numbers do."
)
def _keeps_away_from_zero(z: Array) -> Array:
    return np.clip(_with_where(z), 1e-7, 1 - 1e-7)


@mutant(
    "The results are stored in an array like z. When z holds whole numbers, so does that array, "
    "and 0.73 becomes 0."
)
def _fills_an_array_like_z(z: Array) -> Array:
    result, positive = np.zeros_like(z), z >= 0
    result[positive] = 1 / (1 + np.exp(-z[positive]))
    e = np.exp(z[~positive])
    result[~positive] = e / (1 + e)
    return result


@mutant(
    "The result is float64 whatever comes in. Compute in the dtype of z; a conversion to float is "
    "not needed."
)
def _converts_to_float64(z: Array) -> Array:
    return _with_where(np.asarray(z, dtype=float))


@mutant(
    "The z of the caller was changed, by an operation in place such as z *= -1 or out=z. Make a "
    "new array instead."
)
def _changes_z(z: Array) -> Array:
    result = _with_where(z)
    np.abs(z, out=z)
    return result


@mutant(
    "exp(z) / (1 + exp(z)) is right on paper, but for large z it is infinity divided by infinity. "
    "Use it for negative z only."
)
def _overflows_on_the_right(z: Array) -> Array:
    return np.exp(z) / (1 + np.exp(z))


def _draw(rng: np.random.Generator) -> Given:
    shape = tuple(int(n) for n in rng.integers(1, 5, size=rng.integers(1, 4)))
    return given(3 * rng.normal(size=shape))


def _one_number(rng: np.random.Generator) -> Given:
    return given(np.array([rng.normal()]))


def _far_left(rng: np.random.Generator) -> Given:
    z = np.concatenate([-rng.uniform(10, 36, size=4), -rng.uniform(40, 700, size=4)])
    return given(rng.permutation(z).reshape(2, 4))


def _huge(rng: np.random.Generator) -> Given:
    return given(rng.permutation([1e4, 800.0, 100.0, *rng.normal(size=2)]))


def _huge_and_negative(rng: np.random.Generator) -> Given:
    return given(-_huge(rng).args[0])


def _is_symmetric(value: tuple[Array, Array], z: Array) -> str | None:
    here, there = value
    if here.shape != z.shape:
        return f"the result has shape {here.shape}, wanted {z.shape}"
    if not np.allclose(there, 1 - here, rtol=0, atol=1e-15):
        index = np.unravel_index(int(np.argmax(np.abs(here + there - 1))), z.shape)
        return f"sigmoid({z[index]:.4g}) + sigmoid({-z[index]:.4g}) is {(here + there)[index]:.6g}"
    if not np.array_equal(np.argsort(here, axis=None), np.argsort(z, axis=None)):
        return "a larger z must give a larger result"
    return None


_STRICT: dict[str, Any] = {"group": "stability", "driver": drivers.strictly, "cases": 2}

EXERCISE = Exercise(
    name="sigmoid",
    number=3,
    signature="sigmoid(z)",
    statement=(
        "The logistic function 1 / (1 + exp(-z)) of each number of an array z of any shape, "
        "without overflow, and with all digits right where it is tiny."
    ),
    stars=2,
    minutes=20,
    points={"contract": 2, "known answers": 2, "properties": 3, "stability": 3},
    reference=_reference,
    solutions=(_with_where, _with_minimum, _with_logaddexp, _with_loop),
    mutants=(
        _overflows,
        _overflows_on_the_right,
        _computes_both_branches,
        _flips_the_sign,
        _subtracts_from_one,
        _uses_tanh,
        _clips,
        _keeps_away_from_zero,
        _fills_an_array_like_z,
        _converts_to_float64,
        _changes_z,
    ),
    hints=(
        "exp overflows for large positive arguments only. For which z does that happen in "
        "1 / (1 + exp(-z))? Multiply numerator and denominator by exp(z): what does that give?",
        "There are two formulas: one is safe for z >= 0, the other for z < 0. In both, the only "
        "exponential that occurs is that of minus the absolute value of z.",
        "Let e be the exponential of -|z|; it lies between 0 and 1. The denominator is 1 + e for "
        "every z. The numerator is 1 or e, and np.where may choose between these two.",
    ),
    checks=(
        known(
            "0, log 3 and -log 3, worked by hand",
            given(np.array([0.0, math.log(3), -math.log(3)])),
            np.array([0.5, 0.75, 0.25]),
        ),
        known(
            "whole numbers in z",
            given(np.array([[-1, 0], [1, 2]])),
            1 / (1 + np.exp(np.array([[1.0, 0.0], [-1.0, -2.0]]))),
        ),
        agrees("random arrays of any shape", _draw, cases=4),
        agrees("a single number in an array", _one_number, cases=1),
        holds(
            "sigmoid(-z) = 1 - sigmoid(z), and it rises",
            _draw,
            _is_symmetric,
            driver=drivers.of_both_signs,
        ),
        agrees("no overflow up to +10,000", _huge, **_STRICT),
        agrees("no overflow down to -10,000", _huge_and_negative, **_STRICT),
        agrees(
            "tiny results at -10 to -700 have their digits right",
            _far_left,
            group="stability",
            tolerance=Tolerance(elementwise=True),
        ),
    ),
)
