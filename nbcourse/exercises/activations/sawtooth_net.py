"""Exercise: the weights of a narrow, deep network whose graph has 2**depth straight pieces."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.activations.drivers import layer_shapes, network_values

Array = NDArray[Any]
Network = tuple[list[Array], list[Array]]


def _compose(depth: int, inner: Array, shift: Array, outer: Array, lift: float = 0.0) -> Network:
    """The function relu(x @ inner + shift) @ outer + lift, applied depth times."""
    weights = [inner, *[outer @ inner] * (depth - 1), outer]
    biases = [shift, *[lift * inner[0] + shift] * (depth - 1), np.array([lift])]
    return weights, biases


_INNER, _SHIFT = np.array([[1.0, 1.0]]), np.array([0.0, -0.5])
_OUTER = np.array([[2.0], [-4.0]])


def _reference(depth: int) -> Network:
    """The chapter's tent 2 relu(x) - 4 relu(x - 1/2)."""
    return _compose(depth, _INNER, _SHIFT, _OUTER)


def _with_tent(depth: int) -> Network:
    to_hinges, from_hinges = np.array([[1.0, 1.0]]), np.array([[2.0], [-4.0]])
    weights, biases = [to_hinges], [np.array([0.0, -0.5])]
    for _ in range(depth - 1):
        weights.append(from_hinges @ to_hinges)
        biases.append(np.array([0.0, -0.5]))
    return [*weights, from_hinges], [*biases, np.zeros(1)]


def _with_absolute_value(depth: int) -> Network:
    weights, biases = [np.array([[2.0, -2.0]])], [np.array([-1.0, 1.0])]
    for _ in range(depth - 1):  # the tent is 1 - |2 x - 1|
        weights.append(np.array([[-2.0, 2.0], [-2.0, 2.0]]))
        biases.append(np.array([1.0, -1.0]))
    return [*weights, np.array([[-1.0], [-1.0]])], [*biases, np.ones(1)]


def _recursively(depth: int) -> Network:
    inner, shift = np.array([[2.0, 4.0]]), np.array([0.0, -2.0])  # relu(2 x) - relu(4 x - 2)
    outer = np.array([[1.0], [-1.0]])
    if depth == 1:
        return [inner, outer], [shift, np.zeros(1)]
    weights, biases = _recursively(depth - 1)
    return [inner, outer @ inner, *weights[1:]], [shift, shift, *biases[1:]]


@mutant(
    "Your tent rises with slope 2 and is flat after its middle: the second hinge only cancels the "
    "first. To fall with slope -2 it must take away 4."
)
def _flat_top(depth: int) -> Network:
    return _compose(depth, _INNER, _SHIFT, np.array([[2.0], [-2.0]]))


@mutant("Your tent is half as high as it must be: it has to reach 1, to be folded again.")
def _half_height(depth: int) -> Network:
    return _compose(depth, _INNER, _SHIFT, np.array([[1.0], [-2.0]]))


@mutant("Only your first hidden layer has the corner in the middle; every layer needs its biases.")
def _one_bias(depth: int) -> Network:
    weights, biases = _reference(depth)
    return weights, [biases[0], *[np.zeros(2)] * (depth - 1), biases[-1]]


@mutant(
    "The weights between two hidden layers are transposed: W has the shape (n_in, n_out), and a "
    "row belongs to a unit of the layer before."
)
def _transposed(depth: int) -> Network:
    weights, biases = _reference(depth)
    return [weights[0], *(W.T for W in weights[1:-1]), weights[-1]], biases


@mutant("Your network applies the tent once too often: depth hidden layers, depth + 1 matrices.")
def _one_more(depth: int) -> Network:
    return _reference(depth + 1)


@mutant(
    "The values are right, but between two tents you have a layer of one unit. Nothing bends "
    "there, so multiply the two matrices around it into one."
)
def _unmerged(depth: int) -> Network:
    return [_INNER, _OUTER] * depth, [_SHIFT, np.zeros(1)] * depth


@mutant(
    "The values are right, but a single layer needs 2**depth units for them. Apply a tent of two "
    "units again and again instead."
)
def _one_wide_layer(depth: int) -> Network:
    n = 2**depth
    signs = np.where(np.arange(n) % 2, -2.0, 2.0)
    signs[0] = 1.0
    return [np.ones((1, n)), n * signs[:, None]], [-np.arange(n) / n, np.zeros(1)]


