"""The gradebook: from all records, manual marks and the rules of the course to one mark each."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from nbcourse.exercises import of_chapter
from nbcourse.grading.course import Course
from nbcourse.grading.records import Flag, Record, Status, Student
from nbcourse.grading.roster import Roster
from nbcourse.grading.store import ManualMark


@dataclass(frozen=True)
class Mark:
    """The mark of one exercise.

    Attributes:
        exercise: its name.
        points: after the late policy, or as a person gave it.
        points_total: points that can be reached.
        manual: whether a person gave it.
        comment: that person's.
        diagnosis: the sentence of the known mistake, or "".
    """

    exercise: str
    points: float
    points_total: int
    manual: bool = False
    comment: str = ""
    diagnosis: str = ""


@dataclass(frozen=True)
class Row:
    """What one student has for one assignment.

    Attributes:
        student: of the roster.
        assignment: stem of the chapter.
        status: graded, missing, unreadable or grader_error.
        points: the mark; None where there is none, which is not the same as 0.
        points_total: points that can be reached; 0 where nothing was graded.
        marks: by exercise.
        attempts: how many were handed in.
        counted: numbers of the attempts that count.
        days_late: of the attempt that counts (the largest of several).
        factor: what the late policy leaves of it (the smallest of several).
        problem: why there is no mark.
        flags: for a person to look at.
        tier: how the counted attempt was isolated.
    """

    student: Student
    assignment: str
    status: Status
    points: float | None = None
    points_total: int = 0
    marks: tuple[Mark, ...] = ()
    attempts: int = 0
    counted: tuple[int, ...] = ()
    days_late: int = 0
    factor: float = 1.0
    problem: str = ""
    flags: tuple[Flag, ...] = ()
    tier: str = ""


@dataclass(frozen=True)
class Gradebook:
    """All marks of a course.

    Attributes:
        course: its rules.
        assignments: in the order of the book.
        rows: one for each student of the roster and each assignment, in these orders.
    """

    course: Course
    assignments: tuple[str, ...]
    rows: tuple[Row, ...]

    def of(self, assignment: str) -> tuple[Row, ...]:
        """The rows of one assignment."""
        return tuple(row for row in self.rows if row.assignment == assignment)


def gradebook(
    records: Iterable[Record], manual: Sequence[ManualMark], roster: Roster, course: Course
) -> Gradebook:
    """One row for each student and assignment.

    Args:
        records: of all attempts.
        manual: marks that people gave; they replace what was computed, after the late policy.
        roster: who is in the course; records of others are left out.
        course: its rules.
    """
    by_place: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        by_place[record.student, record.assignment].append(record)
    given = {(m.student, m.assignment, m.exercise): m for m in manual}
    assignments = sorted(
        {a for _, a in by_place} | {m.assignment for m in manual} | set(course.due)
    )
    rows = []
    for student in roster.students:
        for assignment in assignments:
            attempts = sorted(by_place[student.id, assignment], key=lambda r: r.attempt)
            mine = {e: m for (s, a, e), m in given.items() if (s, a) == (student.id, assignment)}
            rows.append(_row(student, assignment, attempts, mine, course))
    return Gradebook(course, tuple(assignments), tuple(rows))


def _row(
    student: Student,
    assignment: str,
    attempts: Sequence[Record],
    manual: Mapping[str, ManualMark],
    course: Course,
) -> Row:
    if not attempts and not manual:
        return Row(student, assignment, "missing")
    allowed = [r for r in attempts if not course.most_attempts or r.attempt <= course.most_attempts]
    graded = [record for record in allowed if record.status == "graded"]
    chosen = _chosen(graded, course)
    if not chosen and not manual:
        last = (allowed or attempts)[-1]
        return Row(student, assignment, last.status, attempts=len(attempts), problem=last.problem)
    marks = _marks(chosen, manual, course)
    late = [course.days_late(r.student, assignment, r.submitted) for r in chosen] or [0]
    return Row(
        student,
        assignment,
        "graded",
        points=sum(mark.points for mark in marks),
        points_total=sum(mark.points_total for mark in marks),
        marks=marks,
        attempts=len(attempts),
        counted=tuple(record.attempt for record in chosen),
        days_late=max(late),
        factor=min(map(course.factor, late)),
        flags=tuple(flag for record in chosen for e in record.exercises for flag in e.flags),
        tier=", ".join(sorted({e.tier for record in chosen for e in record.exercises})),
    )


def _reachable(mark: ManualMark) -> int:
    """The points of an exercise that nobody handed in."""
    totals = {e.name: e.points_total for e in of_chapter(mark.assignment)}
    return totals.get(mark.exercise, 0)


def _chosen(graded: Sequence[Record], course: Course) -> list[Record]:
    """The attempts that count; of equally good ones the first."""
    if not graded or course.attempts == "average":
        return list(graded)
    if course.attempts == "last":
        return [graded[-1]]
    return [max(graded, key=lambda record: _worth(record, course))]


def _worth(record: Record, course: Course) -> float:
    late = course.days_late(record.student, record.assignment, record.submitted)
    return course.factor(late) * sum(
        e.points for e in record.exercises if e.exercise not in course.leave_out
    )


def _marks(
    chosen: Sequence[Record], manual: Mapping[str, ManualMark], course: Course
) -> tuple[Mark, ...]:
    names = list(dict.fromkeys(e.exercise for record in chosen for e in record.exercises))
    names += [name for name in manual if name not in names]
    marks = []
    for name in names:
        if name in course.leave_out:
            continue
        found = [
            (e, course.factor(course.days_late(r.student, r.assignment, r.submitted)))
            for r in chosen
            for e in r.exercises
            if e.exercise == name
        ]
        points = fmean(e.points * factor for e, factor in found) if found else 0.0
        total = found[0][0].points_total if found else _reachable(manual[name])
        diagnosis = found[-1][0].diagnosis if found else ""
        if name in manual:
            mark = manual[name]
            marks.append(Mark(name, mark.points, total, True, mark.comment, diagnosis))
        else:
            marks.append(Mark(name, points, total, diagnosis=diagnosis))
    return tuple(marks)
