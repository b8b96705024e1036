"""The benchmark: what it makes of its measurements, and the result that the book shows."""

import json
from pathlib import Path

import pytest

from benchmarks.candidates import CANDIDATES, Run
from benchmarks.run import KERAS, summarize

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
