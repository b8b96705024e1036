"""Exercise: batch normalization forward, in its two modes, with its memory."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, Tolerance, agrees, given, known, mutant

Array = NDArray[Any]
Result = tuple[Array, Array, Array]  # y, running_mean, running_var
Data = tuple[Array, ...]  # x, gamma, beta, running_mean, running_var


def _reference(*data: Array, training: bool, momentum: float = 0.1, eps: float = 1e-5) -> Result:
    x, gamma, beta, running_mean, running_var = data
    mean, var = running_mean, running_var
    if training:
        mean, var, n = x.mean(axis=0), x.var(axis=0), len(x)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * var * n / (n - 1)
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    return y, running_mean, running_var


def _two_ways(
    x: Array,
    gamma: Array,
    beta: Array,
    running_mean: Array,
    running_var: Array,
    *,
    training: bool,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Result:
    if not training:
        x_hat = (x - running_mean) / np.sqrt(running_var + eps)
        return x_hat * gamma + beta, running_mean, running_var
    x_hat = (x - np.mean(x, axis=0)) / np.sqrt(np.var(x, axis=0) + eps)
    new_mean = running_mean + momentum * (np.mean(x, axis=0) - running_mean)
    new_var = running_var + momentum * (np.var(x, axis=0, ddof=1) - running_var)
    return x_hat * gamma + beta, new_mean, new_var


def _feature_by_feature(
    *data: Array, training: bool, momentum: float = 0.1, eps: float = 1e-5
) -> Result:
    """With sums, one feature after the other."""
    x, gamma, beta, *running = data
    n, y, means, variances = len(x), np.empty_like(x), running[0].copy(), running[1].copy()
    for k in range(x.shape[1]):
        mean, var = running[0][k], running[1][k]
        if training:
            mean = sum(x[:, k]) / n
            squares = sum((x[:, k] - mean) ** 2)
            var = squares / n
            means[k] += momentum * (mean - means[k])
            variances[k] += momentum * (squares / (n - 1) - variances[k])
        y[:, k] = (x[:, k] - mean) * (gamma[k] / (var + eps) ** 0.5) + beta[k]
    return y, means, variances


def _mix(old: Array, new: Array, momentum: float) -> Array:
    return (1 - momentum) * old + momentum * new


def _forward(
    data: Data,
    options: dict[str, Any],
    *,
    axis: Any = 0,
    ddof: tuple[int, int] = (0, 1),
    size: Callable[[Array, float], Array] = lambda var, eps: np.sqrt(var + eps),
    mix: Callable[[Array, Array, float], Array] = _mix,
    modes: tuple[bool, bool] | None = None,
) -> Result:
    """The answer with its parts open; `modes`: does the batch normalize, is it remembered?"""
    x, gamma, beta, running_mean, running_var = data
    momentum, eps = options.get("momentum", 0.1), options.get("eps", 1e-5)
    by_batch, remember = modes or (options["training"],) * 2
    keep = {"axis": axis, "keepdims": axis == 1}
    mean, var = running_mean, running_var
    if by_batch:
        mean, var = x.mean(**keep), x.var(ddof=ddof[0], **keep)
    if remember:
        running_mean = mix(running_mean, x.mean(**keep), momentum)
        running_var = mix(running_var, x.var(ddof=ddof[1], **keep), momentum)
    return gamma * (x - mean) / size(var, eps) + beta, running_mean, running_var


@mutant(
    "You normalize with the unbiased variance. In training the batch is divided by the spread it "
    "has, with 1/N; the factor 1/(N - 1) is for the running variance alone."
)
def _unbiased_for_both(*data: Array, **options: Any) -> Result:
    return _forward(data, options, ddof=(1, 1))


@mutant(
    "Your running variance is the biased one. A batch spreads less around its own mean than the "
    "data do, so what is remembered is divided by N - 1."
)
def _biased_for_both(*data: Array, **options: Any) -> Result:
    return _forward(data, options, ddof=(0, 0))


@mutant(
    "The two variances have changed places: 1/N normalizes the batch, 1/(N - 1) goes into the "
    "running variance."
)
def _variances_exchanged(*data: Array, **options: Any) -> Result:
    return _forward(data, options, ddof=(1, 0))


@mutant(
    "Your momentum is the share of the old running value. Here, as in PyTorch, it is the share of "
    "the new one."
)
def _momentum_keeps(*data: Array, **options: Any) -> Result:
    return _forward(data, options, mix=lambda old, new, momentum: _mix(new, old, momentum))


@mutant("eps is added to the standard deviation; it belongs inside the root, to the variance.")
def _eps_outside(*data: Array, **options: Any) -> Result:
    return _forward(data, options, size=lambda var, eps: np.sqrt(var) + eps)


@mutant("eps is missing: a feature that is constant in the batch is divided by 0.")
def _forgets_eps(*data: Array, **options: Any) -> Result:
    return _forward(data, options, size=lambda var, eps: np.sqrt(var))


@mutant(
    "Mean and variance are those of each example over its features, which is layer norm. Here a "
    "feature has its statistics over the batch: axis 0."
)
def _over_features(*data: Array, **options: Any) -> Result:
    return _forward(data, options, axis=1)


@mutant("There is one mean and one variance for the whole array; each feature has its own.")
def _whole_array(*data: Array, **options: Any) -> Result:
    return _forward(data, options, axis=None)


@mutant(
    "The running statistics are changed in place, so the caller's arrays change, too. Return new "
    "arrays."
)
def _in_place(*data: Array, **options: Any) -> Result:
    y, new_mean, new_var = _forward(data, options)
    data[3][...], data[4][...] = new_mean, new_var
    return y, data[3], data[4]


@mutant("In evaluation you go on counting: the running statistics must come back as they were.")
def _remembers_always(*data: Array, **options: Any) -> Result:
    return _forward(data, options, modes=(options["training"], True))


@mutant(
    "In evaluation you still normalize by the batch, so an answer depends on who else is asked. "
    "Use the running statistics there."
)
def _always_by_batch(*data: Array, **options: Any) -> Result:
    return _forward(data, options, modes=(True, options["training"]))


@mutant(
    "In training you normalize with the running statistics. They are only written then; the batch "
    "is normalized by its own."
)
def _never_by_batch(*data: Array, **options: Any) -> Result:
    return _forward(data, options, modes=(False, options["training"]))


@mutant("gamma and beta are missing: y is gamma * x_hat + beta.")
def _only_standardizes(*data: Array, **options: Any) -> Result:
    x, gamma, beta, *running = data
    return _forward((x, np.ones_like(gamma), np.zeros_like(beta), *running), options)


@mutant(
    "The mean of the squares minus the square of the mean is a difference of nearly equal numbers "
    "when the data are far from 0, and can even be negative. Subtract the mean first, then square."
)
def _by_mean_square(*data: Array, **options: Any) -> Result:
    x, gamma, beta, running_mean, running_var = data
    momentum, eps, n = options.get("momentum", 0.1), options.get("eps", 1e-5), len(x)
    if not options["training"]:
        return _forward(data, options)
    mean = x.mean(axis=0)
    var = np.mean(x**2, axis=0) - mean**2
    y = gamma * (x - mean) / np.sqrt(var + eps) + beta
    kept = _mix(running_mean, mean, momentum), _mix(running_var, var * n / (n - 1), momentum)
    return y, *kept


@mutant("Your statistics have the shape (1, n_features); the running ones are (n_features,).")
def _keeps_an_axis(*data: Array, **options: Any) -> Result:
    y, mean, var = _forward(data, options)
    return (y, mean[None], var[None]) if options["training"] else (y, mean, var)


def _case(rng: np.random.Generator, x: Array, **options: Any) -> Given:
    """The other arguments to a batch; eps is large enough to be seen."""
    k = x.shape[1]
    gamma, beta, mean = rng.normal(size=(3, k))
    drawn = {"momentum": float(rng.uniform(0.05, 0.4)), "eps": float(rng.uniform(0.05, 0.5))}
    return given(x, gamma, beta, mean, rng.uniform(0.5, 3, size=k), **drawn | options)


def _batch(rng: np.random.Generator, n: int, k: int) -> Array:
    return rng.normal(size=k) + rng.uniform(0.5, 2, size=k) * rng.normal(size=(n, k))


def _draw(rng: np.random.Generator, training: bool) -> Given:
    n, k = (int(s) for s in rng.permutation(np.arange(3, 9))[:2])
    return _case(rng, _batch(rng, n, k), training=training)


def _square(rng: np.random.Generator) -> Given:
    n = int(rng.integers(3, 6))
    return _case(rng, _batch(rng, n, n), training=True)


def _pair(rng: np.random.Generator) -> Given:
    middle, distance = rng.normal(size=3), rng.uniform(0.5, 2, size=3)
    return _case(rng, np.stack([middle - distance, middle + distance]), training=True)


def _with_constant(rng: np.random.Generator) -> Given:
    x = _batch(rng, 4, 3)
    x[:, int(rng.integers(3))] = rng.integers(-8, 9) / 4
    return _case(rng, x, training=True, eps=1e-5)


def _one_example(rng: np.random.Generator) -> Given:
    return _case(rng, _batch(rng, 1, int(rng.integers(2, 6))), training=False)


def _far_away(rng: np.random.Generator) -> Given:
    return _case(rng, 1e6 + _batch(rng, 8, 3), training=True)


def _by_default(rng: np.random.Generator) -> Given:
    small = 0.01 * _batch(rng, 5, 3)  # so that an eps of 1e-5 is seen
    return given(*_case(rng, small).args, training=True)


_BY_HAND = [np.array(a) for a in ([[1.0], [3.0]], [4.0], [10.0], [10.0], [6.0])]

EXERCISE = Exercise(
    name="batchnorm_forward",
    number=1,
    signature=(
        "batchnorm_forward(x, gamma, beta, running_mean, running_var, *, training, "
        "momentum=0.1, eps=1e-5)"
    ),
    statement=(
        "Batch normalization of x (n, n_features): y, and the new running mean and variance. In "
        "training the batch normalizes and is remembered, in evaluation the running statistics "
        "normalize and stay; gamma, beta and all statistics are (n_features,)."
    ),
    stars=1,
    minutes=20,
    points={"contract": 2, "known answers": 2, "properties": 5, "stability": 1},
    reference=_reference,
    solutions=(_two_ways, _feature_by_feature),
    mutants=(
        _unbiased_for_both,
        _biased_for_both,
        _variances_exchanged,
        _momentum_keeps,
        _eps_outside,
        _forgets_eps,
        _over_features,
        _whole_array,
        _in_place,
        _remembers_always,
        _always_by_batch,
        _never_by_batch,
        _only_standardizes,
        _by_mean_square,
        _keeps_an_axis,
    ),
    hints=(
        "Write evaluation first: subtract a mean, divide by a root, multiply by gamma, add beta. "
        "Training is the same with other statistics, and two lines of memory.",
        "x.mean(axis=0) and x.var(axis=0) are the statistics of the features. NumPy's variance "
        "divides by n; with ddof=1 it divides by n - 1. Which of the two is for which purpose?",
        "y = gamma * (x - mean) / np.sqrt(var + eps) + beta, with the biased variance of the batch "
        "in training. A new running value is (1 - momentum) * old + momentum * new, a new array, "
        "and its variance is x.var(axis=0, ddof=1).",
    ),
    checks=(
        known(
            "a batch of two in training, worked by hand",
            given(*_BY_HAND, training=True, momentum=0.25, eps=3.0),
            (np.array([[8.0], [12.0]]), np.array([8.0]), np.array([5.0])),
        ),
        known(
            "the same batch in evaluation, worked by hand",
            given(*_BY_HAND, training=False, momentum=0.25, eps=3.0),
            (np.array([[-2.0], [2 / 3]]), np.array([10.0]), np.array([6.0])),
        ),
        agrees("training: right for random batches", partial(_draw, training=True), cases=4),
        agrees("training: as many examples as features, where no shape warns", _square),
        agrees("training: a batch of two", _pair),
        agrees("training: a feature that is constant in the batch", _with_constant, cases=2),
        agrees(
            "evaluation: the running statistics normalize, and stay",
            partial(_draw, training=False),
        ),
        agrees("evaluation: a single example", _one_example, cases=2),
        agrees("momentum is 0.1 and eps 1e-5 unless given", _by_default, cases=1),
        agrees(
            "data far from 0: a mean of a million",
            _far_away,
            group="stability",
            cases=2,
            tolerance=Tolerance(factor=1e-8 / np.finfo(float).eps),
        ),
    ),
)
