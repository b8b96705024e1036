"""All pages of a course: complete, linked, written one student at a time."""

import datetime
import weakref
from pathlib import Path

import pytest

from nbcourse.errors import InputError
from nbcourse.grading.course import Course
from nbcourse.grading.names import slug
from nbcourse.grading.records import Student
from nbcourse.grading.reports import write_reports
from nbcourse.grading.store import ManualMark
from tests.unit.grading.reports.conftest import ASSIGNMENT, a_book, a_record, tree, words

DUE = Course(due={"05_backpropagation": datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC)})


def test_there_is_a_page_for_everybody_and_everything(tmp_path):
    """Each student and assignment, each class, and an index."""
    records = [a_record("ada"), a_record("bob")]
    manual = [ManualMark("cy", ASSIGNMENT, "talk", 3.0)]
    book = a_book(*records, students=("ada", "bob", "cy", "dan"), manual=manual, course=DUE)
    write_reports(book, records, tmp_path)
    pages = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assignments = (ASSIGNMENT, "05_backpropagation")
    expected = {"index.html"} | {f"class/{each}.html" for each in assignments}
    for each in assignments:
        expected |= {f"feedback/{each}/{slug(s)}.html" for s in ("ada", "bob", "cy", "dan")}
    assert pages == expected


def test_every_link_leads_somewhere(tmp_path):
    """From the index to the classes, from there to the students, and back."""
    records = [a_record("ada"), a_record("bob")]
    students = (Student("ada", "Ada"), Student("../../bob", "Bob"), Student("bob"))
    write_reports(a_book(*records, students=students), records, tmp_path)
    seen, todo = set(), [tmp_path / "index.html"]
    while todo:
        page = todo.pop()
        seen.add(page.resolve())
        for link in tree(page.read_text(encoding="utf-8")).find_all("a"):
            target = (page.parent / link["href"].partition("#")[0]).resolve()
            assert target.is_relative_to(tmp_path.resolve())
            if link["href"].startswith("#") or target in seen:
                continue
            assert target.is_file()
            todo.append(target)
    assert len(seen) == 2 + 3


def test_records_of_strangers_are_left_out(tmp_path):
    """Who is not on the roster has no page."""
    records = [a_record("ada"), a_record("mallory")]
    write_reports(a_book(*records), records, tmp_path)
    assert [path.stem for path in (tmp_path / "feedback" / ASSIGNMENT).iterdir()] == [slug("ada")]


def test_records_must_be_sorted(tmp_path):
    """Half of a student's attempts would overwrite the other half."""
    records = [a_record("ada"), a_record("bob"), a_record("ada", attempt=2)]
    with pytest.raises(InputError, match="ada comes twice"):
        write_reports(a_book(*records, students=("ada", "bob")), records, tmp_path)


def test_no_record_is_kept(tmp_path):
    """However many there are, only those of one student are alive at a time."""
    students = [f"s{k:03}" for k in range(60)]
    book = a_book(*(a_record(student) for student in students), students=students)
    alive = []

    def stream():
        references = []
        for student in students:
            for attempt in (1, 2):
                record = a_record(student, attempt=attempt)
                references.append(weakref.ref(record))
                yield record
                del record
                alive.append(sum(reference() is not None for reference in references))

    write_reports(book, stream(), tmp_path)
    assert len(alive) == 120
    assert max(alive) <= 4


def test_hostile_ids_stay_in_their_folder(tmp_path):
    """An id is no path, whatever it looks like."""
    students = ("../../up", "/etc/passwd", "a/b", "a\\b", "..", "con", "x" * 500, "\x00", "é")
    records = [a_record(student) for student in students]
    out = tmp_path / "deep" / "out"
    write_reports(a_book(*records, students=students), records, out)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(list((out / "feedback" / ASSIGNMENT).iterdir())) == len(students)
    assert all(path.is_relative_to(out) for path in files)


def test_a_course_without_anything_has_an_index(tmp_path):
    """Nothing was graded yet."""
    write_reports(a_book(), [], tmp_path)
    assert "Nothing was graded yet." in words((tmp_path / "index.html").read_text())


def test_writing_again_writes_the_same(tmp_path):
    """Pages are a function of gradebook and records."""
    records = [a_record("ada"), a_record("bob")]
    book = a_book(*records, students=("ada", "bob"))

    def written(folder: Path):
        write_reports(book, records, folder)
        return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*.html")}

    assert written(tmp_path / "a") == written(tmp_path / "b") == written(tmp_path / "a")
