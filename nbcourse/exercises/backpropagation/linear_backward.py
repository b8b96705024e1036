"""Exercise: the gradients of an affine layer, written by hand."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.gradients import numerical_gradient

Array = NDArray[Any]
Gradients = tuple[Array, Array, Array]


def _reference(dy: Array, x: Array, W: Array) -> Gradients:
    layer = nn.Linear(*W.shape, rng=np.random.default_rng(0))
    layer.W.data, layer.b.data = W, np.zeros(W.shape[1])
    layer.forward(x)
    dx = layer.backward(dy)
    assert layer.W.grad is not None
    assert layer.b.grad is not None
    return dx, layer.W.grad, layer.b.grad


def _with_matrix_products(dy: Array, x: Array, W: Array) -> Gradients:
    return dy @ W.T, x.T @ dy, dy.sum(axis=0)


def _with_einsum(dy: Array, x: Array, W: Array) -> Gradients:
    dx = np.einsum("no,io->ni", dy, W)
    return dx, np.einsum("ni,no->io", x, dy), np.einsum("no->o", dy)


def _with_loops(dy: Array, x: Array, W: Array) -> Gradients:
    dx, dW, db = np.zeros_like(x), np.zeros_like(W), np.zeros_like(W[0])
    for dy_n, x_n, dx_n in zip(dy, x, dx, strict=True):
        dW += np.outer(x_n, dy_n)
        db += dy_n
        dx_n += W @ dy_n
    return dx, dW, db


@mutant(
    "db is averaged over the batch; dy carries the 1/N of the loss already, so examples add up."
)
def _averages_bias(dy: Array, x: Array, W: Array) -> Gradients:
    return dy @ W.T, x.T @ dy, dy.mean(axis=0)


@mutant("dW is divided by N once more; dy carries the 1/N of the loss already.")
def _averages_weights(dy: Array, x: Array, W: Array) -> Gradients:
    return dy @ W.T, x.T @ dy / len(x), dy.sum(axis=0)


@mutant("dW is transposed: it must have the shape of W, (n_in, n_out), with x as the first factor.")
def _transposes_weights(dy: Array, x: Array, W: Array) -> Gradients:
    return dy @ W.T, dy.T @ x, dy.sum(axis=0)


@mutant(
    "dx is multiplied by W where its transpose belongs. With as many inputs as outputs no shape "
    "warns you: x_k uses the row k of W, so the sum runs over its columns."
)
def _forgets_transpose(dy: Array, x: Array, W: Array) -> Gradients:
    return dy @ W, x.T @ dy, dy.sum(axis=0)


@mutant("db still has one row an example; b is added to every row, so its gradient is their sum.")
def _keeps_bias_rows(dy: Array, x: Array, W: Array) -> Gradients:
    return dy @ W.T, x.T @ dy, dy


@mutant("db has the shape (1, n_out); b has the shape (n_out,), and so has its gradient.")
def _keeps_an_axis(dy: Array, x: Array, W: Array) -> Gradients:
    return dy @ W.T, x.T @ dy, dy.sum(axis=0, keepdims=True)


@mutant("db is the sum over the outputs; sum over the batch, axis 0.")
def _sums_wrong_axis(dy: Array, x: Array, W: Array) -> Gradients:
    return dy @ W.T, x.T @ dy, dy.sum(axis=1)


@mutant("The gradients come in the wrong order: return dx, dW, db.")
def _wrong_order(dy: Array, x: Array, W: Array) -> Gradients:
    return x.T @ dy, dy @ W.T, dy.sum(axis=0)


@mutant(
    "dx does not use W: dy_j reaches x_k through the weight W_kj, so each term needs that factor."
)
def _forgets_weights(dy: Array, x: Array, W: Array) -> Gradients:
    return np.tile(dy.sum(axis=1, keepdims=True), (1, len(W))), x.T @ dy, dy.sum(axis=0)


@mutant(
    "Only the last example counts in dW and db: add to them in the loop (+=), do not replace them."
)
def _keeps_last_example(dy: Array, x: Array, W: Array) -> Gradients:
    return dy @ W.T, np.outer(x[-1], dy[-1]), dy[-1].copy()


def _case(rng: np.random.Generator, n: int, n_in: int, n_out: int) -> Given:
    shapes = (n, n_out), (n, n_in), (n_in, n_out)
    return given(*(rng.normal(size=shape) for shape in shapes))


def _draw(rng: np.random.Generator) -> Given:
    n, n_in, n_out = (int(k) for k in rng.permutation([2, 3, 4, 5, 6])[:3])
    return _case(rng, n, n_in, n_out)


def _one_example(rng: np.random.Generator) -> Given:
    return _case(rng, 1, int(rng.integers(1, 5)), int(rng.integers(1, 5)))


def _all_sizes_equal(rng: np.random.Generator) -> Given:
    size = int(rng.integers(2, 5))
    return _case(rng, size, size, size)


def _matches_differences(value: Gradients, dy: Array, x: Array, W: Array) -> str | None:
    b = np.zeros(W.shape[1])
    slopes = {
        "dx": numerical_gradient(lambda z: float(np.sum(dy * (z @ W))), x),
        "dW": numerical_gradient(lambda z: float(np.sum(dy * (x @ z))), W),
        "db": numerical_gradient(lambda z: float(np.sum(dy * (x @ W + z))), b),
    }
    for (name, slope), mine in zip(slopes.items(), value, strict=True):
        if mine.shape != slope.shape or not np.allclose(mine, slope, rtol=1e-6, atol=1e-7):
            return f"{name} is not the slope of sum(dy * (x @ W + b)) as measured by differences"
    return None


EXERCISE = Exercise(
    name="linear_backward",
    number=1,
    signature="linear_backward(dy, x, W)",
    statement=(
        "The gradients dx (n, n_in), dW (n_in, n_out) and db (n_out,) of y = x @ W + b, given "
        "the gradient dy (n, n_out) of the loss."
    ),
    stars=1,
    minutes=15,
    points={"contract": 2, "known answers": 2, "properties": 4, "gradients": 2},
    reference=_reference,
    solutions=(_with_matrix_products, _with_einsum, _with_loops),
    mutants=(
        _averages_bias,
        _averages_weights,
        _transposes_weights,
        _forgets_transpose,
        _keeps_bias_rows,
        _keeps_an_axis,
        _sums_wrong_axis,
        _wrong_order,
        _forgets_weights,
        _keeps_last_example,
    ),
    hints=(
        "Each gradient has the shape of what it belongs to. Write the three shapes down first.",
        "Only one product of dy and W, in one order, has the shape of x; and one of x and dy that "
        "of W. The batch disappears from dW by summing.",
        "For dx, the outputs are the inner axis of the product: transpose W. For dW, the batch is: "
        "transpose x. The bias was added to every row: sum dy over them.",
    ),
    checks=(
        known(
            "one example, worked by hand",
            given(
                np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), np.array([[1.0, 0.0], [2.0, 1.0]])
            ),
            (np.array([[1.0, 4.0]]), np.array([[3.0, 6.0], [4.0, 8.0]]), np.array([1.0, 2.0])),
        ),
        agrees("dx, dW and db are right for random shapes", _draw, cases=5),
        agrees("a batch of one example", _one_example),
        agrees("as many examples as inputs and outputs, where no shape warns", _all_sizes_equal),
        holds(
            "dx, dW and db are slopes, by differences",
            _draw,
            _matches_differences,
            group="gradients",
        ),
    ),
)
