"""Number chapters by their file names: `05_backpropagation` is chapter 5 wherever it stands.

The table of contents counts the entries of each part from 1. Here the head of every section number
is then replaced: by the number that the file name begins with, or by a letter for an appendix.
Figures, equations and references take their numbers from there.
"""

import re
import string
from collections.abc import Iterable

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx_external_toc.collectors import TocTreeCollectorWithStyles as Collector

_count_sections = Collector.assign_section_numbers


def heads(docnames: Iterable[str]) -> dict[str, int | str]:
    """The number or letter of each page in `docnames` that has one, by its name and its place.

    >>> heads(["05_backpropagation", "appendix_parity", "appendix_references", "preface"])
    {'05_backpropagation': 5, 'appendix_parity': 'A', 'appendix_references': 'B'}
    """
    letters = iter(string.ascii_uppercase)
    found: dict[str, int | str] = {}
    for docname in docnames:
        if number := re.match(r"(\d+)_", docname):
            found[docname] = int(number[1])
        elif docname.startswith("appendix_"):
            found[docname] = next(letters)
    return found


def assign_section_numbers(collector: Collector, env: BuildEnvironment) -> list[str]:
    """Count as the table of contents does, put the heads in, and return the pages that changed."""
    before = env.toc_secnumbers
    _count_sections(collector, env)
    for docname, head in heads(env.toc_secnumbers).items():
        numbers = env.toc_secnumbers[docname]
        env.toc_secnumbers[docname] = {
            anchor: number and (head, *number[1:]) for anchor, number in numbers.items()
        }
        for entry in (env.titles[docname], *env.tocs[docname].findall(nodes.reference)):
            if entry.get("secnumber"):
                entry["secnumber"] = [head, *entry["secnumber"][1:]]
    return [page for page, numbers in env.toc_secnumbers.items() if numbers != before.get(page)]


def setup(app: Sphinx) -> None:
    """Let the collector of section numbers count in our way."""
    del app  # there is no event between counting sections and using their numbers
    Collector.assign_section_numbers = assign_section_numbers
