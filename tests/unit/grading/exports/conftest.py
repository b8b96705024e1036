"""Gradebooks to export, and what was written, read again."""

import csv

from nbcourse.grading.course import Course
from nbcourse.grading.gradebook import Gradebook, Mark, Row
from nbcourse.grading.records import Student

ASSIGNMENT = "03_losses"


def a_row(student="ada", assignment=ASSIGNMENT, points=7.5, **options):
    """A graded row with two exercises."""
    student = student if isinstance(student, Student) else Student(student)
    marks = (Mark("softmax", points - 1.0, 10), Mark("mse", 1.0, 5, diagnosis="The wrong <axis>."))
    return Row(
        student,
        assignment,
        "graded",
        points=points,
        points_total=15,
        marks=options.pop("marks", marks),
        attempts=1,
        counted=(1,),
        tier="1",
        **options,
    )


def no_mark(student, status="missing", assignment=ASSIGNMENT, **options):
    """A row without a mark."""
    student = student if isinstance(student, Student) else Student(student)
    return Row(student, assignment, status, attempts=int(status != "missing"), **options)


def a_book(*rows, course=None):
    """The gradebook of these rows."""
    assignments = tuple(sorted({row.assignment for row in rows}))
    return Gradebook(course or Course(), assignments, rows)


def read(path):
    """A CSV file as lists; cells without quotes come back as numbers."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, quoting=csv.QUOTE_NONNUMERIC))


def table(path):
    """A CSV file as dictionaries."""
    header, *rows = read(path)
    return [dict(zip(header, row, strict=True)) for row in rows]
