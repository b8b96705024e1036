"""In a jail, a plot is drawn nowhere: every call of this module is accepted and does nothing."""

from collections.abc import Iterator
from typing import Any


class _Silent:
    """Accepts whatever is done to it."""

    def __call__(self, *args: Any, **kwargs: Any) -> "_Silent":  # noqa: ANN401
        return self

    def __getattr__(self, name: str) -> "_Silent":
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, index: Any) -> "_Silent":  # noqa: ANN401
        return self

    def __iter__(self) -> Iterator["_Silent"]:
        return iter((self,))

    def __enter__(self) -> "_Silent":
        return self

    def __exit__(self, *details: object) -> None:
        return None


_silent = _Silent()


def subplots(nrows: int = 1, ncols: int = 1, **options: Any) -> Any:  # noqa: ANN401
    """A figure and its axes, in the structure that the caller unpacks."""
    if nrows == ncols == 1:
        return _silent, _silent
    if 1 in (nrows, ncols):
        return _silent, [_silent] * (nrows * ncols)
    return _silent, [[_silent] * ncols for _ in range(nrows)]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name.startswith("__"):
        raise AttributeError(name)
    return _silent
