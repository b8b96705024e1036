"""The grade table of a course, for people (CSV) and for programs (JSON)."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nbcourse.grading.exports import cells
from nbcourse.grading.gradebook import Gradebook, Row

SCHEMA = 1  # of grades.json; grows when a key changes its meaning or goes
_HEADER = (
    "student", "name", "email", "assignment", "status", "points", "points_total", "attempts",
    "counted", "days_late", "factor", "tier", "flags", "problem", "comments",
)  # fmt: skip


def write_csv(gradebook: Gradebook, path: Path) -> None:
    """One row for each student and assignment; a column for each exercise of the course.

    Points are empty, not 0, where there is no mark.
    """
    names = exercises_of(gradebook.rows)
    cells.write(path, [*_HEADER, *names], (_row(row, names) for row in gradebook.rows))


def exercises_of(rows: tuple[Row, ...]) -> list[str]:
    """All exercises that have a mark, assignment by assignment, in their order."""
    found = {(row.assignment, mark.exercise): None for row in rows for mark in row.marks}
    order = {place: k for k, place in enumerate(found)}
    by_assignment = sorted(found, key=lambda place: (place[0], order[place]))
    return list(dict.fromkeys(name for _, name in by_assignment))


def _row(row: Row, names: list[str]) -> list[cells.Cell]:
    points = {mark.exercise: mark.points for mark in row.marks}
    comments = [f"{mark.exercise}: {mark.comment}" for mark in row.marks if mark.comment]
    graded = row.points is not None
    return [
        row.student.id,
        row.student.name,
        row.student.email,
        row.assignment,
        row.status,
        cells.number(row.points),
        cells.number(row.points_total) if graded else None,
        row.attempts,
        " ".join(map(str, row.counted)),
        row.days_late,
        cells.number(row.factor),
        row.tier,
        len(row.flags),
        row.problem,
        "\n".join(comments),
        *(cells.number(points.get(name)) for name in names),
    ]


def write_json(gradebook: Gradebook, path: Path) -> None:
    """Everything that the gradebook holds, one row a line; only ASCII characters."""
    head = {
        "format": "nbcourse grades",
        "schema": SCHEMA,
        "course": _course(gradebook),
        "assignments": list(gradebook.assignments),
    }
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.write(_json(head)[:-1] + ', "rows": [')
        for k, row in enumerate(_rows(gradebook)):
            file.write(("," if k else "") + "\n" + _json(row))
        file.write("\n]}\n")


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=True, allow_nan=False)


def _course(gradebook: Gradebook) -> dict[str, Any]:
    course = gradebook.course
    at_most = course.late.at_most
    return {
        "title": course.title,
        "attempts": course.attempts,
        "most_attempts": course.most_attempts,
        "due": {assignment: time.isoformat() for assignment, time in sorted(course.due.items())},
        "late": {
            "per_day": course.late.per_day,
            "at_most": at_most if at_most < float("inf") else None,
            "grace_minutes": course.late.grace_minutes,
        },
        "extensions": [[*place, days] for place, days in sorted(course.extensions.items())],
        "leave_out": sorted(course.leave_out),
    }


def _rows(gradebook: Gradebook) -> Iterator[dict[str, Any]]:
    for row in gradebook.rows:
        student = row.student
        yield {
            **asdict(row),
            "student": {
                "id": student.id,
                "name": student.name,
                "email": student.email,
                "aliases": list(student.aliases),
            },
        }
