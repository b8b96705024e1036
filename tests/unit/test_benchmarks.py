"""The benchmark: what it makes of its measurements, and the result that the book shows."""

import json
from pathlib import Path

import pytest

from benchmarks import check_exercises
from benchmarks.candidates import CANDIDATES, Run
from benchmarks.check_exercises import Row, misses
from benchmarks.run import KERAS, summarize
from nbcourse.exercises import all_exercises, find

RESULT = Path(__file__).parents[2] / "benchmarks" / "results" / "mnist.json"


def test_medians_leave_out_the_first_epoch():
    """Warming up does not count, whatever it cost; ratios are of medians."""
    runs = {
        "idiomatic PyTorch loop": [Run([90.0, 2.0, 4.0], 0.97), Run([90.0, 3.0, 3.0], 0.99)],
        KERAS: [Run([50.0, 6.0, 6.0], 0.95)],
    }
    loop, keras = summarize(runs)

    assert loop["median_seconds_per_epoch"] == 3.0
    assert loop["ratio_to_keras"] == 0.5
    assert keras["ratio_to_torch_loop"] == 2.0
    assert loop["test_accuracy_mean"] == pytest.approx(0.98)
    assert (loop["n_seeds"], loop["epochs_timed"]) == (2, 4)


def test_without_keras_there_is_no_ratio_to_it():
    """The optional environment may be missing."""
    rows = summarize({"idiomatic PyTorch loop": [Run([1.0], 0.9)]})

    assert rows[0]["ratio_to_keras"] is None


def test_the_kept_result_is_complete():
    """All candidates, five seeds, ten epochs each, on all of MNIST, and accuracies that agree."""
    kept = json.loads(RESULT.read_text(encoding="utf-8"))
    names = {row["name"] for row in kept["rows"]}

    assert names == {*CANDIDATES, KERAS}
    assert kept["settings"]["n_train"] == 60_000
    assert kept["settings"]["n_epochs"] == 10
    assert {row["n_seeds"] for row in kept["rows"]} == {5}
    assert all(0.965 < row["test_accuracy_mean"] < 0.985 for row in kept["rows"])


def test_a_slow_check_is_a_miss():
    """A training exercise may take longer; all solutions together have a bar of their own."""
    quick = Row("quick", trains=False, right=0.4, wrong=0.4, all_right=1.0, ratio=2.0)
    slow = Row("slow", trains=False, right=0.6, wrong=0.7, all_right=1.0, ratio=2.0)
    training = Row("training", trains=True, right=4.9, wrong=5.1, all_right=59.0, ratio=2.0)

    assert misses([quick]) == []
    assert len(misses([slow])) == 2
    assert misses([training]) == ["training: a wrong answer takes 5.1 s, over 5.0 s"]
    assert any("all solutions take 61.0 s" in text for text in misses([quick, slow, training]))


def test_the_times_are_those_of_a_real_check():
    """Judging takes longer than calling, and the slowest right answer is part of them all."""
    row = check_exercises.measure(find("sigmoid"), n_times=3)

    assert row.ratio > 1
    assert 0 < row.right <= row.all_right
    assert row.wrong > 0


def test_the_kept_times_cover_every_exercise_and_meet_the_bars():
    """Whoever adds an exercise measures again."""
    kept = json.loads(RESULT.with_name("check.json").read_text(encoding="utf-8"))

    assert [row["exercise"] for row in kept["rows"]] == [e.name for e in all_exercises()]
    assert misses([Row(**row) for row in kept["rows"]]) == []
