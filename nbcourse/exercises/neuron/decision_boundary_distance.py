"""Exercise: how far examples are from the boundary of a neuron, and on which side."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.neuron import drivers

Array = NDArray[Any]


def _reference(w: Array, b: float, X: Array) -> Array:
    """The sum of the package's layer, for weights of length 1."""
    length = np.sqrt(np.sum(np.asarray(w, dtype=np.float64) ** 2))
    layer = nn.Linear(len(w), 1, rng=np.random.default_rng(0))
    layer.W.data, layer.b.data = (w / length)[:, None], np.array([b / length])
    return layer.forward(np.asarray(X, dtype=np.float64))[:, 0]


def _with_norm(w: Array, b: float, X: Array) -> Array:
    return (X @ w + b) / np.linalg.norm(w)


def _with_unit_weights(w: Array, b: float, X: Array) -> Array:
    length = math.sqrt(sum(float(weight) ** 2 for weight in w))
    return np.einsum("ni,i->n", X, w / length) + b / length


def _with_loop(w: Array, b: float, X: Array) -> Array:
    length = math.hypot(*w)
    result = np.zeros_like(X[:, 0], dtype=(X[0] / length).dtype)
    for n, x in enumerate(X):
        foot_to_x = sum(w_i * x_i for w_i, x_i in zip(w, x, strict=True)) + b
        result[n] = foot_to_x / length
    return result


def _from_one_point(w: Array, b: float, X: Array) -> Array:
    on_boundary = -b * w / (w @ w)
    return (X - on_boundary) @ (w / np.sqrt(w @ w))


@mutant(
    "This is the weighted sum, not a distance: it doubles when w and b are doubled. Divide it by "
    "the length of w."
)
def _is_the_sum(w: Array, b: float, X: Array) -> Array:
    return X @ w + b


@mutant(
    "Every distance is positive. The signed one is asked for: negative where the weighted sum is."
)
def _loses_the_sign(w: Array, b: float, X: Array) -> Array:
    return np.abs(X @ w + b) / np.linalg.norm(w)


@mutant("The signs are the wrong way round: the side to which w points counts as positive.")
def _flips_the_sign(w: Array, b: float, X: Array) -> Array:
    return -(X @ w + b) / np.linalg.norm(w)


@mutant("The bias is missing: you measure the distance to a parallel boundary through the origin.")
def _forgets_the_bias(w: Array, b: float, X: Array) -> Array:
    return X @ w / np.linalg.norm(w)


@mutant(
    "The weights were brought to length 1, but the bias was not divided by the same length; so the "
    "boundary moved."
)
def _scales_weights_only(w: Array, b: float, X: Array) -> Array:
    return X @ (w / np.linalg.norm(w)) + b


@mutant("You divide by the squared length of w. The length is the square root of w @ w.")
def _divides_by_the_square(w: Array, b: float, X: Array) -> Array:
    return (X @ w + b) / (w @ w)


@mutant(
    "The length that you divide by counts the bias as one more weight. The space of the inputs has "
    "the directions of w only: take the length of w alone."
)
def _counts_the_bias_as_weight(w: Array, b: float, X: Array) -> Array:
    return (X @ w + b) / np.sqrt(w @ w + b**2)


@mutant(
    "You divide by the sum of the absolute weights. A length is the root of the sum of squares."
)
def _divides_by_absolute_sum(w: Array, b: float, X: Array) -> Array:
    return (X @ w + b) / np.abs(w).sum()


@mutant(
    "You divide by the length of each example. That gives a cosine; a distance needs the length of "
    "the weights."
)
def _divides_by_examples(w: Array, b: float, X: Array) -> Array:
    return (X @ w + b) / np.maximum(np.linalg.norm(X, axis=1), 1e-300)


@mutant(
    "A small number is added to the length of w. For tiny weights it is not small, and the "
    "distances shrink; w is not zero, so nothing needs to be added."
)
def _adds_epsilon(w: Array, b: float, X: Array) -> Array:
    return (X @ w + b) / (np.linalg.norm(w) + 1e-8)


@mutant(
    "The weights of the caller were changed: w /= length works inside the array that was passed. "
    "Make a new one with w / length."
)
def _normalizes_in_place(w: Array, b: float, X: Array) -> Array:
    length = np.linalg.norm(w)
    w /= length
    return X @ w + b / length


