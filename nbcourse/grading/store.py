"""The record of a course: submissions, results and manual marks in an SQL database.

SQLite in a file by default, any other database by its URL. Results are kept by their key, so a
result that is there is never computed again; manual marks are written by people only.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from nbcourse.errors import UserError
from nbcourse.grading.records import (
    ExerciseRecord,
    Record,
    Submission,
    exercise_from_dict,
    to_dict,
)

_METADATA = sa.MetaData()
_IDENTITY = ("student", "assignment", "attempt")
_TURN = 0x6E62636F  # names the lock that writers to one PostgreSQL take in turn

_RUNS = sa.Table(
    "runs",
    _METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("started", sa.String(40), nullable=False),
    sa.Column("facts", sa.JSON, nullable=False),
)
_SUBMISSIONS = sa.Table(
    "submissions",
    _METADATA,
    sa.Column("student", sa.String(200), primary_key=True),
    sa.Column("assignment", sa.String(100), primary_key=True),
    sa.Column("attempt", sa.Integer, primary_key=True),
    sa.Column("run", sa.ForeignKey("runs.id"), nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("data", sa.JSON, nullable=False),  # the record without its exercises
    sa.Column("results", sa.JSON, nullable=False),  # keys of the exercises, in their order
)
_RESULTS = sa.Table(
    "results",
    _METADATA,
    sa.Column("key", sa.String(40), primary_key=True),
    sa.Column("exercise", sa.String(100), nullable=False, index=True),
    sa.Column("points", sa.Float, nullable=False),
    sa.Column("tier", sa.String(20), nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
)
_MANUAL = sa.Table(
    "manual_marks",
    _METADATA,
    sa.Column("student", sa.String(200), primary_key=True),
    sa.Column("assignment", sa.String(100), primary_key=True),
    sa.Column("exercise", sa.String(100), primary_key=True),
    sa.Column("points", sa.Float, nullable=False),
    sa.Column("comment", sa.Text, nullable=False),
    sa.Column("author", sa.String(200), nullable=False),
    sa.Column("given", sa.String(40), nullable=False),
)


@dataclass(frozen=True)
class ManualMark:
    """A mark that a person gave; it replaces the computed one and is never overwritten.

    Attributes:
        student, assignment, exercise: what it is for.
        points: the mark.
        comment: shown to the student.
        author: who gave it.
        given: when, as ISO 8601.
    """

    student: str
    assignment: str
    exercise: str
    points: float
    comment: str = ""
    author: str = ""
    given: str = ""


class Store:
    """A course's database; every chunk is written in one transaction.

    Several processes may write to one PostgreSQL, in turn. A file of SQLite is for one of them.

    Args:
        url: where; a path makes a file of SQLite there.

    Raises:
        UserError: it cannot be opened.
    """

    def __init__(self, url: str | Path) -> None:
        text = str(url) if "://" in str(url) else f"sqlite:///{url}"
        try:
            if "://" not in str(url):
                Path(url).parent.mkdir(parents=True, exist_ok=True)
            self._engine = sa.create_engine(text)
            if self._engine.dialect.name == "sqlite":
                sa.event.listen(self._engine, "connect", _prepare)
            with self._transaction() as connection:
                _METADATA.create_all(connection)
        except (sa.exc.SQLAlchemyError, ModuleNotFoundError, OSError) as error:
            reason = str(error).splitlines()[0][:200]
            raise UserError(
                f"the database {_without_password(text)} cannot be used: {reason}"
            ) from None

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        with self._engine.begin() as connection:
            if self._engine.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))
            yield connection

    def begin_run(self, facts: Mapping[str, Any]) -> int:
        """Note that a run begins, and what it is made with; its number."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        with self._transaction() as connection:
            result = connection.execute(_RUNS.insert().values(started=now, facts=dict(facts)))
            (number,) = result.inserted_primary_key or (0,)
            return int(number)

    def known(self, keys: Iterable[str]) -> dict[str, ExerciseRecord]:
        """The results that are there, by key."""
        wanted, found = list(keys), {}
        with self._engine.connect() as connection:
            for start in range(0, len(wanted), 500):
                query = sa.select(_RESULTS.c.key, _RESULTS.c.data).where(
                    _RESULTS.c.key.in_(wanted[start : start + 500])
                )
                for key, data in connection.execute(query):
                    found[key] = exercise_from_dict(data)
        return found

    def earlier(self, submissions: Iterable[Submission]) -> dict[Submission, Record]:
        """What is recorded of these very notebooks, without the exercises."""
        wanted, found = {_identity(each): each for each in submissions}, {}
        places = list(wanted)
        columns = sa.tuple_(*(_SUBMISSIONS.c[name] for name in _IDENTITY))
        with self._engine.connect() as connection:
            for start in range(0, len(places), 200):
                query = sa.select(_SUBMISSIONS.c.data).where(
                    columns.in_(places[start : start + 200])
                )
                for (data,) in connection.execute(query):
                    record = _record(data, ())
                    submission = wanted[_identity(record)]
                    if submission.digest == record.digest:
                        found[submission] = record
        return found

    def save(self, records: Sequence[Record], run: int) -> None:
        """Write records and their results, all or none; what is there already is replaced."""
        results = {
            exercise.key: {
                "key": exercise.key,
                "exercise": exercise.exercise,
                "points": exercise.points,
                "tier": exercise.tier,
                "data": to_dict(exercise),
            }
            for record in records
            for exercise in record.exercises
        }
        submissions = [_row(record, run) for record in records]
        with self._transaction() as connection:
            self._replace(connection, _RESULTS, list(results.values()), ("key",))
            self._replace(connection, _SUBMISSIONS, submissions, _IDENTITY)

    def _replace(
        self,
        connection: sa.Connection,
        table: sa.Table,
        rows: Sequence[Mapping[str, Any]],
        identity: Sequence[str],
    ) -> None:
        if not rows:
            return
        old = sa.delete(table).where(
            sa.and_(*(table.c[name] == sa.bindparam(f"old_{name}") for name in identity))
        )
        connection.execute(old, [{f"old_{name}": row[name] for name in identity} for row in rows])
        connection.execute(table.insert(), list(rows))

    def records(self, assignment: str = "") -> Iterator[Record]:
        """All records, of one assignment or of all, by assignment, student and attempt."""
        query = sa.select(_SUBMISSIONS.c.data, _SUBMISSIONS.c.results).order_by(
            *(_SUBMISSIONS.c[name] for name in ("assignment", "student", "attempt"))
        )
        if assignment:
            query = query.where(_SUBMISSIONS.c.assignment == assignment)
        with self._engine.connect() as connection:
            rows = connection.execution_options(yield_per=500).execute(query)
            for chunk in rows.partitions(500):
                found = self.known({key for _, keys in chunk for key in keys})
                for data, keys in chunk:
                    yield _record(data, [found[key] for key in keys])

    def give(self, marks: Iterable[ManualMark]) -> None:
        """Write marks that a person gave."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        rows = [asdict(mark) | {"given": mark.given or now} for mark in marks]
        with self._transaction() as connection:
            self._replace(connection, _MANUAL, rows, ("student", "assignment", "exercise"))

    def withdraw(self, places: Iterable[tuple[str, str, str]]) -> None:
        """Take back marks that a person gave, by student, assignment and exercise."""
        with self._transaction() as connection:
            for student, assignment, exercise in places:
                connection.execute(
                    sa.delete(_MANUAL).where(
                        _MANUAL.c.student == student,
                        _MANUAL.c.assignment == assignment,
                        _MANUAL.c.exercise == exercise,
                    )
                )

    def manual_marks(self) -> list[ManualMark]:
        """All marks that people gave, by student, assignment and exercise."""
        query = sa.select(_MANUAL).order_by(*list(_MANUAL.c)[:3])
        with self._engine.connect() as connection:
            return [ManualMark(**row._mapping) for row in connection.execute(query)]

    def runs(self) -> list[dict[str, Any]]:
        """All runs, the first one first."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(_RUNS).order_by(_RUNS.c.id))
            return [{"id": row.id, "started": row.started, **row.facts} for row in rows]


def _prepare(connection: Any, record: Any) -> None:  # noqa: ANN401 (sqlite3's, untyped by SQLAlchemy)
    """SQLite: a write-ahead log, so that a run that is killed loses no finished chunk."""
    del record
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _identity(each: Submission | Record) -> tuple[str, str, int]:
    return (each.student, each.assignment, each.attempt)


def _row(record: Record, run: int) -> dict[str, Any]:
    data = to_dict(replace(record, exercises=()))  # these have a table of their own
    del data["exercises"]
    data["cell_problems"] = {str(k): v for k, v in record.cell_problems.items()}
    return {
        "student": record.student,
        "assignment": record.assignment,
        "attempt": record.attempt,
        "run": run,
        "status": record.status,
        "data": data,
        "results": [exercise.key for exercise in record.exercises],
    }


def _record(data: Mapping[str, Any], exercises: Sequence[ExerciseRecord]) -> Record:
    return Record(
        **{
            **data,
            "exercises": tuple(exercises),
            "cell_problems": {int(k): v for k, v in data["cell_problems"].items()},
            "notes": tuple(data["notes"]),
        }
    )


def _without_password(url: str) -> str:
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except sa.exc.ArgumentError:
        return url
