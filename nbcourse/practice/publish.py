"""Writes the exercises from the solutions, with the points that the specifications give.

    python -m nbcourse.practice.publish [--check] [FILE ...]

Without files, all of `solutions`. A solution gets its metadata for nbgrader in place; `exercises`
gets the notebook for students under the same name. Call it in the root of the repository.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from nbcourse.checking.spec import Exercise
from nbcourse.errors import InputError
from nbcourse.exercises import of_chapter
from nbcourse.notebooks.canonical import to_text
from nbcourse.notebooks.files import Notebook, NotebookError, notebook_path, read
from nbcourse.notebooks.leaks import leaks
from nbcourse.notebooks.release import COMMAND, annotate, release
from nbcourse.notebooks.roles import exercise_of, role_of

SOLUTIONS, EXERCISES = Path("solutions"), Path("exercises")


def published(path: Path, exercises: Sequence[Exercise]) -> dict[Path, str]:
    """The files that follow from a notebook of solutions, with their texts.

    Args:
        path: of the notebook in `solutions`.
        exercises: the specifications of its chapter.

    Raises:
        NotebookError: it breaks a rule, contradicts a specification, or would give a solution away.
    """
    if path.parent.name != SOLUTIONS.name:
        raise NotebookError(f"{path} is not in a folder {SOLUTIONS}; only solutions are published.")
    nb = read(path)
    points = {exercise.name: exercise.points_total for exercise in exercises}
    released = release(nb, path, points=points)
    faults = [f"{path.name}{clause}." for clause in header_faults(nb, exercises)]
    faults += [f"{path.name} gives away {line!r}." for line in leaks(nb, released)]
    if faults:
        raise NotebookError("\n".join(faults))
    return {
        path: to_text(annotate(nb, path, points=points)),
        path.parent.with_name(EXERCISES.name) / path.name: to_text(released),
    }


def header(exercise: Exercise) -> tuple[str, str]:
    """The first and the third line of an exercise's statement; the second is empty."""
    unit = "point" if exercise.points_total == 1 else "points"
    return (
        f"## {exercise.number}. `{exercise.name}` {exercise.difficulty}",
        f"*About {exercise.minutes} minutes · {exercise.points_total} {unit}*",
    )


def header_faults(nb: Notebook, exercises: Sequence[Exercise]) -> Iterator[str]:
    """Statements that begin otherwise than their specification says; exercises without any."""
    wanted = {exercise.name: header(exercise) for exercise in exercises}
    stated = []
    for k, cell in enumerate(nb.cells, start=1):
        name = exercise_of(cell)
        if role_of(cell) != "statement" or name not in wanted:
            continue
        stated.append(name)
        title, _, cost = [*cell.source.split("\n"), "", ""][:3]
        for got, line in zip((title, cost), wanted[name], strict=True):
            if got.rstrip() != line:
                yield f", cell {k} ({name}) has the line {got!r}, but the exercise says {line!r}"
    if missing := [name for name in wanted if name not in stated]:
        yield f" lacks the exercises {', '.join(missing)}"
    elif stated != list(wanted):
        yield f" has its exercises in the order {', '.join(stated)}, not by their numbers"


def main(arguments: list[str] | None = None) -> int:
    """Write the files, or compare them; 1 when a notebook has a fault or a file differs."""
    parser = argparse.ArgumentParser(prog=COMMAND)
    parser.add_argument("files", nargs="*", type=notebook_path, help="default: all of solutions")
    parser.add_argument("--check", action="store_true", help="change nothing, name what differs")
    options = parser.parse_args(arguments)
    complaints = [] if options.files else list(_orphans())
    for path in options.files or sorted(SOLUTIONS.glob("*.ipynb")):
        try:
            texts = published(path, of_chapter(path.stem))
        except (NotebookError, InputError) as failure:
            complaints.append(str(failure))
            continue
        stale = [file for file, text in texts.items() if not _holds(file, text)]
        for file in stale:
            if options.check:
                complaints.append(f"{file} is out of date: run {COMMAND}")
            else:
                file.parent.mkdir(exist_ok=True)
                file.write_text(texts[file], encoding="utf-8")
                print(f"wrote {file}")
    print("".join(f"{complaint}\n" for complaint in complaints), end="", file=sys.stderr)
    return int(bool(complaints))


def _holds(file: Path, text: str) -> bool:
    """Whether a file consists of exactly these bytes."""
    return file.is_file() and file.read_bytes() == text.encode()


def _orphans() -> Iterator[str]:
    """Exercises whose solutions are gone, or were never there."""
    for path in sorted(EXERCISES.glob("*.ipynb")):
        if not (SOLUTIONS / path.name).is_file():
            yield f"{path} has no source: there is no {SOLUTIONS / path.name}"


if __name__ == "__main__":
    sys.exit(main())
