"""The teacher's commands after grading: marks by hand, and the inputs behind an appeal."""

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nbcourse import cli
from nbcourse.errors import UserError
from nbcourse.exercises import find
from nbcourse.grading.records import CheckRecord, ExerciseRecord, Record
from nbcourse.grading.store import Store
from tests.unit.grading.test_appeals import SECRET, graded

ROOT = Path(__file__).parents[2]
HEADER = "student,assignment,exercise,points,comment,author\n"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course that was graded: ada twice, the second attempt better; bob unreadable."""
    monkeypatch.delenv("NBCOURSE_SECRET", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "roster.csv").write_text("id,email\nada,ada@x.org\nbob,\n", encoding="utf-8")
    (tmp_path / "grades").mkdir()
    (tmp_path / "grades/secret").write_text(SECRET + "\n", encoding="utf-8")
    check = CheckRecord("a statement", "properties", True)
    wrong = ExerciseRecord("logsumexp", 1.0, 10, True, hidden=(check,), tier="1", key="k")
    with Store(tmp_path / "grades/grades.db") as store:
        run = store.begin_run({"roster": str(tmp_path / "roster.csv"), "course": ""})
        first = Record("ada", "03_losses", 1, exercises=(wrong,))
        bob = Record("bob", "03_losses", 1, status="unreadable", problem="it is empty")
        store.save([first, graded(attempt=2), bob], run)
    return tmp_path


@pytest.fixture
def written(monkeypatch):
    """What would be written: the marks that are in the store when the tables are made."""
    seen = []
    monkeypatch.setattr(
        "nbcourse.cli.grade.write_all",
        lambda store, roster, course, out: seen.append((store.manual_marks(), roster, course, out)),
    )
    return seen


def _run(*arguments):
    return CliRunner().invoke(cli.app, list(map(str, arguments)))


def _error(*arguments):
    """The sentence of a user's mistake."""
    result = _run(*arguments)
    assert isinstance(result.exception, UserError), result.output
    assert "\n" not in str(result.exception)
    return str(result.exception)


def _table(folder, *lines):
    path = folder / "marks.csv"
    path.write_text(HEADER + "\n".join(lines), encoding="utf-8")
    return path


def test_marks_are_stored_and_the_tables_made_anew(course, written):
    """With the roster of the last run."""
    result = _run("marks", _table(course, "ada@x.org,3,logsumexp,9,good,cy"))

    assert result.exit_code == 0, result.output
    assert "marks given by hand: 1; see grades" in result.output
    ((marks, roster, rules, _),) = written
    assert [(m.student, m.points, m.comment) for m in marks] == [("ada", 9.0, "good")]
    assert [student.id for student in roster.students] == ["ada", "bob"]
    assert rules.attempts == "best"


def test_a_mark_is_taken_back(course, written):
    """By a line without points."""
    _run("marks", _table(course, "ada,3,logsumexp,9,,", "bob,3,focal_loss,2,,"))
    result = _run("marks", _table(course, "ada,3,logsumexp,,,"))

    assert "marks given by hand: 0, 1 taken back" in result.output
    assert [mark.student for mark in written[-1][0]] == ["bob"]


def test_nothing_is_written_when_a_line_is_wrong(course, written):
    """Not even the lines before it."""
    words = _error("marks", _table(course, "ada,3,logsumexp,9,,", "eve,3,logsumexp,9,,"))

    assert "line 3: 'eve' is nobody on the roster" in words
    assert written == []
    with Store(course / "grades/grades.db") as store:
        assert store.manual_marks() == []


def test_the_rules_of_the_last_run_hold(course, written):
    """And others where they are named."""
    (course / "course.toml").write_text('attempts = "last"\n', encoding="utf-8")
    (course / "other.toml").write_text('attempts = "average"\n', encoding="utf-8")
    with Store(course / "grades/grades.db") as store:
        roster = str(course / "roster.csv")
        store.begin_run({"roster": roster, "course": str(course / "course.toml")})
    table = _table(course, "ada,3,logsumexp,9,,")
    _run("marks", table)
    _run("marks", table, "--course", "other.toml")

    assert [rules.attempts for _, _, rules, _ in written] == ["last", "average"]


