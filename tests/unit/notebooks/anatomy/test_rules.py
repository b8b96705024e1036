"""Every rule catches a planted breach, names its cell, and leaves a good chapter alone."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from nbformat.v4 import new_markdown_cell

from nbcourse.notebooks.anatomy import check
from nbcourse.notebooks.anatomy.rules import CHAPTERS, EVERY_PAGE

from .chapters import FIGURE, chapter, code, place, printed

Edit = Callable[[Any], object]


def replace(start: str, old: str, new: str) -> Edit:
    """An edit of the source of one cell."""

    def edit(nb: Any) -> None:
        cell = nb.cells[place(nb, start)]
        assert old in cell.source
        cell.source = cell.source.replace(old, new)

    return edit


def add(cell: Any, before: str = "## Summary") -> Edit:
    """An edit that puts one more cell in front of a section."""
    return lambda nb: nb.cells.insert(place(nb, before), cell)


def drop(start: str) -> Edit:
    """An edit that removes a cell."""
    return lambda nb: nb.cells.pop(place(nb, start))


def prose(text: str) -> Edit:
    """An edit that adds a sentence."""
    return add(new_markdown_cell(text))


def source(text: str, *outputs: Any, **metadata: Any) -> Edit:
    """An edit that adds a code cell."""
    return add(code(text, *outputs, **metadata))


PLANTED: dict[str, list[tuple[Edit, str]]] = {
    "title_opens": [
        (replace("(ch-neuron)", "# The neuron", "# 1. The neuron"), "numbers its title '1. The"),
        (replace("(ch-neuron)", "# The neuron", "# Chapter 1"), "numbers its title 'Chapter 1'"),
        (replace("(ch-neuron)", "# The neuron", "The neuron"), "does not begin with a title"),
        (prose("# Another"), "has a second title 'Another'"),
    ],
    "exercises_listed": [
        (replace("## Exercises", "{exercises}", "{note}"), "does not list the exercises"),
    ],
    "quiz_asked": [
        (replace("## Quiz", "{quiz}", "{note}"), r"has no \{quiz\} in 'Quiz'"),
        (replace("## Predict", "{predict}", "{note}"), r"has no \{predict\} in 'Predict'"),
    ],
    "costs_printed": [(replace("(ch-neuron)", "{resources}", "{note}"), r"lacks \{resources\}")],
    "header_card": [
        (replace("(ch-neuron)", "**Goal:**", ""), r"lacks \*\*Goal:\*\*"),
        (replace("(ch-neuron)", "**Minutes:**", "**Hours:**"), r"lacks \*\*Minutes:\*\*"),
    ],
    "sections_in_order": [
        (drop("## The idea"), "lacks the section 'The idea'"),
        (drop("## Quiz"), "lacks the section 'Quiz'"),
        (prose("## Exercises\n\n{exercises}"), "has 'Exercises' after 'Quiz'"),
        (prose("## Conclusion\n\nGood."), "has a section 'Conclusion', which no chapter has"),
        (prose("## The code\n\nAgain."), "has 'The code' after 'Quiz'"),
    ],
    "sections_hold_something": [
        (replace("## The idea", "\n\nWeights and a threshold.", ""), "nothing in 'The idea'"),
        (drop("1 / 0"), "has no code cell in 'Common mistake'"),
    ],
    "prediction_asks": [(replace("## Predict", "?", "."), "asks no question")],
    "equations_have_labels": [
        (replace("## The math", " (eq-neuron)", ""), r"without a label \(eq-\.\.\.\): y = w"),
        (replace("## The math", ":label: eq-loss\n", ""), r"without a label .*: L = \(y"),
        (replace("## The math", "with", "$$a = b$$\n\nwith"), r"without a label .*: a = b"),
        (
            replace("## The math", "with", "\\begin{align}\na &= b\n\\end{align}\n\nwith"),
            r"without a label .*: \\begin\{align\}",
        ),
    ],
    "twins_compared": [
        (replace("## The PyTorch", "{twins}", "{note}"), r"has no \{twins\} in 'The PyTorch twin'"),
        (replace("print('parity", "parity", "difference"), "has no parity in 'The PyTorch twin'"),
    ],
    "summary_in_five": [
        (replace("## Summary", "- line e", ""), "summarizes in 4 bullets instead of 5"),
        (replace("## Summary", "- line e", "- line e\n- f"), "summarizes in 6 bullets"),
    ],
    "references_cited": [
        (replace("## Further", ", novikoff_1962", ""), "cites 2 references instead of 3"),
        (replace("## Further", "novikoff_1962", "minsky_1969"), "cites 2 references instead of 3"),
    ],
    "changes_listed": [(replace("## What", "- First", "First"), "no bullet in 'What changed'")],
    "cells_ran": [
        (lambda nb: nb.cells[5].update(execution_count=None), r"has not run \(no execution count"),
    ],
    "errors_expected": [
        (lambda nb: nb.cells[13].update(metadata={}), "stores the error ZeroDivisionError without"),
        (source("2 / 1", tags=["raises-exception"]), "raises-exception and raises nothing"),
    ],
    "tags_known": [(source("1", tags=["hide-cell"]), "has the unknown tag 'hide-cell'")],
    "lines_fit": [(source("x = " + "1" * 85), "has a line of 89 characters, more than 88")],
    "plain_python": [
        (source("%timeit 1"), "is not plain Python"),
        (source("!ls"), "is not plain Python"),
        (source("if True print"), "is not plain Python"),
        (source("ax.plot(x);"), "ends with a semicolon"),
    ],
    "own_generator": [
        (source("np.random.seed(0)"), r"uses the global generator: np\.random\.seed"),
        (source("x = numpy.random.rand(3)"), r"uses the global generator: numpy\.random\.rand"),
        (source("torch.manual_seed(0)"), r"uses the global generator: torch\.manual_seed"),
    ],
    "imports_allowed": [
        (source("import matplotlib.pyplot as plt"), r"imports matplotlib\.pyplot; use nbcourse"),
        (source("from matplotlib import pyplot"), r"imports matplotlib\.pyplot; use nbcourse"),
        (source("from myst_nb import glue"), r"imports myst_nb; use nbcourse\.notebooks"),
        (source("import random"), "imports random; use np.random.default_rng"),
    ],
    "figures_described": [
        (source("plots.show(fig)", **FIGURE), "shows a figure without alt="),
        (source("plots.show(fig, alt='A')"), "without mystnb.figure caption and name"),
        (source("plots.show(fig, alt='A')\nx = 1", **FIGURE), "calls plots.show before its last"),
        (source("p = plots.show(fig, alt='A')", **FIGURE), "calls plots.show before its last"),
        (
            source("plots.show(f, alt='A')", mystnb={"figure": {"caption": "A", "name": "curve"}}),
            "without mystnb.figure caption and name fig-",
        ),
    ],
    "outputs_portable": [
        (source("f()", printed("careful\n", "stderr")), "wrote to stderr"),
        (source("f()", printed("a" * 4097)), "stores 4097 bytes of text, more than 4096"),
        (source("f()", printed("<object at 0x7f3c2a10>")), "stores an address in memory: 0x7f3c"),
        (source("f()", printed("/home/me/data")), "stores a path of one machine: /home/"),
        (source("f()", printed("0.27955993890")), "ten or more digits: 0.27955993890"),
    ],
    "quoted_numbers_are_glued": [
        (prose("It is {glue:text}`missing:.2f`."), "quotes 'missing', which no cell of this"),
        (prose("It is {glue}`missing`."), "quotes 'missing', which no cell of this"),
        (source("glue('accuracy', 2)"), "glues 'accuracy' a second time"),
    ],
    "no_typed_results": [
        (prose("It reaches 93.4."), "has the number '93.4' typed"),
        (prose("It reaches 93.4 % here."), "has the number '93.4 %' typed"),
        (prose("It reaches 93% here."), "has the number '93%' typed"),
        (prose(":::{note}\nIt reaches 0.97.\n:::"), "has the number '0.97' typed"),
        (prose("```{note}\nIt reaches 0.97.\n```"), "has the number '0.97' typed"),
        (prose("In section 4.2 it reaches 0.97."), "has the number '0.97' typed"),
        (
            source(
                "plots.show(f, alt='A')", mystnb={"figure": {"caption": "9.5", "name": "fig-a"}}
            ),
            "has the number '9.5' typed",
        ),
    ],
}
CASES = [(rule, *case) for rule, cases in PLANTED.items() for case in cases]


def test_a_good_chapter_obeys_every_rule():
    """No false alarm."""
    assert check(chapter(), "01_neuron") == []


def test_every_rule_has_a_planted_breach():
    """A rule that never fired proves nothing."""
    assert set(PLANTED) == {rule.__name__ for rule in EVERY_PAGE + CHAPTERS}


@pytest.mark.parametrize(("rule", "edit", "clause"), CASES)
def test_a_planted_breach_is_named_by_its_own_rule(rule, edit, clause):
    """The sentence names file and cell; the rule alone finds it too."""
    from nbcourse.notebooks.anatomy.page import Page

    nb = chapter()
    edit(nb)

    (own,) = (each for each in EVERY_PAGE + CHAPTERS if each.__name__ == rule)
    found = [what for _, what in own(Page("01_neuron", nb))]
    assert any(re.search(clause, what) for what in found)
    sentences = check(nb, "01_neuron")
    assert any(re.match(rf"01_neuron\.ipynb(, cell \d+)? .*{clause}", s, re.S) for s in sentences)


@pytest.mark.parametrize("rule", EVERY_PAGE + CHAPTERS)
def test_every_rule_explains_itself(rule):
    """Its docstring is what an author reads in the documentation."""
    assert rule.__doc__
    assert rule.__doc__.endswith(".")


def test_cells_are_counted_from_one():
    """As an author counts them."""
    nb = chapter()
    nb.cells[5].execution_count = None

    (sentence,) = check(nb, "01_neuron")

    assert sentence.startswith("01_neuron.ipynb, cell 6 has not run")


def test_other_pages_need_no_sections():
    """An appendix obeys the rules of all pages only."""
    nb = chapter()
    nb.cells = [nb.cells[0], code("np.random.seed(0)")]

    (sentence,) = check(nb, "appendix_parity")

    assert "global generator" in sentence


@pytest.mark.parametrize(
    "text",
    [
        "With $\\eta = 0.1$ and `momentum=0.9`.",
        "Section 4.2, sections 4.1 and 4.3, §4.1, Python 3.11, version 2.6, CC BY 4.0.",
        "60000 images, 10 classes, in 1958, 0 %, 50 %, 100 %.",
        "See {cite:p}`kingma_2015` and [the file](https://example.org/v1.2/a).",
        "```python\nx = 0.5\n```",
        "$$\ny = 0.5\n$$",
        "It is {glue:text}`accuracy:.1f` %.",
        "Networks of the 1.0a1 release and file names such as a1.5b.",
    ],
)
def test_settings_places_and_quotations_are_no_typed_results(text):
    """What is no result may stand in a sentence."""
    nb = chapter()
    prose(text)(nb)

    assert check(nb, "01_neuron") == []


@pytest.mark.parametrize(
    "text", ["x = np.random.default_rng(0)", "generator = torch.Generator().manual_seed(0)"]
)
def test_own_generators_are_welcome(text):
    """Only global state is refused."""
    nb = chapter()
    source(text)(nb)

    assert check(nb, "01_neuron") == []


@pytest.mark.parametrize(
    ("name", "found"), [("loss-10", True), ("loss-", False), ("gain-10", False)]
)
def test_computed_names_of_cells_that_are_not_compared_are_recognized(name, found):
    """Their outputs are not stored, so the f-string has to tell."""
    nb = chapter()
    source("for k in ks:\n    glue(f'loss-{k}', 1)", tags=["nbval-ignore-output"])(nb)
    prose(f"It is {{glue:text}}`{name}`.")(nb)

    assert (check(nb, "01_neuron") == []) == found


def test_sections_may_repeat_with_a_suffix():
    """Two experiments in a row are two sections of one kind."""
    nb = chapter()
    for cell in (new_markdown_cell("## Experiment: width"), code("width = 3")):
        add(cell, before="## The PyTorch")(nb)

    assert check(nb, "01_neuron") == []


def test_several_sections_in_one_cell_are_seen():
    """Cells are the author's business."""
    nb = chapter()
    tail = place(nb, "## Summary")
    nb.cells[tail:] = [new_markdown_cell("\n\n".join(cell.source for cell in nb.cells[tail:]))]

    assert check(nb, "01_neuron") == []
