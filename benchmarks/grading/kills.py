"""A run that is killed at random moments and begun again, against one that is not."""

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from tests.security.run_class import begin, killed_and_begun_again, table

N = 48  # submissions: right, half right, wrong, broken and unreadable ones


def measure(n_trials: int, *, seed: int) -> dict[str, Any]:
    """Kill and begin again, n times, and compare the tables.

    Raises:
        RuntimeError: the run that is left alone fails.
    """
    rng, kills, identical = np.random.default_rng(seed), [], 0
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        start = time.perf_counter()
        if begin(Path(folder, "whole.db"), N).wait():
            raise RuntimeError("a run fails that nobody kills")
        whole, took = table(Path(folder, "whole.db")), time.perf_counter() - start
        for k in range(n_trials):
            database = Path(folder, f"{k}.db")
            kills.append(
                killed_and_begun_again(database, N, rng, within=(0.3 * took, took), most=2)
            )
            identical += table(database) == whole
    return {
        "n_submissions": N,
        "n_trials": n_trials,
        "n_kills": sum(kills),
        "n_identical": identical,
        "seconds_if_left_alone": round(took, 2),
    }
