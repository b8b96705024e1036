"""The stage: what guests may see is there, and no answer is."""

import ast
import importlib
import importlib.util
import inspect
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from nbcourse.exercises import all_exercises
from nbcourse.grading.errors import JailError
from nbcourse.grading.jail import stage


@pytest.fixture
def built(tmp_path):
    """A stage with NumPy."""
    return stage.build(tmp_path / "stage", ("numpy",))


def test_what_a_killed_process_left_is_swept(tmp_path, monkeypatch):
    """Only what is a day old and whose process is gone; nothing that is not a stage."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone = subprocess.Popen(["true"])
    gone.wait()
    names = {
        "left": f"nbcourse-stage-{gone.pid}-a",
        "new": f"nbcourse-stage-{gone.pid}-b",
        "alive": f"nbcourse-stage-{os.getpid()}-c",
        "other": "nbcourse-stage-x-d",
    }
    for kind, name in names.items():
        (tmp_path / name / "stage").mkdir(parents=True)
        if kind != "new":
            os.utime(tmp_path / name, (0, 0))

    with stage.new_folder() as made:
        assert Path(made).stat().st_mode & 0o777 == 0o755
        there = {kind for kind, name in names.items() if (tmp_path / name).exists()}
        assert there == {"new", "alive", "other"}
    assert not Path(made).exists()


def _texts(built):
    return {path: path.read_text(encoding="utf-8") for path in built.folder.rglob("*.py")}


def test_no_reference_and_no_specification_is_there(built):
    """Not a line of the code that computes what is right, nor of a wrong answer or a check."""
    text = "\n".join(_texts(built).values())

    for exercise in all_exercises():
        for function in (exercise.reference, *exercise.solutions, exercise.mutants[0].function):
            if inspect.isfunction(function):
                assert inspect.getsource(function) not in text
    names = {path.relative_to(built.folder).as_posix() for path in _texts(built)}
    assert not any("numpy_nn" in name or "torch_nn" in name for name in names)
    inside = {n.split("/")[-1] for n in names if n.startswith("modules/nbcourse/exercises/")}
    assert inside == {"__init__.py", "drivers.py"}


def test_drivers_are_there_and_hold_no_expected_value(built):
    """Each topic's; they import neither the specifications nor the course's own functions."""
    drivers = [path for path in _texts(built) if path.name == "drivers.py"]
    assert len(drivers) >= 7
    for path in drivers:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("nbcourse.exercises")
                assert "numpy_nn" not in (node.module or "")


def test_everything_may_be_read_and_nothing_written_by_others(built):
    """The spare user of root reads it; modes say so."""
    for path in (built.folder, *built.folder.rglob("*")):
        if not path.is_symlink():
            assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644)


def test_packages_are_links_to_what_is_installed(built):
    """NumPy and the libraries beside it; nothing else of the environment."""
    import numpy as np

    links = {path.name: path.resolve() for path in Path(built.path[1]).iterdir()}

    assert links["numpy"] == Path(np.__file__).resolve().parent
    assert "matplotlib" not in links
    assert "nbcourse" not in links
    assert set(built.readable) >= {str(place) for place in links.values()}


def test_what_a_package_requires_comes_with_it():
    """Torch needs others; they are found by its own metadata."""
    pytest.importorskip("torch")
    names = {place.name for place in stage.places("torch")}

    assert {"torch", "sympy", "typing_extensions.py"} <= names


def test_a_package_that_is_not_installed_is_named():
    """Before any guest starts."""
    with pytest.raises(JailError, match="no_such_package, which is not installed"):
        stage.places("no_such_package")


@pytest.mark.parametrize("name", ["matplotlib", "tqdm", "practice"])
def test_stand_ins_accept_what_notebooks_do(name):
    """Plots, bars and checks pass without effect."""
    path = stage.STANDINS / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"standin_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    if name == "matplotlib":
        figure, ax = module.subplots()
        assert module.subplots(2, 3)[1][1][2] is ax
        (line,) = ax.plot([1, 2], label="x")
        line.set(color="red")
        with module.rc_context({}):
            module.figure(figsize=(1, 2)).savefig("x")
        assert module.subplots(1, 2)[1][1] is ax
        assert figure is ax
    elif name == "tqdm":
        assert list(module.tqdm([1, 2], desc="x")) == [1, 2]
        assert list(module.trange(2)) == [0, 1]
    else:
        assert module.check(print) is module.hint(print, 1) is module.reveal(print) is None
        with pytest.raises(RuntimeError, match="your own code"):
            module.reference("softmax")
