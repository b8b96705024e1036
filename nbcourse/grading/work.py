"""Items of work: chunks of submissions, graded by any process that has a jail.

`grade_chunk` is a function of its argument, so that an executor (a pool of processes, a cluster)
may run it anywhere, again, or twice.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from nbcourse.checking.report import Outcome
from nbcourse.checking.seeds import Key
from nbcourse.checking.spec import Exercise
from nbcourse.exercises import of_chapter
from nbcourse.grading import keys, rules
from nbcourse.grading.errors import JailError
from nbcourse.grading.jail.session import Jail
from nbcourse.grading.judging import Judgement, grade
from nbcourse.grading.records import CheckRecord, ExerciseRecord, Flag, Record, Submission


@dataclass(frozen=True)
class Task:
    """One submission to grade.

    Attributes:
        submission: what was handed in.
        known: results that are there already, by the name of the exercise.
        earlier: the record that they belong to.
    """

    submission: Submission
    known: Mapping[str, ExerciseRecord] = field(default_factory=dict)
    earlier: Record | None = None

    @property
    def complete(self) -> bool:
        """Whether there is nothing to run: all results are known, or there is nothing to read."""
        if self.submission.problem:
            return True
        return all(e.name in self.known for e in of_chapter(self.submission.assignment))


@dataclass(frozen=True)
class Chunk:
    """Submissions that are graded together.

    Attributes:
        tasks: what to grade.
        secret: keys the hidden inputs.
        jail: which walls; see `nbcourse.grading.jail.choose`.
    """

    tasks: tuple[Task, ...]
    secret: str
    jail: str


def grade_chunk(chunk: Chunk, jail_of: Callable[[str], Jail]) -> list[Record]:
    """Grade every submission of a chunk; one that defeats the grader does not stop the others."""
    jail = jail_of(chunk.jail)
    return [grade_task(task, chunk.secret, jail) for task in chunk.tasks]


def grade_task(task: Task, secret: str, jail: Jail) -> Record:
    """Grade one submission.

    Raises:
        JailError: no guest can be started; the run has to stop.
    """
    if task.complete:
        return record_of(task)
    start = time.perf_counter()
    try:
        exercises, problems = _exercises(task, secret, jail)
    except JailError:
        raise
    except Exception as error:  # ours, not the student's: a state of its own, never a zero
        return failed(task.submission, error)
    return replace(
        _blank(task.submission),
        exercises=exercises,
        cell_problems=problems,
        seconds=time.perf_counter() - start,
    )


def record_of(task: Task) -> Record:
    """The record of a task that needs no work."""
    submission = task.submission
    if submission.problem:
        return replace(_blank(submission), status="unreadable", problem=submission.problem)
    known = tuple(task.known[e.name] for e in of_chapter(submission.assignment))
    record = replace(_blank(submission), exercises=known)
    if task.earlier is None:
        return record
    earlier = task.earlier
    return replace(record, cell_problems=earlier.cell_problems, seconds=earlier.seconds)


def failed(submission: Submission, error: BaseException) -> Record:
    """The record of a submission at which the grader itself failed."""
    problem = f"{type(error).__name__}: {error}"[:300]
    return replace(_blank(submission), status="grader_error", problem=problem)


def _blank(submission: Submission) -> Record:
    return Record(
        student=submission.student,
        assignment=submission.assignment,
        attempt=submission.attempt,
        submitted=submission.submitted,
        origin=submission.origin,
        digest=submission.digest,
        notes=submission.notes,
    )


def _exercises(
    task: Task, secret: str, jail: Jail
) -> tuple[tuple[ExerciseRecord, ...], dict[int, str]]:
    submission = task.submission
    exercises = of_chapter(submission.assignment)
    key = Key(secret=secret, student=submission.student, attempt=submission.attempt)
    missing = [exercise for exercise in exercises if exercise.name not in task.known]
    graded = grade(submission.cells, missing, jail, key)
    fresh = {
        exercise.name: _record(
            exercise,
            graded.judgements[exercise.name],
            rules.flags(submission.cells, exercise),
            jail.name,
            keys.of_result(submission, exercise, key, jail.name),
        )
        for exercise in missing
    }
    everything = {**task.known, **fresh}
    return tuple(everything[e.name] for e in exercises), graded.cell_problems


def _record(
    exercise: Exercise, judgement: Judgement, flags: tuple[Flag, ...], tier: str, key: str
) -> ExerciseRecord:
    return ExerciseRecord(
        exercise=exercise.name,
        points=judgement.points,
        points_total=exercise.points_total,
        started=judgement.visible.started,
        diagnosis=judgement.visible.diagnosis,
        visible=tuple(map(_check, judgement.visible.outcomes)),
        hidden=tuple(map(_check, judgement.hidden.outcomes)),
        flags=flags,
        tier=tier,
        key=key,
    )


def _check(outcome: Outcome) -> CheckRecord:
    return CheckRecord(
        outcome.name,
        outcome.group,
        outcome.passed,
        outcome.message,
        outcome.arguments,
        outcome.expected,
        outcome.got,
    )
