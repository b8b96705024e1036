"""Exercise: training a logistic unit by gradient descent, from zero."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.neuron import drivers

Array = NDArray[Any]
Unit = tuple[Array, Any]


def _reference(X: Array, y: Array, *, learning_rate: float, n_steps: int) -> Unit:
    """The package's neuron, loss and optimizer."""
    rng = np.random.default_rng(0)
    neuron = nn.Linear(X.shape[1], 1, rng=rng, initializer="zeros")
    optimizer = nn.SGD(neuron.parameters(), learning_rate=learning_rate)
    for _ in range(n_steps):
        nn.train_step(neuron, X, y[:, None], loss=nn.bce_with_logits, optimizer=optimizer)
    return neuron.W.data[:, 0], neuron.b.data[0]


def _grad(w: Array, b: Any, X: Array, y: Array) -> Unit:
    error = np.exp(-np.logaddexp(0, -(X @ w + b))) - y
    return X.T @ error / len(X), error.mean()


def _with_gradient(X: Array, y: Array, *, learning_rate: float, n_steps: int) -> Unit:
    w, b = np.zeros_like(X[0]), 0.0
    for _ in range(n_steps):
        dw, db = _grad(w, b, X, y)
        w, b = w - learning_rate * dw, b - learning_rate * db
    return w, b


def _with_a_column_of_ones(X: Array, y: Array, *, learning_rate: float, n_steps: int) -> Unit:
    X1 = np.column_stack([X, np.ones(len(X), dtype=X.dtype)])
    v = np.zeros_like(X1[0])
    for _ in range(n_steps):
        p = np.exp(-np.logaddexp(0, -X1 @ v))
        v = v - learning_rate * np.einsum("n,ni->i", p - y, X1) / len(X)
    return v[:-1], v[-1]


def _with_two_classes_in_place(X: Array, y: Array, *, learning_rate: float, n_steps: int) -> Unit:
    """Labels become signs; each example pulls the unit to its own side."""
    signs = 2 * y - 1
    w, b = np.zeros_like(X[0]), 0.0
    for _ in range(n_steps):
        pull = signs * np.exp(-np.logaddexp(0, signs * (X @ w + b)))
        w += learning_rate * np.mean(pull[:, None] * X, axis=0)
        b += learning_rate * np.mean(pull)
    return w, b


@mutant("You go up the slope: the loss grows. Subtract the gradient from w and b.")
def _climbs(X: Array, y: Array, *, learning_rate: float, n_steps: int) -> Unit:
    return _with_gradient(X, y, learning_rate=-learning_rate, n_steps=n_steps)


@mutant("The bias stays 0. It is a parameter like the weights and takes the same steps, with db.")
def _leaves_the_bias(X: Array, y: Array, *, learning_rate: float, n_steps: int) -> Unit:
    w = np.zeros_like(X[0])
    for _ in range(n_steps):
        w = w - learning_rate * _grad(w, 0.0, X, y)[0]
    return w, 0.0


@mutant("There is one step too few: range(1, n_steps) has n_steps - 1 members.")
def _one_step_too_few(X: Array, y: Array, *, learning_rate: float, n_steps: int) -> Unit:
    return _with_gradient(X, y, learning_rate=learning_rate, n_steps=max(n_steps - 1, 0))


@mutant("There is one step too many: range(n_steps + 1) has n_steps + 1 members.")
def _one_step_too_many(X: Array, y: Array, *, learning_rate: float, n_steps: int) -> Unit:
    return _with_gradient(X, y, learning_rate=learning_rate, n_steps=n_steps + 1)


@mutant("Only one step is made: the return stands inside the loop.")
def _returns_inside_the_loop(X: Array, y: Array, *, learning_rate: float, n_steps: int) -> Any:
    if n_steps:
        return _with_gradient(X, y, learning_rate=learning_rate, n_steps=1)
    return None


@mutant(
    "The gradient is computed once, before the loop. It changes with w and b: compute it anew in "
    "every step."
)
def _keeps_the_first_gradient(X: Array, y: Array, *, learning_rate: float, n_steps: int) -> Unit:
    w, b = np.zeros_like(X[0]), 0.0
    dw, db = _grad(w, b, X, y)
    return w - n_steps * learning_rate * dw, b - n_steps * learning_rate * db


