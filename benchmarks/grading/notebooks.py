"""The assignment as the other graders want it, made from the same specifications and inputs."""

import json
import zipfile
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from benchmarks.grading.specs import EXERCISES
from benchmarks.grading.submissions import FIRST, RIGHT, Answers
from nbcourse.checking.judge import Case, expected_value, plan
from nbcourse.checking.seeds import VISIBLE, Key
from nbcourse.checking.spec import Exercise

KEY = Key(secret="benchmark", student="everybody")
_KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def assertion(exercise: Exercise, case: Case) -> str:
    """A line that tests one case."""
    arguments = ", ".join(_literal(value) for value in case.given.args)
    right = _literal(expected_value(exercise, case))
    return f"assert np.allclose({exercise.name}({arguments}), {right})"


def _literal(value: Any) -> str:  # noqa: ANN401 (a number or an array)
    return f"np.array({value.tolist()!r})"


def tests(exercise: Exercise) -> tuple[str, str]:
    """The visible test and the hidden one."""
    visible, hidden = (plan(exercise, key) for key in (VISIBLE, KEY))
    return assertion(exercise, visible[0]), assertion(exercise, hidden[0])


def nbgrader_source(answers: Answers = RIGHT) -> nbformat.NotebookNode:
    """The source notebook of nbgrader; with answers of a student in the place of the solutions."""
    cells = [new_code_cell(answers[FIRST], id=FIRST)]
    for exercise in EXERCISES:
        name, (visible, hidden) = exercise.name, tests(exercise)
        code = answers[name]
        if answers is RIGHT:
            head, body = code.split("\n", 1)
            code = f"{head}\n    ### BEGIN SOLUTION\n{body}    ### END SOLUTION\n"
        hidden = f"### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS"
        cells += [
            _graded(name, code, solution=True),
            _graded(f"{name}-visible", visible),
            _graded(f"{name}-hidden", hidden),
        ]
    return new_notebook(cells=cells, metadata={"kernelspec": _KERNEL})


def _graded(name: str, source: str, *, solution: bool = False) -> nbformat.NotebookNode:
    data = {
        "grade_id": name, "schema_version": 3, "task": False, "solution": solution,
        "grade": not solution, "locked": not solution,
    } | ({} if solution else {"points": 1})  # fmt: skip
    return new_code_cell(source, id=name, metadata={"nbgrader": data})


def plain_notebook(answers: Answers) -> nbformat.NotebookNode:
    """A notebook of answers and nothing else, as otter takes it."""
    cells = [new_code_cell(source, id=name) for name, source in answers.items()]
    return new_notebook(cells=cells, metadata={"kernelspec": _KERNEL})


def otter_zip(path: Path) -> None:
    """The autograder of otter: a file of tests for each function, and no rendering to PDF."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("otter_config.json", json.dumps({"pdf": False, "warn_missing_pdf": False}))
        for exercise in EXERCISES:
            visible, hidden = tests(exercise)
            lines = [
                "import numpy as np",
                "from otter.test_files import test_case",
                "OK_FORMAT = False",
                f"name = {exercise.name!r}",
                "points = 2",
                "@test_case(points=1, hidden=False)",
                f"def visible({exercise.name}):",
                f"    {visible}",
                "@test_case(points=1, hidden=True)",
                f"def hidden({exercise.name}):",
                f"    {hidden}",
            ]
            archive.writestr(f"tests/{exercise.name}.py", "\n".join(lines) + "\n")
