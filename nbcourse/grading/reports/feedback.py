"""The page for one student: the mark, where it comes from, and what to mend."""

from collections.abc import Sequence
from typing import Any

from nbcourse.grading import names
from nbcourse.grading.course import Course
from nbcourse.grading.gradebook import Mark, Row
from nbcourse.grading.records import CheckRecord, ExerciseRecord, Record
from nbcourse.grading.reports import pages
from nbcourse.grading.text import amount, short

_MOST = 30  # cells or notes on a page
_LONG = 1000  # characters of one text
_LABELS = (
    ("called with", "arguments"),
    ("expected", "expected"),
    ("got", "got"),
    ("wrong", "message"),
)


def render(row: Row, attempts: Sequence[Record], course: Course) -> str:
    """The page of one student for one assignment.

    Args:
        row: of the gradebook.
        attempts: all records of this student for this assignment, in their order.
        course: its rules.
    """
    shown = _shown(row, attempts)
    exercises = _exercises(row, shown)
    return pages.template("feedback").render(
        title=names.title_of(row.assignment),
        course=course.title,
        student=short(pages.name_of(row.student.id, row.student.name), _LONG),
        assignment=row.assignment,
        mark=_mark(row),
        reason=_reason(row),
        counted=_counted(row, course),
        late=_late(row),
        warnings=[text for text in [pages.isolation_warning(row.tier)] if text],
        attempts=[_attempt(record, row, course) for record in attempts],
        shown_attempt=shown.attempt if shown and len(attempts) > 1 else 0,
        cells=_cells(shown),
        more_cells=max(0, len(shown.cell_problems) - _MOST) if shown else 0,
        notes=[short(note, _LONG) for note in (shown.notes if shown else ())[:_MOST]],
        exercises=exercises,
    )


def counted_record(row: Row, attempts: Sequence[Record]) -> Record | None:
    """The last attempt that counts; None when none does."""
    return next((r for r in reversed(attempts) if r.attempt in row.counted), None)


def _shown(row: Row, attempts: Sequence[Record]) -> Record | None:
    """The attempt whose details the page shows: one that counts, else the last."""
    return counted_record(row, attempts) or (attempts[-1] if attempts else None)


def _mark(row: Row) -> str:
    if row.points is None:
        return "none"
    return f"{amount(row.points)} of {row.points_total} points"


def _reason(row: Row) -> str:
    """Why there is no mark, or no computed one, in a sentence; "" when there is one."""
    if row.points is not None:
        if row.counted or not row.attempts:
            return ""
        return "No attempt could be graded by the computer; the mark was given by a person."
    if row.status == "graded":
        return "There is no mark because no attempt is among those that count."
    if row.status == "missing":
        return "There is no mark because nothing was handed in."
    if row.status == "unreadable":
        problem = short(row.problem, _LONG)
        return f"There is no mark because the notebook could not be read: {problem}"
    return (
        "There is no mark yet because the grader itself failed on this notebook. That is not your"
        " fault; a person has to look at it."
    )


def _counted(row: Row, course: Course) -> str:
    handed_in = f"{row.attempts} handed in"
    numbers = ", ".join(map(str, row.counted))
    if not row.counted:
        return f"{handed_in}, none counts"
    if len(row.counted) > 1:
        return f"{handed_in}; the average of attempts {numbers} counts"
    why = {"best": "the best", "last": "the last"}.get(course.attempts, "")
    why = f", {why}," if why and row.attempts > 1 else ""
    return f"{handed_in}; attempt {numbers}{why} counts"


def _late(row: Row) -> str:
    if not row.days_late:
        return ""
    return f"{pages.days(row.days_late)}; {pages.percent(row.factor)} of the points count"


def _attempt(record: Record, row: Row, course: Course) -> dict[str, Any]:
    result = record.status.replace("_", " ")
    if record.status == "graded":
        result = f"{amount(record.points)} of {record.points_total} points"
        late = course.days_late(record.student, record.assignment, record.submitted)
        if late:
            result += f" before the late policy ({pages.days(late)} late)"
    return {
        "number": record.attempt,
        "submitted": short(record.submitted, _LONG) or "time unknown",
        "result": result,
        "counts": record.attempt in row.counted,
    }


