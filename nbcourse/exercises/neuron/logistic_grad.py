"""Exercise: the gradient of the mean cross-entropy of a logistic unit."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.gradients import numerical_gradient

Array = NDArray[Any]
Gradients = tuple[Array, Any]


def _reference(w: Array, b: float, X: Array, y: Array) -> Gradients:
    """What the package's loss sends back, and a neuron's layer after it."""
    neuron = nn.Linear(len(w), 1, rng=np.random.default_rng(0))
    neuron.W.data, neuron.b.data = w[:, None].astype(float), np.array([float(b)])
    logits = neuron.forward(X)
    neuron.backward(nn.bce_with_logits.backward(1.0, logits, y[:, None]))
    return np.asarray(neuron.W.grad)[:, 0], np.asarray(neuron.b.grad)[0]


def _sigmoid(z: Array) -> Array:
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def _errors(w: Array, b: float, X: Array, y: Array) -> Array:
    return _sigmoid(X @ w + b) - y


def _with_product(w: Array, b: float, X: Array, y: Array) -> Gradients:
    error = _errors(w, b, X, y)
    return X.T @ error / len(X), error.mean()


def _with_mean_of_rows(w: Array, b: float, X: Array, y: Array) -> Gradients:
    rows = np.einsum("n,ni->ni", _errors(w, b, X, y), np.column_stack([X, np.ones_like(y)]))
    both = np.mean(rows, axis=0, dtype=X.dtype)
    return both[:-1], both[-1]


def _with_loop(w: Array, b: float, X: Array, y: Array) -> Gradients:
    dw, db = np.zeros_like(X[0]), 0.0
    for x, label in zip(X, y, strict=True):
        error = float(_sigmoid(np.sum(x * w) + b)) - float(label)
        dw += error * x / len(X)
        db += error / len(X)
    return dw, db


def _from_the_two_classes(w: Array, b: float, X: Array, y: Array) -> Gradients:
    z = X @ w + b
    pull = np.where(y == 1, -_sigmoid(-z), _sigmoid(z)) / len(X)
    return np.sum(pull[:, None] * X, axis=0), np.sum(pull)


@mutant(
    "Your gradient is N times too large. The loss is a mean over the examples, so its gradient is "
    "one, too."
)
def _sums(w: Array, b: float, X: Array, y: Array) -> Gradients:
    error = _errors(w, b, X, y)
    return X.T @ error, error.sum()


@mutant("dw is a mean over the examples, but db is their sum. Both belong to one loss: take means.")
def _sums_the_bias(w: Array, b: float, X: Array, y: Array) -> Gradients:
    error = _errors(w, b, X, y)
    return X.T @ error / len(X), error.sum()


@mutant("db is a mean over the examples, but dw is their sum. Divide the product by N, too.")
def _sums_the_weights(w: Array, b: float, X: Array, y: Array) -> Gradients:
    error = _errors(w, b, X, y)
    return X.T @ error, error.mean()


@mutant(
    "The sign is wrong: the gradient contains prediction minus label, not label minus prediction."
)
def _flips_the_sign(w: Array, b: float, X: Array, y: Array) -> Gradients:
    error = -_errors(w, b, X, y)
    return X.T @ error / len(X), error.mean()


@mutant("The bias is missing from the weighted sum, so every prediction is that of another unit.")
def _forgets_the_bias(w: Array, b: float, X: Array, y: Array) -> Gradients:
    error = _errors(w, 0.0, X, y)
    return X.T @ error / len(X), error.mean()


@mutant(
    "A factor p (1 - p) is left over. It belongs to the gradient of a squared error; with the "
    "cross-entropy, the slope of the curve cancels."
)
def _keeps_the_slope(w: Array, b: float, X: Array, y: Array) -> Gradients:
    p = _sigmoid(X @ w + b)
    dz = (p - y) * p * (1 - p)
    return X.T @ dz / len(X), dz.mean()


@mutant(
    "The predictions were rounded to 0 or 1. That is the perceptron's mistake; the gradient needs "
    "the probability itself."
)
def _rounds_the_prediction(w: Array, b: float, X: Array, y: Array) -> Gradients:
    dz = (X @ w + b > 0).astype(X.dtype) - y
    return X.T @ dz / len(X), dz.mean()


@mutant(
    "The sigmoid is missing: the error is probability minus label, not weighted sum minus label."
)
def _forgets_the_sigmoid(w: Array, b: float, X: Array, y: Array) -> Gradients:
    dz = X @ w + b - y
    return X.T @ dz / len(X), dz.mean()


@mutant(
    "The labels were turned from -1 and +1 into 0 and 1. Here they are 0 and 1 already: use them "
    "as they come."
)
def _converts_labels(w: Array, b: float, X: Array, y: Array) -> Gradients:
    return _with_product(w, b, X, (y + 1) / 2)


@mutant(
    "You divide by the number of inputs. The mean is over examples: divide by the number of rows."
)
def _divides_by_inputs(w: Array, b: float, X: Array, y: Array) -> Gradients:
    error = _errors(w, b, X, y)
    return X.T @ error / X.shape[1], error.sum() / X.shape[1]


@mutant("db has one number an example. All examples share one bias, so db is their mean.")
def _keeps_bias_rows(w: Array, b: float, X: Array, y: Array) -> Gradients:
    error = _errors(w, b, X, y)
    return X.T @ error / len(X), error


@mutant(
    "The sums have the shape (N, 1) and the labels (N,), so their difference is (N, N): every "
    "prediction minus every label. Give both one shape."
)
def _broadcasts(w: Array, b: float, X: Array, y: Array) -> Gradients:
    error = _sigmoid(X @ w[:, None] + b) - y
    return X.T @ error / len(X), error.mean()


@mutant("The two gradients come in the wrong order: return dw first, then db.")
def _wrong_order(w: Array, b: float, X: Array, y: Array) -> tuple[Any, Array]:
    return _with_product(w, b, X, y)[::-1]


@mutant(
    "exp(z) / (1 + exp(z)) is infinity divided by infinity for large sums. Your function sigmoid "
    "avoids that: call it."
)
def _divides_infinities(w: Array, b: float, X: Array, y: Array) -> Gradients:
    e = np.exp(X @ w + b)
    error = e / (1 + e) - y
    return X.T @ error / len(X), error.mean()


# The labels are floats, so that a case can be turned into float32 as a whole.
def _case(rng: np.random.Generator, n: int, n_in: int) -> Given:
    w, b = rng.normal(size=n_in), float(rng.choice([-1, 1]) * rng.uniform(0.5, 1.5))
    return given(w, b, rng.normal(size=(n, n_in)), rng.integers(2, size=n).astype(float))


def _draw(rng: np.random.Generator) -> Given:
    n_in = int(rng.integers(2, 6))
    return _case(rng, n_in + int(rng.integers(1, 5)), n_in)


def _one_example(rng: np.random.Generator) -> Given:
    return _case(rng, 1, int(rng.integers(2, 5)))


def _one_input(rng: np.random.Generator) -> Given:
    return _case(rng, int(rng.integers(2, 6)), 1)


def _far_away(rng: np.random.Generator) -> Given:
    X = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    return given(rng.choice([-1e4, 1e4], size=2), 0.5, X, rng.permutation([0.0, 1.0, 0.0, 1.0]))


def _matches_differences(value: Gradients, w: Array, b: float, X: Array, y: Array) -> str | None:
    def loss(both: Array) -> float:
        z = X @ both[:-1] + both[-1]
        return float(np.mean(np.logaddexp(0, z) - y * z))

    slopes = numerical_gradient(loss, np.append(w, b))
    for name, mine, slope in zip(("dw", "db"), value, (slopes[:-1], slopes[-1]), strict=True):
        if np.shape(mine) != np.shape(slope):
            return f"{name} has shape {np.shape(mine)}, wanted {np.shape(slope)}"
        if not np.allclose(mine, slope, rtol=1e-6, atol=1e-8):
            return f"{name} is {np.round(mine, 4)}; measured by differences: {np.round(slope, 4)}"
    return None


_X = np.array([[1.0, 2.0], [3.0, 0.0], [0.0, -2.0], [2.0, 1.0]])

EXERCISE = Exercise(
    name="logistic_grad",
    number=4,
    signature="logistic_grad(w, b, X, y)",
    statement=(
        "The gradients dw (n_in,) and db (a number) of the mean cross-entropy of a logistic unit "
        "with weights w (n_in,) and bias b on examples X (N, n_in) with labels y (N,), 0 or 1."
    ),
    stars=2,
    minutes=20,
    points={"contract": 2, "known answers": 2, "properties": 3, "gradients": 2, "stability": 1},
    reference=_reference,
    solutions=(_with_product, _with_mean_of_rows, _with_loop, _from_the_two_classes),
    mutants=(
        _sums,
        _sums_the_bias,
        _sums_the_weights,
        _flips_the_sign,
        _forgets_the_bias,
        _keeps_the_slope,
        _rounds_the_prediction,
        _forgets_the_sigmoid,
        _converts_labels,
        _divides_by_inputs,
        _keeps_bias_rows,
        _broadcasts,
        _wrong_order,
        _divides_infinities,
    ),
    hints=(
        "Start with one example. How does its loss change with its weighted sum? And how does the "
        "sum change with one weight, and with the bias?",
        "For one example the slope with respect to the sum is prediction minus label, a number. "
        "Collect these N numbers in an array; its shape must be (N,).",
        "db is the mean of these N errors. dw is the mean of error times row: a product of X "
        "transposed with the errors adds up over the examples, and then only the division by N is "
        "left.",
    ),
    checks=(
        known(
            "weights and bias 0, worked by hand; labels are whole numbers",
            given(np.zeros(2), 0.0, _X, np.array([1, 0, 0, 0])),
            (np.array([0.5, -0.375]), 0.25),
        ),
        agrees("random units and examples", _draw, cases=4),
        agrees("one example", _one_example, cases=2),
        agrees("one input", _one_input, cases=2),
        holds(
            "dw and db are the slopes of the mean loss, by differences",
            _draw,
            _matches_differences,
            group="gradients",
        ),
        agrees("weighted sums of ±10,000", _far_away, group="stability", cases=2),
    ),
    builds_on=("sigmoid",),
)
