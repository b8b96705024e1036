"""Metrics: equal to scikit-learn's where it has them, and clear about bad input."""

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st

from nbcourse import metrics

labels = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40)


@given(labels)
def test_metrics_are_those_of_scikit_learn(pairs):
    """Accuracy, confusion matrix and macro F1, with classes missing on either side."""
    truth, guess = np.array(pairs).T

    assert metrics.accuracy(guess, truth) == sklearn.metrics.accuracy_score(truth, guess)
    assert (
        metrics.confusion_matrix(guess, truth, n_classes=5)
        == sklearn.metrics.confusion_matrix(truth, guess, labels=range(5))
    ).all()
    assert metrics.macro_f1(guess, truth, n_classes=5) == pytest.approx(
        sklearn.metrics.f1_score(truth, guess, average="macro", zero_division=0)
    )


def test_scores_are_turned_into_classes():
    """The largest score wins; of equal ones the first."""
    assert metrics.classes(np.array([[0.1, 0.9], [0.5, 0.5]])).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("outputs", "truth", "sentence"),
    [
        (np.zeros((0, 3)), np.zeros(0, int), "at least one example"),
        (np.array([[np.nan, 1.0]]), np.array([0]), "NaN among the scores"),
        (np.array([0.5]), np.array([0]), "integer classes"),
        (np.zeros((2, 3)), np.zeros(3, int), r"\(2,\) predictions for \(3,\) labels"),
    ],
)
def test_bad_input_is_one_sentence(outputs, truth, sentence):
    """Empty, undefined, fractional and mismatched."""
    with pytest.raises(ValueError, match=sentence):
        metrics.accuracy(outputs, truth)


def test_classes_out_of_range_are_refused():
    """A class that the matrix has no row for."""
    with pytest.raises(ValueError, match="predictions from 0 to 1, got 0 to 2"):
        metrics.confusion_matrix(np.array([0, 2]), np.array([0, 1]), n_classes=2)
