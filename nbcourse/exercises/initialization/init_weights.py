"""Exercise: random weights of the right size, for tanh and for ReLU, normal or uniform."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import initializers
from nbcourse.checking import Check, Exercise, Given, Tolerance, agrees, given, holds, known, mutant
from nbcourse.exercises.initialization import drivers
from nbcourse.exercises.initialization.fan_in_and_out import EXERCISE as FANS

Array = NDArray[Any]
Rng = np.random.Generator
Shape = tuple[int, ...]

_KINDS = ("he_normal", "he_uniform", "xavier_normal", "xavier_uniform")
_N = 24_000  # weights in a sample, at least
_SIGMAS = 6  # a right answer is rejected less than once in 10^8 samples


def _reference(shape: Shape, *, kind: str, rng: Rng) -> Array:
    return initializers.by_name(kind)(shape, rng=rng)


def fan_in_and_out(shape: Shape) -> tuple[int, int]:
    """Stands for the student's own function."""
    return FANS.solutions[0](shape)


def _with_branches(shape: Shape, *, kind: str, rng: Rng) -> Array:
    fan_in, fan_out = fan_in_and_out(shape)
    variance = 2 / fan_in if kind.startswith("he") else 2 / (fan_in + fan_out)
    if kind.endswith("normal"):
        return rng.normal(0, math.sqrt(variance), size=shape)
    a = math.sqrt(3 * variance)
    return rng.uniform(-a, a, size=shape)


def _scaled(shape: Shape, *, kind: str, rng: Rng) -> Array:
    """Numbers with variance 1 first, the scale later."""
    name, _, distribution = kind.partition("_")
    fan_in, fan_out = fan_in_and_out(shape)
    n = {"he": fan_in, "xavier": (fan_in + fan_out) / 2}[name] / {"he": 2, "xavier": 1}[name]
    if distribution == "normal":
        return rng.standard_normal(shape) / np.sqrt(n)
    return np.sqrt(12 / n) * (rng.random(shape) - 0.5)


def _one_by_one(shape: Shape, *, kind: str, rng: Rng) -> Array:
    """Unit by unit, and normal numbers from two uniform ones (Box and Muller)."""
    fan_in, fan_out = fan_in_and_out(shape)
    variance = 2 / (fan_in + (fan_out if kind[0] == "x" else 0))
    u, v = rng.random((*shape[::-1], 2)).T
    if "normal" in kind:
        return np.sqrt(-2 * variance * np.log(1 - u)) * np.cos(2 * np.pi * v)
    return (1 - 2 * u) * np.sqrt(3 * variance)


def _variance(kind: str, fan_in: float, fan_out: float) -> float:
    return 2 / fan_in if kind.startswith("he") else 2 / (fan_in + fan_out)


def _std(kind: str, fan_in: float, fan_out: float) -> float:
    return math.sqrt(_variance(kind, fan_in, fan_out))


def _weights(
    shape: Shape,
    kind: str,
    rng: Rng,
    *,
    fans: Callable[[Shape], tuple[float, float]] = fan_in_and_out,
    std: Callable[[str, float, float], float] = _std,
    low: float = -1,
    width: float = math.sqrt(3),
) -> Array:
    """The answer with its parts open, for the mistakes below; `width` is a / std."""
    scale = std(kind, *fans(shape))
    if kind.endswith("normal"):
        return rng.normal(0, scale, size=shape)
    return width * scale * rng.uniform(low, 1, size=shape)


@mutant(
    "The second argument of rng.normal is the standard deviation, and you give it the variance: "
    "take the square root."
)
def _variance_for_std(shape: Shape, *, kind: str, rng: Rng) -> Array:
    return _weights(shape, kind, rng, std=_variance)


@mutant(
    "He's variance is taken from fan_out. What keeps the forward signal is the number of terms in "
    "each sum: fan_in."
)
def _fan_out(shape: Shape, *, kind: str, rng: Rng) -> Array:
    return _weights(shape, kind, rng, fans=lambda shape: fan_in_and_out(shape)[::-1])


def _rescaled(name: str, factor: float) -> Callable[[str, float, float], float]:
    """The standard deviation, with another variance for one of the two names."""
    return lambda kind, *fans: _std(kind, *fans) * math.sqrt(factor if kind.startswith(name) else 1)


