"""The source of a right answer, as a student would have written it."""

from dataclasses import replace

from nbcourse.practice.listing import source
from tests.unit.checking.toy import DOUBLE


def _typed(x: float, *, factor: int = 2) -> float:
    """Return it."""
    result: float = factor * x
    return result


class _Typed:
    """A class."""

    def step(self, x: float) -> float:
        """Return it."""
        return x


def test_type_hints_are_taken_away_and_the_name_is_the_one_asked_for():
    """The text runs, and defines the exercise's function."""
    text = source(replace(DOUBLE, solutions=(_typed,)))

    assert text.startswith("def double(x, *, factor=2):")
    assert "float" not in text
    namespace = {}
    exec(text, namespace)
    assert namespace["double"](3.0) == 6.0


def test_classes_are_listed_too():
    """With their methods."""
    text = source(replace(DOUBLE, solutions=(_Typed,)))

    assert text.startswith("class double:")
    assert "def step(self, x):" in text
