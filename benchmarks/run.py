"""Benchmark: the article's network on all of MNIST, every tool in one run, side by side.

Each round trains every candidate once with the same seed, in turn, so that whatever else the
machine does in that time slows all of them. Results go to benchmarks/results/mnist.json.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
import torch
from tqdm import tqdm

import nbcourse
from benchmarks.candidates import BATCH_SIZE, CANDIDATES, SIZES, Run
from nbcourse.data import DataError, Dataset, load_mnist

HERE = Path(__file__).parent
KERAS = "Keras on TensorFlow"


def keras(python: Path, *, seed: int, n_epochs: int) -> tuple[Run, dict[str, str]]:
    """Run the Keras script with the interpreter of its own environment."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run.json"
        command = [python, HERE / "keras_mnist.py", "--epochs", n_epochs, "--seed", seed]
        command += ["--held-out", 0]  # as the others: all 60,000 examples, no validation
        path = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])
        environment = os.environ | {
            "KERAS_BACKEND": "tensorflow",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTHONPATH": path,
        }
        subprocess.run(
            [*map(str, command), "--json", str(out)], env=environment, check=True, text=True,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        result = json.loads(out.read_text(encoding="utf-8"))
    return Run(result["seconds_per_epoch"], result["test_accuracy"]), result["versions"]


def measure(
    data: Dataset, *, n_epochs: int, n_seeds: int, keras_python: Path | None
) -> tuple[dict[str, list[Run]], dict[str, str]]:
    """Train all candidates for every seed; return their runs and the versions of Keras."""
    runs: dict[str, list[Run]] = {name: [] for name in CANDIDATES}
    versions: dict[str, str] = {}
    if keras_python:
        runs[KERAS] = []
    with tqdm(total=n_seeds * len(runs), unit="run") as bar:
        for seed in range(n_seeds):
            for name in runs:
                bar.set_description(name)
                if name == KERAS:
                    assert keras_python
                    run, versions = keras(keras_python, seed=seed, n_epochs=n_epochs)
                else:
                    run = CANDIDATES[name](data, seed=seed, n_epochs=n_epochs)
                runs[name].append(run)
                bar.update()
    return runs, versions


def summarize(runs: dict[str, list[Run]]) -> list[dict[str, Any]]:
    """Turn runs into one row a candidate; the first epoch of each run (warming up) is left out."""
    rows = []
    medians = {
        name: statistics.median(s for run in of for s in run.seconds[1:] or run.seconds)
        for name, of in runs.items()
    }
    for name, of in runs.items():
        scores = [run.test_accuracy for run in of]
        rows.append(
            {
                "name": name,
                "median_seconds_per_epoch": round(medians[name], 4),
                "ratio_to_keras": _ratio(medians[name], medians.get(KERAS)),
                "ratio_to_torch_loop": _ratio(medians[name], medians["idiomatic PyTorch loop"]),
                "test_accuracy_mean": round(statistics.mean(scores), 5),
                "test_accuracy_min": min(scores),
                "test_accuracy_max": max(scores),
                "n_seeds": len(of),
                "epochs_timed": sum(len(run.seconds[1:] or run.seconds) for run in of),
            }
        )
    return rows


def _ratio(a: float, b: float | None) -> float | None:
    return None if b is None else round(a / b, 4)


def machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":")[1].strip()
            for line in info.read_text().splitlines()
            if "model name" in line
        ]
        cpu = names[0] if names else cpu
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__.split("+")[0],
        "scikit-learn": sklearn.__version__,
        "nbcourse": nbcourse.__version__,
        "threads": os.environ.get("OMP_NUM_THREADS", "default"),
    }


def main() -> int:
    """Measure, print a table, and keep the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument(
        "--keras-python", type=Path, help="interpreter that has keras and tensorflow"
    )
    parser.add_argument("--out", type=Path, default=HERE / "results" / "mnist.json")
    options = parser.parse_args()
    try:
        data = load_mnist(full=True)
    except DataError as error:
        print(error, file=sys.stderr)
        return 2
    runs, versions = measure(
        data, n_epochs=options.epochs, n_seeds=options.seeds, keras_python=options.keras_python
    )
    result = {
        "machine": machine() | versions,
        "settings": {
            "sizes": SIZES,
            "batch_size": BATCH_SIZE,
            "n_epochs": options.epochs,
            "n_train": len(data.x_train),
            "n_test": len(data.x_test),
            "dtype": "float32",
        },
        "rows": summarize(runs),
    }
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    for row in result["rows"]:
        print(
            f"{row['name']:<36}{row['median_seconds_per_epoch']:7.2f} s/epoch"
            f"{row['ratio_to_keras'] or float('nan'):7.3f} of Keras"
            f"{100 * row['test_accuracy_mean']:8.2f} % "
            f"({100 * row['test_accuracy_min']:.2f} to {100 * row['test_accuracy_max']:.2f})"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
