"""A new exercise: a specification that fails its own tests, and the cells of its notebook."""

import keyword
from pathlib import Path

from nbcourse.errors import UserError
from nbcourse.exercises import Chapter, all_exercises, find_chapter, of_chapter
from nbcourse.notebooks.canonical import to_text
from nbcourse.notebooks.files import read

_SPECIFICATION = '''\
"""Exercise: TODO, one sentence."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, known

Array = NDArray[Any]


def _reference(x: Array) -> Array:
    raise NotImplementedError("the oracle; from nbcourse.numpy_nn where it has one")


def _draw(rng: np.random.Generator) -> Given:
    return given(rng.normal(size=int(rng.integers(1, 9))))


# At least two different right answers, and five wrong ones: each is a function decorated with
# @mutant("the sentence that tells a student of this mistake").
EXERCISE = Exercise(
    name="{name}",
    number={number},
    signature="{name}(x)",
    statement="TODO: what it returns, with shapes and units.",
    stars=1,
    minutes=15,
    points={{"contract": 2, "known answers": 4, "properties": 4}},
    reference=_reference,
    solutions=(),
    mutants=(),
    hints=(),
    checks=(
        known("TODO: worked by hand", given(np.array([0.0])), np.array([0.0])),
        agrees("right for random lengths", _draw),
    ),
)
'''

_CELLS = (
    ("markdown", "statement", "## {number}. `{name}` ☆\n\n*About 15 minutes · 10 points*\n\nTODO"),
    (
        "code",
        "answer",
        '# exercise: {name}\ndef {name}(x):\n    """TODO."""\n    ### BEGIN SOLUTION\n'
        "    raise NotImplementedError\n    ### END SOLUTION",
    ),
    ("code", "check", "check({name})"),
    ("code", "hint", "# hint({name})"),
    ("markdown", "explanation", "TODO: why the answer is right, and which mistake is tempting."),
)


def create(chapter: str, name: str, folder: Path) -> list[Path]:
    """Write the module of a new exercise and add its cells to the chapter's solutions.

    Args:
        chapter: number, topic or stem of a chapter with exercises.
        name: name of the function or class that is asked for.
        folder: folder of the course, with `nbcourse` and `solutions`.

    Returns:
        The files that were written.

    Raises:
        UserError: for a name that is taken or impossible, or a wrong folder; nothing is written.
    """
    place = find_chapter(chapter)
    module = folder / "nbcourse" / "exercises" / place.topic / f"{name.lower()}.py"
    notebook = folder / "solutions" / f"{place.stem}.ipynb"
    if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
        raise UserError(f"{name!r} is no name that a function can have")
    if any(exercise.name == name for exercise in all_exercises()) or module.exists():
        raise UserError(f"there is an exercise {name} already")
    if not notebook.is_file() or not module.parent.is_dir():
        raise UserError(f"{folder.resolve()} is not the course: it has no {notebook.name}")
    number = len(of_chapter(place.stem)) + 1
    module.write_text(_SPECIFICATION.format(name=name, number=number), encoding="utf-8")
    _add_cells(notebook, place, name, number)
    return [module, notebook]


def _add_cells(path: Path, chapter: Chapter, name: str, number: int) -> None:
    """Insert the cells before the last one, which closes the chapter."""
    import nbformat

    nb = read(path)
    for kind, role, text in _CELLS:
        source = text.format(name=name, number=number)
        new = nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
        cell = new(source)  # type: ignore[no-untyped-call]
        cell.metadata["nbcourse"] = {"exercise": name, "role": role}
        if role == "explanation":
            cell.metadata["tags"] = ["solution"]
        nb.cells.insert(len(nb.cells) - 1, cell)
    path.write_text(to_text(nb), encoding="utf-8")
