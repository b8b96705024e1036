"""Exercise: the gradients of batch normalization, through the statistics of the batch."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.gradients import numerical_gradient

Array = NDArray[Any]
Gradients = tuple[Array, Array, Array]  # dx, dgamma, dbeta


def _x_hat(x: Array, eps: float, ddof: int = 0) -> tuple[Array, Array]:
    """The standardized batch, and the root that it was divided by."""
    r = np.sqrt(x.var(axis=0, ddof=ddof) + eps)
    return (x - x.mean(axis=0)) / r, r


def _reference(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    x_hat, r = _x_hat(x, eps)
    d = dy * gamma
    dx = (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0)) / r
    return dx, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def _with_sums(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    """By way of the two other gradients: the means of d are those of dy, times gamma."""
    n = len(x)
    centered = x - x.mean(axis=0)
    r = np.sqrt(np.mean(centered**2, axis=0) + eps)
    x_hat = centered / r
    dgamma, dbeta = np.sum(dy * x_hat, axis=0), np.sum(dy, axis=0)
    return gamma / (n * r) * (n * dy - dbeta - x_hat * dgamma), dgamma, dbeta


def _step_by_step(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    """As in the paper: to x_hat, to the variance, to the mean, to x."""
    n, mean = len(x), x.mean(axis=0)
    centered = x - mean
    r = np.sqrt(np.mean(centered * centered, axis=0) + eps)
    d_hat = gamma * dy
    d_var = np.sum(d_hat * centered, axis=0) * -0.5 / r**3
    d_mean = np.sum(d_hat, axis=0) * -1 / r + d_var * -2 * np.mean(centered, axis=0)
    dx = d_hat / r + d_var * 2 * centered / n + d_mean / n
    return dx, np.einsum("nk,nk->k", dy, centered / r), np.einsum("nk->k", dy)


def _with_matrices(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    """The Jacobian (n, n) of each feature by itself."""
    dx, dgamma, n = np.empty_like(x), np.empty_like(gamma), len(x)
    for k, column in enumerate(x.T):
        c = column - np.mean(column)
        r = np.sqrt(np.mean(c**2) + eps)
        J = (np.eye(n) - 1 / n - np.outer(c, c) / (n * r**2)) / r
        dx[:, k] = J.T @ dy[:, k] * gamma[k]
        dgamma[k] = dy[:, k] @ c / r
    return dx, dgamma, np.ones(n, dtype=dy.dtype) @ dy


def _mean(a: Array) -> Array:
    return a.mean(axis=0)


def _backward(
    dy: Array,
    x: Array,
    gamma: Array,
    eps: float,
    *,
    ddof: int = 0,
    mean: Callable[[Array], Any] = _mean,
    about: float = 1.0,
    along: float = 1.0,
) -> Gradients:
    """The answer with its parts open, for the mistakes below.

    `about` and `along` are how often the mean and the share along x_hat are removed.
    """
    x_hat, r = _x_hat(x, eps, ddof)
    d = dy * gamma
    dx = (d - about * mean(d) - along * x_hat * mean(d * x_hat)) / r
    return dx, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


@mutant(
    "You treat the mean and the variance as constants. Each x_i moves them too, and through them "
    "all outputs of its feature; dx has two more terms."
)
def _constant_statistics(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    return _backward(dy, x, gamma, eps, about=0, along=0)


@mutant("The way through the mean is missing: dx must add up to 0 over the batch.")
def _constant_mean(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    return _backward(dy, x, gamma, eps, about=0)


@mutant(
    "The way through the variance is missing: stretching the batch hardly changes y, so dx must "
    "have hardly any share along x_hat."
)
def _constant_variance(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    return _backward(dy, x, gamma, eps, along=0)


@mutant(
    "In dx you take sums over the batch where means belong: each x_i is only one Nth of the mean "
    "and of the variance."
)
def _forgets_n(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    return _backward(dy, x, gamma, eps, mean=lambda a: a.sum(axis=0))


@mutant("The term with x_hat is twice too large: the derivative of a root has a factor 1/2.")
def _forgets_half(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    return _backward(dy, x, gamma, eps, along=2)


@mutant("The term with x_hat is half too small: the derivative of a square has a factor 2.")
def _forgets_two(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    return _backward(dy, x, gamma, eps, along=0.5)


@mutant("The term with x_hat has the wrong sign: this share is removed from dx, not added.")
def _adds_share(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    return _backward(dy, x, gamma, eps, along=-1)


@mutant("The means in dx run over the features of an example; the batch is axis 0.")
def _over_features(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    return _backward(dy, x, gamma, eps, mean=lambda a: a.mean(axis=1, keepdims=True))


@mutant("The means in dx run over the whole array; every feature has its own.")
def _whole_array(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    return _backward(dy, x, gamma, eps, mean=np.mean)


@mutant("The forward pass divides by the biased variance, so r has 1/N in it, not 1/(N - 1).")
def _unbiased(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    return _backward(dy, x, gamma, eps, ddof=1)


@mutant("eps is missing in r: the backward pass must use the same root as the forward pass.")
def _forgets_eps(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    return _backward(dy, x, gamma, 0.0)


@mutant("dx is divided by the variance r**2; one root is enough.")
def _by_variance(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    dx, dgamma, dbeta = _backward(dy, x, gamma, eps)
    return dx / _x_hat(x, eps)[1], dgamma, dbeta


@mutant("dx is not divided by r: if the batch is stretched, the gradient shrinks.")
def _forgets_r(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    dx, dgamma, dbeta = _backward(dy, x, gamma, eps)
    return dx * _x_hat(x, eps)[1], dgamma, dbeta


@mutant("gamma is missing in dx: what reaches x_hat is gamma * dy.")
def _forgets_gamma(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    return _backward(dy, x, np.ones_like(gamma), eps)


@mutant("dgamma is made with x; gamma multiplies x_hat, so x_hat belongs there.")
def _gamma_by_x(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    dx, _, dbeta = _backward(dy, x, gamma, eps)
    return dx, (dy * x).sum(axis=0), dbeta


@mutant(
    "dgamma and dbeta are averaged over the batch. dy carries the 1/N of the loss already; add up."
)
def _averages(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    dx, dgamma, dbeta = _backward(dy, x, gamma, eps)
    return dx, dgamma / len(x), dbeta / len(x)


def _case(rng: np.random.Generator, n: int, k: int, eps: float | None = None) -> Given:
    x = rng.normal(size=k) + rng.uniform(0.5, 2, size=k) * rng.normal(size=(n, k))
    drawn = float(rng.uniform(0.1, 0.6)) if eps is None else eps
    return given(rng.normal(size=(n, k)), x, rng.normal(size=k), eps=drawn)


def _draw(rng: np.random.Generator) -> Given:
    n, k = (int(s) for s in rng.permutation(np.arange(3, 9))[:2])
    return _case(rng, n, k)


def _square(rng: np.random.Generator) -> Given:
    n = int(rng.integers(3, 6))
    return _case(rng, n, n)


def _pair(rng: np.random.Generator) -> Given:
    dy, _, gamma = _case(rng, 2, 3).args
    middle, distance = rng.normal(size=3), rng.uniform(0.5, 2, size=3)
    return given(dy, np.stack([middle - distance, middle + distance]), gamma, eps=1e-5)


def _with_constant(rng: np.random.Generator) -> Given:
    dy, x, gamma = _case(rng, 4, 3).args
    x[:, int(rng.integers(3))] = rng.integers(-8, 9) / 4
    return given(dy, x, gamma, eps=0.01)


def _without_eps(rng: np.random.Generator) -> Given:
    return _case(rng, int(rng.integers(4, 9)), int(rng.integers(2, 6)), eps=0.0)


def _removes_both(value: Gradients, dy: Array, x: Array, gamma: Array, *, eps: float) -> str | None:
    if value[0].shape != x.shape:
        return f"dx has shape {value[0].shape}, wanted that of x, {x.shape}"
    if np.abs(value[0].sum(axis=0)).max() > 1e-9:
        return "dx does not add up to 0 over the batch, although a shift of the batch changes no y"
    if np.abs((value[0] * _x_hat(x, eps)[0]).sum(axis=0)).max() > 1e-9:
        return "dx is not orthogonal to x_hat, although a stretch of the batch changes no y"
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
    name="batchnorm_backward",
    number=2,
    signature="batchnorm_backward(dy, x, gamma, *, eps=1e-5)",
    statement=(
        "The gradients dx (n, n_features), dgamma and dbeta (n_features,) of batch normalization "
        "in training, given dy (n, n_features): through the mean and the variance of the batch."
    ),
    stars=2,
    minutes=30,
    points={"contract": 1, "known answers": 2, "properties": 5, "gradients": 2},
    reference=_reference,
    solutions=(_with_sums, _step_by_step, _with_matrices),
    mutants=(
        _constant_statistics,
        _constant_mean,
        _constant_variance,
        _forgets_n,
        _forgets_half,
        _forgets_two,
        _adds_share,
        _over_features,
        _whole_array,
        _unbiased,
        _forgets_eps,
        _by_variance,
        _forgets_r,
        _forgets_gamma,
        _gamma_by_x,
        _averages,
    ),
    hints=(
        "Compute the mean, r and x_hat again, as forward does. dgamma and dbeta are those of y = "
        "gamma * x_hat + beta: sums over the batch. Then there is d_hat, the gradient at x_hat.",
        "An x_i acts on its own x_hat_i, on all through the mean, and on all through r. So dx is "
        "d_hat minus two things, all divided by r. One of them makes its sum over the batch 0.",
        "The first is the mean of d_hat over the batch. The second is x_hat times the mean of "
        "d_hat * x_hat over the batch. Both means have axis=0.",
    ),
    checks=(
        known(
            "a batch of two, worked by hand",
            given(np.array([[1.0], [2.0]]), np.array([[-1.0], [1.0]]), np.array([8.0]), eps=3.0),
            (np.array([[-1.5], [1.5]]), np.array([0.5]), np.array([3.0])),
        ),
        agrees("right for random batches", _draw, cases=4),
        agrees("as many examples as features, where no shape warns", _square),
        agrees("a batch of two, whose gradient nearly vanishes", _pair, cases=2),
        agrees("a feature that is constant in the batch", _with_constant, cases=2),
        holds(
            "without eps, dx adds up to 0 and is orthogonal to x_hat", _without_eps, _removes_both
        ),
        holds(
            "all gradients are slopes, by differences",
            _draw,
            _matches_differences,
            group="gradients",
            cases=2,
        ),
    ),
)
