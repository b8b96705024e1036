"""The page of a class, and the index."""

import re

import pytest

from nbcourse.grading.records import Flag, Student
from nbcourse.grading.reports.classes import render, render_index
from nbcourse.grading.reports.feedback import counted_record
from nbcourse.grading.reports.tally import Tally
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
from tests.unit.grading.reports.test_feedback import HOSTILE

CLASS = ("ada", "bob", "cy", "dan", "eve")


def page_of(*records, students=CLASS):
    """The page of a class in which each student handed in at most one notebook."""
    book = a_book(*records, students=students)
    tally = Tally()
    for record in records:
        row = next(row for row in book.rows if row.student.id == record.student)
        tally.add([record], counted_record(row, [record]))
    return render(book.rows, tally, book.course)


def some_records():
    """Of a class of five: three graded, one unreadable, one missing."""
    return [
        a_record("ada", an_exercise(points=10.0, visible=(True,), hidden=(True,)), seconds=0.25),
        a_record("bob", an_exercise(points=4.0, diagnosis="The wrong axis."), seconds=0.75),
        a_record("cy", an_exercise(points=0.0, started=False)),
        a_record("dan", status="unreadable", problem="a picture"),
    ]


def test_students_are_counted_by_status():
    """Each status has its own line; what has no mark is no 0."""
    text = words(page_of(*some_records()))
    assert "graded 3 there is a mark" in text
    assert "missing 1 nothing was handed in" in text
    assert "unreadable 1 the notebook cannot be read; no mark, which is not 0" in text
    assert "grader error 0" in text


def test_points_are_a_picture_a_sentence_and_a_table():
    """Who cannot see the picture has its text and its numbers."""
    page = tree(page_of(*some_records()))
    picture = page.svg
    assert picture["role"] == "img"
    assert page.find(id=picture["aria-labelledby"]).name == "title"
    assert "Histogram of the points of 3 students" in picture.title.get_text()
    assert "Mean 4.67, median 4 of 10 points" in words(str(page))
    table = page.find("caption", string=re.compile("^The same in numbers")).parent
    counts = [int(cell.get_text()) for cell in table.select("td")]
    assert counts == [1, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    assert [int(text.get_text()) for text in picture.find_all("text")[::2]] == counts


def test_exercises_are_described():
    """Mean, full marks, not begun, discrimination (of one exercise alone: none)."""
    assert "softmax 4.67 10 33 % 33 % not defined" in words(page_of(*some_records()))


def test_hardest_checks_and_mistakes_are_listed():
    """Among those who began the exercise."""
    text = words(page_of(*some_records()))
    assert "softmax statement 1 1 100 % 100 %" in text
    assert "softmax The wrong axis. 1" in text


def test_seconds_are_shown_where_they_are_known():
    """In all, in the middle, and at most."""
    text = words(page_of(*some_records()))
    assert (
        "Grading took 1 s in all, for one attempt 0.5 s in the middle and 0.75 s at most." in text
    )
    assert "Grading took" not in words(page_of(a_record()))


def test_what_needs_a_person_is_listed():
    """Flags by student, and notebooks without a mark; each leads to the student's page."""
    flagged = an_exercise(flags=(Flag("package", "it tries to import scipy", 7),))
    page = tree(page_of(*some_records(), a_record("eve", flagged)))
    table = page.find("caption", string=re.compile("^Submissions that have no mark")).parent
    rows = [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in table.select("tr")]
    assert rows[1:] == [
        ["dan", "unreadable", "a picture", ""],
        ["eve", "package", "it tries to import scipy", "7"],
    ]
    assert table.a["href"].startswith(f"../feedback/{ASSIGNMENT}/dan-")


def test_nothing_for_a_person_is_said():
    """An empty table would look like a mistake."""
    assert "No submission needs one." in words(page_of(a_record()))


def test_an_assignment_that_nobody_handed_in_has_a_page():
    """No picture, no statistics, and the list of students."""
    book = a_book(a_record("dan", status="unreadable"), students=CLASS)
    page = render(book.rows, Tally(), book.course)
    assert "There is no mark yet." in words(page)
    assert "Nothing was graded." in words(page)
    assert not tree(page).svg


def test_all_students_are_listed():
    """With status, points and attempts; without a mark the word, not 0."""
    text = words(page_of(*some_records()))
    assert "All 5 students" in text
    assert "ada graded 10 1" in text
    assert "eve missing none 0" in text


def test_missing_isolation_is_a_warning():
    """With the number of submissions."""
    loose = an_exercise(tier="unsandboxed")
    assert "1 submission was graded without isolation" in words(page_of(a_record("ada", loose)))
    both = [a_record("ada", loose), a_record("bob", loose)]
    assert "2 submissions were graded without isolation" in words(page_of(*both))


def test_the_page_can_be_read_by_everybody():
    """Headings in order, captions and scopes, no script, links inside alone."""
    page = tree(page_of(*some_records()))
    assert [heading.name for heading in page.find_all(re.compile(r"h[1-6]"))][:2] == ["h1", "h2"]
    for table in page.find_all("table"):
        assert table.caption.get_text()
        assert all(cell.has_attr("scope") for cell in table.find_all("th"))
    assert not page.find_all(["script", "link", "img"])
    assert not page.find_all(style=True)
    assert all(link["href"].startswith("../") for link in page.find_all("a"))
    assert all(region["aria-label"] for region in page.select("[role=region]"))


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:20])
def test_no_element_comes_from_a_student(text):
    """Neither from a notebook nor from a name on the roster."""

    def page(word):
        students = (Student("ada", word), Student("bob", word))
        unreadable = a_record("bob", status="unreadable", problem=word)
        return page_of(hostile_record(word), unreadable, students=students)

    assert skeleton(page(text)) == skeleton(page("harmless"))
    assert all(c.isprintable() or c in "\n\t\u200d" for c in page(text))


def test_the_index_leads_to_every_class():
    """With counts and the mean; without marks the word."""
    book = a_book(*some_records(), students=CLASS)
    index = render_index(book, {ASSIGNMENT: list(book.rows)})
    assert tree(index).a["href"] == f"class/{ASSIGNMENT}.html"
    assert "Losses (chapter 3) 4.67 of 10 3 1 1 0 0" in words(index)
    empty = a_book(a_record("ada", status="unreadable"))
    assert "chapter 3) none" in words(render_index(empty, {ASSIGNMENT: list(empty.rows)}))
