"""Records with everything that a page may have to show, and pages as trees."""

from bs4 import BeautifulSoup

from nbcourse.grading.course import Course
from nbcourse.grading.gradebook import gradebook
from nbcourse.grading.records import CheckRecord, ExerciseRecord, Flag, Record, Student
from nbcourse.grading.roster import Roster

ASSIGNMENT = "03_losses"


def an_exercise(
    name="softmax", *, points=6.0, visible=(True, False), hidden=(True, False), **options
):
    """An exercise with a check for each of the truth values; those that fail say why."""
    return ExerciseRecord(
        name,
        points,
        10,
        started=options.pop("started", True),
        visible=tuple(_check(k, holds, "x = 1", "one", "two") for k, holds in enumerate(visible)),
        hidden=tuple(_check(k, holds) for k, holds in enumerate(hidden)),
        tier=options.pop("tier", "1"),
        **options,
    )


def _check(k, holds, arguments="", expected="", got=""):
    if holds:
        return CheckRecord(f"statement {k}", "properties", True)
    return CheckRecord(f"statement {k}", "properties", False, "off", arguments, expected, got)


def a_record(student="ada", *exercises, attempt=1, **options):
    """The record of one attempt."""
    exercises = exercises or (an_exercise(),)
    return Record(student, ASSIGNMENT, attempt, exercises=exercises, **options)


def a_book(*records, students=("ada",), manual=(), course=None):
    """The gradebook of these records, of a class with these students."""
    roster = Roster(tuple(s if isinstance(s, Student) else Student(s) for s in students))
    return gradebook(records, list(manual), roster, course or Course())


def hostile_record(text, student="ada", attempt=1):
    """A record with this text wherever a student can put one, and where nobody should."""
    check = CheckRecord("a statement", "properties", False, text, text, text, text)
    exercise = ExerciseRecord(
        "softmax", 0.0, 10, True, "", (check,), (check,), (Flag("package", text, 2),), "1", "k"
    )
    return Record(
        student,
        ASSIGNMENT,
        attempt,
        origin=text,
        exercises=(exercise,),
        cell_problems={2: text, 3: text},
        notes=(text,),
        problem=text,
    )


def tree(page):
    """A page, parsed."""
    return BeautifulSoup(page, "html.parser")


def skeleton(page):
    """Every element of a page with its attributes, in order; the text is left out."""
    return [
        (element.name, sorted((name, str(value)) for name, value in element.attrs.items()))
        for element in tree(page).find_all(True)
    ]


def words(page):
    """The text of a page on one line."""
    return " ".join(tree(page).get_text(" ").split())
