"""Exercise: the exact GELU and its slope."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, Tolerance, agrees, given, holds, known, mutant
from nbcourse.exercises.activations.drivers import at_each

Array = NDArray[Any]
Pair = tuple[Array, Array]

_STEP = 1e-5
_SQRT_2PI = math.sqrt(2 * math.pi)


def _reference(x: Array) -> Pair:
    return nn.gelu(x), nn.gelu.backward(np.ones_like(x), x)


def _with_vectorize(x: Array) -> Pair:
    cdf = np.vectorize(lambda z: math.erfc(-z / math.sqrt(2)) / 2)(x).astype(x.dtype)
    density = np.exp(-(x**2) / 2) / _SQRT_2PI
    return x * cdf, cdf + x * density


def _with_loop(x: Array) -> Pair:
    y, slope = np.empty_like(x), np.empty_like(x)
    for index in np.ndindex(x.shape):
        z = float(x[index])
        cdf = 0.5 * math.erfc(-z * math.sqrt(0.5))
        y[index], slope[index] = z * cdf, cdf + z * math.exp(-0.5 * z * z) / _SQRT_2PI
    return y, slope


def _with_two_branches(x: Array) -> Pair:
    numbers = [float(z) for z in x.ravel()]
    tail = np.array([math.erfc(abs(z) / math.sqrt(2)) / 2 for z in numbers]).reshape(x.shape)
    cdf = np.where(x > 0, 1 - tail, tail)
    slope = cdf + x * np.exp(-np.square(x, dtype=np.float64) / 2) / _SQRT_2PI
    return (x * cdf).astype(x.dtype), slope.astype(x.dtype)


_erf = np.vectorize(math.erf, otypes=[np.float64])


def _cdf(x: Array) -> Array:
    erfc = np.vectorize(math.erfc, otypes=[np.float64])
    return (erfc(-x / math.sqrt(2)) / 2).astype(x.dtype)


def _density(x: Array) -> Array:
    return np.exp(-(x**2) / 2) / _SQRT_2PI


def _tanh_formula(x: Array) -> Pair:
    root = math.sqrt(2 / math.pi)
    t = np.tanh(root * (x + 0.044715 * x**3))
    rise = x * (1 - t**2) * root * (1 + 3 * 0.044715 * x**2)
    return x * (1 + t) / 2, (1 + t + rise) / 2


@mutant(
    "That is the approximation with tanh, off by up to 5e-4. It is another function; here the "
    "exact one is wanted, with math.erf or math.erfc."
)
def _with_tanh(x: Array) -> Pair:
    return _tanh_formula(x)


@mutant(
    "Your values are those of the tanh approximation, but your slope is that of the exact GELU. "
    "Use the exact one in both, with math.erf or math.erfc."
)
def _with_tanh_in_value(x: Array) -> Pair:
    return _tanh_formula(x)[0], _cdf(x) + x * _density(x)


@mutant(
    "x sigmoid(1.702 x) is a rough stand-in for the GELU, off by up to 0.02; use the exact one."
)
def _with_sigmoid(x: Array) -> Pair:
    s = 1 / (1 + np.exp(-1.702 * x))
    return x * s, s + 1.702 * x * s * (1 - s)


@mutant("Your slope is Phi(x) alone: the product rule adds x times the derivative of Phi.")
def _half_product_rule(x: Array) -> Pair:
    return x * _cdf(x), _cdf(x)


@mutant("In the second term of the slope the factor x is missing: the product rule keeps it.")
def _loses_factor(x: Array) -> Pair:
    return x * _cdf(x), _cdf(x) + _density(x)


@mutant("erf wants x / sqrt(2), not x: it is defined by exp(-t**2), the density by exp(-t**2 / 2).")
def _forgets_root(x: Array) -> Pair:
    cdf = ((1 + _erf(x)) / 2).astype(x.dtype)
    return x * cdf, cdf + x * _density(x)


@mutant("Your density lacks its factor 1 / sqrt(2 pi), so it does not integrate to 1.")
def _without_norm(x: Array) -> Pair:
    return x * _cdf(x), _cdf(x) + x * np.exp(-(x**2) / 2)


@mutant(
    "For x below -5, 1 + erf is a difference of nearly equal numbers and loses its digits. "
    "math.erfc computes 1 - erf without that."
)
def _loses_left_tail(x: Array) -> Pair:
    cdf = ((1 + _erf(x / math.sqrt(2))) / 2).astype(x.dtype)
    return x * cdf, cdf + x * _density(x)


@mutant("Your results are float64 for float32 numbers; math.erf makes them so. Cast to x.dtype.")
def _doubles_precision(x: Array) -> Pair:
    cdf = np.vectorize(math.erfc, otypes=[np.float64])(-x / math.sqrt(2)) / 2
    return x * cdf, cdf + x * _density(x)


@mutant(
    "Two things are left. math.erf gives float64, so cast to x.dtype; and for x below -5, 1 + erf "
    "loses its digits, which math.erfc does not."
)
def _erf_in_double(x: Array) -> Pair:
    cdf = (1 + _erf(x / np.sqrt(2))) / 2
    return x * cdf, cdf + x * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


@mutant(
    "Your slope is float64 for float32 numbers, because np.sqrt(2 * np.pi) is a float64 of NumPy. "
    "A number of Python, math.sqrt(2 * math.pi), does not do that."
)
def _density_in_double(x: Array) -> Pair:
    cdf = _cdf(x)
    return x * cdf, cdf + x * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


@mutant("math.erf takes one number, not an array. Call it for every number of x.")
def _erf_of_array(x: Array) -> Pair:
    cdf: Any = (1 + math.erf(x / math.sqrt(2))) / 2
    return x * cdf, cdf + x * _density(x)


def _draw(rng: np.random.Generator) -> Given:
    shape = tuple(int(n) for n in rng.integers(2, 5, size=rng.integers(2, 4)))
    return given(rng.normal(scale=1.5, size=shape))


def _one_number(rng: np.random.Generator) -> Given:
    return given(rng.normal(size=(1, 1)))


def _without_axes(rng: np.random.Generator) -> Given:
    return given(np.array(rng.normal()))


def _left_tail(rng: np.random.Generator) -> Given:
    return given(rng.uniform(-10, -6, size=8))


def _both_signs(rng: np.random.Generator) -> Given:
    x = rng.uniform(0.1, 4, size=6)
    return given([x, -x])


def _adds_up(value: list[Pair], points: list[Array]) -> str | None:
    (y, slope), (y_minus, slope_minus) = value
    if np.abs(y - y_minus - points[0]).max() > 1e-12:
        return "gelu(x) - gelu(-x) is not x, although Phi(x) + Phi(-x) = 1"
    if np.abs(slope + slope_minus - 1).max() > 1e-12:
        return "the slopes at x and -x do not add up to 1, although Phi(x) + Phi(-x) = 1"
    return None


def _around(rng: np.random.Generator) -> Given:
    x = rng.uniform(-3, 3, size=8)
    return given([x - _STEP, x, x + _STEP])


def _slope_fits(value: list[Pair], points: list[Array]) -> str | None:
    below, (_, slope), above = value
    measured = (above[0] - below[0]) / (points[2] - points[0])
    if slope.shape != measured.shape:
        return f"the slope has shape {slope.shape}, wanted that of x, {measured.shape}"
    k = int(np.argmax(np.abs(slope - measured)))
    if abs(slope[k] - measured[k]) <= 1e-8:
        return None
    at = f"at x = {points[1][k]:.4g}"
    return f"{at} your slope is {slope[k]:.6g}, but your values rise by {measured[k]:.6g} per unit"


EXERCISE = Exercise(
    name="gelu",
    number=3,
    signature="gelu(x)",
    statement=(
        "The value y = x Phi(x) and the slope of the exact GELU, number by number: two arrays in "
        "the shape of x (any). Phi is the distribution function of the standard normal."
    ),
    stars=2,
    minutes=20,
    points={"contract": 1, "known answers": 2, "properties": 3, "gradients": 2, "stability": 2},
    reference=_reference,
    solutions=(_with_vectorize, _with_loop, _with_two_branches),
    mutants=(
        _with_tanh,
        _with_tanh_in_value,
        _with_sigmoid,
        _half_product_rule,
        _loses_factor,
        _forgets_root,
        _without_norm,
        _loses_left_tail,
        _doubles_precision,
        _erf_in_double,
        _density_in_double,
        _erf_of_array,
    ),
    hints=(
        "First make an array of Phi(x). NumPy has no error function, the standard module math has "
        "erf and erfc for single numbers, and np.vectorize carries them over an array.",
        "y is a product of x and Phi(x), so its derivative has two terms. The derivative of Phi is "
        "the density. Print 1 + erf(-7) and erfc(7): they should be equal.",
        "Phi(x) is half of erfc(-x / sqrt(2)): no difference of nearly equal numbers on the left. "
        "Cast that array to x.dtype. The slope is Phi(x) plus x times the density "
        "exp(-x**2 / 2) / sqrt(2 pi).",
    ),
    checks=(
        known(
            "-1, 0 and 1, with a table of the normal distribution",
            given(np.array([-1.0, 0.0, 1.0])),
            (
                np.array([-0.15865525393145707, 0.0, 0.8413447460685429]),
                np.array([-0.0833154705876863, 0.5, 1.0833154705876863]),
            ),
        ),
        agrees("values and slopes are right for random shapes", _draw, cases=4),
        agrees("an array of shape (1, 1)", _one_number, cases=1),
        agrees("an array of shape (), a number without axes", _without_axes, cases=1),
        holds(
            "gelu(x) - gelu(-x) is x, and the slopes add up to 1",
            _both_signs,
            _adds_up,
            driver=at_each,
            cases=2,
        ),
        holds(
            "the slope is that of your own values, by differences",
            _around,
            _slope_fits,
            group="gradients",
            driver=at_each,
        ),
        agrees(
            "between -10 and -6, all digits are right",
            _left_tail,
            group="stability",
            tolerance=Tolerance(factor=128, elementwise=True),
        ),
        known(
            "at plus or minus 10,000 it is the ReLU",
            given(np.array([-1e4, 1e4])),
            (np.array([0.0, 1e4]), np.array([0.0, 1.0])),
            group="stability",
        ),
    ),
)
