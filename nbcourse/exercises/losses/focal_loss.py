"""Exercise: the focal loss, which lets easy examples count less, and its gradient."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.gradients import check_gradient

Array = NDArray[Any]
Result = tuple[Any, Array]  # loss and gradient


def _reference(logits: Array, labels: Array, *, gamma: float = 2.0) -> Result:
    loss = nn.focal(logits, labels, gamma=gamma)
    return loss, nn.focal.backward(1.0, logits, labels, gamma=gamma)


def _log_softmax(logits: Array) -> Array:
    z = logits - logits.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def _parts(logits: Array, labels: Array) -> tuple[Array, Array, Array]:
    """Log-probability of the right class, 1 minus its probability, and p - t."""
    log_p, rows = _log_softmax(logits), np.arange(len(logits))
    difference = np.exp(log_p)
    difference[rows, labels] -= 1
    return log_p[rows, labels], -np.expm1(log_p[rows, labels]), difference


def _ratio(log_p: Array, q: Array) -> Array:
    """The quotient log p / (1 - p), which tends to -1 where p tends to 1."""
    return np.divide(log_p, q, out=np.full_like(q, -1), where=q > 0)


def _weighted_cross_entropy(logits: Array, labels: Array, *, gamma: float = 2.0) -> Result:
    n, rows = len(logits), np.arange(len(logits))
    z = logits - logits.max(axis=1, keepdims=True)
    log_softmax = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    log_p, difference = log_softmax[rows, labels], np.exp(log_softmax)
    difference[rows, labels] -= 1
    p, q = np.exp(log_p), -np.expm1(log_p)
    ratio = np.divide(log_p, q, out=np.full_like(q, -1), where=q > 0)
    weight = q**gamma * (1 - gamma * p * ratio)
    return -np.mean(q**gamma * log_p), weight[:, None] * difference / n


def _through_the_softmax(logits: Array, labels: Array, *, gamma: float = 2.0) -> Result:
    n, rows = len(logits), np.arange(len(logits))
    log_p, q, _ = _parts(logits, labels)
    safe = np.where(q > 0, q, 1)
    inner = np.where(q > 0, gamma * np.exp(log_p) * safe ** (gamma - 1) * log_p, 0)
    dlog_p = np.zeros_like(logits)
    dlog_p[rows, labels] = (inner - q**gamma) / n
    # Backward through log-softmax: dz = d - softmax * sum(d).
    dlogits = dlog_p - np.exp(_log_softmax(logits)) * dlog_p.sum(axis=1, keepdims=True)
    return np.einsum("i,i->", q**gamma, -log_p) / n, dlogits


def _one_example_at_a_time(logits: Array, labels: Array, *, gamma: float = 2.0) -> Result:
    loss, dlogits = 0.0, np.empty_like(logits)
    for row, label, slot in zip(logits.tolist(), labels.tolist(), dlogits, strict=True):
        top = max(row)
        log_total = top + math.log(math.fsum(math.exp(v - top) for v in row))
        log_p = row[label] - log_total
        p, q = math.exp(log_p), -math.expm1(log_p)
        weight = q**gamma - (gamma * p * log_p * q ** (gamma - 1) if q > 0 else 0)
        loss -= q**gamma * log_p / len(logits)
        for k, number in enumerate(row):
            slot[k] = weight * (math.exp(number - log_total) - (k == label)) / len(logits)
    return loss, dlogits


@mutant(
    "In the gradient you treat (1 - p)^gamma as a constant. It depends on the logits as well: the "
    "product rule gives a second term."
)
def _weight_taken_for_constant(logits: Array, labels: Array, *, gamma: float = 2.0) -> Result:
    log_p, q, difference = _parts(logits, labels)
    return -np.mean(q**gamma * log_p), (q**gamma)[:, None] * difference / len(logits)


@mutant(
    "The second term of the product rule has the wrong sign: 1 - p falls when p grows, so its "
    "slope brings a minus."
)
def _inner_sign(logits: Array, labels: Array, *, gamma: float = 2.0) -> Result:
    log_p, q, difference = _parts(logits, labels)
    weight = q**gamma * (1 + gamma * np.exp(log_p) * _ratio(log_p, q))
    return -np.mean(q**gamma * log_p), weight[:, None] * difference / len(logits)


@mutant(
    "The second term of the product rule lacks a factor p: the slope of 1 - p with respect to "
    "log p is -p, not -1."
)
def _inner_slope_without_p(logits: Array, labels: Array, *, gamma: float = 2.0) -> Result:
    log_p, q, difference = _parts(logits, labels)
    weight = q**gamma * (1 - gamma * _ratio(log_p, q))
    return -np.mean(q**gamma * log_p), weight[:, None] * difference / len(logits)


@mutant(
    "The weight is p^gamma, which makes easy examples count more. It is (1 - p)^gamma: the surer "
    "and righter, the less."
)
def _weights_easy_examples(logits: Array, labels: Array, *, gamma: float = 2.0) -> Result:
    log_p, _, difference = _parts(logits, labels)
    p = np.exp(log_p)
    weight = p**gamma * (1 + gamma * log_p)
    return -np.mean(p**gamma * log_p), weight[:, None] * difference / len(logits)


@mutant(
    "You weight the mean of the losses. Each example has a p of its own, so weight the losses "
    "first and take the mean then."
)
def _weights_the_mean(logits: Array, labels: Array, *, gamma: float = 2.0) -> Result:
    log_p, _, difference = _parts(logits, labels)
    mean = np.mean(log_p, keepdims=True)
    q = -np.expm1(mean)
    weight = q**gamma * (1 - gamma * np.exp(mean) * _ratio(mean, q))
    return -(q**gamma * mean)[0], weight[0] * difference / len(logits)


@mutant(
    "You weight the mean of the losses, and take its weight for a constant in the gradient. Weight "
    "each example by its own (1 - p)^gamma, which depends on the logits."
)
def _weights_the_mean_once(logits: Array, labels: Array, *, gamma: float = 2.0) -> Result:
    log_p, _, difference = _parts(logits, labels)
    weight = (-np.expm1(np.mean(log_p))) ** gamma
    return -weight * np.mean(log_p), weight * difference / len(logits)


@mutant("You sum over the examples; a loss is their mean, and so the gradient carries a 1/n.")
def _sums_over_examples(logits: Array, labels: Array, *, gamma: float = 2.0) -> Result:
    loss, dlogits = _weighted_cross_entropy(logits, labels, gamma=gamma)
    return loss * len(logits), dlogits * len(logits)


@mutant(
    "The loss is a mean over the batch, but the gradient is that of the sum: it is n times too "
    "large."
)
def _gradient_of_the_sum(logits: Array, labels: Array, *, gamma: float = 2.0) -> Result:
    loss, dlogits = _weighted_cross_entropy(logits, labels, gamma=gamma)
    return loss, dlogits * len(logits)


@mutant("You never use `gamma`: the exponent is 2 whatever the caller asks for.")
def _always_two(logits: Array, labels: Array, *, gamma: float = 2.0) -> Result:
    return _weighted_cross_entropy(logits, labels, gamma=2.0)


@mutant(
    "You take the logarithm of finished probabilities, which is -inf where one is too small for "
    "the computer: log p is the logit minus the logsumexp of its row."
)
def _logarithm_of_softmax(logits: Array, labels: Array, *, gamma: float = 2.0) -> Result:
    _, q, difference = _parts(logits, labels)
    p = np.exp(_log_softmax(logits))[np.arange(len(logits)), labels]
    weight = q**gamma * (1 - gamma * p * _ratio(np.log(p), q))
    return -np.mean(q**gamma * np.log(p)), weight[:, None] * difference / len(logits)


@mutant(
    "You divide by 1 - p, which is 0 where a prediction is right and sure, and 0 / 0 is NaN. There "
    "log p / (1 - p) tends to -1: put that in its place."
)
def _zero_by_zero(logits: Array, labels: Array, *, gamma: float = 2.0) -> Result:
    log_p, q, difference = _parts(logits, labels)
    weight = q**gamma * (1 - gamma * np.exp(log_p) * log_p / q)
    return -np.mean(q**gamma * log_p), weight[:, None] * difference / len(logits)


@mutant(
    "For gamma below 1 you raise 1 - p to a negative power, which is infinite where a prediction "
    "is right and sure; infinity times 0 is NaN. Treat 1 - p = 0 by itself."
)
def _negative_power(logits: Array, labels: Array, *, gamma: float = 2.0) -> Result:
    log_p, q, difference = _parts(logits, labels)
    weight = q**gamma - gamma * np.exp(log_p) * log_p * q ** (gamma - 1)
    return -np.mean(q**gamma * log_p), weight[:, None] * difference / len(logits)


def _case(rng: np.random.Generator, n: int, n_classes: int, gamma: float) -> Given:
    logits = rng.normal(scale=1.5, size=(n, n_classes))
    return given(logits, rng.integers(n_classes, size=n), gamma=gamma)


def _sizes(rng: np.random.Generator) -> tuple[int, int]:
    return int(rng.integers(2, 6)), int(rng.integers(2, 6))


def _draw(rng: np.random.Generator) -> Given:
    return _case(rng, *_sizes(rng), gamma=float(rng.choice([0.5, 1.0, 1.5, 3.0])))


def _size_one(rng: np.random.Generator) -> Given:
    return _case(rng, 1, int(rng.integers(2, 5)), gamma=float(rng.choice([1.0, 2.0])))


def _gamma_zero(rng: np.random.Generator) -> Given:
    return _case(rng, *_sizes(rng), gamma=0.0)


def _extreme(rng: np.random.Generator, *gammas: float) -> Given:
    """Rows of which one logit wins by thousands; one label is right, one as wrong as can be."""
    n, n_classes = int(rng.integers(2, 5)), int(rng.integers(2, 5))
    logits = rng.permuted(np.tile(np.linspace(-1e4, 1e4, n_classes), (n, 1)), axis=1)
    labels = rng.integers(n_classes, size=n)
    labels[:2] = logits[0].argmin(), logits[1].argmax()
    return given(logits, labels, gamma=float(rng.choice(gammas)))


def _slopes(value: Result, logits: Array, labels: Array, *, gamma: float) -> str | None:
    def loss(z: Array) -> float:
        return float(nn.focal(z, labels, gamma=gamma))

    result = check_gradient(loss, logits, value[1], rng=np.random.default_rng(0))
    return None if result else str(result)


_L = math.log(4 / 3)  # minus log p of the second example worked by hand

EXERCISE = Exercise(
    name="focal_loss",
    number=4,
    signature="focal_loss(logits, labels, *, gamma=2.0)",
    statement=(
        "The mean over the examples of -(1 - p)^gamma log p, in nats, where p is the probability "
        "that softmax(logits) gives to the right class, and its gradient with respect to the "
        "logits (n, n_classes); labels are class numbers (n,)."
    ),
    stars=3,
    minutes=45,
    points={"contract": 1, "known answers": 2, "properties": 3, "gradients": 2, "stability": 2},
    reference=_reference,
    solutions=(_weighted_cross_entropy, _through_the_softmax, _one_example_at_a_time),
    mutants=(
        _weight_taken_for_constant,
        _inner_sign,
        _inner_slope_without_p,
        _weights_easy_examples,
        _weights_the_mean,
        _weights_the_mean_once,
        _sums_over_examples,
        _gradient_of_the_sum,
        _always_two,
        _logarithm_of_softmax,
        _zero_by_zero,
        _negative_power,
    ),
    hints=(
        "Write the loss of one example as a function of a single number, s = log p. How s depends "
        "on the logits you know already: minus s is the cross-entropy.",
        "The derivative of -(1 - e^s)^gamma s with respect to s comes from the product rule, and "
        "1 - e^s has the derivative -p. The gradient of -s is n times a row of softmax_xent's.",
        "Each row of softmax_xent's gradient is multiplied by one weight, (1 - p)^gamma times the "
        "factor 1 - gamma p log p / (1 - p). Use -np.expm1(s) for 1 - p, and where it is 0, put -1 "
        "for log p / (1 - p).",
    ),
    checks=(
        known(
            "two examples with gamma = 2, worked by hand",
            given(np.array([[0.0, 0.0], [0.0, math.log(3)]]), np.array([0, 1]), gamma=2.0),
            (
                (math.log(2) / 4 + _L / 16) / 2,
                np.array([[-1.0, 1.0], [0.0, 0.0]]) * (1 + 2 * math.log(2)) / 16
                + np.array([[0.0, 0.0], [1.0, -1.0]]) * (1 + 6 * _L) / 128,
            ),
        ),
        agrees("loss and gradient are right for random shapes and gammas", _draw, cases=5),
        agrees("gamma = 0 gives the cross-entropy", _gamma_zero, cases=2),
        agrees("a batch of one example", _size_one, cases=2),
        holds("the gradient is the slope, by differences", _draw, _slopes, group="gradients"),
        agrees(
            "sure predictions, right and wrong, at ±10,000",
            lambda rng: _extreme(rng, 1.0, 2.0),
            group="stability",
            cases=2,
        ),
        agrees(
            "sure predictions with gamma below 1",
            lambda rng: _extreme(rng, 0.0, 0.5),
            group="stability",
            cases=2,
        ),
    ),
    builds_on=("logsumexp", "softmax_xent"),
)
