"""A chapter's sections: which there are, in which order, and what each must hold."""

import re
from collections.abc import Iterator

from nbcourse.notebooks.anatomy.page import Finding, Page, Section, prose_of, without_fences

SECTIONS = (
    "Predict",
    "The idea",
    "The mathematics",
    "The code",
    "Experiment",
    "The PyTorch twin",
    "Common mistake",
    "Exercises",
    "Quiz",
    "Summary",
    "Further reading",
    "What changed",
)
_WITH_CODE = ("The code", "Experiment", "The PyTorch twin", "Common mistake")
_SUMMARY_LINES = 5
_REFERENCES = 3


def title_opens(page: Page) -> Iterator[Finding]:
    """A page begins with its only title, which has no number: the contents give the numbers."""
    titles = [
        (k, title)
        for k, cell in enumerate(page.nb.cells)
        if cell.cell_type == "markdown"
        for title in re.findall(r"^# +(.+)$", without_fences(cell.source), re.M)
    ]
    if not page.nb.cells or not re.match(r"(\(.+\)=\s+)?# ", page.nb.cells[0].source):
        yield 0, "does not begin with a title (# ...)"
    for k, title in titles:
        if re.match(r"(chapter\b|\d+\b[.:]?\s)", title, re.I):
            yield k, f"numbers its title {title!r}"
    for k, title in titles[1:]:
        yield k, f"has a second title {title!r}"


def costs_printed(page: Page) -> Iterator[Finding]:
    """Below the title stands what running the page costs; the book thus sees a new run, too."""
    if "{resources}" not in page.sections[0].text:
        yield 0, "lacks {resources} between the title and the first section"


def header_card(page: Page) -> Iterator[Finding]:
    """Below the title stand the goal, the prerequisites and the minutes."""
    header = page.sections[0].text
    for entry in ("**Goal:**", "**Prerequisites:**", "**Minutes:**"):
        if entry not in header:
            yield 0, f"lacks {entry} between the title and the first section"


def sections_in_order(page: Page) -> Iterator[Finding]:
    """A chapter has all sections, in one order; a title may come again with a suffix."""
    reached = 0
    for section in page.sections[1:]:
        if section.kind not in SECTIONS:
            yield section.index, f"has a section {section.title!r}, which no chapter has"
        elif (place := SECTIONS.index(section.kind)) < reached:
            yield section.index, f"has {section.title!r} after {SECTIONS[reached]!r}"
        else:
            reached = place
    for kind in SECTIONS:
        if not page.of_kind(kind):
            yield None, f"lacks the section {kind!r}"


def sections_hold_something(page: Page) -> Iterator[Finding]:
    """No section is empty, and the sections about code show code."""
    for section in page.sections[1:]:
        if not section.text.strip():
            yield section.index, f"has nothing in {section.title!r}"
    for kind in _WITH_CODE:
        sections = page.of_kind(kind)
        if sections and not any(block.is_code for part in sections for block in part.blocks):
            yield sections[0].index, f"has no code cell in {kind!r}"


def prediction_asks(page: Page) -> Iterator[Finding]:
    """The first section asks the reader a question."""
    for section in page.of_kind("Predict"):
        if "?" not in prose_of(section.text):
            yield section.index, "asks no question in 'Predict'"


def equations_have_labels(page: Page) -> Iterator[Finding]:
    """Every display equation of "The mathematics" has a label eq-..., so that it can be cited."""
    for section in page.of_kind("The mathematics"):
        for block in section.blocks:
            if not block.is_code:
                for equation in _unlabeled(block.text):
                    yield block.index, f"has an equation without a label (eq-...): {equation}"


def _unlabeled(markdown: str) -> Iterator[str]:
    """The beginnings of the display equations that nobody can cite."""
    for match in re.finditer(r"`{3,}\{math\}(.*?)`{3,}", markdown, re.S):
        if not re.search(r"^:label: *eq-", match[1], re.M):
            yield _beginning(match[1])
    rest = without_fences(markdown)
    for match in re.finditer(r"\$\$(.+?)\$\$[ ]*(\(eq-[\w-]+\))?", rest, re.S):
        if not match[2]:
            yield _beginning(match[1])
    rest = re.sub(r"\$\$.+?\$\$", " ", rest, flags=re.S)
    for match in re.finditer(r"\\begin\{(?:align|equation|gather)\*?\}(.*)", rest):
        yield _beginning(match[0])


def _beginning(text: str) -> str:
    return " ".join(text.split())[:40]


def twins_compared(page: Page) -> Iterator[Finding]:
    """The PyTorch section shows both sources, and computes how far the twins differ."""
    for entry in ("{twins}", "parity"):
        yield from _missing(page.of_kind("The PyTorch twin"), entry)


def _missing(sections: list[Section], entry: str) -> Iterator[Finding]:
    if sections and not any(entry in section.text.lower() for section in sections):
        yield sections[0].index, f"has no {entry} in {sections[0].kind!r}"


def exercises_listed(page: Page) -> Iterator[Finding]:
    """The exercises are those of the chapter's own notebook: the book writes none twice."""
    for section in page.of_kind("Exercises"):
        if "{exercises}" not in section.text:
            yield section.index, "does not list the exercises ({exercises}) in 'Exercises'"


def quiz_asked(page: Page) -> Iterator[Finding]:
    """The quiz and the predictions are those of the chapter's own file in `book/quizzes`."""
    for kind, directive in (("Quiz", "{quiz}"), ("Predict", "{predict}")):
        for section in page.of_kind(kind):
            if directive not in section.text:
                yield section.index, f"has no {directive} in {kind!r}"


def summary_in_five(page: Page) -> Iterator[Finding]:
    """The summary has five lines."""
    for section in page.of_kind("Summary"):
        n_lines = len(re.findall(r"^[-*] ", section.text, re.M))
        if n_lines != _SUMMARY_LINES:
            yield section.index, f"summarizes in {n_lines} bullets instead of {_SUMMARY_LINES}"


def references_cited(page: Page) -> Iterator[Finding]:
    """Further reading names at least three entries of the bibliography."""
    for section in page.of_kind("Further reading"):
        roles = re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", section.text)
        keys = {key.strip() for role in roles for key in role.split(",")}
        if len(keys) < _REFERENCES:
            yield section.index, f"cites {len(keys)} references instead of {_REFERENCES} or more"


def changes_listed(page: Page) -> Iterator[Finding]:
    """The last section lists what changed since the first edition."""
    for section in page.of_kind("What changed"):
        if not re.search(r"^[-*] ", section.text, re.M):
            yield section.index, "has no bullet in 'What changed'"
