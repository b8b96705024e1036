"""A program that grades a made-up class into a database; to be killed, and begun again.

`python -m tests.security.run_class DATABASE N_SUBMISSIONS WORKERS [SCHEDULER]`
"""

import sys
from pathlib import Path

from nbcourse.grading.executors import Dask, Pool
from nbcourse.grading.records import Submission
from nbcourse.grading.run import facts, grade_class
from nbcourse.grading.store import Store
from nbcourse.practice.answers import read
from tests.security.cheats import WRONG

ASSIGNMENT = "03_losses"


def submissions(n):
    """Right, half right, wrong, broken and unreadable notebooks of n students."""
    path = Path(__file__).parents[2] / f"solutions/{ASSIGNMENT}.ipynb"
    right = tuple((cell.number, cell.source) for cell in read(path))
    half = (*right, (98, "def focal_loss(*a, **k): return 0.0"))
    kinds = [
        {"cells": right},
        {"cells": half},
        {"cells": ((1, WRONG),)},
        {"cells": (*half, (99, "def gaussian_nll(*a): import os; os._exit(1)"))},
        {"problem": "it is empty"},
        {"cells": ((1, WRONG), (2, "1 / 0"))},
    ]
    return [Submission(f"s{k:05}", ASSIGNMENT, **kinds[k % len(kinds)]) for k in range(n)]


def main(database, n, workers, scheduler=""):
    """Grade what is not graded yet."""
    executor = Dask(scheduler) if scheduler else Pool(int(workers))
    try:
        with Store(database) as store:
            run = store.begin_run(facts())
            grade_class(submissions(int(n)), store, executor, secret="a secret", run=run)
    finally:
        executor.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
