"""Grades notebooks with nbgrader, in one process, and times each: run by `others.py`.

`python nbgrader_script.py FOLDER BEGUN LIMIT`: a folder with `source/bench/bench.ipynb` and
`submitted/NAME/bench/bench.ipynb`; when this process was started, as
`time.time()` says it; the limit of one cell in seconds. Writes `result.json` there.
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nbgrader.apps import NbGraderAPI
from traitlets.config import Config


def main(folder: str, begun: float, limit: int) -> dict[str, Any]:
    """Generate the assignment, then grade all submissions, one after the other."""
    config = Config()
    config.CourseDirectory.root = folder
    config.CourseDirectory.course_id = "bench"
    config.Exchange.root = str(Path(folder, "exchange"))
    config.Execute.timeout = limit
    api = NbGraderAPI(config=config, log_level="ERROR")
    start_s = time.time() - begun
    _must(api.generate_assignment("bench"))
    rows = []
    for place in sorted(Path(folder, "submitted").iterdir()):
        begin = time.perf_counter()
        result = api.autograde("bench", place.name)
        seconds = time.perf_counter() - begin
        _must(result)
        with api.gradebook as gradebook:
            points = gradebook.find_submission("bench", place.name).score
        rows.append({"name": place.name, "seconds": seconds, "points": points})
    return {"start_s": start_s, "rows": rows, "version": version("nbgrader")}


def _must(result: dict[str, Any]) -> None:
    if not result["success"]:
        sys.exit(f"{result.get('error', '')}\n{result.get('log', '')}")


if __name__ == "__main__":
    answer = main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
    Path(sys.argv[1], "result.json").write_text(json.dumps(answer), encoding="utf-8")
