"""Exercise: the gain with which a layer hands its signal on as large as it came."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, Tolerance, agrees, given, holds, known, mutant
from nbcourse.exercises.initialization import drivers
from nbcourse.exercises.initialization.gaussian_mean import EXERCISE as MEAN
from nbcourse.exercises.initialization.propagate_variance import EXERCISE as VARIANCE

Array = NDArray[Any]
Function = Callable[[Array], Array]

_WIDTH = 60_000  # of the random networks in which a gain is tried


def gaussian_mean(f: Function) -> float:
    """Stands for the student's own function, as `propagate_variance` does."""
    return float(MEAN.solutions[2](f))


def propagate_variance(f: Function, q0: float, *, gain: float, depth: int) -> Array:  # noqa: D103
    return np.asarray(VARIANCE.solutions[0](f, q0, gain=gain, depth=depth))


def _exact_mean(f: Function) -> float:
    return float(MEAN.reference(f))


def _reference(f: Function, q: float) -> float:
    return math.sqrt(q / _exact_mean(lambda z: f(math.sqrt(q) * z) ** 2))


def _with_formula(f: Function, q: float) -> float:
    mean_square = gaussian_mean(lambda z: f(np.sqrt(q) * z) ** 2)
    return float(np.sqrt(q / mean_square))


def _with_one_layer(f: Function, q: float) -> float:
    """See what a layer with gain 1 makes of q, and make up for it."""
    return float((q / propagate_variance(f, q, gain=1.0, depth=1)[1]) ** 0.5)


def _with_bisection(f: Function, q: float) -> float:
    low, high = 0.0, 1.0
    while propagate_variance(f, q, gain=high, depth=1)[-1] < q:
        low, high = high, 2 * high
    for _ in range(30):
        middle = (low + high) / 2
        if propagate_variance(f, q, gain=middle, depth=1)[-1] < q:
            low = middle
        else:
            high = middle
    return high


def _mean_square(f: Function, q: float) -> float:
    return gaussian_mean(lambda z: f(math.sqrt(q) * z) ** 2)


@mutant("That is the square of the gain: it enters the variance squared, so take the root.")
def _no_root(f: Function, q: float) -> float:
    return q / _mean_square(f, q)


@mutant("Your ratio is upside down: the more f takes away, the larger the gain has to be.")
def _upside_down(f: Function, q: float) -> float:
    return math.sqrt(_mean_square(f, q) / q)


@mutant(
    "You divide by the variance of f(z). The next layer adds up h with weights of mean 0, so the "
    "mean of h**2 counts, without taking off the squared mean."
)
def _variance_of_h(f: Function, q: float) -> float:
    mean = gaussian_mean(lambda z: f(math.sqrt(q) * z))
    return math.sqrt(q / max(_mean_square(f, q) - mean**2, 1e-300))


@mutant("f is not squared, so what you keep is a mean of f and not the size of the signal.")
def _forgets_square(f: Function, q: float) -> float:
    return math.sqrt(q / max(gaussian_mean(lambda z: f(math.sqrt(q) * z)), 1e-300))


@mutant("q is a variance: a normal number with variance q is sqrt(q) z, not q z.")
def _forgets_root(f: Function, q: float) -> float:
    return math.sqrt(q / gaussian_mean(lambda z: f(q * z) ** 2))


@mutant("Your gain makes every variance 1. Wanted is the gain that keeps q, so q is on top.")
def _aims_at_one(f: Function, q: float) -> float:
    return 1 / math.sqrt(_mean_square(f, q))


@mutant("You compute the gain for q = 1 whatever q is. For f with a bend it depends on q.")
def _ignores_q(f: Function, q: float) -> float:
    return 1 / math.sqrt(_mean_square(f, 1.0))


@mutant(
    "One over the slope at 0 is the gain for very small signals only. Average f**2 over all z of "
    "variance q."
)
def _slope_at_zero(f: Function, q: float) -> float:
    slope = (f(np.array([1e-4])) - f(np.array([-1e-4])))[0] / 2e-4
    return 1 / max(float(abs(slope)), 1e-300)


@mutant("sqrt(2) is right for the ReLU alone: use f.")
def _relu_for_all(f: Function, q: float) -> float:
    return math.sqrt(2)


@mutant(
    "You try gains in steps of 0.01, too coarse for three digits. Halve an interval again and "
    "again, or solve for the gain: it is a factor."
)
def _coarse_grid(f: Function, q: float) -> float:
    gains = np.arange(1, 1001) / 100
    return float(gains[np.argmin(np.abs(gains**2 * _mean_square(f, q) - q))])


