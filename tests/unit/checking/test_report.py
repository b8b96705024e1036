"""Reports: honest about what was tried, readable as text and as a table, escaped."""

import json

from bs4 import BeautifulSoup

from nbcourse.checking import check_function
from nbcourse.checking.seeds import Key
from tests.unit.checking.toy import DOUBLE, by_sum, squares


def _wrong(x):
    print("<b>bold</b>")
    raise ValueError("<script>alert(1)</script>")


def test_success_on_visible_inputs_is_not_called_success():
    """The level is named, and hidden inputs are announced."""
    text = check_function(DOUBLE, by_sum).text()

    assert "visible checks hold (10 of 10 points)" in text
    assert "hidden inputs" in text
    assert "all passed" not in text.lower()
    assert "hidden inputs" not in check_function(DOUBLE, by_sum, key=Key(secret="s")).text()


def test_only_the_first_failure_is_shown_in_full():
    """Expected and got side by side, once; the rest is a sentence each."""
    text = check_function(DOUBLE, squares.function).text()

    assert text.count("called with: x = [3.]") == 1
    assert text.index("expected: [6.]") < text.index("got: [9.]")
    assert text.count("got:") == 1
    assert "Which mistake it was: You squared it." in text


def test_the_table_speaks_to_a_screen_reader():
    """A caption, headings with a scope, words beside the signs."""
    soup = BeautifulSoup(check_function(DOUBLE, squares.function)._repr_html_(), "html.parser")

    assert soup.table.caption.text == "Checks of double"
    assert [th.text for th in soup.select("thead th[scope=col]")] == ["Result", "Check", "Details"]
    assert {th.text for th in soup.select("tbody th[scope=row]")} == {"✓ holds", "✗ fails"}
    assert "color:" not in str(soup).replace("currentColor", "")


def test_nothing_of_a_student_is_markup():
    """Messages and output are escaped."""
    page = check_function(DOUBLE, _wrong)._repr_html_()

    assert "<script>" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;" in page


def test_a_report_is_json():
    """With points, level, diagnosis and every check."""
    data = json.loads(json.dumps(check_function(DOUBLE, squares.function).to_dict()))

    assert data["level"] == "visible"
    assert data["diagnosis"] == "You squared it."
    assert {check["passed"] for check in data["checks"]} == {True, False}


def test_long_messages_do_not_break_lines():
    """One line a detail."""

    def long(x):
        raise ValueError("a\n" * 500)

    assert all(len(line) < 400 for line in check_function(DOUBLE, long).text().splitlines())
