"""The store: what is written comes back, whole chunks or nothing, in SQLite and in PostgreSQL."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from nbcourse.errors import UserError
from nbcourse.grading import store as module
from nbcourse.grading.records import Submission
from nbcourse.grading.store import ManualMark, Store
from tests.unit.grading.conftest import a_record


@pytest.fixture
def store(url):
    """An empty store."""
    with Store(url) as opened:
        yield opened
        module._METADATA.drop_all(opened._engine)


def test_records_come_back_in_order(store):
    """All that was saved, sorted; cells, notes and exercises included."""
    run = store.begin_run({"tier": "1"})
    records = [a_record("bob"), a_record("ada", attempt=2), a_record("ada", notes=("a note",))]
    store.save(records, run)

    assert list(store.records()) == [records[2], records[1], records[0]]
    assert list(store.records("05_backpropagation")) == []


def test_results_are_found_by_key(store):
    """Those that are there, of those that are asked for; more than a database takes at once."""
    run = store.begin_run({})
    records = [a_record(f"s{k:04}") for k in range(1200)]
    store.save(records, run)
    keys = [record.exercises[0].key for record in records]

    found = store.known([*keys, "unknown"])

    assert set(found) == set(keys)
    assert found[keys[7]] == records[7].exercises[0]


def test_what_is_recorded_of_a_notebook_is_found(store):
    """By student, assignment, attempt and code; more than are asked for at once."""
    mine = [Submission(f"s{k:04}", "03_losses", cells=((1, f"x = {k}"),)) for k in range(450)]
    records = [a_record(each.student, digest=each.digest) for each in mine]
    store.save(records, store.begin_run({}))
    changed = replace(mine[0], cells=((1, "x = 7"),))
    again = replace(mine[1], attempt=2)

    found = store.earlier([changed, again, *mine[2:]])

    assert set(found) == set(mine[2:])
    assert found[mine[7]] == replace(records[7], exercises=())


def test_saving_again_replaces(store):
    """A second run writes the same rows again, or better ones; none twice."""
    run = store.begin_run({})
    store.save([a_record(points=3.0)], run)
    store.save([a_record(points=8.0), a_record("bob")], store.begin_run({}))
    store.save([a_record(points=8.0)], run)

    assert [record.points for record in store.records()] == [8.0, 7.0]


def test_a_chunk_is_written_whole_or_not_at_all(store):
    """When one record of a chunk cannot be written, none is."""
    run = store.begin_run({})
    bad = replace(a_record("bob"), notes=(object(),))
    with pytest.raises((TypeError, sa.exc.StatementError)):
        store.save([a_record("ada"), bad], run)

    assert list(store.records()) == []
    assert store.known([a_record("ada").exercises[0].key]) == {}


def test_manual_marks_are_kept_apart(store):
    """Saving records does not touch them; giving one again replaces it."""
    run = store.begin_run({})
    store.give([ManualMark("ada", "03_losses", "logsumexp", 9.0, "well argued", "cy")])
    store.save([a_record("ada", points=1.0)], run)
    store.give([ManualMark("ada", "03_losses", "logsumexp", 10.0, "even better", "cy", "today")])

    assert store.manual_marks() == [
        ManualMark("ada", "03_losses", "logsumexp", 10.0, "even better", "cy", "today")
    ]


def test_manual_marks_can_be_taken_back(store):
    """The others stay; one that was never given is no error."""
    store.give([ManualMark("ada", "03_losses", name, 1.0) for name in ("logsumexp", "focal_loss")])
    store.withdraw([("ada", "03_losses", "logsumexp"), ("bob", "03_losses", "logsumexp")])

    assert [mark.exercise for mark in store.manual_marks()] == ["focal_loss"]


def test_two_writers_of_the_same_results_wait_for_each_other(store, url):
    """Runs that overlap write the same rows; the second waits, and then replaces them."""
    run, records, done = store.begin_run({}), [a_record("ada"), a_record("bob")], threading.Event()

    def second():
        with Store(url) as other:
            other.save(records[::-1], run)
        done.set()

    with store._transaction() as connection:
        row = {
            "key": records[0].exercises[0].key,
            "exercise": "",
            "points": 0,
            "tier": "",
            "data": {},
        }
        connection.execute(module._RESULTS.insert(), [row])
        thread = threading.Thread(target=second)
        thread.start()
        assert not done.wait(0.3)
    thread.join()

    assert done.is_set()
    assert list(store.records()) == records


def test_many_processes_may_begin_with_an_empty_database(postgresql):
    """The pods of a cluster start at once: the tables are made once, and nobody fails."""
    begin = threading.Barrier(6)

    def start(_):
        begin.wait()
        with Store(postgresql) as opened:
            return opened.begin_run({})

    with ThreadPoolExecutor(6) as pool:
        runs = list(pool.map(start, range(6)))
    with Store(postgresql) as last:
        module._METADATA.drop_all(last._engine)

    assert sorted(runs) == list(range(1, 7))


def test_runs_are_remembered(store):
    """Each with its number, its time and what it was made with."""
    first, second = store.begin_run({"tier": "1"}), store.begin_run({"tier": "2"})

    runs = store.runs()
    assert [run["id"] for run in runs] == [first, second]
    assert [run["tier"] for run in runs] == ["1", "2"]


def test_a_file_survives_the_end_of_its_writer(tmp_path):
    """SQLite keeps a write-ahead log, and another program can read while it is written."""
    with Store(tmp_path / "new" / "grades.db") as store:
        store.save([a_record()], store.begin_run({}))
        with sqlite3.connect(tmp_path / "new" / "grades.db") as other:
            assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert other.execute("SELECT count(*) FROM submissions").fetchone() == (1,)
        other.close()


@pytest.mark.parametrize(
    "url",
    ["nonsense://x", "postgresql+psycopg://teacher:hunter2@127.0.0.1:1/x", "/proc/no/grades.db"],
)
def test_a_database_that_cannot_be_used_is_named(url):
    """In one sentence, without its password."""
    with pytest.raises(UserError, match="cannot be used") as error:
        Store(url)

    assert "hunter2" not in str(error.value)
