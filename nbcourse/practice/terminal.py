"""Judge a whole notebook: its cells run in a process of their own, which may hang or crash."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbcourse.exercises import of_chapter
from nbcourse.practice.answers import CodeCell, chapter_of, read
from nbcourse.practice.worker import CELL_SECONDS

# Longer than any limit inside: a process that is still silent hangs where Python cannot reach.
_SILENCE = CELL_SECONDS + 15.0


@dataclass
class Result:
    """What became of one exercise.

    Attributes:
        name: which.
        reports: reports as plain data, the visible one first; empty when there is no answer.
        problem: why there is no report, "" otherwise.
    """

    name: str
    reports: list[dict[str, Any]] = field(default_factory=list)
    problem: str = ""

    @property
    def passed(self) -> bool:
        """Whether every check of every level that ran holds."""
        return bool(self.reports) and all(report["passed"] for report in self.reports)


@dataclass
class Run:
    """A notebook that was judged.

    Attributes:
        path: its file.
        results: one for each exercise of the chapter.
        cell_problems: what failed in which cell (by number, counted from 1).
    """

    path: Path
    results: list[Result]
    cell_problems: dict[int, str]

    @property
    def passed(self) -> bool:
        """Whether every exercise passed."""
        return all(result.passed for result in self.results)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data, for JSON."""
        return {
            "notebook": str(self.path),
            "passed": self.passed,
            "cells": {str(number): text for number, text in self.cell_problems.items()},
            "exercises": [
                {"exercise": r.name, "passed": r.passed, "problem": r.problem, "reports": r.reports}
                for r in self.results
            ],
        }


def judge_notebook(
    path: Path,
    *,
    student: str = "",
    secret: str = "",
    on_progress: Callable[[str, int, int], None] | None = None,
) -> Run:
    """Run the cells of a notebook and judge every exercise of its chapter.

    Args:
        path: the notebook.
        student: also judge on the inputs of this student.
        secret: what keys those inputs; known to the teacher.
        on_progress: called with what is being done, how much is done, and of how much.

    Raises:
        UserError: when the file is no notebook of a chapter with exercises.
    """
    cells = read(path)
    names = [exercise.name for exercise in of_chapter(chapter_of(path, cells).stem)]
    job = _Job(cells, names, student, secret, on_progress)
    job.run()
    return Run(path, [job.result(name) for name in names], job.cell_problems)


class _Job:
    """Starts the process, follows its results, and starts it again after what killed it."""

    def __init__(
        self,
        cells: Sequence[CodeCell],
        names: Sequence[str],
        student: str,
        secret: str,
        on_progress: Callable[[str, int, int], None] | None,
    ) -> None:
        self.cells, self.names = cells, names
        self.student, self.secret = student, secret
        self.on_progress = on_progress or (lambda what, done, total: None)
        self.cell_problems: dict[int, str] = {}
        self.reports: dict[str, list[dict[str, Any]]] = {}
        self.deaths: dict[str, str] = {}
        self.fatal_cells: set[int] = set()

    def run(self) -> None:
        """Until every exercise has a result; each death of the process settles one cell or one."""
        while len(self.reports) + len(self.deaths) < len(self.names):
            with tempfile.TemporaryDirectory(prefix="nbcourse-") as folder:
                if not self._once(Path(folder)):
                    return

    def result(self, name: str) -> Result:
        """The result of one exercise."""
        if name in self.deaths:
            return Result(name, problem=self.deaths[name])
        if reports := self.reports.get(name):
            return Result(name, reports)
        problem = f"no function {name} was found"
        if self.cell_problems:
            number, text = next(iter(self.cell_problems.items()))
            problem += f"; cell {number} failed: {text}"
        return Result(name, problem=problem)

    def _once(self, folder: Path) -> bool:
        """One process, to its end; False when it could not do anything at all."""
        job, results, log = folder / "job.json", folder / "results.jsonl", folder / "log"
        job.write_text(json.dumps(self._description()), encoding="utf-8")
        results.touch()
        command = [sys.executable, "-m", "nbcourse.practice.worker", str(job), str(results)]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
            try:
                last, timed_out = self._follow(process, results)
            finally:
                process.kill()
                process.wait()
        if last.get("done") and len(self.reports) + len(self.deaths) == len(self.names):
            return True
        return self._settle(last, timed_out)

    def _description(self) -> dict[str, Any]:
        return {
            "cells": [{"number": cell.number, "source": cell.source} for cell in self.cells],
            "exercises": list(self.names),
            "student": self.student,
            "secret": self.secret,
            "skip_cells": sorted(self.fatal_cells),
            "skip_exercises": [*self.reports, *self.deaths],
        }

    def _follow(
        self, process: subprocess.Popen[bytes], results: Path
    ) -> tuple[dict[str, Any], bool]:
        """Read entries as they come; return the last one, and whether the process fell silent."""
        last: dict[str, Any] = {}
        heard, line = time.monotonic(), ""
        with results.open(encoding="utf-8") as stream:
            while True:
                ended = process.poll() is not None
                # A line that is still being written is read in pieces.
                while (line := line + stream.readline()).endswith("\n"):
                    last, heard, line = json.loads(line), time.monotonic(), ""
                    self._note(last)
                if ended:
                    return last, False
                if time.monotonic() - heard > _SILENCE:
                    return last, True
                time.sleep(0.02)

    def _note(self, entry: dict[str, Any]) -> None:
        if entry["stage"] == "cell" and entry.get("problem"):
            self.cell_problems.setdefault(entry["number"], entry["problem"])
        if entry["stage"] == "exercise" and entry.get("done"):
            self.reports[entry["name"]] = entry["reports"]
        what = entry.get("name") or f"cell {entry['number']}"
        self.on_progress(what, len(self.reports) + len(self.deaths), len(self.names))

    def _settle(self, last: dict[str, Any], timed_out: bool) -> bool:
        """Blame what was running when the process ended; False when nothing was."""
        reason = "it never ended and could not be interrupted" if timed_out else (
            "it ended the whole process (a crash, or os._exit)"
        )  # fmt: skip
        if not last or last.get("done"):
            left = [name for name in self.names if name not in self.reports]
            self.deaths |= dict.fromkeys(left, "the process ended before it was checked")
            return False
        if last["stage"] == "cell":
            self.fatal_cells.add(last["number"])
            self.cell_problems[last["number"]] = reason
        else:
            self.deaths[last["name"]] = reason
        return True
