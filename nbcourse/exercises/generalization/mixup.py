"""Exercise: mixup, examples between the examples."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, Tolerance, agrees, given, holds, known, mutant
from nbcourse.exercises.generalization import drivers

Array = NDArray[Any]
Rng = np.random.Generator
Pair = tuple[Array, Array]  # mixed inputs, mixed targets

_ALPHAS = [0.2, 4.0]
_N_TIMES = 350
_BELOW = np.linspace(0.1, 0.9, 9)
_SAMPLE = {alpha: np.random.default_rng(0).beta(alpha, alpha, size=40_000) for alpha in _ALPHAS}
_SHARES = np.array([[np.mean(_SAMPLE[alpha] < b) for b in _BELOW] for alpha in _ALPHAS])


def _with_permutation(x: Array, t: Array, *, alpha: float, rng: Rng) -> Pair:
    lam, partner = rng.beta(alpha, alpha), rng.permutation(len(x))
    return lam * x + (1 - lam) * x[partner], lam * t + (1 - lam) * t[partner]


def _with_loop(x: Array, t: Array, *, alpha: float, rng: Rng) -> Pair:
    order = np.argsort(rng.random(len(x)))
    lam = float(rng.beta(alpha, alpha))
    x_mixed, t_mixed = np.empty_like(x), np.empty_like(t)
    for k, partner in enumerate(order):
        x_mixed[k] = x[partner] + lam * (x[k] - x[partner])
        t_mixed[k] = t[partner] + lam * (t[k] - t[partner])
    return x_mixed, t_mixed


def _with_matrix(x: Array, t: Array, *, alpha: float, rng: Rng) -> Pair:
    """A mixing matrix with rows that add up to 1, from two gamma variates."""
    a, b = rng.gamma(alpha, size=2)
    lam = float(a / (a + b)) if a + b > 0 else float(rng.integers(2))
    identity = np.eye(len(x), dtype=x.dtype)
    mixing = lam * identity + (1 - lam) * rng.permutation(identity)
    return np.tensordot(mixing, x, axes=1), mixing @ t


def _mix(a: Array, lam: Any, partner: Array) -> Array:
    return (lam * a + (1 - lam) * a[partner]).astype(a.dtype)


def _deal(x: Array, rng: Rng) -> Array:
    return rng.permutation(len(x))


def _column(lam: Array, a: Array) -> Array:
    """One number a row, for an array of any number of axes."""
    return lam.reshape(-1, *[1] * (a.ndim - 1))


@mutant("The targets are not mixed: they need the same lambda and the same partners as the inputs.")
def _keeps_targets(x: Array, t: Array, *, alpha: float, rng: Rng) -> Pair:
    return _mix(x, rng.beta(alpha, alpha), _deal(x, rng)), t.copy()


@mutant("The targets are mixed with a lambda of their own: draw it once, and use it for both.")
def _two_lambdas(x: Array, t: Array, *, alpha: float, rng: Rng) -> Pair:
    partner = _deal(x, rng)
    return _mix(x, rng.beta(alpha, alpha), partner), _mix(t, rng.beta(alpha, alpha), partner)


@mutant("The targets come from other partners than the inputs: draw one permutation for both.")
def _two_permutations(x: Array, t: Array, *, alpha: float, rng: Rng) -> Pair:
    lam = rng.beta(alpha, alpha)
    return _mix(x, lam, _deal(x, rng)), _mix(t, lam, _deal(x, rng))


@mutant("lambda and 1 - lambda are exchanged in the targets.")
def _exchanges_shares(x: Array, t: Array, *, alpha: float, rng: Rng) -> Pair:
    lam, partner = rng.beta(alpha, alpha), _deal(x, rng)
    return _mix(x, lam, partner), _mix(t, 1 - lam, partner)


@mutant(
    "The partners are drawn with replacement: some examples serve twice and others never. Take a "
    "permutation of the batch."
)
def _with_replacement(x: Array, t: Array, *, alpha: float, rng: Rng) -> Pair:
    lam, partner = rng.beta(alpha, alpha), rng.integers(len(x), size=len(x))
    return _mix(x, lam, partner), _mix(t, lam, partner)


@mutant(
    "The partners are the same in every batch, as when it is taken in reverse: draw a permutation "
    "in each call."
)
def _reversed(x: Array, t: Array, *, alpha: float, rng: Rng) -> Pair:
    lam, partner = rng.beta(alpha, alpha), np.arange(len(x))[::-1]
    return _mix(x, lam, partner), _mix(t, lam, partner)


@mutant(
    "The batch is only moved on, if by a random number of places, so that neighbors keep together: "
    "draw a permutation."
)
def _moved_on(x: Array, t: Array, *, alpha: float, rng: Rng) -> Pair:
    lam, partner = rng.beta(alpha, alpha), np.roll(np.arange(len(x)), rng.integers(len(x)))
    return _mix(x, lam, partner), _mix(t, lam, partner)


@mutant("You draw a lambda for each row. That exists, too; here one lambda serves the whole batch.")
def _lambda_for_each(x: Array, t: Array, *, alpha: float, rng: Rng) -> Pair:
    lam, partner = rng.beta(alpha, alpha, size=len(x)), _deal(x, rng)
    return _mix(x, _column(lam, x), partner), _mix(t, _column(lam, t), partner)


@mutant("Your lambda is uniform whatever alpha is: draw it with rng.beta(alpha, alpha).")
def _uniform(x: Array, t: Array, *, alpha: float, rng: Rng) -> Pair:
    lam, partner = rng.random(), _deal(x, rng)
    return _mix(x, lam, partner), _mix(t, lam, partner)


@mutant("Your lambda is not symmetric about one half: both numbers of the Beta law are alpha.")
def _one_sided(x: Array, t: Array, *, alpha: float, rng: Rng) -> Pair:
    lam, partner = rng.beta(alpha, 1), _deal(x, rng)
    return _mix(x, lam, partner), _mix(t, lam, partner)


@mutant("Your lambda is never below one half. That is a variant; here it is drawn and left alone.")
def _larger_half(x: Array, t: Array, *, alpha: float, rng: Rng) -> Pair:
    lam, partner = rng.beta(alpha, alpha), _deal(x, rng)
    lam = max(lam, 1 - lam)
    return _mix(x, lam, partner), _mix(t, lam, partner)


@mutant("Inputs and partners are added whole: the shares lambda and 1 - lambda add up to 1.")
def _adds_whole(x: Array, t: Array, *, alpha: float, rng: Rng) -> Pair:
    lam, partner = rng.beta(alpha, alpha), _deal(x, rng)
    return (x + lam * x[partner]).astype(x.dtype), (t + lam * t[partner]).astype(t.dtype)


@mutant("You make a generator of your own with a fixed seed, so every batch is mixed alike.")
def _own_generator(x: Array, t: Array, *, alpha: float, rng: Rng) -> Pair:
    return _with_permutation(x, t, alpha=alpha, rng=np.random.default_rng(0))


@mutant("You draw from NumPy's global generator; draw from the rng that is passed in.")
def _global_generator(x: Array, t: Array, *, alpha: float, rng: Rng) -> Pair:
    seed = np.random.randint(2**31)  # noqa: NPY002 - the mistake
    return _with_permutation(x, t, alpha=alpha, rng=np.random.default_rng(seed))


@mutant("rng.shuffle works in place: it changes the batch of the caller. Take a permutation.")
def _shuffles(x: Array, t: Array, *, alpha: float, rng: Rng) -> Pair:
    x_old, t_old, state = x.copy(), t.copy(), rng.bit_generator.state
    rng.shuffle(x)
    rng.bit_generator.state = state
    rng.shuffle(t)
    lam = rng.beta(alpha, alpha)
    return lam * x_old + (1 - lam) * x, lam * t_old + (1 - lam) * t


@mutant(
    "Your results are float64 for float32 numbers: a lambda in an array brings its own dtype. Draw "
    "one number, without size."
)
def _doubles_precision(x: Array, t: Array, *, alpha: float, rng: Rng) -> Pair:
    lam, partner = rng.beta(alpha, alpha, size=1)[0], _deal(x, rng)
    return lam * x + (1 - lam) * x[partner], lam * t + (1 - lam) * t[partner]


def _seed(rng: Rng) -> int:
    return int(rng.integers(2**32))


def _alpha(rng: Rng) -> float:
    return round(float(rng.uniform(0.3, 3)), 2)


def _one_hot(rng: Rng, n: int) -> Array:
    return np.eye(4)[rng.integers(4, size=n)]


def _alike(rng: Rng) -> Given:
    # Equal examples stay what they are, whoever is mixed with whom.
    n, shape = int(rng.integers(2, 7)), ((5,), (3, 4), (1, 2, 3))[int(rng.integers(3))]
    x, t = rng.normal(size=shape), _one_hot(rng, 1)
    return given(np.array([x] * n), np.repeat(t, n, axis=0), alpha=_alpha(rng), seed=_seed(rng))


def _one_example(rng: Rng) -> Given:
    return given(rng.normal(size=(1, 3)), _one_hot(rng, 1), alpha=_alpha(rng), seed=_seed(rng))


def _batch(rng: Rng) -> Given:
    n = int(rng.integers(5, 12))
    return given(rng.normal(size=(n, 2, 3)), _one_hot(rng, n), alpha=_alpha(rng), seed=_seed(rng))


def _identity(rng: Rng) -> Given:
    # Two batches of 6 have the same partners once in 720 times, 12 of them hardly ever.
    return given(n=6, alpha=round(float(rng.uniform(1, 3)), 2), seed=_seed(rng), n_times=12)


def _many(rng: Rng) -> Given:
    return given(alphas=_ALPHAS, below=_BELOW, seed=_seed(rng), n_times=_N_TIMES)


def _seeds(rng: Rng) -> Given:
    case = _batch(rng)
    seeds = [int(seed) for seed in rng.integers(2**32, size=2)]
    return given(*case.args, alpha=1.0, seeds=seeds)


def _is_beta(value: Array, **options: Any) -> str | None:
    # A share of 350 is off by at most 2.7 %, so this is six times that.
    for alpha, mine, wanted in zip(_ALPHAS, value, _SHARES, strict=True):
        k = int(np.argmax(np.abs(mine - wanted)))
        if not abs(mine[k] - wanted[k]) < 0.16:
            return (
                f"with alpha = {alpha:g}, {mine[k]:.0%} of {_N_TIMES} lambdas are below "
                f"{_BELOW[k]:.1f}, wanted about {wanted[k]:.0%}"
            )
    return None


def _about(bound: float, size: int) -> Tolerance:
    """Two right answers draw differently: so far apart, they are still taken for the same."""
    return Tolerance(factor=bound / (np.finfo(float).eps * np.sqrt(size)))


_TWO_ALIKE = np.array([[3.0, -1.0], [3.0, -1.0]])

EXERCISE = Exercise(
    name="mixup",
    number=4,
    signature="mixup(x, t, *, alpha, rng)",
    statement=(
        "Inputs and one-hot targets of a batch, each row mixed with that of a partner: lambda of "
        "its own and 1 - lambda of the partner's; one lambda from Beta(alpha, alpha) for all."
    ),
    stars=2,
    minutes=20,
    points={"contract": 1, "known answers": 2, "properties": 7},
    reference=_with_permutation,
    solutions=(_with_permutation, _with_loop, _with_matrix),
    mutants=(
        _keeps_targets,
        _two_lambdas,
        _two_permutations,
        _exchanges_shares,
        _with_replacement,
        _reversed,
        _moved_on,
        _lambda_for_each,
        _uniform,
        _one_sided,
        _larger_half,
        _adds_whole,
        _own_generator,
        _global_generator,
        _shuffles,
        _doubles_precision,
    ),
    hints=(
        "Draw two things first, each once: lambda, and who is mixed with whom. Everything after "
        "that is the same line for the inputs and for the targets.",
        "rng.beta(alpha, alpha) is one number. rng.permutation(len(x)) is an order of the rows, "
        "and x[order] the batch of the partners.",
        "Return lam * x + (1 - lam) * x[order], and the same with t, with the same lam and the "
        "same order.",
    ),
    checks=(
        known(
            "two equal examples stay as they are",
            given(_TWO_ALIKE, np.array([[0.0, 1.0], [0.0, 1.0]]), alpha=1.0, seed=0),
            (_TWO_ALIKE, np.array([[0.0, 1.0], [0.0, 1.0]])),
            driver=drivers.mix,
        ),
        agrees("equal examples of any shape stay as they are", _alike, driver=drivers.mix),
        agrees("a batch of one example", _one_example, cases=1, driver=drivers.mix),
        agrees("x and t are mixed alike, row by row", _identity, driver=drivers.recipes, cases=2),
        agrees("mixed targets still add up to 1", _batch, driver=drivers.target_sums),
        holds(
            "lambda follows Beta(alpha, alpha)",
            _many,
            _is_beta,
            cases=1,
            driver=drivers.shares,
            tolerance=_about(0.2, 18),
        ),
        agrees("rng alone decides", _seeds, cases=1, driver=drivers.mix_again),
    ),
)
