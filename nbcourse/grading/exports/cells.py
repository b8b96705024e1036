"""Cells of CSV files that people open in spreadsheets: text stays text, numbers stay numbers.

A spreadsheet takes a cell for a formula when it begins with one of a few characters, and a formula
can send the table elsewhere. Such a text gets an apostrophe in front, and every text is quoted, so
that a program that splits at semicolons finds no formula inside one
(https://owasp.org/www-community/attacks/CSV_Injection).
"""

import csv
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import TypeAlias

from nbcourse.grading.text import visible

Cell: TypeAlias = str | int | float | None

_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula; invisible characters are made visible."""
    shown = visible(text)
    begins = shown.lstrip(" \u3000")
    return f"'{shown}" if begins.startswith(_FORMULA) else shown


def number(value: float | None, digits: int = 4) -> int | float | None:
    """A number with few decimals, whole where it is whole; None stays an empty cell."""
    if value is None:
        return None
    rounded = round(value, digits)
    return int(rounded) if rounded == int(rounded) else rounded


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write a CSV file (UTF-8, commas); every text is guarded and quoted.

    Args:
        path: the file; its folder is there.
        header: names of the columns.
        rows: their cells; None is an empty one.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
        for row in chain([header], rows):
            writer.writerow([_cell(cell) for cell in row])


def _cell(cell: Cell) -> Cell:
    return guarded(cell) if isinstance(cell, str) else cell
