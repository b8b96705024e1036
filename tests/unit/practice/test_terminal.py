"""Judging a whole notebook: in another process, which may hang, crash, exit or print."""

import json

import pytest

from nbcourse.practice import terminal
from nbcourse.practice.terminal import judge_notebook

RIGHT = "def linear_backward(dy, x, W):\n    return dy @ W.T, x.T @ dy, dy.sum(axis=0)"
MEAN = RIGHT.replace("sum", "mean")


def _judge(tmp_path, *sources, **options):
    path = tmp_path / "05_backpropagation.ipynb"
    cells = [{"cell_type": "code", "source": source} for source in sources]
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    run = judge_notebook(path, **options)
    return run, next(r for r in run.results if r.name == "linear_backward")


def test_answers_are_judged_and_others_missed(tmp_path):
    """One answer is right; the rest of the chapter is not there."""
    run, mine = _judge(tmp_path, "import numpy as np", RIGHT)

    assert mine.passed
    assert not run.passed
    assert all("was found" in r.problem for r in run.results if r.name != "linear_backward")


def test_a_student_gets_hidden_inputs_too(tmp_path):
    """Two reports, the second on inputs of this student."""
    _, mine = _judge(tmp_path, MEAN, student="ana", secret="s")

    assert [report["level"] for report in mine.reports] == ["visible", "hidden"]
    assert mine.reports[0]["diagnosis"].startswith("db is averaged")


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["import os\nos._exit(0)", RIGHT], ""),
        (["1 / 0", RIGHT], ""),
        (["raise SystemExit", RIGHT], ""),
        (["def broken(:", RIGHT], ""),
        (["check = hint = None", "%timeit 1", RIGHT], ""),
        (["print('x' * 10**6)", RIGHT], ""),
        ([RIGHT.replace("return", "import os; os._exit(0); return")], "ended the whole process"),
        ([RIGHT.replace("return", "while True: pass\n    return")], "did not return"),
        (["1 / 0\n" + RIGHT], "cell 1 failed: it raised ZeroDivisionError"),
    ],
)  # fmt: skip
def test_one_bad_cell_does_not_take_the_others_with_it(tmp_path, cells, words):
    """Empty words: the answer in the last cell still passes."""
    run, mine = _judge(tmp_path, *cells)

    assert mine.passed == (not words)
    assert words in json.dumps(run.to_dict())


def test_a_process_that_cannot_be_interrupted_is_ended(tmp_path, monkeypatch):
    """A cell that blocks the timer is skipped, and the rest judged."""
    monkeypatch.setattr(terminal, "_SILENCE", 3.0)
    block = "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])\n"
    run, mine = _judge(tmp_path, block + "time.sleep(60)", RIGHT)

    assert mine.passed
    assert "could not be interrupted" in run.cell_problems[1]


def test_progress_is_told(tmp_path):
    """What, how many done, how many in all."""
    seen = []
    _judge(tmp_path, RIGHT, on_progress=lambda *each: seen.append(each))

    assert seen[0][0] == "cell 1"
    assert seen[-1][1] == seen[-1][2] >= 1
