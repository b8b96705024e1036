"""Similarity: a copy with other names is found; work of one's own is not."""

import re
from pathlib import Path

import pytest

from nbcourse.grading.records import Submission
from nbcourse.grading.similarity import fingerprints, similar
from nbcourse.practice.answers import read

ROOT = Path(__file__).parents[3]


def _cells(stem, folder="solutions"):
    return tuple((cell.number, cell.source) for cell in read(ROOT / folder / f"{stem}.ipynb"))


def _submission(student, cells):
    return Submission(student, "03_losses", cells=cells)


ONE = _cells("03_losses")
CLASS = [
    _submission(stem, _cells(stem))
    for stem in ("01_neuron", "02_activations", "05_backpropagation", "07_gradient_descent")
]


def _disguised(cells):
    """Other names, comments and numbers; another order of the cells."""
    sources = [
        re.sub(r"\b(z|top|shifted)\b", r"my_\1", f"# my own work\n{s}").replace("2", "7")
        for _, s in cells
    ]
    return tuple(enumerate(reversed(sources), start=1))


def test_a_disguised_copy_is_found():
    """Between the two students it concerns, and with nobody else."""
    pairs = similar([*CLASS, _submission("ada", ONE), _submission("bob", _disguised(ONE))])

    assert [(pair.first, pair.second) for pair in pairs] == [("ada", "bob")]
    assert pairs[0].score > 0.9


def test_answers_of_ones_own_are_not_alike():
    """Different work, no pairs; also among students who have hardly written anything."""
    assert similar(CLASS) == []
    assert similar([_submission(s, ((1, "x = 1"),)) for s in "abc"]) == []


def test_what_is_given_says_nothing():
    """Stubs, imports and checks of the notebook are left out."""
    stubs = _cells("03_losses", "exercises")

    pairs = similar(
        [_submission("ada", stubs), _submission("bob", stubs)], given=[s for _, s in stubs]
    )

    assert pairs == []


def test_what_a_class_has_in_common_says_nothing():
    """Ten equal solutions are a good lesson, not ten culprits."""
    assert similar([_submission(f"s{k}", ONE) for k in range(10)]) == []


def test_the_last_attempt_counts():
    """An earlier copy that was given up is not held against anybody."""
    pairs = similar(
        [
            *CLASS,
            _submission("ada", ONE),
            _submission("bob", ONE),
            _submission("bob", CLASS[0].cells),
        ]
    )

    assert ("ada", "bob") not in {(pair.first, pair.second) for pair in pairs}


@pytest.mark.parametrize("source", ["", "x", "def f(:", "\0"])
def test_short_or_broken_code_has_no_fingerprints(source):
    """Nothing to compare."""
    assert fingerprints(source) == set()


def test_names_comments_and_numbers_do_not_matter():
    """The structure does."""
    one = "def f(x):\n    '''Doc.'''\n    y = x.sum() + 1\n    return [y * k for k in range(3)]\n"
    other = "def g(a):\n    b = a.sum() + 99  # mine\n    return [b * i for i in range(7)]\n"
    different = one.replace(".sum()", ".mean()")

    assert fingerprints(one) == fingerprints(other) != fingerprints(different)
