"""The commands of a teacher beside grading: manual marks, appeals, similar notebooks."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from nbcourse.cli.practice import SECRET
from nbcourse.errors import UserError

if TYPE_CHECKING:
    from nbcourse.checking.spec import Exercise
    from nbcourse.grading.course import Course
    from nbcourse.grading.records import Record
    from nbcourse.grading.roster import Roster
    from nbcourse.grading.store import Store

console = Console(highlight=False, markup=False)  # comments may hold brackets

_Out = Annotated[Path, typer.Option(help="Where `nbcourse grade` wrote.")]
_Roster = Annotated[Path | None, typer.Option(help="That of the last run unless given.")]
_Course = Annotated[Path | None, typer.Option(help="That of the last run unless given.")]
_Database = Annotated[str, typer.Option(help="URL; SQLite in OUT unless given.")]


def marks(
    table: Annotated[
        Path,
        typer.Argument(help="CSV: student, assignment, exercise, points; comment, author."),
    ],
    out: _Out = Path("grades"),
    roster: _Roster = None,
    course: _Course = None,
    database: _Database = "",
) -> None:
    """Give marks by hand; they replace what was computed. A line without points takes one back."""
    from nbcourse.cli.grade import write_all
    from nbcourse.grading.marks import read_marks

    with _store(out, database) as store:
        people, rules = _rules(store, out, roster, course)
        read = read_marks(table, people)
        store.give(read.given)
        store.withdraw(read.withdrawn)
        write_all(store, people, rules, out)
    taken = f", {len(read.withdrawn)} taken back" if read.withdrawn else ""
    console.print(f"marks given by hand: {len(read.given)}{taken}; see {out}", soft_wrap=True)


def appeal(  # noqa: PLR0913 (one argument an option)
    student: Annotated[str, typer.Argument(help="Id, alias or e-mail address on the roster.")],
    assignment: Annotated[str, typer.Argument(help="Number, topic or stem of the chapter.")],
    exercise: Annotated[str, typer.Argument(help="Name of the function.")],
    out: _Out = Path("grades"),
    attempt: Annotated[int, typer.Option(min=0, help="The one that counts unless given.")] = 0,
    everything: Annotated[
        bool, typer.Option("--all", help="Also of the checks that hold.")
    ] = False,
    roster: _Roster = None,
    course: _Course = None,
    database: _Database = "",
) -> None:
    """Print the hidden inputs on which an answer failed, and what is right; for your eyes only."""
    from nbcourse.exercises import find_chapter

    stem = find_chapter(assignment).stem
    asked = _exercise(stem, exercise)
    secret = _secret(out)
    with _store(out, database) as store:
        people, rules = _rules(store, out, roster, course)
        record = _record(store, people, rules, student, stem, attempt)
    _print_appeal(record, asked, secret, everything=everything)


def similar(
    submissions: Annotated[Path, typer.Argument(help="A folder or archive of submissions.")],
    assignment: Annotated[str, typer.Argument(help="Number, topic or stem of the chapter.")],
    roster: Annotated[Path, typer.Option(help="CSV file of the class, with a column `id`.")],
    given: Annotated[
        Path | None, typer.Option(help="The notebook that was handed out; left out of account.")
    ] = None,
    at_least: Annotated[
        float, typer.Option(min=0, max=1, help="The lowest share that is listed.")
    ] = 0.8,
) -> None:
    """Print the pairs of students whose code is alike; a reason to read both, and no more."""
    from nbcourse.exercises import find_chapter
    from nbcourse.grading import similarity
    from nbcourse.grading.roster import read_roster
    from nbcourse.grading.submissions import collect, single

    stem = find_chapter(assignment).stem
    found = collect(submissions, read_roster(roster)).submissions
    mine = [each for each in found if each.assignment == stem and not each.problem]
    if not mine:
        raise UserError(f"{submissions} has no notebook of {stem} that can be read")
    sources = []
    if given:
        released = single(_read(given), name=given.name, student="", assignment=stem)
        if released.problem:
            raise UserError(f"{given}: {released.problem}")
        sources = [source for _, source in released.cells]
    pairs = similarity.similar(mine, given=sources, at_least=at_least)
    table = Table("first", "second", "alike", "pieces shared")
    for pair in pairs:
        table.add_row(pair.first, pair.second, f"{pair.score:.0%}", str(pair.shared))
    console.print(table if pairs else f"no two of {len(mine)} notebooks are {at_least:.0%} alike")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from None


def _store(out: Path, database: str) -> "Store":
    from nbcourse.grading.store import Store

    if not database and not (out / "grades.db").is_file():
        raise UserError(f"nothing was graded in {out}: it has no grades.db; name it with --out")
    return Store(database or out / "grades.db")


def _rules(
    store: "Store", out: Path, roster: Path | None, course: Path | None
) -> tuple["Roster", "Course"]:
    """Roster and rules: those that are given, or those of the last run."""
    from nbcourse.grading.course import Course, read_course
    from nbcourse.grading.roster import read_roster

    last = (store.runs() or [{}])[-1]
    if roster is None and not last.get("roster"):
        raise UserError(f"no run in {out} says which roster it had; name it with --roster")
    rules = course or (Path(last["course"]) if last.get("course") else None)
    people = read_roster(roster or Path(last["roster"]))
    return people, read_course(rules, people) if rules else Course()


def _exercise(stem: str, name: str) -> "Exercise":
    from nbcourse.exercises import of_chapter

    found = {exercise.name: exercise for exercise in of_chapter(stem)}
    if name not in found:
        raise UserError(f"{stem} has no exercise {name!r}; there are {', '.join(found)}")
    return found[name]


def _secret(out: Path) -> str:
    """The course's secret; unlike grading, an appeal never makes a new one."""
    given = os.environ.get(SECRET, "")
    path = out / "secret"
    if not given and not path.is_file():
        raise UserError(
            f"there is no secret in {out}, and no {SECRET}; without it no input can be drawn again"
        )
    return given or path.read_text(encoding="utf-8").strip()


