"""Exercise: the backward pass of a whole ReLU network, from the logits to the first layer."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.backpropagation import drivers
from nbcourse.gradients import numerical_gradient

Array = NDArray[Any]
Pairs = Sequence[tuple[Array, Array]]  # (W, b), (dW, db) or (h, z), first layer first
Network = tuple[Pairs, Pairs, Array]  # params, caches, dlogits


def _reference(params: Pairs, caches: Pairs, dlogits: Array) -> Pairs:
    """The layers of the package, each put into the state of its forward pass."""
    layers: list[nn.Layer] = []
    for (W, b), (h, z) in zip(params, caches, strict=True):
        linear = nn.Linear(*W.shape, rng=np.random.default_rng(0))
        linear.W.data, linear.b.data = W, b
        layers += [linear, nn.Activation(nn.relu)]
        linear.forward(h)
        layers[-1].forward(z)
    network = nn.Sequential(layers[:-1])  # no activation behind the logits
    network.backward(dlogits)
    grads = [parameter.grad for parameter in network.parameters()]
    return list(zip(grads[::2], grads[1::2], strict=True))  # type: ignore[arg-type]


def _with_loop(params: Pairs, caches: Pairs, dlogits: Array) -> Pairs:
    grads, dz = [], dlogits
    for k in reversed(range(len(params))):
        grads.append((caches[k][0].T @ dz, dz.sum(axis=0)))
        if k > 0:
            dz = (dz @ params[k][0].T) * (caches[k - 1][1] > 0)
    return grads[::-1]


def _with_recursion(params: Pairs, caches: Pairs, dlogits: Array) -> Pairs:
    """The mask comes from the layer's own input: h = relu(z) is positive where z is."""
    (*front, (W, _)), (*before, (h, _)) = params, caches
    last = np.einsum("ni,no->io", h, dlogits), np.einsum("no->o", dlogits)
    if not front:
        return [last]
    return [*_with_recursion(front, before, np.where(h > 0, dlogits @ W.T, 0)), last]


def _example_by_example(params: Pairs, caches: Pairs, dlogits: Array) -> Pairs:
    grads = [(np.zeros_like(W), np.zeros_like(b)) for W, b in params]
    for n, row in enumerate(dlogits):
        dz = row
        for k in range(len(params) - 1, -1, -1):
            dW, db = grads[k]
            dW += np.outer(caches[k][0][n], dz)
            db += dz
            dh = params[k][0] @ dz
            dz = np.where(caches[k - 1][1][n] > 0, dh, 0) if k > 0 else dh
    return grads


@mutant("The gradients come last layer first, as they were found; params begins with the first.")
def _last_layer_first(params: Pairs, caches: Pairs, dlogits: Array) -> Pairs:
    return _with_loop(params, caches, dlogits)[::-1]


def _passing(params: Pairs, caches: Pairs, dz: Array, back: Callable[[int, Array], Array]) -> Pairs:
    """The loop, with another way from dz of layer k to dz of the layer in front of it."""
    grads = []
    for k in reversed(range(len(params))):
        grads.append((caches[k][0].T @ dz, dz.sum(axis=0)))
        dz = back(k, dz) if k > 0 else dz
    return grads[::-1]


@mutant(
    "The mask comes from the wrong layer: dx of layer k belongs to the h of layer k - 1, so the z "
    "of layer k - 1 decides where it passes."
)
def _mask_from_behind(params: Pairs, caches: Pairs, dlogits: Array) -> Pairs:
    return _passing(
        params, caches, dlogits, lambda k, dz: (dz @ params[k][0].T) * (caches[k][1] > 0)
    )


@mutant("A ReLU mask is laid on dlogits, too; the last layer has no activation behind it.")
def _mask_at_logits(params: Pairs, caches: Pairs, dlogits: Array) -> Pairs:
    return _with_loop(params, caches, dlogits * (caches[-1][1] > 0))


@mutant("The activations are left out on the way back: every hidden layer ends in a ReLU mask.")
def _no_mask(params: Pairs, caches: Pairs, dlogits: Array) -> Pairs:
    return _passing(params, caches, dlogits, lambda k, dz: dz @ params[k][0].T)


