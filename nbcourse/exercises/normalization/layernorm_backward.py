"""Exercise: the gradients of layer normalization, for arrays of any rank."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.normalization import drivers
from nbcourse.gradients import numerical_gradient

Array = NDArray[Any]
Gradients = tuple[Array, Array, Array]  # dx, dgamma, dbeta


def _x_hat(x: Array, eps: float, ddof: int = 0) -> tuple[Array, Array]:
    """The standardized rows, and the roots (..., 1) that they were divided by."""
    r = np.sqrt(x.var(axis=-1, ddof=ddof, keepdims=True) + eps)
    return (x - x.mean(axis=-1, keepdims=True)) / r, r


def _reference(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    x_hat, r = _x_hat(x, eps)
    d = dy * gamma
    share = (d * x_hat).mean(axis=-1, keepdims=True)
    dx = (d - d.mean(axis=-1, keepdims=True) - x_hat * share) / r
    front = tuple(range(x.ndim - 1))
    return dx, (dy * x_hat).sum(axis=front), dy.sum(axis=front)


def _in_rows(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    """All axes in front joined into one."""
    n = x.shape[-1]
    rows, dy_rows = x.reshape(-1, n), dy.reshape(-1, n)
    c = rows - np.mean(rows, axis=1, keepdims=True)
    r = np.sqrt(np.mean(c**2, axis=1, keepdims=True) + eps)
    x_hat, d = c / r, dy_rows * gamma
    dc = (d - x_hat * np.mean(d * x_hat, axis=1, keepdims=True)) / r
    dx = dc - np.mean(dc, axis=1, keepdims=True)
    return dx.reshape(x.shape), np.sum(dy_rows * x_hat, axis=0), np.sum(dy_rows, axis=0)


def _with_einsum(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    n = x.shape[-1]
    x_hat, r = _x_hat(x, eps)
    mean = np.einsum("...k,k->...", dy, gamma)[..., None] / n
    share = np.einsum("...k,k,...k->...", dy, gamma, x_hat)[..., None] / n
    dx = (dy * gamma - mean - x_hat * share) / r
    dgamma = np.einsum("rk,rk->k", dy.reshape(-1, n), x_hat.reshape(-1, n))
    return dx, dgamma, np.einsum("rk->k", dy.reshape(-1, n))


def _row_by_row(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    """The Jacobian (n, n) of each row by itself."""
    dx, dgamma, dbeta = np.empty_like(x), np.zeros_like(gamma), np.zeros_like(gamma)
    n = len(gamma)
    for index in np.ndindex(x.shape[:-1]):
        c = x[index] - x[index].mean()
        r = np.sqrt(c @ c / n + eps)
        J = (np.eye(n) - 1 / n - np.outer(c, c) / (n * r**2)) / r
        dx[index] = J @ (gamma * dy[index])
        dgamma += dy[index] * c / r
        dbeta += dy[index]
    return dx, dgamma, dbeta


def _mean(a: Array) -> Any:
    return a.mean(axis=-1, keepdims=True)


def _front(a: Array) -> Any:
    return a.sum(axis=tuple(range(a.ndim - 1)))


def _backward(
    data: tuple[Array, ...],
    eps: float,
    *,
    mean: Callable[[Array], Any] = _mean,
    add_up: Callable[[Array], Any] = _front,
    about: float = 1.0,
    along: float = 1.0,
    ddof: int = 0,
) -> Gradients:
    """The answer with its parts open, for the mistakes below.

    `about` and `along` are how often the mean and the share along x_hat are removed.
    """
    dy, x, gamma = data
    x_hat, r = _x_hat(x, eps, ddof)
    d = dy * gamma
    dx = (d - about * mean(d) - along * x_hat * mean(d * x_hat)) / r
    return dx, add_up(dy * x_hat), add_up(dy)


@mutant(
    "gamma multiplies dx at the end. In batch norm that is the same, since gamma is constant along "
    "the batch; here each feature of a row has its own, so it must go in before the means."
)
def _gamma_at_the_end(*data: Array, eps: float = 1e-5) -> Gradients:
    dy, x, gamma = data
    dx, *others = _backward((dy, x, np.ones_like(gamma)), eps)
    return gamma * dx, others[0], others[1]


@mutant("gamma is missing in dx: what reaches x_hat is gamma * dy.")
def _forgets_gamma(*data: Array, eps: float = 1e-5) -> Gradients:
    dy, x, gamma = data
    return _backward((dy, x, np.ones_like(gamma)), eps)


@mutant(
    "You treat the mean and the variance of a row as constants. Each x_k moves them too, and "
    "through them the whole row; dx has two more terms."
)
def _constant_statistics(*data: Array, eps: float = 1e-5) -> Gradients:
    return _backward(data, eps, about=0, along=0)


@mutant(
    "You remove the share along x_hat, but not the mean: that is the gradient of RMS norm. Each "
    "row of dx must add up to 0."
)
def _constant_mean(*data: Array, eps: float = 1e-5) -> Gradients:
    return _backward(data, eps, about=0)


@mutant(
    "The way through the variance is missing: stretching a row hardly changes y, so a row of dx "
    "must have hardly any share along x_hat."
)
def _constant_variance(*data: Array, eps: float = 1e-5) -> Gradients:
    return _backward(data, eps, along=0)


@mutant(
    "The means in dx run over the batch, as in batch norm; here they run over the features of a "
    "row: axis -1."
)
def _over_batch(*data: Array, eps: float = 1e-5) -> Gradients:
    return _backward(data, eps, mean=lambda a: a.mean(axis=0))


@mutant(
    "Without keepdims=True the means of the rows are lined up with the features. With as many "
    "examples as features NumPy does not notice."
)
def _without_keepdims(*data: Array, eps: float = 1e-5) -> Gradients:
    return _backward(data, eps, mean=lambda a: a.mean(axis=-1))


@mutant("In dx you take sums over the features where means belong.")
def _forgets_n(*data: Array, eps: float = 1e-5) -> Gradients:
    return _backward(data, eps, mean=lambda a: a.sum(axis=-1, keepdims=True))


@mutant(
    "The means in dx are divided by the number of examples; they run over the features, so it is "
    "n_features."
)
def _divides_by_examples(*data: Array, eps: float = 1e-5) -> Gradients:
    return _backward(data, eps, mean=lambda a: a.sum(axis=-1, keepdims=True) / len(a))


@mutant(
    "dgamma and dbeta are summed over axis 0 only. gamma and beta are the same for all axes in "
    "front of the last, so all of these are summed; with no axis in front, none is."
)
def _sums_first_axis(*data: Array, eps: float = 1e-5) -> Gradients:
    return _backward(data, eps, add_up=lambda a: a.sum(axis=0))


@mutant(
    "dgamma and dbeta are sums over the features. A feature has its own gamma: sum over "
    "everything else."
)
def _sums_last_axis(*data: Array, eps: float = 1e-5) -> Gradients:
    return _backward(data, eps, add_up=lambda a: a.sum(axis=-1))


@mutant("dgamma and dbeta are averaged; dy carries the 1/N of the loss already, so add up.")
def _averages(*data: Array, eps: float = 1e-5) -> Gradients:
    return _backward(data, eps, add_up=lambda a: a.mean(axis=tuple(range(a.ndim - 1))))


@mutant("The forward pass divides by the biased variance, so r has 1/n in it, not 1/(n - 1).")
def _unbiased(*data: Array, eps: float = 1e-5) -> Gradients:
    return _backward(data, eps, ddof=1)


@mutant("eps is missing in r: the backward pass must use the same root as the forward pass.")
def _forgets_eps(*data: Array, eps: float = 1e-5) -> Gradients:
    return _backward(data, 0.0)


def _case(rng: np.random.Generator, shape: tuple[int, ...], eps: float | None = None) -> Given:
    row = (*shape[:-1], 1)
    x = rng.normal(size=row) + rng.uniform(0.5, 2, size=row) * rng.normal(size=shape)
    drawn = float(rng.uniform(0.1, 0.6)) if eps is None else eps
    return given(rng.normal(size=shape), x, rng.normal(size=shape[-1]), eps=drawn)


def _matrix(rng: np.random.Generator) -> Given:
    n, k = (int(s) for s in rng.permutation(np.arange(3, 9))[:2])
    return _case(rng, (n, k))


def _more_axes(rng: np.random.Generator) -> Given:
    lengths = rng.permutation([2, 3, 4, 5, 6])[: rng.integers(3, 5)]
    return _case(rng, tuple(int(n) for n in lengths))


def _one_row(rng: np.random.Generator) -> Given:
    return _case(rng, (int(rng.integers(3, 8)),))


def _square(rng: np.random.Generator) -> Given:
    n = int(rng.integers(3, 6))
    return _case(rng, (n, n))


def _all_equal(rng: np.random.Generator) -> Given:
    dy, x, gamma = _case(rng, (3, 4)).args
    x[int(rng.integers(3))] = rng.integers(-8, 9) / 4
    return given(dy, x, gamma, eps=0.01)


def _in_parts(rng: np.random.Generator) -> Given:
    """A batch, and its two parts."""
    dy, x, gamma = _case(rng, (5, int(rng.integers(3, 7)))).args
    parts = [slice(None), slice(2), slice(2, None)]
    return given([dy[p] for p in parts], [x[p] for p in parts], gamma, eps=1e-5)


def _parts_fit(value: list[Gradients], *_: Any, **__: Any) -> str | None:
    whole, one, other = value
    if np.abs(whole[0] - np.concatenate([one[0], other[0]])).max() > 1e-9:
        return "dx of an example depends on the other examples"
    for k, name in ((1, "dgamma"), (2, "dbeta")):
        if np.abs(whole[k] - one[k] - other[k]).max() > 1e-9:
            return f"{name} of a batch is not the sum over its two parts"
    return None


def _matches_differences(
    value: Gradients, dy: Array, x: Array, gamma: Array, *, eps: float
) -> str | None:
    def loss(x: Array, gamma: Array, beta: Any = 0.0) -> float:
        return float(np.sum(dy * (gamma * _x_hat(x, eps)[0] + beta)))

    slopes = {
        "dx": numerical_gradient(lambda v: loss(v, gamma), x),
        "dgamma": numerical_gradient(lambda v: loss(x, v), gamma),
        "dbeta": numerical_gradient(lambda v: loss(x, gamma, v), np.zeros_like(gamma)),
    }
    for (name, slope), mine in zip(slopes.items(), value, strict=True):
        if mine.shape != slope.shape or not np.allclose(mine, slope, rtol=1e-6, atol=1e-7):
            return f"{name} is not the slope of sum(dy * y) as measured by differences"
    return None


EXERCISE = Exercise(
    name="layernorm_backward",
    number=4,
    signature="layernorm_backward(dy, x, gamma, *, eps=1e-5)",
    statement=(
        "The gradients dx (..., n_features), dgamma and dbeta (n_features,) of layer "
        "normalization, given dy (..., n_features), with any number of axes in front, or none."
    ),
    stars=2,
    minutes=25,
    points={"contract": 1, "known answers": 2, "properties": 5, "gradients": 2},
    reference=_reference,
    solutions=(_in_rows, _with_einsum, _row_by_row),
    mutants=(
        _gamma_at_the_end,
        _forgets_gamma,
        _constant_statistics,
        _constant_mean,
        _constant_variance,
        _over_batch,
        _without_keepdims,
        _forgets_n,
        _divides_by_examples,
        _sums_first_axis,
        _sums_last_axis,
        _averages,
        _unbiased,
        _forgets_eps,
    ),
    hints=(
        "Which axis do the statistics run along, and which axes share one gamma? In batch norm "
        "both answers were axis 0. Here they are opposite.",
        "dgamma and dbeta: sum over all axes but the last, axis=tuple(range(x.ndim - 1)). dx: "
        "begin with d_hat = dy * gamma, and remove two things from each row of it.",
        "From d_hat goes its mean along the last axis, and x_hat times the mean of d_hat * x_hat "
        "along the last axis, both with keepdims=True. Then divide by r.",
    ),
    checks=(
        known(
            "a single example of two features, worked by hand",
            given(np.array([1.0, 2.0]), np.array([-1.0, 1.0]), np.array([8.0, 4.0]), eps=3.0),
            (np.array([0.0, 0.0]), np.array([-0.5, 1.0]), np.array([1.0, 2.0])),
        ),
        agrees("right for random batches", _matrix, cases=4),
        agrees("two or three axes in front", _more_axes),
        agrees("a single example, with no axis in front", _one_row, cases=2),
        agrees("as many examples as features, where no shape warns", _square),
        agrees("an example whose features are all equal", _all_equal, cases=2),
        holds(
            "two parts of a batch give the same as the whole",
            _in_parts,
            _parts_fit,
            driver=drivers.in_pairs,
            cases=2,
        ),
        holds(
            "all gradients are slopes, by differences",
            _more_axes,
            _matches_differences,
            group="gradients",
            cases=2,
        ),
    ),
)
