"""What a run of the benchmark says: rows from seconds, the promises it has to keep, and a table."""

import statistics
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from benchmarks.grading.specs import POINTS

Result: TypeAlias = dict[str, Any]

WARM, FRESH, TORCH = "nbcourse", "nbcourse, fresh interpreter", "nbcourse, with torch"
NBGRADER, OTTER = "nbgrader", "otter-grader"
SECTIONS = (
    "machine", "settings", "speed", "parts", "endless", "classes", "cluster", "cheats", "kills",
    "skipped",
)  # fmt: skip

# What the grader promises, on two cores.
FASTER_THAN_NBGRADER = 20.0
ENDLESS_S = 2.0  # a call of one second, the grace, and the rest of the notebook
TWO_WORKERS = 1.6
FLAT = 1.2


def row(
    tool: str, seconds: Sequence[float], *, start_s: float, points: Sequence[float]
) -> dict[str, Any]:
    """One tool's times; the ratio to ours is added when all are known."""
    return {
        "tool": tool,
        "n": len(seconds),
        "median_s": round(statistics.median(seconds), 5),
        "min_s": round(min(seconds), 5),
        "p90_s": round(float(np.quantile(seconds, 0.9)), 5) if len(seconds) >= 10 else None,
        "start_s": round(start_s, 3),
        "points": min(points),
    }


def with_ratios(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with how many times as long as ours (the first row) each takes."""
    ours = rows[0]["median_s"]
    return [each | {"ratio": round(each["median_s"] / ours, 2)} for each in rows]


def misses(result: Result) -> list[str]:
    """What is missing in a result, or not as promised; one sentence each."""
    absent = [name for name in SECTIONS if name not in result]
    if absent:
        return [f"it has no {', '.join(absent)}"]
    return [
        sentence
        for look in (_speed, _endless, _classes, _cluster, _cheats, _kills)
        for sentence in look(result)
    ]


def _speed(result: Result) -> Iterator[str]:
    rows = {each["tool"]: each for each in result["speed"]}
    for tool in (WARM, FRESH, TORCH, NBGRADER):
        if tool not in rows:
            yield f"{tool} was not measured"
    for tool, each in rows.items():
        if each["points"] != (2 if tool == TORCH else POINTS):
            yield f"{tool} gives {each['points']} points to a right submission"
    if NBGRADER in rows and rows[NBGRADER]["ratio"] < FASTER_THAN_NBGRADER:
        yield f"nbgrader takes only {rows[NBGRADER]['ratio']} times as long"
    if not sum(result["parts"].values()) > 0:
        yield "the parts of a submission were not measured"


def _endless(result: Result) -> Iterator[str]:
    rows = {each["tool"]: each for each in result["endless"]}
    if WARM not in rows or rows[WARM]["seconds"] is None or rows[WARM]["seconds"] > ENDLESS_S:
        yield f"an infinite loop does not end within {ENDLESS_S} s"
    elif rows[WARM]["points"] != POINTS - 2:
        yield f"beside an infinite loop {rows[WARM]['points']} points are left"


def _classes(result: Result) -> Iterator[str]:
    rows = result["classes"]
    if len(rows) < 2:
        yield "two classes of different sizes are wanted"
        return
    for each in rows:
        if each["wrong"]:
            yield f"in a class of {each['n']}, {each['wrong']} have other points than they should"
    small, large = rows[0], rows[-1]
    for what in ("trusted_mib", "worker_mib"):
        if large[what] > FLAT * small[what]:
            yield f"{what} grows from {small[what]:.0f} to {large[what]:.0f}"


def _cluster(result: Result) -> Iterator[str]:
    cluster = result["cluster"]
    if not cluster["same_table"]:
        yield "a cluster gives another table"
    if cluster["ratio"] < TWO_WORKERS:
        yield f"two workers do {cluster['ratio']} times the work of one"


def _cheats(result: Result) -> Iterator[str]:
    for each in result["cheats"]:
        if each["points"][WARM] != 0:
            yield f"{each['cheat']}: {each['points'][WARM]} points"


def _kills(result: Result) -> Iterator[str]:
    kills = result["kills"]
    if kills["n_identical"] != kills["n_trials"] or not kills["n_kills"]:
        yield f"{kills['n_identical']} of {kills['n_trials']} killed runs give the same table"


def text(result: Result) -> str:
    """A result as tables for a terminal."""
    return "\n".join(
        [
            *_speed_table(result),
            *_endless_table(result),
            *_scale_table(result),
            *_cheat_table(result),
        ]
    )


def _speed_table(result: Result) -> Iterator[str]:
    yield f"{'one right submission':32}{'n':>5}{'median, ms':>12}{'min':>9}{'p90':>9}{'ratio':>8}"
    for each in result["speed"]:
        p90 = "" if each["p90_s"] is None else f"{1000 * each['p90_s']:.1f}"
        yield (
            f"{each['tool']:32}{each['n']:5}{1000 * each['median_s']:12.1f}"
            f"{1000 * each['min_s']:9.1f}{p90:>9}{each['ratio']:8.1f}"
        )
    parts = result["parts"].items()
    yield "of which, ms: " + ", ".join(f"{part} {1000 * s:.1f}" for part, s in parts)


def _endless_table(result: Result) -> Iterator[str]:
    yield f"\n{'an infinite loop':32}{'seconds':>9}{'points':>8}"
    for each in result["endless"]:
        if each["seconds"] is None:
            yield f"{each['tool']:32} had not ended after {each['limit_s']} s"
        else:
            limit = f"   (limit of a cell: {each['limit_s']} s)" if each["limit_s"] else ""
            yield f"{each['tool']:32}{each['seconds']:9.1f}{each['points']:8.0f}{limit}"


def _scale_table(result: Result) -> Iterator[str]:
    yield f"\n{'a class, 2 % infinite loops':32}{'seconds':>9}{'each s':>8}{'MiB':>6}{'worker':>8}"
    for each in result["classes"]:
        yield (
            f"{each['n']:<32}{each['seconds']:9.1f}{each['per_second']:8.0f}"
            f"{each['trusted_mib']:6.0f}{each['worker_mib']:8.0f}"
        )
    cluster, kills = result["cluster"], result["kills"]
    yield f"two workers of dask do {cluster['ratio']} times the work of one"
    yield (
        f"killed {kills['n_kills']} times in {kills['n_trials']} runs:"
        f" {kills['n_identical']} identical tables"
    )


def _cheat_table(result: Result) -> Iterator[str]:
    tools = list(result["cheats"][0]["points"])
    yield f"\n{'points of wrong answers with':48}" + "".join(f"{tool:>14}" for tool in tools)
    for each in result["cheats"]:
        yield f"{each['cheat']:48}" + "".join(f"{each['points'][tool]:14.0f}" for tool in tools)
    yield from result["skipped"]