@mutant("Your search ends at a gain of 2. The sigmoid needs more: first find an upper end.")
def _ends_at_two(f: Function, q: float) -> float:
    return min(2.0, math.sqrt(q / _mean_square(f, q)))


def _draw(rng: np.random.Generator, f: str) -> Given:
    return given(f, float(rng.uniform(0.2, 0.8) if rng.integers(2) else rng.uniform(1.3, 5)))


def _network(rng: np.random.Generator) -> Given:
    f = str(rng.choice(["maximum(z, 0)", "maximum(z, 0.1 * z)", "maximum(z, 0.5 * z)"]))
    return given(f, float(rng.uniform(0.5, 2)), depth=20, seed=int(rng.integers(2**32)))


def _keeps_signal(value: float, f: str, q: float, *, depth: int, seed: int) -> str | None:
    """Given h, the weighted sums of a layer with normal weights are normal: draw them directly."""
    rng, measured = np.random.default_rng(seed), q
    for _ in range(depth):
        h = drivers.FUNCTIONS[f](math.sqrt(measured) * rng.normal(size=_WIDTH))
        measured = value**2 * float(np.mean(h**2))
    # A layer adds an error of 0.9 % or less; in 20 layers that is 4 %, and six times that 24 %.
    if abs(measured - q) > 0.25 * q:
        return (
            f"in a random network of {depth} layers with your gain, the variance goes from "
            f"{q:.3g} to {measured:.3g}"
        )
    return None


_RELATIVE = Tolerance(factor=1e-3 / np.finfo(float).eps, elementwise=True)
_agrees = partial(agrees, driver=drivers.gain_at, tolerance=_RELATIVE)
_known = partial(known, driver=drivers.gain_at, tolerance=_RELATIVE)
_ROOT2 = math.sqrt(2)

EXERCISE = Exercise(
    name="critical_gain",
    number=5,
    signature="critical_gain(f, q)",
    statement=(
        "The gain, one number, at which a wide layer that follows f keeps the variance q of the "
        "weighted sums; right to three digits."
    ),
    stars=2,
    minutes=20,
    points={"contract": 1, "known answers": 4, "properties": 4, "stability": 1},
    reference=_reference,
    solutions=(_with_formula, _with_one_layer, _with_bisection),
    mutants=(
        _no_root,
        _upside_down,
        _variance_of_h,
        _forgets_square,
        _forgets_root,
        _aims_at_one,
        _ignores_q,
        _slope_at_zero,
        _relu_for_all,
        _coarse_grid,
        _ends_at_two,
    ),
    hints=(
        "Write down what propagate_variance makes of q in one layer. The gain stands in it in one "
        "place only.",
        "Set gain**2 times the mean of f(sqrt(q) z)**2 equal to q, and solve for the gain. Or, "
        "without any algebra: halve an interval, with propagate_variance as the judge.",
        "gain = sqrt(q / m), where m = gaussian_mean(lambda z: f(sqrt(q) * z)**2).",
    ),
    checks=(
        _known("the ReLU at 1: He's sqrt(2)", given("maximum(z, 0)", 1.0), _ROOT2),
        _known("the identity at 3: 1", given("z", 3.0), 1.0),
        _known(
            "the leaky ReLU with slope 0.5: sqrt(1.6)", given("maximum(z, 0.5 * z)", 1.0), 1.6**0.5
        ),
        _known("f = 2 everywhere, at 16: 2", given("2", 16.0), 2.0),
        _known("tanh near 0: 1", given("tanh(z)", 1e-4), 1.0),
        _known("z**2 at 3: 1/3", given("z**2", 3.0), 1 / 3),
        _agrees("tanh at any q", partial(_draw, f="tanh(z)")),
        _agrees("the sigmoid, whose mean is not 0", partial(_draw, f="sigmoid(z)")),
        _agrees("a leaky ReLU with slope 0.1", partial(_draw, f="maximum(z, 0.1 * z)"), cases=2),
        holds(
            "it keeps the signal of a random network of 20 layers",
            _network,
            _keeps_signal,
            cases=1,
            driver=drivers.gain_at,
        ),
        _known("the ReLU at 1e-12", given("maximum(z, 0)", 1e-12), _ROOT2, group="stability"),
        _known("the ReLU at 1e12", given("maximum(z, 0)", 1e12), _ROOT2, group="stability"),
    ),
    builds_on=("gaussian_mean", "propagate_variance"),
    keeps_dtype=False,  # there is no array to take a dtype from
)
