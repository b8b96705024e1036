"""Keys: the same for the same, and another one for everything that a result depends on."""

from dataclasses import replace
from pathlib import Path

import pytest

from nbcourse.checking.seeds import Key
from nbcourse.exercises import of_chapter
from nbcourse.grading import keys
from nbcourse.grading.records import Submission

SUBMISSION = Submission("ada", "03_losses", cells=((1, "x = 1"),))
KEY = Key(secret="s", student="ada", attempt=1)
EXERCISE = of_chapter("03_losses")[0]


def _key(submission=SUBMISSION, exercise=EXERCISE, key=KEY, tier="1"):
    return keys.of_result(submission, exercise, key, tier)


def test_what_does_not_matter_changes_nothing():
    """Origin, time and notes of a submission, and which jail held."""
    other = replace(SUBMISSION, origin="elsewhere", submitted="2026-01-01", notes=("n",))

    assert _key() == _key(other) == _key(tier="2") == _key(tier="fresh")


@pytest.mark.parametrize(
    "change",
    [
        {"submission": replace(SUBMISSION, cells=((1, "x = 2"),))},
        {"submission": replace(SUBMISSION, cells=((2, "x = 1"),))},
        {"exercise": of_chapter("03_losses")[1]},
        {"key": replace(KEY, secret="t")},
        {"key": replace(KEY, student="bob")},
        {"key": replace(KEY, attempt=2)},
        {"tier": "unsandboxed"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_matters_changes_the_key(change):
    """Code, exercise, secret, student, attempt, and whether there was a jail at all."""
    assert _key(**change) != _key()


def test_a_changed_specification_changes_its_own_key_only(monkeypatch):
    """The file of the specification, the drivers and the judge count; another exercise's do not."""
    before = [keys.of_exercise(exercise) for exercise in of_chapter("03_losses")]
    keys._of_sources.cache_clear()
    read = Path.read_bytes
    monkeypatch.setattr(
        Path, "read_bytes", lambda p: read(p) + (b"#" if p.name == "logsumexp.py" else b"")
    )
    after = [keys.of_exercise(exercise) for exercise in of_chapter("03_losses")]
    keys._of_sources.cache_clear()

    changed = [
        exercise.name
        for exercise, a, b in zip(of_chapter("03_losses"), before, after, strict=True)
        if a != b
    ]
    assert changed == ["logsumexp"]


def test_the_name_of_a_secret_does_not_give_it_away():
    """Equal for equal secrets, and not the secret."""
    assert keys.of_secret("hunter2") == keys.of_secret("hunter2") != keys.of_secret("hunter3")
    assert "hunter2" not in keys.of_secret("hunter2")
