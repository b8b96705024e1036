"""Gradescope: results in its format, and an autograder whose scripts do what they say."""

import json
import os
import stat
import subprocess
import sys
import zipfile
from dataclasses import replace

import pytest

from nbcourse.errors import InputError, UserError
from nbcourse.grading.exports.gradescope import autograder_zip, main, results, student
from nbcourse.grading.records import CheckRecord, ExerciseRecord, Record, to_dict

CHECKS = (
    CheckRecord("a statement", "properties", True),
    CheckRecord("another", "properties", False, "off", "x = 1", "one", "two"),
)
HIDDEN = (
    CheckRecord("a statement", "properties", True),
    CheckRecord("another", "properties", False, "off", "ARG", "EXP", "GOT"),
)
EXERCISE = ExerciseRecord("softmax", 6.0, 10, True, "The wrong axis.", CHECKS, HIDDEN, tier="2")
RECORD = Record("nobody", "03_losses", exercises=(EXERCISE,), seconds=0.5)
TOP = {"score", "execution_time", "output", "output_format", "stdout_visibility", "tests"}
TEST = {
    "name", "name_format", "score", "max_score", "status", "output", "output_format", "visibility",
}  # fmt: skip


def test_results_have_the_form_that_gradescope_reads():
    """Names and kinds of values, as its specification lists them."""
    found = json.loads(json.dumps(results(RECORD), allow_nan=False))
    assert set(found) == TOP
    assert (found["score"], found["execution_time"]) == (6.0, 0.5)
    assert found["stdout_visibility"] == "hidden"
    for test in found["tests"]:
        assert set(test) == TEST
        assert test["status"] in ("passed", "failed")
        assert test["visibility"] in ("visible", "after_published")
        assert test["output_format"] == test["name_format"] == "text"


def test_hidden_checks_give_the_points_and_wait():
    """Visible checks give none and are shown at once."""
    visible, hidden = results(RECORD)["tests"]
    assert (visible["visibility"], visible["score"], visible["max_score"]) == ("visible", 0.0, 0.0)
    assert (hidden["visibility"], hidden["score"], hidden["max_score"]) == (
        "after_published", 6.0, 10.0,
    )  # fmt: skip
    assert "called with: x = 1" in visible["output"]
    assert "The wrong axis." in visible["output"]
    assert hidden["output"] == "[holds] a statement\n[fails] another: off"


def test_nothing_hidden_is_in_the_results():
    """Whatever a hidden check carries."""
    text = json.dumps(results(RECORD))
    assert not any(planted in text for planted in ("ARG", "EXP", "GOT"))


def test_a_right_answer_passes():
    """Both tests of an exercise."""
    right = replace(EXERCISE, points=10.0, visible=CHECKS[:1], hidden=HIDDEN[:1], diagnosis="")
    tests = results(replace(RECORD, exercises=(right,)))["tests"]
    assert [test["status"] for test in tests] == ["passed", "passed"]


def test_what_was_not_begun_is_said():
    """And fails."""
    record = replace(RECORD, exercises=(replace(EXERCISE, points=0.0, started=False),))
    visible, hidden = results(record)["tests"]
    assert (visible["output"], visible["status"], hidden["status"]) == (
        "Not begun.", "failed", "failed",
    )  # fmt: skip


def test_an_unreadable_notebook_says_so():
    """A failing test that the student sees at once: no silent zero."""
    record = Record("nobody", "03_losses", status="unreadable", problem="it is a picture")
    (test,) = results(record)["tests"]
    assert (test["status"], test["visibility"]) == ("failed", "visible")
    assert "it is a picture" in test["output"]


@pytest.mark.parametrize(
    "record",
    [
        Record("nobody", "03_losses", status="grader_error", problem="KeyError: SECRET"),
        replace(RECORD, exercises=(EXERCISE, replace(EXERCISE, status="grader_error"))),
    ],
)
def test_a_failure_of_the_grader_is_no_score(record):
    """Gradescope shows a failure where no score is; the inside of the grader is not told."""
    found = results(record)
    assert "score" not in found
    assert not any("score" in test for test in found["tests"])
    assert "SECRET" not in json.dumps(found)
    assert "not your fault" in found["output"]


