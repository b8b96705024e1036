"""From solutions to exercises: a student's notebook is a pure function of the one written by hand.

Solution regions become `raise NotImplementedError(...)`, cells tagged `solution` vanish, outputs
go, checks and statements are locked. The points come from the specifications of the exercises,
which this module does not know; `python -m nbcourse.practice.publish` brings both together.
"""

import copy
from collections.abc import Mapping
from pathlib import Path

from nbcourse.notebooks.canonical import canonicalize
from nbcourse.notebooks.exercise_rules import NOTICE, check_solutions
from nbcourse.notebooks.files import Notebook, NotebookError
from nbcourse.notebooks.regions import blank
from nbcourse.notebooks.roles import LOCKED, exercise_of, is_solution, role_of

COMMAND = "python -m nbcourse.practice.publish"


class ReleaseError(NotebookError):
    """A notebook of solutions breaks a rule; the message has one sentence for each breach."""


def release(nb: Notebook, path: Path, *, points: Mapping[str, int]) -> Notebook:
    """The notebook for students, in canonical form.

    Args:
        nb: the notebook with the solutions; it is not changed.
        path: of its file, for the messages and for the line that says where the result comes from.
        points: of each exercise, by its name.

    Raises:
        ReleaseError: the notebook breaks a rule of `exercise_rules`, or an exercise has no points.
    """
    if faults := check_solutions(nb, path.name):
        raise ReleaseError("\n".join(faults))
    released = annotate(nb, path, points=points)
    released.cells = [cell for cell in released.cells if not is_solution(cell)]
    for cell in released.cells:
        if cell.cell_type == "code":
            cell.execution_count = None  # without a count, the canonical form keeps no outputs
        if role_of(cell) == "answer":
            cell.source = blank(cell.source, exercise_of(cell))
        if role_of(cell) in LOCKED:
            cell.metadata |= {"deletable": False, "editable": False}
    released.cells[0].source += f"\n\n{NOTICE} solutions/{path.name} by {COMMAND}; do not edit. -->"
    return canonicalize(released)


def annotate(nb: Notebook, path: Path, *, points: Mapping[str, int]) -> Notebook:
    """The notebook with the metadata for nbgrader, in canonical form; nothing is locked.

    Args:
        nb: the notebook with the solutions; it is not changed.
        path: of its file, for the messages.
        points: of each exercise, by its name.

    Raises:
        ReleaseError: an exercise has no points.
    """
    nb = copy.deepcopy(nb)
    for k, cell in enumerate(nb.cells, start=1):
        for key in ("deletable", "editable"):
            cell.metadata.pop(key, None)
        if role_of(cell) == "check":
            name = exercise_of(cell)
            if name not in points:
                raise ReleaseError(f"{path.name}, cell {k} ({name}) checks an unknown exercise.")
            cell.metadata["nbgrader"] = {"points": points[name]}
    return canonicalize(nb)
