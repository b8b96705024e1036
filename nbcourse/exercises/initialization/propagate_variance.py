"""Exercise: the variance of the weighted sums, layer by layer, before a network exists."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, Tolerance, agrees, given, holds, known, mutant
from nbcourse.exercises.initialization import drivers
from nbcourse.exercises.initialization.gaussian_mean import EXERCISE as MEAN

Array = NDArray[Any]
Function = Callable[[Array], Array]

_WIDTH = 60_000  # of the random networks that the variances are compared with


def gaussian_mean(f: Function) -> float:
    """Stands for the student's own function."""
    return float(MEAN.solutions[2](f))


def _exact_mean(f: Function) -> float:
    return float(MEAN.reference(f))


def _reference(f: Function, q0: float, *, gain: float, depth: int) -> Array:
    return _walk(f, q0, gain, depth, partial(_mean_square, mean=_exact_mean))


def _with_list(f: Function, q0: float, *, gain: float, depth: int) -> Array:
    def after(q: float) -> float:
        return gain**2 * gaussian_mean(lambda z: f(np.sqrt(q) * z) ** 2)

    found = [q0]
    for _ in range(depth):
        found.append(after(found[-1]))
    return np.array(found, dtype=float)


def _with_recursion(f: Function, q0: float, *, gain: float, depth: int) -> Array:
    if depth == 0:
        return np.array([float(q0)])
    before = _with_recursion(f, q0, gain=gain, depth=depth - 1)
    mean_square = gaussian_mean(lambda z: np.square(f(z * math.sqrt(before[-1]))))
    return np.append(before, gain * gain * mean_square)


def _with_one_table(f: Function, q0: float, *, gain: float, depth: int) -> Array:
    """The points of a rule once, for all layers."""
    z, weights = np.polynomial.hermite_e.hermegauss(70)
    weights = weights / weights.sum()
    q = np.full(depth + 1, float(q0))
    for layer in range(depth):
        h = gain * f(q[layer] ** 0.5 * z)
        q[layer + 1] = weights @ (h * h)
    return q


def _mean_square(
    f: Function, q: float, gain: float, *, mean: Callable[[Function], float] = gaussian_mean
) -> float:
    return gain**2 * mean(lambda z: f(math.sqrt(q) * z) ** 2)


def _walk(
    f: Function,
    q0: float,
    gain: float,
    depth: int,
    step: Callable[[Function, float, float], float] = _mean_square,
) -> Array:
    """The answer with its step open, for the mistakes below."""
    q = [float(q0)]
    for _ in range(depth):
        q.append(step(f, q[-1], gain))
    return np.array(q)


@mutant("The gain multiplies z, so the variance of z takes its square.")
def _gain_not_squared(f: Function, q0: float, *, gain: float, depth: int) -> Array:
    return _walk(f, q0, gain, depth, lambda f, q, g: _mean_square(f, q, math.sqrt(g)))


@mutant(
    "You subtract the squared mean of h. The weights have the mean 0, so the variance of z needs "
    "the mean of h**2 itself, whatever the mean of h."
)
def _variance_of_h(f: Function, q0: float, *, gain: float, depth: int) -> Array:
    def step(f: Function, q: float, gain: float) -> float:
        mean = gaussian_mean(lambda z: f(math.sqrt(q) * z))
        return _mean_square(f, q, gain) - (gain * mean) ** 2

    return _walk(f, q0, gain, depth, step)


@mutant("You square the mean of f. Wanted is the mean of the square: square inside.")
def _square_of_mean(f: Function, q0: float, *, gain: float, depth: int) -> Array:
    return _walk(
        f,
        q0,
        gain,
        depth,
        lambda f, q, g: (g * gaussian_mean(lambda z: f(math.sqrt(q) * z))) ** 2,
    )


@mutant("f is not squared: the variance needs the mean of f(...)**2.")
def _forgets_square(f: Function, q0: float, *, gain: float, depth: int) -> Array:
    return _walk(
        f, q0, gain, depth, lambda f, q, g: g**2 * gaussian_mean(lambda z: f(math.sqrt(q) * z))
    )


@mutant("q is a variance: a normal number with variance q is sqrt(q) z, not q z.")
def _forgets_root(f: Function, q0: float, *, gain: float, depth: int) -> Array:
    return _walk(f, q0, gain, depth, lambda f, q, g: _mean_square(f, q * q, g))


@mutant("All layers see the variance of the first: go on from the newest q, not from q0.")
def _stays_at_start(f: Function, q0: float, *, gain: float, depth: int) -> Array:
    return _walk(f, q0, gain, depth, lambda f, q, g: _mean_square(f, float(q0), g))


@mutant("You put one typical number, sqrt(q), into f instead of averaging over all z.")
def _typical_number(f: Function, q0: float, *, gain: float, depth: int) -> Array:
    return _walk(
        f, q0, gain, depth, lambda f, q, g: float(g**2 * f(np.array([math.sqrt(q)]))[0] ** 2)
    )


@mutant("Every f loses half of the signal in your formula. That is the ReLU; use f.")
def _relu_for_all(f: Function, q0: float, *, gain: float, depth: int) -> Array:
    return _walk(f, q0, gain, depth, lambda f, q, g: g**2 * q / 2)


@mutant("There is a factor 1/2 too many: what f cuts off is in the mean of f**2 already.")
def _half_twice(f: Function, q0: float, *, gain: float, depth: int) -> Array:
    return _walk(f, q0, gain, depth, lambda f, q, g: _mean_square(f, q, g) / 2)


