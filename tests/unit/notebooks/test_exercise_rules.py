"""Every rule of solutions catches a planted breach, names cell and exercise, and nothing else."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from nbcourse.notebooks.exercise_rules import NOTICE, RULES, check_solutions
from nbcourse.notebooks.regions import BEGIN, END

from .worked import COUNTER, DOUBLE, cell, place, solutions

Edit = Callable[[Any], object]


def replace(role: str, old: str, new: str, name: str = "double") -> Edit:
    """An edit of the source of one cell."""

    def edit(nb: Any) -> None:
        chosen = nb.cells[place(nb, role, name)]
        assert old in chosen.source
        chosen.source = chosen.source.replace(old, new)

    return edit


def drop(role: str) -> Edit:
    """An edit that removes a cell."""
    return lambda nb: nb.cells.pop(place(nb, role))


def repeat(role: str) -> Edit:
    """An edit that adds the same cell once more."""
    return lambda nb: nb.cells.insert(place(nb, role) + 1, copy.deepcopy(nb.cells[place(nb, role)]))


def add(new: Any) -> Edit:
    """An edit that adds a cell at the end."""
    return lambda nb: nb.cells.append(new)


def mark(role: str, **metadata: Any) -> Edit:
    """An edit of the metadata of one cell."""
    return lambda nb: nb.cells[place(nb, role)].metadata.update(metadata)


def move(role: str, to: int) -> Edit:
    """An edit that moves a cell of the first exercise."""
    return lambda nb: nb.cells.insert(to, nb.cells.pop(place(nb, role)))


def retype(role: str, kind: str) -> Edit:
    """An edit of a cell's type."""
    return lambda nb: nb.cells[place(nb, role)].update(cell_type=kind)


UNFINISHED = f"""\
# exercise: double
def double(x):
    return (
        {BEGIN}
        x + x
        {END}
    )"""
PLANTED: dict[str, list[tuple[Edit, str]]] = {
    "opens_with_text": [
        (lambda nb: nb.cells.pop(0), "cell 1 is not markdown, but the first cell must be"),
    ],
    "cells_parse": [
        (add(new_code_cell("%matplotlib inline")), "cell 15 does not parse: invalid syntax, line"),
        (replace("answer", "return twice", "return ("), r"cell 4 (double) does not parse: "),
    ],
    "roles_known": [
        (add(cell("solution", "double", "1")), "cell 15 (double) has the role 'solution', wanted"),
        (add(cell("hint", "2 x", "# hint(2 x)")), "belongs to '2 x', which is not the name"),
        (add(cell("hint", "", "# hint()")), "belongs to '', which is not the name"),
        (lambda nb: nb.cells[1].metadata.update(nbcourse=3), "cell 2 has the role '', wanted"),
        (retype("answer", "markdown"), "is a markdown cell, but its role answer wants code"),
        (retype("statement", "code"), "is a code cell, but its role statement wants markdown"),
    ],
    "markers_in_answers": [
        (replace("answer", f"    {END}", ""), "has a BEGIN SOLUTION in line 4 without an END"),
        (replace("answer", f"    {BEGIN}\n", ""), "has an END SOLUTION in line 6 before any BEGIN"),
        (
            replace("answer", "    return", f"    {BEGIN}\n    return"),
            "inside the region of line 4",
        ),
        (replace("answer", BEGIN, "## BEGIN SOLUTION"), "has '## BEGIN SOLUTION' in line 4, which"),
        (replace("answer", BEGIN, "### begin solution"), "has '### begin solution' in line 4"),
        (replace("answer", END, "# END SOLUTION"), "has '# END SOLUTION' in line 7, which"),
        (
            replace("statement", "Add x to itself.", BEGIN),
            "has a solution marker, which only an answer cell",
        ),
        (replace("explanation", "Adding", "END SOLUTION"), "has a solution marker, which only an"),
        (add(new_code_cell(f"{BEGIN}\n1\n{END}")), "cell 15 has a solution marker, which only"),
        (add(new_markdown_cell("# begin solution")), "cell 15 has a solution marker, which only"),
    ],
    "answers_whole": [
        (replace("answer", "# exercise: double\n", ""), "does not start with '# exercise: double'"),
        (
            replace("answer", "# exercise: double", "# exercise: triple"),
            "does not start with '# ex",
        ),
        (replace("answer", DOUBLE, "# exercise: double\ndef double(x): 1"), "has no solution reg"),
        (replace("answer", "def double", "def twice"), "does not define double at the top level"),
        (
            replace("answer", DOUBLE, f"# exercise: double\n{BEGIN}\ndef double(): 1\n{END}"),
            "defines double inside a region, so that a student gets no beginning of it",
        ),
        (
            replace("answer", DOUBLE, f"{DOUBLE}\n{BEGIN}\nn_calls = 0\n{END}"),
            "has a region outside any function, which would raise as soon as the cell runs",
        ),
        (
            replace("answer", COUNTER, f"{COUNTER}\n    {BEGIN}\n    n = 0\n    {END}", "Counter"),
            "cell 10 (Counter) has a region outside any function",
        ),
        (
            replace("answer", DOUBLE, UNFINISHED),
            "does not parse once its regions are replaced",
        ),
    ],
    "checks_plain": [
        (replace("check", "check(double)", "check(twice)"), "is not exactly 'check(double)'"),
        (
            replace("check", "check(double)", "assert check(double)"),
            "is not exactly 'check(double)'",
        ),
        (replace("hint", "# hint(double)", "hint(double)"), "is not exactly '# hint(double)'"),
    ],
    "references_commented": [
        (replace("reference", "# double", "double", "Counter"), "has a line that is not a comment"),
    ],
    "exercises_whole": [
        (drop("statement"), "cell 3 (double) begins an exercise that has no statement cell"),
        (drop("answer"), "cell 3 (double) begins an exercise that has no answer cell"),
        (drop("check"), "cell 3 (double) begins an exercise that has no check cell"),
        (repeat("answer"), "cell 5 (double) is a second answer cell of double"),
        (repeat("check"), "cell 6 (double) is a second check cell of double"),
        (move("check", 3), "cells are out of order: statement, check, answer, hint, explanation"),
    ],
    "grade_ids_differ": [
        (
            add(cell("answer", "double_check", DOUBLE.replace("double", "double_check"))),
            "cell 15 (double_check) has the grade id 'double_check', which another cell has",
        ),
    ],
    "solutions_tagged": [
        (mark("explanation", tags=[]), "explains the answer, but lacks the tag solution"),
        (mark("check", tags=["solution"]), "is a check cell tagged solution, so the release"),
    ],
}
CASES = [(rule, edit, clause) for rule, cases in PLANTED.items() for edit, clause in cases]


