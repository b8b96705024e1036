"""Exercise: the error rate of a network on a set that is too large to be sent through at once."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Check, Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.layers import drivers

Array = NDArray[Any]
Params = Sequence[tuple[Array, Array]]  # (W, b), first layer first
Act = Callable[[Array], Array]
Data = tuple[Any, ...]


def mlp_forward(params: Params, x: Array, activation: Act) -> Array:
    """Stands for the student's own function."""
    for k, (W, b) in enumerate(params):
        z = x @ W + b
        x = activation(z) if k < len(params) - 1 else z
    return x


def _reference(*data: Any, batch_size: int) -> Any:
    wrong = _wrong(data, _slices(data, batch_size))
    return sum(int(w.sum()) for w in wrong) / len(data[1])


def _counting(params: Params, x: Array, labels: Array, activation: Act, *, batch_size: int) -> Any:
    n_wrong = 0
    for start in range(0, len(x), batch_size):
        batch = slice(start, start + batch_size)
        logits = mlp_forward(params, x[batch], activation)
        n_wrong += int(np.sum(logits.argmax(axis=1) != labels[batch]))
    return n_wrong / len(x)


def _joining(params: Params, x: Array, labels: Array, activation: Act, *, batch_size: int) -> Any:
    parts = np.split(x, range(batch_size, len(x), batch_size))
    found = [np.argmax(mlp_forward(params, part, activation), axis=-1) for part in parts]
    return np.mean(np.concatenate(found) != labels)


