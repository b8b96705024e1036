"""Marks for other programs: tables for spreadsheets and learning platforms, JSON, nbgrader."""

from pathlib import Path

from nbcourse.grading import names
from nbcourse.grading.exports import canvas, moodle, tables
from nbcourse.grading.gradebook import Gradebook


def write_tables(gradebook: Gradebook, out: Path) -> None:
    """Write `grades.csv`, `grades.json`, `canvas.csv` and `moodle.csv`.

    A worksheet of Moodle is about one assignment. Where there are several, each has its own,
    `moodle-<assignment>.csv`.

    Args:
        gradebook: the marks.
        out: the folder; made when it is not there.
    """
    out.mkdir(parents=True, exist_ok=True)
    tables.write_csv(gradebook, out / "grades.csv")
    tables.write_json(gradebook, out / "grades.json")
    canvas.write(gradebook, out / "canvas.csv")
    for assignment in gradebook.assignments:
        alone = len(gradebook.assignments) == 1
        name = "moodle.csv" if alone else f"moodle-{names.file_of(assignment)}.csv"
        moodle.write(gradebook.of(assignment), out / name)


__all__ = ["write_tables"]
