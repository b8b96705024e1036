"""The command that grades: a class of submissions, or one notebook."""

import json
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from nbcourse.cli.practice import SECRET
from nbcourse.errors import UserError

if TYPE_CHECKING:
    from nbcourse.grading.gradebook import Gradebook
    from nbcourse.grading.records import Record
    from nbcourse.grading.run import Progress as Done
    from nbcourse.grading.submissions import Collection

console = Console(highlight=False, markup=False)  # messages may hold brackets
errors = Console(stderr=True, highlight=False, markup=False)
_MIN_SECRET = 16  # characters


def grade(  # noqa: PLR0913 (one argument an option)
    submissions: Annotated[
        Path, typer.Argument(help="A folder or archive of submissions, or one notebook.")
    ],
    roster: Annotated[
        Path | None, typer.Option(help="CSV file of the class, with a column `id`.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where everything is written.")] = Path("grades"),
    assignment: Annotated[
        str, typer.Option(help="Chapter; found in each notebook unless given.")
    ] = "",
    student: Annotated[
        str, typer.Option(help="Whose one notebook is; keys its hidden inputs.")
    ] = "nobody",
    course: Annotated[
        Path | None, typer.Option(help="TOML file with due dates, late policy, attempts.")
    ] = None,
    database: Annotated[str, typer.Option(help="URL; SQLite in OUT unless given.")] = "",
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0 for one a core.")] = 0,
    scheduler: Annotated[str, typer.Option(help="Address of a Dask scheduler to use.")] = "",
    jail: Annotated[str, typer.Option(help="auto, 1, 2, fresh or container.")] = "auto",
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="No isolation: only for code that you trust.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, nothing else.")] = False,
) -> None:
    """Grade a class of untrusted notebooks, or one notebook, each in a jail."""
    if jail == "unsafe":
        raise UserError("write --unsafe to grade without isolation, and mean it")
    jail = "unsafe" if unsafe else jail
    if submissions.is_file() and submissions.suffix == ".ipynb" and roster is None:
        record = _single(submissions, assignment, student, jail)
        print(json.dumps(_plain(record), indent=1)) if as_json else _print_one(record)
        if record.status != "graded":
            raise typer.Exit(1)
        return
    if roster is None:
        raise UserError("a class needs its roster: --roster roster.csv, a file with a column `id`")
    book, collection = _class(
        submissions, roster, out, assignment, course, database, workers, scheduler, jail,
        quiet=as_json,
    )  # fmt: skip
    if as_json:
        print((out / "grades.json").read_text(encoding="utf-8"))
    else:
        _print_class(book, collection, out)
    if any(row.status == "grader_error" for row in book.rows):
        raise typer.Exit(1)


def _single(path: Path, assignment: str, student: str, jail: str) -> "Record":
    """Grade one notebook, as the first attempt of a student."""
    from nbcourse.exercises import find_chapter
    from nbcourse.grading.executors import Here
    from nbcourse.grading.submissions import single
    from nbcourse.grading.work import Chunk
    from nbcourse.grading.work import Task as Item

    stem = find_chapter(assignment).stem if assignment else ""
    submission = single(path.read_bytes(), name=path.name, student=student, assignment=stem)
    if not submission.assignment:
        raise UserError(f"{path}: {submission.problem or 'it answers no exercise of any chapter'}")
    chunk = Chunk((Item(submission),), os.environ.get(SECRET, ""), jail)
    return Here().submit(chunk).result()[0]


def _class(  # noqa: PLR0913 (the options of the command)
    submissions: Path,
    roster_path: Path,
    out: Path,
    assignment: str,
    course_path: Path | None,
    database: str,
    workers: int,
    scheduler: str,
    jail: str,
    *,
    quiet: bool,
) -> tuple["Gradebook", "Collection"]:
    from nbcourse.exercises import find_chapter
    from nbcourse.grading import keys
    from nbcourse.grading.course import Course, read_course
    from nbcourse.grading.executors import Dask, Pool, jail_of
    from nbcourse.grading.roster import read_roster
    from nbcourse.grading.run import facts, grade_class
    from nbcourse.grading.store import Store
    from nbcourse.grading.submissions import collect

    roster = read_roster(roster_path)
    course = read_course(course_path, roster) if course_path else Course()
    stem = find_chapter(assignment).stem if assignment else ""
    out.mkdir(parents=True, exist_ok=True)
    secret = _secret(out)
    tier = jail_of(jail).name  # proves the jail before anything is read
    collection = collect(submissions, roster, assignment=stem)
    executor: Any = Dask(scheduler) if scheduler else Pool(workers or None)
    try:
        with Store(database or out / "grades.db") as store:
            run = store.begin_run(
                facts(
                    tier=tier, secret=keys.of_secret(secret), workers=executor.n_workers,
                    roster=_full(roster_path), course=_full(course_path),
                )
            )  # fmt: skip
            if not quiet:
                console.print(f"isolation: tier {tier}; run {run}", soft_wrap=True)
            with _progress(quiet=quiet) as bar:
                task = bar.add_task("grading", total=len(collection.submissions))

                def show(done: "Done") -> None:
                    bar.update(task, completed=done.done, description=_described(done))

                grade_class(
                    collection.submissions, store, executor,
                    secret=secret, jail=jail, tier=tier, run=run, on_progress=show,
                )  # fmt: skip
            return write_all(store, roster, course, out), collection
    finally:
        executor.close()