def test_missing_isolation_is_a_warning():
    """As on every other page."""
    loose = replace(RECORD, exercises=(replace(EXERCISE, tier="unsandboxed"),))
    assert "Warning: graded without isolation" in results(loose)["output"]


def test_words_of_a_student_are_visible_and_short():
    """Control characters are escapes, a flood is cut."""
    problems = dict.fromkeys(range(100), "\x1b[31m" + "x" * 5000)
    output = results(replace(RECORD, cell_problems=problems, notes=("a\u202eb",)))["output"]
    assert "\x1b" not in output
    assert "\\u202e" in output
    assert "And 70 more cells." in output
    assert len(output) < 40_000


def test_the_program_turns_a_record_into_results(tmp_path):
    """From what the command prints, which has sums besides the record."""
    data = {**to_dict(RECORD), "points": 6.0, "points_total": 10}
    (tmp_path / "record.json").write_text(json.dumps(data), encoding="utf-8")
    assert main([str(tmp_path / "record.json"), str(tmp_path / "results.json")]) == 0
    assert json.loads((tmp_path / "results.json").read_text()) == results(RECORD)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"student": 1}'])
def test_what_is_no_record_gives_no_results(tmp_path, capsys, content):
    """Then Gradescope shows a failure."""
    (tmp_path / "record.json").write_text(content, encoding="utf-8")
    assert main([str(tmp_path / "record.json"), str(tmp_path / "results.json")]) == 2
    assert not (tmp_path / "results.json").exists()
    assert "holds no record" in capsys.readouterr().err
    assert main(["one"]) == 2


def test_the_archive_has_what_gradescope_asks_for(tmp_path):
    """Both scripts at its root, executable; the package beside them."""
    wheel = tmp_path / "nbcourse-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    autograder_zip(tmp_path / "a.zip", "3", package=wheel)
    autograder_zip(tmp_path / "b.zip", "03_losses", package=wheel)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == ["setup.sh", "run_autograder", wheel.name]
        modes = [entry.external_attr >> 16 for entry in archive.infolist()]
        assert all(stat.S_IXUSR & mode for mode in modes[:2])
        assert archive.read(wheel.name) == b"wheel"
        script = archive.read("run_autograder").decode()
    assert script.startswith("#!/usr/bin/env bash\n")
    assert "@" not in script.replace("[@]", "")
    assert "--unsafe" not in [word for line in code(script) for word in line.split()]


def code(script):
    """The lines of a shell script that are no comments."""
    return [line for line in script.splitlines() if line.strip() and not line.startswith("#")]


def test_the_archive_is_refused_when_it_would_not_work(tmp_path):
    """No such chapter, no package, not this package."""
    with pytest.raises(InputError, match="no chapter"):
        autograder_zip(tmp_path / "a.zip", "99")
    with pytest.raises(UserError, match="no wheel"):
        autograder_zip(tmp_path / "a.zip", "3", package=tmp_path / "other.whl")
    with pytest.raises(UserError, match="cannot be read"):
        autograder_zip(tmp_path / "a.zip", "3", package=tmp_path / "nbcourse-1.whl")
    assert not (tmp_path / "a.zip").exists()


@pytest.mark.parametrize("name", ["setup.sh", "run_autograder"])
def test_scripts_are_shell(tmp_path, name):
    """Bash can parse them."""
    autograder_zip(tmp_path / "a.zip", "3")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        script = archive.read(name)
    assert subprocess.run(["bash", "-n"], input=script, check=False).returncode == 0


