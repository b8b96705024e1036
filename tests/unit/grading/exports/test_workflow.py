"""The workflow for GitHub Classroom: valid YAML, commands that our command understands."""

import shlex

import pytest
import typer
import yaml

from nbcourse.cli import app
from nbcourse.errors import InputError
from nbcourse.grading.exports.files import read
from nbcourse.grading.exports.workflow import PLACE, workflow


def commands(text, program):
    """The arguments of each call of a program in a shell text."""
    joined = text.replace("\\\n", " ")
    for line in joined.splitlines():
        if line.strip().startswith("#"):
            continue
        words = shlex.split(line.partition(" > ")[0].partition(" || ")[0], comments=True)
        for k, word in enumerate(words):
            if word.rpartition("/")[2] == program and k + 1 < len(words):
                yield words[k + 1 :]
                break


@pytest.fixture
def steps():
    """The steps of the one job."""
    data = yaml.safe_load(workflow("3"))
    assert set(data) == {"name", True, "permissions", "jobs"}  # `on` is a truth value in YAML 1.1
    assert data["permissions"] == {"contents": "read"}
    return data["jobs"]["grade"]["steps"]


def test_the_workflow_grades_the_assignment(steps):
    """With the options that the command has."""
    scripts = [step["run"] for step in steps if "run" in step]
    found = [words for script in scripts for words in commands(script, "nbcourse")]
    assert len(found) == 2
    for words in found:
        context = parsed(words)
        assert str(context.params["submissions"]) == "03_losses.ipynb"
        assert context.params["assignment"] == "03_losses"
        assert context.params["unsafe"] is False


def parsed(words):
    """The arguments of one call of the command, as it would parse them."""
    command, *rest = words
    group = typer.main.get_command(app)
    return group.commands[command].make_context(command, list(rest))


def test_the_autograder_calls_the_command_with_options_it_has():
    """The script for Gradescope is checked like the workflow."""
    script = read("run_autograder").replace("@ASSIGNMENT@", "03_losses")
    (words,) = commands(script, "nbcourse")
    context = parsed(words)
    assert (context.params["jail"], context.params["as_json"]) == ("2", True)


def test_a_command_with_another_option_is_caught():
    """The check of the commands can fail."""
    with pytest.raises(Exception, match="--sandbox"):
        parsed(["grade", "x.ipynb", "--sandbox"])


def test_the_workflow_holds_no_secret():
    """A student can change a workflow and read what it can read."""
    assert "secrets." not in workflow("3")
    assert "NBCOURSE_SECRET" not in workflow("3")


def test_nothing_is_left_to_fill_in():
    """Every placeholder is filled."""
    text = workflow("gradient_descent")
    assert "@ASSIGNMENT@" not in text
    assert "@PACKAGE@" not in text
    assert "07_gradient_descent.ipynb" in text


def test_the_package_is_one_word_of_the_shell(steps):
    """Whatever it is, pip gets it as it was given."""
    package = "nbcourse[grading] @ https://x.example/a b.whl; echo 'hi'"
    data = yaml.safe_load(workflow("3", package=package))
    run = next(
        s["run"] for s in data["jobs"]["grade"]["steps"] if "pip install" in s.get("run", "")
    )
    assert shlex.split(run.splitlines()[-1])[-1] == package


@pytest.mark.parametrize("package", ["", " ", "a\nb"])
def test_a_package_is_one_line(package):
    """A line break would begin another command."""
    with pytest.raises(InputError, match="one line"):
        workflow("3", package=package)


def test_there_must_be_such_a_chapter():
    """And it has a place."""
    with pytest.raises(InputError, match="no chapter"):
        workflow("99")
    assert PLACE == ".github/workflows/grade.yml"
