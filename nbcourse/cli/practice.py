"""The commands of a learner and of an author: check, progress, new-exercise."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Column, Table

if TYPE_CHECKING:
    from nbcourse.practice.terminal import Result, Run

SECRET = "NBCOURSE_SECRET"
console = Console(highlight=False, markup=False)  # messages may hold brackets


def check(
    targets: Annotated[
        list[str], typer.Argument(help="A chapter's number or topic, or a notebook's path.")
    ],
    student: Annotated[str, typer.Option(help="Also check on the inputs drawn for this id.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, nothing else.")] = False,
    details: Annotated[bool, typer.Option("--details", help="Print every check.")] = False,
) -> None:
    """Check the answers of a notebook; exit code 0 when all hold, 1 when not, 2 on misuse."""
    from nbcourse.practice.answers import locate
    from nbcourse.practice.terminal import judge_notebook

    runs = []
    for path in [locate(target) for target in targets]:
        with _progress(quiet=as_json) as bar:
            task = bar.add_task("starting", total=None)

            def show(what: str, done: int, total: int) -> None:
                bar.update(task, description=what, completed=done, total=total)  # noqa: B023

            run = judge_notebook(
                path, student=student, secret=os.environ.get(SECRET, ""), on_progress=show
            )
        runs.append(run)
        if not as_json:
            _print(run, details)
    if as_json:
        print(json.dumps([run.to_dict() for run in runs], indent=1))
    if not all(run.passed for run in runs):
        raise typer.Exit(1)


def progress() -> None:
    """List all exercises by chapter, and which of them are done."""
    from nbcourse.exercises import chapters, of_chapter
    from nbcourse.practice.progress import State, load, place

    states = load()
    name = Column("exercise", no_wrap=True)
    table = Table("chapter", name, "", "points", "hints", "state")
    done = total = 0
    for chapter in chapters():
        for k, exercise in enumerate(of_chapter(chapter.stem)):
            state = states.get(exercise.name, State())
            done, total = done + state.passed, total + 1
            word = "done" if state.passed else "tried" if state.tries else ""
            points = f"{state.points:.3g} of {exercise.points_total}"
            table.add_row(
                "" if k else chapter.stem, exercise.name, exercise.difficulty,
                points, str(state.hints or ""), word,
            )  # fmt: skip
    console.print(table)
    console.print(f"{done} of {total} exercises done. Kept in {place()}", soft_wrap=True)


def new_exercise(
    chapter: Annotated[str, typer.Argument(help="Number or topic of a chapter with exercises.")],
    name: Annotated[str, typer.Argument(help="Name of the function to be written.")],
    folder: Annotated[Path, typer.Option(help="Folder of the course.")] = Path(),
) -> None:
    """Write the skeleton of a new exercise; its own tests fail until it is filled in."""
    from nbcourse.practice.skeleton import create

    for path in create(chapter, name, folder):
        console.print(f"wrote {path}", soft_wrap=True)
    console.print(
        f"Fill both in, then: python -m nbcourse.practice.matrix {name}"
        " && python -m nbcourse.practice.publish",
        soft_wrap=True,
    )


def _progress(*, quiet: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet)


def _print(run: "Run", details: bool) -> None:
    """A table with one line an exercise, and what to do about those that fail."""
    table = Table(
        "exercise", "visible", "hidden", "points", Column("what is wrong", overflow="fold")
    )
    for result in run.results:
        table.add_row(result.name, *_cells(result))
    console.print(run.path.name)
    console.print(table)
    for number, problem in run.cell_problems.items():
        console.print(f"cell {number}: {problem}", soft_wrap=True)
    if details:
        for report in [report for result in run.results for report in result.reports]:
            console.print(report["text"], soft_wrap=True)
    if run.passed and all(len(result.reports) == 1 for result in run.results):
        console.print("All visible checks hold. Grading tries hidden inputs, too.")


def _cells(result: "Result") -> list[str]:
    """The cells of one line: counts by level, points, what is wrong."""
    counts = ["", ""]
    for report in result.reports:
        n_passed = sum(each["passed"] for each in report["checks"])
        counts[report["level"] == "hidden"] = f"{n_passed} of {len(report['checks'])}"
    if not result.reports:
        return [*counts, "", result.problem]
    last = result.reports[-1]
    failed = [each for report in result.reports for each in report["checks"] if not each["passed"]]
    wrong = next((r["diagnosis"] for r in result.reports if r["diagnosis"]), "")
    if not last["started"]:
        wrong = "not written yet"
    elif failed and not wrong:
        wrong = f"{failed[0]['name']}: {failed[0]['message']}"
    return [*counts, f"{last['points']:.3g} of {last['points_total']}", wrong]
