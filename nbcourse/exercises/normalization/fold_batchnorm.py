"""Exercise: a linear layer that does the work of the batch norm behind it."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, Tolerance, agrees, given, holds, known, mutant

Array = NDArray[Any]
Pair = tuple[Array, Array]  # W, b
Data = tuple[Array, ...]  # W, b, gamma, beta, running_mean, running_var


def _reference(*data: Array, eps: float = 1e-5) -> Pair:
    W, b, gamma, beta, running_mean, running_var = data
    scale = gamma / np.sqrt(running_var + eps)
    return W * scale, (b - running_mean) * scale + beta


def _with_diagonal(
    W: Array,
    b: Array,
    gamma: Array,
    beta: Array,
    running_mean: Array,
    running_var: Array,
    *,
    eps: float = 1e-5,
) -> Pair:
    """Two affine maps, one after the other."""
    stretch = np.diag(gamma / np.sqrt(running_var + eps))
    shift = beta - running_mean @ stretch
    return W @ stretch, b @ stretch + shift


def _unit_by_unit(*data: Array, eps: float = 1e-5) -> Pair:
    W, b, gamma, beta, running_mean, running_var = data
    W_new, b_new = np.empty_like(W), np.empty_like(b)
    for j in range(len(b)):
        r = np.sqrt(running_var[j] + eps)
        W_new[:, j] = gamma[j] * W[:, j] / r
        b_new[j] = gamma[j] * (b[j] - running_mean[j]) / r + beta[j]
    return W_new, b_new


def _by_trying(*data: Array, eps: float = 1e-5) -> Pair:
    """An affine map is known from what it does to 0 and to the unit vectors."""
    W, b, gamma, beta, running_mean, running_var = data
    n_in = len(W)
    x = np.concatenate([np.zeros((1, n_in)), np.eye(n_in)]).astype(W.dtype)
    z = x @ W + b
    y = (z - running_mean) / np.sqrt(running_var + eps) * gamma + beta
    return y[1:] - y[0], y[0]


def _root(var: Array, eps: float) -> Any:
    return np.sqrt(var + eps)


def _fold(
    data: Data,
    eps: float,
    *,
    size: Callable[[Array, float], Array] = _root,
    bias: Callable[..., Array] = lambda b, s, mean, beta: (b - mean) * s + beta,
    weights: Callable[[Array, Array], Array] = lambda W, s: W * s,
) -> Pair:
    """The answer with its parts open, for the mistakes below."""
    W, b, gamma, beta, mean, var = data
    scale = gamma / size(var, eps)
    return weights(W, scale), bias(b, scale, mean, beta)


@mutant(
    "The rows of W are scaled, one for each input. The norm belongs to the outputs, which are the "
    "columns; with as many inputs as outputs no shape warns you."
)
def _scales_rows(*data: Array, eps: float = 1e-5) -> Pair:
    return _fold(data, eps, weights=lambda W, s: W * s[:, None])


@mutant("The old bias goes through the norm as well: b is scaled like the rest of z.")
def _bias_unscaled(*data: Array, eps: float = 1e-5) -> Pair:
    return _fold(data, eps, bias=lambda b, s, mean, beta: b - mean * s + beta)


@mutant("The mean is subtracted before the norm stretches, so it is scaled, too.")
def _mean_unscaled(*data: Array, eps: float = 1e-5) -> Pair:
    return _fold(data, eps, bias=lambda b, s, mean, beta: b * s - mean + beta)


@mutant("beta is scaled. The norm adds it at the end, when all stretching is done.")
def _beta_scaled(*data: Array, eps: float = 1e-5) -> Pair:
    return _fold(data, eps, bias=lambda b, s, mean, beta: (b - mean + beta) * s)


@mutant("The running mean is missing in the new bias.")
def _forgets_mean(*data: Array, eps: float = 1e-5) -> Pair:
    return _fold(data, eps, bias=lambda b, s, mean, beta: b * s + beta)


@mutant("The old bias is gone: x W + b enters the norm, not x W.")
def _forgets_bias(*data: Array, eps: float = 1e-5) -> Pair:
    return _fold(data, eps, bias=lambda b, s, mean, beta: beta - mean * s)


@mutant("The mean is added; the norm subtracts it.")
def _adds_mean(*data: Array, eps: float = 1e-5) -> Pair:
    return _fold(data, eps, bias=lambda b, s, mean, beta: (b + mean) * s + beta)


@mutant("eps is missing: the norm divides by the root of running_var + eps.")
def _forgets_eps(*data: Array, eps: float = 1e-5) -> Pair:
    return _fold(data, eps, size=lambda var, eps: np.sqrt(var))


@mutant("eps is outside the root; the norm adds it to the variance.")
def _eps_outside(*data: Array, eps: float = 1e-5) -> Pair:
    return _fold(data, eps, size=lambda var, eps: np.sqrt(var) + eps)


@mutant("You divide by the variance; the norm divides by its root.")
def _forgets_root(*data: Array, eps: float = 1e-5) -> Pair:
    return _fold(data, eps, size=lambda var, eps: var + eps)


@mutant("gamma is in the bias and not in the weights; it stretches both.")
def _gamma_in_bias_only(*data: Array, eps: float = 1e-5) -> Pair:
    return _fold(data, eps, weights=lambda W, s: W / _root(data[5], eps))


@mutant("The weights come back as they were; only the bias is new.")
def _weights_unscaled(*data: Array, eps: float = 1e-5) -> Pair:
    return _fold(data, eps, weights=lambda W, s: W.copy())


@mutant("W and b are changed in place, so the unfolded network is gone. Return new arrays.")
def _in_place(*data: Array, eps: float = 1e-5) -> Pair:
    data[0][...], data[1][...] = _fold(data, eps)
    return data[0], data[1]


def _case(rng: np.random.Generator, n_in: int, n_out: int, eps: float | None = None) -> Given:
    W, (b, gamma, beta, mean) = rng.normal(size=(n_in, n_out)), rng.normal(size=(4, n_out))
    drawn = float(rng.uniform(0.1, 0.6)) if eps is None else eps
    return given(W, b, gamma, beta, mean, rng.uniform(0.5, 3, size=n_out), eps=drawn)


def _draw(rng: np.random.Generator) -> Given:
    n_in, n_out = (int(k) for k in rng.permutation(np.arange(2, 8))[:2])
    return _case(rng, n_in, n_out)


def _square(rng: np.random.Generator) -> Given:
    n = int(rng.integers(2, 6))
    return _case(rng, n, n)


def _one_of_each(rng: np.random.Generator) -> Given:
    return _case(rng, 1, 1)


def _by_default(rng: np.random.Generator) -> Given:
    *others, var = _draw(rng).args
    return given(*others, 1e-4 * var)


def _constant_unit(rng: np.random.Generator) -> Given:
    """A unit that was the same for all examples in training: its running variance is 0."""
    case = _case(rng, 4, 3, eps=1e-3)
    case.args[5][int(rng.integers(3))] = 0
    return case


def _does_nothing(rng: np.random.Generator) -> Given:
    """With gamma = r and beta = mean the norm hands on what it gets."""
    W, b, _, _, mean, var = _case(rng, 4, 5).args
    return given(W, b, np.sqrt(var + 0.25), mean, mean, var, eps=0.25)


def _changes_nothing(value: Pair, W: Array, b: Array, *_: Array, eps: float) -> str | None:
    for mine, before, name in ((value[0], W, "W"), (value[1], b, "b")):
        if mine.shape != before.shape or np.abs(mine - before).max() > 1e-12:
            return f"this norm changes nothing, but the new {name} is not the old one"
    return None


def _same_answers(value: Pair, *data: Array, eps: float) -> str | None:
    W, b, gamma, beta, mean, var = data
    x = np.random.default_rng(0).normal(size=(50, len(W)))
    right = (x @ W + b - mean) / np.sqrt(var + eps) * gamma + beta
    mine = x @ value[0] + value[1]
    if mine.shape != right.shape:
        return f"x W' + b' has shape {mine.shape}, wanted {right.shape}"
    if np.abs(mine - right).max() > 1e-10:
        k = np.unravel_index(int(np.argmax(np.abs(mine - right))), right.shape)
        return f"for some x the two layers give {right[k]:.6g}, the folded one {mine[k]:.6g}"
    return None


def _of_all_sizes(rng: np.random.Generator) -> Given:
    """Units whose spread differs by a factor of ten thousand."""
    case = _case(rng, 5, 4, eps=1e-12)
    spread = np.array([1e-4, 1e-2, 1.0, 1e4])
    W, b, gamma, beta, mean, var = case.args
    return given(W * spread, b * spread, gamma, beta, mean * spread, var * spread**2, eps=1e-12)


_BY_HAND = (np.array(a) for a in ([[1.0, 2], [3, 4], [5, 6]], [1.0, 2], [2.0, 6], [0.0, 1], [2, 0]))

EXERCISE = Exercise(
    name="fold_batchnorm",
    number=6,
    signature="fold_batchnorm(W, b, gamma, beta, running_mean, running_var, *, eps=1e-5)",
    statement=(
        "The weights (n_in, n_out) and biases (n_out,) of one linear layer that computes what "
        "x W + b and the batch norm behind it compute in evaluation."
    ),
    stars=2,
    minutes=15,
    points={"contract": 2, "known answers": 2, "properties": 5, "stability": 1},
    reference=_reference,
    solutions=(_with_diagonal, _unit_by_unit, _by_trying),
    mutants=(
        _scales_rows,
        _bias_unscaled,
        _mean_unscaled,
        _beta_scaled,
        _forgets_mean,
        _forgets_bias,
        _adds_mean,
        _forgets_eps,
        _eps_outside,
        _forgets_root,
        _gamma_in_bias_only,
        _weights_unscaled,
        _in_place,
    ),
    hints=(
        "Write down what happens to one output j: z_j = sum_i x_i W_ij + b_j goes through the "
        "norm. Sort the result by what multiplies x_i and what does not.",
        "The norm multiplies z_j by one number and adds another. What multiplies z_j multiplies "
        "the whole column j of W, and b_j. The mean is subtracted before that, beta added after.",
        "scale = gamma / np.sqrt(running_var + eps). The new weights are W * scale, which scales "
        "columns, and the new biases (b - running_mean) * scale + beta.",
    ),
    checks=(
        known(
            "three inputs and two outputs, worked by hand",
            given(*_BY_HAND, np.array([1.0, 6.0]), eps=3.0),
            (np.array([[1.0, 4], [3, 8], [5, 12]]), np.array([-1.0, 5.0])),
        ),
        agrees("right for random layers", _draw, cases=4),
        agrees("as many inputs as outputs, where no shape warns", _square),
        agrees("a single weight", _one_of_each, cases=1),
        agrees("eps is 1e-5 unless given", _by_default, cases=1),
        agrees("a unit whose running variance is 0", _constant_unit, cases=2),
        holds("a norm that does nothing leaves W and b", _does_nothing, _changes_nothing, cases=1),
        holds("the same answers as the two layers, to 1e-10", _draw, _same_answers, cases=2),
        agrees(
            "units of all sizes",
            _of_all_sizes,
            group="stability",
            cases=2,
            tolerance=Tolerance(factor=256),
        ),
    ),
)