@mutant(
    "The gain is inside f. It belongs to the weights of the next layer, which multiply what f "
    "returns."
)
def _gain_inside(f: Function, q0: float, *, gain: float, depth: int) -> Array:
    return _walk(f, q0, gain, depth, lambda f, q, g: _mean_square(f, q * g**2, 1.0))


@mutant("The list must begin with q0 itself, so that there are depth + 1 variances.")
def _omits_start(f: Function, q0: float, *, gain: float, depth: int) -> Array:
    return _walk(f, q0, gain, depth)[1:]


@mutant("The last layer is missing: q0 and one variance for each layer are depth + 1 numbers.")
def _one_short(f: Function, q0: float, *, gain: float, depth: int) -> Array:
    return _walk(f, q0, gain, max(depth - 1, 0))


def _draw(rng: np.random.Generator, f: str) -> Given:
    q0, gain = float(rng.uniform(0.3, 3)), float(rng.uniform(0.7, 1.8))
    return given(f, q0, gain=gain, depth=int(rng.integers(3, 9)))


def _network(rng: np.random.Generator) -> Given:
    f = str(rng.choice(["tanh(z)", "sigmoid(z)", "maximum(z, 0)"]))
    q0, seed = float(rng.uniform(0.3, 3)), int(rng.integers(2**32))
    return given(f, q0, gain=1.5, depth=5, seed=seed)


def _matches_network(
    value: list[float], f: str, q0: float, *, gain: float, depth: int, seed: int
) -> str | None:
    """Given h, the weighted sums of a layer with normal weights are normal: draw them directly."""
    rng = np.random.default_rng(seed)
    z = math.sqrt(q0) * rng.normal(size=_WIDTH)
    for layer, q in enumerate(value):
        measured = float(np.mean(z**2))
        # One layer adds an error of at most sqrt(5 / width), that is 0.9 %.
        if abs(q - measured) > 0.13 * measured:
            return (
                f"in a random network with {_WIDTH} units in a layer, q{layer} is "
                f"{measured:.3g}; you say {q:.3g}"
            )
        h = drivers.FUNCTIONS[f](z)
        z = gain * math.sqrt(float(np.mean(h**2))) * rng.normal(size=_WIDTH)
    return None


_RELATIVE = Tolerance(factor=1e-4 / np.finfo(float).eps, elementwise=True)
_agrees = partial(agrees, driver=drivers.variances, tolerance=_RELATIVE)
_known = partial(known, driver=drivers.variances, tolerance=_RELATIVE)
_ROOT2 = math.sqrt(2)

EXERCISE = Exercise(
    name="propagate_variance",
    number=4,
    signature="propagate_variance(f, q0, *, gain, depth)",
    statement=(
        "The variances q0, q1, ... of the weighted sums, an array (depth + 1,), in wide layers "
        "whose weights have the variance gain**2 / n_in: each is gain**2 times the mean of "
        "f(sqrt(q) z)**2."
    ),
    stars=2,
    minutes=20,
    points={"contract": 1, "known answers": 3, "properties": 5, "stability": 1},
    reference=_reference,
    solutions=(_with_list, _with_recursion, _with_one_table),
    mutants=(
        _gain_not_squared,
        _variance_of_h,
        _square_of_mean,
        _forgets_square,
        _forgets_root,
        _stays_at_start,
        _typical_number,
        _relu_for_all,
        _half_twice,
        _gain_inside,
        _omits_start,
        _one_short,
    ),
    hints=(
        "Write one step first: from q to the next q. It is gain**2 times what gaussian_mean says "
        "about a certain function of z.",
        "That function of z takes a standard normal z, makes it a number with variance q, applies "
        "f, and squares. A lambda can do that.",
        "Start a list with q0. As often as depth says, append gain**2 * gaussian_mean(lambda z: "
        "f(sqrt(q) * z)**2), where q is the last entry of the list. Return np.array of it.",
    ),
    checks=(
        _known(
            "the ReLU with gain 1 halves: 4, 2, 1, 0.5",
            given("maximum(z, 0)", 4.0, gain=1.0, depth=3),
            [4.0, 2.0, 1.0, 0.5],
        ),
        _known(
            "the ReLU with gain sqrt(2) keeps 3",
            given("maximum(z, 0)", 3.0, gain=_ROOT2, depth=4),
            5 * [3.0],
        ),
        _known(
            "f(z) = z**2 from 1, with gain 1: 1, 3, 27",
            given("z**2", 1.0, gain=1.0, depth=2),
            [1.0, 3.0, 27.0],
        ),
        _agrees("tanh", partial(_draw, f="tanh(z)")),
        _agrees("the sigmoid, whose mean is not 0", partial(_draw, f="sigmoid(z)"), cases=2),
        _agrees("a leaky ReLU", partial(_draw, f="maximum(z, 0.1 * z)"), cases=2),
        _known("no layer at all", given("tanh(z)", 2.0, gain=1.5, depth=0), [2.0]),
        _known(
            "nothing comes of nothing: tanh from 0",
            given("tanh(z)", 0.0, gain=1.5, depth=2),
            [0.0, 0.0, 0.0],
        ),
        holds(
            "as in a random network",
            _network,
            _matches_network,
            cases=1,
            driver=drivers.variances,
        ),
        _known(
            "40 layers of the ReLU with gain 2",
            given("maximum(z, 0)", 1.0, gain=2.0, depth=40),
            [2.0**k for k in range(41)],
            group="stability",
        ),
    ),
    builds_on=("gaussian_mean",),
    keeps_dtype=False,  # there is no array to take a dtype from
)
