"""Grades notebooks with otter-grader, in one process, and times each: run by `others.py`.

`python otter_script.py FOLDER BEGUN`, by the interpreter of an environment that has otter-grader: a
folder with `autograder.zip` and `submitted/NAME.ipynb`; when this process was started, as
`time.time()` says it. Writes `result.json` there.
"""

import json
import os
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from otter.api import grade_submission


def main(folder: str, begun: float) -> dict[str, Any]:
    """Grade all submissions, one after the other."""
    start_s, rows = time.time() - begun, []
    home = os.getcwd()  # noqa: PTH109
    for place in sorted(Path(folder, "submitted").iterdir()):
        begin = time.perf_counter()
        try:
            result = grade_submission(str(place), str(Path(folder, "autograder.zip")), quiet=True)
            points = float(result.total)
        except Exception as error:  # a submission may destroy its own result
            print(f"{place.stem}: {type(error).__name__}: {error}", file=sys.stderr)
            points = 0.0
        os.chdir(home)
        seconds = time.perf_counter() - begin
        rows.append({"name": place.stem, "seconds": seconds, "points": points})
    return {"start_s": start_s, "rows": rows, "version": version("otter-grader")}


if __name__ == "__main__":
    answer = main(sys.argv[1], float(sys.argv[2]))
    Path(sys.argv[1], "result.json").write_text(json.dumps(answer), encoding="utf-8")
