"""Whose file is it? Candidates are read off its place; only the roster says who that is."""

import re
from collections.abc import Iterator
from itertools import pairwise

from nbcourse.grading.records import Student
from nbcourse.grading.roster import Roster, folded


def owner(parts: tuple[str, ...], roster: Roster) -> Student | None:
    """The student to whom a file belongs, by the names of its folders and its own.

    A folder of the student's own counts before the name of the file. When the words of one name
    mean two different students, it means neither.
    """
    for name in (*parts[:-1], parts[-1].rpartition(".")[0] or parts[-1]):
        found = {student.id: student for student in _meant(name, roster)}
        if len(found) == 1:
            return next(iter(found.values()))
    return None


def _meant(name: str, roster: Roster) -> Iterator[Student]:
    whole = roster.find(name)
    if whole is not None:
        yield whole
        return
    for token in _tokens(name):
        student = roster.find(token)
        if student is not None:
            yield student


def _tokens(name: str) -> Iterator[str]:
    """Words of a name, as platforms put them together.

    Canvas: lastnamefirstname_LATE_12345_67890_notebook; Moodle: First Last_12345_assignsubmission_
    file_; Gradescope: submission_12345; people: 05_backpropagation_ada, ada-lovelace (1).
    """
    pieces = [piece for piece in re.split(r"[_()\[\]]+|\s-\s|--", name) if piece.strip()]
    yield from pieces
    for piece in pieces:
        yield from re.split(r"[-.\s]+", piece)
    words = [folded(word) for word in re.split(r"[_\s.-]+", name) if word]
    for first, second in pairwise(words):
        yield first + second
