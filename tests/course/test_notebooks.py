"""The notebooks are in canonical form; those of the book are in its contents, built as chapters.

That their stored outputs are right is tested by nbval (`make test-notebooks`).
"""

import re
from pathlib import Path

import pytest

from nbcourse.notebooks.anatomy import check
from nbcourse.notebooks.canonical import to_text
from nbcourse.notebooks.execute import in_contents
from nbcourse.notebooks.files import read

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
NOTEBOOKS = sorted(BOOK.glob("*.ipynb"))
EXERCISES = [path for name in ("solutions", "exercises") for path in ROOT.glob(f"{name}/*.ipynb")]
STEM = r"(\d\d|appendix)_[a-z]+(_[a-z]+)*|[a-z]+"  # of a chapter, an appendix, another page

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_the_book_has_notebooks_and_all_of_them_are_in_its_contents() -> None:
    """A forgotten notebook would be tested, and never be read."""
    assert NOTEBOOKS
    assert sorted(in_contents(BOOK / "_toc.yml")) == NOTEBOOKS


@pytest.mark.parametrize(
    "path", NOTEBOOKS + sorted(EXERCISES), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_rewriting_a_notebook_changes_nothing(path: Path) -> None:
    """What is committed is the canonical form (python -m nbcourse.notebooks.canonical FILE)."""
    assert path.read_text(encoding="utf-8") == to_text(read(path))


@every_notebook
def test_a_notebook_obeys_the_rules(path: Path) -> None:
    """Sections, tags, figures, portable outputs, numbers that come from cells."""
    assert check(read(path), path.stem) == []


@every_notebook
def test_a_notebook_is_named_after_its_topic(path: Path) -> None:
    """Chapters begin with two digits, appendices with appendix."""
    assert re.fullmatch(STEM, path.stem)


@pytest.mark.parametrize("stem", ["5_losses", "05-losses", "05_Losses", "chapter_5", "05_", "a_b"])
def test_other_names_would_be_refused(stem: str) -> None:
    """The pattern is not a formality."""
    assert not re.fullmatch(STEM, stem)
