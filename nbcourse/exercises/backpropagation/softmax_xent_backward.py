"""Exercise: the gradient of softmax and cross-entropy in one step, without a division by p."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.checking.compare import Tolerance
from nbcourse.gradients import numerical_gradient

Array = NDArray[Any]


def _reference(logits: Array, labels: Array) -> Array:
    return nn.cross_entropy.backward(1.0, logits, labels)


def _softmax(z: Array) -> Array:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _one_hot(logits: Array, labels: Array) -> Array:
    return np.eye(logits.shape[1], dtype=logits.dtype)[labels]


def _by_index(logits: Array, labels: Array) -> Array:
    dz = _softmax(logits)
    dz[np.arange(len(labels)), labels] -= 1
    return dz / len(labels)


def _by_one_hot(logits: Array, labels: Array) -> Array:
    return (_softmax(logits) - _one_hot(logits, labels)) / len(logits)


def _by_log_softmax(logits: Array, labels: Array) -> Array:
    z = logits - logits.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return (np.exp(log_p) - _one_hot(logits, labels)) / len(logits)


def _row_by_row(logits: Array, labels: Array) -> Array:
    dz = np.empty_like(logits)
    for n, (row, label) in enumerate(zip(logits, labels, strict=True)):
        e = np.exp(row - max(row))
        for k in range(len(row)):
            dz[n, k] = (e[k] / sum(e) - (k == label)) / len(logits)
    return dz


@mutant(
    "It is N times too large: the loss is the mean over the batch, so 1/N belongs to the gradient."
)
def _sums_examples(logits: Array, labels: Array) -> Array:
    return _softmax(logits) - _one_hot(logits, labels)


@mutant(
    "It is divided by the number of all entries; the mean runs over the N examples, not classes."
)
def _averages_entries(logits: Array, labels: Array) -> Array:
    return (_softmax(logits) - _one_hot(logits, labels)) / logits.size


@mutant(
    "The sign is wrong: a larger logit of the right class lowers the loss, so its gradient is < 0."
)
def _wrong_sign(logits: Array, labels: Array) -> Array:
    return (_one_hot(logits, labels) - _softmax(logits)) / len(logits)


@mutant(
    "The softmax runs down the batch (axis 0); the probabilities of one example are a row, axis 1."
)
def _softmax_over_batch(logits: Array, labels: Array) -> Array:
    return (_softmax(logits.T).T - _one_hot(logits, labels)) / len(logits)


@mutant(
    "exp overflows for large logits, and underflows to 0/0: subtract the maximum of each row first."
)
def _no_maximum(logits: Array, labels: Array) -> Array:
    e = np.exp(logits)
    return (e / e.sum(axis=1, keepdims=True) - _one_hot(logits, labels)) / len(logits)


@mutant(
    "One maximum is subtracted from the whole batch. A row far below it becomes all zeros, then "
    "0/0: each row needs its own maximum."
)
def _one_maximum(logits: Array, labels: Array) -> Array:
    e = np.exp(logits - logits.max())
    return (e / e.sum(axis=1, keepdims=True) - _one_hot(logits, labels)) / len(logits)


@mutant(
    "The labels are not used: this is p / N. The 1 of the right class has still to be subtracted."
)
def _forgets_labels(logits: Array, labels: Array) -> Array:
    return _softmax(logits) / len(logits)


@mutant(
    "p[:, labels] takes whole columns, of every example. Only one entry a row is meant: index rows "
    "and columns in pairs."
)
def _whole_columns(logits: Array, labels: Array) -> Array:
    p = _softmax(logits)
    p[:, labels] -= 1
    return p / len(logits)


@mutant("The maximum is subtracted from the caller's logits in place (-=); make a new array of it.")
def _changes_logits(logits: Array, labels: Array) -> Array:
    logits -= logits.max(axis=1, keepdims=True)
    return _by_index(logits, labels)


@mutant(
    "The probabilities are clipped away from 0 and 1. That belongs to a logarithm or a division; "
    "the fused gradient has neither, and loses digits by it."
)
def _clips(logits: Array, labels: Array) -> Array:
    p = np.clip(_softmax(logits), 1e-7, 1 - 1e-7)
    return (p - _one_hot(logits, labels)) / len(logits)


def _two_steps(logits: Array, labels: Array, pad: float) -> Array:
    p = _softmax(logits)
    dp = -_one_hot(logits, labels) / (p + pad) / len(logits)
    return p * (dp - np.sum(dp * p, axis=1, keepdims=True))


@mutant(
    "This goes through dp = -t / p and then the softmax; where p is 0 that is 0/0. Put one formula "
    "into the other on paper: p cancels."
)
def _divides(logits: Array, labels: Array) -> Array:
    return _two_steps(logits, labels, 0.0)


@mutant(
    "A small constant beside p hides the division by 0, but then the gradient vanishes just where "
    "the network is most wrong. Put the two steps into one formula: p cancels."
)
def _pads_division(logits: Array, labels: Array) -> Array:
    return _two_steps(logits, labels, 1e-12)


@mutant(
    "float32 logits give a float64 gradient: the one-hot matrix is float64. Give it their dtype."
)
def _widens(logits: Array, labels: Array) -> Array:
    return (_softmax(logits) - np.eye(logits.shape[1])[labels]) / len(logits)


def _case(rng: np.random.Generator, n: int, k: int) -> Given:
    return given(2 * rng.normal(size=(n, k)), rng.integers(k, size=n))


def _draw(rng: np.random.Generator) -> Given:
    return _case(rng, int(rng.integers(3, 7)), int(rng.integers(3, 7)))


def _one_example(rng: np.random.Generator) -> Given:
    return _case(rng, 1, int(rng.integers(1, 5)))


def _extreme(rng: np.random.Generator) -> Given:
    """Rows far above and below 0, and two with entries far apart, one of them classified wrong."""
    logits = rng.normal(size=(4, 3)) + np.array([[1e4], [-1e4], [0.0], [0.0]])
    logits[2:] = 1e4 * np.eye(3)[[0, 1]] - 1e4 * np.eye(3)[[1, 2]]
    labels = rng.integers(3, size=4)
    labels[2:] = 1, 1
    order = rng.permutation(4)
    return given(logits[order], labels[order])


def _unlikely_labels(rng: np.random.Generator) -> Given:
    logits = rng.permuted([[-30.0, 30.0, *rng.uniform(-29, 29, size=2)] for _ in range(3)], axis=1)
    # The label is the least likely class: nowhere does p - t cancel.
    return given(logits, logits.argmin(axis=1))


def _mean_loss(logits: Array, labels: Array) -> float:
    z = logits - logits.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return float(-log_p[np.arange(len(labels)), labels].mean())


def _is_slope(value: Array, logits: Array, labels: Array) -> str | None:
    slope = numerical_gradient(lambda z: _mean_loss(z, labels), logits)
    if value.shape != slope.shape or not np.allclose(value, slope, rtol=1e-6, atol=1e-8):
        return "dlogits is not the slope of the mean cross-entropy as measured by differences"
    return None


def _as_in_two_steps(value: Array, logits: Array, labels: Array) -> str | None:
    if not np.all(np.abs(value.sum(axis=1)) < 1e-12):
        return f"a row sums to {np.abs(value.sum(axis=1)).max():.3g}; all rows must sum to 0"
    two_steps = _two_steps(logits, labels, 0.0)
    if value.shape != two_steps.shape or not np.all(np.abs(value - two_steps) < 1e-12):
        return "it differs from p (dp - sum(dp p)) with dp = -t / (N p) by more than 1e-12"
    return None


EXERCISE = Exercise(
    name="softmax_xent_backward",
    number=3,
    signature="softmax_xent_backward(logits, labels)",
    statement=(
        "The gradient dlogits (n, n_classes) of the mean cross-entropy of softmax(logits), in "
        "nats, for labels (n,) of whole numbers; in one step, finite for logits of any size."
    ),
    stars=2,
    minutes=20,
    points={"contract": 1, "known answers": 2, "properties": 3, "gradients": 2, "stability": 2},
    reference=_reference,
    solutions=(_by_index, _by_one_hot, _by_log_softmax, _row_by_row),
    mutants=(
        _sums_examples,
        _averages_entries,
        _wrong_sign,
        _softmax_over_batch,
        _no_maximum,
        _one_maximum,
        _forgets_labels,
        _whole_columns,
        _changes_logits,
        _clips,
        _divides,
        _pads_division,
        _widens,
    ),
    hints=(
        "Put the gradient of the logarithm into that of the softmax on paper, before you write "
        "code. What cancels?",
        "What is left is a difference of two arrays of shape (n, n_classes), divided by one "
        "number. For the probabilities, subtract the maximum of each row before exp.",
        "Make p as a new array. Take 1 away from one entry in each row, with the index pair "
        "np.arange(n), labels. Then comes the 1/N of the mean.",
    ),
    checks=(
        known(
            "two examples, worked by hand",
            given(np.array([[0.0, 0.0], [np.log(3.0), 0.0]]), np.array([1, 0])),
            np.array([[0.25, -0.25], [-0.125, 0.125]]),
        ),
        agrees("right for random batches", _draw, cases=4),
        agrees("a batch of one example, and a single class", _one_example),
        holds(
            "its rows sum to 0, and the way in two steps agrees to 1e-12", _draw, _as_in_two_steps
        ),
        holds("it is the slope of the loss, by differences", _draw, _is_slope, group="gradients"),
        agrees("finite and right for logits of ±10,000", _extreme, group="stability"),
        agrees(
            "probabilities as small as 1e-26 keep their digits",
            _unlikely_labels,
            group="stability",
            cases=2,
            tolerance=Tolerance(elementwise=True),
        ),
    ),
)
