"""The roster: who is in the course. Ids come from here, never from the name of a file."""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nbcourse.errors import UserError
from nbcourse.grading.records import Student

MAX_BYTES = 10 * 2**20
# Columns as the platforms call them; the first of each row that is there counts.
_ID = (
    "id", "student", "student_id", "sis user id", "sis login id", "sid", "username", "id number",
    "identifier",
)  # fmt: skip
_NAME = ("name", "full name", "student name", "student")
_EMAIL = ("email", "email address", "e-mail")
_ALIASES = ("alias", "aliases", "canvas id", "moodle id", "login", *_ID)
# Columns that tables for Canvas and Moodle repeat.
_PLATFORMS = (
    "id", "canvas id", "sis user id", "sis login id", "section", "identifier", "moodle id",
)  # fmt: skip
_NO_STUDENT = "points possible"  # a row of what Canvas exports
_CONTROL = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}  # nothing that hides or turns text


@dataclass(frozen=True)
class Roster:
    """All students of a course.

    Attributes:
        students: in the order of the file.
    """

    students: tuple[Student, ...]
    _index: Mapping[str, Student | None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index: dict[str, Student | None] = {}
        for student in self.students:
            for name in {folded(each) for each in _names(student)} - {""}:
                index[name] = None if index.get(name, student) != student else student
        for student in self.students:  # an id is an id, whatever else is called so
            index[folded(student.id)] = student
        object.__setattr__(self, "_index", index)

    def find(self, token: str) -> Student | None:
        """The student with this id, alias or e-mail address; None when nobody or two are meant."""
        return self._index.get(folded(token))


def _names(student: Student) -> Iterator[str]:
    yield from (student.id, *student.aliases, student.email)
    yield student.name
    yield student.email.partition("@")[0]
    words = student.name.replace(",", " ").split()
    if len(words) > 1:  # as Canvas writes it: lastnamefirstname
        yield "".join([*words[-1:], *words[:-1]])
        yield "".join([*words[1:], words[0]])
        yield "".join(words)


def folded(text: str) -> str:
    """A name without case, accents and spaces, for comparison alone."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold().replace(" ", "")


def read_roster(path: Path) -> Roster:
    """Read a roster from a CSV file with a header; only a column of ids is needed.

    Raises:
        UserError: the file is missing, no CSV, without ids, or has one twice.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"the roster {path} cannot be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise UserError(f"the roster {path} has {len(data)} bytes, more than any class")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    try:
        dialect = csv.Sniffer().sniff(text[:4096], delimiters=",;\t")
    except csv.Error:
        dialect = csv.excel
    rows = csv.DictReader(io.StringIO(text, newline=""), dialect=dialect)
    columns = {str(name).strip().casefold(): name for name in rows.fieldnames or ()}
    if not any(name in columns for name in _ID):
        have = ", ".join(columns) or "no header"
        raise UserError(f"the roster {path} needs a column `id`, it has {have}")
    students = [_student({k: (row[v] or "") for k, v in columns.items()}) for row in rows]
    students = [each for each in students if each.id and folded(each.id) != folded(_NO_STUDENT)]
    count = Counter(folded(student.id) for student in students)
    twice = {student.id for student in students if count[folded(student.id)] > 1}
    if twice:
        raise UserError(f"the roster {path} has {', '.join(sorted(twice))} more than once")
    if not students:
        raise UserError(f"the roster {path} lists nobody")
    return Roster(tuple(students))


def _student(row: Mapping[str, str]) -> Student:
    def first(columns: tuple[str, ...]) -> str:
        return next((clean(row[name]) for name in columns if clean(row.get(name, ""))), "")

    identity, name = first(_ID), first(_NAME)
    aliases = {
        alias
        for column in _ALIASES
        for alias in map(clean, re.split(r"[;|]", row.get(column, "")))
        if alias not in ("", identity, name)
    }
    columns = tuple((column, clean(row[column])) for column in _PLATFORMS if row.get(column))
    name = "" if name == identity else name
    return Student(identity, name, first(_EMAIL), tuple(sorted(aliases)), columns)


def clean(text: str) -> str:
    """A cell of a table on one line, without characters that hide or turn text; at most 200."""
    kept = "".join(c for c in text if unicodedata.category(c) not in _CONTROL)
    return " ".join(kept.split())[:200]
