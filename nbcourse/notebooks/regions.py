"""Solution regions: the lines between two markers, of which a student gets a single one instead.

    def relu(x):
        ### BEGIN SOLUTION
        return np.maximum(x, 0)
        ### END SOLUTION

The markers are those of nbgrader. A marker stands alone on its line; anything that looks like one
is a fault, because a region that nobody sees would hand out its solution.
"""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
STUB = 'raise NotImplementedError("{name}: write your answer here")'
_SIMILAR = 0.85  # "begn solution" is 0.96, "the solution" 0.82


def has_region(source: str) -> bool:
    """Whether any line is exactly a marker."""
    return any(line.strip() in (BEGIN, END) for line in source.splitlines())


def marker_faults(source: str) -> Iterator[str]:
    """Clauses on the markers of an answer: unbalanced, nested, or misspelled."""
    opened = 0  # the line of the open marker
    for number, line in enumerate(source.splitlines(), start=1):
        text = line.strip()
        if is_near_miss(line):
            yield f"has {text!r} in line {number}, which is not exactly {BEGIN!r} or {END!r}"
        elif text == BEGIN:
            if opened:
                yield f"has a BEGIN SOLUTION in line {number} inside the region of line {opened}"
            opened = number
        elif text == END:
            if not opened:
                yield f"has an END SOLUTION in line {number} before any BEGIN SOLUTION"
            opened = 0
    if opened:
        yield f"has a BEGIN SOLUTION in line {opened} without an END SOLUTION"


def is_near_miss(line: str) -> bool:
    """Whether a line looks like a marker and is none.

    nbgrader takes any line with the words in capitals for a marker; a comment may also misspell
    them.
    """
    text = line.strip()
    if text in (BEGIN, END):
        return False
    if "BEGIN SOLUTION" in text or "END SOLUTION" in text:
        return True
    comment = re.sub(r"[^a-z]", "", text.partition("#")[2].lower())
    return any(_alike(comment, marker) for marker in ("beginsolution", "endsolution"))


def blank(source: str, name: str) -> str:
    """The source with each region replaced by a line that raises NotImplementedError.

    Args:
        source: of an answer, without marker faults.
        name: of the exercise, for the message.
    """
    lines = []
    for line, inside in _parts(source):
        if not inside:
            lines.append(line)
        elif line.strip() == BEGIN:
            indent = line[: len(line) - len(line.lstrip())]
            lines.append(indent + STUB.format(name=name))
    return "\n".join(lines)


def hidden_lines(source: str) -> list[str]:
    """The lines inside the regions, without the markers."""
    return [line for line, inside in _parts(source) if inside and line.strip() not in (BEGIN, END)]


def open_lines(source: str) -> list[str]:
    """The lines outside the regions."""
    return [line for line, inside in _parts(source) if not inside]


def _parts(source: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it belongs to a region; the markers do."""
    inside = False
    for line in source.splitlines():
        inside = inside or line.strip() == BEGIN
        yield line, inside
        inside = inside and line.strip() != END


def _alike(text: str, marker: str) -> bool:
    return SequenceMatcher(None, text, marker).ratio() >= _SIMILAR
