"""Runs the JavaScript of the live figures in Node, so that Python can compare its numbers."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from book._ext import network
from book._ext.node import node

ROOT = Path(__file__).resolve().parents[2]
FIGURES = ROOT / "book" / "_live" / "figures"
PROGRAM = Path(__file__).with_name("compute.mjs")

Compute = Callable[..., list[dict[str, Any]]]


def run(figure: Path, states: Sequence[dict[str, Any]], data: Any = None) -> dict[str, Any]:
    """Everything that `compute.mjs` says of a figure's module."""
    text = json.dumps({"states": list(states), "data": data})
    return json.loads(node(PROGRAM, figure, text=text))


def live_data(name: str) -> Any:
    """The data that figures ask for by this name, as the build leaves them."""
    file = ROOT / "_build" / "live" / "data" / f"{name}.json"
    if not file.is_file():
        network.build()
    return json.loads(file.read_text(encoding="utf-8"))


def data_of(name: str) -> Any:
    """The data that a figure asks for, if it asks for any."""
    wanted = re.search(r'^  data: "(\w+)"', (FIGURES / f"{name}.mjs").read_text(), re.MULTILINE)
    if wanted is None:
        return None
    return live_data(wanted[1])


def figure_names() -> list[str]:
    """All live figures there are."""
    return sorted(file.stem for file in FIGURES.glob("[!_]*.mjs"))


@pytest.fixture
def compute() -> Compute:
    """`compute(name, states, data=None)`: the numbers of a figure for each change of its state."""

    def of(name: str, states: Sequence[dict[str, Any]], data: Any = None) -> list[dict[str, Any]]:
        return [each["numbers"] for each in run(FIGURES / f"{name}.mjs", states, data)["found"]]

    return of


@pytest.fixture
def planted(tmp_path: Path) -> Callable[[str, str, str], Path]:
    """`planted(name, right, wrong)`: a copy of a figure in which a piece of text is replaced."""

    def of(name: str, right: str, wrong: str) -> Path:
        source = (FIGURES / f"{name}.mjs").read_text(encoding="utf-8")
        assert source.count(right) == 1, f"{right!r} occurs {source.count(right)} times"
        kit = (FIGURES.parent / "kit").as_uri()
        copy = tmp_path / f"{name}.mjs"
        copy.write_text(source.replace(right, wrong).replace("../kit", kit), encoding="utf-8")
        return copy

    return of