@mutant("Where a z is exactly 0 the gradient still passes; the slope of ReLU counts as 0 there.")
def _passes_at_zero(params: Pairs, caches: Pairs, dlogits: Array) -> Pairs:
    return _passing(
        params, caches, dlogits, lambda k, dz: (dz @ params[k][0].T) * (caches[k - 1][1] >= 0)
    )


@mutant("It is multiplied by W, not by its transpose; layers of equal width only hide that.")
def _forgets_transpose(params: Pairs, caches: Pairs, dlogits: Array) -> Pairs:
    return _passing(
        params, caches, dlogits, lambda k, dz: (dz @ params[k][0]) * (caches[k - 1][1] > 0)
    )


@mutant("It is multiplied by h, the value of ReLU; the chain rule wants its slope, 1 or 0.")
def _value_for_slope(params: Pairs, caches: Pairs, dlogits: Array) -> Pairs:
    return _passing(params, caches, dlogits, lambda k, dz: (dz @ params[k][0].T) * caches[k][0])


@mutant("Every layer gets dlogits; each needs what the layer behind it has passed back.")
def _never_passed_on(params: Pairs, caches: Pairs, dlogits: Array) -> Pairs:
    return [(h.T @ dlogits, dlogits.sum(axis=0)) for h, _ in caches]


@mutant("The biases get the mean over the batch; dlogits carries the 1/N already, so take the sum.")
def _averages_biases(params: Pairs, caches: Pairs, dlogits: Array) -> Pairs:
    return [(dW, db / len(dlogits)) for dW, db in _with_loop(params, caches, dlogits)]


@mutant("All is divided by N once more; dlogits carries the 1/N of the mean loss already.")
def _averages_again(params: Pairs, caches: Pairs, dlogits: Array) -> Pairs:
    return _with_loop(params, caches, dlogits / len(dlogits))


@mutant("dW is made from the z in front; what went into the layer is its h, after the ReLU.")
def _input_before_relu(params: Pairs, caches: Pairs, dlogits: Array) -> Pairs:
    inputs = [caches[0][0], *(z for _, z in caches[:-1])]
    right = _with_loop(params, caches, dlogits)
    dzs = [dlogits]
    for k in range(len(params) - 1, 0, -1):
        dzs.insert(0, (dzs[0] @ params[k][0].T) * (caches[k - 1][1] > 0))
    return [(x.T @ dz, db) for x, dz, (_, db) in zip(inputs, dzs, right, strict=True)]


@mutant(
    "The weights are updated on the way. Backpropagation only gives gradients; the step is the "
    "optimizer's business, and a changed W spoils the layers in front."
)
def _updates_weights(params: Pairs, caches: Pairs, dlogits: Array) -> Pairs:
    def back(k: int, dz: Array) -> Array:
        W, b = params[k]
        W -= 0.1 * caches[k][0].T @ dz
        b -= 0.1 * dz.sum(axis=0)
        return (dz @ W.T) * (caches[k - 1][1] > 0)

    return _passing(params, caches, dlogits, back)


def _forward(params: Pairs, x: Array) -> list[tuple[Array, Array]]:
    caches, h = [], x
    for W, b in params:
        z = h @ W + b
        caches.append((h, z))
        h = np.maximum(z, 0)
    return caches


def _network(
    rng: np.random.Generator, sizes: Sequence[int], n: int, *, bias: float = 0.3
) -> Network:
    """A network and its forward pass, with no z so close to 0 that a difference strides over it."""
    while True:
        params = [
            (rng.normal(size=(i, o)) / np.sqrt(i), bias * rng.normal(size=o))
            for i, o in pairwise(sizes)
        ]
        caches = _forward(params, rng.normal(size=(n, sizes[0])))
        active = [np.any(h > 0) and np.any(h == 0) for h, _ in caches[1:]]
        if all(active) and all(np.abs(z).min() > 1e-4 for _, z in caches):
            return params, caches, rng.normal(size=(n, sizes[-1])) / n


def _sizes(rng: np.random.Generator, depth: int) -> list[int]:
    """Different widths next to each other, so that a wrong product has a wrong shape."""
    widths = rng.permutation([2, 3, 4, 5, 6, 7])[: depth + 1]
    return [int(width) for width in widths]


def _any_depth(rng: np.random.Generator) -> Given:
    depth = int(rng.integers(2, 6))
    return given(*_network(rng, _sizes(rng, depth), int(rng.integers(5, 8))))


