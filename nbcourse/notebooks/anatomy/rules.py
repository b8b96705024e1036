"""All rules, and `check`, which applies those that concern a page."""

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from nbcourse.notebooks.anatomy import cells, prose, structure
from nbcourse.notebooks.anatomy.page import Finding, Page
from nbcourse.notebooks.files import Notebook

Rule: TypeAlias = Callable[[Page], Iterator[Finding]]

EVERY_PAGE: tuple[Rule, ...] = (
    structure.title_opens,
    structure.costs_printed,
    cells.cells_ran,
    cells.errors_expected,
    cells.tags_known,
    cells.lines_fit,
    cells.plain_python,
    cells.own_generator,
    cells.imports_allowed,
    cells.figures_described,
    cells.outputs_portable,
    prose.quoted_numbers_are_glued,
    prose.no_typed_results,
)
CHAPTERS: tuple[Rule, ...] = (
    structure.header_card,
    structure.sections_in_order,
    structure.sections_hold_something,
    structure.prediction_asks,
    structure.equations_have_labels,
    structure.twins_compared,
    structure.exercises_listed,
    structure.quiz_asked,
    structure.summary_in_five,
    structure.references_cited,
    structure.changes_listed,
)


def check(nb: Notebook, stem: str) -> list[str]:
    """What is wrong with a notebook: sentences that name the file, the cell and the breach.

    A stem that begins with two digits is a chapter, and obeys the rules of chapters too.
    """
    page = Page(stem, nb)
    rules = EVERY_PAGE + (CHAPTERS if re.match(r"\d\d_", stem) else ())
    return [
        f"{stem}.ipynb{'' if k is None else f', cell {k + 1}'} {clause}."
        for rule in rules
        for k, clause in rule(page)
    ]
