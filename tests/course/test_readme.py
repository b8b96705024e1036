"""The README: its picture is what its script draws, its commands and files are there."""

import re
import runpy
from pathlib import Path

import numpy as np
from matplotlib.image import imread

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def differ(a, b):
    """Return the share of pixels that differ visibly between two pictures, 1 for other sizes."""
    if a.shape != b.shape:
        return 1.0
    return float((np.abs(a - b).max(axis=-1) > 0.1).mean())


def test_the_picture_is_what_the_script_draws(tmp_path):
    """Drawn anew, all but a few pixels (another processor, another font hint) are the same."""
    script = runpy.run_path(str(ROOT / "book/images/readme.py"))
    script["main"](tmp_path / "readme.png")
    drawn, kept = imread(tmp_path / "readme.png"), imread(ROOT / "book/images/readme.png")

    assert differ(drawn, kept) < 0.02
    assert differ(np.roll(drawn, 40, axis=0), kept) > 0.05


def test_commands_of_the_readme_exist():
    """Every `make` target that the README and CONTRIBUTING name is in the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"make ([a-z-]+)`", TEXT + contributing)) | {"book", "test"}

    assert named <= targets


def test_files_of_the_readme_exist():
    """Every link and path in backticks leads somewhere."""
    paths = re.findall(r"\]\(([^)#:]+)\)", TEXT) + re.findall(r"`([\w/]+(?:/|\.\w+))`", TEXT)

    assert len(paths) > 8
    places = (ROOT, ROOT / "book", ROOT / "nbcourse", ROOT / "tests")
    assert [p for p in paths if not any((place / p).exists() for place in places)] == []
