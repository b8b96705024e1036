"""A notebook seen as sections and prose."""

import pytest

from nbcourse.notebooks.anatomy.page import Page, prose_of, without_fences

from .chapters import chapter


def test_sections_cover_every_cell_once():
    """Nothing is lost between two headings."""
    page = Page("01_neuron", chapter())

    indices = [block.index for section in page.sections for block in section.blocks]

    assert sorted(set(indices)) == list(range(len(page.nb.cells)))
    assert [section.kind for section in page.sections[1:3]] == ["Predict", "The idea"]
    assert page.of_kind("Experiment")[0].title == "Experiment: five seeds"


@pytest.mark.parametrize(
    "fenced", ["```python\n## no heading\n```", "~~~\n## none\n~~~", "````\n```\n## no\n```\n````"]
)
def test_headings_in_listings_are_none(fenced):
    """Comments look like headings."""
    text = f"before\n{fenced}\nafter"

    masked = without_fences(text)

    assert "#" not in masked
    assert len(masked) == len(text)
    assert masked.startswith("before\n")
    assert masked.endswith("\nafter")


def test_prose_is_what_remains_without_code_math_and_links():
    """Words stay, marks go."""
    text = "A `code` and $m$ {eq}`eq-a` [link](http://a.b/1.5)\n```{note}\nbody\n```\n$$\nx\n$$ end"

    assert prose_of(text).split() == ["A", "and", "[link", "body", "end"]
