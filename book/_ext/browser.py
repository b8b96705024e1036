"""The browser of the machine: a Chromium without a window, driven by Playwright."""

import shutil
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def program() -> str | None:
    """The path of a Chromium, if there is one."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def launch(playwright: Any) -> Any:  # noqa: ANN401 (Playwright is not needed by a build)
    """Start the browser.

    Raises:
        RuntimeError: there is none.
    """
    path = program()
    if path is None:
        raise RuntimeError("no Chromium here: install the package chromium.")
    return playwright.chromium.launch(executable_path=path, args=[*FLAGS])
