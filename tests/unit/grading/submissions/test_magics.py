"""Magics: what only a notebook understands is taken out, and Python is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcourse.grading.submissions.magics import parses, to_python

CASES = {
    "%matplotlib inline\nx = 1": "pass\nx = 1",
    "!pip install numpy\nx = 1": "pass\nx = 1",
    "if True:\n    !ls\n    x = 1": "if True:\n    pass\n    x = 1",
    "files = !ls\nx = 1": "files = []\nx = 1",
    "t = %timeit -o f(1)\nx = 1": "f(1)\nx = 1",
    "%time x = f(3)": "x = f(3)",
    "%timeit -n 10 -r 3 f()": "f()",
    "%%time\nx = 1": "\nx = 1",
    "%%capture out\nx = 1\n!ls": "\nx = 1\npass",
    "%%bash\nrm -rf /": "",
    "%%html\n<b>": "",
    "np.mean?\nx = 1": "pass\nx = 1",
    "?np.mean": "pass",
    "%load_ext autoreload\n%autoreload 2": "pass\npass",
}


@pytest.mark.parametrize("source", CASES)
def test_what_is_not_python_is_taken_out(source):
    """With a note, and with as many lines as before."""
    python, notes = to_python(source)

    assert python == CASES[source]
    assert parses(python)
    assert notes


@pytest.mark.parametrize(
    "source",
    [
        "x = 5 % 3",
        "x = '''\n%matplotlib inline\n!ls\n'''",
        "assert x != y",
        "# what?",
        "x = 7 \\\n  % 4",
    ],
)
def test_python_is_left_alone(source):
    """A percent sign in a product or a text is none of a notebook's."""
    assert to_python(source) == (source, [])


def test_a_syntax_error_stays_one():
    """The guest reports it, with its line."""
    source = "def f(:\n    return 1\n%time g()"

    assert to_python(source)[0] == "def f(:\n    return 1\ng()"


@given(st.text(alphabet="%!?abc=() \n:'\\", max_size=60))
def test_any_text_is_taken(source):
    """No error, and never more lines than there were."""
    python, _ = to_python(source)

    assert python.count("\n") <= source.count("\n")
