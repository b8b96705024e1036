"""Benchmark: how long a student waits for `check`, for a right answer and for a wrong one.

The alternative a student would have is to run the same calls without a judge, so the table gives
the ratio to that. Prints a table; `--out FILE` keeps it as JSON.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from benchmarks.run import machine
from nbcourse.checking.judge import check_function, collect, plan
from nbcourse.checking.seeds import VISIBLE
from nbcourse.checking.spec import Exercise
from nbcourse.exercises import all_exercises

BAR_S, TRAINING_BAR_S, ALL_BAR_S = 0.5, 5.0, 60.0
"""What the course promises: one exercise, one that trains, and every solution together."""


def seconds(work: Callable[[], object], *, n_times: int) -> float:
    """The median time of a call."""
    taken = []
    for _ in range(n_times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def measure(exercise: Exercise, *, n_times: int = 5) -> dict[str, object]:
    """Times of one exercise: all right answers, the slowest mutant, and the calls alone."""
    solution = exercise.solutions[0]
    cases = plan(exercise, VISIBLE)
    alone = seconds(lambda: collect(solution, cases), n_times=n_times)
    right = [
        seconds(lambda s=function: check_function(exercise, s), n_times=n_times)  # type: ignore[misc]
        for function in exercise.solutions
    ]
    wrong = [
        seconds(lambda m=mutant: check_function(exercise, m.function), n_times=1)  # type: ignore[misc]
        for mutant in exercise.mutants
    ]
    return {
        "exercise": exercise.name,
        "trains": "training" in exercise.points,
        "slowest_right_s": round(max(right), 4),
        "all_right_s": round(sum(right), 4),
        "slowest_wrong_s": round(max(wrong), 4),
        "ratio_to_calls_alone": round(right[0] / alone, 2),
    }


def misses(rows: list[dict[str, object]]) -> list[str]:
    """The bars that were missed, one sentence each."""
    found = []
    for row in rows:
        bar = TRAINING_BAR_S if row["trains"] else BAR_S
        for what in ("slowest_right_s", "slowest_wrong_s"):
            if float(str(row[what])) > bar:
                found.append(f"{row['exercise']}: {what} is {row[what]}, over {bar} s")
    total = sum(float(str(row["all_right_s"])) for row in rows)
    if total > ALL_BAR_S:
        found.append(f"all solutions take {total:.1f} s, over {ALL_BAR_S} s")
    return found


def main() -> int:
    """Measure every exercise; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="keep the result in this JSON file")
    options = parser.parse_args()
    rows = [measure(exercise) for exercise in tqdm(all_exercises(), unit="exercise")]
    print(f"{'exercise':28}{'right':>8}{'wrong':>8}{'ratio':>8}")
    for row in sorted(rows, key=lambda row: -float(str(row["slowest_right_s"]))):
        print(
            f"{row['exercise']:28}{row['slowest_right_s']:8}{row['slowest_wrong_s']:8}"
            f"{row['ratio_to_calls_alone']:8}"
        )
    print(f"all solutions: {sum(float(str(row['all_right_s'])) for row in rows):.1f} s")
    if options.out:
        text = json.dumps({"machine": machine(), "rows": rows}, indent=1) + "\n"
        options.out.write_text(text, encoding="utf-8")
    print("\n".join(misses(rows)) or "every bar is met")
    return int(bool(misses(rows)))


if __name__ == "__main__":
    sys.exit(main())
