"""Pages for people: feedback for each student, statistics for each class, and an index.

out/index.html
out/class/<assignment>.html
out/feedback/<assignment>/<slug of the student's id>.html
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from nbcourse.errors import InputError
from nbcourse.grading import names
from nbcourse.grading.gradebook import Gradebook, Row
from nbcourse.grading.records import Record
from nbcourse.grading.reports import classes, feedback, pages
from nbcourse.grading.reports.tally import Tally


def write_reports(gradebook: Gradebook, records: Iterable[Record], out: Path) -> None:
    """Write all pages; records are read one student at a time, and none is kept.

    Args:
        gradebook: the marks.
        records: the records from which it was made, sorted by assignment, student and attempt;
            those of students who are not in the gradebook are left out.
        out: the folder.

    Raises:
        InputError: the attempts of one student do not follow each other.
    """
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in gradebook.rows:
        rows[row.assignment].append(row)
    for assignment in gradebook.assignments:
        (out / "feedback" / names.file_of(assignment)).mkdir(parents=True, exist_ok=True)
    (out / "class").mkdir(parents=True, exist_ok=True)
    tallies = _write_feedback(gradebook, records, out)
    for assignment in gradebook.assignments:
        if rows[assignment]:
            page = classes.render(rows[assignment], tallies[assignment], gradebook.course)
            pages.write(out / "class" / f"{names.file_of(assignment)}.html", page)
    pages.write(out / "index.html", classes.render_index(gradebook, rows))


def _write_feedback(gradebook: Gradebook, records: Iterable[Record], out: Path) -> dict[str, Tally]:
    """A page for every row; what the class pages count on the way."""
    waiting = {(row.assignment, row.student.id): row for row in gradebook.rows}
    everybody = frozenset(waiting)
    tallies: dict[str, Tally] = defaultdict(Tally)
    for place, group in groupby(records, key=lambda r: (r.assignment, r.student)):
        row = waiting.pop(place, None)
        if row is None:
            if place in everybody:
                raise InputError(
                    f"records must be sorted by assignment and student; {place[1]} comes twice"
                )
            continue
        attempts = list(group)
        _write(row, attempts, gradebook, out)
        tallies[row.assignment].add(attempts, feedback.counted_record(row, attempts))
    for row in waiting.values():
        _write(row, [], gradebook, out)
    return tallies


def _write(row: Row, attempts: list[Record], gradebook: Gradebook, out: Path) -> None:
    folder = out / "feedback" / names.file_of(row.assignment)
    page = feedback.render(row, attempts, gradebook.course)
    pages.write(folder / f"{names.slug(row.student.id)}.html", page)


__all__ = ["write_reports"]