def test_marks_reach_the_table(course):
    """A mark by hand stands in grades.csv, with its comment, in place of the computed one."""
    pytest.importorskip("nbcourse.grading.exports")
    _run("marks", _table(course, "ada,3,logsumexp,9,well argued,cy"))
    with (course / "grades/grades.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}

    assert rows["ada"]["logsumexp"] == "9"
    assert "well argued" in rows["ada"]["comments"]


def test_an_appeal_shows_what_was_graded(course):
    """Of the attempt that counts: every hidden check, its calls, and what is right."""
    result = _run("appeal", "ADA", "3", "logsumexp")

    assert result.exit_code == 0, result.output
    assert "ada, 03_losses, attempt 2: logsumexp has" in result.output
    assert "FAILS: " in result.output
    assert "logsumexp(array(" in result.output
    n_failed = result.output.count("    right: ")
    everything = _run("appeal", "ada", "3", "logsumexp", "--all").output
    assert 0 < n_failed < everything.count("    right: ")


def test_an_attempt_can_be_named(course):
    """Its result was not made with this secret; that is said, and no inputs are shown."""
    words = _error("appeal", "ada", "3", "logsumexp", "--attempt", 1)
    assert "these inputs would not be those that were graded" in words


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("eve", "3", "logsumexp"), "'eve' is nobody on the roster"),
        (("ada", "3", "softmax"), "03_losses has no exercise 'softmax'"),
        (("ada", "99", "logsumexp"), "there is no chapter '99'"),
        (("ada", "3", "focal_loss"), "no result of focal_loss"),
        (("bob", "3", "logsumexp"), "bob has no graded attempt at 03_losses that counts"),
        (("ada", "3", "logsumexp", "--attempt", 7), "ada has no graded attempt 7"),
        (("ada", "3", "logsumexp", "--out", "nowhere"), "there is no secret in nowhere"),
    ],
)
def test_an_appeal_that_cannot_be_shown_says_why(course, arguments, words):
    """In one sentence."""
    assert words in _error("appeal", *arguments)


def test_another_secret_shows_nothing(course, monkeypatch):
    """Inputs that were never graded would decide nothing."""
    monkeypatch.setenv("NBCOURSE_SECRET", "the secret of last year")
    assert "the secret is another one" in _error("appeal", "ada", "3", "logsumexp")


def test_a_lost_secret_is_not_made_anew(course):
    """A new one would look like the old one, and draw other inputs."""
    (course / "grades/secret").unlink()

    assert "without it no input can be drawn again" in _error("appeal", "ada", "3", "logsumexp")
    assert not (course / "grades/secret").exists()


def test_a_folder_without_grades_is_named(course, written):
    """And no empty database is left there."""
    words = _error("marks", _table(course, "ada,3,logsumexp,9,,"), "--out", "nowhere")

    assert words == "nothing was graded in nowhere: it has no grades.db; name it with --out"
    assert not (course / "nowhere").exists()


def test_a_run_that_did_not_say_its_roster_needs_it(course, written):
    """The option is named."""
    with Store(course / "grades/grades.db") as store:
        store.begin_run({})
    table = _table(course, "ada,3,logsumexp,9,,")

    assert "name it with --roster" in _error("marks", table)
    assert _run("marks", table, "--roster", "roster.csv").exit_code == 0


def test_what_is_shown_is_for_one_exercise(course):
    """The name of another one appears nowhere."""
    assert find("focal_loss").name not in _run("appeal", "ada", "3", "logsumexp").output


@pytest.fixture
def handed_in(course):
    """Ada's solutions; bob's, which are hers with another name; and nobody else's."""
    submissions = course / "submissions"
    submissions.mkdir()
    text = (ROOT / "solutions/03_losses.ipynb").read_text(encoding="utf-8")
    (submissions / "ada_03_losses.ipynb").write_text(text, encoding="utf-8")
    disguised = text.replace("shifted", "my_own_idea")
    (submissions / "bob_03_losses.ipynb").write_text(disguised, encoding="utf-8")
    return submissions


def test_copies_are_listed(handed_in):
    """By the ids of both; not what everybody was given."""
    result = _run("similar", handed_in, "3", "--roster", "roster.csv")
    assert [word in result.output for word in ("ada", "bob", "100%")] == [True] * 3

    given = ("--given", handed_in / "ada_03_losses.ipynb")
    result = _run("similar", handed_in, "3", "--roster", "roster.csv", *given)
    assert "no two of 2 notebooks are 80% alike" in result.output


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("submissions", "1"), "has no notebook of 01_neuron that can be read"),
        (("submissions", "99"), "there is no chapter '99'"),
        (("nowhere", "3"), "there are no submissions at"),
        (("submissions", "3", "--given", "nothing.ipynb"), "nothing.ipynb cannot be read"),
        (
            ("submissions", "3", "--given", "roster.csv"),
            "roster.csv: it does not begin like a notebook",
        ),
    ],
)
def test_similar_says_what_is_wrong(handed_in, more, words):
    """In one sentence."""
    assert words in _error("similar", *more, "--roster", "roster.csv")
