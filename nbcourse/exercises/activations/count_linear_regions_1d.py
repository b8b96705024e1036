"""Exercise: the number of straight pieces of a ReLU network with one input, counted exactly."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, known, mutant

Array = NDArray[Any]
Arrays = list[Array]

_SAME = 1e-9  # of the largest slope: a smaller change is rounding


def _changes(slopes: Array) -> int:
    """How many neighboring slopes differ."""
    slopes = np.asarray(slopes, dtype=np.float64)
    return int(np.sum(np.abs(np.diff(slopes)) > _SAME * np.abs(slopes).max()))


def _sums(weights: Arrays, biases: Arrays, x: Array) -> tuple[Array, Array]:
    """Weighted sums of the last of these layers at points x (n,), and their slopes: (n, m)."""
    h, dh = x[:, None], np.ones((len(x), 1))
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        z, dz = h @ W + b, dh @ W
        h, dh = np.maximum(z, 0), dz * (z > 0)
    return h @ weights[-1] + biases[-1], dh @ weights[-1]


def _reference(weights: Arrays, biases: Arrays, lo: float, hi: float) -> int:
    """The chapter's count: corners from the signs at the ends of each piece, layer by layer."""
    x = np.array([lo, hi], dtype=np.float64)
    for k in range(1, len(weights)):
        z = _sums(weights[:k], biases[:k], x)[0]
        piece, unit = np.nonzero(z[:-1] * z[1:] < 0)
        left, right = z[piece, unit], z[piece + 1, unit]
        crossing = x[piece] + left / (left - right) * np.diff(x)[piece]
        x = np.unique(np.concatenate([x, crossing]))
    return 1 + _changes(_sums(weights, biases, (x[:-1] + x[1:]) / 2)[1][:, 0])


def _pieces(weights: Arrays, biases: Arrays, lo: float, hi: float) -> tuple[list[float], Arrays]:
    """Ends of the pieces on which no unit switches, and the slopes of the last hidden layer."""
    pieces = [(lo, hi, np.ones(1), np.zeros(1))]  # from, to, slope and height of what comes in
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        split = []
        for left, right, slope, height in pieces:
            slope, height = slope @ W, height @ W + b
            corners = np.unique(-height[slope != 0] / slope[slope != 0])
            ends = [left, *corners[(left < corners) & (corners < right)], right]
            for start, stop in pairwise(ends):
                on = slope * (start + stop) / 2 + height > 0
                split.append((start, stop, slope * on, height * on))
        pieces = split
    return [lo, *(piece[1] for piece in pieces)], [piece[2] for piece in pieces]


def _with_straight_pieces(weights: Arrays, biases: Arrays, lo: float, hi: float) -> int:
    slopes = _pieces(weights, biases, lo, hi)[1]
    return 1 + _changes(np.array([slope @ weights[-1][:, 0] for slope in slopes]))


def _with_recursion(weights: Arrays, biases: Arrays, lo: float, hi: float) -> int:
    def slopes(k: int, left: float, right: float, rise: Array, height: Array) -> list[float]:
        """Slopes of the output from left to right, where layer k takes rise * x + height."""
        rise, height = rise @ weights[k], height @ weights[k] + biases[k]
        if k == len(weights) - 1:
            return [float(rise[0])]
        zeros = {float(-h / r) for r, h in zip(rise, height, strict=True) if r}
        found = []
        for a, b in pairwise([left, *sorted(x for x in zeros if left < x < right), right]):
            on = rise * (a + b) / 2 + height > 0
            found += slopes(k + 1, a, b, rise * on, height * on)
        return found

    return 1 + _changes(np.array(slopes(0, lo, hi, np.ones(1), np.zeros(1))))


def _with_signs(weights: Arrays, biases: Arrays, lo: float, hi: float) -> int:
    def sums(k: int, x: float) -> Array:
        h = np.array([x])
        for W, b in zip(weights[:k], biases[:k], strict=True):
            h = np.maximum(h @ W + b, 0)
        return h @ weights[k] + biases[k]

    def rise(x: float) -> float:
        """Slope of the output, unit by unit of the path from the input."""
        slope = np.ones(1)
        for k in range(len(weights) - 1):
            slope = (slope @ weights[k]) * (sums(k, x) > 0)
        return float((slope @ weights[-1])[0])

    ends = {float(lo), float(hi)}
    for k in range(len(weights) - 1):
        for left, right in pairwise(sorted(ends)):
            at_left, at_right = sums(k, left), sums(k, right)
            for u, v in zip(at_left, at_right, strict=True):
                if u * v < 0:
                    ends.add(float(left + (right - left) * u / (u - v)))
    return 1 + _changes(np.array([rise((a + b) / 2) for a, b in pairwise(sorted(ends))]))


