"""Exercise: broadcasting backwards, the sum of a gradient for an array that was repeated."""

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.layers.drivers import each_shape
from nbcourse.gradients import numerical_gradient
from nbcourse.numpy_nn import broadcasting

Array = NDArray[Any]
Shape = tuple[int, ...]


def _reference(grad: Array, shape: Shape) -> Array:
    return broadcasting.unbroadcast(grad, shape)


def _with_keepdims(grad: Array, shape: Shape) -> Array:
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    for axis, n in enumerate(shape):
        if n == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


def _with_one_sum(grad: Array, shape: Shape) -> Array:
    padded = (1,) * (grad.ndim - len(shape)) + tuple(shape)
    axes = tuple(axis for axis, n in enumerate(padded) if n == 1)
    total: Array = np.sum(grad, axis=axes, keepdims=True)
    return total.reshape(shape)


def _entry_by_entry(grad: Array, shape: Shape) -> Array:
    """Each entry goes to the one place that it was copied from."""
    total = np.zeros(shape, dtype=grad.dtype)
    n_new = grad.ndim - len(shape)
    for index in np.ndindex(grad.shape):
        place = tuple(0 if n == 1 else k for n, k in zip(shape, index[n_new:], strict=True))
        total[place] += grad[index]
    return total


def _by_numbers(grad: Array, shape: Shape) -> Array:
    """Number the places, let NumPy broadcast the numbers, and add up what has the same one."""
    size = int(np.prod(shape))
    places = np.broadcast_to(np.arange(size).reshape(shape), grad.shape)
    sums = np.bincount(places.ravel(), weights=grad.ravel(), minlength=size)
    return sums[:size].reshape(shape).astype(grad.dtype)


@mutant(
    "You take means. The number was used in several places, and a change of it acts in all of "
    "them: the gradients add up."
)
def _means(grad: Array, shape: Shape) -> Array:
    padded = (1,) * (grad.ndim - len(shape)) + tuple(shape)
    axes = tuple(axis for axis, n in enumerate(padded) if n == 1)
    mean: Array = np.mean(grad, axis=axes, keepdims=True)
    return mean.reshape(shape)


@mutant(
    "The axes of length 1 are gone from your result. The gradient has the shape of what it belongs "
    "to: keepdims=True keeps them."
)
def _drops_ones(grad: Array, shape: Shape) -> Array:
    padded = (1,) * (grad.ndim - len(shape)) + tuple(shape)
    return np.asarray(grad.sum(axis=tuple(k for k, n in enumerate(padded) if n == 1)))


@mutant(
    "You sum over the axes that are missing in front, but not over those of length 1; they were "
    "stretched as well."
)
def _only_leading(grad: Array, shape: Shape) -> Array:
    return np.asarray(grad.sum(axis=tuple(range(grad.ndim - len(shape)))))


@mutant(
    "You sum over the axes of length 1, but not over those that are missing in front; an array "
    "without an axis was repeated along it."
)
def _only_ones(grad: Array, shape: Shape) -> Array:
    n_new = grad.ndim - len(shape)
    axes = tuple(n_new + axis for axis, n in enumerate(shape) if n == 1)
    return np.asarray(grad.sum(axis=axes, keepdims=True))


@mutant(
    "You line the shapes up at their first axis. NumPy lines them up at the last: axes are missing "
    "in front."
)
def _from_the_left(grad: Array, shape: Shape) -> Array:
    padded = tuple(shape) + (1,) * (grad.ndim - len(shape))
    axes = tuple(axis for axis, n in enumerate(padded) if n == 1)
    return np.asarray(grad.sum(axis=axes, keepdims=True)).reshape(shape)


@mutant(
    "You look for the lengths of grad that do not occur in shape. With equal lengths that finds "
    "nothing: compare axis by axis, from the last."
)
def _by_length(grad: Array, shape: Shape) -> Array:
    axes = tuple(axis for axis, n in enumerate(grad.shape) if n not in shape)
    return np.asarray(grad.sum(axis=axes)).reshape(shape)


@mutant(
    "You sum over axis 0 and nothing else. That is right for a bias and a batch with two axes; "
    "other shapes need other axes, or none."
)
def _first_axis(grad: Array, shape: Shape) -> Array:
    return np.asarray(grad.sum(axis=0))


@mutant(
    "Only one of the axes in front is summed. More may be missing: go on while grad has more axes "
    "than shape."
)
def _one_in_front(grad: Array, shape: Shape) -> Array:
    if grad.ndim > len(shape):
        grad = np.asarray(grad.sum(axis=0))
    for axis, n in enumerate(shape):
        if n == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


@mutant(
    "Once an axis is summed away, those behind it have other numbers, and your loop meets the "
    "wrong ones: keepdims=True leaves all in place."
)
def _numbers_shift(grad: Array, shape: Shape) -> Array:
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    for axis, n in enumerate(shape):
        if n == 1:
            grad = grad.sum(axis=axis)
    return np.asarray(grad).reshape(shape)


@mutant(
    "You take one of the copies. Each of them has a gradient of its own, and the number that was "
    "copied gets their sum."
)
def _first_copy(grad: Array, shape: Shape) -> Array:
    grad = grad[(0,) * (grad.ndim - len(shape))]
    return np.asarray(grad[tuple(slice(n) for n in shape)])


