"""Exercise: the way back through a sum over axes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.gradients import numerical_gradient

Array = NDArray[Any]
Shape = tuple[int, ...]
Axis = int | tuple[int, ...] | None


def _reference(dy: Array, shape: Shape, *, axis: Axis = None, keepdims: bool = False) -> Array:
    return np.array(np.broadcast_to(np.reshape(dy, _kept(shape, axis)), shape))


def _with_kept_shape(
    dy: Array, shape: Shape, *, axis: Axis = None, keepdims: bool = False
) -> Array:
    if axis is None:
        axes = list(range(len(shape)))
    elif isinstance(axis, tuple):
        axes = [k % len(shape) for k in axis]
    else:
        axes = [axis % len(shape)]
    kept = [1 if k in axes else n for k, n in enumerate(shape)]
    return np.broadcast_to(np.reshape(dy, kept), shape)


def _with_expand_dims(
    dy: Array, shape: Shape, *, axis: Axis = None, keepdims: bool = False
) -> Array:
    if not keepdims:
        dy = np.expand_dims(dy, tuple(range(len(shape))) if axis is None else axis)
    return dy * np.ones(shape, dtype=dy.dtype)


def _asking_numpy(dy: Array, shape: Shape, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """The shape with axes of length 1 is that of a sum which keeps them."""
    dx = np.empty(shape, dtype=dy.dtype)
    dx[...] = np.reshape(dy, np.sum(dx, axis=axis, keepdims=True).shape)
    return dx


def _by_places(dy: Array, shape: Shape, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """Entry by entry: the place in dy is the place in x, without the axes that were summed."""
    axes = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    summed = {k % len(shape) for k in axes}
    flat = np.reshape(dy, [n for k, n in enumerate(shape) if k not in summed])
    dx = np.zeros(shape, dtype=dy.dtype)
    for index in np.ndindex(shape):
        dx[index] = flat[tuple(i for k, i in enumerate(index) if k not in summed)]
    return dx


def _kept(shape: Shape, axis: Axis) -> Shape:
    """The shape with length 1 along the axes."""
    return np.sum(np.empty(shape), axis=axis, keepdims=True).shape


@mutant(
    "You broadcast dy as it is. The axes that the sum took away are missing, and NumPy puts "
    "missing axes in front: put each one back in its place first, with length 1."
)
def _no_axes_back(dy: Array, shape: Shape, *, axis: Axis = None, keepdims: bool = False) -> Array:
    return np.broadcast_to(dy, shape)


@mutant(
    "You divide by how many numbers were added. That is right for a mean; in a sum each number "
    "counts in full."
)
def _divides(dy: Array, shape: Shape, *, axis: Axis = None, keepdims: bool = False) -> Array:
    dx = _reference(dy, shape, axis=axis)
    return dx * dx.dtype.type(np.size(dy) / max(dx.size, 1))


@mutant(
    "With keepdims=True the axes are still there, and you put them in once more. Do it only where "
    "they are missing."
)
def _ignores_keepdims(
    dy: Array, shape: Shape, *, axis: Axis = None, keepdims: bool = False
) -> Array:
    dy = np.expand_dims(dy, tuple(range(len(shape))) if axis is None else axis)
    return np.broadcast_to(dy, shape)


@mutant(
    "Only the first axis of a tuple is treated; all the axes in it were summed, and all come back."
)
def _first_of_tuple(dy: Array, shape: Shape, *, axis: Axis = None, keepdims: bool = False) -> Array:
    one = axis[0] if isinstance(axis, tuple) else axis
    return np.broadcast_to(np.reshape(dy, _kept(shape, one)), shape)


@mutant(
    "axis=-1 goes wrong: shape[axis + 1 :] is then shape[0 :], the whole shape. Make an axis "
    "positive first, axis % len(shape)."
)
def _negative_slices(
    dy: Array, shape: Shape, *, axis: Axis = None, keepdims: bool = False
) -> Array:
    kept = _kept(shape, axis)
    if isinstance(axis, int):
        kept = (*shape[:axis], 1, *shape[axis + 1 :])
    return np.broadcast_to(np.reshape(dy, kept), shape)


@mutant("axis=0 is taken for None: the number 0 is false in Python. Ask whether axis is None.")
def _zero_is_false(dy: Array, shape: Shape, *, axis: Axis = None, keepdims: bool = False) -> Array:
    return np.broadcast_to(np.reshape(dy, _kept(shape, axis or None)), shape)


@mutant("axis=None is taken for axis 0. It means the sum of all numbers, over all axes.")
def _none_is_zero(dy: Array, shape: Shape, *, axis: Axis = None, keepdims: bool = False) -> Array:
    return np.broadcast_to(np.reshape(dy, _kept(shape, 0 if axis is None else axis)), shape)


@mutant(
    "You put the axes of a tuple back one after the other, in the order in which they stand there. "
    "Each moves the later ones: from the smallest to the largest, all counted from the front."
)
def _one_by_one(dy: Array, shape: Shape, *, axis: Axis = None, keepdims: bool = False) -> Array:
    if not keepdims:
        axes = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        for each in axes:
            dy = np.expand_dims(dy, each)
    return np.broadcast_to(dy, shape)


@mutant(
    "np.resize fills the shape with the numbers of dy in a row, over and over. That is repetition "
    "along the first axis only; repeat along the axes that were summed."
)
def _resizes(dy: Array, shape: Shape, *, axis: Axis = None, keepdims: bool = False) -> Array:
    return np.resize(dy, shape)


@mutant(
    "Your result is all ones, the slope of the sum itself. Each entry needs dy of its own sum as a "
    "factor."
)
def _all_ones(dy: Array, shape: Shape, *, axis: Axis = None, keepdims: bool = False) -> Array:
    return np.ones(shape, dtype=dy.dtype)


@mutant(
    "Float32 becomes float64, because np.ones and np.zeros are in float64 unless told otherwise: "
    "give them the dtype of dy."
)
def _double_precision(
    dy: Array, shape: Shape, *, axis: Axis = None, keepdims: bool = False
) -> Array:
    return np.zeros(shape) + np.reshape(dy, _kept(shape, axis))


def _shape(rng: np.random.Generator) -> Shape:
    return tuple(int(n) for n in rng.permutation([2, 3, 4, 5])[: int(rng.integers(2, 5))])


def _case(rng: np.random.Generator, shape: Shape, axis: Axis, *, keepdims: bool = False) -> Given:
    dy = rng.normal(size=np.sum(np.empty(shape), axis=axis, keepdims=keepdims).shape)
    return given(np.asarray(dy), shape, axis=axis, keepdims=keepdims)


def _one_axis(rng: np.random.Generator) -> Given:
    shape = _shape(rng)
    return _case(rng, shape, int(rng.integers(len(shape))))


def _first_axis(rng: np.random.Generator) -> Given:
    return _case(rng, _shape(rng), 0)


def _last_axis(rng: np.random.Generator) -> Given:
    return _case(rng, _shape(rng), -1)


def _two_axes(rng: np.random.Generator) -> Given:
    shape = (3, 2, 5, 4)
    first, second = (int(k) for k in rng.permutation(4)[:2])
    return _case(rng, shape, (first, second - 4 * int(rng.integers(2))))


def _downward(rng: np.random.Generator) -> Given:
    return _case(rng, (2, 3, 2), (2, 0))


def _all_axes(rng: np.random.Generator) -> Given:
    return _case(rng, _shape(rng), None)


def _keeping(rng: np.random.Generator) -> Given:
    axes: list[Axis] = [1, -1, (0, 2), None]
    return _case(rng, (2, 4, 3), axes[int(rng.integers(4))], keepdims=True)


def _equal_lengths(rng: np.random.Generator) -> Given:
    axes: list[Axis] = [1, 2, -1, (1, 2), (0, 2)]
    return _case(rng, (3, 3, 3), axes[int(rng.integers(5))])


def _nothing(rng: np.random.Generator) -> Given:
    return [_case(rng, (0, 3), 0), _case(rng, (3, 0), 1)][int(rng.integers(2))]


def _is_slope(value: Array, dy: Array, shape: Shape, **how: Any) -> str | None:
    point = np.linspace(-1, 1, int(np.prod(shape))).reshape(shape)
    measured = numerical_gradient(lambda x: float(np.sum(dy * np.sum(x, **how))), point)
    if np.shape(value) == shape and np.allclose(value, measured, rtol=1e-6, atol=1e-7):
        return None
    return "it is not the slope of sum(dy * np.sum(x, ...)), measured by differences"


EXERCISE = Exercise(
    name="sum_vjp",
    number=2,
    signature="sum_vjp(dy, shape, *, axis=None, keepdims=False)",
    statement=(
        "The gradient with respect to x, an array of this shape, given dy, the gradient with "
        "respect to np.sum(x, axis=axis, keepdims=keepdims)."
    ),
    stars=1,
    minutes=20,
    points={"contract": 1, "known answers": 2, "properties": 5, "gradients": 2},
    reference=_reference,
    solutions=(_with_kept_shape, _with_expand_dims, _asking_numpy, _by_places),
    mutants=(
        _no_axes_back,
        _divides,
        _ignores_keepdims,
        _first_of_tuple,
        _negative_slices,
        _zero_is_false,
        _none_is_zero,
        _one_by_one,
        _resizes,
        _all_ones,
        _double_precision,
    ),
    hints=(
        "Each number of x is part of one sum, with the factor 1. So its gradient is dy at the "
        "place of that sum: dy is repeated along the axes that were summed.",
        "Give dy the axes back that the sum took away, each with length 1; with keepdims=True they "
        "are there already. Then np.broadcast_to repeats what has to be repeated.",
        "Make a list of the axes, each counted from the front: all of them for None, axis % "
        "len(shape) for a number, the same for each number of a tuple. The shape with 1 at these "
        "axes is the one to reshape dy to, whatever keepdims says.",
    ),
    checks=(
        known(
            "sums of two rows, by hand",
            given(np.array([10.0, 20.0]), (2, 3), axis=1),
            np.array([[10.0, 10.0, 10.0], [20.0, 20.0, 20.0]]),
        ),
        known(
            "the sum of all numbers, by hand",
            given(np.array(5.0), (2, 2)),
            np.array([[5.0, 5.0], [5.0, 5.0]]),
        ),
        agrees("right for one axis of random shapes", _one_axis, cases=4),
        agrees("the first axis, number 0", _first_axis, cases=2),
        agrees("the last axis, as -1", _last_axis),
        agrees("a tuple of two axes, in any order, also negative", _two_axes, cases=4),
        agrees("the axes (2, 0), in this order", _downward, cases=1),
        agrees("all axes, and no axis named", _all_axes, cases=2),
        agrees("with keepdims=True", _keeping, cases=4),
        agrees("axes of equal length, where no shape warns", _equal_lengths, cases=4),
        agrees("sums of nothing: an axis of length 0", _nothing, cases=2),
        holds("it is the slope, by differences", _two_axes, _is_slope, group="gradients"),
    ),
)
