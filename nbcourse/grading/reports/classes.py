"""The page of a class for one assignment, and the index of all of them."""

import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Any

from nbcourse.grading import names
from nbcourse.grading.course import Course
from nbcourse.grading.gradebook import Gradebook, Row
from nbcourse.grading.records import Status
from nbcourse.grading.reports import pages
from nbcourse.grading.reports.pictures import histogram
from nbcourse.grading.reports.tally import Item, Tally
from nbcourse.grading.text import amount, short

_MOST = 10  # checks or diagnoses in a table
_LONG = 300  # characters of one text
_MEANINGS: dict[Status, str] = {
    "graded": "there is a mark",
    "missing": "nothing was handed in",
    "unreadable": "the notebook cannot be read; no mark, which is not 0",
    "grader_error": "the grader failed; no mark until a person looked",
}


def render(rows: Sequence[Row], tally: Tally, course: Course) -> str:
    """The page of one assignment.

    Args:
        rows: of the gradebook; at least one.
        tally: what was counted over the records.
        course: its rules.
    """
    assignment = rows[0].assignment
    count = Counter(row.status for row in rows)
    marks = [row.points for row in rows if row.points is not None]
    return pages.template("class").render(
        title=names.title_of(assignment),
        course=course.title,
        assignment=assignment,
        warnings=_warnings(rows),
        statuses=[
            {"name": status.replace("_", " "), "count": count[status], "meaning": meaning}
            for status, meaning in _MEANINGS.items()
        ],
        facts=_facts(tally),
        histogram=histogram(marks, total_of(rows)),
        items=[_item(name, item) for name, item in tally.items.items()],
        hardest=[
            {
                "exercise": check.exercise,
                "name": check.name,
                "tried": check.tried,
                "visible": pages.percent(check.share("visible")),
                "hidden": pages.percent(check.share("hidden")),
            }
            for check in tally.hardest(_MOST)
        ],
        diagnoses=[
            {"exercise": exercise, "sentence": sentence, "count": number}
            for (exercise, sentence), number in tally.diagnoses.most_common(_MOST)
        ],
        cases=[case for row in rows for case in _cases(row)],
        students=[_student(row) for row in rows],
    )


def render_index(gradebook: Gradebook, rows: dict[str, list[Row]]) -> str:
    """The page that leads to all others.

    Args:
        gradebook: of the course.
        rows: the same by assignment.
    """
    entries = []
    for assignment in gradebook.assignments:
        mine = rows[assignment]
        count = Counter(row.status for row in mine)
        marks = [row.points for row in mine if row.points is not None]
        total = amount(total_of(mine))
        entry: dict[str, Any] = {str(status): count[status] for status in _MEANINGS}
        entries.append(
            entry
            | {
                "title": names.title_of(assignment),
                "link": f"class/{names.file_of(assignment)}.html",
                "mean": f"{amount(statistics.fmean(marks))} of {total}" if marks else "none",
                "flagged": sum(bool(row.flags) for row in mine),
            }
        )
    return pages.template("index").render(course=gradebook.course.title, assignments=entries)


def total_of(rows: Sequence[Row]) -> float:
    """All points of an assignment, as far as anything of it was graded."""
    return max((row.points_total for row in rows), default=0)


def _warnings(rows: Sequence[Row]) -> list[str]:
    number = sum(bool(pages.isolation_warning(row.tier)) for row in rows)
    if not number:
        return []
    who = "1 submission was" if number == 1 else f"{number} submissions were"
    return [f"{who} {pages.isolation_warning('unsandboxed')}"]


def _facts(tally: Tally) -> list[str]:
    facts = [f"Attempts handed in, all students together: {tally.attempts}."]
    if tally.seconds:
        facts.append(
            f"Grading took {amount(sum(tally.seconds), 1)} s in all, for one attempt"
            f" {amount(statistics.median(tally.seconds), 3)} s in the middle and"
            f" {amount(max(tally.seconds), 3)} s at most."
        )
    return facts


def _item(name: str, item: Item) -> dict[str, Any]:
    r = item.discrimination
    return {
        "name": name,
        "mean": amount(item.mean),
        "total": item.total,
        "full": pages.percent(item.full),
        "unbegun": pages.percent(item.unbegun),
        "discrimination": "not defined" if r is None else f"{r + 0.0:.2f}",
    }


def _cases(row: Row) -> list[dict[str, Any]]:
    """What a person should look at in one row."""
    found = []
    if row.status in ("unreadable", "grader_error"):
        kind = row.status.replace("_", " ")
        found.append(_case(row, kind, row.problem, 0))
    return found + [_case(row, flag.kind, flag.message, flag.cell) for flag in row.flags]


def _case(row: Row, kind: str, what: str, cell: int) -> dict[str, Any]:
    return {
        "link": _link(row),
        "student": short(pages.name_of(row.student.id, row.student.name), _LONG),
        "kind": short(kind, _LONG),
        "what": short(what, _LONG),
        "cell": cell or "",
    }


def _student(row: Row) -> dict[str, Any]:
    points = "none" if row.points is None else amount(row.points)
    return {
        "link": _link(row),
        "name": short(pages.name_of(row.student.id, row.student.name), _LONG),
        "status": row.status.replace("_", " "),
        "points": points,
        "attempts": row.attempts,
        "late": row.days_late or "",
    }


def _link(row: Row) -> str:
    return f"../feedback/{names.file_of(row.assignment)}/{names.slug(row.student.id)}.html"
