"""A notebook seen as headings, sections and prose."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from nbcourse.notebooks.files import Cell, Notebook

Finding: TypeAlias = tuple[
    int | None, str
]  # index of the cell, and a clause that says what is wrong

_PROSE_DIRECTIVES = (
    "admonition|attention|card|caution|dropdown|hint|important|note|seealso|tip|warning"
)
_FENCE = re.compile(
    r"^[ ]*(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)\n(?P<body>.*?)^[ ]*(?P=fence)[ ]*$", re.M | re.S
)


@dataclass(frozen=True)
class Block:
    """A piece of a section: the markdown of one cell, or a code cell."""

    index: int
    text: str
    is_code: bool


@dataclass(frozen=True)
class Section:
    """Everything below one second-level heading; the title is empty before the first."""

    title: str
    blocks: list[Block]

    @property
    def kind(self) -> str:
        """The title without what follows a colon: "Experiment: width" is an "Experiment"."""
        return self.title.split(":")[0].strip()

    @property
    def index(self) -> int:
        """Index of its first cell."""
        return self.blocks[0].index

    @property
    def text(self) -> str:
        """Markdown and code together."""
        return "\n\n".join(block.text for block in self.blocks)


@dataclass(frozen=True)
class Page:
    """A notebook and the name of its file without suffix."""

    stem: str
    nb: Notebook

    @property
    def code(self) -> Iterator[tuple[int, Cell]]:
        """The code cells with their indices."""
        return ((k, cell) for k, cell in enumerate(self.nb.cells) if cell.cell_type == "code")

    @property
    def markdown(self) -> Iterator[tuple[int, str]]:
        """The text of the markdown cells and of the captions, with the indices of the cells."""
        for k, cell in enumerate(self.nb.cells):
            if cell.cell_type == "markdown":
                yield k, cell.source
            elif caption := figure_options(cell).get("caption"):
                yield k, caption

    @cached_property
    def sections(self) -> list[Section]:
        """The notebook, cut at its second-level headings."""
        sections = [Section("", [])]
        for k, cell in enumerate(self.nb.cells):
            if cell.cell_type == "code":
                sections[-1].blocks.append(Block(k, cell.source, is_code=True))
                continue
            start, masked = 0, without_fences(cell.source)
            for heading in re.finditer(r"^## +(.+)$", masked, re.M):
                sections[-1].blocks.append(Block(k, cell.source[start : heading.start()], False))
                sections.append(Section(heading[1].strip(), []))
                start = heading.end()
            sections[-1].blocks.append(Block(k, cell.source[start:], is_code=False))
        return sections

    def of_kind(self, kind: str) -> list[Section]:
        """The sections with this title, with or without a suffix."""
        return [section for section in self.sections if section.kind == kind]


def figure_options(cell: Cell) -> dict[str, str]:
    """The options with which the book turns the output of a cell into a numbered figure."""
    options: dict[str, str] = cell.metadata.get("mystnb", {}).get("figure", {})
    return options


def without_fences(markdown: str) -> str:
    """The same text with every fenced block blanked out, so that positions stay."""
    return _FENCE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), markdown)


def prose_of(markdown: str) -> str:
    """What a reader reads as sentences: no code, no math, no link targets, no roles, no options."""

    def body(match: re.Match[str]) -> str:
        is_prose = re.match(rf"\{{({_PROSE_DIRECTIVES})\}}", match["info"].strip())
        return match["body"] if is_prose else " "

    text = _FENCE.sub(body, markdown)
    for noise in (
        r"\$\$.+?\$\$",
        r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}",
        r"\$[^$\n]+\$",
        r"(\{[\w:.-]+\})?(`+).+?\2",
        r"<!--.*?-->",
        r"\]\([^)]*\)",
        r"https?://\S+",
        r"^:[\w-]+:.*$",
    ):
        text = re.sub(noise, " ", text, flags=re.M | re.S)
    return text
