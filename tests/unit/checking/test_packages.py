"""Which packages an answer uses: read from its code, nested functions and imports included."""

from dataclasses import replace

import numpy as np
import pytest

from nbcourse.checking.packages import misused
from tests.unit.checking.toy import DOUBLE


def _answer(source):
    """Compile an answer as a notebook would."""
    namespace = {"__name__": "__main__", "np": np}
    exec(source, namespace)
    return namespace["double"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def double(x): return np.add(x, x)", []),
        ("import math\ndef double(x): return math.fsum([x, x])", []),
        ("def helper(x): return x\ndef double(x): return helper(x)", []),
        ("def double(x):\n import scipy.special\n return scipy.special", ["scipy.special"]),
        ("def double(x):\n from sklearn import metrics\n return x", ["sklearn"]),
        ("from nbcourse.numpy_nn import relu\ndef double(x): return relu(x)", ["nbcourse"]),
        ("import nbcourse.numpy_nn as nn\ndef double(x): return [nn.relu(v)]", ["nbcourse"]),
        ("def double(x): return np.linalg.norm(x)", ["numpy.linalg"]),
        ("class double:\n def step(self, x):\n  import torch\n  return torch.relu(x)", ["torch"]),
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_found(source, expected):
    """Modules, names taken from them, and forbidden parts of an allowed package."""
    exercise = replace(DOUBLE, forbidden=("numpy.linalg",))
    found = misused(_answer(source), exercise)

    assert bool(found) == bool(expected)
    assert all(any(name.startswith(each) for name in found) for each in expected)


def test_the_switch_to_the_reference_is_allowed():
    """An earlier function may be the course's own."""
    stand_in = lambda x: x  # noqa: E731
    stand_in.is_course_reference = True
    stand_in.__module__ = "nbcourse.numpy_nn"
    answer = _answer("def double(x): return earlier(x)")
    answer.__globals__["earlier"] = stand_in

    assert misused(answer, DOUBLE) == []
