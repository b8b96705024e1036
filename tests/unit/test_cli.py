"""The command line: what it prints, its exit codes, and no traceback for a user's mistake."""

import os
import subprocess
import sys

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from nbcourse import checkpoints, cli
from nbcourse.errors import UserError


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    """Give tables room, so that no cell is wrapped."""
    monkeypatch.setattr(cli, "console", Console(width=250, highlight=False, markup=False))


def _call(*args, **environment):
    """Run the real command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", "from nbcourse.cli import main; main()", *args],
        capture_output=True, text=True,
        env=os.environ | {"COLUMNS": "120"} | environment, check=False,
    )  # fmt: skip


def test_doctor_finds_what_the_course_needs():
    """Every needed thing is named, and the exit code is 0."""
    result = CliRunner().invoke(cli.app, ["doctor"])

    assert result.exit_code == 0, result.output
    for word in ("Python", "numpy", "torch", "device", "digits", "cache", "ready"):
        assert word in result.output


def test_doctor_names_what_is_missing(monkeypatch):
    """A missing needed package gives exit code 1 and the command that installs it."""
    from nbcourse import doctor

    monkeypatch.setattr(doctor, "_PACKAGES", (("no-such-package", True, "'no[such]'"),))
    result = CliRunner().invoke(cli.app, ["doctor"])

    assert result.exit_code == 1
    assert "MISSING" in result.output
    assert "pip install 'no[such]'" in result.output


def test_doctor_survives_a_wrong_data_folder(monkeypatch):
    """A folder that is not there is a finding, not a crash."""
    monkeypatch.setenv("NBCOURSE_DATA", "/no/such/folder")
    result = CliRunner().invoke(cli.app, ["doctor"])

    assert result.exit_code == 0
    assert "NBCOURSE_DATA" in result.output


@pytest.mark.parametrize("twin", ["numpy", "torch"])
def test_train_saves_weights_that_load(twin, tmp_path):
    """Progress, a final table, and a file that the package reads."""
    out = tmp_path / "w.npz"
    result = CliRunner().invoke(
        cli.app,
        ["train", "mnist", "--twin", twin, "--epochs", "1", "--device", "cpu", "--out", str(out)],
    )
    assert result.exit_code == 0, result.output
    assert "50,240" in result.output
    assert "test" in result.output
    weights, facts = checkpoints.load(out)

    assert weights["0.W"].shape == (784, 64)
    assert facts["seed"] == 0
    assert np.isfinite(weights["4.b"]).all()


def test_twins_shows_both_sides():
    """Both files are named, and the backward pass stands on the NumPy side."""
    result = CliRunner().invoke(cli.app, ["twins", "layers.Linear"])

    assert result.exit_code == 0
    assert "numpy_nn/layers.py" in result.output
    assert "torch_nn/layers.py" in result.output
    assert "def backward" in result.output


def test_lists():
    """Names of the twins; data sets with licenses."""
    names = CliRunner().invoke(cli.app, ["twins"])
    data = CliRunner().invoke(cli.app, ["data", "list"])

    assert "optimizers.AdamW" in names.output
    assert "CC BY-SA 3.0" in data.output


@pytest.mark.parametrize(
    ("args", "environment", "sentence"),
    [
        (["twins", "linear"], {}, "the twins have no 'linear'; did you mean layers.Linear"),
        (["train", "mnist", "--twin", "numpy", "--device", "cuda"], {}, "runs on the CPU"),
        (["train", "mnist", "--twin", "torch", "--device", "abacus"], {}, "no device 'abacus'"),
        (["train", "mnist", "--out", "no/such/folder/w.npz"], {}, "there is no folder no/such"),
        (["train", "mnist", "--learning-rate", "-1"], {}, "learning_rate above 0"),
        (["data", "fetch", "mnist"], {"NBCOURSE_OFFLINE": "1"}, "NBCOURSE_OFFLINE"),
        (["lab", "/"], {}, "is not the course"),
    ],
)
def test_mistakes_are_one_sentence_and_exit_code_2(args, environment, sentence, tmp_path):
    """No traceback, nothing on standard output's place."""
    result = _call(*args, NBCOURSE_CACHE=str(tmp_path), **environment)

    assert result.returncode == 2
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith("nbcourse: ")


def test_an_unknown_command_is_exit_code_2():
    """Typer's own message, no traceback."""
    result = _call("dance")

    assert result.returncode == 2
    assert "Traceback" not in result.stderr


def test_a_missing_torch_is_one_sentence(monkeypatch):
    """Asking for the PyTorch twin without PyTorch says how to get it."""
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in [n for n in sys.modules if n.startswith("nbcourse.torch_nn")]:
        monkeypatch.delitem(sys.modules, name)

    with pytest.raises(UserError, match=r"pip install torch"):
        cli._twin(cli.Twin.torch, "auto")
