"""Grading with nbcourse, one notebook after the other on one core, and where its time goes."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from benchmarks.grading.specs import EXERCISES
from benchmarks.grading.submissions import Answers, cells
from nbcourse.checking.seeds import Key
from nbcourse.checking.spec import Exercise
from nbcourse.grading.guest.channel import Channel
from nbcourse.grading.jail.session import Jail, Session
from nbcourse.grading.judging import grade

PARTS = ("fork and lock", "cells", "calls", "judging")


@dataclass(frozen=True)
class Timed:
    """Seconds and points of gradings.

    Attributes:
        start_s: seconds until the jail stood.
        seconds: of each grading.
        points: of each grading.
    """

    start_s: float
    seconds: list[float] = field(default_factory=list)
    points: list[float] = field(default_factory=list)


def measure(
    build: "partial[Jail]",
    answers: Answers,
    n: int,
    exercises: Sequence[Exercise] = EXERCISES,
) -> tuple[Timed, dict[str, list[float]]]:
    """Grade the same answers for n students in a jail that is built for it.

    Returns:
        The times, and for each of PARTS the seconds of each grading that went into it.
    """
    start = time.perf_counter()
    jail = _Watched(build())
    timed, parts = Timed(time.perf_counter() - start), {part: [] for part in PARTS}
    notebook = cells(answers)
    try:
        _grade(notebook, exercises, jail, "warming up")
        for k in range(n):
            jail.spent = dict.fromkeys(PARTS, 0.0)
            start = time.perf_counter()
            points = _grade(notebook, exercises, jail, f"s{k}")
            timed.seconds.append(time.perf_counter() - start)
            timed.points.append(points)
            jail.spent["judging"] = timed.seconds[-1] - sum(jail.spent.values())
            for part, seconds in jail.spent.items():
                parts[part].append(seconds)
    finally:
        jail.close()
    return timed, parts


def _grade(
    notebook: Sequence[tuple[int, str]], exercises: Sequence[Exercise], jail: Jail, student: str
) -> float:
    return grade(notebook, exercises, jail, Key(secret="benchmark", student=student)).points


def points_of(build: "partial[Jail]", submissions: Mapping[str, Answers]) -> dict[str, float]:
    """The points of each of some answers."""
    jail = build()
    try:
        return {
            name: _grade(cells(each), EXERCISES, jail, name) for name, each in submissions.items()
        }
    finally:
        jail.close()


class _Watched:
    """A jail that notes how long its guests take for what."""

    def __init__(self, jail: Jail) -> None:
        self._jail, self.name = jail, jail.name
        self.spent = dict.fromkeys(PARTS, 0.0)

    def open(self) -> Session:
        start = time.perf_counter()
        session = self._jail.open()
        self.spent[PARTS[0]] += time.perf_counter() - start
        session.channel = _WatchedChannel(session.channel, self)
        return session

    def close(self) -> None:
        self._jail.close()


class _WatchedChannel(Channel):
    """A channel that adds the time until each reply to what was asked for last: cells, or calls."""

    def __init__(self, channel: Channel, jail: _Watched) -> None:
        super().__init__(channel.incoming, channel.outgoing)
        self._watched, self._part = jail, "cells"

    def send(self, value: Any, seconds: float = 10.0) -> None:  # noqa: ANN401
        start = time.perf_counter()
        self._part = "cells" if "cells" in value else "calls"
        super().send(value, seconds)
        self._watched.spent[self._part] += time.perf_counter() - start

    def receive(self, seconds: float | None) -> Any:  # noqa: ANN401
        start = time.perf_counter()
        value = super().receive(seconds)
        self._watched.spent[self._part] += time.perf_counter() - start
        return value
