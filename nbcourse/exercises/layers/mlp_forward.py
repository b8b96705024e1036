"""Exercise: the forward pass of a network of any depth, put together from linear layers."""

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.layers import drivers

Array = NDArray[Any]
Params = Sequence[tuple[Array, Array]]  # (W, b), first layer first
Act = Callable[[Array], Array]


def _reference(params: Params, x: Array, activation: Act) -> Array:
    layers: list[nn.Layer] = []
    for W, b in params:
        linear = nn.Linear(*W.shape, rng=np.random.default_rng(0), initializer="zeros")
        linear.W.data, linear.b.data = W, b
        layers += [linear, nn.Activation(activation)]  # type: ignore[arg-type]
    return nn.Sequential(layers[:-1]).forward(x)


def _with_loop(params: Params, x: Array, activation: Act) -> Array:
    h = x
    for k, (W, b) in enumerate(params):
        z = h @ W + b
        h = activation(z) if k < len(params) - 1 else z
    return h


def _last_one_apart(params: Params, x: Array, activation: Act) -> Array:
    *hidden, (W, b) = params
    h = reduce(lambda h, layer: activation(h @ layer[0] + layer[1]), hidden, x)
    return h @ W + b


def _with_recursion(params: Params, x: Array, activation: Act) -> Array:
    (W, b), *behind = params
    z = np.einsum("...i,io->...o", x, W) + b
    return _with_recursion(behind, activation(z), activation) if behind else z


def _activation_between(params: Params, x: Array, activation: Act) -> Array:
    """An activation before each layer but the first."""
    for k, (W, b) in enumerate(params):
        x = (activation(x) if k else x) @ W + b
    return x


@mutant(
    "The last layer has an activation, too. Its z are the logits and may have any sign: the "
    "activation stands between the layers."
)
def _after_the_last(params: Params, x: Array, activation: Act) -> Array:
    for W, b in params:
        x = activation(x @ W + b)
    return x


@mutant(
    "Each layer reads the input x, as in error 1 of the source article. A layer reads what the one "
    "before it hands on; with equal sizes no shape says so."
)
def _all_read_input(params: Params, x: Array, activation: Act) -> Array:
    z = x
    for W, b in params:
        z = x @ W + b
        activation(z)
    return z


@mutant("The activation is left out. Layers without it collapse into a single linear one.")
def _no_activation(params: Params, x: Array, activation: Act) -> Array:
    for W, b in params:
        x = x @ W + b
    return x


@mutant(
    "The activation is applied to the input x as well. It stands behind each layer but the last; "
    "the input comes as it is."
)
def _activates_input(params: Params, x: Array, activation: Act) -> Array:
    for W, b in params:
        x = activation(x) @ W + b
    return x


@mutant(
    "The bias is added behind the activation. The weighted sum z = h W + b includes it: the "
    "activation sees z."
)
def _bias_too_late(params: Params, x: Array, activation: Act) -> Array:
    *hidden, (W, b) = params
    for V, c in hidden:
        x = activation(x @ V) + c
    return x @ W + b


@mutant("The biases are missing: z = h W + b, in each layer.")
def _forgets_biases(params: Params, x: Array, activation: Act) -> Array:
    return _with_loop([(W, 0 * b) for W, b in params], x, activation)


@mutant("You multiply by W.T; every W is (n_in, n_out), so h @ W fits as it is.")
def _transposes(params: Params, x: Array, activation: Act) -> Array:
    return _with_loop([(W.T, b) for W, b in params], x, activation)


@mutant("Your network always bends with ReLU; use the function that was passed as `activation`.")
def _always_relu(params: Params, x: Array, activation: Act) -> Array:
    return _with_loop(params, x, lambda z: np.maximum(z, 0))


@mutant(
    "Only the first and the last layer take part. There may be any number of layers between them: "
    "loop over params."
)
def _two_layers(params: Params, x: Array, activation: Act) -> Array:
    ends = [params[0], params[-1]] if len(params) > 1 else params
    return _with_loop(ends, x, activation)


@mutant(
    "A network of a single layer goes wrong: your first layer always gets an activation. With one "
    "layer the first is the last, and has none."
)
def _single_layer(params: Params, x: Array, activation: Act) -> Array:
    W, b = params[0]
    h = activation(x @ W + b)
    return _with_loop(params[1:], h, activation)


@mutant(
    "You return what every layer hands on. Here the logits alone are wanted: what comes out last."
)
def _returns_all(params: Params, x: Array, activation: Act) -> list[Array]:
    ends = range(1, len(params) + 1)
    return [_with_loop(params[:k], x, activation) for k in ends]


@mutant(
    "params is shorter after the call: pop takes the last layer away from the caller's list. Take "
    "params[-1] and leave the list as it is."
)
def _pops(params: Any, x: Array, activation: Act) -> Array:
    W, b = params.pop()
    for V, c in params:
        x = activation(x @ V + c)
    return x @ W + b