@mutant("You return the number of corners. A line with k corners has k + 1 pieces.")
def _counts_corners(weights: Arrays, biases: Arrays, lo: float, hi: float) -> int:
    return _reference(weights, biases, lo, hi) - 1


@mutant("You count the corners of the first hidden layer only; deeper layers bend the graph, too.")
def _first_layer_only(weights: Arrays, biases: Arrays, lo: float, hi: float) -> int:
    return len(_pieces([weights[0], weights[-1]], [biases[0], biases[-1]], lo, hi)[1])


@mutant("Corners outside of lo to hi are counted, too.")
def _whole_line(weights: Arrays, biases: Arrays, lo: float, hi: float) -> int:
    return _with_straight_pieces(weights, biases, -1e7, 1e7)


@mutant(
    "You count every switch of a unit. Where the weights that follow are 0, or two of them cancel, "
    "the slope of the output stays the same: compare the slopes of neighbors."
)
def _counts_switches(weights: Arrays, biases: Arrays, lo: float, hi: float) -> int:
    return len(_pieces(weights, biases, lo, hi)[1])


@mutant(
    "You compare differences on a grid: a corner between two grid points is seen twice, and short "
    "pieces are not seen at all. Compute the corners instead."
)
def _differences_on_grid(weights: Arrays, biases: Arrays, lo: float, hi: float) -> int:
    x = np.linspace(lo, hi, 5001)
    slopes = np.diff(_sums(weights, biases, x)[0][:, 0]) / np.diff(x)
    return 1 + int(np.sum(np.abs(np.diff(slopes)) > 1e-6 * np.abs(slopes).max()))


@mutant("Pieces shorter than the step of your grid are missed. Compute the corners instead.")
def _slopes_on_grid(weights: Arrays, biases: Arrays, lo: float, hi: float) -> int:
    x = np.linspace(lo, hi, 5001)
    return 1 + _changes(_sums(weights, biases, (x[:-1] + x[1:]) / 2)[1][:, 0])


@mutant("That is the largest number that the widths allow. Count the pieces of these weights.")
def _upper_bound(weights: Arrays, biases: Arrays, lo: float, hi: float) -> int:
    return int(np.prod([len(b) + 1 for b in biases[:-1]], dtype=int))


@mutant("Your output layer bends as well; it is a weighted sum without a ReLU.")
def _bends_output(weights: Arrays, biases: Arrays, lo: float, hi: float) -> int:
    return _reference([*weights, np.ones((1, 1))], [*biases, np.zeros(1)], lo, hi)


@mutant(
    "You count turning points, where the slope changes its sign. A corner is any change of slope."
)
def _turning_points(weights: Arrays, biases: Arrays, lo: float, hi: float) -> int:
    slopes = np.array(_pieces(weights, biases, lo, hi)[1]) @ weights[-1][:, 0]
    return 1 + int(np.sum(slopes[:-1] * slopes[1:] < 0))


@mutant("The biases of all hidden layers but the first are left out.")
def _forgets_biases(weights: Arrays, biases: Arrays, lo: float, hi: float) -> int:
    return _reference(weights, [biases[0], *(0 * b for b in biases[1:])], lo, hi)


def _network(rng: np.random.Generator, *widths: int) -> tuple[Arrays, Arrays]:
    """Weights and biases drawn as in the chapter's experiment."""
    shapes = list(pairwise([1, *widths, 1]))
    weights = [rng.normal(0, np.sqrt(2 / n), size=(n, m)) for n, m in shapes]
    return weights, [rng.normal(size=m) for _, m in shapes]


def _one_layer(rng: np.random.Generator) -> Given:
    return given(*_network(rng, int(rng.integers(4, 9))), -2.0, 2.0)


def _deep(rng: np.random.Generator) -> Given:
    widths = rng.integers(3, 8, size=rng.integers(2, 4))
    return given(*_network(rng, *(int(m) for m in widths)), -4.0, 4.0)


def _narrow(rng: np.random.Generator) -> Given:
    W, b = np.ones((1, 6)), np.array([3.0, 2.0, 0.25, -0.25, -2.0, -3.0]) + rng.uniform(-0.2, 0.2)
    return given([W, rng.normal(size=(6, 1))], [b, rng.normal(size=1)], -1.0, 1.0)


