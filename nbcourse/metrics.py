"""Metrics: how good are the predictions, in numbers a person can act on."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

__all__ = ["accuracy", "classes", "confusion_matrix", "macro_f1", "precision_recall_f1"]


def classes(outputs: Array) -> Array:
    """Turn outputs into class indices: (n, n_classes) scores by argmax, (n,) indices unchanged."""
    outputs = np.asarray(outputs)
    if outputs.size == 0:
        raise ValueError(f"a metric needs at least one example, got outputs of {outputs.shape}")
    if outputs.ndim == 2:
        if np.isnan(outputs).any():
            raise ValueError("a metric got NaN among the scores; the network has diverged")
        return np.argmax(outputs, axis=1)
    if outputs.ndim != 1 or outputs.dtype.kind not in "iu":
        raise ValueError(
            "a metric wants scores (n, n_classes) or integer classes (n,), "
            f"got shape {outputs.shape} and dtype {outputs.dtype}"
        )
    return outputs


def _pair(outputs: Array, labels: Array) -> tuple[Array, Array]:
    predicted, labels = classes(outputs), np.asarray(labels)
    if predicted.shape != labels.shape:
        raise ValueError(f"got {predicted.shape} predictions for {labels.shape} labels")
    return predicted, labels


def accuracy(outputs: Array, labels: Array) -> float:
    """Share of right answers, between 0 and 1.

    Outputs are (n, n_classes) scores or (n,) class indices; labels are (n,) class indices.

    >>> accuracy(np.array([[2.0, 1.0], [0.0, 3.0]]), np.array([0, 0]))
    0.5
    """
    predicted, labels = _pair(outputs, labels)
    return float(np.mean(predicted == labels))


def confusion_matrix(outputs: Array, labels: Array, *, n_classes: int) -> NDArray[np.int64]:
    """Counts (n_classes, n_classes): row = true class, column = predicted class.

    >>> confusion_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]), n_classes=2)
    array([[1, 1],
           [0, 1]])
    """
    predicted, labels = _pair(outputs, labels)
    for name, values in (("predictions", predicted), ("labels", labels)):
        if values.min() < 0 or values.max() >= n_classes:
            raise ValueError(
                f"confusion_matrix wants {name} from 0 to {n_classes - 1}, "
                f"got {values.min()} to {values.max()}"
            )
    counts = np.zeros((n_classes, n_classes), dtype=np.int64)
    np.add.at(counts, (labels, predicted), 1)
    return counts


def precision_recall_f1(matrix: Array) -> tuple[Array, Array, Array]:
    """Precision, recall and F1 of each class, from a confusion matrix; 0 where undefined."""
    matrix = np.asarray(matrix, dtype=np.float64)
    hits = np.diag(matrix)
    precision = _ratio(hits, matrix.sum(axis=0))
    recall = _ratio(hits, matrix.sum(axis=1))
    return precision, recall, _ratio(2 * precision * recall, precision + recall)


def _ratio(a: Array, b: Array) -> Array:
    return np.divide(a, b, out=np.zeros_like(a), where=b > 0)


def macro_f1(outputs: Array, labels: Array, *, n_classes: int) -> float:
    """Mean F1 over the classes that occur among the labels or the predictions.

    A class that occurs in neither says nothing about the predictions and is left out, as in
    scikit-learn when `labels` is not given.
    """
    matrix = confusion_matrix(outputs, labels, n_classes=n_classes)
    occurs = (matrix.sum(axis=0) + matrix.sum(axis=1)) > 0
    return float(np.mean(precision_recall_f1(matrix)[2][occurs]))
