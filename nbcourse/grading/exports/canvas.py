"""A file that Canvas imports into its gradebook.

Canvas finds a student by `ID` (its own number), then by `SIS User ID` and `SIS Login ID`, then by
name, and an assignment by its title; before it changes anything, it shows what it would change.
The first columns are Student, ID, SIS User ID, SIS Login ID and Section, in this order, and a row
"Points Possible" may follow the header. An empty cell changes nothing. All this is what Canvas's
own importer does:
https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_importer.rb

The best roster is what Canvas exports itself (Grades, Export): its columns are repeated here as
they are. From any other roster, the id is taken for the SIS user id.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from nbcourse.grading.exports import cells
from nbcourse.grading.gradebook import Gradebook, Row
from nbcourse.grading.records import Student

_HEADER = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
_DIGITS = 2  # decimals that Canvas keeps


def write(gradebook: Gradebook, path: Path) -> None:
    """Write the file: one row a student, one column an assignment.

    Args:
        gradebook: the marks.
        path: the file; its folder is there.
    """
    cells.write(path, [*_HEADER, *gradebook.assignments], _rows(gradebook))


def _rows(gradebook: Gradebook) -> Iterator[list[cells.Cell]]:
    rows: dict[str, dict[str, Row]] = defaultdict(dict)
    totals: dict[str, int] = defaultdict(int)
    for row in gradebook.rows:
        rows[row.student.id][row.assignment] = row
        totals[row.assignment] = max(totals[row.assignment], row.points_total)
    possible = [totals[assignment] or None for assignment in gradebook.assignments]
    yield ["    Points Possible", None, None, None, None, *possible]
    for mine in rows.values():
        student = next(iter(mine.values())).student
        points = [_points(mine, assignment) for assignment in gradebook.assignments]
        yield [*_identity(student), *points]


def _identity(student: Student) -> list[str]:
    columns = dict(student.columns)
    exported = "sis login id" in columns or "sis user id" in columns  # by Canvas
    own = columns.get("canvas id", columns.get("id", "") if exported else "")
    sis = columns.get("sis user id", "" if exported else student.id)
    login = columns.get("sis login id", "")
    return [student.name or student.id, own, sis, login, columns.get("section", "")]


def _points(mine: Mapping[str, Row], assignment: str) -> cells.Cell:
    row = mine.get(assignment)
    return cells.number(row.points, _DIGITS) if row else None
