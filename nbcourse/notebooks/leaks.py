"""Lines of a solution that are found in the notebook a student gets."""

from collections.abc import Iterator
from typing import Any

from nbcourse.notebooks.files import Notebook
from nbcourse.notebooks.regions import STUB, hidden_lines, open_lines
from nbcourse.notebooks.roles import exercise_of, is_solution, role_of

SHORTEST = 8  # characters: `return` and `pass` give nothing away


def leaks(solutions: Notebook, exercises: Notebook) -> list[str]:
    """The lines of regions and of cells tagged solution that stand anywhere in `exercises`.

    Sources, outputs and metadata are searched. Lines that are also public in `solutions` are no
    secret.

    Args:
        solutions: the notebook with the answers.
        exercises: the notebook for students; it need not be a faithful release.
    """
    public = "\n".join(_public(solutions))
    given = "\n".join(_texts(exercises))
    secret = dict.fromkeys(line.strip() for line in _secret(solutions))
    return [
        line for line in secret if len(line) >= SHORTEST and line not in public and line in given
    ]


def _secret(nb: Notebook) -> Iterator[str]:
    for cell in nb.cells:
        if is_solution(cell):
            yield from cell.source.splitlines()
        else:
            yield from hidden_lines(cell.source)


def _public(nb: Notebook) -> Iterator[str]:
    """What a student may see: everything else, and the line that replaces a region."""
    for cell in nb.cells:
        if not is_solution(cell):
            yield from open_lines(cell.source)
        if role_of(cell) == "answer":
            yield STUB.format(name=exercise_of(cell))


def _texts(node: Any) -> Iterator[str]:  # noqa: ANN401 (whatever JSON holds)
    """All strings of a notebook, wherever they stand."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from _texts(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _texts(value)
