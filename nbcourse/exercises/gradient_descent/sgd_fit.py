"""Exercise: linear regression by SGD on minibatches, with the student's own pieces."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Check, Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.checking.values import Value
from nbcourse.exercises.gradient_descent import drivers

Array = NDArray[Any]
Rng = np.random.Generator
Fitted = tuple[Array, Any]
Epochs = list[list[Array]]  # the batches of each epoch


def _reference(
    X: Array, y: Array, *, n_epochs: int, rng: Rng, batch_size: int, **rates: Value
) -> Fitted:
    model = nn.Linear(X.shape[1], 1, rng=np.random.default_rng(0), initializer="zeros")
    training: dict[str, Value] = {"loss": nn.mse, "optimizer": nn.SGD(model.parameters(), **rates)}
    for _ in range(n_epochs):
        nn.train_epoch(model, X, y[:, None], batch_size=batch_size, rng=rng, **training)
    return model.W.data[:, 0], model.b.data[0]


class SGD:
    """Stands for the student's own class, as `minibatches` does for the function."""

    def __init__(self, w: Array, *, learning_rate: float, momentum: float) -> None:
        self.w, self.v = w, np.zeros_like(w)
        self.learning_rate, self.momentum = learning_rate, momentum

    def step(self, gradient: Array) -> Array:  # noqa: D102
        self.v = self.momentum * self.v + gradient
        self.w = self.w - self.learning_rate * self.v
        return self.w


def minibatches(n: int, batch_size: int, *, rng: Rng) -> list[Array]:  # noqa: D103
    order = rng.permutation(n)
    return [order[start : start + batch_size] for start in range(0, n, batch_size)]


def _column_of_ones(
    X: Array,
    y: Array,
    *,
    learning_rate: float,
    momentum: float,
    batch_size: int,
    n_epochs: int,
    rng: Rng,
) -> Fitted:
    rows = np.column_stack([X, np.ones(len(X), dtype=X.dtype)])
    weights = np.zeros(rows.shape[1], dtype=X.dtype)
    optimizer = SGD(weights, learning_rate=learning_rate, momentum=momentum)
    for _ in range(n_epochs):
        for batch in minibatches(len(rows), batch_size, rng=rng):
            error = rows[batch] @ weights - y[batch]
            weights = optimizer.step(2 * rows[batch].T @ error / len(batch))
    return weights[:-1], weights[-1]


def _two_optimizers(
    X: Array, y: Array, *, batch_size: int, n_epochs: int, rng: Rng, **rates: float
) -> Fitted:
    w, b = np.zeros_like(X[0]), np.zeros(1, dtype=X.dtype)
    for_w, for_b = SGD(w, **rates), SGD(b, **rates)
    for _ in range(n_epochs):
        order = np.argsort(rng.random(len(X)))
        for batch in np.split(order, range(batch_size, len(X), batch_size)):
            error = np.einsum("ni,i->n", X[batch], w) + b - y[batch]
            slopes = 2 * np.mean(error[:, None] * X[batch], axis=0), 2 * np.mean(error)
            w, b = for_w.step(slopes[0]), for_b.step(slopes[1])
    return w, b[0]


def _with_ones(X: Array) -> Array:
    return np.column_stack([X, np.ones(len(X), dtype=X.dtype)])


def _mean_slope(rows: Array, error: Array) -> Array:
    return 2 * rows.T @ error / len(rows)


def _epochs(X: Array, options: dict[str, Value]) -> Epochs:
    sizes, rng = (len(X), options["batch_size"]), options["rng"]
    return [minibatches(*sizes, rng=rng) for _ in range(options["n_epochs"])]


def _train(
    X: Array,
    y: Array,
    options: dict[str, Value],
    *,
    epochs: Epochs | None = None,
    slope: Callable[[Array, Array], Array] = _mean_slope,
    forgetful: bool = False,
    columns: tuple[int, ...] = (),
) -> Fitted:
    """The same in pieces, which most of the wrong answers below replace one by one."""
    rows = _with_ones(X)
    rates = {name: options[name] for name in ("learning_rate", "momentum")}
    w = np.zeros((rows.shape[1], *columns), dtype=X.dtype)
    optimizer = SGD(w, **rates)
    for dealt in epochs or _epochs(X, options):
        optimizer = SGD(w, **rates) if forgetful else optimizer
        for batch in dealt:
            w = optimizer.step(slope(rows[batch], rows[batch] @ w - y[batch]))
    return w[:-1], w[-1]


