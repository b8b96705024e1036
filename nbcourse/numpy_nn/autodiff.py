"""Automatic differentiation: gradients of any program made of tensors, without pencil and paper.

`tensors` has the operations and their rules, `tape` the record of what was computed and the walk
back.

Second derivatives come from the same rules: since these are written in operations on tensors, the
walk back can be recorded (`create_graph`) and walked back through once more. That makes `hvp`, a
product with the matrix of second derivatives, exact and three lines long, for the price of keeping
the graph of a gradient. (The other way, dual numbers sent through the backward pass, needs no such
graph, but a second rule for every operation.)
"""

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Any, overload

import numpy as np
from numpy.lib.array_utils import normalize_axis_index
from numpy.typing import NDArray

from nbcourse.checks import require_label_shape, require_labels
from nbcourse.errors import InputError
from nbcourse.numpy_nn.tape import no_grad, recording, sweep
from nbcourse.numpy_nn.tensors import Tensor, record

Array = NDArray[Any]
Function = Callable[[Any], Tensor]  # takes a tensor, or a list of tensors

__all__ = [
    "Tensor",
    "concatenate",
    "cross_entropy",
    "grad",
    "gradients",
    "hvp",
    "no_grad",
    "stack",
]


def gradients(y: Tensor, xs: Sequence[Tensor], *, create_graph: bool = False) -> list[Tensor]:
    """Return the gradient of the number `y` with respect to each of `xs`; no `grad` is touched.

    Zero where `y` does not depend on a tensor. With `create_graph` the gradients are recorded, and
    the graph of `y` is kept; without, it is freed.

    Raises:
        InputError: `y` is not a single number, or its graph was freed.
    """
    if y.data.size != 1:
        raise InputError(f"gradients wants a single number to differentiate, got shape {y.shape}")
    start = y.lift(np.ones(y.shape))
    walk = sweep(y, start, create_graph=create_graph) if y.requires_grad else iter(())
    wanted = set(xs)
    found = {node: gradient for node, gradient in walk if node in wanted}
    return [found[x] if x in found else x.lift(np.zeros(x.shape)) for x in xs]


@overload
def grad(f: Function, x: Array) -> Array: ...
@overload
def grad(f: Function, x: Sequence[Array]) -> list[Array]: ...
def grad(f: Function, x: Array | Sequence[Array]) -> Array | list[Array]:
    """Return the gradient of `f`, which maps a tensor to a single number, at the array `x`.

    For a list of arrays `f` is called with a list of tensors, and the result is a list.

    >>> grad(lambda x: (x**3).sum(), np.array([1.0, 2.0]))
    array([ 3., 12.])
    """
    with recording(True):
        y, xs = _evaluate(f, x)
        return _like(x, [slope.data for slope in gradients(y, xs)])


@overload
def hvp(f: Function, x: Array, v: Array) -> Array: ...
@overload
def hvp(f: Function, x: Sequence[Array], v: Sequence[Array]) -> list[Array]: ...
def hvp(f: Function, x: Any, v: Any) -> Array | list[Array]:
    """Return H v, with H the matrix of second derivatives of `f` at `x`; `v` is as `x`.

    H is never formed: H v is the gradient of the number (gradient of f) . v, with v held constant.

    Source: Pearlmutter (1994), Fast exact multiplication by the Hessian, for the product itself.

    Raises:
        InputError: `v` does not have the shapes of `x`.

    >>> hvp(lambda x: (x**3).sum(), np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    """
    with recording(True):
        y, xs = _evaluate(f, x)
        want, got = [each.shape for each in xs], [np.shape(part) for part in _as_list(v)]
        if want != got:
            raise InputError(f"hvp wants v of shape {_text(want)}, got {_text(got)}")
        along = y.lift(0.0)
        for slope, part in zip(gradients(y, xs, create_graph=True), _as_list(v), strict=True):
            along = along + (slope * part).sum()
        return _like(x, [product.data for product in gradients(along, xs)])


def cross_entropy(logits: Tensor, labels: Array) -> Tensor:
    """Return the mean negative log-likelihood of labels (n,), or shares (n, n_classes), in nats."""
    labels = np.asarray(labels)
    require_label_shape("cross_entropy", logits, labels)
    log_p = logits - logits.logsumexp(axis=1, keepdims=True)
    if labels.ndim == 2:
        return -(log_p * labels).sum() / len(logits)
    require_labels("cross_entropy", int(labels.min()), int(labels.max()), logits.shape[1])
    return -log_p[np.arange(len(labels)), labels].mean()


def concatenate(tensors: Sequence[Tensor], axis: int = 0) -> Tensor:
    """Join tensors along an axis that they have."""
    if not tensors:
        raise InputError("concatenate wants at least one tensor, got none")
    axis = normalize_axis_index(axis, tensors[0].ndim)
    parents = tuple(tensors[0].lift(tensor) for tensor in tensors)
    ends = accumulate((tensor.shape[axis] for tensor in parents), initial=0)
    pieces = [(slice(None),) * axis + (slice(*pair),) for pair in pairwise(ends)]
    rules = tuple(lambda dy, y, *_, piece=piece: dy[piece] for piece in pieces)
    return record(np.concatenate([tensor.data for tensor in parents], axis), parents, rules)


def stack(tensors: Sequence[Tensor], axis: int = 0) -> Tensor:
    """Join tensors of one shape along a new axis."""
    if not tensors:
        raise InputError("stack wants at least one tensor, got none")
    place = normalize_axis_index(axis, tensors[0].ndim + 1)
    return concatenate([tensor[(slice(None),) * place + (None,)] for tensor in tensors], place)


def _evaluate(f: Function, x: Array | Sequence[Array]) -> tuple[Tensor, list[Tensor]]:
    xs = [Tensor(each, requires_grad=True) for each in _as_list(x)]
    y = f(_like(x, xs))
    if not isinstance(y, Tensor):
        raise InputError(
            f"the function to differentiate must return a Tensor, got {type(y).__name__}"
        )
    return y, xs


def _as_list(x: Any) -> list[Any]:  # noqa: ANN401 (an array, or a list of arrays)
    return list(x) if isinstance(x, list | tuple) else [x]


def _like(x: Any, values: list[Any]) -> Any:  # noqa: ANN401
    return values if isinstance(x, list | tuple) else values[0]


def _text(shapes: list[tuple[int, ...]]) -> str:
    return ", ".join(map(str, shapes))
