"""What a cell of an exercise notebook is for, and what nbgrader is told of it.

A cell says so in its metadata: `nbcourse = {"exercise": NAME, "role": ROLE}`. From that follows its
entry for nbgrader (schema 3), which nbgrader, CoCalc and the tools of JupyterHub read.
"""

from typing import Any

ROLES = ("statement", "reference", "answer", "check", "hint", "explanation")  # in this order
GRADED = ("statement", "answer", "check")  # nbgrader knows these; every exercise has one of each
LOCKED = ("statement", "check")  # a student does not change them
SOLUTION = "solution"  # the tag of a cell that no student gets


def role_of(cell: Any) -> str:  # noqa: ANN401 (a notebook's cells are nested dictionaries)
    """The role of a cell; empty where it has none."""
    return _entry(cell, "role")


def exercise_of(cell: Any) -> str:  # noqa: ANN401
    """The exercise that a cell belongs to; empty where it belongs to none."""
    return _entry(cell, "exercise")


def is_solution(cell: Any) -> bool:  # noqa: ANN401
    """Whether the whole cell is kept from students."""
    return SOLUTION in cell.metadata.get("tags", [])


def grade_id(exercise: str, role: str) -> str:
    """The name by which nbgrader's database knows a cell.

    >>> grade_id("softmax", "answer"), grade_id("softmax", "check")
    ('softmax', 'softmax_check')
    """
    return exercise if role == "answer" else f"{exercise}_{role}"


def nbgrader_entry(cell: Any) -> dict[str, Any]:  # noqa: ANN401
    """What nbgrader reads of a cell; empty for a role that it does not know.

    The points of a check are those it has: they come from the exercise's specification, which this
    module does not know. A check without points gets no entry, since nbgrader would refuse it.
    """
    role = role_of(cell)
    if role not in GRADED:
        return {}
    entry: dict[str, Any] = {
        "grade": role == "check",
        "grade_id": grade_id(exercise_of(cell), role),
        "locked": role in LOCKED,
        "schema_version": 3,
        "solution": role == "answer",
        "task": False,
    }
    if role == "statement":
        del entry["task"]
    if role == "check":
        points = points_of(cell)
        return {} if points is None else {**entry, "points": points}
    return entry


def points_of(cell: Any) -> int | None:  # noqa: ANN401
    """The points that nbgrader would give for a check; None where none are written."""
    entry = cell.metadata.get("nbgrader", {})
    points = entry.get("points") if isinstance(entry, dict) else None
    if isinstance(points, int | float) and float(points).is_integer():
        return int(points)
    return None


def _entry(cell: Any, key: str) -> str:  # noqa: ANN401
    entry = cell.metadata.get("nbcourse", {})
    text = entry.get(key, "") if isinstance(entry, dict) else ""
    return text if isinstance(text, str) else ""