@mutant("The gradient is a sum over the batch: the loss is a mean, so divide by its examples.")
def _sums(X: Array, y: Array, **options: Value) -> Fitted:
    return _train(X, y, options, slope=lambda rows, error: 2 * rows.T @ error)


@mutant("You divide by batch_size, but the last batch may be smaller: divide by its own length.")
def _divides_by_size(X: Array, y: Array, **options: Value) -> Fitted:
    size = options["batch_size"]
    return _train(X, y, options, slope=lambda rows, error: 2 * rows.T @ error / size)


@mutant("The factor 2 is missing: the loss is the mean of the squares, without 1/2.")
def _forgets_two(X: Array, y: Array, **options: Value) -> Fitted:
    return _train(X, y, options, slope=lambda rows, error: rows.T @ error / len(rows))


@mutant("You walk uphill: take the error as prediction - y, and let the step subtract its slope.")
def _climbs(X: Array, y: Array, **options: Value) -> Fitted:
    return _train(X, y, options, slope=lambda rows, error: -_mean_slope(rows, error))


@mutant("The bias never moves: it has a gradient too, twice the mean error of the batch.")
def _forgets_bias(X: Array, y: Array, **options: Value) -> Fitted:
    only_weights = np.append(np.ones_like(X[0]), X.dtype.type(0))
    return _train(X, y, options, slope=lambda rows, e: only_weights * _mean_slope(rows, e))


@mutant("Momentum has no effect: pass it to SGD, and make the optimizer once, before the loops.")
def _loses_momentum(X: Array, y: Array, **options: Value) -> Fitted:
    return _train(X, y, options | {"momentum": 0.0})


@mutant("Each epoch makes a new optimizer, which forgets the velocity: make it before the loops.")
def _new_optimizer(X: Array, y: Array, **options: Value) -> Fitted:
    return _train(X, y, options, forgetful=True)


@mutant("All epochs have the same batches: deal them inside the loop over the epochs.")
def _one_order(X: Array, y: Array, **options: Value) -> Fitted:
    epochs = _epochs(X, options | {"n_epochs": 1}) * options["n_epochs"]
    return _train(X, y, options, epochs=epochs)


@mutant("The batches do not depend on rng: hand it to minibatches instead of a generator of yours.")
def _own_generator(X: Array, y: Array, **options: Value) -> Fitted:
    return _train(X, y, options | {"rng": np.random.default_rng(0)})


@mutant("The last batch of an epoch is left out when it is not full: use it as well.")
def _drops_last(X: Array, y: Array, **options: Value) -> Fitted:
    size = options["batch_size"]
    full = [[batch for batch in dealt if len(batch) == size] for dealt in _epochs(X, options)]
    return _train(X, y, options, epochs=full)


@mutant("An epoch is a single step: it must go through all the batches, not only the first.")
def _first_batch(X: Array, y: Array, **options: Value) -> Fitted:
    return _train(X, y, options, epochs=[dealt[:1] for dealt in _epochs(X, options)])


@mutant("Every step uses all the examples: take the rows of X and y that the batch names.")
def _uses_all(X: Array, y: Array, **options: Value) -> Fitted:
    whole = [[np.arange(len(X))] * len(dealt) for dealt in _epochs(X, options)]
    return _train(X, y, options, epochs=whole)


@mutant("The weights stay at 0: step returns the new ones, so store what it returns.")
def _ignores_step(X: Array, y: Array, **options: Value) -> Fitted:
    w, b = _train(X, y, options)
    return 0 * w, 0 * b


@mutant("A column of predictions minus a row of y is a square table: keep both one-dimensional.")
def _makes_table(X: Array, y: Array, **options: Value) -> Fitted:
    w, b = _train(X, y, options, columns=(1,))
    return w[:, 0], b[0]


def _data(rng: Rng, n: int, n_in: int, noise: float) -> tuple[Array, Array]:
    X, w = rng.normal(size=(n, n_in)), rng.normal(size=n_in)
    return X, X @ w + rng.normal() + 2 + noise * rng.normal(size=n)


def _case(rng: Rng, X: Array, y: Array, **options: Value) -> Given:
    rate, momentum = round(rng.uniform(0.02, 0.08), 3), round(rng.uniform(0.3, 0.9), 2)
    options = {"learning_rate": rate, "momentum": momentum} | options
    return given(X=X, y=y, seed=int(rng.integers(1000)), **options)