def _full(path: Path | None) -> str:
    """Where a file is, for the commands that come after grading."""
    return str(path.resolve()) if path else ""


def write_all(store: Any, roster: Any, course: Any, out: Path) -> "Gradebook":  # noqa: ANN401
    """Gradebook, tables and pages, from what the store holds."""
    from nbcourse.grading.exports import write_tables
    from nbcourse.grading.gradebook import gradebook
    from nbcourse.grading.reports import write_reports

    book = gradebook(store.records(), store.manual_marks(), roster, course)
    write_tables(book, out)
    write_reports(book, store.records(), out)
    return book


def _secret(out: Path) -> str:
    """What keys the hidden inputs: from the environment, or a file that only its owner reads."""
    given = os.environ.get(SECRET, "")
    if given:
        if len(given) < _MIN_SECRET:
            raise UserError(
                f"{SECRET} has {len(given)} characters; {_MIN_SECRET} are too few to guess"
            )
        return given
    path = out / "secret"
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text(encoding="utf-8").strip()


def _progress(*, quiet: bool) -> Progress:
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        _Rate(), TimeRemainingColumn(),
    )  # fmt: skip
    return Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet)


class _Rate(ProgressColumn):
    """Submissions a second."""

    def render(self, task: Task) -> Text:
        """As text, once there is something to say."""
        return Text(f"{task.speed:.1f} a second" if task.speed else "")


def _described(done: "Done") -> str:
    return f"grading ({done.reused} were known)" if done.reused else "grading"


def _plain(record: "Record") -> dict[str, Any]:
    from nbcourse.grading.records import to_dict

    return {**to_dict(record), "points": record.points, "points_total": record.points_total}


def _print_one(record: "Record") -> None:
    table = Table("exercise", "points", "visible", "hidden", "what is wrong")
    for exercise in record.exercises:
        counts = [
            f"{sum(check.passed for check in checks)} of {len(checks)}"
            for checks in (exercise.visible, exercise.hidden)
        ]
        failed = next((c for c in (*exercise.visible, *exercise.hidden) if not c.passed), None)
        wrong = exercise.diagnosis or (f"{failed.name}: {failed.message}" if failed else "")
        if not exercise.started:
            wrong = "not written yet"
        points = f"{exercise.points:.3g} of {exercise.points_total}"
        table.add_row(exercise.exercise, points, *counts, _shown(wrong))
    console.print(table)
    for number, problem in record.cell_problems.items():
        console.print(f"cell {number}: {_shown(problem)}", soft_wrap=True)
    if record.status == "graded":
        console.print(f"{record.points:.4g} of {record.points_total} points")
    else:
        console.print(f"{record.status}: {_shown(record.problem)}", soft_wrap=True)


def _shown(text: str) -> str:
    """A text of a submission, safe for a terminal."""
    return "".join(c if c.isprintable() else "�" for c in text)[:300]


def _print_class(book: "Gradebook", collection: "Collection", out: Path) -> None:
    table = Table("assignment", "graded", "missing", "unreadable", "grader errors", "mean")
    for assignment in book.assignments:
        rows = book.of(assignment)
        count = {s: sum(row.status == s for row in rows) for s in _STATUSES}
        points = [row.points for row in rows if row.points is not None]
        total = max((row.points_total for row in rows), default=0)
        mean = f"{sum(points) / len(points):.1f} of {total}" if points else ""
        table.add_row(assignment, *(str(count[s]) for s in _STATUSES), mean)
    console.print(table)
    for each in collection.unassigned[:20]:
        console.print(f"belongs to nobody: {_shown(each.origin)}: {each.reason}", soft_wrap=True)
    if len(collection.unassigned) > 20:
        console.print(f"and {len(collection.unassigned) - 20} more that belong to nobody")
    flagged = sum(bool(row.flags) for row in book.rows)
    if flagged:
        what = "submission is" if flagged == 1 else "submissions are"
        console.print(f"{flagged} {what} flagged for a person: see {out / 'class'}")
    console.print(f"tables, pages and records are in {out}", soft_wrap=True)


_STATUSES = ("graded", "missing", "unreadable", "grader_error")
