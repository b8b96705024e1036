"""Exercise: one epoch of mini-batch gradient descent on a network with a hidden layer."""

from collections.abc import Callable
from functools import partial
from itertools import cycle
from typing import Any, TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.mnist import drivers
from nbcourse.gradients import numerical_gradient

Array = NDArray[Any]
Rng = np.random.Generator
Weights = tuple[Array, ...]  # W1, b1, W2, b2


class _Options(TypedDict):
    learning_rate: float
    batch_size: int
    rng: Rng


def _reference(weights: Weights, x: Array, labels: Array, **options: Unpack[_Options]) -> Weights:
    """The package's own network, optimizer and epoch."""
    model = nn.MLP((*weights[0].shape, len(weights[3])), rng=np.random.default_rng(0))
    for p, w in zip(model.parameters(), weights, strict=True):
        p.data = w.copy()
    sgd = nn.SGD(model.parameters(), learning_rate=options["learning_rate"])
    batches: dict[str, Any] = {"batch_size": options["batch_size"], "rng": options["rng"]}
    nn.train_epoch(model, x, labels, loss=nn.cross_entropy, optimizer=sgd, **batches)
    return tuple(p.data for p in model.parameters())


def _with_one_hot(
    weights: Weights, x: Array, labels: Array, *, learning_rate: float, batch_size: int, rng: Rng
) -> Weights:
    """Biases are the last rows of the weights, targets are rows of the identity."""
    first, second = np.vstack(weights[:2]), np.vstack(weights[2:])
    targets = np.eye(len(weights[3]), dtype=x.dtype)[labels]
    order = rng.permutation(len(x))
    for batch in np.split(order, range(batch_size, len(x), batch_size)):
        ones = np.ones((len(batch), 1), dtype=x.dtype)
        inputs = np.hstack([x[batch], ones])
        hidden = np.hstack([np.maximum(inputs @ first, 0), ones])
        z = hidden @ second
        p = np.exp(z - np.logaddexp.reduce(z, axis=1, keepdims=True))
        dz = (p - targets[batch]) / len(batch)
        dh = np.einsum("no,ho->nh", dz, second[:-1]) * (hidden[:, :-1] > 0)
        first = first - learning_rate * np.einsum("ni,nh->ih", inputs, dh)
        second = second - learning_rate * np.einsum("nh,no->ho", hidden, dz)
    return first[:-1], first[-1], second[:-1], second[-1]


def _slopes(
    weights: Weights,
    x: Array,
    labels: Array,
    *,
    top: float = 1.0,
    masked: bool = True,
    early: float = 0.0,
    n: int | None = None,
) -> Weights:
    """Gradients of the mean loss; the options are there for the mistakes below."""
    W1, b1, W2, b2 = weights
    h = np.maximum(x @ W1 + b1, 0)
    z = h @ W2 + b2
    p = np.exp(z - top * z.max(axis=1, keepdims=True))
    dz = p / p.sum(axis=1, keepdims=True)
    dz[np.arange(len(x)), labels] -= 1
    dz /= n or len(x)
    dW2 = h.T @ dz
    dh = dz @ (W2 - early * dW2).T * ((h > 0) | (not masked))
    return x.T @ dh, dh.sum(axis=0), dW2, dz.sum(axis=0)


def _epoch(
    weights: Weights,
    x: Array,
    labels: Array,
    *,
    slopes: Callable[..., Weights] = _slopes,
    deal: Callable[[int, Rng], Array] = lambda n, rng: rng.permutation(n),
    **options: Unpack[_Options],
) -> Weights:
    """One epoch with its parts open, for the mistakes below."""
    order = deal(len(x), options["rng"])
    rate, size = options["learning_rate"], options["batch_size"]
    for batch in (order[k : k + size] for k in range(0, len(order), size)):
        steps = slopes(weights, x[batch], labels[batch])
        weights = tuple(w - rate * step for w, step in zip(weights, steps, strict=True))
    return weights


def _plainly(weights: Weights, x: Array, labels: Array, **options: Unpack[_Options]) -> Weights:
    return _epoch(weights, x, labels, **options)


