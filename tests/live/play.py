"""Plays a live figure in Node: its handles, its buttons, its run; returns each state."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from book._ext.node import node

PROGRAM = Path(__file__).with_name("play.mjs")

State = dict[str, Any]


def play(
    figure: Path,
    state: State | None = None,
    *,
    move: Sequence[tuple[str, float, float]] = (),
    press: Sequence[str] = (),
    run: bool = False,
) -> list[State]:
    """The first state, one for each handle moved by (key, dx, dy), for each button, each frame."""
    wanted = {"state": state or {}, "move": list(move), "press": list(press), "run": run}
    return json.loads(node(PROGRAM, figure, text=json.dumps(wanted)))
