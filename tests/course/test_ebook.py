"""The e-book: formulas for readers without scripts, and nothing that they cannot open."""

import zipfile
from pathlib import Path

import pytest
from sphinx.errors import SphinxError

from book._ext import diagrams
from tests.course.tiny import build

SETTINGS = {
    "epub_basename": "tiny",
    "epub_uid": "tiny",
    "epub_title": "Tiny",
    "epub_author": "A",
    "epub_copyright": "A",
    "epub_exclude_files": ["search.xhtml"],
    "version": "1",
    "html_theme": "sphinx_book_theme",
}
PAGE = (
    "# A\n\nHere $x_1$, and\n\n$$\n\\begin{aligned} a &= 1 \\\\ b &= 2 \\end{aligned}\n$$ (eq-a)\n"
)


def test_formulas_are_mathml_and_scripts_stay_outside(tmp_path: Path) -> None:
    """An e-book needs no script for formulas, and its file has no script."""
    book = build(tmp_path, {"index.md": PAGE}, "epub", **SETTINGS) / "tiny.epub"
    with zipfile.ZipFile(book) as archive:
        text = archive.read("index.xhtml").decode()
        assert not [name for name in archive.namelist() if name.endswith((".js", ".mjs"))]
    assert "<msub><mi>x</mi><mn>1</mn></msub>" in text
    assert text.count("<mtr>") == 2
    assert "(1)" in text
    assert "\\begin" not in text
    assert "<script" not in text


def test_pages_keep_their_own_formulas(html: Path, tmp_path: Path) -> None:
    """The second way to write formulas is for e-books alone."""
    del html  # built: then KaTeX is there
    site = build(tmp_path, {"index.md": PAGE})
    text = (site / "index.html").read_text(encoding="utf-8")
    assert text.count('class="katex"') == 2
    assert text.count("<math") == 2  # one for each, for screen readers


def test_a_diagram_is_a_picture_with_colors_of_its_own(tmp_path: Path) -> None:
    """An e-book has no theme to take colors from."""
    fence = f"\n```{{mermaid}}\n{next(iter(diagrams.sources()))}\n```\n"
    book = build(tmp_path, {"index.md": PAGE + fence}, "epub", **SETTINGS)
    text = (book / "index.xhtml").read_text(encoding="utf-8")
    assert "<svg" in text
    assert "accTitle" not in text
    assert "var(--pst" not in text


def test_html_becomes_xml_and_tabs_are_open(tmp_path: Path) -> None:
    """What others write as HTML is tidied, drawings keep their capital letters."""
    raw = "<p class=a>one<br>two</p><script>x()</script>"
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'
    page = PAGE + "".join(f"\n```{{raw}} html\n{text}\n```\n" for text in (raw, svg))
    page += "\n::::{tab-set}\n:::{tab-item} One\nx\n:::\n:::{tab-item} Two\ny\n:::\n::::\n"
    book = build(tmp_path, {"index.md": page}, "epub", **SETTINGS)
    text = (book / "index.xhtml").read_text(encoding="utf-8")
    assert '<p class="a">one<br/>two</p>' in text
    assert 'viewBox="0 0 1 1"' in text
    assert "<script" not in text
    assert "<input" not in text


def test_a_page_that_strict_readers_refuse_is_named(tmp_path: Path) -> None:
    """What no tidying makes XML, such as this attribute, fails the build."""
    raw = '\n```{raw} html\n<p @click="x">one</p>\n```\n'
    with pytest.raises(SphinxError, match=r"index\.xhtml: not well-formed"):
        build(tmp_path, {"index.md": PAGE + raw}, "epub", **SETTINGS)
