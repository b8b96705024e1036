"""A run may be killed at any moment, or spread over a cluster: the table is the same."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from nbcourse.grading.records import to_dict
from nbcourse.grading.store import Store
from tests.security.run_class import main, submissions

ROOT = Path(__file__).parents[2]
N = 48


def table(database):
    """All records, without the seconds that they took."""
    with Store(database) as store:
        records = [to_dict(record) for record in store.records()]
    for record in records:
        del record["seconds"]
    return records


@pytest.fixture(scope="module")
def whole(jail, tmp_path_factory):
    """What an uninterrupted run gives."""
    path = tmp_path_factory.mktemp("whole") / "grades.db"
    main(path, N, 2)
    return table(path)


def _begin(database):
    command = [sys.executable, "-m", "tests.security.run_class", str(database), str(N), "2"]
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL)


def _n_done(database):
    if not Path(database).exists():
        return 0
    with Store(database) as store:
        return sum(1 for _ in store.records())


def killed_and_begun_again(database, rng):
    """Kill a run at a random moment and begin it again until it ends; how often it was killed."""
    n_kills = 0
    while True:
        process = _begin(database)
        try:
            process.wait(rng.uniform(1.5, 6.0) if n_kills < 4 else None)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            n_kills += 1
            process.wait()
            continue
        assert process.returncode == 0
        return n_kills


@pytest.mark.slow
def test_a_run_that_is_killed_gives_the_same_table(whole, tmp_path):
    """Again and again, with SIGKILL to the coordinator; its workers and guests end with it."""
    database = tmp_path / "grades.db"
    n_kills = killed_and_begun_again(database, np.random.default_rng(3))

    assert n_kills >= 1
    assert table(database) == whole


def test_every_submission_has_a_record_of_its_own(whole):
    """Graded or unreadable; the statuses are those that were planted."""
    assert len(whole) == N
    unreadable = [r["student"] for r in whole if r["status"] == "unreadable"]
    assert unreadable == [s.student for s in submissions(N) if s.problem]
    assert {r["status"] for r in whole} == {"graded", "unreadable"}


def test_a_second_run_computes_nothing(jail, tmp_path, monkeypatch):
    """Everything is known by its key; not one guest is started."""
    from nbcourse.grading import run
    from nbcourse.grading.executors import Here

    with Store(tmp_path / "grades.db") as store:
        first = store.begin_run({})
        run.grade_class(submissions(6), store, Here(), secret="a secret", run=first)
        before = [to_dict(record) for record in store.records()]

        class Nobody:
            n_workers = 1

            def submit(self, chunk):
                raise AssertionError("nothing is left to do")

        seen = []
        run.grade_class(
            submissions(6), store, Nobody(), secret="a secret", run=first, on_progress=seen.append
        )
        after = [to_dict(record) for record in store.records()]

    assert (seen[-1].done, seen[-1].total, seen[-1].reused) == (6, 6, 6)
    assert [r["exercises"] for r in after] == [r["exercises"] for r in before]


def test_a_changed_specification_regrades_its_exercise_only(jail, tmp_path, monkeypatch):
    """The other exercises' results are taken as they are."""
    from nbcourse.grading import keys, run, work
    from nbcourse.grading.executors import Here

    with Store(tmp_path / "grades.db") as store:
        number = store.begin_run({})
        run.grade_class(submissions(1), store, Here(), secret="a secret", run=number)
        of_exercise, asked = keys.of_exercise, []
        monkeypatch.setattr(
            keys,
            "of_exercise",
            lambda e: of_exercise(e) + ("changed" if e.name == "logsumexp" else ""),
        )
        grade = work.grade
        monkeypatch.setattr(
            work,
            "grade",
            lambda cells, es, *a: asked.append([e.name for e in es]) or grade(cells, es, *a),
        )
        run.grade_class(submissions(1), store, Here(), secret="a secret", run=number)

    assert asked == [["logsumexp"]]


@pytest.mark.slow
def test_a_cluster_gives_the_same_table(whole, tmp_path):
    """A scheduler and two workers of dask.distributed, as separate processes."""
    pytest.importorskip("distributed")
    port = 18786 + os.getpid() % 1000
    address = f"tcp://127.0.0.1:{port}"
    module = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    options = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    processes = [
        subprocess.Popen(
            [*module, "--port", str(port), "--host", "127.0.0.1", "--no-dashboard"], **options
        )
    ]
    try:
        for k in range(2):
            worker = [sys.executable, "-m", "distributed.cli.dask_worker", address]
            worker += [
                "--nthreads",
                "1",
                "--no-dashboard",
                "--local-directory",
                str(tmp_path / str(k)),
            ]
            processes.append(subprocess.Popen(worker, **options))
        _wait_for_workers(address, 2)
        main(tmp_path / "grades.db", N, 0, address)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)

    assert table(tmp_path / "grades.db") == whole


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
    pytest.fail("the cluster did not start")
