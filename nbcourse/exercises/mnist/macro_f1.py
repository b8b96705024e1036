"""Exercise: one number for a confusion matrix in which every class counts the same."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import metrics
from nbcourse.checking import Exercise, Given, agrees, given, known, mutant

Array = NDArray[Any]


def _reference(matrix: Array) -> float:
    occurs = (matrix.sum(axis=0) + matrix.sum(axis=1)) > 0
    return float(np.mean(metrics.precision_recall_f1(matrix)[2][occurs]))


def _from_sums(matrix: Array) -> float:
    total = matrix.sum(axis=0) + matrix.sum(axis=1)
    occurs = total > 0
    return float(np.mean(2 * np.diag(matrix)[occurs] / total[occurs]))


def _from_precision_and_recall(matrix: Array) -> float:
    scores = []
    for k in range(len(matrix)):
        n_true, n_predicted, hits = matrix[k].sum(), matrix[:, k].sum(), matrix[k, k]
        if n_true == 0 and n_predicted == 0:
            continue
        if hits == 0:
            scores.append(0.0)
            continue
        precision, recall = hits / n_predicted, hits / n_true
        scores.append(2 * precision * recall / (precision + recall))
    return sum(scores) / len(scores)


def _with_mistakes(matrix: Array) -> float:
    """F1 = hits / (hits + half the mistakes), on the part of the matrix that is in use."""
    used = np.flatnonzero(matrix.any(axis=0) | matrix.any(axis=1))
    part = matrix[np.ix_(used, used)].astype(float)
    hits = np.einsum("kk->k", part)
    mistakes = np.einsum("kj->k", part) + np.einsum("ik->k", part) - 2 * hits
    return float((hits / (hits + mistakes / 2)).mean())


def _parts(matrix: Array) -> tuple[Array, Array, Array]:
    """Precision, recall and which classes occur; 0 where undefined."""
    precision, recall, _ = metrics.precision_recall_f1(matrix)
    return precision, recall, (matrix.sum(axis=0) + matrix.sum(axis=1)) > 0


def _f1(precision: Array, recall: Array) -> Array:
    """Twice the product by the sum, and NaN where both are 0."""
    with np.errstate(invalid="ignore"):
        return 2 * precision * recall / (precision + recall)


@mutant(
    "You divide by the number of all classes; a class with neither labels nor predictions says "
    "nothing and is left out of the mean."
)
def _counts_absent_classes(matrix: Array) -> float:
    return float(metrics.precision_recall_f1(matrix)[2].mean())


@mutant(
    "A class that occurs but has no hit gives 0/0 on the way, and you leave it out of the mean. "
    "Its F1 is 0, and it counts."
)
def _drops_undefined(matrix: Array) -> float:
    precision, recall, _ = _parts(matrix)
    defined = _f1(precision, recall)
    return float(np.nanmean(defined)) if not np.isnan(defined).all() else float("nan")


@mutant("A division 0/0 makes the whole result NaN; the F1 of a class without a hit is 0.")
def _lets_nan_through(matrix: Array) -> float:
    precision, recall, occurs = _parts(matrix)
    return float(_f1(precision, recall)[occurs].mean())


@mutant(
    "Classes without labels are left out even where they were predicted. Such predictions are "
    "mistakes: the class counts, with an F1 of 0."
)
def _forgets_predicted(matrix: Array) -> float:
    labelled = matrix.sum(axis=1) > 0
    return float(metrics.precision_recall_f1(matrix)[2][labelled].mean())


@mutant("This is the accuracy, hits by examples; macro F1 is a mean over classes.")
def _accuracy(matrix: Array) -> float:
    return float(np.trace(matrix) / matrix.sum())


@mutant(
    "You weight the classes by how many labels they have (the weighted F1). In the macro F1 every "
    "class counts the same."
)
def _weighted(matrix: Array) -> float:
    return float(np.average(metrics.precision_recall_f1(matrix)[2], weights=matrix.sum(axis=1)))


@mutant(
    "You average precision and recall over the classes first and take one F1 of the two means. "
    "Take the F1 of each class first, then the mean."
)
def _averages_first(matrix: Array) -> float:
    precision, recall, occurs = _parts(matrix)
    p, r = precision[occurs].mean(), recall[occurs].mean()
    return float(2 * p * r / (p + r)) if p + r else 0.0


@mutant(
    "You take the plain mean of precision and recall; F1 is their harmonic mean, which is small as "
    "soon as one of them is."
)
def _arithmetic_mean(matrix: Array) -> float:
    precision, recall, occurs = _parts(matrix)
    return float(((precision + recall) / 2)[occurs].mean())


@mutant("This is the mean recall; F1 also counts the examples wrongly taken for the class.")
def _mean_recall(matrix: Array) -> float:
    _, recall, occurs = _parts(matrix)
    return float(recall[occurs].mean())


@mutant("You divide whole numbers with //, which rounds down; use /.")
def _rounds_down(matrix: Array) -> float:
    total = matrix.sum(axis=0) + matrix.sum(axis=1)
    occurs = total > 0
    return float(np.mean(2 * np.diag(matrix)[occurs] // total[occurs]))


@mutant("Every score is half as large as it should be: the F1 has a factor of 2.")
def _forgets_two(matrix: Array) -> float:
    return _from_sums(matrix) / 2


def _draw(rng: np.random.Generator) -> Given:
    k = int(rng.integers(2, 8))
    return given(rng.integers(0, 9, size=(k, k)) + np.diag(rng.integers(5, 40, size=k)))


def _absent(rng: np.random.Generator) -> Given:
    matrix = _draw(rng).args[0]
    gone = int(rng.integers(len(matrix) + 1))
    for axis in (0, 1):
        matrix = np.insert(matrix, gone, 0, axis=axis)
    return given(matrix)


def _one_sided(rng: np.random.Generator) -> Given:
    """One class has labels only, one has predictions only, and one both but no hit."""
    k = int(rng.integers(4, 7))
    matrix = rng.integers(1, 9, size=(k, k)) + np.diag(rng.integers(5, 40, size=k))
    never_predicted, never_true, never_right = rng.permutation(k)[:3]
    matrix[never_right, never_right] = 0
    matrix[:, never_predicted] = 0
    matrix[never_true] = 0
    return given(matrix)


def _never_right(rng: np.random.Generator) -> Given:
    matrix = rng.integers(1, 9, size=(3, 3))
    np.fill_diagonal(matrix, 0)
    return given(matrix)


def _one_class(rng: np.random.Generator) -> Given:
    return given(rng.integers(1, 99, size=(1, 1)))


EXERCISE = Exercise(
    name="macro_f1",
    number=3,
    signature="macro_f1(matrix)",
    statement=(
        "A number from 0 to 1: the mean F1 of the classes that occur in a confusion matrix "
        "(n_classes, n_classes) of counts, rows for true classes."
    ),
    stars=2,
    minutes=20,
    points={"contract": 1, "known answers": 3, "properties": 6},
    reference=_reference,
    solutions=(_from_sums, _from_precision_and_recall, _with_mistakes),
    mutants=(
        _lets_nan_through,
        _counts_absent_classes,
        _drops_undefined,
        _forgets_predicted,
        _accuracy,
        _weighted,
        _averages_first,
        _arithmetic_mean,
        _mean_recall,
        _rounds_down,
        _forgets_two,
    ),
    hints=(
        "Three numbers a class: the hits on the diagonal, the sum of its row (how often it is "
        "true), the sum of its column (how often it was predicted).",
        "Put precision and recall into the formula of F1 and simplify: what remains is one "
        "fraction, which is 0/0 only where both sums are 0.",
        "The F1 of a class is twice its hits by the total of its row sum and its column sum. Keep "
        "the classes whose total is above 0, and take the plain mean of theirs.",
    ),
    checks=(
        known(
            "two classes, worked by hand",
            given(np.array([[3, 1], [1, 2]])),
            17 / 24,  # (3/4 + 2/3) / 2
        ),
        known(
            "a class without label and prediction is left out",
            given(np.array([[3, 0, 1], [0, 0, 0], [1, 0, 2]])),
            17 / 24,
        ),
        known(
            "a class that was predicted and is never true counts as 0",
            given(np.array([[2, 2], [0, 0]])),
            1 / 3,  # (2/3 + 0) / 2
        ),
        agrees("the score is right for random counts", _draw, cases=4),
        agrees("one class is absent", _absent),
        agrees("classes without label, without prediction, without hit", _one_sided),
        agrees("no answer is right", _never_right, cases=1),
        agrees("a single class", _one_class, cases=1),
    ),
    keeps_dtype=False,  # the matrix holds whole numbers
)
