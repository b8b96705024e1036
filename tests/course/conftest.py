"""The built site that the tests of pages look at."""

import subprocess
from pathlib import Path

import pytest
from sphinx_external_toc.parsing import parse_toc_yaml

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
BUILT = ROOT / "_build" / "built"  # touched by `make book` when it succeeds
SOURCES = (
    "_config.yml",
    "solutions/*",
    "exercises/*",
    "book/*",
    "book/_ext/**/*",
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
