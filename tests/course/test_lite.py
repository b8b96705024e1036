"""The exercises for the browser: what is put before a notebook, and what the site asks for."""

import copy
import hashlib
import json
import re
from pathlib import Path

import nbformat
import pytest

from book._ext import lite
from tests.course.conftest import ROOT

EXERCISES = sorted((ROOT / "exercises").glob("*.ipynb"))


@pytest.mark.parametrize("file", EXERCISES, ids=lambda file: file.stem)
def test_a_notebook_says_what_is_loaded_before_it_loads_anything(file: Path) -> None:
    """Two cells come first, all others are as they were, and import what a browser can have."""
    nb = nbformat.read(file, as_version=4)
    before = copy.deepcopy(nb)
    shown = lite.for_the_browser(nb)
    nbformat.validate(shown)

    assert nb == before
    assert shown.cells[2:] == nb.cells
    assert shown.cells[0].cell_type == "markdown"
    assert "loaded from the distribution" in " ".join(shown.cells[0].source.split())
    assert shown.cells[1].source == lite.INSTALL
    assert shown.metadata["kernelspec"]["name"] == "python"
    code = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "code")
    imported = set(re.findall(r"^(?:import|from) (\w+)", code, re.MULTILINE))
    assert imported <= {"numpy", "nbcourse", "math"}


@pytest.mark.parametrize("own_python", [False, True])
def test_settings_name_no_other_host(own_python: bool) -> None:
    """The kernel's own default stands, or a path of this site; no fallback to a registry."""
    text = json.dumps(lite.settings(own_python))

    assert '"disablePyPIFallback": true' in text
    assert ("pyodideUrl" in text) == own_python
    assert "http" not in text


def test_the_lock_keeps_what_is_there(tmp_path: Path) -> None:
    """Wheels that are not there go, with all dependencies on them; ours are added."""
    wheels = {name: tmp_path / f"{name}-1.0-py3-none-any.whl" for name in ("here", "nbcourse")}
    for name, file in wheels.items():
        file.write_text(name, encoding="utf-8")
    entry = {
        "depends": ["gone", "also-here"],
        "sha256": "of another file",
        "unvendored_tests": True,
    }
    lock = {
        "info": {"version": "1"},
        "packages": {
            "here": {**entry, "file_name": wheels["here"].name},
            "gone": {**entry, "file_name": "gone-1.0-py3-none-any.whl"},
        },
    }
    found = lite.trimmed(lock, tmp_path, {"nbcourse": wheels["nbcourse"]})

    assert found["info"] == lock["info"]
    assert set(found["packages"]) == {"here", "nbcourse"}
    assert found["packages"]["here"]["depends"] == []
    assert found["packages"]["here"]["sha256"] == hashlib.sha256(b"here").hexdigest()
    ours = found["packages"]["nbcourse"]
    assert (ours["version"], ours["imports"]) == ("1.0", ["nbcourse"])


def test_versions_that_belong_together_are_pinned_together() -> None:
    """The kernel of the requirements is the one whose Pyodide is named."""
    text = (ROOT / "book" / "requirements-lite.txt").read_text(encoding="utf-8")

    assert "jupyterlite-pyodide-kernel==0.8.6\n" in text
    assert lite.PYODIDE.version == "314.0.6"
