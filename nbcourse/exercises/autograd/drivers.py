"""How the exercises of this chapter are called: graphs, indices and programs from plain values."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Function = Callable[..., Any]
_MAX_LOOKUPS = 2_000


def listed_names(function: Function, parents: Mapping[str, Sequence[str]], root: str) -> list[str]:
    """The values that were listed, in alphabetical order."""
    return sorted(map(str, _listed(function(parents, root))))


def long_chain(function: Function, n: int) -> dict[str, Any]:
    """What became of a chain in which each of n values is computed from the one before it."""
    order = _listed(function({k: [k - 1] if k else [] for k in range(n)}, n - 1))
    in_order = order == list(range(len(order)))
    return {"values listed": len(order), "parents before children": in_order}


def count_lookups(function: Function, n: int) -> int:
    """How many times the parents of a value are looked up in n steps h = h + h; 2,000 at most."""
    watched = _Watched({k: [k - 1, k - 1] if k else [] for k in range(n + 1)})
    try:
        function(watched, n)
    except _EnoughError:
        return _MAX_LOOKUPS
    return watched.n_lookups


def count_comparisons(function: Function, n: int) -> int:
    """How many times two of the values of a chain are compared; a set hardly ever has to."""
    _Name.n_comparisons = 0
    names = [_Name() for _ in range(n)]
    function({name: names[k - 1 : k] if k else [] for k, name in enumerate(names)}, names[-1])
    return _Name.n_comparisons


class _EnoughError(Exception):
    """Raised so that a walk without end ends."""


class _Watched(dict[int, list[int]]):
    """A dictionary that counts how often something is looked up in it."""

    n_lookups = 0

    def _count(self) -> None:
        self.n_lookups += 1
        if self.n_lookups > _MAX_LOOKUPS:
            raise _EnoughError

    def __getitem__(self, key: int) -> list[int]:
        self._count()
        return super().__getitem__(key)

    def get(self, key: int, default: Any = None) -> Any:
        self._count()
        return super().get(key, default)


class _Name:
    """The name of a value; it can be a key of a dictionary, and counts its comparisons."""

    n_comparisons = 0

    def __eq__(self, other: object) -> bool:
        _Name.n_comparisons += 1
        return self is other

    __hash__ = object.__hash__


def _listed(found: Any) -> list[Any]:
    if found is None:
        raise TypeError("it returned None, not a list; is there a return?")
    return list(found)


def at_index(function: Function, dy: Array, shape: tuple[int, ...], index: str) -> Any:
    """The gradient for an index that is written as in Python, such as "[0, 0, 2]" or "1:, -1"."""
    return function(dy, shape, index_of(index))


def each_index(
    function: Function, dys: Sequence[Array], shape: tuple[int, ...], indices: Sequence[str]
) -> list[Any]:
    """The gradients for several indices into arrays of one shape."""
    return [at_index(function, dy, shape, each) for dy, each in zip(dys, indices, strict=True)]


def index_of(text: str) -> Any:
    """What stands between brackets, as NumPy gets it; lists become arrays."""
    index = eval(f"np.s_[{text}]", {"np": np})
    if isinstance(index, tuple):
        return tuple(np.array(part) if isinstance(part, list) else part for part in index)
    return np.array(index) if isinstance(index, list) else index