def _one_batch(rng: Rng) -> Given:
    n, n_in = int(rng.integers(5, 20)), int(rng.integers(1, 4))
    return _case(rng, *_data(rng, n, n_in, 1.0), batch_size=n, n_epochs=int(rng.integers(3, 10)))


def _alike(rng: Rng) -> Given:
    # All examples are equal, so that the result does not depend on their order.
    X, y = np.tile(rng.normal(size=2), (10, 1)), np.full(10, rng.normal() + 2)
    return _case(rng, X, y, batch_size=4, n_epochs=3)


def _one_hot(rng: Rng) -> Given:
    # Another order of these examples gives the same weights in another order.
    batch_size, n_batches = (int(k) for k in rng.integers([1, 3], [3, 5]))
    X = np.eye(batch_size * n_batches)
    return _case(rng, X, np.full(len(X), 2.0), batch_size=batch_size, n_epochs=1)


def _unlike(rng: Rng) -> Given:
    return _case(rng, *_data(rng, 12, 2, 1.0), batch_size=5)


def _trains(name: str, noise: float) -> Check:
    def draw(rng: Rng) -> Given:
        X, y = _data(rng, 120, 4, noise)
        return _case(rng, X, y, learning_rate=0.02, momentum=0.8, batch_size=16, n_epochs=20)

    return holds(name, draw, _near_best, group="training", driver=drivers.fit, seconds=3.0)


def _near_best(value: Fitted, X: Array, y: Array, **options: Value) -> str | None:
    loss = float(np.mean((X @ value[0] + value[1] - y) ** 2))
    least = float(np.linalg.lstsq(_with_ones(X), y, rcond=None)[1][0]) / len(y)
    limit = 1.1 * least + 1e-6
    return None if loss < limit else f"the mean squared error is {loss:.3g}, not below {limit:.3g}"


_BY_HAND = {"learning_rate": 0.1, "momentum": 0.5, "batch_size": 1, "n_epochs": 2}

EXERCISE = Exercise(
    name="sgd_fit",
    number=5,
    signature="sgd_fit(X, y, *, learning_rate, momentum, batch_size, n_epochs, rng)",
    statement=(
        "The weights w (n_in,) and the bias b, one number, of a linear model X @ w + b of y (n,), "
        "trained from 0 by SGD on the mean squared error; X is (n, n_in)."
    ),
    stars=3,
    minutes=40,
    points={"contract": 2, "known answers": 2, "properties": 8, "training": 8},
    reference=_reference,
    solutions=(_column_of_ones, _two_optimizers),
    mutants=(
        _sums,
        _divides_by_size,
        _forgets_two,
        _climbs,
        _forgets_bias,
        _loses_momentum,
        _new_optimizer,
        _one_order,
        _own_generator,
        _drops_last,
        _first_batch,
        _uses_all,
        _ignores_step,
        _makes_table,
    ),
    hints=(
        "Two loops, one in the other: over the epochs and over their batches. Decide for each "
        "line where it belongs: making the optimizer, dealing the batches, a step.",
        "SGD moves one array. Give X a column of ones, in the dtype of X, and the bias becomes "
        "the last of the weights. The gradient of a mean of error² is 2/|B| times the sum of "
        "error times x over the batch, where error is prediction - y.",
        "Before the loops: the column of ones, zero weights, the optimizer. In an epoch: batches "
        "from minibatches with rng. In a batch: its rows of X and y, the error, the gradient "
        "2 * X.T @ error / len(batch), the weights that step returns. At the end split off b.",
    ),
    checks=(
        known(
            "one example, two epochs, worked by hand",
            given(X=np.array([[2.0]]), y=np.array([6.0]), seed=0, **_BY_HAND),
            (np.array([3.6]), 1.8),
            driver=drivers.fit,
        ),
        agrees("all examples in one batch", _one_batch, cases=4, driver=drivers.fit),
        agrees("a last batch that is not full", _alike, cases=2, driver=drivers.fit),
        agrees("a step sees its own batch alone", _one_hot, driver=drivers.fit_sorted),
        agrees("each epoch is dealt anew from rng", _unlike, cases=1, driver=drivers.draws),
        _trains("the line behind exact data, on every seed", noise=0.0),
        _trains("close to least squares on noisy data, on every seed", noise=0.5),
    ),
    builds_on=("minibatches", "SGD"),
)
