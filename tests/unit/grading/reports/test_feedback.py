"""A student's page: the mark and where it comes from; nothing of the hidden inputs."""

import datetime
import re
from dataclasses import replace
from itertools import pairwise

import pytest

from nbcourse.grading.course import Course, Late
from nbcourse.grading.records import CheckRecord
from nbcourse.grading.reports.feedback import render
from nbcourse.grading.store import ManualMark
from tests.unit.grading.reports.conftest import (
    ASSIGNMENT,
    a_book,
    a_record,
    an_exercise,
    hostile_record,
    skeleton,
    tree,
    words,
)

DUE = datetime.datetime(2027, 3, 1, 12, tzinfo=datetime.UTC)
LATE = Course(due={ASSIGNMENT: DUE}, late=Late(per_day=0.25))


def page_of(*records, manual=(), course=None):
    """The page of ada, who handed these in."""
    book = a_book(*records, manual=manual, course=course)
    return render(book.rows[0], records, book.course)


def test_the_mark_is_shown():
    """Points of the whole and of each exercise, and how many checks hold."""
    text = words(page_of(a_record("ada", an_exercise("softmax"), an_exercise("mse", points=10.0))))
    assert "Mark 16 of 20 points" in text
    assert "softmax 6 of 10 points 1 of 2 visible, 1 of 2 hidden" in text
    assert "1 handed in; attempt 1 counts" in text


def test_visible_checks_are_shown_in_full():
    """Arguments, what was expected, what came back, and what is wrong."""
    text = words(page_of(a_record()))
    assert "called with x = 1 expected one got two wrong off" in text


def test_hidden_inputs_are_not_shown():
    """Whatever a hidden check carries: only statement, verdict and message reach the page."""
    planted = CheckRecord("a statement", "properties", False, "the author's", "ARG", "EXP", "GOT")
    page = page_of(a_record("ada", replace(an_exercise(), hidden=(planted,))))
    text = words(page)
    assert "a statement" in text
    assert "hidden the author's" in text
    for secret in ("ARG", "EXP", "GOT"):
        assert secret not in page
    assert "What this page does not show The hidden inputs" in text


def test_a_hidden_check_that_holds_says_nothing_more():
    """The message of a check that holds is no message."""
    planted = CheckRecord("a statement", "properties", True, "LEAK", "LEAK", "LEAK", "LEAK")
    assert "LEAK" not in page_of(a_record("ada", replace(an_exercise(), hidden=(planted,))))


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("unreadable", "could not be read: it is a picture"),
        ("grader_error", "the grader itself failed"),
    ],
)
def test_without_a_mark_the_page_says_why(status, sentence):
    """No mark is no 0: a sentence stands in its place."""
    record = a_record(status=status, problem="it is a picture")
    record = replace(record, exercises=())
    text = words(page_of(record))
    assert "Mark none" in text
    assert sentence in text
    assert "0 of" not in text
    assert "1 handed in, none counts" in text


def test_a_failure_of_the_grader_shows_none_of_its_inside():
    """What went wrong in the grader may hold a reference or an input: it is for the teacher."""
    record = replace(a_record(status="grader_error", problem="KeyError: SECRET"), exercises=())
    assert "SECRET" not in page_of(record)


def test_who_handed_in_nothing_has_a_page():
    """There is no mark, and the page says so."""
    text = words(page_of(course=Course(due={ASSIGNMENT: DUE})))
    assert "Mark none" in text
    assert "nothing was handed in" in text


def test_an_exercise_at_which_the_grader_failed_has_no_points():
    """The other exercises are shown as always."""
    failed = replace(an_exercise("mse", points=0.0), status="grader_error", problem="SECRET")
    page = page_of(a_record("ada", an_exercise(), failed))
    assert "mse: no points yet" in words(page)
    assert "SECRET" not in page


def test_late_work_is_explained():
    """Days, factor, and the points before."""
    record = a_record(submitted="2027-03-02T18:00:00+00:00")
    text = words(page_of(record, course=LATE))
    assert "2 days; 50 % of the points count" in text
    assert "Mark 3 of 10 points" in text
    assert "computed, before the late policy: 6 of 10 points" in text


def test_attempts_are_listed():
    """Which there were, and which counts."""
    records = [a_record(attempt=1), a_record("ada", an_exercise(points=2.0), attempt=2)]
    page = page_of(*records)
    assert "2 handed in; attempt 1, the best, counts" in words(page)
    rows = [row.get_text(" ") for row in tree(page).find("caption").parent.tbody.find_all("tr")]
    assert rows == ["1 time unknown 6 of 10 points yes", "2 time unknown 2 of 10 points no"]
    assert "The details are those of attempt 1." in words(page)


def test_the_average_is_called_so():
    """With the average as the policy all attempts count."""
    records = [a_record(attempt=1), a_record("ada", an_exercise(points=2.0), attempt=2)]
    text = words(page_of(*records, course=Course(attempts="average")))
    assert "2 handed in; the average of attempts 1, 2 counts" in text
    assert "Mark 4 of 10 points" in text


def test_a_mark_from_a_person_is_called_so():
    """With the comment, and with the points that were computed."""
    manual = [ManualMark("ada", ASSIGNMENT, "softmax", 9.0, "Well argued.\nSee page 3.", "cy")]
    text = words(page_of(a_record(), manual=manual))
    assert "This mark was given by a person. Comment: Well argued. See page 3." in text
    assert "(computed: 6 of 10 points)" in text