def _weighing(params: Params, x: Array, labels: Array, activation: Act, *, batch_size: int) -> Any:
    """A mean of the means, weighted by the lengths of batches that are as even as can be."""
    n_batches = -(-len(x) // batch_size)
    total = 0.0
    for rows in np.array_split(np.arange(len(x)), n_batches):
        p = mlp_forward(params, x[rows], activation)
        at_label = p[np.arange(len(rows)), labels[rows]]
        total += len(rows) * np.mean(at_label < p.max(axis=1))
    return total / len(x)


# The wrong answers below take params, x, labels and activation together, as `data`.
def _slices(data: Data, batch_size: int, step: int | None = None) -> list[slice]:
    return [slice(k, k + batch_size) for k in range(0, len(data[1]), step or batch_size)]


def _wrong(data: Data, batches: Sequence[Any]) -> list[Array]:
    """For each batch, which of its predictions are wrong."""
    params, x, labels, activation = data
    return [mlp_forward(params, x[k], activation).argmax(axis=1) != labels[k] for k in batches]


def _full_ones(data: Data, batch_size: int) -> list[slice]:
    return _slices(data, batch_size)[: len(data[1]) // batch_size]


@mutant(
    "You take the mean of the batches' error rates. A short last batch then weighs as much as a "
    "full one: add up mistakes, and divide by n at the end."
)
def _mean_of_means(*data: Any, batch_size: int) -> Any:
    return np.mean([w.mean() for w in _wrong(data, _slices(data, batch_size))])


@mutant("The last batch is left out when it is not full. Each example counts.")
def _drops_last(*data: Any, batch_size: int) -> Any:
    wrong = _wrong(data, _full_ones(data, batch_size))
    return sum(int(w.sum()) for w in wrong) / max(len(wrong) * batch_size, 1)


@mutant("The last batch is not counted when it is not full, but its examples are in the divisor.")
def _forgets_mistakes(*data: Any, batch_size: int) -> Any:
    wrong = _wrong(data, _full_ones(data, batch_size))
    return sum(int(w.sum()) for w in wrong) / len(data[1])


@mutant(
    "You divide by the number of batches times batch_size. The last batch may be shorter: divide "
    "by the number of examples."
)
def _divides_by_full(*data: Any, batch_size: int) -> Any:
    wrong = _wrong(data, _slices(data, batch_size))
    return sum(int(w.sum()) for w in wrong) / (len(wrong) * batch_size)


@mutant(
    "All examples go through the network at once. The rate is right, but a large set would not fit "
    "into memory: at most batch_size rows at a time."
)
def _all_at_once(*data: Any, batch_size: int) -> Any:
    return np.mean(_wrong(data, [slice(None)])[0])


@mutant(
    "You send one example at a time. That is right and slow: the network takes batch_size examples "
    "in one call."
)
def _one_by_one(*data: Any, batch_size: int) -> Any:
    return np.mean(_wrong(data, _slices(data, 1)))


@mutant(
    "Some of your batches are larger than batch_size: n // batch_size pieces are too few when a "
    "rest remains."
)
def _too_few_pieces(*data: Any, batch_size: int) -> Any:
    n = len(data[1])
    wrong = _wrong(data, np.array_split(np.arange(n), max(n // batch_size, 1)))
    return sum(int(w.sum()) for w in wrong) / n


@mutant("Every batch is compared with the first labels: cut labels at the same places as x.")
def _first_labels(*data: Any, batch_size: int) -> Any:
    params, x, labels, activation = data
    n_wrong = 0
    for batch in _slices(data, batch_size):
        predictions = mlp_forward(params, x[batch], activation).argmax(axis=1)
        n_wrong += int(np.sum(predictions != labels[: len(predictions)]))
    return n_wrong / len(x)


@mutant("That is the share of right predictions, the accuracy; the error rate is 1 minus it.")
def _accuracy(*data: Any, batch_size: int) -> Any:
    return 1 - _reference(*data, batch_size=batch_size)


@mutant("You return how many predictions are wrong; the rate is that number divided by n.")
def _count(*data: Any, batch_size: int) -> Any:
    return sum(int(w.sum()) for w in _wrong(data, _slices(data, batch_size)))


@mutant(
    "Your batches overlap: the next one begins one example later, not behind the last. range takes "
    "batch_size as its step."
)
def _overlaps(*data: Any, batch_size: int) -> Any:
    wrong = _wrong(data, _slices(data, batch_size, step=1))
    return sum(int(w.sum()) for w in wrong) / len(data[1])


@mutant(
    "argmax without an axis names one place in the whole batch. The prediction is the place of the "
    "largest logit in each row: axis=1."
)
def _one_place(*data: Any, batch_size: int) -> Any:
    params, x, labels, activation = data
    n_wrong = 0
    for batch in _slices(data, batch_size):
        best = mlp_forward(params, x[batch], activation).argmax()
        n_wrong += int(np.sum(best != labels[batch]))
    return n_wrong / len(x)


def _network(rng: np.random.Generator, sizes: Sequence[int]) -> list[tuple[Array, Array]]:
    return [(rng.normal(size=(i, o)) / np.sqrt(i), rng.normal(size=o)) for i, o in pairwise(sizes)]


def _case(rng: np.random.Generator, n: int, sizes: Sequence[int], act: str = "") -> Given:
    """Drawn until no two of the largest logits are nearly equal; about half the labels right."""
    name = act or str(rng.choice(["relu", "tanh", "sigmoid"]))
    while True:
        params, x = _network(rng, sizes), rng.normal(size=(n, sizes[0]))
        logits = mlp_forward(params, x, drivers.ACTIVATIONS[name])
        highest = np.sort(logits, axis=1)[:, -2:]
        if np.min(highest[:, 1] - highest[:, 0]) > 1e-4:
            break
    shifts = rng.integers(1, sizes[-1], size=n) * (rng.random(n) < 0.5)
    labels = (logits.argmax(axis=1) + shifts) % sizes[-1]
    return given(params, x, labels, activation=name)


def _batches(rng: np.random.Generator, n: int, batch_size: int) -> Given:
    case = _case(rng, n, [int(k) for k in rng.integers(3, 7, size=rng.integers(2, 5))])
    return given(*case.args, **case.kwargs, batch_size=batch_size)


def _short_last(rng: np.random.Generator) -> Given:
    size = int(rng.integers(4, 9))
    return _batches(rng, 3 * size + int(rng.integers(1, size)), size)


def _last_of_one(rng: np.random.Generator) -> Given:
    size = int(rng.integers(3, 6))
    return _batches(rng, 4 * size + 1, size)


def _full(rng: np.random.Generator) -> Given:
    size = int(rng.integers(3, 8))
    return _batches(rng, 4 * size, size)


def _larger(rng: np.random.Generator) -> Given:
    n = int(rng.integers(3, 9))
    return _batches(rng, n, n + int(rng.integers(1, 9)))


def _all_sizes(rng: np.random.Generator) -> Given:
    n = int(rng.integers(20, 40))
    case = _case(rng, n, [3, 5, 4])
    return given(*case.args, **case.kwargs, batch_sizes=[1, 2, 7, n - 1, n, n + 3])


def _no_difference(value: list[float], *data: Any, batch_sizes: list[int], activation: str) -> Any:
    params, x, labels = data
    logits = mlp_forward(params, x, drivers.ACTIVATIONS[activation])
    right = float(np.mean(logits.argmax(axis=1) != labels))
    for mine, size in zip(value, batch_sizes, strict=True):
        if abs(mine - right) > 1e-12:
            return f"in batches of {size} it is {mine:.6g}, for all at once it would be {right:.6g}"
    return None


def _one_hidden_layer(rng: np.random.Generator) -> Given:
    """The activation is called once for each batch."""
    n, size = int(rng.integers(40, 60)), int(rng.integers(7, 12))
    case = _case(rng, n, [3, 4, 3])
    return given(*case.args, **case.kwargs, batch_size=size)


def _bounded(value: list[int], *data: Any, batch_size: int, activation: str) -> str | None:
    n = len(data[1])
    n_batches = -(-n // batch_size)
    if max(value, default=0) > batch_size:
        return f"{max(value)} examples were in the network at once, with batches of {batch_size}"
    if sum(value) != n:
        return f"{sum(value)} examples went through the network, but there are {n}"
    if len(value) > n_batches:
        return f"the network ran {len(value)} times for {n} examples in batches of {batch_size}"
    return None


def _right(name: str, draw: Callable[[np.random.Generator], Given], cases: int = 2) -> Check:
    return agrees(name, draw, cases=cases, driver=drivers.rate)


_BY_HAND = given(
    [(np.array([[1.0, -1.0]]), np.zeros(2)), (np.eye(2), np.array([0.0, 0.5]))],
    np.array([[2.0], [-3.0], [0.25]]),
    np.array([0, 1, 0]),
    activation="relu",
    batch_size=2,
)

EXERCISE = Exercise(
    name="error_rate",
    number=7,
    signature="error_rate(params, x, labels, activation, *, batch_size)",
    statement=(
        "The share of the examples x (n, n_in) whose largest logit is not at their label (n,), one "
        "number; no more than batch_size examples go through the network at a time."
    ),
    stars=3,
    minutes=30,
    points={"contract": 1, "known answers": 1, "properties": 5, "complexity": 3},
    builds_on=("mlp_forward",),
    reference=_reference,
    solutions=(_counting, _joining, _weighing),
    mutants=(
        _mean_of_means,
        _drops_last,
        _forgets_mistakes,
        _divides_by_full,
        _all_at_once,
        _one_by_one,
        _too_few_pieces,
        _first_labels,
        _accuracy,
        _count,
        _overlaps,
        _one_place,
    ),
    hints=(
        "Write it for all examples at once first: logits, the place of the largest in each row, "
        "how many differ from labels, divided by n.",
        "range(0, n, batch_size) are the places where batches begin. A slice that reaches beyond "
        "the end is just shorter, so the last batch needs no case of its own.",
        "For each start: batch = slice(start, start + batch_size); logits of x[batch]; add the "
        "number of places where logits.argmax(axis=1) != labels[batch]. After the loop divide the "
        "sum by len(x), once.",
    ),
    checks=(
        known("three examples in batches of two, by hand", _BY_HAND, 1 / 3, driver=drivers.rate),
        _right("a last batch that is not full", _short_last, cases=3),
        _right("a last batch of one example", _last_of_one),
        _right("full batches only", _full),
        _right("fewer examples than a batch can hold", _larger),
        holds(
            "the same for every batch size",
            _all_sizes,
            _no_difference,
            driver=drivers.rates,
            cases=2,
        ),
        holds(
            "never more than batch_size examples at once, and no needless calls",
            _one_hidden_layer,
            _bounded,
            group="complexity",
            driver=drivers.rows_at_once,
            cases=2,
        ),
    ),
    keeps_dtype=False,  # a share is a number of its own
)