@mutant(
    "The second hinge bends in the wrong place: relu(2 x - 1/2) has its corner at 1/4. A corner "
    "is at -b / w."
)
def _misplaced_corner(depth: int) -> Network:
    inner, outer = np.array([[2.0, 2.0]]), np.array([[1.0], [-2.0]])
    return _compose(depth, inner, np.array([0.0, -0.5]), outer)


@mutant("Return two lists, all weights and all biases, not one list of pairs.")
def _as_pairs(depth: int) -> list[tuple[Array, Array]]:
    return list(zip(*_reference(depth), strict=True))


@mutant("The last layer is missing: its weights (2, 1) add the two hinges up.")
def _without_output(depth: int) -> Network:
    weights, biases = _reference(depth)
    return weights[:-1], biases[:-1]


def _draw(rng: np.random.Generator) -> Given:
    places = rng.integers(0, 2**16 + 1, size=40) / 2**16  # no rounding: multiples of 1/65536
    return given(int(rng.integers(2, 9)), places)


def _draw_depth(rng: np.random.Generator) -> Given:
    return given(int(rng.integers(2, 9)))


def _on_a_grid(rng: np.random.Generator) -> Given:
    depth = int(rng.integers(2, 9))
    return given(depth, np.arange(4 * 2**depth + 1) / (4 * 2**depth))


def _folds_often(value: Array, depth: int, x: Array) -> str | None:
    slopes = np.sign(np.diff(value))
    if not slopes.all():
        k = int(np.argmin(np.abs(slopes)))
        return f"for depth {depth} the graph is flat between {x[k]:.4g} and {x[k + 1]:.4g}"
    pieces = 1 + int(np.sum(slopes[1:] != slopes[:-1]))
    if pieces == 2**depth:
        return None
    return f"for depth {depth} the graph rises and falls in {pieces} pieces, wanted {2**depth}"


EXERCISE = Exercise(
    name="sawtooth_net",
    number=5,
    signature="sawtooth_net(depth)",
    statement=(
        "Lists of weights (n_in, n_out) and biases (n_out,) of a ReLU network from one number to "
        "one number, with depth >= 1 hidden layers of two units, that zigzags between 0 and 1 in "
        "2**depth pieces on the interval from 0 to 1."
    ),
    stars=2,
    minutes=25,
    points={"contract": 1, "known answers": 2, "properties": 5, "complexity": 2},
    reference=_reference,
    solutions=(_with_tent, _with_absolute_value, _recursively),
    mutants=(
        _flat_top,
        _half_height,
        _one_bias,
        _transposed,
        _one_more,
        _unmerged,
        _one_wide_layer,
        _misplaced_corner,
        _as_pairs,
        _without_output,
    ),
    hints=(
        "Begin with depth 1, the tent of the chapter. Its two hinges are the two hidden units. "
        "Write down W (1, 2), b (2,), and the output's W (2, 1), b (1,).",
        "For depth 2, the output of the first tent is the input of the second. Between them stand "
        "two layers without a bend, which collapse into one as at the start of the chapter.",
        "The weights between two hidden layers are the output's matrix (2, 1) times the first "
        "matrix (1, 2), a matrix (2, 2). If your tent ends in a bias of 0, the biases there are "
        "those of the first layer.",
    ),
    checks=(
        known(
            "depth 1 is a tent",
            given(1, np.array([0.0, 0.25, 0.5, 0.75, 1.0])),
            np.array([0.0, 0.5, 1.0, 0.5, 0.0]),
            driver=network_values,
        ),
        known(
            "depth 2 is two tents",
            given(2, np.arange(9) / 8),
            np.array([0.0, 0.5, 1.0, 0.5, 0.0, 0.5, 1.0, 0.5, 0.0]),
            driver=network_values,
        ),
        agrees(
            "the network has the right values from 0 to 1", _draw, driver=network_values, cases=4
        ),
        holds(
            "it has 2**depth pieces, rising and falling in turn",
            _on_a_grid,
            _folds_often,
            driver=network_values,
        ),
        agrees(
            "every hidden layer has two units",
            _draw_depth,
            driver=layer_shapes,
            group="complexity",
            cases=2,
        ),
    ),
    keeps_dtype=False,
)