def _record(
    store: "Store", people: "Roster", rules: "Course", student: str, stem: str, attempt: int
) -> "Record":
    """The record of one attempt: the one that is asked for, or the one that counts."""
    from nbcourse.grading.gradebook import gradebook
    from nbcourse.grading.roster import Roster

    person = people.find(student)
    if person is None:
        raise UserError(f"{student!r} is nobody on the roster")
    records = {r.attempt: r for r in store.records(stem) if r.student == person.id}
    graded = {number: r for number, r in records.items() if r.status == "graded"}
    if attempt and attempt not in graded:
        have = ", ".join(map(str, graded)) or "none"
        raise UserError(f"{person.id} has no graded attempt {attempt} at {stem}; there is {have}")
    if attempt:
        return graded[attempt]
    book = gradebook(graded.values(), (), Roster((person,)), rules)
    counted = [number for row in book.rows for number in row.counted if row.assignment == stem]
    if not counted:
        raise UserError(f"{person.id} has no graded attempt at {stem} that counts")
    return graded[counted[-1]]


def _print_appeal(record: "Record", exercise: "Exercise", secret: str, *, everything: bool) -> None:
    from nbcourse.grading.appeals import evidence, is_as_graded, result_of

    found = result_of(record, exercise)
    points = f"{found.points:.4g} of {found.points_total} points"
    where = f"{record.student}, {record.assignment}, attempt {record.attempt}"
    console.print(f"{where}: {exercise.name} has {points}", soft_wrap=True)
    if not is_as_graded(record, exercise, secret):
        raise UserError(
            "these inputs would not be those that were graded: the secret is another one, or the"
            " specification has changed since; grade again, then ask again"
        )
    for each in evidence(record, exercise, secret):
        word = "holds" if each.recorded.passed else "FAILS"
        message = f" ({each.recorded.message})" if each.recorded.message else ""
        console.print(f"{word}: {each.recorded.name}{message}", soft_wrap=True)
        for made, right in each.calls if everything or not each.recorded.passed else ():
            console.print(f"    {made}", soft_wrap=True)
            console.print(f"    right: {right}", soft_wrap=True)