@mutant(
    "You sum over the axes that the array has itself, and keep those along which it was repeated: "
    "it is the other way round."
)
def _other_axes(grad: Array, shape: Shape) -> Array:
    padded = (1,) * (grad.ndim - len(shape)) + tuple(shape)
    return np.asarray(grad.sum(axis=tuple(axis for axis, n in enumerate(padded) if n > 1)))


def _shapes_for(full: Shape) -> list[Shape]:
    """All shapes that broadcast to this one."""
    found: list[Shape] = []
    for k in range(len(full) + 1):
        found += product(*(sorted({1, n}) for n in full[k:]))
    return found


def _pick(rng: np.random.Generator, full: Shape) -> Given:
    shapes = _shapes_for(full)
    return given(rng.normal(size=full), shapes[int(rng.integers(len(shapes)))])


def _draw(rng: np.random.Generator) -> Given:
    return _pick(rng, tuple(int(n) for n in rng.permutation([1, 2, 3, 4, 5])[:3]))


def _equal_lengths(rng: np.random.Generator) -> Given:
    shapes: list[Shape] = [(3,), (3, 1), (1, 3), (3, 3), (3, 1, 3), (3, 3, 1), (1, 3, 3)]
    return given(rng.normal(size=(3, 3, 3)), shapes[int(rng.integers(len(shapes)))])


def _single_number(rng: np.random.Generator) -> Given:
    shape: Shape = [(), (1,), (1, 1)][int(rng.integers(3))]
    return given(rng.normal(size=(2, 3)), shape)


def _all_pairs(rng: np.random.Generator) -> Given:
    fulls: list[Shape] = [(), (3,), (1,), (2, 3), (3, 3), (2, 3, 4), (2, 2, 2), (1, 2, 1), (2, 0)]
    pairs = [(full, shape) for full in fulls for shape in _shapes_for(full)]
    return given([rng.normal(size=full) for full, _ in pairs], [shape for _, shape in pairs])


def _each_right(value: list[Array], grads: list[Array], shapes: list[Shape]) -> str | None:
    for mine, grad, shape in zip(value, grads, shapes, strict=True):
        where = f"for grad of shape {grad.shape} and shape {shape}"
        if np.shape(mine) != shape:
            return f"{where} the result has shape {np.shape(mine)}"
        if not np.allclose(mine, _reference(grad, shape), rtol=1e-10, atol=1e-12):
            return f"{where} the sums are wrong"
    return None


def _sum_stays(value: Array, grad: Array, shape: Shape) -> str | None:
    mine, total = float(np.sum(value)), float(np.sum(grad))
    if abs(mine - total) <= 1e-10 * max(1.0, float(np.abs(grad).sum())):
        return None
    return f"the numbers of the result add up to {mine:.6g}, those of grad to {total:.6g}"


def _is_slope(value: Array, grad: Array, shape: Shape) -> str | None:
    def loss(a: Array) -> float:
        return float(np.sum(grad * np.broadcast_to(a, grad.shape)))

    measured = numerical_gradient(loss, np.ones(shape))
    if np.shape(value) == shape and np.allclose(value, measured, rtol=1e-6, atol=1e-7):
        return None
    return "it is not the slope of sum(grad * a) for an array a of that shape, by differences"


_GRAD = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])

EXERCISE = Exercise(
    name="unbroadcast",
    number=6,
    signature="unbroadcast(grad, shape)",
    statement=(
        "The gradient, an array of this shape, of an array that NumPy has broadcast to the shape "
        "of grad, the gradient after broadcasting: a sum over all copies of each number."
    ),
    stars=2,
    minutes=25,
    points={"contract": 1, "known answers": 2, "properties": 5, "gradients": 2},
    reference=_reference,
    solutions=(_with_keepdims, _with_one_sum, _entry_by_entry, _by_numbers),
    mutants=(
        _means,
        _drops_ones,
        _only_leading,
        _only_ones,
        _from_the_left,
        _by_length,
        _first_axis,
        _one_in_front,
        _numbers_shift,
        _first_copy,
        _other_axes,
    ),
    hints=(
        "Write shape below grad.shape, both ending at the right. Where is a number missing below, "
        "and where is there a 1? Along those axes the array was repeated.",
        "Two steps: sum over axis 0 while grad has more axes than shape; then over every axis "
        "whose length in shape is 1. The second sum must keep its axis, with length 1.",
        "while grad.ndim > len(shape): grad = grad.sum(axis=0). Then for axis, n in "
        "enumerate(shape): if n == 1, grad = grad.sum(axis=axis, keepdims=True).",
    ),
    checks=(
        known(
            "a row (3,) that served two rows, by hand",
            given(_GRAD, (3,)),
            np.array([5.0, 7.0, 9.0]),
        ),
        known(
            "a column (2, 1) that served three columns, by hand",
            given(_GRAD, (2, 1)),
            np.array([[6.0], [15.0]]),
        ),
        agrees("right for random pairs of shapes", _draw, cases=6),
        agrees("axes of equal length, where only their place tells", _equal_lengths, cases=4),
        agrees("a single number, as (), (1,) and (1, 1)", _single_number),
        holds(
            "right for all pairs with up to three axes, lengths 0 and 1 included",
            _all_pairs,
            _each_right,
            driver=each_shape,
            cases=1,
        ),
        holds("the sum of all numbers stays the same", _draw, _sum_stays),
        holds(
            "it is the slope for the array that was broadcast, by differences",
            _draw,
            _is_slope,
            group="gradients",
        ),
    ),
)
