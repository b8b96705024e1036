"""The same submissions through nbgrader and otter-grader, each in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import psutil

from benchmarks.grading import notebooks
from benchmarks.grading.submissions import Answers

HERE = Path(__file__).parent
NBGRADER_LIMIT = 30  # seconds for a cell, as nbgrader is delivered


@dataclass(frozen=True)
class Batch:
    """What came of some submissions.

    Attributes:
        start_s: seconds until the first submission.
        seconds: of each submission.
        points: of each submission.
        version: of the grader.
    """

    start_s: float
    seconds: dict[str, float]
    points: dict[str, float]
    version: str


def nbgrader(submissions: Mapping[str, Answers], *, limit: int = NBGRADER_LIMIT) -> Batch:
    """Grade with nbgrader, from this environment.

    Args:
        submissions: answers by a name for each.
        limit: seconds for one cell.

    Raises:
        RuntimeError: it failed.
    """
    with tempfile.TemporaryDirectory(prefix="nbgrader-") as name:
        folder = Path(name)
        _write(notebooks.nbgrader_source(), folder / "source/bench/bench.ipynb")
        for who, answers in submissions.items():
            notebook = notebooks.nbgrader_source(dict(answers))
            _write(notebook, folder / f"submitted/{who}/bench/bench.ipynb")
        command = [
            sys.executable,
            str(HERE / "nbgrader_script.py"),
            name,
            repr(time.time()),
            str(limit),
        ]
        batch = _run(command, folder, None)
    assert batch is not None
    return batch


def otter(
    python: Path, submissions: Mapping[str, Answers], *, kill_after: float | None = None
) -> Batch | None:
    """Grade with otter-grader, from an environment of its own; None when it had to be killed.

    Args:
        python: interpreter of that environment.
        submissions: answers by a name for each.
        kill_after: seconds that all together may take; otter itself has no limit.

    Raises:
        RuntimeError: it failed.
    """
    with tempfile.TemporaryDirectory(prefix="otter-") as name:
        folder = Path(name)
        for who, answers in submissions.items():
            _write(notebooks.plain_notebook(answers), folder / f"submitted/{who}.ipynb")
        notebooks.otter_zip(folder / "autograder.zip")
        command = [str(python), str(HERE / "otter_script.py"), name, repr(time.time())]
        return _run(command, folder, kill_after)


def _write(notebook: nbformat.NotebookNode, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def _run(command: list[str], folder: Path, kill_after: float | None) -> Batch | None:
    with (folder / "log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=_environment(command[0], folder), stdout=log, stderr=log
        )
        try:
            process.wait(kill_after)
        except subprocess.TimeoutExpired:
            _kill(process)
            return None
        log.seek(0)
        result = folder / "result.json"
        if process.returncode or not result.exists():
            raise RuntimeError(f"{Path(command[1]).name} failed:\n{log.read()[-2000:]}")
    found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    rows = found["rows"]
    return Batch(
        found["start_s"],
        {row["name"]: row["seconds"] for row in rows},
        {row["name"]: row["points"] for row in rows},
        found["version"],
    )


def _environment(python: str, folder: Path) -> dict[str, str]:
    """Nothing of the user's own Jupyter, and the programs that belong to the interpreter."""
    path = os.pathsep.join([str(Path(python).absolute().parent), os.environ["PATH"]])
    places = ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR")
    return os.environ | {"PATH": path} | {each: str(folder / each.lower()) for each in places}


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process with its kernel, which outlives it otherwise."""
    for each in psutil.Process(process.pid).children(recursive=True):
        each.kill()
    process.kill()
    process.wait()