@pytest.fixture
def autograder(tmp_path):
    """A function that runs the script in a folder that stands for /autograder.

    A program of our own stands for the command; it prints what it is told to.
    """
    for folder in ("autograder/submission", "autograder/results", "autograder/source", "bin"):
        (tmp_path / folder).mkdir(parents=True)
    autograder_zip(tmp_path / "a.zip", "3")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        script = archive.read("run_autograder").decode()
    script = script.replace("/autograder", str(tmp_path / "autograder"))
    script = script.replace("/opt/nbcourse/bin", str(tmp_path / "bin"))
    python = tmp_path / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    program = tmp_path / "bin" / "nbcourse"

    def run(notebooks, says, ends=0, secret="planted secret"):
        for name in notebooks:
            (tmp_path / "autograder/submission" / name).write_text("{}")
        (tmp_path / "autograder/source/secret").write_text(secret)
        (tmp_path / "says").write_text(says)
        program.write_text(
            f'#!/bin/sh\necho "$@ $NBCOURSE_SECRET" > {tmp_path}/asked\n'
            f"cat {tmp_path}/says\nexit {ends}\n"
        )
        program.chmod(0o755)
        done = subprocess.run(
            ["bash"], input=script.encode(), check=False, cwd=tmp_path, capture_output=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
        found = tmp_path / "autograder/results/results.json"
        asked = tmp_path / "asked"
        return (
            done.returncode,
            json.loads(found.read_text()) if found.exists() else None,
            asked.read_text() if asked.exists() else "",
        )

    return run


def test_the_script_grades_one_notebook(autograder):
    """Whatever its name: the command gets a plain one, the chapter, the jail and the secret."""
    status, found, asked = autograder(["-rf $(touch x) 'a'.ipynb"], json.dumps(to_dict(RECORD)))
    assert status == 0
    assert found == results(RECORD)
    words = asked.split()
    assert words[0] == "grade"
    assert words[1].endswith("/03_losses.ipynb")
    assert words[2:6] == ["--assignment", "03_losses", "--jail", "2"]
    assert words[6:] == ["--student=nobody", "--json", "planted", "secret"]


def test_the_script_says_whose_it_is(autograder, tmp_path):
    """By the address in Gradescope's metadata, as one word of the shell."""
    users = [{"email": "$(touch x) --json@x"}]
    metadata = tmp_path / "autograder" / "submission_metadata.json"
    metadata.write_text(json.dumps({"users": users}))
    _, _, asked = autograder(["a.ipynb"], json.dumps(to_dict(RECORD)))
    assert "--student=$(touch x) --json@x --json" in asked
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ('{"users": [{"email": "Zoe@x"}, {"email": "Ada@x"}]}', "ada@x"),
        ('{"users": []}', "nobody"),
        ('{"users": [{"name": "Ada"}]}', "nobody"),
        ("[1]", "nobody"),
        ("{", "nobody"),
    ],
)
def test_student_of_a_submission(tmp_path, metadata, expected):
    """The first in the alphabet of a group, in small letters; nobody where none is named."""
    (tmp_path / "m.json").write_text(metadata)
    assert student(tmp_path / "m.json") == expected
    assert student(tmp_path / "none.json") == "nobody"


def test_the_script_passes_on_that_a_notebook_is_unreadable(autograder):
    """The command ends with 1 then, and prints a record all the same."""
    record = Record("nobody", "03_losses", status="unreadable", problem="a picture")
    status, found, _ = autograder(["a.ipynb"], json.dumps(to_dict(record)), ends=1)
    assert (status, found) == (0, results(record))


def test_the_script_fails_when_the_command_does(autograder):
    """No results: Gradescope shows a failure, and no mark."""
    status, found, _ = autograder(["a.ipynb"], "", ends=2)
    assert status != 0
    assert found is None


@pytest.mark.parametrize("notebooks", [[], ["a.ipynb", "b.ipynb"], ["a.py"]])
def test_the_script_asks_for_one_notebook(autograder, notebooks):
    """None or two: the student is told, and nothing is graded."""
    status, found, asked = autograder(notebooks, "")
    assert status == 0
    assert found["output"].startswith("Hand in one notebook;")
    assert asked == ""