@mutant(
    "Xavier's variance is one over the mean of both fans, 2 / (fan_in + fan_out). Yours is one "
    "over their sum."
)
def _sum_for_mean(shape: Shape, *, kind: str, rng: Rng) -> Array:
    return _weights(shape, kind, rng, std=_rescaled("xavier", 0.5))


@mutant("He's factor 2 is missing: the ReLU cuts half of the signal off, and it makes up for that.")
def _forgets_two(shape: Shape, *, kind: str, rng: Rng) -> Array:
    return _weights(shape, kind, rng, std=_rescaled("he", 0.5))


@mutant("Xavier's variance uses both fans; yours is 1 / fan_in.")
def _one_fan(shape: Shape, *, kind: str, rng: Rng) -> Array:
    return _weights(shape, kind, rng, std=lambda k, i, o: _std(k, i, i if k[0] == "x" else o))


@mutant("He and Xavier are exchanged: the one with both fans is Xavier's.")
def _exchanges_kinds(shape: Shape, *, kind: str, rng: Rng) -> Array:
    other = {"he": "xavier", "xavier": "he"}
    return _weights(shape, kind, rng, std=lambda k, i, o: _std(other[k.partition("_")[0]], i, o))


@mutant(
    "Kernels are treated as dense weights. Call fan_in_and_out: it knows which axis is which, and "
    "counts every position."
)
def _dense_fans(shape: Shape, *, kind: str, rng: Rng) -> Array:
    return _weights(shape, kind, rng, fans=lambda shape: (shape[0], shape[1]))


@mutant(
    "Numbers that are uniform on (-a, a) have the standard deviation a / sqrt(3). You take a for "
    "the standard deviation itself, so they are too small."
)
def _bound_is_std(shape: Shape, *, kind: str, rng: Rng) -> Array:
    return _weights(shape, kind, rng, width=1)


@mutant("Your uniform weights are all positive: draw them from -a to a.")
def _positive(shape: Shape, *, kind: str, rng: Rng) -> Array:
    return _weights(shape, kind, rng, low=0)


@mutant("The uniform kinds are drawn from a normal distribution: the variance is right, no more.")
def _always_normal(shape: Shape, *, kind: str, rng: Rng) -> Array:
    return _weights(shape, kind.replace("uniform", "normal"), rng)


@mutant(
    "All units get the same weights. They would get the same gradients for ever: draw every "
    "weight by itself."
)
def _alike_units(shape: Shape, *, kind: str, rng: Rng) -> Array:
    one = _weights((*shape[:-1], 1), kind, rng, fans=lambda _: fan_in_and_out(shape))
    return np.repeat(one, shape[-1], axis=-1)


@mutant("Your function makes a generator of its own, so all layers of a shape are equal. Use rng.")
def _own_generator(shape: Shape, *, kind: str, rng: Rng) -> Array:
    return _weights(shape, kind, np.random.default_rng(0))


@mutant("NumPy's global generator draws: nobody can repeat the run from rng. Use rng.")
def _global_generator(shape: Shape, *, kind: str, rng: Rng) -> Array:
    scale = _std(kind, *fan_in_and_out(shape))
    if kind.endswith("normal"):
        return np.random.normal(0, scale, size=shape)  # noqa: NPY002 - the mistake
    a = math.sqrt(3) * scale
    return np.random.uniform(-a, a, size=shape)  # noqa: NPY002 - the mistake


def _seed(rng: Rng) -> int:
    return int(rng.integers(2**32))


def _dense_shape(rng: Rng) -> Shape:
    """One fan is three times the other or more."""
    few, many = int(rng.integers(15, 25)), int(rng.integers(75, 100))
    return (few, many) if rng.integers(2) else (many, few)


def _kernel_shape(rng: Rng) -> Shape:
    few, many = int(rng.integers(2, 5)), int(rng.integers(15, 20))
    channels = (few, many) if rng.integers(2) else (many, few)
    return (*channels, *(int(k) for k in rng.integers(3, 6, size=2)))


def _any_shape(rng: Rng) -> Given:
    shape = (_dense_shape, _kernel_shape)[int(rng.integers(2))](rng)
    return given(shape, kind=str(rng.choice(_KINDS)), seed=_seed(rng))


def _single(rng: Rng) -> Given:
    return given((1, 1), kind=str(rng.choice(_KINDS)), seed=_seed(rng))


