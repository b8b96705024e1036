"""Exercise: the loss of a network that says how sure it is, and its two gradients."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.losses import drivers
from nbcourse.gradients import check_gradient

Array = NDArray[Any]
LossAndGradients = tuple[Any, Array, Array]

_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


def _reference(mu: Array, log_sigma: Array, target: Array) -> LossAndGradients:
    loss = nn.gaussian_nll(mu, log_sigma, target)
    return loss, *nn.gaussian_nll.backward(1.0, mu, log_sigma, target)


def _standardized(mu: Array, log_sigma: Array, target: Array) -> LossAndGradients:
    u = (mu - target) * np.exp(-log_sigma)
    loss = np.mean(u**2 / 2 + log_sigma + float(np.log(2 * np.pi)) / 2)
    return loss, u * np.exp(-log_sigma) / u.size, (1 - u**2) / u.size


def _by_the_variance(mu: Array, log_sigma: Array, target: Array) -> LossAndGradients:
    n, variance = target.size, np.exp(2 * log_sigma)
    error = mu - target
    loss = np.sum(error * error / variance + np.log(2 * math.pi * variance)) / (2 * n)
    return loss, error / (n * variance), 1 / n - error * error / (n * variance)


def _one_number_at_a_time(mu: Array, log_sigma: Array, target: Array) -> LossAndGradients:
    dmu, dlog_sigma, losses = np.zeros_like(mu), np.zeros_like(mu), np.zeros_like(mu)
    for i in np.ndindex(mu.shape):
        sigma, residual = math.exp(log_sigma[i]), float(mu[i]) - float(target[i])
        losses[i] = float(log_sigma[i]) + 0.5 * (residual / sigma) ** 2 + _HALF_LOG_2PI
        dmu[i] = residual / sigma**2 / mu.size
        dlog_sigma[i] = (1 - (residual / sigma) ** 2) / mu.size
    return losses.mean(), dmu, dlog_sigma


@mutant(
    "The term log sigma is missing from the loss and its slope 1 from dlog_sigma. Without its "
    "price, a network would claim an endless width."
)
def _width_for_free(mu: Array, log_sigma: Array, target: Array) -> LossAndGradients:
    u = (mu - target) / np.exp(log_sigma)
    loss = np.mean(u**2 / 2 + _HALF_LOG_2PI)
    return loss, u / np.exp(log_sigma) / u.size, -(u**2) / u.size


@mutant(
    "The constant log(2 pi) / 2 is missing from the loss. The gradients do not notice, but the "
    "loss is no longer minus the logarithm of a density."
)
def _forgets_the_constant(mu: Array, log_sigma: Array, target: Array) -> LossAndGradients:
    _, dmu, dlog_sigma = _standardized(mu, log_sigma, target)
    return np.mean((mu - target) ** 2 * np.exp(-2 * log_sigma) / 2 + log_sigma), dmu, dlog_sigma


@mutant("You sum over the numbers; a loss is their mean, and so its gradients carry a 1/N.")
def _sums(mu: Array, log_sigma: Array, target: Array) -> LossAndGradients:
    loss, dmu, dlog_sigma = _standardized(mu, log_sigma, target)
    return loss * mu.size, dmu * mu.size, dlog_sigma * mu.size


@mutant(
    "The loss is a mean, but its gradients are those of the sum: they are N times too large, N "
    "being how many numbers there are."
)
def _gradients_of_the_sum(mu: Array, log_sigma: Array, target: Array) -> LossAndGradients:
    loss, dmu, dlog_sigma = _standardized(mu, log_sigma, target)
    return loss, dmu * mu.size, dlog_sigma * mu.size


@mutant(
    "You divide by the number of rows, len(mu). The mean is over all entries, so an array (4, 3) "
    "has N = 12."
)
def _counts_rows(mu: Array, log_sigma: Array, target: Array) -> LossAndGradients:
    loss, dmu, dlog_sigma = _standardized(mu, log_sigma, target)
    n_columns = mu.size / len(mu)
    return loss * n_columns, dmu * n_columns, dlog_sigma * n_columns


@mutant(
    "dmu has the wrong sign. Where mu is above the target, raising mu makes the loss larger: the "
    "residual is mu - target."
)
def _residual_the_wrong_way(mu: Array, log_sigma: Array, target: Array) -> LossAndGradients:
    loss, dmu, dlog_sigma = _standardized(mu, log_sigma, target)
    return loss, -dmu, dlog_sigma


@mutant(
    "You take log_sigma for the logarithm of the variance. The variance is the square of sigma, so "
    "its logarithm is 2 log_sigma."
)
def _log_of_the_variance(mu: Array, log_sigma: Array, target: Array) -> LossAndGradients:
    error, variance = mu - target, np.exp(log_sigma)
    loss = np.mean(error**2 / variance / 2 + log_sigma / 2 + _HALF_LOG_2PI)
    return loss, error / variance / mu.size, (1 - error**2 / variance) / 2 / mu.size


@mutant(
    "The last gradient is the one with respect to sigma. The argument is log sigma: one more "
    "factor of sigma by the chain rule."
)
def _slope_in_sigma(mu: Array, log_sigma: Array, target: Array) -> LossAndGradients:
    loss, dmu, dlog_sigma = _standardized(mu, log_sigma, target)
    return loss, dmu, dlog_sigma * np.exp(-log_sigma)


@mutant(
    "dmu is divided by sigma only once. The square of (mu - target) / sigma has sigma^2 below, and "
    "its slope in mu keeps that."
)
def _divides_by_sigma_once(mu: Array, log_sigma: Array, target: Array) -> LossAndGradients:
    loss, dmu, dlog_sigma = _standardized(mu, log_sigma, target)
    return loss, dmu * np.exp(log_sigma), dlog_sigma


@mutant(
    "The factor 1/2 of the exponent is missing: the square of (mu - target) / sigma is halved in "
    "the loss, and the 2 of its slope cancels."
)
def _forgets_one_half(mu: Array, log_sigma: Array, target: Array) -> LossAndGradients:
    u = (mu - target) * np.exp(-log_sigma)
    loss = np.mean(u**2 + log_sigma + _HALF_LOG_2PI)
    return loss, 2 * u * np.exp(-log_sigma) / u.size, (1 - 2 * u**2) / u.size


@mutant(
    "You compute the density first and take its logarithm then. Some 40 widths away the density is "
    "0 in the computer. Take the logarithm on paper."
)
def _logarithm_of_the_density(mu: Array, log_sigma: Array, target: Array) -> LossAndGradients:
    _, dmu, dlog_sigma = _standardized(mu, log_sigma, target)
    sigma = np.exp(log_sigma)
    density = np.exp(-((mu - target) ** 2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi))
    return -np.mean(np.log(density)), dmu, dlog_sigma


@mutant(
    "float32 arguments give a float64 loss: np.log(2 * np.pi) is a float64 and lifts all it meets. "
    "float(...) around it gives a number of Python, which does not."
)
def _lifts_float32(mu: Array, log_sigma: Array, target: Array) -> LossAndGradients:
    u = (mu - target) * np.exp(-log_sigma)
    loss = np.mean(u**2 / 2 + log_sigma + np.log(2 * np.pi) / 2)
    return loss, u * np.exp(-log_sigma) / u.size, (1 - u**2) / u.size


def _draw(rng: np.random.Generator) -> Given:
    return _case(rng, (int(rng.integers(2, 6)), int(rng.integers(2, 5))))


def _case(rng: np.random.Generator, shape: tuple[int, ...], *, widths: float = 1.0) -> Given:
    """Targets at a typical distance of so many widths from the center."""
    mu, log_sigma = rng.normal(size=shape), rng.uniform(-1, 1, size=shape)
    return given(mu, log_sigma, mu + widths * np.exp(log_sigma) * rng.normal(size=shape))


def _one_number(rng: np.random.Generator) -> Given:
    return _case(rng, (1,) * int(rng.integers(1, 3)))


def _far_away(rng: np.random.Generator) -> Given:
    mu, log_sigma = rng.normal(size=5), rng.uniform(-1, 1, size=5)
    return given(mu, log_sigma, mu + 100 * np.exp(log_sigma) * rng.choice([-1, 1], size=5))


def _sample(rng: np.random.Generator) -> Given:
    sample = rng.normal(size=int(rng.integers(5, 30)))
    sample = (sample - sample.mean()) / sample.std()  # then a width that we know
    return given(rng.uniform(-2, 2) + rng.uniform(0.5, 2) * sample)


def _mean_and_variance(value: Array, target: Array) -> str | None:
    wanted = np.array([target.mean(), target.var()])
    if np.allclose(value, wanted, rtol=1e-9, atol=1e-9):
        return None
    return (
        f"descent ends at mu = {value[0]:.4g} and sigma^2 = {value[1]:.4g}; the mean of the sample "
        f"is {wanted[0]:.4g} and its variance {wanted[1]:.4g}"
    )


def _slopes(value: LossAndGradients, mu: Array, log_sigma: Array, target: Array) -> str | None:
    _, dmu, dlog_sigma = value
    rng = np.random.default_rng(0)
    found = {
        "dmu": check_gradient(lambda v: nn.gaussian_nll(v, log_sigma, target), mu, dmu, rng=rng),
        "dlog_sigma": check_gradient(
            lambda v: nn.gaussian_nll(mu, v, target), log_sigma, dlog_sigma, rng=rng
        ),
    }
    return next((f"{name}: {result}" for name, result in found.items() if not result), None)


EXERCISE = Exercise(
    name="gaussian_nll",
    number=1,
    signature="gaussian_nll(mu, log_sigma, target)",
    statement=(
        "The mean negative log-likelihood, in nats, of targets under Gaussians with centers mu and "
        "widths exp(log_sigma), and its gradients dmu and dlog_sigma; all arrays of one shape."
    ),
    stars=1,
    minutes=20,
    points={"contract": 2, "known answers": 2, "properties": 3, "gradients": 2, "stability": 1},
    reference=_reference,
    solutions=(_standardized, _by_the_variance, _one_number_at_a_time),
    mutants=(
        _width_for_free,
        _forgets_the_constant,
        _sums,
        _gradients_of_the_sum,
        _counts_rows,
        _residual_the_wrong_way,
        _log_of_the_variance,
        _slope_in_sigma,
        _divides_by_sigma_once,
        _forgets_one_half,
        _logarithm_of_the_density,
        _lifts_float32,
    ),
    hints=(
        "Write minus the logarithm of the density of one target on paper: it is a sum of three "
        "terms, and no exponential of the distance is left. Then differentiate term by term.",
        "With u = (mu - target) / sigma the three terms are u^2 / 2, log sigma and a constant. "
        "Moving mu by 1 moves u by 1 / sigma; raising log sigma by a tiny d multiplies u by 1 - d.",
        "For one target the slopes are u / sigma and 1 - u^2. The loss is a mean over all entries, "
        "so each slope is divided by mu.size. exp(-log_sigma) is 1 / sigma.",
    ),
    checks=(
        known(
            "two targets, worked by hand",
            given(np.array([0.0, 1.0]), np.array([0.0, math.log(2)]), np.array([1.0, 5.0])),
            (
                1.25 + math.log(2) / 2 + _HALF_LOG_2PI,
                np.array([-0.5, -0.5]),
                np.array([0.0, -1.5]),
            ),
        ),
        agrees("loss and gradients are right for random shapes", _draw, cases=4),
        agrees("a single number", _one_number, cases=2),
        holds(
            "the minimum is at the mean and the variance (with 1/N) of a sample",
            _sample,
            _mean_and_variance,
            driver=drivers.fit,
            cases=2,
        ),
        holds("both gradients are slopes, by differences", _draw, _slopes, group="gradients"),
        agrees("a target 100 widths away has a finite loss", _far_away, group="stability"),
    ),
)
