"""The commands of practice: what they print, their exit codes, their sentences."""

import json

import pytest
from rich.console import Console
from typer.testing import CliRunner

from nbcourse import cli
from nbcourse.cli import practice
from nbcourse.practice import progress

RIGHT = "def linear_backward(dy, x, W):\n    return dy @ W.T, x.T @ dy, dy.sum(axis=0)"


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    """Give tables room, so that no cell is wrapped."""
    monkeypatch.setattr(practice, "console", Console(width=250, highlight=False, markup=False))


@pytest.fixture
def notebook(tmp_path):
    """A notebook with one answer out of a chapter."""
    path = tmp_path / "05_backpropagation.ipynb"
    cells = [{"cell_type": "code", "source": RIGHT}]
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return path


def test_check_prints_a_table_and_fails_while_something_is_missing(notebook):
    """The answer that is there, and those that are not."""
    result = CliRunner().invoke(cli.app, ["check", str(notebook), "--details"])

    assert result.exit_code == 1
    assert "linear_backward" in result.output
    assert "10 of 10" in result.output
    assert "no function mlp_backward was found" in result.output
    assert "ok   " in result.output


def test_check_gives_json(notebook):
    """Nothing else on standard output; both levels for a student."""
    result = CliRunner().invoke(cli.app, ["check", str(notebook), "--json", "--student", "ana"])
    (run,) = json.loads(result.stdout)

    assert run["exercises"][0]["passed"] is True
    assert [r["level"] for r in run["exercises"][0]["reports"]] == ["visible", "hidden"]


def test_the_solutions_pass(pytestconfig):
    """Exit code 0, and no word of success beyond the visible checks."""
    path = pytestconfig.rootpath / "solutions" / "03_losses.ipynb"
    result = CliRunner().invoke(cli.app, ["check", str(path)])

    assert result.exit_code == 0
    assert "All visible checks hold" in result.output


def test_progress_lists_every_exercise():
    """By chapter, with what was reached."""
    progress.record_hint("linear_backward", 2)
    result = CliRunner().invoke(cli.app, ["progress"])

    assert result.exit_code == 0
    assert "05_backpropagation" in result.output
    assert "mlp_backward" in result.output
    assert "0 of " in result.output


def test_a_new_exercise_names_its_files(tmp_path):
    """A folder that is not the course is a mistake in one sentence."""
    from nbcourse.errors import UserError

    result = CliRunner().invoke(
        cli.app, ["new-exercise", "05", "chain_rule", "--folder", str(tmp_path)]
    )

    assert isinstance(result.exception, UserError)
    assert "is not the course" in str(result.exception)
