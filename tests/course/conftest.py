"""The built site that the tests of pages look at, and the browser that shows it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from sphinx_external_toc.parsing import parse_toc_yaml

from book._ext import browser as browsers
from book._ext.server import serving

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
BUILT = ROOT / "_build" / "built"  # touched by `make book` when it succeeds
SOURCES = (
    "_config.yml",
    "solutions/*",
    "exercises/*",
    "book/*",
    "book/_ext/**/*",
    "book/_live/**/*",
    "book/quizzes/*",
    "book/images/**/*",
    "nbcourse/**/*.py",
)


def contents() -> list[str]:
    """The names of all pages in the table of contents, in order."""
    return list(parse_toc_yaml(ROOT / "book" / "_toc.yml"))


def is_up_to_date() -> bool:
    """Whether the last successful build is newer than every source."""
    if not BUILT.is_file():
        return False
    files = (file for pattern in SOURCES for file in ROOT.glob(pattern) if file.is_file())
    return all(file.stat().st_mtime <= BUILT.stat().st_mtime for file in files)


@pytest.fixture(scope="session")
def html() -> Path:
    """The folder of the site; `make book` builds it first when it is missing or out of date."""
    if not is_up_to_date():
        subprocess.run(["make", "book"], cwd=ROOT, check=True)
    return HTML


@pytest.fixture(scope="session")
def address(html: Path) -> Iterator[str]:
    """The site on a port of this machine, compressed."""
    with serving(html) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium without a window; where there is none the tests are skipped, but not in CI."""
    if browsers.program() is None:
        message = "no Chromium here: install the package chromium to test the pages in a browser"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        running = browsers.launch(playwright)
        yield running
        running.close()
