"""How the exercises of this chapter are called: several inputs, blocks that can go back, stacks."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Function = Callable[..., Any]
Block = tuple[Array, Array, Array, Array]  # W1, b1, W2, b2 of a residual block
Layers = Sequence[Mapping[str, Array]]

_GRADIENTS = ("dx", "dW1", "db1", "dW2", "db2")


def each(function: Function, xs: Sequence[Array], *others: Array, **options: Any) -> list[Any]:
    """What the function returns for each of several inputs, all else equal."""
    return [function(x, *others, **options) for x in xs]


def in_pairs(
    function: Function, dys: Sequence[Array], xs: Sequence[Array], *others: Array, **options: Any
) -> list[Any]:
    """What the function returns for each of several gradients with its input, all else equal."""
    pairs = zip(dys, xs, strict=True)
    return [function(dy, x, *others, **options) for dy, x in pairs]


def there_and_back(function: Function, x: Array, *block: Array, dy: Array) -> dict[str, Any]:
    """The output of a residual block, and by name the gradients that its `backward` returns."""
    y, backward = _split(function(x, *block))
    return {"y": y, **_named(backward(dy))}


def only_there(function: Function, x: Array, *block: Array) -> Any:
    """The output of a residual block, without a way back."""
    return _split(function(x, *block))[0]


def several_times(
    function: Function, x: Array, *block: Array, dys: Sequence[Array]
) -> list[dict[str, Any]]:
    """The gradients of one residual block for several dy, from one call of the function."""
    _, backward = _split(function(x, *block))
    return [_named(backward(dy)) for dy in dys]


def stack(function: Function, x: Array, blocks: Sequence[Block], dy: Array) -> dict[str, Any]:
    """Through several residual blocks, one behind the other, and back through all of them."""
    ways_back = []
    for block in blocks:
        x, backward = _split(function(x, *block))
        ways_back.append(backward)
    for backward in reversed(ways_back):
        dy = _named(backward(dy))["dx"]
    return {"y": x, "dx": dy}


def _split(found: object) -> tuple[Any, Function]:
    if isinstance(found, tuple) and len(found) == 2 and callable(found[1]):
        return found[0], found[1]
    raise TypeError("wanted a pair: y, and the function backward")


def _named(gradients: object) -> dict[str, Any]:
    if isinstance(gradients, tuple | list) and len(gradients) == len(_GRADIENTS):
        return dict(zip(_GRADIENTS, gradients, strict=True))
    raise TypeError(f"backward must return {', '.join(_GRADIENTS)}")


def folded(function: Function, layers: Layers, x: Array, *, eps: float) -> dict[str, Any]:
    """The kinds of the layers of a folded network, and what it answers to x."""
    found = function(layers, eps=eps)
    if not isinstance(found, list | tuple):
        raise TypeError(f"it returned {type(found).__name__}, wanted a list; is there a return?")
    return {"kinds": [_kind(layer) for layer in found], "outputs": outputs(found, x, eps=eps)}


def outputs(layers: Layers, x: Array, *, eps: float) -> Array:
    """What a network of linear layers, ReLUs and norms answers in evaluation mode."""
    for layer in layers:
        kind = _kind(layer)
        if kind == "linear":
            x = x @ layer["W"] + layer["b"]
        elif kind == "relu":
            x = np.maximum(x, 0)
        else:
            r = np.sqrt(layer["running_var"] + eps)
            x = (x - layer["running_mean"]) / r * layer["gamma"] + layer["beta"]
    return x


def _kind(layer: object) -> str:
    if not isinstance(layer, dict):
        raise TypeError(f"a layer is of type {type(layer).__name__}, wanted a dictionary")
    kinds = {"W b": "linear", "": "relu", "beta gamma running_mean running_var": "norm"}
    names = " ".join(sorted(map(str, layer)))
    if names not in kinds:
        raise ValueError(f"a layer has the names {names}")
    return kinds[names]
