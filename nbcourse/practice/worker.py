"""The process in which answers run: `python -m nbcourse.practice.worker JOB RESULTS`.

JOB is a JSON file: cells (number and source), exercises (names), student, secret, what to skip.
RESULTS gets one JSON object a line, as soon as it is known; the reader sees how far we came.
"""

import json
import os
import sys
import types
from pathlib import Path
from typing import Any

from nbcourse.checking import check_function
from nbcourse.checking.calls import attempt
from nbcourse.checking.seeds import VISIBLE, Key
from nbcourse.exercises import find
from nbcourse.practice.session import MUTED

CELL_SECONDS = 30.0


def main(job_file: str, result_file: str) -> None:
    """Run the cells, then judge each exercise whose function is there."""
    os.environ[MUTED] = "1"  # the notebook's own checks would only repeat ours
    os.environ["MPLBACKEND"] = "agg"
    job = json.loads(Path(job_file).read_text(encoding="utf-8"))
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    with Path(result_file).open("a", encoding="utf-8", buffering=1) as results:

        def report(**entry: Any) -> None:  # noqa: ANN401 (plain data)
            results.write(json.dumps(entry) + "\n")

        for cell in job["cells"]:
            if cell["number"] not in job["skip_cells"]:
                report(stage="cell", number=cell["number"])
                problem = _run(cell, vars(module))
                report(stage="cell", number=cell["number"], done=True, problem=problem)
        for name in job["exercises"]:
            if name not in job["skip_exercises"]:
                report(stage="exercise", name=name)
                report(
                    stage="exercise", name=name, done=True, reports=_judge(name, vars(module), job)
                )
    os._exit(0)  # whatever threads the answers left behind


def _run(cell: dict[str, Any], namespace: dict[str, Any]) -> str:
    """Run one cell; return what went wrong, "" when nothing did."""
    place = f"<cell {cell['number']}>"
    _, failure, _ = attempt(
        lambda: exec(compile(cell["source"], place, "exec"), namespace),
        CELL_SECONDS,
    )
    return failure.message if failure else ""


def _judge(name: str, namespace: dict[str, Any], job: dict[str, Any]) -> list[dict[str, Any]]:
    """The reports on one answer: on the visible inputs, and on a student's own."""
    answer = namespace.get(name)
    if not callable(answer) or getattr(answer, "is_course_reference", False):
        return []
    keys = [VISIBLE]
    if job["student"]:
        keys.append(Key(secret=job["secret"], student=job["student"]))
    found = []
    for key in keys:
        report = check_function(find(name), answer, key=key)
        found.append(report.to_dict() | {"text": report.text()})
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
