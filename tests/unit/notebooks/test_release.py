"""A student's notebook: a pure function of the solutions, without them."""

import copy
import json
from pathlib import Path

import nbformat
import pytest

from nbcourse.notebooks.canonical import canonicalize, to_text
from nbcourse.notebooks.files import NotebookError
from nbcourse.notebooks.release import ReleaseError, annotate, release

from .worked import POINTS, place, solutions

PATH = Path("solutions/05_sample.ipynb")
LOCKED = {"deletable": False, "editable": False}


@pytest.fixture
def student():
    """The release of the sample."""
    return release(solutions(), PATH, points=POINTS)


def test_regions_become_a_line_that_names_the_exercise(student):
    """At their indentation; a class gets one a method."""
    double, counter = (
        student.cells[place(student, "answer", name)].source for name in ("double", "Counter")
    )

    assert double.splitlines() == [
        "# exercise: double",
        "def double(x):",
        '    """Return twice x."""',
        '    raise NotImplementedError("double: write your answer here")',
    ]
    line = '        raise NotImplementedError("Counter: write your answer here")'
    assert counter.count(line) == 2
    assert "SOLUTION" not in to_text(student)


def test_the_stub_raises_when_it_is_called_and_not_before(student):
    """A student runs the cell, then the check."""
    names = {}
    exec(student.cells[place(student, "answer")].source, names)

    with pytest.raises(NotImplementedError, match="double: write your answer here"):
        names["double"](1)


def test_cells_tagged_solution_vanish_and_all_others_stay(student):
    """In their order."""
    kept = [cell for cell in solutions().cells if "tags" not in cell.metadata]

    assert len(kept) == 12
    assert [cell.metadata.get("nbcourse") for cell in student.cells] == [
        cell.metadata.get("nbcourse") for cell in kept
    ]


def test_outputs_and_counts_go(student):
    """They would show results of the solution."""
    code = [cell for cell in student.cells if cell.cell_type == "code"]

    assert len(code) == 8
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)


def test_the_first_text_says_where_the_notebook_comes_from(student):
    """In a comment that no page shows."""
    last = student.cells[0].source.splitlines()[-1]

    assert last == (
        "<!-- Generated from solutions/05_sample.ipynb by "
        "python -m nbcourse.practice.publish; do not edit. -->"
    )


def test_statements_and_checks_are_locked_and_nothing_else(student):
    """For JupyterLab, and for nbgrader."""
    locked = {
        cell.metadata["nbcourse"]["role"]
        for cell in student.cells
        if LOCKED.items() <= cell.metadata.items()
    }
    touched = {
        cell.metadata.get("nbcourse", {}).get("role")
        for cell in student.cells
        if LOCKED.keys() & cell.metadata.keys()
    }

    assert locked == touched == {"statement", "check"}


def test_a_check_carries_the_points_of_the_specification(student):
    """Whatever was written in the notebook before."""
    nb = solutions()
    nb.cells[place(nb, "check")].metadata["nbgrader"] = {"points": 99}

    again = release(nb, PATH, points=POINTS)

    assert again == student
    assert again.cells[place(again, "check")].metadata["nbgrader"] == {
        "grade": True,
        "grade_id": "double_check",
        "locked": True,
        "points": 10,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }


def test_the_release_is_canonical_valid_and_the_same_each_time(student):
    """One source, one file."""
    text = to_text(student)

    nbformat.validate(json.loads(text))
    assert to_text(nbformat.reads(text, as_version=4)) == text
    assert canonicalize(student) == student
    assert to_text(release(canonicalize(solutions()), PATH, points=POINTS)) == text


@pytest.mark.parametrize("function", [release, annotate])
def test_the_source_is_not_changed(function):
    """A notebook can be released and then go on being edited."""
    nb, points = solutions(), dict(POINTS)
    before = copy.deepcopy(nb)

    function(nb, PATH, points=points)

    assert nb == before
    assert points == POINTS


def test_a_release_of_a_release_is_refused(student):
    """It has nothing left to hide."""
    with pytest.raises(ReleaseError, match=r"05_sample\.ipynb, cell 1 says .* is generated"):
        release(student, PATH, points=POINTS)


def test_every_breach_is_reported_at_once():
    """One sentence a line."""
    nb = solutions()
    for role in ("check", "hint"):
        nb.cells[place(nb, role)].source += " "
        nb.cells[place(nb, role)].source += "  # now"

    with pytest.raises(ReleaseError) as raised:
        release(nb, PATH, points=POINTS)

    first, second = str(raised.value).splitlines()
    assert first == "05_sample.ipynb, cell 5 (double) is not exactly 'check(double)'."
    assert second == "05_sample.ipynb, cell 6 (double) is not exactly '# hint(double)'."
    assert isinstance(raised.value, NotebookError)


@pytest.mark.parametrize("function", [release, annotate])
def test_an_exercise_without_points_is_named(function):
    """It has no specification, so nothing could check it."""
    with pytest.raises(ReleaseError, match=r"cell 11 \(Counter\) checks an unknown exercise"):
        function(solutions(), PATH, points={"double": 10})


def test_solutions_are_annotated_but_not_locked():
    """Authors edit them; nbgrader reads them."""
    nb = solutions()
    nb.cells[place(nb, "check")].metadata |= LOCKED

    annotated = annotate(nb, PATH, points=POINTS)

    ids = [
        cell.metadata["nbgrader"]["grade_id"]
        for cell in annotated.cells
        if "nbgrader" in cell.metadata
    ]
    assert ids == [
        "double_statement",
        "double",
        "double_check",
        "Counter_statement",
        "Counter",
        "Counter_check",
    ]
    assert not any(LOCKED.keys() & cell.metadata.keys() for cell in annotated.cells)
    assert [cell.source for cell in annotated.cells] == [cell.source for cell in nb.cells]
    assert annotate(annotated, PATH, points=POINTS) == annotated
