"""nbval finds what it must find: wrong outputs, errors, use of the network; and nothing else."""

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from nbcourse.notebooks import under_nbval
from nbcourse.notebooks.canonical import to_text

CONFTEST = Path(__file__).resolve().parents[3] / "book" / "conftest.py"
SETTINGS = CONFTEST.parents[1] / "pyproject.toml"
FIGURE = (
    "from nbcourse import plots\nfig, ax = plots.subplots()\n"
    "plots.show(fig, alt='{} pair of axes without a curve.')"
)


def printed(text):
    """A stored stream."""
    return new_output("stream", name="stdout", text=text)


def shown(alt):
    """The stored remainder of a figure."""
    return new_output("execute_result", data={"text/plain": f"Figure: {alt}"})


def glued(text):
    """A stored glued number."""
    data = {"application/papermill.record/text/plain": text}
    return new_output("display_data", data=data, metadata={"scrapbook": {"name": "third"}})


GLUE = "from nbcourse.notebooks import glue\nglue('third', 1 / 3)"
ERROR = new_output("error", ename="ValueError", evalue="as expected", traceback=[])
RIGHT = {
    "right text": ("print(1 + 1)", [printed("2\n")], []),
    "figure": (FIGURE.format("One"), [shown("One pair of axes without a curve.")], []),
    "right number": (GLUE, [glued("0.3333")], []),
    "time": ("import time\nprint(time.time())", [], ["nbval-ignore-output"]),
    "expected error": ("raise ValueError('as expected')", [ERROR], ["raises-exception"]),
}
WRONG = {
    "wrong text": ("print(1 + 1)", [printed("3\n")], []),
    "missing text": ("print(1 + 1)", [], []),
    "wrong figure": (FIGURE.format("One"), [shown("Two pairs of axes without a curve.")], []),
    "wrong number": (GLUE, [glued("0.3334")], []),
    "error": ("raise ValueError('planted')", [], []),
    "network": ("import socket\nsocket.create_connection(('192.0.2.1', 80), 1)", [], []),
    "name": ("import socket\nsocket.getaddrinfo('example.org', 80)", [], []),
}


@pytest.mark.slow
def test_each_planted_fault_fails_its_cell_and_no_other(tmp_path):
    """The command of the Makefile, on one notebook with good and bad cells."""
    planted = {**RIGHT, **WRONG}
    cells = [
        new_code_cell(source, outputs=outputs, execution_count=1, metadata={"tags": tags})
        for source, outputs, tags in planted.values()
    ]
    book = tmp_path / "book"
    book.mkdir()
    (book / "planted.ipynb").write_text(
        to_text(new_notebook(cells=[new_markdown_cell("# P"), *cells]))
    )
    (book / "conftest.py").write_text(CONFTEST.read_text())
    (tmp_path / "pyproject.toml").write_text(SETTINGS.read_text())

    command = [sys.executable, "-m", "pytest", "--nbval", "book", "-n", "2", "--dist", "loadfile"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    failed = {int(k) for k in re.findall(r"FAILED .*::Cell (\d+)", result.stdout)}
    assert {name for k, name in enumerate(planted) if k in failed} == set(WRONG), result.stdout
    assert "NetworkUseError" in result.stdout
    assert result.returncode == 1


def test_only_notebooks_are_told_to_skip_pictures():
    """Other tests of the same session are left alone."""
    notebook = SimpleNamespace(skip_compare=("metadata", "image/png"))
    other = SimpleNamespace()

    items = [SimpleNamespace(parent=parent) for parent in (notebook, notebook, other)]
    under_nbval.pytest_collection_modifyitems(items)

    assert {"metadata", "image/png", "text/html", "image/svg+xml"} <= set(notebook.skip_compare)
    assert "text/plain" not in notebook.skip_compare
    assert vars(other) == {}
