"""A course folder of nbgrader, with students of every kind."""

import copy
import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

from nbcourse.checking import check_function
from nbcourse.exercises import find, of_chapter
from nbcourse.notebooks.canonical import to_text
from nbcourse.notebooks.files import read

ROOT = Path(__file__).resolve().parents[2]
STUB = "raise NotImplementedError()"
CONFIG = f"""\
from nbconvert.preprocessors import TagRemovePreprocessor
from nbgrader.converters import GenerateAssignment

c = get_config()
c.CourseDirectory.course_id = "course"
c.ClearSolutions.code_stub = {{"python": {STUB!r}}}
c.GenerateAssignment.preprocessors = [TagRemovePreprocessor, *GenerateAssignment().preprocessors]
c.TagRemovePreprocessor.enabled = True
c.TagRemovePreprocessor.remove_cell_tags = {{"solution"}}
"""
SCORES = """\
import json
from nbgrader.api import Gradebook

with Gradebook("sqlite:///gradebook.db", "course") as gradebook:
    print(json.dumps({
        submission.student.id: {grade.name: grade.auto_score for grade in notebook.grades}
        for submission in gradebook.assignment_submissions("ps")
        for notebook in submission.notebooks
    }))
"""
# What some students write below, or instead of, the answer to one exercise, NAME.
NOISY = """
import sys, warnings
quiet_NAME = NAME

def NAME(*args, **kwargs):
    print("looking at", args)
    print("trouble?", file=sys.stderr)
    warnings.warn("a warning is no mistake")
    return quiet_NAME(*args, **kwargs)
"""
WRONG = """
from nbcourse.exercises import find

def NAME(*args, **kwargs):
    return find("NAME").mutants[NUMBER].function(*args, **kwargs)
"""
BORROWED = '# exercise: NAME\nfrom nbcourse.practice import reference\nNAME = reference("NAME")'


def build(folder: Path, name: str) -> None:
    """Release and grade one notebook of the course with nbgrader.

    Args:
        folder: empty; becomes the folder of the course.
        name: of the notebook's file.
    """
    (folder / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    _place(folder / "source" / "ps" / name, (ROOT / "solutions" / name).read_text(encoding="utf-8"))
    nbgrader(folder, "generate_assignment", "ps")
    released = (folder / "release" / "ps" / name).read_text(encoding="utf-8")
    for who, text in {**submissions(name), "untouched_release": released}.items():
        _place(folder / "submitted" / who / "ps" / name, text)
    nbgrader(folder, "autograde", "ps")


def target(stem: str) -> str:
    """The exercise of a chapter that some students fail: none is built on the last function."""
    functions = [each for each in of_chapter(stem) if not isinstance(each.reference, type)]
    return functions[-1].name


def half_wrong(name: str) -> tuple[str, float]:
    """The code of a mutant that reaches some points, and the points, by our own judge."""
    for number in range(len(find(name).mutants)):
        code = WRONG.replace("NAME", name).replace("NUMBER", str(number))
        module = types.ModuleType("wrong")
        exec(code, vars(module))
        points = check_function(find(name), getattr(module, name)).points
        if 0 < points < find(name).points_total:
            return code, points
    raise AssertionError(f"no mutant of {name} reaches some points")


def submissions(notebook: str) -> dict[str, str]:
    """What each student hands in, as the text of a notebook."""
    solved, empty = (read(ROOT / folder / notebook) for folder in ("solutions", "exercises"))
    name = target(Path(notebook).stem)
    made = {"right": solved, "untouched": empty}
    made |= {who: copy.deepcopy(solved) for who in ("noisy", "wrong", "borrowed")}
    cells = {who: _answer(nb, name) for who, nb in made.items()}
    cells["noisy"].source += NOISY.replace("NAME", name)
    cells["wrong"].source += half_wrong(name)[0]
    cells["borrowed"].source = BORROWED.replace("NAME", name)
    return {who: to_text(nb) for who, nb in made.items()}


def _answer(nb: Any, name: str) -> Any:
    wanted = {"exercise": name, "role": "answer"}
    return next(cell for cell in nb.cells if cell.metadata.get("nbcourse") == wanted)


def _place(path: Path, text: str) -> None:
    """Write a notebook where nbgrader looks for it."""
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")


def nbgrader(folder: Path, *arguments: str) -> str:
    """Run a command of nbgrader in a course folder."""
    return python(folder, "-m", "nbgrader", *arguments)


def python(folder: Path, *arguments: str) -> str:
    """Run Python in a folder, with a home, settings and kernels of its own."""
    home = folder.parent / "home"
    env = {key: value for key, value in os.environ.items() if not key.startswith("XDG_")}
    env |= {key: str(home / key.lower()) for key in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR")}
    env |= {key: str(home / key.lower()) for key in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")}
    env |= {"HOME": str(home), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    # nbgrader calls alembic by its name, wherever Python was started from.
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", "")])
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout
