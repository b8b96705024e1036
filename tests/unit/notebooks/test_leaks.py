"""A line of a solution is found wherever it stands in the notebook of a student."""

from pathlib import Path

import pytest
from nbformat.v4 import new_markdown_cell, new_output

from nbcourse.notebooks.leaks import leaks
from nbcourse.notebooks.release import release

from .worked import POINTS, place, solutions

SECRET = "twice = x + x"
PLACES = {
    "source": lambda nb: nb.cells.append(new_markdown_cell(f"Try `{SECRET}`.")),
    "output": lambda nb: nb.cells[1].outputs.append(new_output("stream", text=f"1\n {SECRET}\n")),
    "error": lambda nb: nb.cells[1].outputs.append(
        new_output("error", ename="E", evalue="", traceback=["", f"----> 4 {SECRET}"])
    ),
    "display": lambda nb: nb.cells[1].outputs.append(
        new_output("display_data", data={"text/html": f"<b>{SECRET}</b>"})
    ),
    "metadata": lambda nb: nb.cells[0].metadata.update(note=[SECRET]),
    "key": lambda nb: nb.metadata.update({SECRET: 1}),
}


def released():
    """The faithful release."""
    return release(solutions(), Path("sample.ipynb"), points=POINTS)


def test_a_faithful_release_leaks_nothing():
    """Nor does the check find words that are public anyway."""
    assert leaks(solutions(), released()) == []


@pytest.mark.parametrize("plant", PLACES.values(), ids=PLACES)
def test_a_line_of_a_region_is_found_anywhere(plant):
    """In sources, outputs and metadata, in the middle of other text."""
    nb = released()
    plant(nb)

    assert leaks(solutions(), nb) == [SECRET]


def test_an_explanation_is_found():
    """A cell tagged solution is as secret as a region."""
    nb = released()
    nb.cells.append(new_markdown_cell("Well: Adding x to itself is exact."))

    assert leaks(solutions(), nb) == ["Adding x to itself is exact."]


def test_the_solutions_themselves_leak_every_secret():
    """The longest list there is: nothing of eight characters or more is overlooked."""
    assert leaks(solutions(), solutions()) == [
        "twice = x + x",
        "return twice",
        "Adding x to itself is exact.",
        "self.n_calls = 0",
        "self.n_calls += 1",
        "State lives in self.",
    ]


@pytest.mark.parametrize("line", ["return", "x += 1"])
def test_short_lines_are_no_secret(line):
    """Every other function has them."""
    source = solutions()
    answer = source.cells[place(source, "answer")]
    answer.source = answer.source.replace("return twice", line)
    nb = released()
    nb.cells.append(new_markdown_cell(line))

    assert leaks(source, nb) == []


def test_a_line_that_is_public_is_no_secret():
    """The statement may give a formula, and a solution may raise as the stub does."""
    source = solutions()
    statement = source.cells[place(source, "statement")]
    statement.source += "\n\nFor instance twice = x + x."
    answer = source.cells[place(source, "answer")]
    answer.source = answer.source.replace("return twice", "raise NotImplementedError")

    assert leaks(source, release(source, Path("sample.ipynb"), points=POINTS)) == []
