"""What a result is a function of, as a key: the same key, the same result, on any machine.

An exercise's result depends on the code of the submission, the specification with all that judges
by it, and the student's hidden inputs. A run that was killed, or a second run, looks its keys up
and repeats nothing; a changed specification changes the keys of one exercise.
"""

import hashlib
import importlib
import inspect
from functools import cache
from pathlib import Path
from types import ModuleType

import nbcourse.checking
from nbcourse.checking.seeds import Key
from nbcourse.checking.spec import Exercise
from nbcourse.grading.records import Submission, fingerprint

_FORMAT = 1  # of the records; a change of their meaning changes every key
_JUDGES = ("conversation", "judging", "guest.answers", "guest.frames")


def of_result(submission: Submission, exercise: Exercise, key: Key, tier: str) -> str:
    """The key of the result of one exercise of one submission."""
    return of_digest(submission.digest, exercise, key, tier)


def of_digest(digest: str, exercise: Exercise, key: Key, tier: str) -> str:
    """The same, from the fingerprint of the code that was graded."""
    isolated = "unsandboxed" if tier == "unsandboxed" else "jailed"
    return fingerprint(
        [
            _FORMAT,
            digest,
            exercise.name,
            of_exercise(exercise),
            [of_secret(key.secret), key.student, key.attempt],
            isolated,
        ]
    )


def of_secret(secret: str) -> str:
    """A name for a secret that does not give it away; tells whether two runs had the same."""
    return hashlib.blake2b(secret.encode(), key=b"nbcourse secret", digest_size=16).hexdigest()


def of_exercise(exercise: Exercise) -> str:
    """A fingerprint of a specification and of everything that judges by it."""
    module = inspect.getmodule(exercise.reference)
    files = {Path(inspect.getfile(module))} if module else set()
    return _of_sources(exercise.name, frozenset(files | set(_drivers(exercise.topic))))


@cache
def _of_sources(name: str, files: frozenset[Path]) -> str:
    return fingerprint([name, *(_of_file(file) for file in sorted(files)), *judge_sources()])


def _of_file(file: Path) -> str:
    return hashlib.blake2b(file.read_bytes(), digest_size=20).hexdigest()


def _drivers(topic: str) -> list[Path]:
    if not topic:
        return []
    try:
        drivers = importlib.import_module(f"nbcourse.exercises.{topic}.drivers")
    except ModuleNotFoundError:
        return []
    return [Path(inspect.getfile(drivers))]


@cache
def judge_sources() -> tuple[str, ...]:
    """Fingerprints of the judge's own sources."""
    modules: list[ModuleType] = [
        importlib.import_module(f"nbcourse.grading.{name}") for name in _JUDGES
    ]
    files = [Path(inspect.getfile(module)) for module in modules]
    files += sorted(Path(inspect.getfile(nbcourse.checking)).parent.glob("*.py"))
    return tuple(_of_file(file) for file in files)
