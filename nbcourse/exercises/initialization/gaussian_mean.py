"""Exercise: the mean of f(z) for a standard normal z, by a sum of few terms."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, Tolerance, agrees, given, known, mutant
from nbcourse.exercises.initialization import drivers

Array = NDArray[Any]
Function = Callable[[Array], Array]

_ROOT = math.sqrt(2 * math.pi)


def _reference(f: Function) -> float:
    """A sum over an even grid, which is exact to rounding where f is smooth."""
    z, step = np.linspace(-12, 12, 4801, retstep=True)
    return float(np.sum(f(z) * np.exp(-(z**2) / 2)) * step / _ROOT)


def _with_gauss_hermite(f: Function) -> float:
    z, weights = np.polynomial.hermite_e.hermegauss(80)
    return float(np.sum(weights * f(z)) / math.sqrt(2 * math.pi))


def _with_physicists_rule(f: Function) -> float:
    """The rule for exp(-u**2): substitute z = sqrt(2) u."""
    u, weights = np.polynomial.hermite.hermgauss(64)
    return float(weights @ f(math.sqrt(2) * u) / math.sqrt(math.pi))


def _with_a_grid(f: Function) -> float:
    z = np.arange(-9, 9, 1 / 64)
    density = np.exp(-0.5 * z * z)
    return float(np.average(f(z), weights=density))


def _rule(n: int = 80) -> tuple[Array, Array]:
    return np.polynomial.hermite_e.hermegauss(n)


@mutant(
    "Your weights add up to sqrt(2 pi), so even the mean of 1 is not 1: the rule integrates "
    "without the factor of the density."
)
def _without_norm(f: Function) -> float:
    z, weights = _rule()
    return float(weights @ f(z))


@mutant("Your weights add up to sqrt(2): for hermegauss the factor is 1 / sqrt(2 pi).")
def _norm_of_the_other(f: Function) -> float:
    z, weights = _rule()
    return float(weights @ f(z) / math.sqrt(math.pi))


@mutant(
    "Your z has the variance 1/2: hermgauss belongs to exp(-z**2). Multiply its points by sqrt(2), "
    "or use hermegauss, which belongs to exp(-z**2 / 2)."
)
def _points_of_the_other(f: Function) -> float:
    z, weights = np.polynomial.hermite.hermgauss(80)
    return float(weights @ f(z) / math.sqrt(math.pi))


@mutant("The density counts twice: the weights of the rule hold it already.")
def _density_twice(f: Function) -> float:
    z, weights = _rule()
    return float(weights @ (f(z) * np.exp(-(z**2) / 2)) / _ROOT)


@mutant("That is f of the mean, f(0). Wanted is the mean of f: apply f first, then average.")
def _function_of_mean(f: Function) -> float:
    z, weights = _rule()
    return float(f(np.array([weights @ z / _ROOT]))[0])


@mutant("All points count alike in your average. Those far out are rare: use the weights.")
def _unweighted(f: Function) -> float:
    z, _ = _rule()
    return float(np.mean(f(z)))


@mutant(
    "The mean over random numbers has an error of about 1 / sqrt(n), a few digits at best. Sum "
    "over the points of a rule."
)
def _random_numbers(f: Function) -> float:
    return float(np.mean(f(np.random.default_rng(0).normal(size=20_000))))


@mutant(
    "Five points are exact for polynomials up to degree 9 and rough for all else. Take 50 or more."
)
def _five_points(f: Function) -> float:
    z, weights = _rule(5)
    return float(weights @ f(z) / _ROOT)


@mutant("Your grid ends at 3. What lies beyond is rare, but z**4 is large there: go out further.")
def _cuts_tails(f: Function) -> float:
    z = np.linspace(-3, 3, 2001)
    return float(np.average(f(z), weights=np.exp(-(z**2) / 2)))


@mutant("You double the half z > 0, as if f were even: tanh would not have the mean 0.")
def _doubles_half(f: Function) -> float:
    z, weights = _rule()
    return float(2 * weights[z > 0] @ f(z[z > 0]) / _ROOT)


@mutant("You return the terms of the sum one by one: add them up.")
def _forgets_sum(f: Function) -> Any:
    z, weights = _rule()
    return weights * f(z) / _ROOT


def _polynomial(rng: np.random.Generator) -> Given:
    # The scale keeps the mean of each term near 1: that of z**8 is 105.
    scale = np.array([1, 1, 1, 1, 3, 3, 15, 15, 105])[: int(rng.integers(6, 10))]
    return given((rng.normal(size=scale.size) / scale).tolist())


def _wave(rng: np.random.Generator) -> Given:
    frequency, phase = rng.uniform(0.5, 2), rng.uniform(-2, 2)
    return given(frequency=float(frequency), phase=float(phase))


def _about(bound: float) -> Tolerance:
    return Tolerance(factor=bound / np.finfo(float).eps)


_means = partial(known, driver=drivers.means, tolerance=_about(1e-8))

EXERCISE = Exercise(
    name="gaussian_mean",
    number=3,
    signature="gaussian_mean(f)",
    statement=(
        "The mean of f(z) for a standard normal z, one number; f takes an array and works number "
        "by number. Eight digits where f is smooth, 1 % where it has a kink."
    ),
    stars=2,
    minutes=20,
    points={"contract": 1, "known answers": 5, "properties": 4},
    reference=_reference,
    solutions=(_with_gauss_hermite, _with_physicists_rule, _with_a_grid),
    mutants=(
        _without_norm,
        _norm_of_the_other,
        _points_of_the_other,
        _density_twice,
        _function_of_mean,
        _unweighted,
        _random_numbers,
        _five_points,
        _cuts_tails,
        _doubles_half,
        _forgets_sum,
    ),
    hints=(
        "np.polynomial.hermite_e.hermegauss(n) returns two arrays: points and weights. Print the "
        "sum of the weights, and think about what it has to be for the mean of 1.",
        "The rule says that the integral of f(z) exp(-z**2 / 2) is the sum of weights * f(points). "
        "The density of the normal distribution has one more factor.",
        "Divide the sum of weights * f(points) by sqrt(2 pi); about 64 points are enough for all "
        "that is asked here.",
    ),
    checks=(
        _means(
            "1, z, z**2, z**3 and z**4 have the means 1, 0, 1, 0 and 3",
            given(["1", "z", "z**2", "z**3", "z**4"]),
            {"1": 1.0, "z": 0.0, "z**2": 1.0, "z**3": 0.0, "z**4": 3.0},
        ),
        _means("exp(2 z) has the mean e²", given(["exp(2 * z)"]), {"exp(2 * z)": math.exp(2)}),
        _means(
            "by symmetry tanh has the mean 0, the sigmoid 1/2",
            given(["tanh(z)", "sigmoid(z)"]),
            {"tanh(z)": 0.0, "sigmoid(z)": 0.5},
        ),
        _means(
            "with a kink: the ReLU has the mean 1 / sqrt(2 pi), |z| twice that",
            given(["maximum(z, 0)", "abs(z)"]),
            {"maximum(z, 0)": 1 / _ROOT, "abs(z)": 2 / _ROOT},
            tolerance=_about(0.006),
        ),
        agrees(
            "polynomials up to degree 8",
            _polynomial,
            driver=drivers.mean_of_polynomial,
            tolerance=_about(1e-8),
        ),
        agrees("waves of any phase", _wave, driver=drivers.mean_of_wave, tolerance=_about(1e-8)),
    ),
    keeps_dtype=False,  # there is no array to take a dtype from
)