def test_good_solutions_have_no_fault() -> None:
    """No rule complains without a reason."""
    assert check_solutions(solutions(), "sample.ipynb") == []


def test_every_rule_has_a_planted_breach() -> None:
    """A rule that never failed proves nothing."""
    assert set(PLANTED) == {rule.__name__ for rule in RULES}


@pytest.mark.parametrize(("rule", "edit", "clause"), CASES)
def test_a_breach_is_named(rule: str, edit: Edit, clause: str) -> None:
    """By its rule, with the file, the cell and the exercise."""
    nb = solutions()
    edit(nb)

    sentences = check_solutions(nb, "sample.ipynb")

    assert any(clause in sentence for sentence in sentences), sentences
    assert all(sentence.startswith("sample.ipynb, cell ") for sentence in sentences)
    function = next(each for each in RULES if each.__name__ == rule)
    assert any(clause in f"cell {k + 1}{_name(nb, k)} {text}" for k, text in function(nb))


def _name(nb: Any, k: int) -> str:
    entry = nb.cells[k].metadata.get("nbcourse")
    return f" ({entry['exercise']})" if isinstance(entry, dict) and entry["exercise"] else ""


def test_a_released_notebook_is_refused_in_one_sentence() -> None:
    """Whoever releases twice learns why, and nothing else."""
    nb = solutions()
    nb.cells[0].source += f"\n\n{NOTICE} solutions/sample.ipynb -->"
    nb.cells.pop(place(nb, "answer"))

    (sentence,) = check_solutions(nb, "sample.ipynb")

    assert "cell 1 says that the notebook is generated; only its source can be" in sentence


def test_an_empty_notebook_is_refused() -> None:
    """There is no first cell to speak of."""
    nb = solutions()
    nb.cells = []

    (sentence,) = check_solutions(nb, "sample.ipynb")

    assert "cell 1 is not markdown" in sentence
