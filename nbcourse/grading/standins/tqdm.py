"""In a jail, a progress bar is the loop without the bar."""

from collections.abc import Iterable
from typing import Any


def tqdm(iterable: Iterable[Any] = (), *args: Any, **kwargs: Any) -> Iterable[Any]:  # noqa: ANN401
    """The iterable itself."""
    return iterable


def trange(*args: int, **kwargs: Any) -> range:  # noqa: ANN401
    """A range."""
    return range(*args)
