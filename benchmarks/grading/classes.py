"""A class through two cores or a cluster into SQLite, in a process of its own.

`python -m benchmarks.grading.classes N DATABASE` grades made-up notebooks of N students and prints
JSON. The process that is measured is the one that holds the secret and the database.
"""

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

from benchmarks.grading import submissions
from benchmarks.grading.specs import CHAPTER, EXERCISES
from nbcourse import exercises
from nbcourse.checking.spec import Exercise
from nbcourse.grading import executors, run, work
from nbcourse.grading.records import Record, to_dict
from nbcourse.grading.store import Store

ROOT = Path(__file__).parents[2]
MIB = 2**20


def of_chapter(key: str) -> tuple[Exercise, ...]:
    """The benchmark's exercises, besides those of the course."""
    return EXERCISES if key == CHAPTER else exercises.of_chapter(key)


def install() -> None:
    """Let the grader in this process find the benchmark's exercises."""
    vars(work)["of_chapter"] = vars(run)["of_chapter"] = of_chapter


def work_on(chunk: work.Chunk) -> list[Record]:
    """What a worker does with a chunk."""
    install()
    return executors.run_chunk(chunk)


def peak_mib() -> float:
    """The most memory that this process ever held; `ru_maxrss` would count its parent's, too."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


class _Watch:
    """Told of progress; notes the largest worker so far."""

    def __init__(self) -> None:
        self.largest = 0

    def __call__(self, progress: run.Progress) -> None:
        for worker in psutil.Process().children():
            try:
                self.largest = max(self.largest, worker.memory_info().rss)
            except psutil.NoSuchProcess:
                continue


def grade(n: int, database: Path, scheduler: str, *, endless: bool) -> dict[str, Any]:
    """Grade a class and say how that went."""
    install()
    executor = executors.Dask(scheduler, work_on) if scheduler else executors.Pool(2, work_on)
    watch = _Watch()
    try:
        _grade(100, database.with_suffix(".warm"), executor, watch, endless=False)
        seconds = _grade(n, database, executor, watch, endless=endless)
    finally:
        executor.close()
    with Store(database) as store:
        points = Counter(str(record.points) for record in store.records())
    return {
        "n": n,
        "seconds": seconds,
        "points": dict(points),
        "trusted_mib": peak_mib(),
        "worker_mib": watch.largest / MIB,
    }


def _grade(
    n: int,
    database: Path,
    executor: executors.Pool | executors.Dask,
    watch: _Watch,
    *,
    endless: bool,
) -> float:
    """Seconds that a class takes; the first, small one is for the jails to be built."""
    handed_in = submissions.class_of(n, endless=endless)
    with Store(database) as store:
        number = store.begin_run(run.facts())
        start = time.perf_counter()
        run.grade_class(
            handed_in, store, executor, secret="benchmark", run=number, on_progress=watch
        )
        return time.perf_counter() - start


def measure(n: int, database: Path, *, scheduler: str = "", endless: bool = True) -> dict[str, Any]:
    """Grade a class in a process of its own.

    Raises:
        RuntimeError: it failed.
    """
    command = [sys.executable, "-m", "benchmarks.grading.classes", str(n), str(database)]
    command += ["--scheduler", scheduler] * bool(scheduler) + ["--no-endless"] * (not endless)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"a class of {n} failed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def table(database: Path) -> list[dict[str, Any]]:
    """All records of a database, without the seconds that they took."""
    with Store(database) as store:
        return [to_dict(record) | {"seconds": 0} for record in store.records()]


def main() -> None:
    """Grade one class and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n", type=int)
    parser.add_argument("database", type=Path)
    parser.add_argument("--scheduler", default="")
    parser.add_argument("--no-endless", dest="endless", action="store_false")
    options = parser.parse_args()
    found = grade(options.n, options.database, options.scheduler, endless=options.endless)
    print(json.dumps(found))


if __name__ == "__main__":
    # By its name: workers import what they do; from here, it would be sent to them in pieces.
    from benchmarks.grading import classes

    classes.main()
