"""How the exercises of this chapter are called: activations by name, misfits, spies on batches."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Function = Callable[..., Any]
Params = Sequence[tuple[Array, Array]]  # (W, b) of each layer, first layer first

ACTIVATIONS: Mapping[str, Callable[[Array], Array]] = {
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "identity": lambda z: z,
}


def outcomes(function: Function, cases: Mapping[str, tuple[Any, ...]]) -> dict[str, str]:
    """What became of each call, in words: the error, or what was returned."""
    return {name: _outcome(function, arguments) for name, arguments in cases.items()}


def _outcome(function: Function, arguments: tuple[Any, ...]) -> str:
    try:
        found = function(*arguments)
    except NotImplementedError:
        raise
    except ValueError:  # or a subclass
        return "raised ValueError"
    except Exception as error:  # which one decides
        return f"raised {type(error).__name__}"
    shape = f" of shape {found.shape}" if isinstance(found, np.ndarray) else ""
    return f"returned {type(found).__name__}{shape}"


def forward(function: Function, params: Params, x: Array, *, activation: str) -> Any:
    """The logits of a network with the activation of that name."""
    return function(params, x, ACTIVATIONS[activation])


def each_network(
    function: Function, networks: Sequence[tuple[Params, Array]], *, activations: Sequence[str]
) -> list[Any]:
    """The logits of several networks, each with its own activation."""
    pairs = zip(networks, activations, strict=True)
    return [forward(function, *network, activation=name) for network, name in pairs]


def cut_in_two(
    function: Function, params: Params, x: Array, *, activation: str, at: int
) -> tuple[Any, Any]:
    """The logits of the whole network, and those of its two halves, one after the other."""
    act = ACTIVATIONS[activation]
    front = function(params[:at], x, act)
    return function(params, x, act), function(params[at:], act(front), act)


def in_digits(function: Function, sizes: Sequence[int], n_examples: int) -> list[str]:
    """Counts written out, because they may be too large for an array."""
    return [str(count) for count in function(sizes, n_examples)]


def names_in_order(function: Function, layers: list[Any]) -> list[str]:
    """The names of a registry, as they come when one walks through it."""
    return [str(name) for name in function(layers)]


def layers_after_a_step(function: Function, layers: list[Any]) -> list[Any]:
    """The layers after 1 was added, in place, to every array of their registry."""
    mine = copy.deepcopy(layers)
    for array in function(mine).values():
        array += 1
    return mine


def after_the_vector_changed(
    function: Function, vector: Array, registry: Mapping[str, Array]
) -> Any:
    """The arrays that were cut from a vector, read after the vector has been overwritten."""
    mine = vector.copy()
    found = function(mine, registry)
    mine[...] = -1
    return found


def cut_and_joined(
    function: Function, vector: Array, registry: Mapping[str, Array]
) -> tuple[list[str], Array]:
    """The names of the arrays that were cut, in order, and the arrays joined to a vector again."""
    found = function(vector, registry)
    parts = [np.asarray(array).ravel() for array in found.values()]
    return [str(name) for name in found], np.concatenate(parts)


def each_shape(function: Function, grads: Sequence[Array], shapes: Sequence[Any]) -> list[Any]:
    """The sums of several gradients, each for its own shape."""
    pairs = zip(grads, shapes, strict=True)
    return [function(grad, tuple(shape)) for grad, shape in pairs]


def rate(
    function: Function,
    params: Params,
    x: Array,
    labels: Array,
    *,
    activation: str,
    batch_size: int,
) -> Any:
    """The error rate of a network with the activation of that name."""
    return function(params, x, labels, ACTIVATIONS[activation], batch_size=batch_size)


def rates(
    function: Function,
    params: Params,
    x: Array,
    labels: Array,
    *,
    activation: str,
    batch_sizes: Sequence[int],
) -> list[Any]:
    """The error rates of one network, taken in batches of several sizes."""
    same: dict[str, Any] = {"activation": activation}
    return [rate(function, params, x, labels, batch_size=n, **same) for n in batch_sizes]


def rows_at_once(
    function: Function,
    params: Params,
    x: Array,
    labels: Array,
    *,
    activation: str,
    batch_size: int,
) -> list[int]:
    """How many rows each call of the activation was given, in order."""
    seen: list[int] = []

    def spy(z: Array) -> Array:
        seen.append(len(z) if z.ndim > 1 else 1)
        return ACTIVATIONS[activation](z)

    function(params, x, labels, spy, batch_size=batch_size)
    return seen
