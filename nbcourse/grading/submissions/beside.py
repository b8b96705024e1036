"""What platforms put beside a submission: who handed it in, and when."""

import datetime
from pathlib import Path
from typing import Any, TypeAlias

from nbcourse.grading.records import Student
from nbcourse.grading.roster import Roster
from nbcourse.grading.submissions.archives import files

Place: TypeAlias = tuple[str, ...]  # the folder, inside the collection
_MAX_BYTES = 20 * 2**20


def beside(path: Path, roster: Roster) -> tuple[dict[Place, float], dict[Place, Student]]:
    """Times and owners of folders, from nbgrader's and Gradescope's files."""
    times: dict[Place, float] = {}
    people: dict[Place, Student] = {}
    for file in files(path):
        if file.name == "timestamp.txt":
            when = _moment(file.data[:100].decode("utf-8", "replace").strip())
            if when:
                times[file.parts[:-1]] = when
        elif file.name == "submission_metadata.yml" and len(file.data) < _MAX_BYTES:
            for folder, entry in _gradescope(file.data):
                place = (*file.parts[:-1], folder)
                if when := _moment(entry.get(":created_at")):
                    times[place] = when
                if student := _submitter(entry.get(":submitters"), roster):
                    people[place] = student
    return times, people


def _gradescope(data: bytes) -> list[tuple[str, dict[str, Any]]]:
    import yaml

    try:
        content = yaml.safe_load(data)
    except (yaml.YAMLError, ValueError, RecursionError):
        return []
    if not isinstance(content, dict):
        return []
    return [(str(k), v) for k, v in content.items() if isinstance(v, dict)]


def _submitter(entries: object, roster: Roster) -> Student | None:
    """The first of a group who is on the roster, by number, address or name."""
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            for key in (":sid", ":email", ":name"):
                if student := roster.find(str(entry.get(key) or "")):
                    return student
    return None


def _moment(text: object) -> float:
    """Seconds since 1970 of a time as these files write it, 0 when it is none."""
    if isinstance(text, datetime.datetime):
        return text.replace(tzinfo=text.tzinfo or datetime.UTC).timestamp()
    for form in ("%Y-%m-%d %H:%M:%S.%f %Z", "%Y-%m-%d %H:%M:%S %Z", "%Y-%m-%d %H:%M:%S.%f %z"):
        try:
            moment = datetime.datetime.strptime(str(text), form)
        except ValueError:
            continue
        return moment.replace(tzinfo=moment.tzinfo or datetime.UTC).timestamp()
    try:
        moment = datetime.datetime.fromisoformat(str(text))
    except ValueError:
        return 0.0
    return moment.replace(tzinfo=moment.tzinfo or datetime.UTC).timestamp()
