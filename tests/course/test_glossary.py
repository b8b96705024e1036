"""The glossary: links to terms carry definitions, and the book uses the terms it defines."""

import re
from pathlib import Path

import pytest

from book._ext.course_site import environment
from nbcourse.notebooks.files import read
from tests.course.conftest import ROOT
from tests.course.tiny import build

GLOSSARY = '# Words\n\n```{glossary}\nsharp "edge"\n  Where `a < b` ends.\n\n  {doc}`index`\n```\n'
USE = '# Index\n\nAt a {term}`sharp "edge"` one stops.\n'


def test_a_link_to_a_term_carries_its_definition(tmp_path: Path) -> None:
    """The first paragraph, as plain text; on the page of the glossary nothing is repeated."""
    site = build(tmp_path, {"index.md": USE, "glossary.md": GLOSSARY})
    text = (site / "index.html").read_text(encoding="utf-8")
    assert 'data-definition="Where a &lt; b ends."' in text
    assert "data-definition" not in (site / "glossary.html").read_text(encoding="utf-8")


def test_a_changed_definition_changes_the_pages_that_use_it(tmp_path: Path) -> None:
    """A page is written again when only the glossary changed."""
    build(tmp_path, {"index.md": USE, "glossary.md": GLOSSARY})
    site = build(tmp_path, {"glossary.md": GLOSSARY.replace("ends", "begins"), "index.md": USE})
    assert "b begins." in (site / "index.html").read_text(encoding="utf-8")


def test_terms_are_defined_once_in_plain_sentences() -> None:
    """Each entry has one or two sentences of words, without formulas, and its chapter."""
    text = (ROOT / "book" / "glossary.md").read_text(encoding="utf-8")
    entries = text.split(":sorted:")[1].removesuffix("```\n").strip().split("\n\n")
    terms = [entry.split("\n")[0] for entry in entries[::2]]
    assert len(terms) == len({term.lower() for term in terms}) >= 60
    for entry, where in zip(entries[::2], entries[1::2], strict=True):
        definition = " ".join(entry.split("\n")[1:])
        assert "$" not in definition
        assert 1 <= len(re.findall(r"[.](?= |$)", definition)) <= 3, entry
        page = re.fullmatch(r"\s*\{doc\}`(\w+)`", where)
        assert page, where
        assert (ROOT / "book" / f"{page[1]}.ipynb").is_file()


def test_chapters_use_the_glossary() -> None:
    """Every chapter links to a term, so that a reader finds the glossary."""
    for notebook in sorted((ROOT / "book").glob("[0-9][0-9]_*.ipynb")):
        assert any("{term}`" in cell.source for cell in read(notebook).cells), notebook.name


def test_the_environment_is_told_from_the_lock(tmp_path: Path) -> None:
    """What is asked for stands apart from what it brings; what is not installed is said."""
    (tmp_path / "requirements.lock").write_text("numpy==2.0\nno_such_thing==1.5\n")
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\nrequires-python = ">=3.11"\ndependencies = ["NumPy>=2"]\n'
    )
    site = build(tmp_path, {"index.md": "# A\n\n```{environment}\n```\n"})
    text = re.sub(r"<[^>]*>", " ", (site / "index.html").read_text(encoding="utf-8"))
    asked, brought = re.split(r"What these bring along", text, maxsplit=1)
    assert "numpy" in asked
    assert "array computing" in asked
    assert "no_such_thing" not in asked
    assert environment.NOT_INSTALLED in brought


def test_a_package_without_a_summary_is_told_so() -> None:
    """Its metadata have none; that is no reason to stop."""
    assert environment.summary("jupyter-book") == environment.NO_SUMMARY
    assert environment.summary("numpy") == "Fundamental package for array computing in Python"


def test_a_line_of_the_lock_that_pins_nothing_is_refused() -> None:
    """The page would not tell the truth."""
    with pytest.raises(ValueError, match="wanted NAME==VERSION"):
        environment.locked("numpy>=2\n")