def _draw(rng: np.random.Generator) -> Given:
    n, n_in = int(rng.integers(2, 9)), int(rng.integers(2, 7))
    return _case(rng, n, n_in)


def _case(rng: np.random.Generator, n: int, n_in: int) -> Given:
    w = rng.normal(size=n_in)
    w[0] = rng.choice([-1, 1]) * rng.uniform(0.5, 2)  # not all weights are nearly zero
    b = float(rng.choice([-1, 1]) * rng.uniform(0.5, 2))
    return given(w, b, rng.normal(size=(n, n_in)))


def _one_example(rng: np.random.Generator) -> Given:
    return _case(rng, 1, int(rng.integers(2, 5)))


def _one_input(rng: np.random.Generator) -> Given:
    return _case(rng, int(rng.integers(2, 5)), 1)


def _with_factor(rng: np.random.Generator) -> Given:
    return Given(*_draw(rng).args, c=10.0 ** float(rng.uniform(9, 100)))


def _does_not_depend_on_scale(
    value: list[Array], w: Array, b: float, X: Array, c: float
) -> str | None:
    for factor, mine in zip((1.0, c, 1 / c), value, strict=True):
        if mine.shape != (len(X),):
            return f"the result has shape {mine.shape}, wanted {(len(X),)}"
        if not np.allclose(mine, value[0], rtol=1e-10, atol=1e-12):
            n = int(np.argmax(np.abs(mine - value[0])))
            return (
                f"with c = {factor:.3g} the boundary is the same, but the distance of X[{n}] went "
                f"from {value[0][n]:.6g} to {mine[n]:.6g}"
            )
    return None


def _leads_to_the_boundary(value: Array, w: Array, b: float, X: Array) -> str | None:
    if value.shape != (len(X),):
        return f"the result has shape {value.shape}, wanted {(len(X),)}"
    feet = X - np.outer(value, w / math.hypot(*w))
    left = feet @ w + b
    if np.abs(left).max() > 1e-10:
        n = int(np.argmax(np.abs(left)))
        return f"the walk from X[{n}] ends where w @ x + b is {left[n]:.4g}, not 0"
    return None


_POINTS = np.array([[0.0, 0.0], [3.0, 4.0], [1.0, 0.5]])
_BITS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])

EXERCISE = Exercise(
    name="decision_boundary_distance",
    number=1,
    signature="decision_boundary_distance(w, b, X)",
    statement=(
        "The signed distances (N,) of the rows of X (N, n_in) to the boundary w @ x + b = 0, "
        "positive on the side to which the weights w (n_in,) point."
    ),
    stars=1,
    minutes=10,
    points={"contract": 2, "known answers": 3, "properties": 5},
    reference=_reference,
    solutions=(_with_norm, _with_unit_weights, _with_loop, _from_one_point),
    mutants=(
        _is_the_sum,
        _loses_the_sign,
        _flips_the_sign,
        _forgets_the_bias,
        _scales_weights_only,
        _divides_by_the_square,
        _counts_the_bias_as_weight,
        _divides_by_absolute_sum,
        _divides_by_examples,
        _adds_epsilon,
        _normalizes_in_place,
    ),
    hints=(
        "The weighted sum of an example tells the side, but its size depends on the scale of the "
        "weights. What has to be divided out?",
        "A step of length 1 in the direction of w changes the weighted sum by the length of w. How "
        "many such steps lead from an example to the place where the sum is 0?",
        "Compute all N weighted sums at once with a product of X and w, bias included. Divide by "
        "the length of w, the root of its sum of squares, and leave the sign as it is.",
    ),
    checks=(
        known(
            "weights 3 and 4, bias -5, worked by hand",
            given(np.array([3.0, 4.0]), -5.0, _POINTS),
            np.array([-1.0, 4.0, 0.0]),
        ),
        known(
            "the AND unit on bits, all whole numbers but the bias",
            given(np.array([1, 1]), -1.5, _BITS),
            np.array([-1.5, -0.5, -0.5, 0.5]) / math.sqrt(2),
        ),
        agrees("random weights and examples", _draw, cases=4),
        agrees("one example", _one_example, cases=2),
        agrees("one input", _one_input, cases=2),
        holds(
            "walking back by the distance, against w, ends on the boundary",
            _draw,
            _leads_to_the_boundary,
        ),
        holds(
            "multiplying w and b by one number, huge or tiny, changes no distance",
            _with_factor,
            _does_not_depend_on_scale,
            driver=drivers.rescaled,
        ),
    ),
)
