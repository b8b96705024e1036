"""The command, from submissions to tables and pages: what a teacher types, and what comes out."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nbcourse import cli
from tests.security.cheats import WRONG

ROOT = Path(__file__).parents[2]
ROSTER = "id,name,email\nada,Ada Lovelace,ada@x.org\nbob,Bob,\ncy,Cy,\neve,=HYPERLINK(1),\n"


def _run(*arguments):
    return CliRunner().invoke(cli.app, list(map(str, arguments)))


def _notebook(*sources):
    cells = [{"cell_type": "code", "source": source, "metadata": {}} for source in sources]
    return json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})


@pytest.fixture(scope="module")
def class_of_four(jail, tmp_path_factory):
    """A folder of submissions, a roster, and where the grades went."""
    folder = tmp_path_factory.mktemp("class")
    submissions = folder / "submissions"
    submissions.mkdir()
    shutil.copy(ROOT / "solutions/03_losses.ipynb", submissions / "ada_03_losses.ipynb")
    evil = '<script>alert("x")</script>'
    wrong = _notebook(WRONG, f"raise ValueError({evil!r})")
    (submissions / "bob.ipynb").write_text(wrong, encoding="utf-8")
    (submissions / "cy_03_losses.ipynb").write_text("<html>", encoding="utf-8")
    (submissions / "mallory.ipynb").write_text(_notebook(WRONG), encoding="utf-8")
    (folder / "roster.csv").write_text(ROSTER, encoding="utf-8")
    result = _run(
        "grade", submissions, "--roster", folder / "roster.csv", "--out", folder / "grades",
        "--workers", 1,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    return folder, result.output


def test_the_table_has_everybody(class_of_four):
    """Full marks, none, unreadable and missing are four different things."""
    folder, _ = class_of_four
    data = json.loads((folder / "grades/grades.json").read_text(encoding="utf-8"))
    text = json.dumps(data)
    with (folder / "grades/grades.csv").open(encoding="utf-8", newline="") as file:
        rows = {row[0]: row for row in csv.reader(file)}

    assert {"ada", "bob", "cy"} <= set(rows)
    assert "40" in " ".join(rows["ada"])
    assert "unreadable" in rows["cy"]
    assert "missing" in rows["eve"]
    assert "web page" in text


def test_what_belongs_to_nobody_is_said(class_of_four):
    """By name, on the terminal."""
    assert "mallory.ipynb" in class_of_four[1]


def test_the_tier_is_said_before_anything_else(class_of_four):
    """And how it was isolated stands in the output."""
    assert "isolation: tier" in class_of_four[1]


def test_a_page_shows_and_does_not_run_what_a_student_wrote(class_of_four):
    """Escaped, under a policy that would stop it anyway."""
    folder, _ = class_of_four
    pages = list((folder / "grades/feedback/03_losses").glob("*.html"))
    texts = [page.read_text(encoding="utf-8") for page in pages]

    assert len(pages) >= 3
    assert all("<script" not in text for text in texts)
    assert all("Content-Security-Policy" in text for text in texts)
    assert any("&lt;script&gt;alert" in text for text in texts)


def test_tables_are_guarded_against_formulas(class_of_four):
    """A name that begins like one is text."""
    folder, _ = class_of_four
    for name in ("grades.csv", "canvas.csv", "moodle.csv"):
        with (folder / "grades" / name).open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not any(cell.startswith("=") for cell in cells), name


def test_the_secret_is_kept_from_others(class_of_four):
    """Made once, readable by its owner alone, and in no table or page."""
    folder, _ = class_of_four
    path = folder / "grades/secret"
    secret = path.read_text(encoding="utf-8")

    assert path.stat().st_mode & 0o777 == 0o600
    for page in (folder / "grades").rglob("*"):
        if page.suffix in (".html", ".csv", ".json"):
            assert secret not in page.read_text(encoding="utf-8")


def test_grading_again_changes_nothing(class_of_four):
    """Every result is known; the tables are the same to the byte."""
    folder, _ = class_of_four
    before = (folder / "grades/grades.csv").read_bytes()
    result = _run(
        "grade", folder / "submissions", "--roster", folder / "roster.csv",
        "--out", folder / "grades", "--workers", 1,
    )  # fmt: skip

    assert result.exit_code == 0
    assert (folder / "grades/grades.csv").read_bytes() == before


def test_one_notebook_in_json_out(jail):
    """Without a roster."""
    result = _run("grade", ROOT / "solutions/03_losses.ipynb", "--json")
    data = json.loads(result.stdout)

    assert result.exit_code == 0
    assert (data["status"], data["points"], data["points_total"]) == ("graded", 40, 40)


def test_one_notebook_has_the_inputs_of_its_student(jail):
    """Whose it is keys the results; unless told, it is nobody's."""
    results = [
        json.loads(_run("grade", ROOT / "solutions/03_losses.ipynb", "--json", *more).stdout)
        for more in ([], ["--student", "ada"])
    ]

    assert [result["student"] for result in results] == ["nobody", "ada"]
    first, second = ({e["key"] for e in result["exercises"]} for result in results)
    assert not first & second


def test_one_notebook_as_a_table(jail, tmp_path):
    """With what is wrong."""
    path = tmp_path / "x.ipynb"
    path.write_text(_notebook(WRONG), encoding="utf-8")
    result = _run("grade", path)

    assert result.exit_code == 0
    assert "logsumexp" in result.output
    assert "of 40 points" in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere", "--roster", "r.csv"], "there are no submissions at"),
        ([".", "--roster", "nothing.csv"], "the roster nothing.csv cannot be read"),
        (["."], "a class needs its roster"),
        ([".", "--roster", "r.csv", "--jail", "castle"], "there is no jail 'castle'"),
        ([".", "--roster", "r.csv", "--jail", "unsafe"], "write --unsafe"),
        ([".", "--roster", "r.csv", "--assignment", "99"], "there is no chapter '99'"),
        ([".", "--roster", "r.csv", "--course", "c.toml"], "c.toml cannot be read"),
        ([".", "--roster", "r.csv", "--database", "x://y"], "cannot be used"),
        ([".", "--roster", "r.csv", "--scheduler", "tcp://127.0.0.1:1"], "does not answer"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_mistake_gets_one_sentence(jail, tmp_path, monkeypatch, arguments, words):
    """And no traceback."""
    from nbcourse.errors import UserError

    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.csv").write_text(ROSTER, encoding="utf-8")
    result = _run("grade", *arguments)

    assert result.exit_code != 0
    assert isinstance(result.exception, UserError | SystemExit)
    assert words in str(result.exception) + result.output


def test_a_short_secret_is_refused(tmp_path, monkeypatch):
    """What can be guessed keys nothing."""
    monkeypatch.setenv("NBCOURSE_SECRET", "hunter2")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.csv").write_text(ROSTER, encoding="utf-8")
    result = _run("grade", ".", "--roster", "r.csv")

    assert "too few to guess" in str(result.exception)
