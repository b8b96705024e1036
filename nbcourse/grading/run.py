"""A run: all submissions through an executor, chunk by chunk; what is known is not done again.

A run may be killed at any moment. What a finished chunk gave is in the database, and the next run
looks it up by its key.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from nbcourse.checking.seeds import Key
from nbcourse.exercises import of_chapter
from nbcourse.grading import keys
from nbcourse.grading.errors import JailError
from nbcourse.grading.records import ExerciseRecord, Record, Submission
from nbcourse.grading.store import Store
from nbcourse.grading.work import Chunk, Task, failed, record_of

CHUNK = 25
_PER_WORKER = 2  # chunks that are sent out and not yet back; bounds the memory of this process


class Executor(Protocol):
    """What runs chunks: a pool of processes here, or a cluster."""

    n_workers: int

    def submit(self, chunk: Chunk) -> "Future[list[Record]]":
        """Begin to grade a chunk."""
        ...


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes:
        done: submissions that have a record.
        total: all submissions.
        reused: how many of those done needed no work at all.
    """

    done: int
    total: int
    reused: int

    def further(self, done: int, reused: int) -> "Progress":
        """After more submissions."""
        return Progress(self.done + done, self.total, self.reused + reused)


def grade_class(
    submissions: Sequence[Submission],
    store: Store,
    executor: Executor,
    *,
    secret: str,
    jail: str = "auto",
    tier: str = "1",
    run: int,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> None:
    """Grade what is not graded yet, and write every record to the store.

    Args:
        submissions: what was handed in.
        store: where results are looked up and kept.
        executor: what runs the chunks.
        secret: keys the hidden inputs.
        jail: which walls, as the workers shall choose them.
        tier: how these walls are called in records.
        run: number of this run in the store.
        on_progress: told after every chunk.

    Raises:
        JailError: submissions cannot be isolated.
    """
    progress = Progress(0, len(submissions), 0)
    waiting: dict[Future[list[Record]], Chunk] = {}
    tasks = _tasks(submissions, store, secret, tier)
    while True:
        for batch in islice(
            _batches(tasks), max(0, _PER_WORKER * executor.n_workers - len(waiting))
        ):
            settled = [task for task in batch if task.complete]
            store.save([record_of(task) for task in settled], run)
            progress = progress.further(len(settled), len(settled))
            if len(settled) < len(batch):
                rest = tuple(task for task in batch if not task.complete)
                chunk = Chunk(rest, secret, jail)
                waiting[executor.submit(chunk)] = chunk
        if not waiting:
            on_progress(progress)
            return
        finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in finished:
            records = _records(future, waiting.pop(future), executor)
            store.save(records, run)
            progress = progress.further(len(records), 0)
        on_progress(progress)


def _tasks(
    submissions: Iterable[Submission], store: Store, secret: str, tier: str
) -> Iterator[Task]:
    """Each submission with the results that are known already."""
    stream = iter(submissions)
    while batch := list(islice(stream, 200)):
        wanted = {
            (submission, exercise.name): keys.of_result(
                submission,
                exercise,
                Key(secret=secret, student=submission.student, attempt=submission.attempt),
                tier,
            )
            for submission in batch
            if not submission.problem
            for exercise in of_chapter(submission.assignment)
        }
        found, earlier = store.known(wanted.values()), store.earlier(batch)
        known: dict[Submission, dict[str, ExerciseRecord]] = {each: {} for each in batch}
        for (submission, name), key in wanted.items():
            # Without the record of the notebook nobody knows what failed in its cells.
            if key in found and found[key].status == "graded" and submission in earlier:
                known[submission][name] = found[key]
        yield from (
            Task(submission, known[submission], earlier.get(submission)) for submission in batch
        )


def _batches(tasks: Iterator[Task]) -> Iterator[list[Task]]:
    while batch := list(islice(tasks, CHUNK)):
        yield batch


def _records(future: "Future[list[Record]]", chunk: Chunk, executor: Executor) -> list[Record]:
    """The records of a chunk; one that broke its worker is tried again, one by one."""
    try:
        return future.result()
    except JailError:
        raise
    except Exception as error:
        if len(chunk.tasks) == 1:
            return [failed(chunk.tasks[0].submission, error)]
    records: list[Record] = []
    for task in chunk.tasks:
        alone = Chunk((task,), chunk.secret, chunk.jail)
        records += _records(executor.submit(alone), alone, executor)
    return records


def facts(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    """What a run is made with, for the record."""
    import platform

    import numpy as np

    import nbcourse

    return {
        "nbcourse": nbcourse.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "system": f"{platform.system()} {platform.release()}",
        **more,
    }
