"""Sentences: a number in them comes from the cell that computed it, so that it cannot go stale."""

import ast
import re
from collections.abc import Iterator

from nbcourse.notebooks.anatomy.page import Finding, Page, prose_of
from nbcourse.notebooks.files import Cell

_QUOTED = re.compile(r"\{glue(?::\w*)?\}`([^`:]+)(?::[^`]*)?`")
_REFERENCE = re.compile(  # numbers that name a place or a version are no results
    r"(?:sections?|chapters?|§|versions?|equations?|figures?|tables?|python|numpy|pytorch|cc by)"
    r"\s*[v(]?\d+(?:\.\d+)*(?:\s*(?:,|and|or|to|-|–)\s*\d+(?:\.\d+)+)*",
    re.I,
)
_PROSE_NUMBER = re.compile(r"(?<![\w.])(?:\d+\.\d+(?:\s?%)?|(?!(?:0|50|100)\s?%)\d+\s?%)(?!\w)")


def quoted_numbers_are_glued(page: Page) -> Iterator[Finding]:
    """Whatever a sentence quotes is glued in the same notebook, and no name is glued twice."""
    glued: set[str] = set()  # patterns, since a cell may compute a name
    for k, cell in page.code:
        names = _glued_when_run(cell) or _glued_in_source(cell.source)
        for name in sorted(glued & names):
            yield k, f"glues {name!r} a second time"
        glued |= names
    for k, text in page.markdown:
        for name in map(str.strip, _QUOTED.findall(text)):
            if not any(re.fullmatch(pattern, name) for pattern in glued):
                yield k, f"quotes {name!r}, which no cell of this notebook glues"


def no_typed_results(page: Page) -> Iterator[Finding]:
    """Decimals and percentages are glued; settings and definitions are code or mathematics."""
    for k, text in page.markdown:
        for number in _PROSE_NUMBER.findall(_REFERENCE.sub(" ", prose_of(text))):
            yield k, f"has the number {number.strip()!r} typed in a sentence; glue it"


def _glued_when_run(cell: Cell) -> set[str]:
    """Patterns of the names in the stored outputs."""
    return {
        re.escape(output.metadata["scrapbook"]["name"])
        for output in cell.outputs
        if "scrapbook" in output.get("metadata", {})
    }


def _glued_in_source(source: str) -> set[str]:
    """Patterns of the names in the calls of `glue`, for cells whose outputs are not stored."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return set()
    calls = (node for node in nodes if isinstance(node, ast.Call) and node.args)
    return {_pattern(call.args[0]) for call in calls if ast.unparse(call.func) == "glue"} - {""}


def _pattern(name: ast.expr) -> str:
    """What a literal or an f-string can become; nothing for other expressions."""
    if isinstance(name, ast.JoinedStr):
        return "".join(_pattern(part) or ".+" for part in name.values)
    is_text = isinstance(name, ast.Constant) and isinstance(name.value, str)
    return re.escape(name.value) if is_text else ""  # type: ignore[attr-defined]
