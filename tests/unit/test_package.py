"""The package as a whole: light imports, small modules, sorted faces, first sentences."""

import ast
import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import nbcourse

ROOT = Path(nbcourse.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
HEAVY = ("torch", "matplotlib", "nbformat", "nbclient", "typer", "rich", "pooch", "requests")


def _imports(statement):
    """Return the modules that a statement loads in a fresh interpreter, and its seconds."""
    code = (
        "import sys, time, json; start = time.perf_counter();"
        f"{statement}; seconds = time.perf_counter() - start;"
        "print(json.dumps([sorted(sys.modules), seconds]))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules, seconds = json.loads(out.stdout)
    return set(modules), seconds


def test_importing_the_package_loads_nothing_heavy():
    """`import nbcourse` is a docstring and a version."""
    modules, _ = _imports("import nbcourse")

    assert not modules & {*HEAVY, "numpy"}


@pytest.mark.parametrize("name", ["numpy_nn", "data", "gradients", "twins", "notebooks"])
def test_parts_load_no_more_than_they_need(name):
    """The NumPy half never loads torch, matplotlib or what the network needs."""
    modules, _ = _imports(f"import nbcourse.{name}")

    assert not modules & set(HEAVY)


def test_a_heavy_import_is_noticed():
    """The check above sees a module that does load something."""
    modules, _ = _imports("import nbcourse.plots")

    assert "matplotlib" in modules


def too_long(path):
    """Return what is too long in a module: sentences, empty when all is well."""
    source = path.read_text(encoding="utf-8")
    tree, n_lines = ast.parse(source), len(source.splitlines())
    # A specification is a list of answers, right and wrong; splitting it would help nobody.
    most = 330 if path.parent.parent.name == "exercises" else 300
    found = [f"{path.name}: {n_lines} lines"] if n_lines > most else []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            if length > 40:
                found.append(f"{path.name}: {node.name} has a body of {length} lines")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_modules_are_short_and_open_with_a_sentence(path):
    """At most 300 lines a module, 40 a body; the first line is one sentence."""
    first = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))).splitlines()[0]

    assert too_long(path) == []
    assert first[0].isupper() or first[0] == "`"
    assert first.endswith(".")


def test_a_long_function_is_noticed(tmp_path):
    """The planted case: a body of fifty lines, in a module of over three hundred."""
    path = tmp_path / "long.py"
    path.write_text("def f():\n" + "    x = 1\n" * 50 + "y = 2\n" * 260, encoding="utf-8")

    assert len(too_long(path)) == 2


def _all_modules():
    return [m.name for m in pkgutil.walk_packages([str(ROOT)], "nbcourse.")]


@pytest.mark.parametrize("name", [n for n in _all_modules() if "startup" not in n])
def test_public_names_exist(name):
    """Every name in `__all__` is there, once."""
    module = importlib.import_module(name)
    names = getattr(module, "__all__", [])

    assert len(set(names)) == len(names)
    assert all(hasattr(module, each) for each in names)


def test_every_module_of_the_package_has_a_test_file():
    """Tests mirror the package: `nbcourse/x.py` has `test_x.py` somewhere below tests."""
    tests = Path(__file__).parents[1]
    have = {p.stem.removeprefix("test_") for p in tests.rglob("test_*.py")}
    elsewhere = {
        "__init__", "__main__",
        "checks", "errors", "summaries",  # by the sentences in the tests of their callers
        "device", "cases", "lanes", "differences",  # in tests/twins
        "models", "doctor", "spec",  # in test_layers, test_cli and test_judge
        "alone", "answers", "kernel", "lockdown", "zygote", "warm", "fresh", "session", "work",
        "judging", "executors",  # by what they stop and give, in tests/security
        "canaries", "owners", "beside",  # in test_choose and test_collect
    }  # fmt: skip
    # The rules of a package of rules are tested together, in the folder of its name.
    folders = {folder.name for folder in tests.rglob("*") if folder.is_dir()}
    # So are the exercises: each is a specification, examined in tests/unit/exercises.
    together = {
        "anatomy",
        "standins",
        *(p.parent.name for p in MODULES if p.parent.parent.name == "exercises"),
    }
    together -= {"anatomy"} - folders
    modules = {p.stem for p in MODULES if p.parent == ROOT or p.parent.name not in together}
    missing = modules - have - elsewhere - {"_function"}

    assert missing == set()
