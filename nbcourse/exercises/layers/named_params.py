"""Exercise: a registry of parameters, the names of all arrays in a nested network."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.layers import drivers

Array = NDArray[Any]
Registry = dict[str, Array]
Layers = list[Any]  # of layers {"W": array, ...}, and of blocks, which are such lists again


def _reference(layers: Layers) -> Registry:
    return {name: p.data for name, p in _as_package(layers).named_parameters()}


def _as_package(node: Any) -> nn.Layer:
    if isinstance(node, list):
        return nn.Sequential([_as_package(child) for child in node])
    layer = nn.Layer()
    for name, array in node.items():
        setattr(layer, name, nn.Parameter(array))
    return layer


def _with_prefix(layers: Layers) -> Registry:
    def walk(node: Any, prefix: str) -> Iterator[tuple[str, Array]]:
        if isinstance(node, dict):
            yield from ((prefix + name, array) for name, array in node.items())
        else:
            for k, child in enumerate(node):
                yield from walk(child, f"{prefix}{k}.")

    return dict(walk(layers, ""))


def _with_recursion(layers: Layers) -> Registry:
    registry: Registry = {}
    for k, layer in enumerate(layers):
        inside = _with_recursion(layer) if isinstance(layer, list) else layer
        for name, array in inside.items():
            registry[f"{k}.{name}"] = array
    return registry


def _with_stack(layers: Layers) -> Registry:
    registry: Registry = {}
    stack: list[tuple[str, Any]] = [("", layers)]
    while stack:
        name, node = stack.pop()
        if isinstance(node, np.ndarray):
            registry[name] = node
            continue
        pairs = list(node.items() if isinstance(node, dict) else enumerate(node))
        for key, child in reversed(pairs):
            stack.append((f"{name}.{key}" if name else str(key), child))
    return registry


def _joined(numbered: Iterable[tuple[int, Registry]]) -> Registry:
    return {f"{k}.{name}": array for k, inside in numbered for name, array in inside.items()}


def _without_blocks(layers: Layers) -> Registry:
    return _joined((k, layer) for k, layer in enumerate(layers) if isinstance(layer, dict))


def _numbered(layers: Layers, *, start: int = 0, empty: bool = True) -> Registry:
    """The registry with another first number, or without counting layers that have no arrays."""
    inside = [_numbered(n, start=start, empty=empty) if isinstance(n, list) else n for n in layers]
    return _joined(enumerate((n for n in inside if n or empty), start))


@mutant(
    "Layers without parameters are not counted. The number is the place of the layer in the "
    "network, so that of a linear layer behind an activation is 2."
)
def _skips_empty(layers: Layers) -> Registry:
    return _numbered(layers, empty=False)


@mutant("Your numbers begin with 1; the first layer is 0, as in Python and in PyTorch.")
def _from_one(layers: Layers) -> Registry:
    return _numbered(layers, start=1)


@mutant("The names are the wrong way round: first the number of the layer, then that of its array.")
def _name_first(layers: Layers) -> Registry:
    right = _with_recursion(layers)
    return {".".join(name.split(".")[::-1]): array for name, array in right.items()}


@mutant(
    "Blocks are left out. A layer may be a list of layers; what is inside has parameters, too, and "
    "the number of the block stands in front of their names."
)
def _skips_blocks(layers: Layers) -> Registry:
    return _without_blocks(layers)


@mutant(
    "The number of the block is missing in front, so two layers share a name and one of them is "
    "lost: inside block 1 the names begin with 1."
)
def _forgets_block(layers: Layers) -> Registry:
    def walk(node: Layers) -> Registry:
        registry: Registry = {}
        for k, layer in enumerate(node):
            registry |= walk(layer) if isinstance(layer, list) else _joined([(k, layer)])
        return registry

    return walk(layers)


@mutant(
    "You number all layers in one row, whatever block they are in. Inside a block the numbers "
    "begin with 0 again, and that of the block stands in front: 1.0.W."
)
def _one_row(layers: Layers) -> Registry:
    def flat(node: Any) -> Iterator[Any]:
        for layer in node:
            yield from flat(layer) if isinstance(layer, list) else [layer]

    return _joined(enumerate(flat(layers)))


@mutant(
    "A block inside a block is missing. Let the function call itself for every list, and depth "
    "takes care of itself."
)
def _one_level(layers: Layers) -> Registry:
    return _joined(
        (k, _without_blocks(layer) if isinstance(layer, list) else layer)
        for k, layer in enumerate(layers)
    )


@mutant(
    "You look for W and b alone. A layer names its arrays as it likes: take whatever its "
    "dictionary holds."
)
def _only_known_names(layers: Layers) -> Registry:
    right = _with_recursion(layers)
    return {name: array for name, array in right.items() if name.split(".")[-1] in ("W", "b")}


@mutant(
    "The names are sorted as texts, so 10.W comes before 2.W. The order is that of the layers; a "
    "dictionary keeps the order in which it was filled."
)
def _sorted_names(layers: Layers) -> Registry:
    return dict(sorted(_with_recursion(layers).items()))


@mutant(
    "All weights come first and then all biases. Go from layer to layer, and take all arrays of "
    "one before the next."
)
def _weights_first(layers: Layers) -> Registry:
    def is_bias(item: tuple[str, Array]) -> bool:
        return item[1].ndim < 2

    return dict(sorted(_with_recursion(layers).items(), key=is_bias))


@mutant(
    "The arrays inside blocks come at the end. They belong where the block stands, between the "
    "layers before it and those behind."
)
def _blocks_last(layers: Layers) -> Registry:
    return _without_blocks(layers) | _with_recursion(layers)


@mutant(
    "The registry holds copies. An optimizer that changes them would leave the network as it is: "
    "put in the arrays themselves."
)
def _copies(layers: Layers) -> Registry:
    return {name: array.copy() for name, array in _with_recursion(layers).items()}


@mutant("You return a list of pairs; a dictionary is wanted, from name to array.")
def _pairs(layers: Layers) -> list[tuple[str, Array]]:
    return list(_with_recursion(layers).items())


def _linear(rng: np.random.Generator) -> Registry:
    n_in, n_out = (int(k) for k in rng.integers(1, 4, size=2))
    return {"W": rng.normal(size=(n_in, n_out)), "b": rng.normal(size=n_out)}


def _layer(rng: np.random.Generator) -> Registry:
    """A linear layer, an activation without arrays or with a slope, or a normalization."""
    size = int(rng.integers(1, 4))
    kinds: list[Registry] = [
        _linear(rng),
        {},
        {"slope": rng.normal(size=1)},
        {"gain": rng.normal(size=size), "shift": rng.normal(size=size)},
    ]
    return kinds[int(rng.integers(len(kinds)))]


def _mlp(rng: np.random.Generator, depth: int) -> Layers:
    layers: Layers = [_linear(rng)]
    for _ in range(depth - 1):
        layers += [{}, _linear(rng)]
    return layers


def _flat(rng: np.random.Generator) -> Given:
    return given(_mlp(rng, int(rng.integers(2, 5))))


def _other_names(rng: np.random.Generator) -> Given:
    return given([_linear(rng), {"slope": rng.normal(size=1)}, *(_layer(rng) for _ in range(3))])


def _nested(rng: np.random.Generator) -> Given:
    """In the middle a block, which has a block of its own."""
    inner = [_linear(rng), _layer(rng)]
    block = [_layer(rng), {}, inner, _linear(rng)]
    return given([_linear(rng), _layer(rng), block, *_mlp(rng, 2)])


def _without_parameters(rng: np.random.Generator) -> Given:
    return given([[], [{}, {}], [{}, [{}]]][int(rng.integers(3))])


def _long(rng: np.random.Generator) -> Given:
    return given([*_mlp(rng, 6), _mlp(rng, 7), _linear(rng)])


def _in_order(value: list[str], layers: Layers) -> str | None:
    wanted = list(_with_recursion(layers))
    for mine, right in zip(value, wanted, strict=False):
        if mine != right:
            return f"{mine} comes where {right} was wanted"
    if len(value) == len(wanted):
        return None
    return f"there are {len(value)} names, wanted {len(wanted)}"


def _all_moved(value: Layers, layers: Layers) -> str | None:
    before, after = _with_recursion(layers), _with_recursion(value)
    for name, array in before.items():
        if not np.array_equal(after[name], array + 1):
            return f"1 was added to all arrays of the registry, but {name} of the network stayed"
    return None


_W1, _W2 = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[7.0], [8.0]])
_B1, _B2 = np.array([5.0, 6.0]), np.array([9.0])
_L1, _L2 = {"W": _W1, "b": _B1}, {"W": _W2, "b": _B2}

EXERCISE = Exercise(
    name="named_params",
    number=4,
    signature="named_params(layers)",
    statement=(
        "A dictionary from names such as 0.W and 2.b to the arrays of a network, in its order; a "
        "layer is a dictionary of arrays, or a list of layers, whose names are like 1.0.W."
    ),
    stars=2,
    minutes=20,
    points={"contract": 1, "known answers": 3, "properties": 6},
    reference=_reference,
    solutions=(_with_prefix, _with_recursion, _with_stack),
    mutants=(
        _skips_empty,
        _from_one,
        _name_first,
        _skips_blocks,
        _forgets_block,
        _one_row,
        _one_level,
        _only_known_names,
        _sorted_names,
        _weights_first,
        _blocks_last,
        _copies,
        _pairs,
    ),
    hints=(
        "Begin without blocks: two loops, over enumerate(layers) and over the items of each layer, "
        "and a name such as f'{k}.{name}'.",
        "What named_params returns for a block is a dictionary from names to arrays, and so is a "
        "layer. Both can be treated alike from there on.",
        "For layer number k: inside = named_params(layer) if it is a list, else the layer itself. "
        "Then each item (name, array) of inside goes into the result under f'{k}.{name}', the "
        "array as it is.",
    ),
    checks=(
        known(
            "linear, activation, linear",
            given([_L1, {}, _L2]),
            {"0.W": _W1, "0.b": _B1, "2.W": _W2, "2.b": _B2},
        ),
        known(
            "a block between two layers",
            given([_L1, [{}, _L2], {"slope": _B2}]),
            {"0.W": _W1, "0.b": _B1, "1.1.W": _W2, "1.1.b": _B2, "2.slope": _B2},
        ),
        agrees("right for random networks without blocks", _flat),
        agrees("right for layers with other arrays than W and b", _other_names),
        agrees("right for blocks in blocks", _nested),
        agrees("nothing to name: no layer, or none with arrays", _without_parameters),
        holds(
            "the names come in the order of the layers, also from the tenth on",
            _long,
            _in_order,
            driver=drivers.names_in_order,
            cases=1,
        ),
        holds(
            "a change in the registry is one in the network",
            _nested,
            _all_moved,
            driver=drivers.layers_after_a_step,
            cases=1,
        ),
    ),
)
