"""Exercise: how sure one can be that one classifier beats another on the same images."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.checking.compare import Tolerance
from nbcourse.exercises.mnist import drivers

Array = NDArray[Any]
Rng = np.random.Generator
Interval = tuple[float, float]

_KINDS = (0.13, 0.07, 0.8)  # simulated images: only A is right, only B is, no difference
_TRUE_DIFFERENCE = _KINDS[0] - _KINDS[1]


def _differences(correct_a: Array, correct_b: Array) -> Array:
    return correct_a.astype(float) - correct_b


def _ends(values: Array, level: tuple[float, float] = (2.5, 97.5)) -> Interval:
    low, high = np.percentile(values, level)
    return float(low), float(high)


def _resampled(d: Array, rng: Rng, n_resamples: int) -> Array:
    return d[rng.integers(len(d), size=(n_resamples, len(d)))].mean(axis=1)


def _with_indices(correct_a: Array, correct_b: Array, *, rng: Rng, n_resamples: int) -> Interval:
    d, n = correct_a.astype(float) - correct_b, len(correct_a)
    means = d[rng.integers(n, size=(n_resamples, n))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def _with_loop(correct_a: Array, correct_b: Array, *, rng: Rng, n_resamples: int) -> Interval:
    differences = []
    for _ in range(n_resamples):
        drawn = rng.choice(len(correct_a), size=len(correct_a))
        differences.append(correct_a[drawn].mean() - correct_b[drawn].mean())
    return float(np.quantile(differences, 0.025)), float(np.quantile(differences, 0.975))


def _with_counts(correct_a: Array, correct_b: Array, *, rng: Rng, n_resamples: int) -> Interval:
    n = len(correct_a)
    counts = rng.multinomial(n, np.full(n, 1 / n), size=n_resamples)
    differences = (counts @ correct_a - counts @ correct_b) / n
    low, high = np.percentile(differences, [2.5, 97.5])
    return float(low), float(high)


def _with_outcomes(correct_a: Array, correct_b: Array, *, rng: Rng, n_resamples: int) -> Interval:
    """Only three kinds of image exist: A alone right, B alone right, no difference."""
    n = len(correct_a)
    only_a, only_b = np.mean(correct_a & ~correct_b), np.mean(correct_b & ~correct_a)
    kinds = rng.multinomial(n, [only_a, only_b, 1 - only_a - only_b], size=n_resamples)
    low, high = np.percentile((kinds[:, 0] - kinds[:, 1]) / n, [2.5, 97.5])
    return float(low), float(high)


@mutant(
    "You draw the images for A and for B separately. Both read the same images: draw them once, "
    "and the luck that they share cancels."
)
def _unpaired(correct_a: Array, correct_b: Array, *, rng: Rng, n_resamples: int) -> Interval:
    a, b = (_resampled(c.astype(float), rng, n_resamples) for c in (correct_a, correct_b))
    return _ends(a - b)


@mutant("The sign is turned round: the difference is the accuracy of A minus that of B.")
def _turned_round(correct_a: Array, correct_b: Array, *, rng: Rng, n_resamples: int) -> Interval:
    return _ends(_resampled(_differences(correct_b, correct_a), rng, n_resamples))


@mutant(
    "Your interval is one of 90 %: leaving out 5 % at each end leaves out 10 %. Leave out 2.5 % "
    "at each end."
)
def _ninety_percent(correct_a: Array, correct_b: Array, *, rng: Rng, n_resamples: int) -> Interval:
    return _ends(_resampled(_differences(correct_a, correct_b), rng, n_resamples), (5, 95))


@mutant(
    "np.percentile counts from 0 to 100, np.quantile from 0 to 1: with 0.025 and 0.975 percent, "
    "both ends lie among the very lowest values."
)
def _wrong_units(correct_a: Array, correct_b: Array, *, rng: Rng, n_resamples: int) -> Interval:
    return _ends(_resampled(_differences(correct_a, correct_b), rng, n_resamples), (0.025, 0.975))


@mutant(
    "You draw without replacement: each resample then holds every image once, and all differences "
    "are equal. Some images must come twice, and others not at all."
)
def _permutes(correct_a: Array, correct_b: Array, *, rng: Rng, n_resamples: int) -> Interval:
    d = _differences(correct_a, correct_b)
    return _ends(np.array([rng.permutation(d).mean() for _ in range(n_resamples)]))


@mutant(
    "You average over the resamples, and get one number for each image. Average over the images "
    "of each resample."
)
def _wrong_axis(correct_a: Array, correct_b: Array, *, rng: Rng, n_resamples: int) -> Interval:
    d = _differences(correct_a, correct_b)
    return _ends(d[rng.integers(len(d), size=(n_resamples, len(d)))].mean(axis=0))


@mutant(
    "Your function makes a generator of its own with a fixed seed; draw from the rng that is "
    "passed in."
)
def _own_seed(correct_a: Array, correct_b: Array, *, rng: Rng, n_resamples: int) -> Interval:
    del rng
    d = _differences(correct_a, correct_b)
    return _ends(_resampled(d, np.random.default_rng(0), n_resamples))


@mutant(
    "You report mean and 1.96 standard deviations of the resamples. That is symmetric and can "
    "leave the possible range; take percentiles of the resamples."
)
def _symmetric(correct_a: Array, correct_b: Array, *, rng: Rng, n_resamples: int) -> Interval:
    means = _resampled(_differences(correct_a, correct_b), rng, n_resamples)
    return float(means.mean() - 1.96 * means.std()), float(means.mean() + 1.96 * means.std())


def _readings(rng: Rng, n: int) -> tuple[Array, Array]:
    """Two classifiers that stumble over the same images: most of the difficulty is shared."""
    u = rng.random((3, n))
    return 0.85 * u[0] + 0.15 * u[1] < 0.85, 0.85 * u[0] + 0.15 * u[2] < 0.81


def _images(rng: Rng) -> Given:
    seeds = [int(seed) for seed in rng.integers(2**32, size=2)]
    return given(*_readings(rng, 600), seeds=seeds, n_resamples=3000)


def _few_resamples(rng: Rng) -> Given:
    seeds = [int(seed) for seed in rng.integers(2**32, size=4)]
    return given(*_readings(rng, 400), seeds=seeds, n_resamples=30)


def _one_always_right(rng: Rng) -> Given:
    a = np.full(int(rng.choice([1, 2, 50])), bool(rng.integers(2)))
    return given(a, ~a, seed=int(rng.integers(2**32)), n_resamples=int(rng.integers(1, 50)))


def _one_resample(rng: Rng) -> Given:
    return given(*_readings(rng, 200), seed=int(rng.integers(2**32)), n_resamples=1)


def _never_worse(rng: Rng) -> Given:
    """A is right wherever B is, and on up to three images more."""
    b = rng.random(int(rng.integers(100, 200))) < 0.8
    a = b.copy()
    a[np.flatnonzero(~b)[: int(rng.integers(4))]] = True
    return given(a, b, seed=int(rng.integers(2**32)), n_resamples=400)


def _simulated(rng: Rng) -> Given:
    kinds = rng.choice([1, -1, 0], p=_KINDS, size=(40, 90))
    both = rng.random(kinds.shape) < 0.8
    a, b = np.where(kinds == 0, both, kinds == 1), np.where(kinds == 0, both, kinds == -1)
    return given(a, b, seed=int(rng.integers(2**32)), n_resamples=100)


def _two_errors(
    value: Array, correct_a: Array, correct_b: Array, **options: list[int] | int
) -> str | None:
    d = _differences(correct_a, correct_b)
    error = d.std() / np.sqrt(len(d))
    below, above = (d.mean() - value[0]) / error, (value[1] - d.mean()) / error
    if not (1.5 < below < 2.45 and 1.5 < above < 2.45 and 1.74 < (below + above) / 2 < 2.2):
        return (
            f"the difference is {d.mean():.4f} with a standard error of {error:.4f}; the interval "
            f"reaches {below:.2f} of them down and {above:.2f} up, wanted about 1.96"
        )
    return None


def _possible(value: Interval, correct_a: Array, correct_b: Array, **options: int) -> str | None:
    low, high = value
    if not 0 <= low <= high:
        return f"A is never worse than B, but the interval is {low:.4f} to {high:.4f}"
    return None


def _is_point(value: Interval, correct_a: Array, correct_b: Array, **options: int) -> str | None:
    low, high = value
    return None if low == high else f"there is one resample, but low is {low:g} and high {high:g}"


def _by_generator(
    value: dict[str, bool], correct_a: Array, correct_b: Array, **options: list[int] | int
) -> str | None:
    if not value["equal generators, equal intervals"]:
        return "two generators in the same state gave two intervals; draw from rng alone"
    if value["other generators, the same interval"]:
        return "another generator gave the same interval; draw from rng"
    return None


def _covers(value: Array, correct_a: Array, correct_b: Array, **options: int) -> str | None:
    low, high = value.T
    n_covered = int(np.sum((low <= _TRUE_DIFFERENCE) & (high >= _TRUE_DIFFERENCE)))
    if n_covered < 0.7 * len(value):
        return f"the truth lies in {n_covered} of {len(value)} intervals, wanted about 95 %"
    return None


def _about(bound: float, size: int) -> Tolerance:
    """Two right answers draw differently: so far apart, they are still taken for the same."""
    return Tolerance(factor=bound / (np.finfo(float).eps * np.sqrt(size)))


EXERCISE = Exercise(
    name="paired_bootstrap",
    number=4,
    signature="paired_bootstrap(correct_a, correct_b, *, rng, n_resamples)",
    statement=(
        "(low, high): the bootstrap interval at a level of 95 % for the accuracy of A minus that "
        "of B, as a share, from two arrays (n,) of truth values on the same images."
    ),
    stars=2,
    minutes=30,
    points={"contract": 1, "known answers": 3, "properties": 6},
    reference=_with_indices,
    solutions=(_with_indices, _with_loop, _with_counts, _with_outcomes),
    mutants=(
        _unpaired,
        _turned_round,
        _ninety_percent,
        _wrong_units,
        _permutes,
        _wrong_axis,
        _own_seed,
        _symmetric,
    ),
    hints=(
        "Per image there is one number d: 1 where only A is right, -1 where only B is, else 0. "
        "NumPy does not subtract truth values: make one side float.",
        "A resample is n indices drawn from 0 .. n - 1 with replacement. rng.integers draws them, "
        "for all resamples at once if you give it a size of two axes.",
        "Index d with the (n_resamples, n) indices and average over the images, axis 1. Of these "
        "n_resamples numbers, np.percentile gives the two that cut off 2.5 % at each end.",
    ),
    checks=(
        known(
            "A always right and B never: from 1 to 1",
            given(np.ones(8, dtype=bool), np.zeros(8, dtype=bool), seed=1, n_resamples=10),
            (1.0, 1.0),
            driver=drivers.interval,
        ),
        agrees("one is always right, the other never", _one_always_right, driver=drivers.interval),
        holds(
            "one resample: low equals high",
            _one_resample,
            _is_point,
            driver=drivers.interval,
            tolerance=_about(0.2, 400),
        ),
        holds(
            "about two standard errors to both sides",
            _images,
            _two_errors,
            cases=1,
            driver=drivers.mean_interval,
            tolerance=_about(0.002, 1200),
        ),
        holds(
            "low is 0 or more if A is never worse",
            _never_worse,
            _possible,
            cases=4,
            driver=drivers.interval,
            tolerance=_about(0.03, 300),
        ),
        holds(
            "rng alone decides",
            _few_resamples,
            _by_generator,
            cases=1,
            driver=drivers.interval_and_generator,
        ),
        holds(
            "the truth lies in most of 40 intervals",
            _simulated,
            _covers,
            cases=1,
            driver=drivers.intervals,
            tolerance=_about(0.12, 7200),
        ),
    ),
    keeps_dtype=False,  # truth values in, an interval out
)
