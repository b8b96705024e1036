"""Exercise: count which class was taken for which."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import metrics
from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant

Array = NDArray[Any]


def _reference(predictions: Array, labels: Array, *, n_classes: int) -> Array:
    return metrics.confusion_matrix(predictions, labels, n_classes=n_classes)


def _with_loop(predictions: Array, labels: Array, *, n_classes: int) -> Array:
    matrix = np.zeros((n_classes, n_classes), dtype=np.int64)
    for predicted, label in zip(predictions, labels, strict=True):
        matrix[label, predicted] += 1
    return matrix


def _with_add_at(predictions: Array, labels: Array, *, n_classes: int) -> Array:
    matrix = np.zeros((n_classes, n_classes), dtype=int)
    np.add.at(matrix, (labels, predictions), 1)
    return matrix


def _with_bincount(predictions: Array, labels: Array, *, n_classes: int) -> Array:
    cell = labels.astype(np.int64) * n_classes + predictions
    return np.bincount(cell, minlength=n_classes**2).reshape(n_classes, n_classes)


def _with_one_hot(predictions: Array, labels: Array, *, n_classes: int) -> Array:
    one_hot = np.eye(n_classes, dtype=np.int64)
    return np.einsum("ni,nj->ij", one_hot[labels], one_hot[predictions])


@mutant(
    "Rows and columns are swapped: a row belongs to the true class, a column to the prediction."
)
def _transposed(predictions: Array, labels: Array, *, n_classes: int) -> Array:
    return _with_loop(labels, predictions, n_classes=n_classes)


@mutant(
    "matrix[labels, predictions] += 1 adds 1 to each cell only once, however often its pair "
    "occurs. Count every example."
)
def _counts_once(predictions: Array, labels: Array, *, n_classes: int) -> Array:
    matrix = np.zeros((n_classes, n_classes), dtype=np.int64)
    matrix[labels, predictions] += 1
    return matrix


@mutant(
    "You take the number of classes from the data; a class that does not occur this time has its "
    "row and its column all the same. Use n_classes."
)
def _classes_from_data(predictions: Array, labels: Array, *, n_classes: int) -> Array:
    n = 1 + int(max(labels.max(), predictions.max()))
    return _with_loop(predictions, labels, n_classes=n)


@mutant("The rows hold shares of the true class; the matrix is one of counts.")
def _shares(predictions: Array, labels: Array, *, n_classes: int) -> Array:
    matrix = _with_loop(predictions, labels, n_classes=n_classes)
    return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)


@mutant("The counts are floats; counts are whole numbers, so give the zeros an integer dtype.")
def _float_counts(predictions: Array, labels: Array, *, n_classes: int) -> Array:
    return _with_loop(predictions, labels, n_classes=n_classes).astype(float)


@mutant(
    "histogram2d lays its bins from the smallest to the largest value that occurs; where the first "
    "or the last class is absent, counts land in wrong cells. Give it a range."
)
def _histogram(predictions: Array, labels: Array, *, n_classes: int) -> Array:
    return np.histogram2d(labels, predictions, bins=n_classes)[0].astype(int)


@mutant(
    "The labels are bytes (uint8), and in that type labels * n_classes wraps around at 256. "
    "Convert them to a wider type before you calculate."
)
def _wraps_around(predictions: Array, labels: Array, *, n_classes: int) -> Array:
    cell = labels * n_classes + predictions
    cells = np.bincount(cell, minlength=n_classes**2)
    return cells[: n_classes**2].reshape(n_classes, n_classes)


@mutant("The diagonal is empty: right answers are counted as well as mistakes.")
def _mistakes_only(predictions: Array, labels: Array, *, n_classes: int) -> Array:
    matrix = _with_loop(predictions, labels, n_classes=n_classes)
    np.fill_diagonal(matrix, 0)
    return matrix


def _draw(rng: np.random.Generator) -> Given:
    n_classes = int(rng.integers(2, 7))
    pairs = rng.integers(n_classes, size=(2, rng.integers(20, 60)))
    return given(*pairs, n_classes=n_classes)


def _absent(rng: np.random.Generator) -> Given:
    """Only classes 2 to n_classes - 3 occur: the first and the last are absent."""
    n_classes = int(rng.integers(7, 11))
    pairs = rng.integers(2, n_classes - 2, size=(2, 30))
    return given(*pairs, n_classes=n_classes)


def _one_example(rng: np.random.Generator) -> Given:
    n_classes = int(rng.integers(2, 6))
    return given(*rng.integers(n_classes, size=(2, 1)), n_classes=n_classes)


def _bytes(rng: np.random.Generator) -> Given:
    """So many classes that their number times a label does not fit into a byte."""
    n_classes = int(rng.integers(26, 40))
    pairs = rng.integers(n_classes, size=(2, 300)).astype(np.uint8)
    pairs[:, 0] = n_classes - 1
    return given(*pairs, n_classes=n_classes)


def _rows_count_labels(
    value: Array, predictions: Array, labels: Array, *, n_classes: int
) -> str | None:
    totals = {
        "row": (value.sum(axis=1), np.bincount(labels, minlength=n_classes), "images of it"),
        "column": (value.sum(axis=0), np.bincount(predictions, minlength=n_classes), "answers"),
    }
    for line, (mine, right, what) in totals.items():
        if mine.shape != right.shape:
            return f"there are {len(mine)} {line}s, wanted one for each of {n_classes} classes"
        for k in np.flatnonzero(mine != right)[:1]:
            return f"{line} {k} adds up to {mine[k]:g}, but there are {right[k]} {what}"
    return None


EXERCISE = Exercise(
    name="confusion_matrix",
    number=2,
    signature="confusion_matrix(predictions, labels, *, n_classes)",
    statement=(
        "Whole numbers (n_classes, n_classes): in row i and column j, how many of n examples of "
        "the class i were taken for the class j."
    ),
    stars=1,
    minutes=15,
    points={"contract": 2, "known answers": 3, "properties": 5},
    reference=_reference,
    solutions=(_with_loop, _with_add_at, _with_bincount, _with_one_hot),
    mutants=(
        _transposed,
        _counts_once,
        _classes_from_data,
        _shares,
        _float_counts,
        _histogram,
        _wraps_around,
        _mistakes_only,
    ),
    hints=(
        "Start from a square of zeros, n_classes by n_classes, of an integer type.",
        "Go through predictions and labels side by side, with zip. Each pair adds 1 to one cell.",
        "The cell is [label, prediction], in this order. If you would rather not loop: np.add.at "
        "adds again where a pair of indices comes again, and plain += does not.",
    ),
    checks=(
        known(
            "five examples, counted by hand",
            given(np.array([0, 1, 1, 2, 1]), np.array([0, 0, 1, 2, 0]), n_classes=3),
            np.array([[1, 2, 0], [0, 1, 0], [0, 0, 1]]),
        ),
        agrees("the counts are right for random classes", _draw, cases=4),
        agrees("classes that do not occur keep their rows and columns", _absent),
        agrees("a single example", _one_example, cases=2),
        agrees("labels and predictions of type uint8, and many classes", _bytes, cases=2),
        holds("rows add up to the labels, columns to the predictions", _draw, _rows_count_labels),
    ),
    keeps_dtype=False,  # counts are whole numbers
)
