"""One notebook file, from bytes: its code cells, or a sentence on why it cannot be read.

Nothing is run, no kernel is started, and no library that trusts its input is asked.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nbcourse.grading.submissions.magics import to_python

MAX_BYTES = 30 * 2**20
MAX_DEPTH = 60
MAX_CELLS = 2_000
MAX_SOURCE = 2 * 2**20  # characters of code in all
_MAX_DIGITS = 400


class UnreadableError(ValueError):
    """A file that is no notebook; the message is a clause for the student and the teacher."""


@dataclass(frozen=True)
class Notebook:
    """What was read of a notebook.

    Attributes:
        cells: code cells, as pairs of their number (from 1, all cells counted) and source.
        notes: what was left out or noticed.
    """

    cells: tuple[tuple[int, str], ...]
    notes: tuple[str, ...] = ()


def read_notebook(data: bytes) -> Notebook:
    """The code of a notebook.

    Raises:
        UnreadableError: it is none, or larger than any honest one.
    """
    if len(data) > MAX_BYTES:
        size = len(data) / 2**20
        raise UnreadableError(
            f"it has {size:.0f} MiB, more than {MAX_BYTES // 2**20}; clear its outputs"
        )
    text = decode(data)
    if text.lstrip()[:1] != "{":
        raise UnreadableError(_looks_like(text))
    _check_depth(text)
    try:
        content = json.loads(
            text, parse_constant=_constant, parse_int=_integer, object_pairs_hook=_object
        )
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"it is no JSON: {str(error)[:100]}") from None
    return _cells(_cell_list(content))


def decode(data: bytes) -> str:
    """Text from bytes: UTF-8 or UTF-16, with or without a mark; lone surrogates are replaced.

    Raises:
        UnreadableError: there is nothing in it.
    """
    if not data.strip(b"\0 \t\r\n"):
        raise UnreadableError("it is empty")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", "replace")
    else:
        text = data.decode("utf-8-sig", "replace")
    return text.replace("\0", "�")


def _looks_like(text: str) -> str:
    start = text.lstrip()[:200].lower()
    if start.startswith(("<!doctype", "<html")):
        return "it is a web page, not a notebook; download the .ipynb file"
    if start.startswith("pk"):
        return "it is an archive, not a notebook"
    if start.startswith("%pdf"):
        return "it is a PDF, not a notebook"
    return "it does not begin like a notebook"


def _check_depth(text: str) -> None:
    """Refuse deep nesting before a recursive parser meets it; strings are skipped."""
    depth = 0
    for token in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text, re.DOTALL):
        symbol = token[0][0]
        if symbol in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise UnreadableError(f"it is nested more than {MAX_DEPTH} deep")
        elif symbol in "]}":
            depth -= 1


def _constant(name: str) -> float:
    return float(name)  # NaN and infinity, which strict JSON does not have, in outputs


def _integer(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A key that comes twice: the last one counts, as every tool has it; outputs are dropped."""
    return {key: value for key, value in pairs if key not in ("outputs", "attachments")}


def _cell_list(content: object) -> list[Any]:
    if not isinstance(content, dict):
        raise UnreadableError("it is JSON, but no notebook")
    cells = content.get("cells")
    worksheets = content.get("worksheets")  # nbformat 3
    if cells is None and isinstance(worksheets, list):
        sheets = [sheet for sheet in worksheets if isinstance(sheet, dict)]
        cells = [cell for sheet in sheets for cell in sheet.get("cells") or ()]
    if not isinstance(cells, list):
        raise UnreadableError("it is JSON, but has no cells")
    if len(cells) > MAX_CELLS:
        raise UnreadableError(f"it has {len(cells)} cells, more than {MAX_CELLS}")
    return cells


def _cells(cells: Sequence[Any]) -> Notebook:
    found: list[tuple[int, str]] = []
    notes: list[str] = []
    total = 0
    for number, cell in enumerate(cells, start=1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = _source(cell.get("source", cell.get("input", "")))
        total += len(source)
        if total > MAX_SOURCE:
            raise UnreadableError(f"it has more than {MAX_SOURCE:,} characters of code")
        python, left_out = to_python(source)
        notes += [f"cell {number}: {clause}" for clause in left_out]
        if python.strip():
            found.append((number, python))
    if not found:
        notes.append("no cell of it holds code")
    return Notebook(tuple(found), tuple(notes[:50]))


def _source(source: object) -> str:
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    text = source if isinstance(source, str) else ""
    # A lone half of a character cannot be encoded, compiled or shown.
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").replace("\0", "�")
