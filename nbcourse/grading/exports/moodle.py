"""A worksheet that Moodle imports into one assignment: its offline grading worksheet.

Moodle finds a student by `Identifier` ("Participant" and a number that it gave to this student in
this assignment), takes `Grade` and `Feedback comments`, and passes over what was graded in Moodle
after `Last modified (grade)`, unless it is told otherwise. A worksheet without one of the columns
`Identifier`, `Grade` or `Last modified (grade)` is refused. An empty grade changes nothing; a grade
above the maximum that the assignment has in Moodle is passed over. Comments are HTML there. All
this is what Moodle's own importer does:
https://github.com/moodle/moodle/blob/main/mod/assign/feedback/offline/importgradeslib.php
and https://docs.moodle.org/en/Assignment_settings#Feedback_types says how to switch it on.

The best roster is the worksheet that Moodle lets you download: its identifiers are repeated here.
"""

import re
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from nbcourse.grading.exports import cells
from nbcourse.grading.gradebook import Mark, Row
from nbcourse.grading.records import Student
from nbcourse.grading.text import amount, line

HEADER = (
    "Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade",
    "Last modified (submission)", "Last modified (grade)", "Feedback comments",
)  # fmt: skip
_UNKNOWN = None  # a time; what was graded in Moodle itself is then later, and stays
_DIGITS = 2


def write(rows: Sequence[Row], path: Path) -> None:
    """Write the worksheet of one assignment.

    Args:
        rows: of the gradebook.
        path: the file; its folder is there.
    """
    cells.write(path, HEADER, _rows(rows))


def _rows(rows: Sequence[Row]) -> Iterator[list[cells.Cell]]:
    total = max((row.points_total for row in rows), default=0)
    for row in rows:
        yield [
            _identifier(row.student),
            row.student.name or row.student.id,
            row.student.email,
            "Submitted for grading" if row.attempts else "No submission",
            cells.number(row.points, _DIGITS),
            total or None,
            _UNKNOWN,
            _UNKNOWN,
            comments(row),
        ]


def _identifier(student: Student) -> str:
    columns = dict(student.columns)
    if columns.get("identifier"):
        return columns["identifier"]
    number = columns.get("moodle id", "")
    return f"Participant {number}" if re.fullmatch(r"\d+", number) else number


def comments(row: Row) -> str:
    """What a student reads in Moodle: HTML, a line an exercise; nothing of it a student wrote."""
    if row.points is None:
        return "" if row.status == "missing" else f"No mark: {row.status.replace('_', ' ')}."
    lines = [_comment(mark) for mark in row.marks]
    if row.days_late:
        lines.append(f"Days late: {row.days_late}; share of the points: {amount(row.factor)}.")
    return "<br>".join(lines)


def _comment(mark: Mark) -> str:
    text = f"{mark.exercise}: {amount(mark.points)} of {mark.points_total}"
    words = mark.comment or mark.diagnosis
    return escape(line(f"{text}. {words}" if words else text))
