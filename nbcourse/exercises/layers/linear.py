"""Exercise: an affine layer for batches of any shape, which refuses what does not fit."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.layers.drivers import outcomes

Array = NDArray[Any]


def _reference(x: Array, W: Array, b: Array) -> Array:
    _require_fit(x, W, b)
    layer = nn.Linear(*W.shape, rng=np.random.default_rng(0), initializer="zeros")
    layer.W.data, layer.b.data = W, b
    return layer.forward(x)


def _require_fit(x: Array, W: Array, b: Array) -> None:
    if W.ndim != 2 or x.shape[-1] != W.shape[0] or b.shape != W.shape[1:]:
        raise ValueError(f"x {x.shape}, W {W.shape} and b {b.shape} do not fit")


def _with_matmul(x: Array, W: Array, b: Array) -> Array:
    if W.ndim != 2 or x.shape[-1] != W.shape[0] or b.shape != W.shape[1:]:
        raise ValueError(f"x {x.shape}, W {W.shape} and b {b.shape} do not fit")
    return x @ W + b


def _with_einsum(x: Array, W: Array, b: Array) -> Array:
    _require_fit(x, W, b)
    return np.einsum("...i,io->...o", x, W) + b


def _with_loop(x: Array, W: Array, b: Array) -> Array:
    """A sum of the rows of W, one for each input."""
    _require_fit(x, W, b)
    y = np.zeros((*x.shape[:-1], len(b)), dtype=x.dtype)
    for i, row in enumerate(W):
        y += x[..., i, None] * row
    return y + b


def _flat_and_back(x: Array, W: Array, b: Array) -> Array:
    _require_fit(x, W, b)
    rows = x.reshape(-1, len(W)) @ W + b
    return rows.reshape(*x.shape[:-1], len(b))


@mutant(
    "Nothing is refused but what @ itself refuses. A bias of shape (1,), (n, 1) or (n, n_out) is "
    "stretched to fit, without a word: compare the shapes first, and raise ValueError."
)
def _refuses_nothing(x: Array, W: Array, b: Array) -> Array:
    return x @ W + b


@mutant(
    "You multiply by the transpose of W. Here W is (n_in, n_out), so x @ W fits as it is; "
    "PyTorch's own layer keeps the transpose."
)
def _transposes(x: Array, W: Array, b: Array) -> Array:
    return x @ W.T + b


@mutant(
    "The bias runs along the wrong axis: b[:, None] adds b_i to the example i, and b_j belongs to "
    "the output j. With as many examples as outputs no error says so."
)
def _bias_as_column(x: Array, W: Array, b: Array) -> Array:
    return x @ W + b[:, None]


@mutant("The bias is missing: each output j gets b_j, for every example.")
def _forgets_bias(x: Array, W: Array, b: Array) -> Array:
    _require_fit(x, W, b)
    return x @ W


@mutant("The axes in front are gone: (..., n_in) becomes (..., n_out), not one long list of rows.")
def _stays_flat(x: Array, W: Array, b: Array) -> Array:
    _require_fit(x, W, b)
    return x.reshape(-1, len(W)) @ W + b


@mutant(
    "You join all axes behind the first into one. The layer works on the last axis alone; whatever "
    "stands in front of it is batch."
)
def _joins_features(x: Array, W: Array, b: Array) -> Array:
    x = x.reshape(len(x), -1)
    _require_fit(x, W, b)
    return x @ W + b


@mutant("A single example (n_in,) gives (n_out,); yours comes back with an axis that x had not.")
def _adds_axis(x: Array, W: Array, b: Array) -> Array:
    _require_fit(x, W, b)
    return np.atleast_2d(x) @ W + b


@mutant(
    "You accept batches with two axes only. x may have any number of axes in front of the last, "
    "or none: @ takes them all."
)
def _only_matrices(x: Array, W: Array, b: Array) -> Array:
    if x.ndim != 2:
        raise ValueError("x must be (n, n_in)")
    _require_fit(x, W, b)
    return x @ W + b


@mutant("An empty batch is no mistake: x of shape (0, n_in) gives an array of shape (0, n_out).")
def _refuses_empty(x: Array, W: Array, b: Array) -> Array:
    if x.size == 0:
        raise ValueError("there is no example")
    _require_fit(x, W, b)
    return x @ W + b


@mutant(
    "You compare the last axis of b alone. A b of shape (1, n_out) or (n, n_out) still passes: "
    "compare all of its shape with (n_out,)."
)
def _last_axis_of_bias(x: Array, W: Array, b: Array) -> Array:
    if W.ndim != 2 or x.shape[-1] != W.shape[0] or b.ndim == 0 or b.shape[-1] != W.shape[1]:
        raise ValueError("the shapes do not fit")
    return x @ W + b


@mutant(
    "You count the numbers in b. A b of shape (1, n_out) has n_out numbers too, and adds an axis "
    "to the result of one example: compare its shape with (n_out,)."
)
def _size_of_bias(x: Array, W: Array, b: Array) -> Array:
    if W.ndim != 2 or x.shape[-1] != W.shape[0] or b.size != W.shape[1]:
        raise ValueError("the shapes do not fit")
    return x @ W + b


@mutant(
    "A W with three axes passes, and @ makes one result for each of its matrices; check that W has "
    "two axes."
)
def _any_rank_of_weights(x: Array, W: Array, b: Array) -> Array:
    if x.shape[-1] != W.shape[max(W.ndim - 2, 0)] or b.shape != W.shape[-1:]:
        raise ValueError("the shapes do not fit")
    return x @ W + b


@mutant(
    "einsum stretches an axis of length 1, as addition does: an x of shape (n, 1) passes. Compare "
    "the last axis of x with n_in yourself."
)
def _trusts_einsum(x: Array, W: Array, b: Array) -> Array:
    if b.shape != W.shape[1:]:
        raise ValueError("the bias does not fit")
    return np.einsum("...i,io->...o", x, W) + b


@mutant(
    "assert raises AssertionError, and is gone when Python runs with -O. An argument that does not "
    "fit is for `if ...: raise ValueError(...)`."
)
def _asserts(x: Array, W: Array, b: Array) -> Array:
    assert W.ndim == 2
    assert x.shape[-1] == W.shape[0]
    assert b.shape == W.shape[1:]
    return x @ W + b


@mutant("Float32 numbers become float64: np.zeros makes float64 unless you name x.dtype.")
def _in_double(x: Array, W: Array, b: Array) -> Array:
    _require_fit(x, W, b)
    y = np.zeros((*x.shape[:-1], len(b)))
    y += x @ W
    return y + b


def _sizes(rng: np.random.Generator) -> tuple[int, int, int]:
    n, n_in, n_out = (int(k) for k in rng.permutation([2, 3, 4, 5, 6])[:3])
    return n, n_in, n_out


def _case(rng: np.random.Generator, shape: tuple[int, ...], n_out: int) -> Given:
    return given(*(rng.normal(size=s) for s in (shape, (shape[-1], n_out), n_out)))


def _any_axes(rng: np.random.Generator) -> Given:
    _, n_in, n_out = _sizes(rng)
    front = tuple(int(k) for k in rng.integers(2, 5, size=rng.integers(1, 4)))
    return _case(rng, (*front, n_in), n_out)


def _one_example(rng: np.random.Generator) -> Given:
    _, n_in, n_out = _sizes(rng)
    return _case(rng, (n_in,), n_out)


def _all_equal(rng: np.random.Generator) -> Given:
    n = int(rng.integers(2, 6))
    return _case(rng, (n, n), n)


def _empty(rng: np.random.Generator) -> Given:
    n, n_in, n_out = _sizes(rng)
    return _case(rng, [(0, n_in), (n, 0, n_in)][int(rng.integers(2))], n_out)


def _wrong_biases(rng: np.random.Generator) -> Given:
    n, n_in, n_out = _sizes(rng)
    shapes = (), (1,), (n_out + 1,), (1, n_out), (n, n_out), (n, 1), (n_out, 1)
    x, W, _ = _case(rng, (n, n_in), n_out).args
    return given({f"b of shape {shape}": (x, W, rng.normal(size=shape)) for shape in shapes})


def _wrong_others(rng: np.random.Generator) -> Given:
    n, n_in, n_out = _sizes(rng)
    x, W, b = _case(rng, (n, n_in), n_out).args
    cases = {
        f"x of shape {shape}": (rng.normal(size=shape), W, b)
        for shape in ((n, n_in + 1), (n, 1), (n_in, n), (n_in + 1,))
    }
    for shape in ((n_out, n_in), (n_in,), (2, n_in, n_out)):
        cases[f"W of shape {shape}"] = (x, rng.normal(size=shape), b)
    return given(cases)


def _refuses(value: dict[str, str], cases: dict[str, tuple[Array, ...]]) -> str | None:
    for name, (x, W, b) in cases.items():
        if value[name] != "raised ValueError":
            shapes = f"x {x.shape}, W {W.shape}, b {b.shape}"
            return f"for {name} it {value[name]}; wanted ValueError ({shapes})"
    return None


EXERCISE = Exercise(
    name="linear",
    number=1,
    signature="linear(x, W, b)",
    statement=(
        "The affine map x W + b, an array (..., n_out), of x (..., n_in) with any number of axes "
        "in front, W (n_in, n_out) and b (n_out,); ValueError for other shapes."
    ),
    stars=1,
    minutes=15,
    points={"contract": 2, "known answers": 2, "properties": 6},
    reference=_reference,
    solutions=(_with_matmul, _with_einsum, _with_loop, _flat_and_back),
    mutants=(
        _refuses_nothing,
        _transposes,
        _bias_as_column,
        _forgets_bias,
        _stays_flat,
        _joins_features,
        _adds_axis,
        _only_matrices,
        _refuses_empty,
        _last_axis_of_bias,
        _size_of_bias,
        _any_rank_of_weights,
        _trusts_einsum,
        _asserts,
        _in_double,
    ),
    hints=(
        "The product and the sum are one line, for any number of axes in front and for none: @ "
        "works on the last axis of x. The rest is deciding when not to compute.",
        "NumPy raises an error for some misfits and stretches others. Take n_in and n_out from W, "
        "once you know that it has two axes, and compare: the last axis of x, all of b.shape.",
        "if W.ndim != 2 or x.shape[-1] != W.shape[0] or b.shape != W.shape[1:], raise ValueError "
        "with the three shapes in its message. Then x @ W + b.",
    ),
    checks=(
        known(
            "two examples, worked by hand",
            given(
                np.array([[1.0, 2.0], [0.0, -1.0]]),
                np.array([[1.0, 0.0, 2.0], [3.0, 1.0, 0.0]]),
                np.array([10.0, 20.0, 30.0]),
            ),
            np.array([[17.0, 22.0, 32.0], [7.0, 19.0, 30.0]]),
        ),
        agrees("right with one, two or three axes in front", _any_axes, cases=5),
        agrees("one example, with no axis in front", _one_example),
        agrees("as many examples as inputs and outputs, where no shape warns", _all_equal),
        agrees("an empty batch", _empty, cases=2),
        holds("b of another shape raises ValueError", _wrong_biases, _refuses, driver=outcomes),
        holds(
            "x or W of another shape raises ValueError", _wrong_others, _refuses, driver=outcomes
        ),
    ),
)
