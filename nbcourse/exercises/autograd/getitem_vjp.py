"""Exercise: the way back through x[index], where entries may have been picked more than once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.autograd.drivers import at_index, each_index, index_of

Array = NDArray[Any]
Shape = tuple[int, ...]
_ROWS: Shape = (4, 3)


def _reference(dy: Array, shape: Shape, index: Any) -> Array:
    return _with_numbers(dy, shape, index)


def _with_add_at(dy: Array, shape: Shape, index: Any) -> Array:
    dx = np.zeros(shape, dtype=dy.dtype)
    np.add.at(dx, index, dy)
    return dx


def _with_numbers(dy: Array, shape: Shape, index: Any) -> Array:
    """Number the entries, let NumPy pick the numbers, and add up what has the same one."""
    places = _places(shape, index)
    sums = np.bincount(places.ravel(), weights=np.ravel(dy), minlength=int(np.prod(shape)))
    return sums.reshape(shape).astype(dy.dtype)


def _with_loop(dy: Array, shape: Shape, index: Any) -> Array:
    dx = np.zeros(int(np.prod(shape)), dtype=dy.dtype)
    for place, slope in zip(_places(shape, index).flat, dy.flat, strict=True):
        dx[place] += slope
    return dx.reshape(shape)


def _with_matrix(dy: Array, shape: Shape, index: Any) -> Array:
    """Picking is a matrix of zeros and ones; its adjoint is the transpose."""
    n = int(np.prod(shape))
    picks = _places(shape, index).ravel()[:, None] == np.arange(n)
    return (picks.T.astype(dy.dtype) @ np.ravel(dy)).reshape(shape)


def _places(shape: Shape, index: Any) -> Array:
    """Where each picked entry stands in x, counted row by row."""
    return np.asarray(np.arange(int(np.prod(shape))).reshape(shape)[index])


@mutant(
    "An entry that was picked twice gets one gradient, the last. dx[index] = dy writes to each "
    "place once, and so does dx[index] += dy; use np.add.at, or add one by one."
)
def _last_one_wins(dy: Array, shape: Shape, index: Any) -> Array:
    dx = np.zeros(shape, dtype=dy.dtype)
    dx[index] += dy
    return dx


@mutant(
    "You divide by how often an entry was picked. It was used that many times, and the gradients "
    "of all uses add up."
)
def _averages(dy: Array, shape: Shape, index: Any) -> Array:
    times = _with_add_at(np.ones_like(dy), shape, index)
    return _with_add_at(dy, shape, index) / np.maximum(times, 1)


@mutant("Your result counts how often each entry was picked. What is added there is its dy, not 1.")
def _counts(dy: Array, shape: Shape, index: Any) -> Array:
    return _with_add_at(np.ones_like(dy), shape, index)


@mutant(
    "You pick from dy, as on the way forward. Backward it is the other way round: dy goes to the "
    "places that index names, in an array of zeros."
)
def _picks_again(dy: Array, shape: Shape, index: Any) -> Array:
    return dy[index]


@mutant("Your zeros have the shape of dy. The gradient belongs to x, so it has the shape of x.")
def _shape_of_dy(dy: Array, shape: Shape, index: Any) -> Array:
    dx = np.zeros_like(dy)
    np.add.at(dx, index, dy)
    return dx


@mutant(
    "Your loop takes index for a list of rows. It may be one number, a slice, an array of truth "
    "values or a tuple of all these: leave it to NumPy what they mean."
)
def _loops_over_rows(dy: Array, shape: Shape, index: Any) -> Array:
    dx = np.zeros(shape, dtype=dy.dtype)
    for row, slope in zip(index, dy, strict=True):
        dx[row] += slope
    return dx


@mutant(
    "You take index apart, dx[first][rest]. Where the first part is an array, that adds to a copy, "
    "and nothing arrives in dx: give NumPy the whole index at once."
)
def _one_after_another(dy: Array, shape: Shape, index: Any) -> Array:
    dx = np.zeros(shape, dtype=dy.dtype)
    if isinstance(index, tuple) and isinstance(index[0], np.ndarray):
        np.add.at(dx[index[0]], index[1:], dy)
    else:
        np.add.at(dx, index, dy)
    return dx


@mutant(
    "An array of truth values is turned into whole numbers, and True becomes the row 1. It says "
    "for each row whether it was picked: leave it as it is."
)
def _truth_as_numbers(dy: Array, shape: Shape, index: Any) -> Array:
    if isinstance(index, np.ndarray) and index.dtype == bool:
        return _with_add_at(dy, shape, index.astype(int))
    return _with_add_at(dy, shape, index)


@mutant(
    "Negative numbers get lost. -1 is the last entry, as everywhere in Python; comparing with 0, "
    "1, 2, … never finds it."
)
def _loses_negative(dy: Array, shape: Shape, index: Any) -> Array:
    if isinstance(index, np.ndarray) and index.dtype != bool:
        return _with_add_at(dy[index >= 0], shape, index[index >= 0])
    return _with_add_at(dy, shape, index)


@mutant("The first use of an entry counts, and later ones are passed over. All of them count: add.")
def _first_one_wins(dy: Array, shape: Shape, index: Any) -> Array:
    places, firsts = np.unique(_places(shape, index), return_index=True)
    dx = np.zeros(int(np.prod(shape)), dtype=dy.dtype)
    dx[places] = np.ravel(dy)[firsts]
    return dx.reshape(shape)


@mutant(
    "Float32 becomes float64, because np.zeros is in float64 unless told otherwise: give it the "
    "dtype of dy."
)
def _double_precision(dy: Array, shape: Shape, index: Any) -> Array:
    dx = np.zeros(shape)
    np.add.at(dx, index, dy)
    return dx


def _case(rng: np.random.Generator, shape: Shape, index: str) -> Given:
    dy = rng.normal(size=_places(shape, index_of(index)).shape)
    return given(np.asarray(dy), shape, index)


def _numbers(rng: np.random.Generator, n: int, size: int, least: int = 0) -> str:
    return str(rng.integers(least, n, size=size).tolist())


def _repeated_rows(rng: np.random.Generator) -> Given:
    shape = (int(rng.integers(3, 6)), int(rng.integers(1, 4)))
    return _case(rng, shape, _numbers(rng, shape[0], 8))


def _table_of_words(rng: np.random.Generator) -> Given:
    """Rows for a batch of sentences, as in a table of word vectors."""
    return _case(rng, (5, 2), str(rng.integers(5, size=(3, 4)).tolist()))


def _from_the_end(rng: np.random.Generator) -> Given:
    return _case(rng, (4,), _numbers(rng, 4, 7, least=-4))


def _right_classes(rng: np.random.Generator) -> Given:
    """One entry of each row, as a loss picks the logits of the labels."""
    n = int(rng.integers(3, 7))
    return _case(rng, (n, 4), f"{list(range(n))}, {_numbers(rng, 4, n)}")


def _pairs(rng: np.random.Generator) -> Given:
    return _case(rng, (2, 3), f"{_numbers(rng, 2, 9)}, {_numbers(rng, 3, 9)}")


def _array_and_slice(rng: np.random.Generator) -> Given:
    columns = ["1:", ":2", "::-1", "None, :"][int(rng.integers(4))]
    return _case(rng, _ROWS, f"{_numbers(rng, 4, 6)}, {columns}")


def _truth_values(rng: np.random.Generator) -> Given:
    rows = rng.permutation([True, True, False, False])
    return _case(rng, _ROWS, str(rows.tolist()))


def _single_entries(rng: np.random.Generator) -> Given:
    return _case(rng, _ROWS, ["2, 1", "-1, -1", "0, 2"][int(rng.integers(3))])


def _slices(rng: np.random.Generator) -> Given:
    texts = ["1", "-1", "1:3", "::2", "::-1", ":, 1", "1:, :2", "..., 0", "None, 2", "2:2"]
    cases = [_case(rng, _ROWS, text) for text in texts]
    return given([case.args[0] for case in cases], _ROWS, texts)


def _nothing_picked(rng: np.random.Generator) -> Given:
    return _case(rng, _ROWS, ["[False, False, False, False]", "4:"][int(rng.integers(2))])


def _is_adjoint(value: Array, dy: Array, shape: Shape, index: str) -> str | None:
    x = np.cos(np.arange(int(np.prod(shape)))).reshape(shape)
    picked, back = float(np.sum(x[index_of(index)] * dy)), float(np.sum(x * value))
    if np.shape(value) == shape and abs(picked - back) < 1e-10:
        return None
    return f"the sum of x[index] * dy is {picked:.6g} for some x, the sum of x * dx {back:.6g}"


EXERCISE = Exercise(
    name="getitem_vjp",
    number=3,
    signature="getitem_vjp(dy, shape, index)",
    statement=(
        "The gradient with respect to x, an array of this shape, given dy, the gradient with "
        "respect to x[index]; index is whatever NumPy takes."
    ),
    stars=2,
    minutes=20,
    points={"contract": 1, "known answers": 2, "properties": 5, "gradients": 2},
    reference=_reference,
    solutions=(_with_add_at, _with_numbers, _with_loop, _with_matrix),
    mutants=(
        _last_one_wins,
        _averages,
        _counts,
        _picks_again,
        _shape_of_dy,
        _loops_over_rows,
        _one_after_another,
        _truth_as_numbers,
        _loses_negative,
        _first_one_wins,
        _double_precision,
    ),
    hints=(
        "Entries that were not picked have the gradient 0, the others the dy of the place to which "
        "they went. Begin with zeros in the shape of x.",
        "An entry picked twice went to two places, and gets the sum. NumPy's dx[index] += dy reads "
        "all entries first, then writes each of them once: one of the two is lost.",
        "np.add.at(dx, index, dy) adds one after the other, and understands every index. Mind the "
        "dtype of the zeros.",
    ),
    checks=(
        known(
            "the entries 0, 0 and 2, by hand",
            given(np.array([1.0, 10.0, 100.0]), (4,), "[0, 0, 2]"),
            np.array([11.0, 0.0, 100.0, 0.0]),
            driver=at_index,
        ),
        known(
            "one row of three, by hand",
            given(np.array([5.0, 6.0]), (3, 2), "1"),
            np.array([[0.0, 0.0], [5.0, 6.0], [0.0, 0.0]]),
            driver=at_index,
        ),
        agrees("rows picked several times", _repeated_rows, driver=at_index),
        agrees("a table of rows, picked by a batch of numbers", _table_of_words, driver=at_index),
        agrees("numbers from the end", _from_the_end, driver=at_index),
        agrees("one entry of each row", _right_classes, driver=at_index),
        agrees("pairs of row and column, some of them twice", _pairs, driver=at_index),
        agrees("an array for the rows, a slice for the columns", _array_and_slice, driver=at_index),
        agrees("truth values for the rows", _truth_values, driver=at_index),
        agrees("a single entry", _single_entries, driver=at_index),
        agrees("numbers, slices, ... and None", _slices, cases=1, driver=each_index),
        agrees("nothing picked at all", _nothing_picked, cases=2, driver=at_index),
        holds(
            "it is the adjoint: x[index] · dy = x · dx",
            _pairs,
            _is_adjoint,
            group="gradients",
            driver=at_index,
        ),
    ),
)