def _blank_input(rng: np.random.Generator) -> Given:
    """The first example is all zeros and so are the biases: every z of it is exactly 0."""
    params, caches, dlogits = _network(rng, _sizes(rng, 3), 5, bias=0.0)
    x = caches[0][0] * (np.arange(5) > 0)[:, None]
    return given(params, _forward(params, x), dlogits)


def _depths_one_to_five(rng: np.random.Generator) -> Given:
    return given([_network(rng, _sizes(rng, depth), 4) for depth in range(1, 6)])


def _are_slopes(value: list[Pairs], networks: list[Network]) -> str | None:
    for depth, (grads, network) in enumerate(zip(value, networks, strict=True), start=1):
        for k, part in np.ndindex(depth, 2):
            mine, slope = grads[k][part], _slope(network, k, part)
            if mine.shape != slope.shape or not np.allclose(mine, slope, rtol=1e-6, atol=1e-7):
                name = ("dW", "db")[part]
                return f"{name} of layer {k + 1} of {depth} is not the slope, by differences"
    return None


def _slope(network: Network, k: int, part: int) -> Array:
    """Of sum(dlogits * logits), with respect to the weights (part 0) or biases (1) of layer k."""
    params, caches, dlogits = network

    def f(v: Array) -> float:
        pair = (v, params[k][1]) if part == 0 else (params[k][0], v)
        moved = [*params[:k], pair, *params[k + 1 :]]
        return float(np.sum(dlogits * _forward(moved, caches[0][0])[-1][1]))

    return numerical_gradient(f, params[k][part])


_W1, _W2 = np.array([[1.0, -1.0], [1.0, 0.0]]), np.array([[2.0], [5.0]])
_PARAMS = [(_W1, np.zeros(2)), (_W2, np.zeros(1))]
_BY_HAND = [
    (np.array([[2.0, 0.0], [4.0, 0.0]]), np.array([2.0, 0.0])),
    (np.array([[3.0], [0.0]]), np.array([1.0])),
]

EXERCISE = Exercise(
    name="mlp_backward",
    number=5,
    signature="mlp_backward(params, caches, dlogits)",
    statement=(
        "The gradients [(dW, db), ...] of a ReLU network with params [(W, b), ...], given for each "
        "layer the cache (h, z) of its forward pass, and the gradient dlogits (n, n_classes); all "
        "lists run from the first layer to the last."
    ),
    stars=3,
    minutes=35,
    points={"contract": 1, "known answers": 2, "properties": 4, "gradients": 3},
    builds_on=("linear_backward", "relu_backward"),
    reference=_reference,
    solutions=(_with_loop, _with_recursion, _example_by_example),
    mutants=(
        _last_layer_first,
        _mask_from_behind,
        _mask_at_logits,
        _no_mask,
        _passes_at_zero,
        _forgets_transpose,
        _value_for_slope,
        _never_passed_on,
        _averages_biases,
        _averages_again,
        _input_before_relu,
        _updates_weights,
    ),
    hints=(
        "Draw three layers and write below each arrow which array flows back along it. Which layer "
        "comes first on the way back, and what do you know there?",
        "Walk through the layers in reverse, with one array dz for the gradient at the z of the "
        "present layer; it begins as dlogits. linear_backward gives the gradients of the layer, "
        "and what goes on to the layer in front.",
        "What comes out of layer k as dx is the dh of layer k - 1; relu_backward with the z of "
        "layer k - 1 makes its dz. Skip that for the first layer, and turn the collected list "
        "round at the end.",
    ),
    checks=(
        known(
            "two layers, worked by hand",
            given(_PARAMS, _forward(_PARAMS, np.array([[1.0, 2.0]])), np.array([[1.0]])),
            _BY_HAND,
        ),
        agrees("right for two to five layers of any widths", _any_depth, cases=4),
        agrees(
            "a single layer, which has no activation",
            lambda rng: given(*_network(rng, _sizes(rng, 1), 3)),
            cases=1,
        ),
        agrees(
            "layers of equal width, where no shape warns",
            lambda rng: given(*_network(rng, [4] * 4, 4)),
        ),
        agrees("an example of zeros without biases: every z is 0", _blank_input, cases=2),
        holds(
            "all gradients are slopes, by differences, for 1 to 5 layers",
            _depths_one_to_five,
            _are_slopes,
            driver=drivers.each_network,
            group="gradients",
            cases=1,
        ),
    ),
)
