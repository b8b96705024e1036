"""Diagrams: each has a picture of its source, and Mermaid would draw the same again."""

import re
from collections import Counter
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser

from book._ext import diagrams, vendor
from book._ext.course_site import diagrams as pictures

DIAGRAMS = list(diagrams.sources())
SMALL = "flowchart LR\n accTitle: A neuron\n accDescr: x goes to y.\n x[In] -- weighs --> y[Out]\n"


def facts(svg: str) -> tuple[Counter[str], dict[str, int]]:
    """What a picture says, and how much of what it shows."""
    drawn = BeautifulSoup(svg, "html.parser")
    for style in drawn.find_all("style"):
        style.decompose()
    texts = Counter(" ".join(text.get_text(" ").split()) for text in drawn.find_all("text"))
    parts = (".node", ".cluster", ".edgePaths path", "marker")
    return texts, {part: len(drawn.select(part)) for part in parts}


@pytest.mark.parametrize("text", ["a --> b", "accTitle: A\na --> b", "accDescr: B\na --> b"])
def test_a_diagram_must_describe_itself(text: str) -> None:
    """A reader who does not see the diagram is told what it shows."""
    with pytest.raises(ValueError, match="accTitle"):
        pictures.description(text)


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=pictures.name)
def test_every_diagram_has_its_picture(diagram: str) -> None:
    """The picture carries the digest of the source; its colors are the theme's."""
    svg = pictures.picture(diagram)
    assert 'role="img"' in svg
    assert diagrams.themed(svg) == svg


def test_no_picture_is_left_over() -> None:
    """A diagram that is gone takes its picture along."""
    kept = {file.stem for file in pictures.PICTURES.glob("*.svg")}
    assert kept == {pictures.name(diagram) for diagram in DIAGRAMS}
    assert kept


def test_an_old_picture_is_noticed(tmp_path: Path) -> None:
    """A changed source, and one without a picture, name what to run."""
    old = f'<svg data-source="{pictures.digest(SMALL)}"></svg>'
    (tmp_path / "a-neuron.svg").write_text(old, encoding="utf-8")
    assert pictures.picture(SMALL, tmp_path) == old
    for changed in (SMALL.replace("Out", "Output"), SMALL.replace("A neuron", "Another")):
        with pytest.raises(ValueError, match="run make diagrams"):
            pictures.picture(changed, tmp_path)


def test_a_color_that_does_not_follow_the_theme_is_noticed() -> None:
    """It would be unreadable in the dark."""
    with pytest.raises(RuntimeError, match="#ffffde"):
        diagrams.themed('<svg><rect style="fill:#ffffde;"></rect></svg>')


@pytest.mark.browser
def test_drawing_again_gives_the_same(browser: Browser) -> None:
    """The same texts and as many nodes, edges and frames; a changed source gives others."""
    vendor.vendor()
    with browser.new_page() as page:
        diagrams.load(page)
        for diagram in DIAGRAMS:
            svg = diagrams.draw(page, diagram)
            assert facts(svg) == facts(pictures.picture(diagram))
            more = diagrams.draw(page, diagram + "  planted[Planted] --> again[Again]\n")
            assert facts(more) != facts(svg)
        assert re.search("data-source", diagrams.draw(page, SMALL))
