"""Exercise: the backward pass of ReLU, a mask."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.gradients import numerical_gradient

Array = NDArray[Any]


def _reference(dh: Array, z: Array) -> Array:
    return nn.relu.backward(dh, z)


def _with_mask(dh: Array, z: Array) -> Array:
    return dh * (z > 0)


def _with_where(dh: Array, z: Array) -> Array:
    return np.where(z > 0, dh, 0)


def _with_copy(dh: Array, z: Array) -> Array:
    dz = dh.copy()
    dz[z <= 0] = 0
    return dz


def _with_loop(dh: Array, z: Array) -> Array:
    dz = np.zeros_like(dh)
    for index in np.ndindex(z.shape):
        if z[index] > 0:
            dz[index] = dh[index]
    return dz


@mutant("At z = 0 something comes back; the convention of this course is the slope 0 there.")
def _passes_at_zero(dh: Array, z: Array) -> Array:
    return dh * (z >= 0)


@mutant("The mask is taken from dh; whether a unit was on is decided by its z in the forward pass.")
def _masks_by_gradient(dh: Array, z: Array) -> Array:
    return np.maximum(dh, 0)


@mutant(
    "dh is multiplied by the value of ReLU; the chain rule wants its slope, which is 1 where z > 0."
)
def _value_for_slope(dh: Array, z: Array) -> Array:
    return dh * np.maximum(z, 0)


@mutant("This is the slope of ReLU alone; multiply it by dh, which says how the loss depends on h.")
def _forgets_gradient(dh: Array, z: Array) -> Array:
    return (z > 0).astype(dh.dtype)


@mutant(
    "dz is right, but dh is overwritten on the way; the caller may still need it. Make a new array."
)
def _overwrites_gradient(dh: Array, z: Array) -> Array:
    dh[z <= 0] = 0
    return dh


@mutant(
    "Where the unit was off, -dh comes back: np.sign(z) is -1 there, and the slope of ReLU is 0."
)
def _takes_sign(dh: Array, z: Array) -> Array:
    return dh * np.sign(z)


@mutant("The mask is the wrong way round: the gradient passes where z > 0, and stops elsewhere.")
def _inverts_mask(dh: Array, z: Array) -> Array:
    return dh * (z <= 0)


@mutant("dh comes back as it is, also where the unit was off and its output did not depend on z.")
def _forgets_mask(dh: Array, z: Array) -> Array:
    return dh.copy()


def _shape(rng: np.random.Generator) -> tuple[int, ...]:
    return tuple(int(k) for k in rng.integers(2, 5, size=int(rng.integers(1, 4))))


def _draw(rng: np.random.Generator) -> Given:
    shape = _shape(rng)
    z = rng.normal(size=shape)
    # Both signs of z and of dh occur, together, whatever is drawn.
    z.flat[:2] = abs(z.flat[0]), -abs(z.flat[1])
    dh = rng.normal(size=shape)
    dh.flat[:2] = -abs(dh.flat[0]), abs(dh.flat[1])
    return given(dh, z)


def _at_zero(rng: np.random.Generator) -> Given:
    z = rng.choice([-1.0, -0.0, 0.0, 1.0], size=(3, 4))
    z[0, :2] = 0.0, -0.0
    return given(rng.normal(size=(3, 4)), z)


def _extreme(rng: np.random.Generator) -> Given:
    z = rng.choice([-1e30, -1e-30, 1e-30, 1e30], size=(1, 4))
    return given(rng.choice([-1.0, 1.0], size=(1, 4)) * 1e30, z)


def _away_from_kink(rng: np.random.Generator) -> Given:
    shape = _shape(rng)
    z = rng.choice([-1.0, 1.0], size=shape) * rng.uniform(0.01, 2, size=shape)
    return given(rng.normal(size=shape), z)


def _matches_differences(value: Array, dh: Array, z: Array) -> str | None:
    slope = numerical_gradient(lambda v: float(np.sum(dh * np.maximum(v, 0))), z)
    if value.shape != slope.shape or not np.allclose(value, slope, rtol=1e-6, atol=1e-7):
        return "dz is not the slope of sum(dh * relu(z)) as measured by differences"
    return None


EXERCISE = Exercise(
    name="relu_backward",
    number=2,
    signature="relu_backward(dh, z)",
    statement=(
        "The gradient dz of h = max(z, 0), entry by entry, given the gradient dh of the loss; all "
        "of one shape, any shape. The slope at z = 0 counts as 0."
    ),
    stars=1,
    minutes=10,
    points={"contract": 2, "known answers": 2, "properties": 3, "gradients": 2, "stability": 1},
    reference=_reference,
    solutions=(_with_mask, _with_where, _with_copy, _with_loop),
    mutants=(
        _passes_at_zero,
        _masks_by_gradient,
        _value_for_slope,
        _forgets_gradient,
        _overwrites_gradient,
        _takes_sign,
        _inverts_mask,
        _forgets_mask,
    ),
    hints=(
        "Each h depends on the z of its own entry only. With which slope, where z is 2, and where "
        "it is -2?",
        "dz is dh times the slope, entry by entry. The slope is 1 or 0: a comparison of z gives "
        "such an array at once.",
        "z > 0 is an array of True and False, which count as 1 and 0 in a product. Compare z, not "
        "dh, and make a new array.",
    ),
    checks=(
        known(
            "three entries, worked by hand",
            given(np.array([5.0, -6.0, 7.0]), np.array([2.0, 3.0, -4.0])),
            np.array([5.0, -6.0, 0.0]),
        ),
        agrees("right for arrays of any shape", _draw, cases=4),
        agrees("nothing comes back where z is exactly 0", _at_zero),
        agrees("right for values as large and as small as 1e±30", _extreme, group="stability"),
        holds(
            "dz is a slope, by differences",
            _away_from_kink,
            _matches_differences,
            group="gradients",
        ),
    ),
)