def _network(rng: np.random.Generator, sizes: Sequence[int]) -> list[tuple[Array, Array]]:
    return [(rng.normal(size=(i, o)) / np.sqrt(i), rng.normal(size=o)) for i, o in pairwise(sizes)]


def _widths(rng: np.random.Generator, depth: int) -> list[int]:
    """Different ones next to each other, so that a wrong product has a wrong shape."""
    return [int(n) for n in rng.permutation([2, 3, 4, 5, 6, 7])[: depth + 1]]


def _case(rng: np.random.Generator, sizes: Sequence[int], *front: int, act: str = "") -> Given:
    name = act or str(rng.choice(["relu", "tanh", "sigmoid"]))
    return given(_network(rng, sizes), rng.normal(size=(*front, sizes[0])), activation=name)


def _one_to_five(rng: np.random.Generator) -> Given:
    cases = [_case(rng, _widths(rng, depth), 4) for depth in range(1, 6)]
    names = [str(name) for name in rng.permutation(["relu", "tanh", "sigmoid", "relu", "tanh"])]
    return given([case.args for case in cases], activations=names)


def _any_axes(rng: np.random.Generator) -> Given:
    front = [(), (2, 3), (1,)][int(rng.integers(3))]
    return _case(rng, _widths(rng, 3), *front)


def _cut(rng: np.random.Generator) -> Given:
    depth = int(rng.integers(2, 6))
    case = _case(rng, _widths(rng, depth), 3)
    return given(*case.args, at=int(rng.integers(1, depth)), **case.kwargs)


def _halves_fit(
    value: tuple[Array, Array], params: Params, x: Array, *, activation: str, at: int
) -> str | None:
    whole, halves = value
    if whole.shape == halves.shape and np.allclose(whole, halves, rtol=1e-10, atol=1e-12):
        return None
    return (
        f"the first {at} of {len(params)} layers, then {activation}, then the other layers give "
        "something else than the whole network"
    )


def _collapses(value: Array, params: Params, x: Array, *, activation: str) -> str | None:
    W, b = params[0]
    for V, c in params[1:]:
        W, b = W @ V, b @ V + c
    if np.allclose(value, x @ W + b, rtol=1e-10, atol=1e-12):
        return None
    return f"{len(params)} layers with the activation z -> z are not the one layer that they equal"


_PARAMS = [
    (np.array([[1.0, -1.0], [1.0, 0.0]]), np.array([0.0, 0.5])),
    (np.array([[2.0], [5.0]]), np.array([-10.0])),
]

EXERCISE = Exercise(
    name="mlp_forward",
    number=2,
    signature="mlp_forward(params, x, activation)",
    statement=(
        "The logits (..., n_out) of a network with params [(W, b), ...], first layer first, for x "
        "(..., n_in); the function activation stands between the layers, not behind the last."
    ),
    stars=1,
    minutes=20,
    points={"contract": 1, "known answers": 2, "properties": 7},
    builds_on=("linear",),
    reference=_reference,
    solutions=(_with_loop, _last_one_apart, _with_recursion, _activation_between),
    mutants=(
        _after_the_last,
        _all_read_input,
        _no_activation,
        _activates_input,
        _bias_too_late,
        _forgets_biases,
        _transposes,
        _always_relu,
        _two_layers,
        _single_layer,
        _returns_all,
        _pops,
    ),
    hints=(
        "One array goes through the network: it begins as x, and each layer replaces it. Which "
        "layers are followed by an activation, when there are three? When there is one?",
        "Loop over params with a number, enumerate(params): the layer with the number "
        "len(params) - 1 is the last. Or split it off before: *hidden, last = params.",
        "Start with h = x. For each (W, b): z = linear(h, W, b); then h = activation(z), but after "
        "the last layer h = z. Return h.",
    ),
    checks=(
        known(
            "two layers with ReLU, worked by hand",
            given(_PARAMS, np.array([[1.0, 2.0], [-1.0, 0.0]]), activation="relu"),
            np.array([[-4.0], [-2.5]]),
            driver=drivers.forward,
        ),
        agrees(
            "one to five layers, each network with its own activation",
            _one_to_five,
            driver=drivers.each_network,
        ),
        agrees(
            "a single layer, which has no activation",
            lambda rng: _case(rng, _widths(rng, 1), 3),
            cases=1,
            driver=drivers.forward,
        ),
        agrees(
            "layers of equal width, where no shape warns",
            lambda rng: _case(rng, [4] * 5, 4),
            driver=drivers.forward,
        ),
        agrees("one example, or more axes in front", _any_axes, cases=4, driver=drivers.forward),
        agrees(
            "an empty batch",
            lambda rng: _case(rng, _widths(rng, 3), 0),
            cases=1,
            driver=drivers.forward,
        ),
        holds(
            "cut in two, the halves make the whole",
            _cut,
            _halves_fit,
            driver=drivers.cut_in_two,
        ),
        holds(
            "with the activation z -> z it is one linear layer",
            lambda rng: _case(rng, _widths(rng, 4), 5, act="identity"),
            _collapses,
            driver=drivers.forward,
            cases=1,
        ),
    ),
)
