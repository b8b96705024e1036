"""Graders examined by planted wrong answers: `python -m nbcourse.practice.matrix [TOPIC ...]`."""

import argparse
import sys
import time

from nbcourse.checking.matrix import Matrix, examine
from nbcourse.checking.spec import Exercise
from nbcourse.errors import UserError
from nbcourse.exercises import all_exercises, find, of_chapter


def complaints(matrix: Matrix) -> list[str]:
    """What is short of the standard: one sentence each, none when the grader is proven."""
    exercise = matrix.exercise
    found = list(matrix.rejected)
    for row in matrix.rows:
        if row.killed < row.n_keys:
            found.append(f"{exercise.name}: {row.mutant} survives {row.n_keys - row.killed} times")
        if row.diagnosed < row.n_keys:
            found.append(f"{exercise.name}: {row.mutant} is diagnosed {row.diagnosed} times only")
    for what, have, least in (
        ("solutions", len(exercise.solutions), 2),
        ("mutants", len(exercise.mutants), 5),
        ("hints", len(exercise.hints), 3),
    ):
        if have < least:
            found.append(f"{exercise.name} has {have} {what}; at least {least} are wanted")
    return found


def main(arguments: list[str] | None = None) -> int:
    """Print a line for each exercise; 1 when a grader is not proven."""
    parser = argparse.ArgumentParser(prog="python -m nbcourse.practice.matrix")
    parser.add_argument("names", nargs="*", help="chapters or exercises; all unless given")
    options = parser.parse_args(arguments)
    exercises = [e for name in options.names for e in _named(name)] or list(all_exercises())
    found: list[str] = []
    for exercise in exercises:
        start = time.perf_counter()
        matrix = examine(exercise)
        found += complaints(matrix)
        print(f"{exercise.name}: {len(matrix.rows)} mutants, {time.perf_counter() - start:.2f} s")
    print("\n".join(found) or "all graders are proven")
    return int(bool(found))


def _named(name: str) -> list[Exercise]:
    try:
        return [find(name)]
    except UserError:
        return list(of_chapter(name))


if __name__ == "__main__":
    sys.exit(main())
