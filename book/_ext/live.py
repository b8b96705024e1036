"""Builds the live figures and the live Python of the pages with Node, when their sources changed.

    python -m book._ext.live [--pictures]

With `--pictures` the pictures in `book/images/live` are written, too: what paper and JupyterLab
show in the place of a live figure. They are committed, and a test compares them with their sources.
"""

import argparse
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from book._ext.node import node

BOOK = Path(__file__).resolve().parents[1]
ROOT = BOOK.parent
SOURCES = BOOK / "_live"
SITE = BOOK / "_extra" / "_static" / "live"
PARTS = ROOT / "_build" / "live"
TOOLS = ROOT / "_build" / "tools"
PICTURES = BOOK / "images" / "live"


def figure_names() -> list[str]:
    """The live figures there are."""
    return sorted(file.stem for file in (SOURCES / "figures").glob("[!_]*.mjs"))


def _digest() -> str:
    """A digest of everything that the result is made of."""
    total = hashlib.sha256()
    for file in _inputs():
        total.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


def _inputs() -> Iterator[Path]:
    yield from sorted(SOURCES.rglob("*.mjs"))
    yield from sorted((SOURCES / "python").glob("[!_]*.*"))
    yield from (ROOT / "nbcourse" / name for name in ("__init__.py", "scalar.py"))
    yield from sorted((PARTS / "data").glob("*.json"))
    yield TOOLS / "pins.json"


def build(site: Path = SITE) -> bool:
    """Build all figures unless nothing changed; return whether anything was done."""
    stamp, digest = site / "digest", _digest()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest:
        return False
    node(SOURCES / "build.mjs", site, PARTS, TOOLS)
    stamp.write_text(digest, encoding="utf-8")
    print(f"live figures: {len(figure_names())}")
    return True


def write_pictures() -> None:
    """Write the picture of each figure to where the notebooks look for it."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name in figure_names():
        content = (PARTS / f"{name}.svg").read_bytes()
        (PICTURES / f"{name}.svg").write_bytes(content)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m book._ext.live")
    parser.add_argument("--pictures", action="store_true", help="also write book/images/live")
    options = parser.parse_args()
    try:
        build()
    except RuntimeError as error:
        sys.exit(f"error: {error}")
    if options.pictures:
        write_pictures()