@mutant(
    "You add up the gradients of a batch; the loss is a mean over the batch, so each of your "
    "steps is too large by the number of its examples."
)
def _sums(weights: Weights, x: Array, labels: Array, **options: Unpack[_Options]) -> Weights:
    return _epoch(weights, x, labels, slopes=partial(_slopes, n=1), **options)


@mutant(
    "The last batch may be smaller, and you divide by batch_size there too; divide by the number "
    "of its own examples."
)
def _divides_by_size(
    weights: Weights, x: Array, labels: Array, **options: Unpack[_Options]
) -> Weights:
    slopes = partial(_slopes, n=options["batch_size"])
    return _epoch(weights, x, labels, slopes=slopes, **options)


@mutant("The examples come in the order of the file; draw a new order from rng.")
def _unshuffled(weights: Weights, x: Array, labels: Array, **options: Unpack[_Options]) -> Weights:
    return _epoch(weights, x, labels, deal=lambda n, rng: np.arange(n), **options)


@mutant(
    "You shuffle the images without their labels, so that most images are taught a wrong one. "
    "Index both with the same order."
)
def _images_only(weights: Weights, x: Array, labels: Array, **options: Unpack[_Options]) -> Weights:
    filed = cycle(labels)

    def slopes(weights: Weights, x: Array, labels: Array) -> Weights:
        return _slopes(weights, x, np.array([next(filed) for _ in labels]))

    return _epoch(weights, x, labels, slopes=slopes, **options)


@mutant("You leave out the last batch where it is not full; its examples count as well.")
def _drops_last(weights: Weights, x: Array, labels: Array, **options: Unpack[_Options]) -> Weights:
    def deal(n: int, rng: Rng) -> Array:
        return rng.permutation(n)[: n - n % options["batch_size"]]

    return _epoch(weights, x, labels, deal=deal, **options)


@mutant("The gradient goes back through hidden units that ReLU has cut off; it is 0 where h is 0.")
def _no_mask(weights: Weights, x: Array, labels: Array, **options: Unpack[_Options]) -> Weights:
    return _epoch(weights, x, labels, slopes=partial(_slopes, masked=False), **options)


@mutant(
    "You change W2 before the gradient has gone back through it: compute all four gradients "
    "first, then take the step."
)
def _too_soon(weights: Weights, x: Array, labels: Array, **options: Unpack[_Options]) -> Weights:
    slopes = partial(_slopes, early=options["learning_rate"])
    return _epoch(weights, x, labels, slopes=slopes, **options)


@mutant(
    "Your biases do not move; they take a step as the weights do, with dz or dh summed over the "
    "batch."
)
def _frozen_biases(
    weights: Weights, x: Array, labels: Array, **options: Unpack[_Options]
) -> Weights:
    def slopes(weights: Weights, x: Array, labels: Array) -> Weights:
        dW1, db1, dW2, db2 = _slopes(weights, x, labels)
        return dW1, 0 * db1, dW2, 0 * db2

    return _epoch(weights, x, labels, slopes=slopes, **options)


@mutant(
    "Your softmax overflows for large logits and gives NaN: subtract the largest logit of each "
    "row first."
)
def _overflows(weights: Weights, x: Array, labels: Array, **options: Unpack[_Options]) -> Weights:
    return _epoch(weights, x, labels, slopes=partial(_slopes, top=0.0), **options)


@mutant(
    "You change the arrays that were passed in (w -= ...); whoever kept them for comparison has "
    "lost them. Work on copies."
)
def _in_place(weights: Weights, x: Array, labels: Array, **options: Unpack[_Options]) -> Weights:
    for w, new in zip(weights, _epoch(weights, x, labels, **options), strict=True):
        w[...] = new
    return weights


