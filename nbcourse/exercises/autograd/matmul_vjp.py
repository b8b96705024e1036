"""Exercise: the way back through a matrix product, for vectors, matrices and stacks of them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.gradients import numerical_gradient
from nbcourse.numpy_nn import broadcasting

Array = NDArray[Any]
Gradients = tuple[Array, Array]
Shapes = tuple[tuple[int, ...], tuple[int, ...]]


def _reference(dy: Array, a: Array, b: Array) -> Gradients:
    da, db = _whole(dy, a, b)
    return _summed(da, a), _summed(db, b)


def _with_rows_and_columns(dy: Array, a: Array, b: Array) -> Gradients:
    def sum_to(grad: Array, shape: tuple[int, ...]) -> Array:
        while grad.ndim > len(shape):
            grad = grad.sum(axis=0)
        for axis, n in enumerate(shape):
            if n == 1:
                grad = grad.sum(axis=axis, keepdims=True)
        return grad

    row = a[None, :] if a.ndim == 1 else a
    column = b[:, None] if b.ndim == 1 else b
    if b.ndim == 1:  # the product had a column there
        dy = np.expand_dims(dy, -1)
    if a.ndim == 1:  # and a row here
        dy = np.expand_dims(dy, -2)
    da = sum_to(dy @ column.mT, row.shape)
    db = sum_to(row.mT @ dy, column.shape)
    return da.reshape(a.shape), db.reshape(b.shape)


def _with_einsum(dy: Array, a: Array, b: Array) -> Gradients:
    """With letters for the axes: n and m are those that the product has, k is summed."""
    left, n = ("k", "") if a.ndim == 1 else ("nk", "n")
    right, m = ("k", "") if b.ndim == 1 else ("km", "m")
    da = np.einsum(f"...{n}{m},...{right}->...{left}", dy, b)
    db = np.einsum(f"...{left},...{n}{m}->...{right}", a, dy)
    return _summed(da, a), _summed(db, b)


def _by_products(dy: Array, a: Array, b: Array) -> Gradients:
    """Matrix by matrix, each added to the operand it came from."""
    row = a[None, :] if a.ndim == 1 else a
    column = b[:, None] if b.ndim == 1 else b
    stacks = np.broadcast_shapes(row.shape[:-2], column.shape[:-2])
    dy = dy.reshape(*stacks, row.shape[-2], column.shape[-1])
    da, db = np.zeros_like(row), np.zeros_like(column)
    for place in np.ndindex(stacks):
        # As many numbers from the end as the operand has; 0 where it was repeated.
        at_a, at_b = (
            tuple(
                0 if n == 1 else k
                for n, k in zip(v.shape[:-2], place[len(place) - v.ndim + 2 :], strict=True)
            )
            for v in (row, column)
        )
        da[at_a] += dy[place] @ column[at_b].T
        db[at_b] += row[at_a].T @ dy[place]
    return da.reshape(a.shape), db.reshape(b.shape)


def _whole(dy: Array, a: Array, b: Array) -> Gradients:
    """Before the sums over what was repeated; a vector is a row on the left, a column right."""
    row = a[None, :] if a.ndim == 1 else a
    column = b[:, None] if b.ndim == 1 else b
    dy = dy[..., None] if b.ndim == 1 else dy
    dy = dy[..., None, :] if a.ndim == 1 else dy
    da, db = dy @ column.mT, row.mT @ dy
    return (da[..., 0, :] if a.ndim == 1 else da), (db[..., 0] if b.ndim == 1 else db)


def _summed(grad: Array, operand: Array) -> Array:
    return broadcasting.unbroadcast(grad, operand.shape)


@mutant(
    "da is multiplied by b where its transpose belongs. With square matrices no shape warns you: "
    "in da the columns of b are summed over."
)
def _forgets_transpose_of_b(dy: Array, a: Array, b: Array) -> Gradients:
    if min(a.ndim, b.ndim) < 2:
        return _reference(dy, a, b)
    return _summed(dy @ b, a), _reference(dy, a, b)[1]


@mutant("db is a product with a where its transpose belongs: the rows of a and dy are summed over.")
def _forgets_transpose_of_a(dy: Array, a: Array, b: Array) -> Gradients:
    if min(a.ndim, b.ndim) < 2:
        return _reference(dy, a, b)
    return _reference(dy, a, b)[0], _summed(a @ dy, b)


@mutant("Both products stand the wrong way round: dy comes first in da, and last in db.")
def _wrong_way_round(dy: Array, a: Array, b: Array) -> Gradients:
    if min(a.ndim, b.ndim) < 2:
        return _reference(dy, a, b)
    return _summed(b.mT @ dy, a), _summed(dy @ a.mT, b)


@mutant(
    "With more than two axes .T turns all of them round. Exchange the last two alone: .mT, or "
    "np.swapaxes(b, -1, -2)."
)
def _turns_all_axes(dy: Array, a: Array, b: Array) -> Gradients:
    if min(a.ndim, b.ndim) < 2:
        return _reference(dy, a, b)
    return _summed(dy @ b.T, a), _summed(a.T @ dy, b)


@mutant(
    "A matrix that served a whole stack has one gradient for each of its uses. It was the same "
    "matrix every time: sum over the axes along which it was repeated."
)
def _keeps_the_stack(dy: Array, a: Array, b: Array) -> Gradients:
    return _whole(dy, a, b)


@mutant(
    "You sum over the axes that an operand lacks in front, but not over those of length 1. NumPy "
    "repeats along these as well."
)
def _only_missing_axes(dy: Array, a: Array, b: Array) -> Gradients:
    da, db = _whole(dy, a, b)
    first, second = range(da.ndim - a.ndim), range(db.ndim - b.ndim)
    return da.sum(axis=tuple(first)), db.sum(axis=tuple(second))


@mutant("You take means over the stack. The operand was used in full each time: add.")
def _averages(dy: Array, a: Array, b: Array) -> Gradients:
    parts = zip(_whole(dy, a, b), (a, b), strict=True)
    da, db = (_summed(d, v) * d.dtype.type(v.size / max(d.size, 1)) for d, v in parts)
    return da, db


@mutant(
    "Matrices are right, vectors are not: .mT and @ want two axes. Make a vector on the left a row "
    "and one on the right a column, dy likewise, and take the axis away at the end."
)
def _matrices_only(dy: Array, a: Array, b: Array) -> Gradients:
    return _summed(dy @ b.mT, a), _summed(a.mT @ dy, b)


@mutant(
    "The gradient of a vector still is a row or a column. It has the shape of the vector, (n,): "
    "take away the axis that you have put in."
)
def _keeps_row_and_column(dy: Array, a: Array, b: Array) -> Gradients:
    da, db = _reference(dy, a, b)
    return (da[None, :] if a.ndim == 1 else da), (db[:, None] if b.ndim == 1 else db)


@mutant(
    "A vector on the right is taken for a row. It is a column there: a @ b has one number for each "
    "row of a."
)
def _row_on_the_right(dy: Array, a: Array, b: Array) -> Gradients:
    if b.ndim > 1:
        return _reference(dy, a, b)
    row, dy = np.atleast_2d(a), np.atleast_1d(dy)[..., None]
    return (dy @ b[None, :].mT).reshape(a.shape), (row.mT @ dy).reshape(b.shape)


@mutant(
    "For two vectors the gradients are exchanged: the slope of a · b with respect to a is b, not a."
)
def _exchanged_vectors(dy: Array, a: Array, b: Array) -> Gradients:
    return (dy * a, dy * b) if a.ndim == b.ndim == 1 else _reference(dy, a, b)


@mutant("The two gradients come in the wrong order: da first, then db.")
def _wrong_order(dy: Array, a: Array, b: Array) -> Gradients:
    return _reference(dy, a, b)[::-1]


def _case(rng: np.random.Generator, shapes: Shapes) -> Given:
    a, b = (rng.normal(size=shape) for shape in shapes)
    return given(np.asarray(rng.normal(size=np.matmul(a, b).shape)), a, b)


def _sizes(rng: np.random.Generator) -> tuple[int, int, int]:
    n, k, m = (int(size) for size in rng.permutation([2, 3, 4, 5])[:3])
    return n, k, m


def _matrices(rng: np.random.Generator) -> Given:
    n, k, m = _sizes(rng)
    return _case(rng, ((n, k), (k, m)))


def _square(rng: np.random.Generator) -> Given:
    return _case(rng, [((3, 3), (3, 3)), ((3, 3, 3), (3, 3, 3))][int(rng.integers(2))])


def _two_vectors(rng: np.random.Generator) -> Given:
    _, k, _ = _sizes(rng)
    return _case(rng, ((k,), (k,)))


def _vector_on_the_left(rng: np.random.Generator) -> Given:
    n, k, m = _sizes(rng)
    return _case(rng, [((k,), (k, m)), ((k,), (n, k, m))][int(rng.integers(2))])


def _vector_on_the_right(rng: np.random.Generator) -> Given:
    n, k, m = _sizes(rng)
    return _case(rng, [((n, k), (k,)), ((m, n, k), (k,))][int(rng.integers(2))])


def _stacks(rng: np.random.Generator) -> Given:
    n, k, m = _sizes(rng)
    stack = [(2,), (4, 2)][int(rng.integers(2))]
    return _case(rng, ((*stack, n, k), (*stack, k, m)))


def _one_for_all(rng: np.random.Generator) -> Given:
    """A single matrix for a whole stack, as the weights of a layer for a batch of sequences."""
    n, k, m = _sizes(rng)
    choices: list[Shapes] = [((3, n, k), (k, m)), ((n, k), (3, 2, k, m)), ((4, 3, n, k), (3, k, m))]
    return _case(rng, choices[int(rng.integers(3))])


def _length_one(rng: np.random.Generator) -> Given:
    n, k, m = _sizes(rng)
    choices: list[Shapes] = [
        ((3, n, k), (1, k, m)),
        ((1, n, k), (3, k, m)),
        ((2, 1, n, k), (1, 3, k, m)),
    ]
    return _case(rng, choices[int(rng.integers(3))])


def _ones(rng: np.random.Generator) -> Given:
    choices: list[Shapes] = [((1, 1), (1, 1)), ((1, 4), (4, 1)), ((4, 1), (1, 3)), ((1,), (1,))]
    return _case(rng, choices[int(rng.integers(4))])


def _nothing(rng: np.random.Generator) -> Given:
    return _case(rng, [((0, 3), (3, 2)), ((0, 2, 3), (3, 2))][int(rng.integers(2))])


def _are_slopes(value: Gradients, dy: Array, a: Array, b: Array) -> str | None:
    slopes = (
        numerical_gradient(lambda x: float(np.sum(dy * np.matmul(x, b))), a),
        numerical_gradient(lambda x: float(np.sum(dy * np.matmul(a, x))), b),
    )
    for name, mine, slope in zip(("da", "db"), value, slopes, strict=True):
        if np.shape(mine) != slope.shape or not np.allclose(mine, slope, rtol=1e-6, atol=1e-7):
            return f"{name} is not the slope of sum(dy * (a @ b)), measured by differences"
    return None


def _any(rng: np.random.Generator) -> Given:
    draws = (_matrices, _vector_on_the_left, _vector_on_the_right, _one_for_all, _length_one)
    return draws[int(rng.integers(5))](rng)


_A, _B = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0], [6.0]])

EXERCISE = Exercise(
    name="matmul_vjp",
    number=4,
    signature="matmul_vjp(dy, a, b)",
    statement=(
        "The pair da, db of gradients with respect to a and b, in their shapes, given dy, the "
        "gradient with respect to a @ b; each may be a vector, a matrix or a stack of matrices."
    ),
    stars=2,
    minutes=35,
    points={"contract": 1, "known answers": 2, "properties": 5, "gradients": 2},
    reference=_reference,
    solutions=(_with_rows_and_columns, _with_einsum, _by_products),
    mutants=(
        _forgets_transpose_of_b,
        _forgets_transpose_of_a,
        _wrong_way_round,
        _turns_all_axes,
        _keeps_the_stack,
        _only_missing_axes,
        _averages,
        _matrices_only,
        _keeps_row_and_column,
        _row_on_the_right,
        _exchanged_vectors,
        _wrong_order,
    ),
    hints=(
        "Begin with two matrices: da is a product of dy and b, db one of a and dy, and the shapes "
        "nearly tell the rest. For stacks, .mT exchanges the last two axes and leaves the others.",
        "A stack of three times one matrix: NumPy uses this matrix three times, so its gradient is "
        "a sum of three. In general, sum over the axes it lacks in front, and over those in which "
        "its length is 1, as in unbroadcast of chapter 4.",
        "A vector on the left is a row, a[None, :], one on the right a column, b[:, None]. dy "
        "lacks the axis of that row or column: np.expand_dims(dy, -1) for the column, then "
        "np.expand_dims(dy, -2) for the row. Reshape da and db to a.shape and b.shape at the end.",
    ),
    checks=(
        known(
            "two matrices, by hand",
            given(np.array([[1.0], [10.0]]), _A, _B),
            (np.array([[5.0, 6.0], [50.0, 60.0]]), np.array([[31.0], [42.0]])),
        ),
        known(
            "two vectors, by hand",
            given(np.array(2.0), np.array([1.0, 3.0]), np.array([4.0, 5.0])),
            (np.array([8.0, 10.0]), np.array([2.0, 6.0])),
        ),
        agrees("right for two matrices", _matrices),
        agrees("all sizes equal, where no shape warns", _square, cases=4),
        agrees("two vectors", _two_vectors, cases=2),
        agrees("a vector on the left", _vector_on_the_left, cases=4),
        agrees("a vector on the right", _vector_on_the_right, cases=4),
        agrees("a stack times a stack", _stacks, cases=2),
        agrees("one matrix for a whole stack", _one_for_all, cases=4),
        agrees("stacks of length 1", _length_one, cases=4),
        agrees("matrices with one row or column", _ones, cases=4),
        agrees("no examples at all", _nothing, cases=2),
        holds("da and db are slopes, by differences", _any, _are_slopes, group="gradients"),
    ),
)
