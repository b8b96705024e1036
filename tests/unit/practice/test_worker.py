"""The process of the answers: it mutes the notebook's own checks, and reports as it goes."""

import json
import subprocess
import sys


def test_each_step_is_announced_before_it_is_taken(tmp_path):
    """So that the reader knows what to blame when the process dies."""
    job, results = tmp_path / "job.json", tmp_path / "results"
    source = "from nbcourse.practice import check\nassert check(len) is None\n"
    source += "import os\nos._exit(7)"
    job.write_text(json.dumps({
        "cells": [{"number": 3, "source": source}], "exercises": ["linear_backward"],
        "student": "", "secret": "", "skip_cells": [], "skip_exercises": [],
    }))  # fmt: skip

    ended = subprocess.run(
        [sys.executable, "-m", "nbcourse.practice.worker", job, results], check=False
    )

    assert ended.returncode == 7
    entries = [json.loads(line) for line in results.read_text().splitlines()]
    assert entries == [{"stage": "cell", "number": 3}]