def _with_short_piece(rng: np.random.Generator) -> Given:
    at = float(rng.uniform(-0.9, 0.9))
    W, V = np.ones((1, 2)), rng.uniform(1, 2, size=(2, 1)) * np.array([[1], [-1]])
    return given([W, V], [-np.array([at, at + 1e-6]), np.zeros(1)], -1.0, 1.0)


def _sawtooth(depth: int) -> Given:
    """The chapter's sawtooth, whose corners are computed without rounding."""
    inner, outer, shift = np.array([[1.0, 1.0]]), np.array([[2.0], [-4.0]]), np.array([0.0, -0.5])
    weights = [inner, *[outer @ inner] * (depth - 1), outer]
    return given(weights, [shift] * depth + [np.zeros(1)], 0.0, 1.0)


EXERCISE = Exercise(
    name="count_linear_regions_1d",
    number=6,
    signature="count_linear_regions_1d(weights, biases, lo, hi)",
    statement=(
        "The number of straight pieces between lo and hi of a ReLU network from one number to one "
        "number, given as lists of weights (n_in, n_out) and biases (n_out,), the output layer "
        "last. Neighbors whose slopes differ by at most 1e-9 of the largest are one piece."
    ),
    stars=3,
    minutes=45,
    points={"contract": 1, "known answers": 4, "properties": 5},
    reference=_reference,
    solutions=(_with_straight_pieces, _with_recursion, _with_signs),
    mutants=(
        _counts_corners,
        _first_layer_only,
        _whole_line,
        _counts_switches,
        _differences_on_grid,
        _slopes_on_grid,
        _upper_bound,
        _bends_output,
        _turning_points,
        _forgets_biases,
    ),
    hints=(
        "One hidden layer first: hinge_breakpoints gives its corners, and those between lo and hi "
        "cut the interval. Take the slope of the output in the middle of each part, and compare "
        "neighbors.",
        "On each part, what enters the second layer is straight: rise * x + height, one pair for "
        "each unit. So are its weighted sums. Where do they pass through 0? You have a function "
        "for that.",
        "Keep a list of parts (left, right, rise, height), at first one: lo, hi, a rise of 1 and a "
        "height of 0. For each hidden layer, every part has the sums (rise @ W) x + (height @ W + "
        "b). Cut it at their corners between left and right, and in each smaller part set rise and "
        "height to 0 for the units whose sum in the middle is not positive.",
    ),
    checks=(
        known(
            "three hinges, worked by hand",
            given(
                [np.array([[1.0, 1.0, -2.0]]), np.array([[1.0], [-1.0], [1.0]])],
                [np.array([1.0, -1.0, 0.0]), np.array([5.0])],
                -3.0,
                3.0,
            ),
            4,
        ),
        known(
            "without a hidden layer there is one piece",
            given([np.array([[2.0]])], [np.array([1.0])], -1.0, 1.0),
            1,
        ),
        agrees("counts are right for random networks with one hidden layer", _one_layer, cases=4),
        agrees("counts are right for random networks with two or three hidden layers", _deep),
        known("the sawtooth of depth 8 has 256 pieces", _sawtooth(8), 256, group="properties"),
        agrees("corners outside of lo to hi do not count", _narrow, cases=2),
        agrees("a piece of length 0.000001 counts", _with_short_piece, cases=2),
        known(
            "corners at lo and hi themselves cut nothing off",
            given(
                [np.ones((1, 2)), np.ones((2, 1))], [np.array([0.0, -1.0]), np.ones(1)], 0.0, 1.0
            ),
            1,
        ),
        known(
            "where two units cancel, the graph does not bend",
            given(
                [np.ones((1, 3)), np.array([[1.0], [-1.0], [1.0]])],
                [np.array([0.0, 0.0, -0.5]), np.zeros(1)],
                -1.0,
                1.0,
            ),
            2,
        ),
        known(
            "a layer whose units are all off leaves one piece",
            given(
                [np.ones((1, 2)), -np.ones((2, 2)), np.ones((2, 2)), np.ones((2, 1))],
                [np.array([0.0, -0.5]), -np.ones(2), np.zeros(2), np.zeros(1)],
                -1.0,
                1.0,
            ),
            1,
        ),
    ),
    builds_on=("hinge_breakpoints",),
    keeps_dtype=False,
)
