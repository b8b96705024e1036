"""Benchmark: grading side by side, the same submissions through every tool in one run.

Results go to benchmarks/results/grading.json, from which the book quotes. Wants two quiet cores.
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy

from benchmarks.grading import classes, kills, others, ours
from benchmarks.grading.result import (
    FRESH,
    NBGRADER,
    OTTER,
    TORCH,
    WARM,
    Result,
    misses,
    row,
    text,
    with_ratios,
)  # fmt: skip
from benchmarks.grading.specs import POINTS, TRAINING
from benchmarks.grading.submissions import CHEATS, ENDLESS, RIGHT, WRONG, cheating
from benchmarks.grading.submissions import TRAINING as TRAINED
from benchmarks.run import machine
from nbcourse.grading.errors import JailError
from nbcourse.grading.jail.fresh import FreshJail
from nbcourse.grading.jail.warm import WarmJail
from tests.security.cluster import cluster

RESULT = Path(__file__).parents[1] / "results" / "grading.json"
OTTER_PYTHON = Path(__file__).parents[2] / ".venv-otter" / "bin" / "python"
NOTHING = "none"  # no cheat: wrong answers alone


@dataclass(frozen=True)
class Settings:
    """How much is measured.

    Attributes:
        n_warm, n_fresh, n_torch, n_nbgrader, n_otter: submissions of each.
        nbgrader_limit_s: seconds that nbgrader gives the cell with the loop; 30 unless one asks.
        otter_killed_s: seconds after which otter is killed; it has no limit.
        classes: numbers of students.
        n_cluster: submissions to a cluster.
        n_kills: runs that are killed.
        quick: whether this only shows that the benchmark works.
    """

    n_warm: int = 200
    n_fresh: int = 20
    n_torch: int = 50
    n_nbgrader: int = 6
    n_otter: int = 2
    nbgrader_limit_s: int = 10
    otter_killed_s: int = 20
    classes: tuple[int, ...] = (1000, 10_000)
    n_cluster: int = 400
    n_kills: int = 20
    quick: bool = False


QUICK = Settings(
    n_warm=20, n_fresh=3, n_torch=5, n_nbgrader=2, n_otter=1, nbgrader_limit_s=3, otter_killed_s=10,
    classes=(100, 300), n_cluster=100, n_kills=2, quick=True,
)  # fmt: skip


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """Keep this process, and what it starts, on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def speed(settings: Settings, otter: Path | None) -> Result:
    """One right submission through every tool."""
    warm, parts = ours.measure(partial(WarmJail), RIGHT, settings.n_warm)
    fresh, _ = ours.measure(partial(FreshJail), RIGHT, settings.n_fresh)
    torch = partial(WarmJail, ("numpy", "torch"))
    trained, torch_parts = ours.measure(torch, TRAINED, settings.n_torch, [TRAINING])
    rows = [
        row(tool, timed.seconds, start_s=timed.start_s, points=timed.points)
        for tool, timed in ((WARM, warm), (FRESH, fresh), (TORCH, trained))
    ]
    batches = {
        NBGRADER: others.nbgrader({f"right{k}": RIGHT for k in range(settings.n_nbgrader)}),
        OTTER: otter and others.otter(otter, {f"right{k}": RIGHT for k in range(settings.n_otter)}),
    }
    versions = {}
    for tool, batch in batches.items():
        if batch:
            times, points = list(batch.seconds.values()), list(batch.points.values())
            rows.append(row(tool, times, start_s=batch.start_s, points=points))
            versions[tool] = batch.version
    return {
        "speed": with_ratios(rows),
        "parts": _medians(parts),
        "torch_parts": _medians(torch_parts),
        "machine": versions,
    }


def _medians(parts: dict[str, list[float]]) -> dict[str, float]:
    return {part: round(statistics.median(seconds), 5) for part, seconds in parts.items()}


def hostile(settings: Settings, otter: Path | None) -> Result:
    """Wrong answers with a cheat, and an infinite loop, through every tool."""
    wrong = {NOTHING: WRONG, **{cheat: cheating(cheat) for cheat in CHEATS}}
    numbered = {f"cheat{k}": answers for k, answers in enumerate(wrong.values())}
    endless, limit = {"endless": ENDLESS}, settings.nbgrader_limit_s
    timed, _ = ours.measure(partial(WarmJail), ENDLESS, 3)
    loops = [_loop(WARM, statistics.median(timed.seconds), min(timed.points), None)]
    points = {WARM: list(ours.points_of(partial(WarmJail), wrong).values())}
    batch = others.nbgrader({**numbered, **endless}, limit=limit)
    loops.append(_loop(NBGRADER, batch.seconds["endless"], batch.points["endless"], limit))
    points[NBGRADER] = [batch.points[name] for name in numbered]
    if otter:
        killed = others.otter(otter, endless, kill_after=settings.otter_killed_s)
        found = (killed.seconds["endless"], killed.points["endless"]) if killed else (None, None)
        loops.append(_loop(OTTER, *found, settings.otter_killed_s))
        cheated = others.otter(otter, numbered)
        assert cheated is not None
        points[OTTER] = [cheated.points[name] for name in numbered]
    cheats = [
        {"cheat": cheat, "points": {tool: points[tool][k] for tool in points}}
        for k, cheat in enumerate(wrong)
    ]
    return {"endless": loops, "cheats": cheats}