@mutant(
    "The gradient of the bias is computed with weights that have moved already. Take dw and db "
    "from one call, then change both."
)
def _moves_the_weights_first(X: Array, y: Array, *, learning_rate: float, n_steps: int) -> Unit:
    w, b = np.zeros_like(X[0]), 0.0
    for _ in range(n_steps):
        w = w - learning_rate * _grad(w, b, X, y)[0]
        b = b - learning_rate * _grad(w, b, X, y)[1]
    return w, b


@mutant("learning_rate is not used: a step is the learning rate times the gradient.")
def _ignores_the_learning_rate(X: Array, y: Array, *, learning_rate: float, n_steps: int) -> Unit:
    return _with_gradient(X, y, learning_rate=1.0, n_steps=n_steps)


@mutant("The step of the bias lacks the learning rate; it is a factor of both steps.")
def _full_steps_of_the_bias(X: Array, y: Array, *, learning_rate: float, n_steps: int) -> Unit:
    w, b = np.zeros_like(X[0]), 0.0
    for _ in range(n_steps):
        dw, db = _grad(w, b, X, y)
        w, b = w - learning_rate * dw, b - db
    return w, b


@mutant(
    "The step is divided by N once more. The gradient is that of a mean and contains 1/N already."
)
def _averages_twice(X: Array, y: Array, *, learning_rate: float, n_steps: int) -> Unit:
    return _with_gradient(X, y, learning_rate=learning_rate / len(X), n_steps=n_steps)


@mutant(
    "Your steps are N times too long: the gradient of a sum is used. logistic_grad gives that of "
    "the mean."
)
def _follows_the_sum(X: Array, y: Array, *, learning_rate: float, n_steps: int) -> Unit:
    return _with_gradient(X, y, learning_rate=learning_rate * len(X), n_steps=n_steps)


@mutant(
    "The labels were turned into -1 and +1. That is the perceptron's convention; logistic_grad "
    "wants 0 and 1."
)
def _converts_labels(X: Array, y: Array, *, learning_rate: float, n_steps: int) -> Unit:
    return _with_gradient(X, 2 * y - 1, learning_rate=learning_rate, n_steps=n_steps)


@mutant(
    "The weights are float64 whatever comes in: np.zeros(n_in) is. Start from zeros of the dtype "
    "of X."
)
def _starts_in_float64(X: Array, y: Array, *, learning_rate: float, n_steps: int) -> Unit:
    w, b = _with_gradient(X, y, learning_rate=learning_rate, n_steps=n_steps)
    return w.astype(np.float64), b


@mutant(
    "exp(z) / (1 + exp(z)) is infinity divided by infinity when inputs are large. Your function "
    "sigmoid avoids that; logistic_grad should call it."
)
def _divides_infinities(X: Array, y: Array, *, learning_rate: float, n_steps: int) -> Unit:
    w, b = np.zeros_like(X[0]), 0.0
    for _ in range(n_steps):
        e = np.exp(X @ w + b)
        error = e / (1 + e) - y
        w, b = w - learning_rate * X.T @ error / len(X), b - learning_rate * error.mean()
    return w, b


def _case(rng: np.random.Generator, n: int, n_in: int) -> Given:
    X, y = rng.normal(size=(n, n_in)), rng.integers(2, size=n).astype(float)
    y[0] = 1.0  # with n = 1 as elsewhere, there is something to learn
    rate, n_steps = float(rng.uniform(0.1, 0.6)), int(rng.integers(3, 15))
    return given(X, y, learning_rate=rate, n_steps=n_steps)


def _draw(rng: np.random.Generator) -> Given:
    return _case(rng, int(rng.integers(5, 15)), int(rng.integers(2, 5)))


def _one_example(rng: np.random.Generator) -> Given:
    return _case(rng, 1, int(rng.integers(1, 4)))


def _clouds(rng: np.random.Generator) -> Given:
    """Two clouds of 200 points, far from the origin, so that a bias is needed."""
    y = rng.integers(2, size=400).astype(float)
    direction = rng.normal(size=3)
    direction *= 2 / np.linalg.norm(direction)
    X = 1.5 * direction + np.outer(2 * y - 1, direction) + rng.normal(size=(400, 3))
    return given(X, y, learning_rate=0.3, n_steps=200)


