"""Records to write, and databases to write them to: SQLite, and a real PostgreSQL where it is."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest

from nbcourse.grading.records import CheckRecord, ExerciseRecord, Record


def a_record(student="ada", assignment="03_losses", *, points=7.0, attempt=1, **options):
    """A record with one exercise."""
    check = CheckRecord("a statement", "properties", True, "", "x = 1", "1", "1")
    key = f"{student}{assignment}{attempt}{points}"
    exercise = ExerciseRecord(
        "logsumexp", points, 10, True, "", (check,), (check,), tier="1", key=key
    )
    return Record(
        student, assignment, attempt, exercises=(exercise,), cell_problems={2: "oh"}, **options
    )


def _program(name):
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return shutil.which(name, path=os.pathsep.join([*map(str, places), os.environ["PATH"]]))


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory):
    """The URL of an empty PostgreSQL server of our own."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    if not (initdb and pg_ctl):
        pytest.skip("PostgreSQL is not installed here")
    root = os.geteuid() == 0
    nobody = pwd.getpwnam("nobody")  # PostgreSQL refuses to be root, or somebody without a name
    ids = ["--reuid", str(nobody.pw_uid), "--regid", str(nobody.pw_gid), "--clear-groups"]
    prefix = ["setpriv", *ids] if root else []
    folder = Path("/var/tmp") / f"nbcourse-postgresql-{os.getpid()}"
    folder.mkdir()
    if root:
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    data = folder / "data"
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}

    def run(*command):
        subprocess.run(
            [*prefix, *command], check=True, env=environment, stdout=subprocess.DEVNULL, cwd="/"
        )

    try:
        run(initdb, "-D", str(data), "-U", "teacher", "-A", "trust", "--no-sync", "-E", "UTF8")
        listen = f"-k {folder} -c listen_addresses='' -c fsync=off"
        run(pg_ctl, "-D", str(data), "-w", "-l", str(folder / "log"), "-o", listen, "start")
        try:
            yield f"postgresql+psycopg://teacher@/postgres?host={folder}"
        finally:
            run(pg_ctl, "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """Where a store keeps its records."""
    if request.param == "sqlite":
        return str(tmp_path / "grades.db")
    return request.getfixturevalue("postgresql")
