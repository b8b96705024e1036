"""The tape: which value was computed from which, and the walk back through it, each value once.

A value on the tape knows its `parents`, the values it was computed from, and for each of them a
rule, a vector-Jacobian product `vjp(dy, y, *parents)`: given `dy`, the gradient with respect to the
value `y`, it returns the gradient with respect to that parent. Nothing points from a parent to its
child, so there are no cycles, and a graph that nobody holds is gone at once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, Self, TypeVar

from nbcourse.errors import InputError

__all__ = ["Node", "is_recording", "no_grad", "recording", "sweep", "topological_order"]


class Node(Protocol):
    """What the tape needs to know of a value; `vjps` is None when the graph was freed."""

    requires_grad: bool
    parents: tuple[Self, ...]
    vjps: tuple[Callable[..., Self], ...] | None

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        ...

    def __add__(self, other: Any, /) -> Self:  # noqa: ANN401 (whatever can be added)
        """Return the sum, as gradients add up where a value was used twice."""
        ...

    def sum_to(self, shape: tuple[int, ...]) -> Self:
        """Return the sums over the axes along which an array of `shape` was broadcast."""
        ...


N = TypeVar("N", bound=Node)

_recording = ContextVar("recording", default=True)  # each thread has its own


def is_recording() -> bool:
    """Whether operations write themselves on the tape."""
    return _recording.get()


@contextmanager
def recording(on: bool) -> Iterator[None]:
    """Switch recording on or off inside a `with` block; afterwards the old state is back."""
    before = _recording.set(on)
    try:
        yield
    finally:
        _recording.reset(before)


@contextmanager
def no_grad() -> Iterator[None]:
    """Record nothing inside a `with` block, or in a function that is decorated with it."""
    with recording(False):
        yield


def topological_order(root: N) -> list[N]:
    """List the values that `root` depends on and that need a gradient, parents before children.

    Each value is listed once. A stack takes the place of recursion, so that the depth of the graph
    does not matter; the work is proportional to the number of values and arrows.

    Raises:
        InputError: a part of the graph was freed.
    """
    order: list[N] = []
    seen: set[N] = set()
    stack = [(root, False)]
    while stack:
        node, parents_are_listed = stack.pop()
        if parents_are_listed:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            if node.vjps is None:
                raise InputError(
                    "this graph was freed by an earlier backward pass: compute the values anew, or "
                    "keep the graph with retain_graph=True"
                )
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parents if parent.requires_grad)
    return order


def sweep(
    root: N, dy: N, *, create_graph: bool = False, retain_graph: bool = False
) -> Iterator[tuple[N, N]]:
    """Walk back from `root`, where the gradient is `dy`; yield each value once, with its gradient.

    A value comes after all its children, so its gradient is complete when it is yielded. The graph
    is freed behind the walk, unless it is kept. With `create_graph` the gradients are recorded in
    their turn, which makes them differentiable.
    """
    order = topological_order(root)
    arrived = {root: dy}
    while order:
        y = order.pop()
        dy = arrived.pop(y)
        yield y, dy
        with recording(create_graph):
            for parent, vjp in zip(y.parents, y.vjps or (), strict=True):
                if parent.requires_grad:
                    part = vjp(dy, y, *y.parents).sum_to(parent.shape)
                    arrived[parent] = arrived[parent] + part if parent in arrived else part
        if y.parents and not (retain_graph or create_graph):
            y.parents, y.vjps = (), None
