"""Grading on Gradescope: results in its format, and an autograder to upload.

Formats are those of https://gradescope-autograders.readthedocs.io/en/latest/specs/. Hidden checks
are shown when the grades are published; nothing that a submission printed is shown at all.

    python -m nbcourse.grading.exports.gradescope RECORD.json RESULTS.json
    python -m nbcourse.grading.exports.gradescope --student METADATA.json
"""

import json
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbcourse.errors import UserError
from nbcourse.exercises import find_chapter
from nbcourse.grading.exports.files import read
from nbcourse.grading.records import CheckRecord, ExerciseRecord, Record, from_dict
from nbcourse.grading.text import amount, short, visible

_LONG = 1000  # characters of one text
_MOST = 30  # cells that are listed
_ADDED = ("points", "points_total")  # what the command prints besides the record
_TIME = (2020, 1, 1, 0, 0, 0)  # of the files in the archive: the same archive every time
_PROGRAM, _DATA = 0o100755, 0o100644


def results(record: Record) -> dict[str, Any]:
    """What Gradescope reads from `results.json`.

    A notebook that cannot be read has a failing test that says why. Where the grader itself failed
    there is no score, so that Gradescope shows a failure and not a mark.

    Args:
        record: of one submission.
    """
    common = {
        "output": _words(_output(record)),
        "output_format": "text",
        "stdout_visibility": "hidden",
    }
    if record.status == "unreadable":
        problem = f"The notebook could not be read: {record.problem}"
        return {**common, "score": 0.0, "tests": [_test("Reading", "visible", False, problem)]}
    broken = record.status != "graded" or any(e.status != "graded" for e in record.exercises)
    tests = [test for exercise in record.exercises for test in _tests(exercise)]
    if broken:
        return {**common, "tests": [{k: v for k, v in t.items() if k != "score"} for t in tests]}
    return {**common, "score": record.points, "execution_time": record.seconds, "tests": tests}


def _output(record: Record) -> list[str]:
    """What concerns the whole notebook."""
    if record.status == "grader_error" or any(e.status != "graded" for e in record.exercises):
        return ["The grader itself failed. That is not your fault; a person has to look at it."]
    lines = []
    if any(e.tier == "unsandboxed" for e in record.exercises):
        lines.append("Warning: graded without isolation (unsandboxed).")
    problems = sorted(record.cell_problems.items())
    lines += [f"Cell {number} failed: {problem}" for number, problem in problems[:_MOST]]
    if len(problems) > _MOST:
        lines.append(f"And {len(problems) - _MOST} more cells.")
    return lines + [f"Note: {note}" for note in record.notes[:_MOST]]


def _tests(exercise: ExerciseRecord) -> list[dict[str, Any]]:
    """Two tests for an exercise: visible checks give no points, hidden ones all."""
    if not exercise.started:
        visible_words = ["Not begun."]
    else:
        visible_words = (
            [f"Which mistake it was: {exercise.diagnosis}"] if exercise.diagnosis else []
        )
        for check in exercise.visible:
            visible_words += _visible(check)
    hidden_words = [
        f"{_sign(check)} {check.name}" + (f": {check.message}" if not check.passed else "")
        for check in exercise.hidden
    ]
    name, total = exercise.exercise, float(exercise.points_total)
    holds = all(check.passed for check in exercise.visible) and exercise.started
    hidden_holds = all(check.passed for check in exercise.hidden) and exercise.started
    return [
        _test(f"{name}: visible inputs, no points", "visible", holds, "\n".join(visible_words)),
        _test(
            f"{name}: hidden inputs, {amount(total)} points",
            "after_published",
            hidden_holds,
            "\n".join(hidden_words),
            score=exercise.points,
            max_score=total,
        ),
    ]


def _test(
    name: str, shown: str, passed: bool, output: str, *, score: float = 0.0, max_score: float = 0.0
) -> dict[str, Any]:
    return {
        "name": _words([name]),
        "name_format": "text",
        "score": score,
        "max_score": max_score,
        "status": "passed" if passed else "failed",
        "output": _words(output.split("\n")),
        "output_format": "text",
        "visibility": shown,
    }


def _visible(check: CheckRecord) -> list[str]:
    if check.passed:
        return [f"{_sign(check)} {check.name}"]
    details = {
        "called with": check.arguments,
        "expected": check.expected,
        "got": check.got,
        "wrong": check.message,
    }
    lines = [f"    {label}: {' '.join(text.split())}" for label, text in details.items() if text]
    return [f"{_sign(check)} {check.name}", *lines]


def _sign(check: CheckRecord) -> str:
    return "[holds]" if check.passed else "[fails]"


def _words(lines: Sequence[str]) -> str:
    return "\n".join(visible(short(line, _LONG)) for line in lines)


def autograder_zip(path: Path, assignment: str, *, package: Path | None = None) -> None:
    """Write the archive that is uploaded to Gradescope as an autograder.

    The teacher still adds a file `secret` to it; where no package is given, also one wheel or
    source archive of nbcourse. The scripts inside say what for, and stop where one is missing.

    Args:
        path: the archive.
        assignment: number, topic or stem of a chapter with exercises.
        package: a wheel or source archive of nbcourse to put inside.

    Raises:
        InputError: there is no such chapter.
        UserError: the package is not there, or is none.
    """
    stem = find_chapter(assignment).stem
    files = [("setup.sh", _PROGRAM, read("setup.sh").encode())]
    script = read("run_autograder").replace("@ASSIGNMENT@", stem)
    files.append(("run_autograder", _PROGRAM, script.encode()))
    if package is not None:
        name = package.name
        if not (name.startswith("nbcourse-") and name.endswith((".whl", ".tar.gz"))):
            raise UserError(f"{package} is no wheel or source archive of nbcourse")
        try:
            files.append((name, _DATA, package.read_bytes()))
        except OSError as error:
            raise UserError(f"{package} cannot be read: {error.strerror}") from None
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, mode, data in files:
            entry = zipfile.ZipInfo(name, _TIME)
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)


def student(metadata: Path) -> str:
    """Whose a submission is, by the `submission_metadata.json` of Gradescope: an e-mail address.

    Of a group, the first in the alphabet: all its members see the same hidden inputs, and it does
    not matter who of them handed in. Where nobody is named it is `nobody`.
    """
    try:
        users = json.loads(metadata.read_text(encoding="utf-8"))["users"]
        return min(str(user["email"]).casefold() for user in users)
    except (OSError, ValueError, KeyError, TypeError):
        return "nobody"


def main(arguments: Sequence[str]) -> int:
    """Turn a record, as the command prints it, into results; 0 when that was possible."""
    if len(arguments) == 2 and arguments[0] == "--student":
        print(student(Path(arguments[1])))
        return 0
    if len(arguments) != 2:
        print("two files are needed: RECORD.json RESULTS.json", file=sys.stderr)
        return 2
    try:
        data = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
        record = from_dict({key: data[key] for key in data if key not in _ADDED})
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"{arguments[0]} holds no record: {error}", file=sys.stderr)
        return 2
    Path(arguments[1]).write_text(json.dumps(results(record), allow_nan=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
