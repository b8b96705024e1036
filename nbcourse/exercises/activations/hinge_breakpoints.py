"""Exercise: where the hinges of one hidden layer bend."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant

Array = NDArray[Any]


def _reference(W1: Array, b1: Array) -> Array:
    """The chapter's formula x_j = -b_j / w_j, for the units that depend on x."""
    depends = W1[0] != 0
    return np.unique(-b1[depends] / W1[0, depends])


def _with_mask(W1: Array, b1: Array) -> Array:
    w, b = W1[0][W1[0] != 0], b1[W1[0] != 0]
    return np.unique(-b / w)


def _with_set(W1: Array, b1: Array) -> Array:
    corners = {-b / w for w, b in zip(W1[0], b1, strict=True) if w}
    return np.array(sorted(corners), dtype=W1.dtype)


def _with_sort(W1: Array, b1: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        corners = np.sort((-b1 / W1)[0])
    corners = corners[np.isfinite(corners)]
    return corners[np.append(True, np.diff(corners) > 0)] if len(corners) else corners


def _corners(W1: Array, b1: Array) -> Array:
    """Unsorted, repeated ones included: what most mistakes start from."""
    w, b = W1[0][W1[0] != 0], b1[W1[0] != 0]
    return -b / w


@mutant("The sign is wrong: w x + b = 0 gives x = -b / w.")
def _wrong_sign(W1: Array, b1: Array) -> Array:
    return np.unique(-_corners(W1, b1))


@mutant("You divided the wrong way round: solve w x + b = 0 for x, so the weight goes below.")
def _inverted(W1: Array, b1: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.unique(-W1[0] / b1)


@mutant("The corners come in the order of the units; sort them.")
def _unsorted(W1: Array, b1: Array) -> Array:
    corners = _corners(W1, b1)
    first = np.unique(corners, return_index=True)[1]
    return corners[np.sort(first)]


@mutant("A corner that two units share is listed twice; the graph bends there once.")
def _repeats(W1: Array, b1: Array) -> Array:
    return np.sort(_corners(W1, b1))


@mutant("A unit with weight 0 gives inf or NaN here. It does not depend on x, so it never bends.")
def _divides_by_zero(W1: Array, b1: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.unique(-b1 / W1[0])


@mutant(
    "Two things are left: a unit with weight 0 has no corner (you get inf or NaN), and a corner "
    "that two units share is one corner."
)
def _only_sorts(W1: Array, b1: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sort(-b1 / W1[0])


@mutant("A unit with weight 0 puts a corner at 0 here. It does not depend on x, so it has none.")
def _zero_for_flat(W1: Array, b1: Array) -> Array:
    flat = W1[0] == 0
    return np.unique(np.where(flat, 0, -b1 / np.where(flat, 1, W1[0])))


@mutant("The corner at x = 0 is missing: a bias of 0 is a bias like any other.")
def _drops_zero(W1: Array, b1: Array) -> Array:
    corners = _corners(W1, b1)
    return np.unique(corners[corners != 0])


@mutant("Units with a negative weight are missing: they switch off at their corner, and bend, too.")
def _rising_only(W1: Array, b1: Array) -> Array:
    rising = W1[0] > 0
    return np.unique(-b1[rising] / W1[0][rising])


@mutant("The result is a table with one row, like W1. Take the row W1[0], so that it is a list.")
def _keeps_row(W1: Array, b1: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sort(-b1 / W1)


def _layer(rng: np.random.Generator, m: int) -> tuple[Array, Array]:
    """Weights and biases of m units whose corners are well apart, and none at 0."""
    places = rng.permutation(np.delete(np.arange(-8, 9), 8))[:m]
    corners = places + rng.uniform(-0.3, 0.3, size=m)
    w = rng.uniform(0.3, 2, size=m) * rng.choice([-1, 1], size=m)
    w[:2] = np.abs(w[0]), -np.abs(w[0])  # both kinds of units
    corners[:2] = np.sort(corners[:2])[::-1]  # not in order by chance
    return w[None], -w * corners


def _draw(rng: np.random.Generator) -> Given:
    return given(*_layer(rng, int(rng.integers(3, 9))))


def _one_unit(rng: np.random.Generator) -> Given:
    w = rng.uniform(0.3, 2, size=(1, 1)) * rng.choice([-1, 1])
    return given(w, rng.uniform(0.5, 2, size=1))


def _with_flat_units(rng: np.random.Generator) -> Given:
    W1, b1 = _layer(rng, int(rng.integers(4, 7)))
    W1[0, 2:4] = 0
    b1[3] = 0
    return given(W1, b1)


def _with_shared(rng: np.random.Generator) -> Given:
    W1, b1 = _layer(rng, 3)  # exact multiples: no rounding tells their corners apart
    return given(np.hstack([W1, -W1, 2 * W1]), np.hstack([b1, -b1, 2 * b1]))


def _with_zero_bias(rng: np.random.Generator) -> Given:
    W1, b1 = _layer(rng, int(rng.integers(3, 7)))
    b1[-1] = 0
    return given(W1, b1)


def _all_slope_changes(value: Array, W1: Array, b1: Array) -> str | None:
    """Probe the sum of all hinges, whose slope grows by |w| at every corner."""
    h = 1e-4

    def total(x: Array) -> Array:
        return np.maximum(x[:, None] * W1[0] + b1, 0).sum(axis=1)

    if value.ndim != 1:
        return f"the result has shape {value.shape}, wanted one axis"
    change = (total(value + h) - 2 * total(value) + total(value - h)) / h
    if len(change) and change.min() < 1e-6:
        x = float(value[np.argmin(change)])
        return f"at x = {x:.4g} the sum of the hinges does not bend"
    if abs(change.sum() - np.abs(W1).sum()) > 1e-6:
        return (
            f"at your corners the slope of the sum of the hinges changes by {change.sum():.4g} "
            f"altogether; over the whole line it changes by {np.abs(W1).sum():.4g}"
        )
    return None


EXERCISE = Exercise(
    name="hinge_breakpoints",
    number=4,
    signature="hinge_breakpoints(W1, b1)",
    statement=(
        "The places x where a unit relu(x @ W1 + b1) of a layer with one input bends, in "
        "increasing order, each once, (k,), for weights W1 (1, m) and biases b1 (m,)."
    ),
    stars=1,
    minutes=15,
    points={"contract": 1, "known answers": 4, "properties": 5},
    reference=_reference,
    solutions=(_with_mask, _with_set, _with_sort),
    mutants=(
        _wrong_sign,
        _inverted,
        _unsorted,
        _repeats,
        _divides_by_zero,
        _only_sorts,
        _zero_for_flat,
        _drops_zero,
        _rising_only,
        _keeps_row,
    ),
    hints=(
        "A unit bends where its weighted sum w x + b passes through 0. Solve that for x. When has "
        "it no solution?",
        "Pick the units whose weight is not 0 with a mask, in W1[0] and in b1 alike, before you "
        "divide. Keep units with negative weights and those with a bias of 0.",
        "The corner of a unit is -b / w. One function of NumPy sorts an array and drops repeated "
        "numbers at once: np.unique.",
    ),
    checks=(
        known(
            "three units, worked by hand",
            given(np.array([[2.0, 1.0, -4.0]]), np.array([-6.0, 1.0, 2.0])),
            np.array([-1.0, 0.5, 3.0]),
        ),
        known(
            "a layer that does not depend on x has no corner",
            given(np.array([[0.0, 0.0]]), np.array([1.0, -1.0])),
            np.array([]),
        ),
        agrees("corners are right for random layers", _draw, cases=4),
        agrees("a layer of one unit", _one_unit, cases=2),
        agrees("units with weight 0 have no corner", _with_flat_units, cases=2),
        agrees("a corner that units share is listed once", _with_shared, cases=2),
        agrees("a bias of 0 makes a corner at 0", _with_zero_bias, cases=2),
        holds("the slope changes there, and nowhere else", _draw, _all_slope_changes, cases=2),
    ),
)
