"""The book in LaTeX: chapters have our numbers, and a faulty book is not handed out."""

import shutil
from pathlib import Path

import pytest
from sphinx.errors import ExtensionError

from book._ext import diagrams, typeset
from book._ext.course_site import latex
from tests.course.tiny import build

DIAGRAM = f"```{{mermaid}}\n{next(iter(diagrams.sources()))}\n```\n"
PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="40"><path d="M0 0h90v40z"/></svg>'
)
SOURCES = {
    "index.md": "# Start\n\n## Contents\n\nText.\n",
    "preface.md": f"# Preface\n\nSee {{ref}}`ch-b`.\n\n{DIAGRAM}",
    "05_b.md": "(ch-b)=\n# B\n\n## In it\n\n✗ and $x_1$\n",
    "appendix_c.md": "# C\n",
}
SETTINGS = {
    "latex_engine": "xelatex",
    "latex_documents": [("index", "nbcourse.tex", "Tiny", "A", "manual")],
    "latex_use_xindy": False,
    "latex_elements": {
        "fontpkg": r"\setmainfont{DejaVu Serif}\setsansfont{DejaVu Sans}\setmonofont{DejaVu Sans}",
        "preamble": r"\usepackage{newunicodechar}\newunicodechar{✗}{{\fontspec{DejaVu Sans}✗}}",
    },
}
needs_tex = pytest.mark.skipif(
    bool(typeset.missing_programs()), reason=f"no XeLaTeX here: {typeset.PACKAGES}"
)


def test_chapters_are_counted_by_their_names(tmp_path: Path) -> None:
    """Before each title stands its number; the first page and the preface have none."""
    text = (build(tmp_path, SOURCES, "latex", **SETTINGS) / "nbcourse.tex").read_text("utf-8")
    places = [
        text.index(each)
        for each in (
            latex.counter(None),
            r"\chapter{Contents}",
            r"\chapter{Preface}",
            latex.counter(5),
            r"\chapter{B}",
            latex.counter("A"),
            r"\chapter{C}",
        )
    ]
    assert places == sorted(places)
    preface = text[places[2] : places[3]]
    assert diagrams.description(next(iter(diagrams.sources()))).split(":")[0] in preface
    assert "<svg" not in text


def test_pages_have_no_command_of_latex(tmp_path: Path) -> None:
    """Nothing of this reaches HTML."""
    site = build(tmp_path, {"index.md": "# A", "05_b.md": "# B\n"})
    assert "setcounter" not in (site / "05_b.html").read_text(encoding="utf-8")


def test_a_picture_needs_its_converter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence names the program and the picture."""
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "p.svg").write_text(PICTURE, encoding="utf-8")
    sources = {"index.md": "# A\n\n![A wedge](p.svg)\n"}
    with pytest.raises(ExtensionError, match=r"rsvg-convert cannot convert \S*p\.svg"):
        build(tmp_path, sources, "latex", **SETTINGS)


def test_without_xelatex_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what is missing, what to install, and what to do without."""
    monkeypatch.setattr(typeset.shutil, "which", lambda _: None)
    said = typeset.main(["--check"])
    assert said is not None
    assert "no latexmk, no xelatex, no rsvg-convert" in said
    assert "apt-get install" in said
    assert "make print" in said


@needs_tex
def test_xelatex_sets_it(tmp_path: Path) -> None:
    """With its numbers; a character that no font has, and an error, stop it."""
    from pypdf import PdfReader

    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "p.svg").write_text(PICTURE, encoding="utf-8")
    sources = SOURCES | {"appendix_c.md": "# C\n\n![A wedge](p.svg)\n"}
    source = build(tmp_path, sources, "latex", **SETTINGS) / "nbcourse.tex"
    target = tmp_path / "pdf" / "tiny.pdf"
    typeset.typeset(source, target)
    text = "\n".join(page.extract_text() for page in PdfReader(target).pages)
    assert "5.1" in text
    good = source.read_text(encoding="utf-8")
    for planted, fault in (("\U0010fffd ", "no font has"), (r"\nonsense ", "Undefined")):
        shutil.rmtree(target.parent)
        source.write_text(good.replace(r"\chapter{C}", planted + r"\chapter{C}"), "utf-8")
        with pytest.raises(RuntimeError, match=fault):
            typeset.typeset(source, target)
        assert not target.exists()
        target.parent.mkdir(exist_ok=True)
