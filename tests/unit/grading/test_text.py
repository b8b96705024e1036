"""Foreign texts: what hides or turns text becomes visible, and nothing is cut in silence."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcourse.grading.text import amount, line, short, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, Zoë, 北京, שלום", "plain, Zoë, 北京, שלום"),
        ("nul \x00 bell \x07", "nul \\x00 bell \\x07"),
        ("escape \x1b[31m", "escape \\x1b[31m"),
        ("\u202eturned\u2066", "\\u202eturned\\u2066"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("half \ud800 of a pair", "half \\ud800 of a pair"),
        ("line\r\nline\rback", "line\nline\\rback"),
        ("a\u00a0space", "a space"),
        ("line\u2028separator\x85", "line\\u2028separator\\x85"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("a\ttab", "a\ttab"),
    ],
)
def test_hidden_characters_are_shown(text, shown):
    """Controls, directions and halves of pairs become escapes; letters and emoji stay."""
    assert visible(text) == shown


@given(st.text(alphabet=st.characters(), max_size=50))
def test_what_is_visible_can_be_written_and_stays(text):
    """Any text comes out fit for UTF-8, and what came out does not change again."""
    shown = visible(text)
    shown.encode("utf-8")
    assert visible(shown) == shown
    assert set(shown) - set("\n\t\u200c\u200d") <= {c for c in shown if c.isprintable()}


def test_printable_text_is_the_same():
    """A program's source is shown as it is."""
    assert visible(string.printable[:95]) == string.printable[:95]


def test_short_says_what_it_leaves_out():
    """A long text is cut, and the cut has a size."""
    assert short("x" * 10, 10) == "x" * 10
    assert short("x" * 1_000_000, 10) == "x" * 10 + "… (999990 more characters)"


def test_line_has_no_breaks():
    """A text of several lines is one line."""
    assert line(" two\n\tlines\x00 ") == "two lines\\x00"


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (10.0, 2, "10"),
        (6.6666, 2, "6.67"),
        (-0.001, 2, "0"),
        (-5.5, 2, "-5.5"),
        (0.1234, 3, "0.123"),
    ],
)
def test_amounts_have_no_zeros_at_the_end(value, digits, text):
    """Points are written as people write them."""
    assert amount(value, digits) == text
