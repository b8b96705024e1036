"""Benchmark: how long a student waits for `check`, for a right answer and for a wrong one.

A check is timed from the call to the finished table. What a student would do instead is call the
function on the same inputs and compare by eye; the last column is the ratio to the calls alone.
Prints a table; `--out FILE` keeps it as JSON.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.run import machine
from nbcourse.checking.judge import check_function, collect, plan
from nbcourse.checking.seeds import VISIBLE
from nbcourse.checking.spec import Exercise
from nbcourse.exercises import all_exercises

BAR_S, TRAINING_BAR_S, ALL_BAR_S = 0.5, 5.0, 60.0
"""What the course promises: one exercise, one that trains, and every solution together."""


@dataclass(frozen=True)
class Row:
    """Times of one exercise, in seconds; the slowest call counts, the first one included.

    Attributes:
        exercise: its name.
        trains: whether it has points for training.
        right: the slowest check of a right answer.
        wrong: the slowest check of a mutant.
        all_right: one check of each right answer, together.
        ratio: a check of the first right answer to its calls alone, medians.
    """

    exercise: str
    trains: bool
    right: float
    wrong: float
    all_right: float
    ratio: float


def measure(exercise: Exercise, *, n_times: int = 5) -> Row:
    """Time the right answers `n_times` each, every mutant once."""
    right = [_seconds(partial(_check, exercise, s), n_times) for s in exercise.solutions]
    wrong = [_seconds(partial(_check, exercise, m.function), 1) for m in exercise.mutants]
    alone = _seconds(partial(collect, exercise.solutions[0], plan(exercise, VISIBLE)), n_times)
    return Row(
        exercise=exercise.name,
        trains="training" in exercise.points,
        right=round(max(map(max, right)), 4),
        wrong=round(max(map(max, wrong)), 4),
        all_right=round(sum(map(max, right)), 4),
        ratio=round(statistics.median(right[0]) / statistics.median(alone), 2),
    )


def _check(exercise: Exercise, answer: Callable[..., Any]) -> str:
    return check_function(exercise, answer)._repr_html_()


def _seconds(work: Callable[[], object], n_times: int) -> list[float]:
    taken = []
    for _ in range(n_times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return taken


def misses(rows: Sequence[Row]) -> list[str]:
    """The bars that were missed, one sentence each."""
    found = []
    for row in rows:
        bar = TRAINING_BAR_S if row.trains else BAR_S
        for what, taken in (("right", row.right), ("wrong", row.wrong)):
            if taken > bar:
                found.append(f"{row.exercise}: a {what} answer takes {taken} s, over {bar} s")
    total = sum(row.all_right for row in rows)
    if total > ALL_BAR_S:
        found.append(f"all solutions take {total:.1f} s, over {ALL_BAR_S} s")
    return found


def main() -> int:
    """Measure every exercise; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="keep the result in this JSON file")
    options = parser.parse_args()
    rows = [measure(exercise) for exercise in tqdm(all_exercises(), unit="exercise")]
    print(f"{'exercise':28}{'right, s':>10}{'wrong, s':>10}{'ratio':>8}")
    for row in sorted(rows, key=lambda row: -max(row.right, row.wrong)):
        print(f"{row.exercise:28}{row.right:10.4f}{row.wrong:10.4f}{row.ratio:8.2f}")
    print(f"all solutions: {sum(row.all_right for row in rows):.1f} s")
    if options.out:
        kept = {"machine": machine(), "rows": [asdict(row) for row in rows]}
        options.out.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    print("\n".join(misses(rows)) or "every bar is met")
    return int(bool(misses(rows)))


if __name__ == "__main__":
    sys.exit(main())
