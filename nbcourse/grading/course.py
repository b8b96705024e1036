"""A course's rules for marks: due dates, late work, attempts, extensions; from one TOML file."""

import datetime
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from nbcourse.errors import UserError
from nbcourse.exercises import find, find_chapter
from nbcourse.grading.roster import Roster

Attempts: TypeAlias = Literal["best", "last", "average"]
_KEYS = {"title", "attempts", "late", "due", "extensions", "leave_out", "most_attempts"}
_LATE = {"per_day", "at_most", "grace_minutes"}


@dataclass(frozen=True)
class Late:
    """What late work costs.

    Attributes:
        per_day: share of the points that each begun day takes.
        at_most: days after which nothing counts; infinite unless given.
        grace_minutes: lateness that costs nothing.
    """

    per_day: float = 0.0
    at_most: float = math.inf
    grace_minutes: float = 0.0


@dataclass(frozen=True)
class Course:
    """Rules for marks.

    Attributes:
        title: of the course, for reports.
        attempts: which attempt counts: the best (after the late policy), the last, or the average.
        most_attempts: attempts after this many are not counted; 0 for no limit.
        due: due times by assignment, with a time zone.
        late: what late work costs.
        extensions: days by student and assignment ("" for all assignments).
        leave_out: exercises that do not count, by name.
    """

    title: str = "Neural networks"
    attempts: Attempts = "best"
    most_attempts: int = 0
    due: Mapping[str, datetime.datetime] = field(default_factory=dict)
    late: Late = field(default_factory=Late)
    extensions: Mapping[tuple[str, str], float] = field(default_factory=dict)
    leave_out: frozenset[str] = frozenset()

    def days_late(self, student: str, assignment: str, submitted: str) -> int:
        """Begun days after the due time, extension and grace included; 0 where nothing is due."""
        due = self.due.get(assignment)
        if due is None or not submitted:
            return 0
        more = self.extensions.get((student, assignment), self.extensions.get((student, ""), 0.0))
        allowed = datetime.timedelta(days=more, minutes=self.late.grace_minutes)
        over = datetime.datetime.fromisoformat(submitted) - due - allowed
        return max(0, math.ceil(over / datetime.timedelta(days=1)))

    def factor(self, days_late: int) -> float:
        """What is left of the points after so many days."""
        if days_late > self.late.at_most:
            return 0.0
        return max(0.0, 1.0 - self.late.per_day * days_late)


def read_course(path: Path, roster: Roster) -> Course:
    """Read the rules from a TOML file.

    Args:
        path: of the file.
        roster: who may have an extension.

    Raises:
        UserError: it is missing, no TOML, or holds what no course has: a key, a value, a chapter,
            an exercise or a student that there is not; the message says which.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is no TOML: {error}") from None
    _known(path, "", data, _KEYS)
    for table in ("late", "due", "extensions"):
        if not isinstance(data.get(table, {}), dict):
            raise UserError(f"{path}: {table} is a table, not {data[table]!r}")
    late = data.get("late", {})
    _known(path, "late.", late, _LATE)
    if data.get("attempts", "best") not in get_args(Attempts):
        raise UserError(f"{path}: attempts is one of best, last, average, not {data['attempts']!r}")
    return Course(
        title=str(data.get("title", Course.title)),
        attempts=data.get("attempts", "best"),
        most_attempts=int(_number(path, "most_attempts", data.get("most_attempts", 0))),
        due={
            _stem(path, "due", k): _time(path, f"due.{k}", v)
            for k, v in data.get("due", {}).items()
        },
        late=Late(**{k: _number(path, f"late.{k}", v) for k, v in late.items()}),
        extensions=dict(_extensions(path, data.get("extensions", {}), roster)),
        leave_out=_exercises(path, data.get("leave_out", [])),
    )


def _known(path: Path, where: str, data: Mapping[str, Any], keys: set[str]) -> None:
    if unknown := sorted(set(data) - keys):
        allowed = ", ".join(sorted(keys))
        raise UserError(f"{path} has {where}{unknown[0]}, which means nothing; there are {allowed}")


def _number(path: Path, name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise UserError(f"{path}: {name} is a number of at least 0, not {value!r}")
    return value


def _time(path: Path, name: str, value: object) -> datetime.datetime:
    if not isinstance(value, datetime.datetime) or value.tzinfo is None:
        raise UserError(
            f"{path}: {name} is a time with a zone such as 2027-03-01T23:59:00+01:00, not {value}"
        )
    return value


def _stem(path: Path, where: str, name: str) -> str:
    try:
        return find_chapter(name).stem
    except UserError as error:
        raise UserError(f"{path}: {where}.{name}: {error}") from None


def _exercises(path: Path, names: object) -> frozenset[str]:
    if not isinstance(names, list):
        raise UserError(f"{path}: leave_out is a list of exercises, not {names!r}")
    try:
        return frozenset(find(str(name)).name for name in names)
    except UserError as error:
        raise UserError(f"{path}: leave_out: {error}") from None


def _extensions(
    path: Path, data: Mapping[str, Any], roster: Roster
) -> list[tuple[tuple[str, str], float]]:
    """`ada = 2` gives two days everywhere, `ada = {03_losses = 7}` a week for one."""
    found = []
    for name, value in data.items():
        student = roster.find(name)
        if student is None:
            raise UserError(f"{path}: extensions.{name} is for nobody on the roster")
        entries = value if isinstance(value, dict) else {"": value}
        for assignment, days in entries.items():
            stem = _stem(path, f"extensions.{name}", assignment) if assignment else ""
            found.append(((student.id, stem), _number(path, f"extensions.{name}", days)))
    return found
