"""Names of files and titles: made of ids and assignments, never of the name of a file."""

import hashlib
import re
import unicodedata
from functools import cache

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,79}")
_READABLE = 40  # characters of an id that are kept in the name of a file


@cache
def file_of(assignment: str) -> str:
    """A name for the files of an assignment: its own, when that is a plain name."""
    return assignment if _NAME.fullmatch(assignment) else slug(assignment)


def slug(identity: str) -> str:
    """The name of a student's files: readable letters of the id, and a hash of all of it.

    Two ids never share one, and none leaves its folder: lower case ASCII letters, digits and
    hyphens are all that comes out.
    """
    plain = unicodedata.normalize("NFKD", identity).encode("ascii", "ignore").decode().lower()
    readable = re.sub(r"[^a-z0-9]+", "-", plain)[:_READABLE].strip("-")
    digest = hashlib.blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{readable}-{digest}" if readable else digest


def title_of(assignment: str) -> str:
    """A title for people: `07_gradient_descent` is "Gradient descent (chapter 7)"."""
    found = re.fullmatch(r"(\d+)_(\w+)", assignment)
    if found is None:
        return assignment
    topic = found[2].replace("_", " ")
    return f"{topic[:1].upper()}{topic[1:]} (chapter {int(found[1])})"
