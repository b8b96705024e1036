"""What passes between the parts of the grader: plain records, which become JSON and rows."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from typing import Any, Literal, TypeAlias

Status: TypeAlias = Literal["graded", "missing", "unreadable", "grader_error"]


@dataclass(frozen=True)
class Student:
    """A line of the roster.

    Attributes:
        id: what the institution calls the student; the only name that grading relies on.
        name: for people to read; may be empty.
        email: may be empty.
        aliases: other ids under which a platform may know the same student.
        columns: cells of the roster under the headers of platforms (in lower case), which a table
            for that platform repeats; nothing else looks at them.
    """

    id: str
    name: str = ""
    email: str = ""
    aliases: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Submission:
    """One notebook that was handed in, read but neither run nor trusted.

    Attributes:
        student: id from the roster.
        assignment: stem of the chapter, e.g. "05_backpropagation".
        attempt: counted from 1 in the order of handing in.
        cells: code cells, as pairs of the number of the cell (from 1, all cells counted) and its
            source, with what only a notebook understands taken out.
        submitted: when, as ISO 8601 with a time zone; "" when nobody said.
        origin: where it came from, for messages; never used as a path again.
        problem: why it cannot be read; "" when it can.
        notes: what the reader did or noticed (magics removed, cells copied), for the report.
    """

    student: str
    assignment: str
    attempt: int = 1
    cells: tuple[tuple[int, str], ...] = ()
    submitted: str = ""
    origin: str = ""
    problem: str = ""
    notes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """A fingerprint of what is graded: the code, and nothing else of the file."""
        return fingerprint([[number, source] for number, source in self.cells])


@dataclass(frozen=True)
class CheckRecord:
    """One statement about an answer, and whether it held.

    Attributes:
        name: the statement.
        group: its group; the points of a group are shared equally by its checks.
        passed: whether it held on every case.
        message: what was wrong; on hidden inputs only in the author's words.
        arguments, expected, got: the first case that failed; visible inputs only.
    """

    name: str
    group: str
    passed: bool
    message: str = ""
    arguments: str = ""
    expected: str = ""
    got: str = ""


@dataclass(frozen=True)
class Flag:
    """Something for a person to look at; it never changes a mark.

    Attributes:
        kind: e.g. "package", "dynamic access", "similarity".
        message: one sentence.
        cell: number of the cell, 0 when it is about the whole.
    """

    kind: str
    message: str
    cell: int = 0


@dataclass(frozen=True)
class ExerciseRecord:
    """What came of one exercise of one submission.

    Attributes:
        exercise: its name.
        points: points on the hidden inputs: the mark.
        points_total: points that can be reached.
        started: whether there was an answer at all.
        diagnosis: the sentence of the known mistake, or "".
        visible: checks on the inputs that everybody has.
        hidden: checks on the student's own inputs; statements only.
        flags: for a person to look at.
        tier: how it was isolated: "1", "2", "container", "fresh", or "unsandboxed".
        key: what this result is a function of; see `nbcourse.grading.keys`.
        status: graded, or grader_error (then points say nothing).
        problem: what the grader_error was.
    """

    exercise: str
    points: float
    points_total: int
    started: bool = False
    diagnosis: str = ""
    visible: tuple[CheckRecord, ...] = ()
    hidden: tuple[CheckRecord, ...] = ()
    flags: tuple[Flag, ...] = ()
    tier: str = ""
    key: str = ""
    status: Status = "graded"
    problem: str = ""

    @property
    def passed(self) -> bool:
        """Whether every check held, on both kinds of inputs."""
        checks = (*self.visible, *self.hidden)
        return bool(checks) and all(check.passed for check in checks)


@dataclass(frozen=True)
class Record:
    """What came of one submission.

    Attributes:
        student, assignment, attempt, submitted, origin, notes: of the submission.
        digest: fingerprint of the code that was graded.
        status: graded, unreadable or grader_error; never a silent zero.
        problem: why it is not graded.
        exercises: one for each exercise of the assignment, in their order; empty if unreadable.
        cell_problems: what failed in which cell, in the student's own words.
        seconds: wall time that grading took.
    """

    student: str
    assignment: str
    attempt: int = 1
    submitted: str = ""
    origin: str = ""
    digest: str = ""
    status: Status = "graded"
    problem: str = ""
    exercises: tuple[ExerciseRecord, ...] = ()
    cell_problems: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    @property
    def points(self) -> float:
        """The sum of the marks."""
        return sum(exercise.points for exercise in self.exercises)

    @property
    def points_total(self) -> int:
        """All points that can be reached."""
        return sum(exercise.points_total for exercise in self.exercises)


def to_dict(record: Record | ExerciseRecord | Submission) -> dict[str, Any]:
    """A record as plain data, for JSON."""
    return {name: _plain(value) for name, value in vars(record).items()}


def _plain(value: Any) -> Any:  # noqa: ANN401
    """What `dataclasses.asdict` makes of a part of a record, in a quarter of the time."""
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    if is_dataclass(value):
        return {name: _plain(each) for name, each in vars(value).items()}
    return dict(value) if isinstance(value, Mapping) else value


def exercise_from_dict(data: Mapping[str, Any]) -> ExerciseRecord:
    """The record of an exercise, from what `to_dict` made of it (after a trip through JSON)."""
    lists = {
        "visible": tuple(CheckRecord(**each) for each in data["visible"]),
        "hidden": tuple(CheckRecord(**each) for each in data["hidden"]),
        "flags": tuple(Flag(**each) for each in data["flags"]),
    }
    return ExerciseRecord(**{**data, **lists})


def from_dict(data: Mapping[str, Any]) -> Record:
    """A record, from what `to_dict` made of it (after a trip through JSON)."""
    return Record(
        **{
            **data,
            "exercises": tuple(exercise_from_dict(each) for each in data["exercises"]),
            "cell_problems": {int(k): v for k, v in data["cell_problems"].items()},
            "notes": tuple(data["notes"]),
        }
    )


def fingerprint(data: Sequence[Any] | Mapping[str, Any]) -> str:
    """A hash of plain data, the same on every machine and in every run."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()