def test_a_mark_from_a_person_needs_no_notebook():
    """A mark for an oral answer has its page, too."""
    manual = [ManualMark("ada", ASSIGNMENT, "talk", 9.0)]
    text = words(page_of(manual=manual))
    assert "talk: 9 points" in text
    assert "not graded by the computer" in text


def test_a_mark_from_a_person_for_an_unreadable_notebook():
    """The page says that the computer graded nothing."""
    record = replace(a_record(status="unreadable", problem="a picture"), exercises=())
    text = words(page_of(record, manual=[ManualMark("ada", ASSIGNMENT, "softmax", 9.0)]))
    assert "No attempt could be graded by the computer" in text


def test_an_exercise_that_was_not_begun_has_no_checks():
    """A list of failures would say nothing."""
    page = page_of(a_record("ada", an_exercise(points=0.0, started=False)))
    assert "Not begun" in words(page)
    assert not tree(page).select("table.checks")


def test_an_exercise_that_is_left_out_says_so():
    """It is shown and does not count."""
    records = [a_record("ada", an_exercise(), an_exercise("mse"))]
    text = words(page_of(*records, course=Course(leave_out=frozenset({"mse"}))))
    assert "mse: does not count" in text
    assert "Mark 6 of 10 points" in text


def test_a_known_mistake_is_explained():
    """The sentence of the mutant that explains the answer."""
    text = words(page_of(a_record("ada", an_exercise(diagnosis="You took the wrong axis."))))
    assert "Which mistake it was: You took the wrong axis." in text


def test_cells_and_notes_are_shown():
    """What failed, by cell, and what the reader did; a flood is cut, and the cut has a size."""
    record = a_record(cell_problems={k: f"oh {k}" for k in range(100)}, notes=("a magic went",))
    text = words(page_of(record))
    assert "7 oh 7" in text
    assert "And 70 more." in text
    assert "a magic went" in text


def test_missing_isolation_is_a_warning():
    """A mark without walls is shown as such."""
    text = words(page_of(a_record("ada", an_exercise(tier="unsandboxed"))))
    assert "Warning: graded without isolation (unsandboxed)" in text
    assert "Warning" not in words(page_of(a_record()))


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</pre></dd></td></table><h1>Mark: 60 of 60</h1>",
    "</style><style>*{display:none}</style>",
    "<!-- ", "-->", "]]>", "<![CDATA[", "&lt;b&gt;&#60;b&#62;",
    "{{ 7 * 7 }}{% raw %}", "{# x",
    "javascript:alert(1)", "</title><base href=//evil.example>",
    "\u202e\u2066txt.exe\u2069", "nul\x00bell\x07esc\x1b[2J", "half \ud800",
    "😀👩\u200d💻🏳\ufe0f", "a\r\nb\u2028c", "e\u0301" * 50, "x" * 1_000_000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:20])
def test_no_element_comes_from_a_student(text):
    """A page of hostile words has the elements and attributes of a page of harmless ones."""
    page = page_of(hostile_record(text))
    assert skeleton(page) == skeleton(page_of(hostile_record("harmless")))
    assert all(c.isprintable() or c in "\n\t\u200d" for c in page)
    page.encode("utf-8")
    assert len(page) < 40_000


@pytest.mark.parametrize("text", HOSTILE[:6])
def test_words_of_a_student_are_shown_as_they_are(text):
    """Escaped, and not stripped: the student reads what was written."""
    assert tree(page_of(hostile_record(text))).select("td pre")[0].get_text() == text


def test_the_page_can_be_read_by_everybody():
    """Language, headings in order, captions and scopes of tables, no script, no other file."""
    page = tree(page_of(a_record(cell_problems={1: "oh"}), a_record(attempt=2)))
    assert page.html["lang"] == "en"
    assert page.find("meta", attrs={"name": "viewport"})
    levels = [int(heading.name[1]) for heading in page.find_all(re.compile(r"h[1-6]"))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    tables = page.find_all("table")
    assert len(tables) == 4
    for table in tables:
        assert table.caption.get_text()
        assert all(cell.has_attr("scope") for cell in table.find_all("th"))
    assert not page.find_all(["script", "link", "iframe", "object", "base", "form"])
    assert not page.find_all(style=True)
    assert all(link["href"].startswith("#") for link in page.find_all("a"))
    assert {link["href"][1:] for link in page.find_all("a")} <= {
        e["id"] for e in page.select("[id]")
    }


def test_verdicts_do_not_rest_on_color():
    """Each has a sign and a word."""
    page = tree(page_of(a_record()))
    assert {cell.get_text() for cell in page.select(".holds")} == {"✓ holds"}
    assert {cell.get_text() for cell in page.select(".fails")} == {"✗ fails"}


def test_a_page_is_small():
    """Seven exercises, of which one is wrong throughout and three in part: under 40 KB."""
    holds = an_exercise(visible=[True] * 12, hidden=[True] * 12)
    wrong = "it raised ValueError: operands could not be broadcast together with shapes (3,) (4,)"
    names = [f"every entry of the result is right on random arrays, number {k}" for k in range(12)]
    inputs = "z = array (4, 10): 0.123, -1.25, 0.5, 0.875, …; t = [3, 1, 4, 1]; axis = -1"
    checks = [CheckRecord(name, "properties", False, wrong, inputs, "1", "2") for name in names]
    fails = replace(holds, visible=tuple(checks), hidden=tuple(checks))
    half = replace(holds, visible=tuple(checks[:6]), hidden=tuple(checks[:6]))
    exercises = [fails, half, half, half, holds, holds, holds]
    named = [replace(each, exercise=f"exercise_{k}") for k, each in enumerate(exercises)]
    assert 15_000 < len(page_of(a_record("ada", *named)).encode()) < 40_000
