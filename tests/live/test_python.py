"""The Python of the pages: the package's engine and the chapters' cells run on MicroPython."""

import contextlib
import io
import json
import re
from pathlib import Path

import nbformat
import pytest

from book._ext import live, vendor
from book._ext.course_site import livepython
from book._ext.node import node

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
PROGRAM = Path(__file__).with_name("micropython.mjs")
MICROPYTHON = vendor.TOOLS / "@micropython" / "micropython-webassembly-pyscript"
FILES = {
    "/lib/nbcourse/__init__.py": ROOT / "nbcourse" / "__init__.py",
    "/lib/nbcourse/scalar.py": ROOT / "nbcourse" / "scalar.py",
    "/lib/_cell.py": BOOK / "_live" / "python" / "cell.py",
}
CELL = re.compile(r"^```\{live-python\}[^\n]*\n(.*?)^```$", re.M | re.S)


def cells_of(file):
    """The live cells of a page, in order."""
    if file.suffix == ".md":
        return CELL.findall(file.read_text(encoding="utf-8"))
    cells = nbformat.read(file, as_version=4).cells
    texts = [cell.source + "\n" for cell in cells if cell.cell_type == "markdown"]
    return [code for text in texts for code in CELL.findall(text)]


PAGES = {
    file.stem: cells
    for file in sorted([*BOOK.glob("*.ipynb"), *BOOK.glob("*.md")])
    if (cells := cells_of(file))
}


def run(*cells, changed=None):
    """What each cell prints on MicroPython, and its error; `changed` files take the given text."""
    vendor.vendor()
    files = {path: file.read_text(encoding="utf-8") for path, file in FILES.items()}
    text = json.dumps({"files": files | (changed or {}), "cells": cells})
    return json.loads(node(PROGRAM, MICROPYTHON, text=text))


def run_here(*cells):
    """What each cell prints on the Python of the tests; all share their names."""
    names, said = {"__name__": "__main__"}, []
    for code in cells:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(code, "cell", "exec"), names)
        said.append(out.getvalue())
    return said


def test_chapters_one_five_and_six_have_live_cells():
    """Each has two or more."""
    chapters = {name: cells for name, cells in PAGES.items() if name[:2] in ("01", "05", "06")}

    assert [len(cells) >= 2 for cells in chapters.values()] == [True] * 3


@pytest.mark.parametrize("name", PAGES)
def test_cells_of_a_page_run_on_both_pythons(name):
    """All run, print something short, and print the same where no random numbers are drawn."""
    there, here = run(*PAGES[name]), run_here(*PAGES[name])

    for code, found, said in zip(PAGES[name], there, here, strict=True):
        assert found["error"] == ""
        assert 0 < len(found["out"].splitlines()) <= 30
        assert max(map(len, code.splitlines())) <= 80  # what a page shows without scrolling
        if "random" not in code:
            assert found["out"] == said


SAME = """
import math
from nbcourse.scalar import MLP, Value, descend, mse

class Numbers:  # no random module: the same numbers on both Pythons
    x = 7
    def uniform(self, a, b):
        self.x = self.x * 48271 % 2147483647
        return a + (b - a) * self.x / 2147483647

for activation in ("tanh", "sigmoid", "relu"):
    network = MLP((2, 5, 3, 1), rng=Numbers(), activation=activation)
    for step in range(20):
        loss = mse([network([i, 1 - i * j])[0] for i in (0, 1) for j in (0, 1)], [0, 1, 1, 0])
        loss.backward()
        if step < 19:
            descend(network.parameters(), learning_rate=0.1)
    print([loss.data] + [p.data for p in network.parameters()])
    print([p.grad for p in network.parameters()])

a, b = Value(0.3), Value(-1.7)
y = (a / b - 2) ** 3 + (1 - a.exp()) * (b * b).log() / (3 + b) + (2 / a) ** -0.5 + -b
y.backward()
print([y.data, a.grad, b.grad])
"""


def numbers(text):
    """All numbers in a text."""
    return [float(each) for each in re.findall(r"-?\d[\d.]*(?:e[+-]?\d+)?", text)]


def test_engine_gives_the_same_numbers_on_both_pythons():
    """Training, parameters and gradients agree to 1e-9 after twenty steps."""
    (there,), (here,) = run(SAME), run_here(SAME)

    assert there["error"] == ""
    assert len(numbers(here)) > 100
    assert numbers(there["out"]) == pytest.approx(numbers(here), rel=1e-9, abs=1e-12)


def test_what_micropython_cannot_read_is_noticed():
    """The planted case: a star that CPython takes and MicroPython does not."""
    path = "/lib/nbcourse/scalar.py"
    text = FILES[path].read_text(encoding="utf-8").replace("self.w + [self.b]", "[*self.w, self.b]")
    (found,) = run("import nbcourse.scalar", changed={path: text})

    assert "SyntaxError" in found["error"]


def test_cells_behave_like_those_of_a_notebook():
    """Names are shared, the last expression is shown, an error has one short traceback."""
    said = run(
        "def f(n):\n    return n and 1 + f(n - 1)\nx = 3",
        "print('é', end='')\nf(x) + x  # six",
        "1\n\n\nf(x) / 0",
        "f(-1)",
        "x = = 3",
        "None",
        "y = 1 + \\\n2",
        "raise SystemExit",
        "input('name?')",
        "x",
    )
    outs, errors = [each["out"] for each in said], [each["error"] for each in said]

    assert outs == ["", "é6\n", "", "", "", "", "", "", "", "3\n"]
    assert [bool(error) for error in errors] == [k in (2, 3, 4, 8) for k in range(10)]
    assert errors[2].splitlines() == [
        "Traceback (most recent call last):",
        '  File "cell 3", line 4, in <module>',
        "ZeroDivisionError: divide by zero",
    ]
    assert "more lines" in errors[3]
    assert "RuntimeError" in errors[3] or "RecursionError" in errors[3]
    assert len(errors[3].splitlines()) < 20
    assert '"cell 5", line 1' in errors[4]
    assert "write the value into the code" in errors[8]


def test_worker_is_built_anew_when_the_engine_changes():
    """The build knows everything that the worker is made of."""
    inputs = set(live._inputs())

    assert {*FILES.values(), BOOK / "_live" / "python" / "worker.mjs"} <= inputs
    assert vendor.TOOLS / "pins.json" in inputs


def test_editor_is_labeled_and_keeps_the_code():
    """Markup in code and title stays text; the editor has a row for each line."""
    html = livepython.editor('\nif a < "<b>":\n    b &= 1', 3, "x & y")

    assert 'rows="3"' in html
    assert '<textarea class="live-python-editor" id="live-python-3"' in html
    assert "\n\nif a &lt; &quot;&lt;b&gt;&quot;:\n    b &amp;= 1</textarea>" in html
    assert '<label for="live-python-3">Python cell 3: x &amp; y</label>' in html