def _predicts_new_examples(
    value: Unit, X: Array, y: Array, *, learning_rate: float, n_steps: int
) -> str | None:
    w, b = value
    half = len(X) // 2
    z, labels = X[half:] @ w + b, y[half:]
    loss = float(np.mean(np.logaddexp(0, z) - labels * z))
    right = float(np.mean((z > 0) == (labels == 1)))
    if not (loss < 0.25 and right > 0.9):
        return (
            f"on {len(z)} new examples the mean loss is {loss:.3f} and {right:.1%} are right; "
            "wanted a loss below 0.25 and more than 90% right"
        )
    return None


def _goes_down(
    value: list[Unit], X: Array, y: Array, *, learning_rate: float, n_steps: int
) -> str | None:
    last = np.inf
    for k, (w, b) in enumerate(value):
        z = X @ w + b
        loss = float(np.mean(np.logaddexp(0, z) - y * z))
        if not loss < last:
            return f"the mean loss after {k} steps is {loss:.5g}, after {k - 1} it was {last:.5g}"
        last = loss
    return None


_X = np.array([[1.0, 2.0], [3.0, 0.0], [0.0, -2.0], [2.0, 1.0]])
_Y = np.array([1, 0, 0, 0])

EXERCISE = Exercise(
    name="logistic_fit",
    number=5,
    signature="logistic_fit(X, y, *, learning_rate, n_steps)",
    statement=(
        "Weights w (n_in,) and bias b of a logistic unit after n_steps steps of gradient descent "
        "from zero, on the mean cross-entropy of X (N, n_in) and labels y (N,), 0 or 1."
    ),
    stars=3,
    minutes=30,
    points={"contract": 2, "known answers": 4, "properties": 6, "stability": 2, "training": 6},
    reference=_reference,
    solutions=(_with_gradient, _with_a_column_of_ones, _with_two_classes_in_place),
    mutants=(
        _climbs,
        _leaves_the_bias,
        _one_step_too_few,
        _one_step_too_many,
        _returns_inside_the_loop,
        _keeps_the_first_gradient,
        _moves_the_weights_first,
        _ignores_the_learning_rate,
        _full_steps_of_the_bias,
        _averages_twice,
        _follows_the_sum,
        _converts_labels,
        _starts_in_float64,
        _divides_infinities,
    ),
    hints=(
        "You have the gradient already. What remains is a start, a loop of n_steps rounds, and the "
        "rule for one step.",
        "In each round call logistic_grad with the present w and b. The gradient points uphill, "
        "and the length of a step is the learning rate times the gradient.",
        "Start with zeros like one row of X, and with b = 0.0. A round takes dw and db from one "
        "call, subtracts learning_rate times dw from w, and learning_rate times db from b. Return "
        "both after the loop.",
    ),
    checks=(
        known(
            "one step, worked by hand; labels are whole numbers",
            given(_X, _Y, learning_rate=0.5, n_steps=1),
            (np.array([-0.25, 0.1875]), -0.125),
        ),
        known(
            "no step at all",
            given(_X, _Y, learning_rate=0.5, n_steps=0),
            (np.zeros(2), 0.0),
        ),
        agrees("random examples, rates and numbers of steps", _draw, cases=4),
        agrees("one example", _one_example, cases=2),
        holds(
            "every step lowers the mean loss",
            _draw,
            _goes_down,
            driver=drivers.after_each_step,
            cases=2,
        ),
        known(
            "inputs of ±10,000: no NaN, and no step once all is right",
            given(np.array([[1e4], [-1e4]]), np.array([1.0, 0.0]), learning_rate=1.0, n_steps=5),
            (np.array([5000.0]), 0.0),
            group="stability",
        ),
        holds(
            "trained on 200 examples, it is right on more than 90% of 200 new ones",
            _clouds,
            _predicts_new_examples,
            group="training",
            driver=drivers.fit_on_half,
            seconds=3.0,
        ),
    ),
    builds_on=("sigmoid", "logistic_grad"),
)
