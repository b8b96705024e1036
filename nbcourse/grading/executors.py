"""Executors: what runs chunks, a pool of processes on this machine or a running Dask cluster."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from typing import Any

from nbcourse.errors import UserError
from nbcourse.grading.errors import JailError
from nbcourse.grading.jail import Jail, choose
from nbcourse.grading.records import Record
from nbcourse.grading.work import Chunk, grade_chunk


@cache
def jail_of(name: str) -> Jail:
    """This process's jail of that name, built when it is first needed and kept."""
    return choose(name)


def run_chunk(chunk: Chunk) -> list[Record]:
    """Grade a chunk in this process; a jail that has died is built anew, once."""
    try:
        return grade_chunk(chunk, jail_of)
    except JailError:
        jail_of.cache_clear()
        return grade_chunk(chunk, jail_of)


class Here:
    """Runs chunks in this very process, one after the other: for a single notebook, and tests."""

    n_workers = 1

    def submit(self, chunk: Chunk) -> "Future[list[Record]]":
        """Grade now."""
        future: Future[list[Record]] = Future()
        try:
            future.set_result(run_chunk(chunk))
        except Exception as error:
            future.set_exception(error)
        return future

    def close(self) -> None:
        """Nothing to end."""


class Pool:
    """Processes on this machine, each with a jail of its own.

    Args:
        n_workers: how many; one for each core unless given.
        work: what each does with a chunk; a function that it can import.
    """

    def __init__(
        self, n_workers: int | None = None, work: Callable[[Chunk], list[Record]] = run_chunk
    ) -> None:
        self.n_workers, self._work = n_workers or _cores(), work
        self._pool = self._new()

    def _new(self) -> ProcessPoolExecutor:
        # Forked workers would inherit this process's database; spawned ones know nothing.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(
            self.n_workers, mp_context=context, initializer=_belong_to_parent
        )

    def submit(self, chunk: Chunk) -> "Future[list[Record]]":
        """Begin to grade a chunk; a pool that broke is replaced."""
        try:
            return self._pool.submit(self._work, chunk)
        except BrokenProcessPool:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = self._new()
            return self._pool.submit(self._work, chunk)

    def close(self) -> None:
        """End the workers."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _cores() -> int:
    """The cores that this process may use; macOS only knows how many there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _belong_to_parent() -> None:
    """In a worker: leave Ctrl-C to the process that started it, and end when that one does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


class Dask:
    """A running cluster of dask.distributed, with a jail in each of its workers.

    Its workers must have one thread (`dask worker --nthreads 1`) and this version of nbcourse.

    Args:
        address: of the scheduler, e.g. `tcp://10.0.0.1:8786`.
        work: what each worker does with a chunk; a function that it can import.

    Raises:
        UserError: it does not answer, or has no workers.
    """

    def __init__(self, address: str, work: Callable[[Chunk], list[Record]] = run_chunk) -> None:
        self._work = work
        try:
            import distributed
        except ModuleNotFoundError:
            raise UserError("--scheduler needs dask.distributed: pip install distributed") from None
        try:
            untyped: Any = distributed
            self._client = untyped.Client(address, timeout=10)
        except (OSError, ValueError, TimeoutError) as error:
            raise UserError(f"the scheduler {address} does not answer: {error}") from None
        self.n_workers = sum(self._client.nthreads().values())
        if not self.n_workers:
            self._client.close()
            raise UserError(f"the scheduler {address} has no workers")

    def submit(self, chunk: Chunk) -> "Future[list[Record]]":
        """Send a chunk to the cluster."""
        theirs = self._client.submit(self._work, chunk, pure=False, retries=2)
        future: Future[list[Record]] = Future()

        def pass_on(done: Any) -> None:  # noqa: ANN401 (a future of Dask)
            error = done.exception()
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(done.result())

        theirs.add_done_callback(pass_on)
        return future

    def close(self) -> None:
        """Leave the cluster; it goes on."""
        self._client.close()