def _moments_fit(
    value: dict[str, float], shape: Shape, *, kind: str, seed: int, n_draws: int
) -> str | None:
    n = n_draws * math.prod(shape)
    band = _SIGMAS / math.sqrt(n)
    kurtosis, spread = (3.0, 5.0) if kind.endswith("normal") else (1.8, 1.2)
    if abs(mean := value["mean, in standard deviations"]) > band:
        return f"the mean of {n} weights is {mean:.3f} standard deviations, wanted 0 +- {band:.3f}"
    if abs(value["kurtosis"] - kurtosis) > max(band * spread, 0.02 * kurtosis):
        return f"the weights of {kind} do not follow a {kind.partition('_')[2]} distribution"
    wanted, got = _variance(kind, *fan_in_and_out(shape)), 1 / value["one over the variance"]
    band *= math.sqrt(kurtosis - 1)
    if abs(got - wanted) > band * wanted:
        return f"their variance is {got:.4g}, wanted {wanted:.4g} within {100 * band:.1f} %"
    return None


def _about(bound: float) -> Tolerance:
    """Right answers draw differently: so far apart, two samples are still taken for alike."""
    return Tolerance(factor=bound / np.finfo(float).eps / math.sqrt(8))


def _has_moments(name: str, kind: str, shape_of: Callable[[Rng], Shape]) -> Check:
    def draw(rng: Rng) -> Given:
        shape = shape_of(rng)
        return given(shape, kind=kind, seed=_seed(rng), n_draws=math.ceil(_N / math.prod(shape)))

    options: dict[str, Any] = {"driver": drivers.moments, "cases": 1, "tolerance": _about(0.15)}
    return holds(name, draw, _moments_fit, **options)


_fills = partial(known, driver=drivers.extremes, tolerance=_about(0.01))


EXERCISE = Exercise(
    name="init_weights",
    number=2,
    signature="init_weights(shape, *, kind, rng)",
    statement=(
        "Float64 weights of a shape, drawn from rng: normal or uniform around 0, with variance "
        "2 / fan_in (he) or 2 / (fan_in + fan_out) (xavier)."
    ),
    stars=2,
    minutes=25,
    points={"contract": 1, "known answers": 3, "properties": 6},
    reference=_reference,
    solutions=(_with_branches, _scaled, _one_by_one),
    mutants=(
        _variance_for_std,
        _fan_out,
        _sum_for_mean,
        _one_fan,
        _forgets_two,
        _exchanges_kinds,
        _dense_fans,
        _bound_is_std,
        _positive,
        _always_normal,
        _alike_units,
        _own_generator,
        _global_generator,
    ),
    hints=(
        "Three steps: the fans from the shape, the variance from the fans and the first half of "
        "kind, the numbers from the variance and the second half. kind.startswith and "
        "kind.endswith tell the halves.",
        "rng.normal wants a standard deviation. rng.uniform wants the ends -a and a, and the "
        "variance of numbers that are uniform between them is a**2 / 3.",
        "Let v be the variance. The normal kinds are rng.normal(0, sqrt(v), size=shape), the "
        "uniform ones rng.uniform(-a, a, size=shape) with a = sqrt(3 v).",
    ),
    checks=(
        _fills(
            "he_uniform with six inputs fills -1 to 1",
            given((6, 40), kind="he_uniform", seed=6, n_draws=50),
            (-1.0, 1.0),
        ),
        _fills(
            "xavier_uniform with fans 8 and 16 fills -0.5 to 0.5",
            given((4, 2, 2, 2), kind="xavier_uniform", seed=6, n_draws=400),
            (-0.5, 0.5),
        ),
        known(
            "he_normal with two inputs is the standard normal: 68 % within 1, 95 % within 2",
            given((2, 100), kind="he_normal", within=[1, 2], seed=6, n_draws=120),
            [0.6827, 0.9545],
            driver=drivers.shares,
            tolerance=_about(0.02),
        ),
        *(_has_moments(f"{kind} for dense weights", kind, _dense_shape) for kind in _KINDS),
        _has_moments("he_normal for kernels", "he_normal", _kernel_shape),
        _has_moments("xavier_uniform for kernels", "xavier_uniform", _kernel_shape),
        agrees("they come from rng alone, each by itself", _any_shape, driver=drivers.repeats),
        agrees("a single weight", _single, driver=drivers.repeats, cases=1),
    ),
    builds_on=("fan_in_and_out",),
    keeps_dtype=False,  # there is no array to take a dtype from
)
