"""In a jail, `check`, `hint` and `reveal` do nothing; `reference` has nothing to give."""

from typing import Any


def check(answer: Any = None) -> None:  # noqa: ANN401
    """Judged elsewhere."""


def hint(answer: Any = None, number: Any = None) -> None:  # noqa: ANN401
    """No hints."""


def reveal(answer: Any = None) -> None:  # noqa: ANN401
    """Nothing to show."""


def reference(answer: Any = None) -> Any:  # noqa: ANN401
    """The course's own functions are not here.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError("reference(...) works while you practice; what is graded is your own code")
