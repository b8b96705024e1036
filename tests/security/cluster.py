"""A cluster of dask.distributed on this machine: a scheduler and workers, as separate processes."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def cluster(n_workers, folder, *, cores=None):
    """The address of a scheduler with workers of one thread each, until the block ends.

    Given a list of cores, each worker keeps to its own, with all that it starts.
    """
    address = f"tcp://127.0.0.1:{_free_port()}"
    processes = [_start("scheduler", "--host", address, "--no-dashboard")]
    try:
        for k in range(n_workers):
            place = ["--local-directory", str(Path(folder, f"worker-{k}"))]
            options = ["--nthreads", "1", "--no-dashboard", *place]
            own = {cores[k % len(cores)]} if cores else None
            processes.append(_start("worker", address, *options, cores=own))
        _wait_for_workers(address, n_workers)
        yield address
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            process.wait(20)


def _start(what, *arguments, cores=None):
    command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *arguments]
    options = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if cores:
        options["preexec_fn"] = lambda: os.sched_setaffinity(0, cores)
    return subprocess.Popen(command, **options)


def _free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def _wait_for_workers(address, n):
    from distributed import Client

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with Client(address, timeout=5) as client:
                client.wait_for_workers(n, timeout=30)
                return
        except (OSError, TimeoutError):
            time.sleep(0.2)
    raise TimeoutError("the cluster did not start")
