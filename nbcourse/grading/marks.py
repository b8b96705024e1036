"""Marks that people give, from a table: read and checked as a whole before any of it counts."""

import csv
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nbcourse.errors import UserError
from nbcourse.exercises import find_chapter, of_chapter
from nbcourse.grading.roster import Roster
from nbcourse.grading.store import ManualMark

NEEDED = ("student", "assignment", "exercise", "points")
OPTIONAL = ("comment", "author")


@dataclass(frozen=True)
class Marks:
    """What a table says.

    Attributes:
        given: marks, in the order of the table.
        withdrawn: student, assignment and exercise of the marks that are taken back.
    """

    given: tuple[ManualMark, ...]
    withdrawn: tuple[tuple[str, str, str], ...]


def read_marks(path: Path, roster: Roster) -> Marks:
    """Read a table of marks; a line without points takes back what was given before.

    Args:
        path: a CSV file with the columns of NEEDED, and perhaps those of OPTIONAL.
        roster: who is in the course.

    Raises:
        UserError: the file is missing or no such table, or a line of it names nobody on the roster,
            no exercise, points that the exercise does not have, or what another line names.
    """
    given: dict[tuple[str, str, str], ManualMark] = {}
    withdrawn: list[tuple[str, str, str]] = []
    lines: dict[tuple[str, str, str], int] = {}
    for number, row in _rows(path):
        where = f"{path}, line {number}"
        place, total = _place(where, row, roster)
        if place in lines:
            raise UserError(f"{where}: {', '.join(place)} stands in line {lines[place]} already")
        lines[place] = number
        if row["points"]:
            points = _points(where, row["points"], total)
            given[place] = ManualMark(*place, points, row["comment"], row["author"])
        else:
            withdrawn.append(place)
    return Marks(tuple(given.values()), tuple(withdrawn))


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines that hold something, by number; every known column is there."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"the marks {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UserError(f"the marks {path} are not in UTF-8") from None
    header = text.partition("\n")[0]
    rows = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count), strict=True
    )
    try:
        columns = {str(name).strip().casefold(): name for name in rows.fieldnames or ()}
        if missing := [name for name in NEEDED if name not in columns]:
            have = ", ".join(columns) or "none"
            raise UserError(f"the marks {path} need a column `{missing[0]}`; there are {have}")
        for row in rows:
            cells = {n: str(row.get(columns.get(n)) or "").strip() for n in (*NEEDED, *OPTIONAL)}
            if any(cells.values()):
                yield rows.line_num, cells
    except csv.Error as error:
        raise UserError(
            f"the marks {path} are no CSV after line {rows.line_num}: {error}"
        ) from None


def _place(where: str, row: Mapping[str, str], roster: Roster) -> tuple[tuple[str, str, str], int]:
    """Student, assignment and exercise of a line, and the points of the exercise."""
    student = roster.find(row["student"])
    if student is None:
        raise UserError(f"{where}: {row['student']!r} is nobody on the roster")
    try:
        stem = find_chapter(row["assignment"]).stem
    except UserError as error:
        raise UserError(f"{where}: {error}") from None
    points = {exercise.name: exercise.points_total for exercise in of_chapter(stem)}
    if row["exercise"] not in points:
        have = ", ".join(points)
        raise UserError(f"{where}: {stem} has no exercise {row['exercise']!r}; there are {have}")
    return (student.id, stem, row["exercise"]), points[row["exercise"]]


def _points(where: str, text: str, total: int) -> float:
    try:
        points = float(text.replace(",", "."))
    except ValueError:
        points = math.nan
    if not 0 <= points <= total:
        raise UserError(f"{where}: points are a number from 0 to {total}, not {text!r}")
    return points
