"""All submissions of a folder or an archive: whose, of which assignment, which attempt.

Understood are a flat folder, a folder for each student, the archives that Canvas, Moodle and
Gradescope export, and the `submitted` tree of nbgrader. A file that belongs to nobody on the roster
is listed, never dropped and never guessed.
"""

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from nbcourse.exercises import chapters, of_chapter
from nbcourse.grading.records import Submission
from nbcourse.grading.roster import Roster, clean
from nbcourse.grading.submissions.archives import File, files
from nbcourse.grading.submissions.beside import beside
from nbcourse.grading.submissions.notebook import UnreadableError, read_notebook
from nbcourse.grading.submissions.owners import owner


@dataclass(frozen=True)
class Unassigned:
    """A file that cannot be graded for anybody.

    Attributes:
        origin: its name.
        reason: why.
    """

    origin: str
    reason: str


@dataclass(frozen=True)
class Collection:
    """What was found.

    Attributes:
        submissions: sorted by assignment, student and attempt.
        unassigned: files of nobody, or of no assignment.
    """

    submissions: tuple[Submission, ...]
    unassigned: tuple[Unassigned, ...]


def collect(path: Path, roster: Roster, *, assignment: str = "") -> Collection:
    """Read everything that was handed in.

    Args:
        path: a folder, an archive or a notebook.
        roster: who is in the course.
        assignment: stem of the chapter; found in each notebook unless given.

    Raises:
        UserError: there is nothing at the path, or an archive that is none.
    """
    found: list[tuple[float, Submission]] = []
    unassigned: list[Unassigned] = []
    times, people = beside(path, roster)
    for file in files(path):
        if not file.name.lower().endswith(".ipynb") and not file.problem:
            continue
        origin = clean("/".join(file.parts))
        student = people.get(file.parts[:-1]) or owner(file.parts, roster)
        if student is None:
            unassigned.append(Unassigned(origin, "no student of the roster is named by it"))
            continue
        submission = _read(file, student.id, origin, assignment)
        if not submission.assignment:
            reason = submission.problem or "it answers no exercise of any assignment"
            unassigned.append(Unassigned(origin, reason))
            continue
        when = times.get(file.parts[:-1], file.modified)
        found.append((when, replace(submission, submitted=_iso(when))))
    return Collection(tuple(_numbered(found)), tuple(unassigned))


def single(data: bytes, *, name: str, student: str = "", assignment: str = "") -> Submission:
    """One notebook as a submission, of a student who need not be on any roster."""
    return _read(File((name,), 0.0, data), student, clean(name), assignment)


def _read(file: File, student: str, origin: str, assignment: str) -> Submission:
    submission = Submission(student, assignment, origin=origin, problem=file.problem)
    try:
        if file.problem:
            raise UnreadableError(file.problem)
        notebook = read_notebook(file.data)
    except UnreadableError as error:
        return replace(
            submission, assignment=assignment or _by_name(file.parts), problem=str(error)
        )
    return replace(
        submission,
        assignment=assignment or _by_answers(notebook.cells) or _by_name(file.parts),
        cells=notebook.cells,
        notes=notebook.notes,
    )


def _by_answers(cells: Iterable[tuple[int, str]]) -> str:
    """The assignment of which most exercises are marked or defined in a notebook."""
    text = "\n".join(source for _, source in cells)
    marked = set(re.findall(r"^# exercise: (\w+)", text, re.MULTILINE))
    defined = set(re.findall(r"^(?:def|class) (\w+)|^(\w+) *=[^=]", text, re.MULTILINE))
    names = marked | {name for pair in defined for name in pair if name}
    score = {
        chapter.stem: sum(exercise.name in names for exercise in of_chapter(chapter.stem))
        for chapter in chapters()
    }
    best = max(score, key=lambda stem: score[stem])
    return best if score[best] else ""


def _by_name(parts: tuple[str, ...]) -> str:
    """The assignment that is named by a file or its folders."""
    for part in reversed(parts):
        for chapter in chapters():
            if chapter.stem in part.lower():
                return chapter.stem
    return ""


def _numbered(found: list[tuple[float, Submission]]) -> Iterator[Submission]:
    """Attempts counted in the order of handing in; copies of one notebook are one attempt."""
    by_place: dict[tuple[str, str], list[tuple[float, Submission]]] = defaultdict(list)
    for when, submission in found:
        by_place[submission.assignment, submission.student].append((when, submission))
    for place in sorted(by_place):
        seen: set[str] = set()
        attempt = 0
        for _, submission in sorted(by_place[place], key=lambda pair: (pair[0], pair[1].origin)):
            if not submission.problem and submission.digest in seen:
                continue
            seen.add(submission.digest)
            attempt += 1
            yield replace(submission, attempt=attempt)


def _iso(when: float) -> str:
    if when <= 0:
        return ""
    moment = datetime.datetime.fromtimestamp(when, datetime.UTC)
    return moment.isoformat(timespec="seconds")
