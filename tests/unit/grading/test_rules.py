"""Rules: what goes around an exercise is flagged; right answers of the course are not."""

from pathlib import Path

import pytest

from nbcourse.exercises import all_exercises, of_chapter
from nbcourse.grading.rules import flags
from nbcourse.practice.answers import read

ROOT = Path(__file__).parents[3]
EXERCISE = next(e for e in of_chapter("03_losses") if e.name == "logsumexp")


def _flags(*sources):
    return {
        (flag.kind, flag.message): flag.cell
        for flag in flags(list(enumerate(sources, 1)), EXERCISE)
    }


PLANTED = {
    "a package that is not allowed": (
        "from scipy.special import logsumexp as f\ndef logsumexp(z): return f(z)",
        ("package", "uses scipy.special.logsumexp"),
    ),
    "the same, imported inside": (
        "def logsumexp(z):\n    import torch\n    return torch.logsumexp(z, -1)",
        ("package", "imports torch inside the answer"),
    ),
    "a shortcut in an allowed package": (
        "import numpy as np\ndef logsumexp(z): return np.logaddexp.reduce(z)",
        ("shortcut", "uses numpy.logaddexp.reduce, which does the exercise"),
    ),
    "access by a made-up name": (
        "import numpy as np\ndef logsumexp(z): return getattr(np, 'log' + 'addexp').reduce(z)",
        ("dynamic access", "uses getattr"),
    ),
    "code from text": ("def logsumexp(z): return eval('z')", ("dynamic access", "uses eval")),
    "a look inside": (
        "def logsumexp(z): return z.__class__.__subclasses__()",
        ("dynamic access", "uses __subclasses__"),
    ),
    "a hidden import": (
        "import importlib\ndef logsumexp(z): return importlib.import_module('torch')",
        ("package", "uses importlib"),
    ),
    "the course's own function": (
        "from nbcourse.practice import reference\nlogsumexp = reference('logsumexp')",
        ("reference", "asks for the course's own function"),
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_way_around_is_flagged(name):
    """With its kind, a sentence and the cell."""
    source, flag = PLANTED[name]

    assert flag in _flags("x = 1", source)
    assert _flags("x = 1", source)[flag] == 2


def test_helpers_are_followed():
    """What an answer uses by name is looked at, wherever it stands; what it does not, is not."""
    helper = "import scipy\ndef helper(z): return scipy.special.logsumexp(z)"
    bystander = "import pandas\ndef unrelated(): return pandas"

    found = _flags(helper, bystander, "def logsumexp(z): return helper(z)")

    assert set(found) == {("package", "uses scipy")}


@pytest.mark.parametrize("exercise", all_exercises(), ids=lambda e: e.name)
def test_no_solution_of_the_course_is_flagged(exercise):
    """A false alarm costs an honest student a conversation."""
    path = next(ROOT.glob(f"solutions/*_{exercise.topic}.ipynb"))
    cells = [(cell.number, cell.source) for cell in read(path)]

    assert flags(cells, exercise) == ()


@pytest.mark.parametrize("source", ["def logsumexp(:", "\0", "(" * 5000, ""])
def test_what_does_not_parse_is_no_flag(source):
    """The student is told of it elsewhere."""
    assert _flags(source) == {}