def _case(
    rng: Rng, n: int, batch_size: int, *, scale: float = 1.0, learning_rate: float = 0.2
) -> Given:
    n_in, n_hidden, n_out = (int(k) for k in rng.integers(2, 6, size=3))
    shapes = (n_in, n_hidden), (n_hidden,), (n_hidden, n_out), (n_out,)
    weights = tuple(rng.normal(size=shape) for shape in shapes)
    x, labels = scale * rng.normal(size=(n, n_in)), rng.integers(n_out, size=n)
    options = {"batch_size": batch_size, "seed": int(rng.integers(2**32))}
    return given(weights, x, labels, learning_rate=learning_rate, **options)


def _three_batches(rng: Rng) -> Given:
    """The last one is not full."""
    size = int(rng.integers(3, 6))
    return _case(rng, 2 * size + int(rng.integers(1, size)), size)


def _down_the_slope(
    value: Weights, weights: Weights, x: Array, labels: Array, **options: float
) -> str | None:
    for k, name in enumerate(("W1", "b1", "W2", "b2")):

        def loss(w: Array, k: int = k) -> float:
            W: Weights = (*weights[:k], w, *weights[k + 1 :])
            return nn.cross_entropy(np.maximum(x @ W[0] + W[1], 0) @ W[2] + W[3], labels)

        step = (weights[k] - value[k]) / options["learning_rate"]
        if not np.allclose(step, numerical_gradient(loss, weights[k]), rtol=1e-5, atol=1e-7):
            return f"the step of {name} is not learning_rate times the slope of the mean loss"
    return None


EXERCISE = Exercise(
    name="train_epoch",
    number=6,
    signature="train_epoch(weights, x, labels, *, learning_rate, batch_size, rng)",
    statement=(
        "The weights (W1, b1, W2, b2) of a network n_in - n_hidden - n_classes after one epoch of "
        "gradient descent on the images x (n, n_in), labels (n,), in batches drawn by rng."
    ),
    stars=3,
    minutes=45,
    points={"contract": 2, "known answers": 2, "properties": 3, "gradients": 2, "stability": 1},
    reference=_reference,
    solutions=(_plainly, _with_one_hot),
    mutants=(
        _sums,
        _divides_by_size,
        _unshuffled,
        _images_only,
        _drops_last,
        _no_mask,
        _too_soon,
        _frozen_biases,
        _overflows,
        _in_place,
    ),
    hints=(
        "Two loops you know: order = rng.permutation(n), cut into pieces of batch_size; for each "
        "piece forward, backward, step. The chapter has it for Adam.",
        "Forward: h = relu(x W1 + b1), z = h W2 + b2. Backward starts with dz: softmax of z, minus "
        "1 at the label, divided by the number of examples in this batch.",
        "h.T @ dz is dW2, and dz summed over axis 0 is db2. dh = (dz @ W2.T) * (h > 0) takes the "
        "place of dz for the layer below, and x that of h. Then all four take their step.",
    ),
    checks=(
        known(
            "one image, worked by hand",
            given(
                (np.ones((1, 1)), np.zeros(1), np.array([[np.log(3), 0.0]]), np.zeros(2)),
                np.ones((1, 1)),
                np.array([1]),
                learning_rate=1.0,
                batch_size=1,
                seed=0,
            ),
            # the softmax is (3/4, 1/4), so dz = (3/4, -3/4) and dh = 3/4 log 3
            (
                np.array([[1 - 0.75 * np.log(3)]]),
                np.array([-0.75 * np.log(3)]),
                np.array([[np.log(3) - 0.75, 0.75]]),
                np.array([-0.75, 0.75]),
            ),
            driver=drivers.one_epoch,
        ),
        agrees("three batches, the last not full", _three_batches, driver=drivers.one_epoch),
        agrees("a single image", partial(_case, n=1, batch_size=3), driver=drivers.one_epoch),
        agrees(
            "very large inputs",
            partial(_case, n=8, batch_size=8, scale=1e4, learning_rate=1e-9),
            group="stability",
            cases=2,
            driver=drivers.one_epoch,
        ),
        holds(
            "one batch goes down the slope, by differences",
            partial(_case, n=6, batch_size=6),
            _down_the_slope,
            group="gradients",
            cases=2,
            driver=drivers.one_epoch,
        ),
    ),
)
