"""A small local file on what is done: it never leaves the machine, and no mark depends on it."""

import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nbcourse.checking import Report
from nbcourse.errors import UserError

PLACE = "NBCOURSE_PROGRESS"
_VERSION = 1
_KEPT_TRIES = 20


@dataclass
class State:
    """What is known of one exercise.

    Attributes:
        tries: sums of the different answers that failed.
        hints: how many hints were seen.
        points: the most points reached on the visible inputs.
        passed: whether every visible check held once.
    """

    tries: list[str] = field(default_factory=list)
    hints: int = 0
    points: float = 0.0
    passed: bool = False


def place() -> Path:
    """The file: `NBCOURSE_PROGRESS`, or `progress.json` in the user's folder for data."""
    if named := os.environ.get(PLACE):
        return Path(named)
    if sys.platform == "emscripten":  # a browser: the folder of the notebooks is what it keeps
        return Path("nbcourse-progress.json")
    import platformdirs

    return platformdirs.user_data_path("nbcourse") / "progress.json"


def load() -> dict[str, State]:
    """The state of each exercise that was ever checked; empty when there is no file.

    Raises:
        UserError: when the file is damaged; it is left as it is.
    """
    file = place()
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return {str(name): _state(each) for name, each in found["exercises"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise UserError(
            f"{file} does not hold the progress of this course; move it away to begin anew"
        ) from None


def state_of(name: str) -> State:
    """The state of one exercise; a fresh one when the file cannot be read."""
    try:
        return load().get(name, State())
    except UserError:
        return State()


def record(report: Report, fingerprint: str) -> None:
    """Add the result of a check; an answer that was not written yet is no try."""
    if not report.started or report.hidden:
        return

    def change(state: State) -> None:
        state.points = max(state.points, report.points)
        state.passed = state.passed or report.passed
        if not report.passed and fingerprint not in state.tries:
            state.tries = [*state.tries, fingerprint][-_KEPT_TRIES:]

    _update(report.exercise.name, change)


def record_hint(name: str, number: int) -> None:
    """Remember that a hint was seen."""

    def change(state: State) -> None:
        state.hints = max(state.hints, number)

    _update(name, change)


def _update(name: str, change: Any) -> None:  # noqa: ANN401 (a function on a State)
    """Change one entry and write the file; checking goes on where it cannot be written."""
    try:
        states = load()
    except UserError:
        return  # a damaged file is the user's to look at: it is not written over
    change(states.setdefault(name, State()))
    content = {
        "version": _VERSION,
        "exercises": {key: asdict(value) for key, value in sorted(states.items())},
    }
    with suppress(OSError):
        _write(place(), json.dumps(content, indent=1) + "\n")


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.{os.getpid()}.part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(file)  # at once: a reader never sees half a file


def _state(entry: dict[str, Any]) -> State:
    return State(
        tries=[str(each) for each in entry["tries"]],
        hints=int(entry["hints"]),
        points=float(entry["points"]),
        passed=bool(entry["passed"]),
    )