def _cells(shown: Record | None) -> list[tuple[int, str]]:
    problems = sorted(shown.cell_problems.items()) if shown else []
    return [(number, short(text, _LONG)) for number, text in problems[:_MOST]]


def _exercises(row: Row, shown: Record | None) -> list[dict[str, Any]]:
    """All exercises of the record that is shown, and marks that people gave without one."""
    marks = {mark.exercise: mark for mark in row.marks}
    records = shown.exercises if shown else ()
    found = [_exercise(record, marks.pop(record.exercise, None), row) for record in records]
    return found + [_exercise(None, mark, row) for mark in marks.values()]


def _exercise(record: ExerciseRecord | None, mark: Mark | None, row: Row) -> dict[str, Any]:
    """One exercise; there is a record, a mark, or both."""
    failed = record is not None and record.status == "grader_error"
    begun = record is not None and record.started and not failed
    return {
        "name": mark.exercise if mark else record.exercise if record else "",
        "points": _points(record, mark, row, failed=failed),
        "summary": _summary(record, begun=begun, failed=failed),
        "remarks": _remarks(record, mark, row, failed=failed),
        "manual": mark is not None and mark.manual,
        "comment": short(mark.comment, 4 * _LONG) if mark else "",
        "diagnosis": record.diagnosis if record and begun else mark.diagnosis if mark else "",
        "checks": _checks(record) if record and begun else [],
    }


def _points(record: ExerciseRecord | None, mark: Mark | None, row: Row, *, failed: bool) -> str:
    if mark and (mark.manual or not failed):
        of = f" of {mark.points_total}" if mark.points_total else ""
        return f"{amount(mark.points)}{of} points"
    if failed:
        return "no points yet"
    if record and row.counted:
        return "does not count"
    return f"{amount(record.points)} of {record.points_total} points" if record else ""


def _summary(record: ExerciseRecord | None, *, begun: bool, failed: bool) -> str:
    if record is None or failed:
        return "not graded by the computer"
    if not begun:
        return "not begun"
    counts = []
    for label, checks in (("visible", record.visible), ("hidden", record.hidden)):
        counts.append(f"{sum(check.passed for check in checks)} of {len(checks)} {label}")
    return ", ".join(counts)


def _remarks(
    record: ExerciseRecord | None, mark: Mark | None, row: Row, *, failed: bool
) -> list[str]:
    """Sentences on where the points come from, where that is not plain."""
    if record is None:
        return []
    remarks = []
    if failed:
        remarks.append(
            "The grader itself failed on this exercise. That is not your fault; a person has to"
            " look at it."
        )
    elif not record.started:
        remarks.append("Not begun: no answer was found in the notebook.")
    if mark and not failed and abs(mark.points - record.points) > 1e-9:
        what = "this attempt has" if len(row.counted) > 1 else "computed, before the late policy:"
        if mark.manual:
            what = "computed:"
        remarks.append(f"({what} {amount(record.points)} of {record.points_total} points)")
    if mark is None and row.counted:
        remarks.append("This exercise does not count in this course.")
    return remarks


def _checks(record: ExerciseRecord) -> list[dict[str, Any]]:
    """Each check once: whether it holds on visible and on hidden inputs, and what is wrong."""
    visible = {check.name: check for check in record.visible}
    hidden = {check.name: check for check in record.hidden}
    return [_check(name, visible.get(name), hidden.get(name)) for name in visible | hidden]


def _check(name: str, visible: CheckRecord | None, hidden: CheckRecord | None) -> dict[str, Any]:
    """One check; of hidden inputs the author's words are shown, and nothing else."""
    details = []
    if visible and not visible.passed:
        details += [(label, getattr(visible, attribute)) for label, attribute in _LABELS]
    if hidden and not hidden.passed:
        details.append(("hidden", hidden.message))
    return {
        "name": name,
        "visible": visible.passed if visible else None,
        "hidden": hidden.passed if hidden else None,
        "details": [(label, short(text, _LONG)) for label, text in details if text],
    }
