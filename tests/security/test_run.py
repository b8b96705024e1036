"""A run may be killed at any moment, or spread over a cluster: the table is the same."""

import time
from dataclasses import replace

import numpy as np
import psutil
import pytest

from nbcourse.grading.records import to_dict
from nbcourse.grading.store import Store
from tests.security.cluster import cluster
from tests.security.run_class import begin, killed_and_begun_again, main, submissions, table

N = 48


@pytest.fixture(scope="module")
def whole(jail, tmp_path_factory):
    """What an uninterrupted run gives."""
    path = tmp_path_factory.mktemp("whole") / "grades.db"
    main(path, N, 2)
    return table(path)


@pytest.mark.slow
def test_a_run_that_is_killed_gives_the_same_table(whole, tmp_path):
    """Again and again, with SIGKILL to the coordinator; its workers and guests end with it."""
    database = tmp_path / "grades.db"
    n_kills = killed_and_begun_again(database, N, np.random.default_rng(3))

    assert n_kills >= 1
    assert table(database) == whole


@pytest.mark.slow
def test_workers_and_guests_end_with_a_run_that_is_killed(jail, tmp_path):
    """Nobody is left to read what they would find, nor to end them."""
    run = begin(tmp_path / "grades.db", 5000)
    deadline = time.monotonic() + 60
    started = []
    while sum("zygote.py" in " ".join(_words(each)) for each in started) < 2:
        assert time.monotonic() < deadline
        assert run.poll() is None
        time.sleep(0.1)
        started = psutil.Process(run.pid).children(recursive=True)
    run.kill()
    run.wait()
    _, alive = psutil.wait_procs(started, timeout=20)

    assert alive == []


def _words(process):
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


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
    assert after == before
    assert any(record["cell_problems"] for record in after)


def test_a_notebook_that_comes_back_has_all_of_its_record(jail, tmp_path):
    """Its results are kept by key, but what failed in its cells was that of another notebook."""
    from nbcourse.grading import run
    from nbcourse.grading.executors import Here

    broken = submissions(6)[5]
    other = replace(submissions(1)[0], student=broken.student)
    records = []
    with Store(tmp_path / "grades.db") as store:
        number = store.begin_run({})
        for each in (broken, other, broken):
            run.grade_class([each], store, Here(), secret="a secret", run=number)
            records += [next(iter(store.records()))]

    assert [record.cell_problems.keys() for record in records] == [{2}, set(), {2}]


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
    with cluster(2, tmp_path) as address:
        main(tmp_path / "grades.db", N, 0, address)

    assert table(tmp_path / "grades.db") == whole
