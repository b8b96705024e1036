"""Exercise: softmax and cross-entropy in one function, with the gradient at the logits."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.gradients import check_gradient

Array = NDArray[Any]
Result = tuple[Any, Array]  # loss and gradient


def _reference(logits: Array, labels: Array, *, smoothing: float = 0.0) -> Result:
    loss = nn.cross_entropy(logits, labels, label_smoothing=smoothing)
    return loss, nn.cross_entropy.backward(1.0, logits, labels, label_smoothing=smoothing)


def _log_p(logits: Array, axis: int = 1) -> Array:
    z = logits - logits.max(axis=axis, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=axis, keepdims=True))


def _targets(logits: Array, labels: Array, smoothing: float) -> Array:
    n_classes = logits.shape[1]
    rows = np.eye(n_classes, dtype=logits.dtype)[labels] if labels.ndim == 1 else labels
    return (1 - smoothing) * rows + smoothing / n_classes


def _from_targets(logits: Array, labels: Array, *, smoothing: float = 0.0) -> Result:
    n, n_classes = logits.shape
    t = np.eye(n_classes, dtype=logits.dtype)[labels] if labels.ndim == 1 else labels
    t = (1 - smoothing) * t + smoothing / n_classes
    z = logits - logits.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -np.sum(t * log_p) / n, (np.exp(log_p) - t) / n


def _from_class_numbers(logits: Array, labels: Array, *, smoothing: float = 0.0) -> Result:
    n, n_classes = logits.shape
    classes, rows = labels if labels.ndim == 1 else labels.argmax(axis=1), np.arange(n)
    z = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(z)
    log_total = np.log(p.sum(axis=1))
    p /= p.sum(axis=1, keepdims=True)
    losses = log_total - (1 - smoothing) * z[rows, classes] - smoothing * z.mean(axis=1)
    p[rows, classes] -= 1 - smoothing
    p -= smoothing / n_classes
    return losses.mean(), p / n


def _one_example_at_a_time(logits: Array, labels: Array, *, smoothing: float = 0.0) -> Result:
    (n, n_classes), losses, dlogits = logits.shape, [], np.empty_like(logits)
    for i, row in enumerate(logits.tolist()):
        log_total = max(row) + math.log(math.fsum(math.exp(v - max(row)) for v in row))
        losses.append(0.0)
        for k, number in enumerate(row):
            hit = float(labels[i] == k) if labels.ndim == 1 else float(labels[i, k])
            t = (1 - smoothing) * hit + smoothing / n_classes
            losses[-1] -= t * (number - log_total)
            dlogits[i, k] = (math.exp(number - log_total) - t) / n
    return math.fsum(losses) / n, dlogits


@mutant("You sum over the examples; a loss is their mean, and so the gradient carries a 1/n.")
def _sums_over_examples(logits: Array, labels: Array, *, smoothing: float = 0.0) -> Result:
    loss, dlogits = _from_targets(logits, labels, smoothing=smoothing)
    return loss * len(logits), dlogits * len(logits)


@mutant("The loss is a mean over the batch, its gradient that of the sum: n times too large.")
def _gradient_of_the_sum(logits: Array, labels: Array, *, smoothing: float = 0.0) -> Result:
    loss, dlogits = _from_targets(logits, labels, smoothing=smoothing)
    return loss, dlogits * len(logits)


@mutant(
    "You average over all entries. One example has one loss, its sum over the classes; the mean is "
    "over the n examples."
)
def _averages_over_classes(logits: Array, labels: Array, *, smoothing: float = 0.0) -> Result:
    loss, dlogits = _from_targets(logits, labels, smoothing=smoothing)
    return loss / logits.shape[1], dlogits / logits.shape[1]


@mutant(
    "The gradient has the wrong sign: it is p - t. The logit of the right class must grow, so its "
    "slope is negative."
)
def _target_minus_prediction(logits: Array, labels: Array, *, smoothing: float = 0.0) -> Result:
    loss, dlogits = _from_targets(logits, labels, smoothing=smoothing)
    return loss, -dlogits


@mutant("Your probabilities sum to 1 over the batch; they must over the classes of an example.")
def _softmax_over_the_batch(logits: Array, labels: Array, *, smoothing: float = 0.0) -> Result:
    t, log_p = _targets(logits, labels, smoothing), _log_p(logits, axis=0)
    return -np.sum(t * log_p) / len(t), (np.exp(log_p) - t) / len(t)


@mutant(
    "The logsumexp of (n, n_classes) has shape (n,) and lines up with classes, or with nothing. "
    "Make a column of it with [:, None], so that each row gets its own number."
)
def _lines_up_with_classes(logits: Array, labels: Array, *, smoothing: float = 0.0) -> Result:
    t = _targets(logits, labels, smoothing)
    log_p = logits - (logits - _log_p(logits))[:, 0]
    return -np.sum(t * log_p) / len(t), (np.exp(log_p) - t) / len(t)


@mutant(
    "Large logits overflow: you take their exponentials as they come. Your logsumexp has solved "
    "this already."
)
def _overflows(logits: Array, labels: Array, *, smoothing: float = 0.0) -> Result:
    t, e = _targets(logits, labels, smoothing), np.exp(logits)
    p = e / e.sum(axis=1, keepdims=True)
    return -np.sum(t * np.log(p)) / len(t), (p - t) / len(t)


@mutant(
    "You take the logarithm of finished probabilities. A very small one is 0 in the computer, and "
    "the loss infinite: compute log p from the logits, as z - logsumexp(z)."
)
def _logarithm_of_softmax(logits: Array, labels: Array, *, smoothing: float = 0.0) -> Result:
    t, p = _targets(logits, labels, smoothing), np.exp(_log_p(logits))
    losses = np.where(t > 0, -t * np.log(p), 0)
    return losses.sum() / len(t), (p - t) / len(t)


@mutant(
    "The logarithm of a probability that is 0 in the computer is -inf, and 0 times that is NaN: "
    "compute log p from the logits, as z - logsumexp(z)."
)
def _zero_times_infinity(logits: Array, labels: Array, *, smoothing: float = 0.0) -> Result:
    t, p = _targets(logits, labels, smoothing), np.exp(_log_p(logits))
    return -np.sum(t * np.log(p)) / len(t), (p - t) / len(t)


@mutant(
    "You give the share `smoothing` to the other classes only. It goes to all n_classes alike, the "
    "right one included."
)
def _smooths_the_others(logits: Array, labels: Array, *, smoothing: float = 0.0) -> Result:
    t = _targets(logits, labels, 0.0)
    t = (1 - smoothing) * t + smoothing * (1 - t) / max(logits.shape[1] - 1, 1)
    log_p = _log_p(logits)
    return -np.sum(t * log_p) / len(t), (np.exp(log_p) - t) / len(t)


@mutant("The loss is smoothed, the gradient is not: there, too, t is the smoothed target.")
def _smooths_the_loss_only(logits: Array, labels: Array, *, smoothing: float = 0.0) -> Result:
    loss, _ = _from_targets(logits, labels, smoothing=smoothing)
    return loss, _from_targets(logits, labels)[1]


@mutant("You never use `smoothing`: the targets stay one-hot.")
def _ignores_smoothing(logits: Array, labels: Array, *, smoothing: float = 0.0) -> Result:
    return _from_targets(logits, labels)


@mutant("One-hot rows fail: you use them as class numbers. labels.ndim tells the two kinds apart.")
def _class_numbers_only(logits: Array, labels: Array, *, smoothing: float = 0.0) -> Result:
    rows = np.eye(logits.shape[1], dtype=logits.dtype)[labels]
    return _from_targets(logits, rows, smoothing=smoothing)


@mutant(
    "This is the cross-entropy of the chapter's code. Here labels may also be one-hot rows, and "
    "`smoothing` counts: form the targets first."
)
def _as_in_the_chapter(logits: Array, labels: Array, *, smoothing: float = 0.0) -> Result:
    return _from_targets(logits, np.eye(logits.shape[1], dtype=logits.dtype)[labels])


@mutant("Class numbers fail: you use them as one-hot rows. labels.ndim tells the two kinds apart.")
def _one_hot_only(logits: Array, labels: Array, *, smoothing: float = 0.0) -> Result:
    t, log_p = (1 - smoothing) * labels + smoothing / logits.shape[1], _log_p(logits)
    return -np.sum(t * log_p) / len(logits), (np.exp(log_p) - t) / len(logits)


@mutant(
    "float32 logits give float64 results: np.eye makes float64, and lifts all it meets, unless it "
    "is told dtype=logits.dtype."
)
def _lifts_float32(logits: Array, labels: Array, *, smoothing: float = 0.0) -> Result:
    rows = np.eye(logits.shape[1])[labels] if labels.ndim == 1 else labels
    return _from_targets(logits, rows, smoothing=smoothing)


def _case(rng: np.random.Generator, n: int, n_classes: int, **options: float) -> Given:
    logits = rng.normal(scale=2, size=(n, n_classes))
    return given(logits, rng.integers(n_classes, size=n), **options)


def _draw(rng: np.random.Generator) -> Given:
    return _case(rng, int(rng.integers(2, 6)), int(rng.integers(1, 6)))


def _one_hot(rng: np.random.Generator) -> Given:
    n = int(rng.integers(2, 6))
    n_classes = n if rng.random() < 0.5 else int(rng.integers(2, 6))
    labels = np.eye(n_classes)[rng.integers(n_classes, size=n)]
    smoothing = float(rng.choice([0.0, 0.2]))
    return given(rng.normal(scale=2, size=(n, n_classes)), labels, smoothing=smoothing)


def _smoothed(rng: np.random.Generator) -> Given:
    n, n_classes = int(rng.integers(2, 5)), int(rng.integers(3, 6))
    return _case(rng, n, n_classes, smoothing=float(np.round(rng.uniform(0.05, 0.5), 2)))


def _extreme(rng: np.random.Generator) -> Given:
    """Rows of which one logit wins by thousands; one label is right, one as wrong as can be."""
    n, n_classes = int(rng.integers(2, 5)), int(rng.integers(2, 5))
    logits = rng.permuted(np.tile(np.linspace(-1e4, 1e4, n_classes), (n, 1)), axis=1)
    labels = rng.integers(n_classes, size=n)
    labels[:2] = logits[0].argmin(), logits[1].argmax()
    return given(logits, labels)


def _rows_sum_to_zero(value: Result, logits: Array, labels: Array) -> str | None:
    sums = value[1].sum(axis=1)
    k = int(np.argmax(np.abs(sums)))
    return None if abs(sums[k]) < 1e-14 else f"row {k} of the gradient sums to {sums[k]:.3g}"


def _slopes(value: Result, logits: Array, labels: Array, *, smoothing: float) -> str | None:
    def loss(z: Array) -> float:
        return float(nn.cross_entropy(z, labels, label_smoothing=smoothing))

    result = check_gradient(loss, logits, value[1], rng=np.random.default_rng(0))
    return None if result else str(result)


EXERCISE = Exercise(
    name="softmax_xent",
    number=3,
    signature="softmax_xent(logits, labels, *, smoothing=0.0)",
    statement=(
        "The mean cross-entropy, in nats, of softmax(logits) against the labels, and its gradient "
        "with respect to the logits (n, n_classes); labels are class numbers (n,) or one-hot rows "
        "(n, n_classes)."
    ),
    stars=2,
    minutes=30,
    points={"contract": 1, "known answers": 2, "properties": 4, "gradients": 1, "stability": 2},
    reference=_reference,
    solutions=(_from_targets, _from_class_numbers, _one_example_at_a_time),
    mutants=(
        _sums_over_examples,
        _gradient_of_the_sum,
        _averages_over_classes,
        _target_minus_prediction,
        _softmax_over_the_batch,
        _lines_up_with_classes,
        _overflows,
        _logarithm_of_softmax,
        _zero_times_infinity,
        _smooths_the_others,
        _smooths_the_loss_only,
        _ignores_smoothing,
        _class_numbers_only,
        _as_in_the_chapter,
        _one_hot_only,
        _lifts_float32,
    ),
    hints=(
        "Bring the labels into one form first: a smoothed target t of shape (n, n_classes) whose "
        "rows sum to 1. Then one formula serves all cases.",
        "The loss of an example is minus the sum of t log p over the classes, and log p is the "
        "logit minus the logsumexp of its row: one number a row, which must line up with (n, "
        "n_classes).",
        "np.eye(n_classes, dtype=...)[labels] turns class numbers into rows. Move `smoothing` of "
        "each target onto the uniform 1 / n_classes. The gradient is (p - t) / n with p = "
        "exp(log p).",
    ),
    checks=(
        known(
            "two examples, worked by hand",
            given(np.array([[0.0, 0.0], [0.0, math.log(3)]]), np.array([0, 1])),
            (math.log(8 / 3) / 2, np.array([[-0.25, 0.25], [0.125, -0.125]])),
        ),
        known(
            "a batch of one example, with a smoothing of 0.1, worked by hand",
            given(np.array([[0.0, 0.0]]), np.array([0]), smoothing=0.1),
            (math.log(2), np.array([[-0.45, 0.45]])),
        ),
        agrees("class numbers, random shapes", _draw, cases=4),
        agrees("one-hot rows, smoothed or not", _one_hot),
        agrees("label smoothing of class numbers", _smoothed),
        holds("each row of the gradient sums to 0", _draw, _rows_sum_to_zero, cases=2),
        holds("the gradient is the slope, by differences", _smoothed, _slopes, group="gradients"),
        agrees("sure predictions, right and wrong, at ±10,000", _extreme, group="stability"),
    ),
    builds_on=("logsumexp",),
)
