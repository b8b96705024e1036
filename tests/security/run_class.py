"""A program that grades a made-up class into a database; to be killed, and begun again.

`python -m tests.security.run_class DATABASE N_SUBMISSIONS WORKERS [SCHEDULER]`
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from nbcourse.grading.executors import Dask, Pool
from nbcourse.grading.records import Submission, to_dict
from nbcourse.grading.run import facts, grade_class
from nbcourse.grading.store import Store
from nbcourse.practice.answers import read
from tests.security.cheats import WRONG

ROOT = Path(__file__).parents[2]
ASSIGNMENT = "03_losses"


def submissions(n):
    """Right, half right, wrong, broken and unreadable notebooks of n students."""
    path = ROOT / f"solutions/{ASSIGNMENT}.ipynb"
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


def table(database):
    """All records of a database, without the seconds that they took."""
    with Store(database) as store:
        records = [to_dict(record) for record in store.records()]
    for record in records:
        del record["seconds"]
    return records


def begin(database, n, workers=2):
    """This program in a process of its own."""
    command = [sys.executable, "-m", "tests.security.run_class", database, n, workers]
    return subprocess.Popen(
        list(map(str, command)), cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL
    )


def killed_and_begun_again(database, n, rng, *, within=(1.5, 6.0), most=4):
    """Kill a run at a random moment and begin it again until it ends; how often it was killed."""
    n_kills = 0
    while True:
        process = begin(database, n)
        try:
            process.wait(rng.uniform(*within) if n_kills < most else None)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            n_kills += 1
            process.wait()
            continue
        assert process.returncode == 0
        return n_kills


if __name__ == "__main__":
    main(*sys.argv[1:])
