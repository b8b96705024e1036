"""Exercise: layer normalization, each example by itself, for arrays of any rank."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, Tolerance, agrees, given, holds, known, mutant
from nbcourse.exercises.normalization import drivers

Array = NDArray[Any]


def _reference(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Array:
    mean = x.mean(axis=-1, keepdims=True)
    var = x.var(axis=-1, keepdims=True)
    return gamma * (x - mean) / np.sqrt(var + eps) + beta


def _with_keepdims(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Array:
    centered = x - np.mean(x, axis=-1, keepdims=True)
    r = np.sqrt(np.mean(centered**2, axis=-1, keepdims=True) + eps)
    return centered / r * gamma + beta


def _with_einsum(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Array:
    n = x.shape[-1]
    centered = x - (np.einsum("...k->...", x) / n)[..., None]
    var = np.einsum("...k,...k->...", centered, centered) / n
    return np.einsum("...k,...,k->...k", centered, (var + eps) ** -0.5, gamma) + beta


def _row_by_row(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Array:
    y = np.empty_like(x)
    for index in np.ndindex(x.shape[:-1]):
        row = x[index]
        y[index] = gamma * (row - row.mean()) / np.sqrt(row.var() + eps) + beta
    return y


def _in_columns(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Array:
    """The features as axis 0, where NumPy lines the means up by itself."""
    columns = np.moveaxis(x, -1, 0)
    x_hat = (columns - columns.mean(axis=0)) / np.sqrt(columns.var(axis=0) + eps)
    return np.moveaxis(x_hat, 0, -1) * gamma + beta


def _std(var: Array, eps: float) -> Any:
    return np.sqrt(var + eps)


def _normalize(
    x: Array,
    gamma: Array,
    beta: Array,
    eps: float,
    *,
    axis: Any = -1,
    ddof: int = 0,
    size: Callable[[Array, float], Array] = _std,
) -> Array:
    """The answer with its parts open, for the mistakes below."""
    mean = x.mean(axis=axis, keepdims=True)
    var = x.var(axis=axis, ddof=ddof, keepdims=True)
    return gamma * (x - mean) / size(var, eps) + beta


@mutant(
    "Your statistics are those of a feature over the batch, axis 0. That is batch norm; here "
    "each example has its own, over its features: axis -1."
)
def _over_batch(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Array:
    return _normalize(x, gamma, beta, eps, axis=0)


@mutant("There is one mean and one variance for the whole array; each example has its own.")
def _whole_array(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Array:
    return _normalize(x, gamma, beta, eps, axis=None)


@mutant(
    "You average over all axes but the first. The features are the last axis alone; what stands "
    "in front of it, such as positions in a text, has statistics of its own."
)
def _all_but_first(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Array:
    return _normalize(x, gamma, beta, eps, axis=tuple(range(1, x.ndim)) or None)


@mutant("axis=1 is the last axis of a matrix only. Write axis=-1, which is the last one always.")
def _axis_one(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Array:
    return _normalize(x, gamma, beta, eps, axis=1)


@mutant(
    "Without keepdims=True the means are lined up with the features, not with the examples. With "
    "as many examples as features NumPy does not notice."
)
def _without_keepdims(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Array:
    return gamma * (x - x.mean(axis=-1)) / np.sqrt(x.var(axis=-1) + eps) + beta


@mutant("Your variance is the unbiased one, with 1/(n - 1); layer norm divides by n.")
def _unbiased(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Array:
    return _normalize(x, gamma, beta, eps, ddof=1)


@mutant("eps is added to the standard deviation; it belongs inside the root, to the variance.")
def _eps_outside(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Array:
    return _normalize(x, gamma, beta, eps, size=lambda var, eps: np.sqrt(var) + eps)


@mutant("eps is missing: an example whose features are all equal is divided by 0.")
def _forgets_eps(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Array:
    return _normalize(x, gamma, beta, eps, size=lambda var, eps: np.sqrt(var))


@mutant("You divide by the variance; its root makes the variance of x_hat 1.")
def _forgets_root(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Array:
    return _normalize(x, gamma, beta, eps, size=lambda var, eps: var + eps)


@mutant(
    "No mean is subtracted: you divide by the root of the mean square. That is RMS norm, which a "
    "shift of the example changes."
)
def _rms(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Array:
    return gamma * x / np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + eps) + beta


@mutant("The mean is subtracted in the variance only; x_hat needs it, too.")
def _keeps_mean(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Array:
    return gamma * x / np.sqrt(x.var(axis=-1, keepdims=True) + eps) + beta


@mutant("gamma and beta are missing: y is gamma * x_hat + beta, feature by feature.")
def _only_standardizes(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Array:
    return _normalize(x, np.ones_like(gamma), np.zeros_like(beta), eps)


@mutant(
    "gamma[:, None] multiplies the example i by gamma_i; gamma_k belongs to the feature k. It fits "
    "as it is, along the last axis."
)
def _gamma_as_column(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Array:
    return _normalize(x, gamma[:, None], beta[:, None], eps)


@mutant(
    "The mean of the squares minus the square of the mean is a difference of nearly equal numbers "
    "when x is far from 0, and can even be negative. Subtract the mean first, then square."
)
def _by_mean_square(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Array:
    mean = x.mean(axis=-1, keepdims=True)
    var = np.mean(x**2, axis=-1, keepdims=True) - mean**2
    return gamma * (x - mean) / np.sqrt(var + eps) + beta


def _case(rng: np.random.Generator, shape: tuple[int, ...], eps: float | None = None) -> Given:
    """Rows of different means and sizes, and an eps that is large enough to be seen."""
    row = (*shape[:-1], 1)
    x = rng.normal(size=row) + rng.uniform(0.5, 2, size=row) * rng.normal(size=shape)
    gamma, beta = rng.normal(size=(2, shape[-1]))
    return given(x, gamma, beta, eps=float(rng.uniform(0.1, 0.6)) if eps is None else eps)


def _any_axes(rng: np.random.Generator) -> Given:
    lengths = rng.permutation([2, 3, 4, 5, 6])[: rng.integers(2, 5)]
    return _case(rng, tuple(int(n) for n in lengths))


def _one_row(rng: np.random.Generator) -> Given:
    return _case(rng, (int(rng.integers(3, 8)),))


def _square(rng: np.random.Generator) -> Given:
    n = int(rng.integers(3, 6))
    return _case(rng, (n, n))


def _cube(rng: np.random.Generator) -> Given:
    n = int(rng.integers(2, 5))
    return _case(rng, (n, n, n))


def _all_equal(rng: np.random.Generator) -> Given:
    x, gamma, beta = _case(rng, (3, 4)).args
    x[int(rng.integers(3))] = rng.integers(-8, 9) / 4
    return given(x, gamma, beta, eps=1e-5)


def _one_feature(rng: np.random.Generator) -> Given:
    return _case(rng, (4, 1))


def _empty(rng: np.random.Generator) -> Given:
    return _case(rng, (0, int(rng.integers(2, 6))))


def _by_default(rng: np.random.Generator) -> Given:
    x, gamma, beta = _case(rng, (3, 5)).args
    return given(0.01 * x, gamma, beta)


def _far_away(rng: np.random.Generator) -> Given:
    x, gamma, beta = _case(rng, (4, 8)).args
    return given(1e6 + x, gamma, beta, eps=1e-3)


def _moved(rng: np.random.Generator) -> Given:
    """A batch, and the same with each row stretched and shifted by numbers of its own."""
    n, k = int(rng.integers(3, 6)), int(rng.integers(3, 8))
    x, gamma, beta = _case(rng, (n, k)).args
    moved = rng.uniform(0.2, 5, size=(n, 1)) * x + rng.normal(scale=3, size=(n, 1))
    return given([x, moved], gamma, beta, eps=0.0)


def _unmoved(value: list[Array], xs: list[Array], *_: Array, **__: Any) -> str | None:
    if np.abs(value[0] - value[1]).max() > 1e-9:
        return "without eps, y changes when a row of x is stretched and shifted"
    return None


def _in_company(rng: np.random.Generator) -> Given:
    """An example among others, among other others, and alone."""
    k = int(rng.integers(3, 8))
    x, gamma, beta = _case(rng, (5, k)).args
    company = np.concatenate([x[:1], rng.normal(2, 3, size=(k - 1, k))])
    return given([x, company, x[:1], x[0]], gamma, beta, eps=1e-5)


def _alone(value: list[Array], *_: Any, **__: Any) -> str | None:
    first = [value[0][0], value[1][0], value[2][0], value[3]]
    if any(np.abs(y - first[0]).max() > 1e-9 for y in first):
        return "the result for an example depends on the other examples"
    return None


EXERCISE = Exercise(
    name="layernorm",
    number=3,
    signature="layernorm(x, gamma, beta, *, eps=1e-5)",
    statement=(
        "Layer normalization of x (..., n_features) with any number of axes in front, or none: "
        "each row along the last axis standardized by itself, times gamma plus beta "
        "(n_features,)."
    ),
    stars=1,
    minutes=15,
    points={"contract": 2, "known answers": 2, "properties": 5, "stability": 1},
    reference=_reference,
    solutions=(_with_keepdims, _with_einsum, _row_by_row, _in_columns),
    mutants=(
        _over_batch,
        _whole_array,
        _all_but_first,
        _axis_one,
        _without_keepdims,
        _unbiased,
        _eps_outside,
        _forgets_eps,
        _forgets_root,
        _rms,
        _keeps_mean,
        _only_standardizes,
        _gamma_as_column,
        _by_mean_square,
    ),
    hints=(
        "It is the same formula as in batch norm; only what is averaged differs. There is nothing "
        "to remember, and no mode.",
        "The statistics of (..., n_features) have one number for each row. To be subtracted from "
        "the row they need the shape (..., 1), which keepdims=True gives.",
        "mean = x.mean(axis=-1, keepdims=True), and var in the same way. Then gamma * (x - mean) "
        "/ np.sqrt(var + eps) + beta: gamma and beta line up with the last axis by themselves.",
    ),
    checks=(
        known(
            "two examples, worked by hand",
            given(
                np.array([[1.0, 9.0], [12.0, 4.0]]),
                np.array([5.0, 10.0]),
                np.array([0.0, 100.0]),
                eps=9.0,
            ),
            np.array([[-4.0, 108.0], [4.0, 92.0]]),
        ),
        agrees("right with one, two or three axes in front", _any_axes, cases=5),
        agrees("a single example, with no axis in front", _one_row, cases=2),
        agrees("as many examples as features, where no shape warns", _square),
        agrees("three axes of one length, where no shape warns", _cube, cases=2),
        agrees("an example whose features are all equal", _all_equal, cases=2),
        agrees("a single feature", _one_feature, cases=1),
        agrees("an empty batch", _empty, cases=1),
        agrees("eps is 1e-5 unless given", _by_default, cases=1),
        holds(
            "a stretch and a shift of a row change nothing", _moved, _unmoved, driver=drivers.each
        ),
        holds("an example is not touched by the others", _in_company, _alone, driver=drivers.each),
        agrees(
            "rows far from 0: a mean of a million",
            _far_away,
            group="stability",
            cases=2,
            tolerance=Tolerance(factor=1e-8 / np.finfo(float).eps),
        ),
    ),
)