def _loop(
    tool: str, seconds: float | None, points: float | None, limit: int | None
) -> dict[str, Any]:
    rounded = None if seconds is None else round(seconds, 3)
    return {"tool": tool, "seconds": rounded, "points": points, "limit_s": limit}


def scale(settings: Settings) -> Result:
    """Classes on two cores, and one or two workers of a cluster, each with a core of its own."""
    with tempfile.TemporaryDirectory(prefix="grading-") as name:
        folder, rows = Path(name), []
        for n in settings.classes:
            found = classes.measure(n, folder / f"{n}.db")
            rows.append(_of_class(found))
        n, seconds, tables = settings.n_cluster, [], []
        classes.measure(n, folder / "pool.db", endless=False)
        cores = sorted(os.sched_getaffinity(0))
        for n_workers in (1, 2):
            database = folder / f"cluster-{n_workers}.db"
            with cluster(n_workers, folder / f"dask-{n_workers}", cores=cores) as address:
                found = classes.measure(n, database, scheduler=address, endless=False)
            seconds.append(found["seconds"])
            tables.append(classes.table(database))
        same = tables[0] == tables[1] == classes.table(folder / "pool.db")
    return {
        "classes": rows,
        "cluster": {
            "n": n,
            "one_s": round(seconds[0], 2),
            "two_s": round(seconds[1], 2),
            "ratio": round(seconds[0] / seconds[1], 2),
            "same_table": same,
        },
    }


def _of_class(found: dict[str, Any]) -> dict[str, Any]:
    """A row; wrong are the submissions with other points than they should have."""
    n, points = found["n"], found["points"]
    less = sum(k % 50 == 25 or k % 10 == 3 for k in range(n))  # a loop, or a slip
    right = {f"{float(POINTS)}": n - less, f"{POINTS - 2.0}": less}
    return {
        "n": n,
        "seconds": round(found["seconds"], 2),
        "per_second": round(n / found["seconds"], 1),
        "trusted_mib": round(found["trusted_mib"], 1),
        "worker_mib": round(found["worker_mib"], 1),
        "wrong": n - sum(min(points.get(each, 0), right[each]) for each in right),
    }


def run(settings: Settings, otter: Path | None) -> Result:
    """Measure everything."""
    skipped = [] if otter else ["otter-grader was not measured: make bench-otter"]
    steps = {
        "one submission": partial(speed, settings, otter),
        "loops and cheats": partial(hostile, settings, otter),
    }
    result: Result = {"settings": asdict(settings), "skipped": skipped}
    for what, step in steps.items():
        with one_core(), _said(what):
            result |= step()
    with _said("classes and a cluster"):
        result |= scale(settings)
    with _said("kills"):
        result["kills"] = kills.measure(settings.n_kills, seed=0)
    versions = {"sqlalchemy": sqlalchemy.__version__} | result["machine"]
    return result | {"machine": machine() | versions}


@contextlib.contextmanager
def _said(what: str) -> Iterator[None]:
    start = time.perf_counter()
    print(f"{what} ...", end=" ", file=sys.stderr, flush=True)
    yield
    print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr)


def main() -> int:
    """Measure, print tables, and keep the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--otter-python", type=Path, help="interpreter that has otter-grader")
    parser.add_argument("--quick", action="store_true", help="only show that it works")
    parser.add_argument(
        "--out", type=Path, help=f"{RESULT.name}, unless --quick, which keeps nothing"
    )
    options = parser.parse_args()
    otter = options.otter_python or (OTTER_PYTHON if OTTER_PYTHON.exists() else None)
    if otter and not otter.exists():
        print(f"there is no interpreter {otter}; make bench-otter", file=sys.stderr)
        return 2
    try:
        result = run(QUICK if options.quick else Settings(), otter)
    except JailError as error:
        print(error, file=sys.stderr)
        return 2
    out = options.out or (None if options.quick else RESULT)
    if out:
        out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(text(result))
    print("\n".join(misses(result)) or "every promise is kept that does not depend on the machine")
    return 0


if __name__ == "__main__":
    sys.exit(main())
