"""The worksheet for Moodle: the columns that its importer needs, and comments in HTML."""

from bs4 import BeautifulSoup

from nbcourse.grading.exports import moodle
from nbcourse.grading.gradebook import Mark
from nbcourse.grading.records import Student
from nbcourse.grading.roster import read_roster
from tests.unit.grading.exports.conftest import a_row, no_mark, read, table

WORKSHEET = """Identifier,"Full name","Email address",Status,Grade,"Maximum Grade"
"Participant 4711","Ada Lovelace",ada@x.org,"No submission",,10
"""


def written(tmp_path, *rows):
    """The worksheet of these rows."""
    moodle.write(rows, tmp_path / "moodle.csv")
    return table(tmp_path / "moodle.csv")


def test_the_columns_are_those_of_moodle(tmp_path):
    """Without three of them Moodle refuses the file."""
    written(tmp_path, a_row())
    header = read(tmp_path / "moodle.csv")[0]
    assert header == [
        "Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade",
        "Last modified (submission)", "Last modified (grade)", "Feedback comments",
    ]  # fmt: skip


def test_grades_are_there_or_empty(tmp_path):
    """An empty grade changes nothing in Moodle; none is 0."""
    rows = written(tmp_path, a_row(), no_mark("bob"), no_mark("cy", "unreadable"))
    assert [(r["Status"], r["Grade"], r["Maximum Grade"]) for r in rows] == [
        ("Submitted for grading", 7.5, 15), ("No submission", "", 15),
        ("Submitted for grading", "", 15),
    ]  # fmt: skip
    assert [r["Feedback comments"] for r in rows[1:]] == ["", "No mark: unreadable."]


def test_times_do_not_overrule_moodle(tmp_path):
    """What was graded in Moodle by hand is newer than an empty time, and stays."""
    (row,) = written(tmp_path, a_row())
    assert (row["Last modified (submission)"], row["Last modified (grade)"]) == ("", "")


def test_a_worksheet_of_moodle_is_a_roster_and_goes_back(tmp_path):
    """Its identifiers are repeated as they are."""
    (tmp_path / "roster.csv").write_text(WORKSHEET, encoding="utf-8")
    (student,) = read_roster(tmp_path / "roster.csv").students
    assert (student.name, student.email) == ("Ada Lovelace", "ada@x.org")
    (row,) = written(tmp_path, a_row(student))
    assert row["Identifier"] == "Participant 4711"
    assert row["Full name"] == "Ada Lovelace"


def test_a_number_of_moodle_is_a_participant(tmp_path):
    """A roster of one's own may have a column `moodle id`; an id alone is no identifier."""
    (tmp_path / "roster.csv").write_text("id,moodle id\nada,4711\nbob,\n", encoding="utf-8")
    rows = written(tmp_path, *map(a_row, read_roster(tmp_path / "roster.csv").students))
    assert [row["Identifier"] for row in rows] == ["Participant 4711", ""]


def test_comments_are_html_without_markup_of_others(tmp_path):
    """Moodle shows comments as HTML: lines are ours, everything else is text."""
    marks = (
        Mark("softmax", 9.0, 10, manual=True, comment="<script>x</script> &\nmore"),
        Mark("mse", 1.0, 5, diagnosis="The wrong <axis>."),
    )
    (row,) = written(tmp_path, a_row(marks=marks, days_late=2, factor=0.5))
    page = BeautifulSoup(row["Feedback comments"], "html.parser")
    assert {element.name for element in page.find_all(True)} == {"br"}
    assert list(page.stripped_strings) == [
        "softmax: 9 of 10. <script>x</script> & more",
        "mse: 1 of 5. The wrong <axis>.",
        "Days late: 2; share of the points: 0.5.",
    ]


def test_names_are_guarded(tmp_path):
    """A name is no formula."""
    (row,) = written(tmp_path, a_row(Student("ada", "=1+1", "@x")))
    assert (row["Full name"], row["Email address"]) == ("'=1+1", "'@x")
