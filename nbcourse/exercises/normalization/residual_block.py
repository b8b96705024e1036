"""Exercise: a residual block and its way back, in one closure."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.normalization import drivers
from nbcourse.gradients import numerical_gradient

Array = NDArray[Any]
Gradients = tuple[Array, Array, Array, Array, Array]  # dx, dW1, db1, dW2, db2
Block = tuple[Array, Callable[[Array], Gradients]]  # y, backward


def _by_the_formula(x: Array, W1: Array, b1: Array, W2: Array, b2: Array) -> Block:
    z = x @ W1 + b1
    h = np.maximum(z, 0)

    def backward(dy: Array) -> Gradients:
        dz = (dy @ W2.T) * (z > 0)
        return dy + dz @ W1.T, x.T @ dz, dz.sum(axis=0), h.T @ dy, dy.sum(axis=0)

    return x + h @ W2 + b2, backward


def _with_einsum(x: Array, W1: Array, b1: Array, W2: Array, b2: Array) -> Block:
    h = np.clip(np.einsum("ni,ij->nj", x, W1) + b1, 0, None)

    def backward(dy: Array) -> Gradients:
        dz = np.einsum("ni,ji->nj", dy, W2) * np.sign(h)
        dx = np.einsum("nj,ij->ni", dz, W1) + dy
        dW1, dW2 = np.einsum("ni,nj->ij", x, dz), np.einsum("nj,ni->ji", h, dy)
        return dx, dW1, np.einsum("nj->j", dz), dW2, np.einsum("ni->i", dy)

    return np.einsum("nj,ji->ni", h, W2) + b2 + x, backward


def _example_by_example(x: Array, W1: Array, b1: Array, W2: Array, b2: Array) -> Block:
    hs = [np.maximum(row @ W1 + b1, 0) for row in x]
    y = np.stack([row + h @ W2 + b2 for row, h in zip(x, hs, strict=True)])

    def backward(dy: Array) -> Gradients:
        dx, dW1, db1, dW2, db2 = (np.zeros_like(a) for a in (x, W1, b1, W2, b2))
        for n, h in enumerate(hs):
            dz = np.where(h > 0, W2 @ dy[n], 0)
            dx[n] = dy[n] + W1 @ dz
            dW1 += np.outer(x[n], dz)
            db1 += dz
            dW2 += np.outer(h, dy[n])
            db2 += dy[n]
        return dx, dW1, db1, dW2, db2

    return y, backward


Data = tuple[Array, ...]  # x, W1, b1, W2, b2


def _slope(z: Array, dh: Array) -> Array:
    return dh * (z > 0)


def _around(dy: Array, through: Array) -> Array:
    return dy + through


def _block(
    data: Data,
    *,
    mask: Callable[[Array, Array], Array] = _slope,
    join: Callable[[Array, Array], Array] = _around,
    skip: bool = True,
) -> Block:
    """The answer with its parts open, for the mistakes below."""
    x, W1, b1, W2, b2 = data
    z = x @ W1 + b1
    h = np.maximum(z, 0)

    def backward(dy: Array) -> Gradients:
        dz = mask(z, dy @ W2.T)
        return join(dy, dz @ W1.T), x.T @ dz, dz.sum(axis=0), h.T @ dy, dy.sum(axis=0)

    return (x if skip else 0) + h @ W2 + b2, backward


@mutant("The way around is missing: y is x plus what the two layers give.")
def _plain(*data: Array) -> Block:
    return _block(data, skip=False, join=lambda dy, through: through)


@mutant(
    "On the way back the way around is missing. x reaches y in two ways, so dx is dy plus what "
    "comes back through the layers."
)
def _forgets_dy(*data: Array) -> Block:
    return _block(data, join=lambda dy, through: through)


@mutant("dx is only dy: what comes back through the layers has to be added.")
def _only_dy(*data: Array) -> Block:
    return _block(data, join=lambda dy, through: dy.copy())


@mutant(
    "There is a ReLU behind the sum, as in the first residual networks. Then nothing negative "
    "passes, and the way around is no longer free; here y is the sum itself."
)
def _relu_behind(*data: Array) -> Block:
    y, backward = _block(data)
    return np.maximum(y, 0), lambda dy: backward(dy * (y > 0))


@mutant("Your second layer has a ReLU, too, so a block can only add; the last layer has none.")
def _two_relus(*data: Array) -> Block:
    x, y, (_, backward) = data[0], _block(data)[0], _block(data)
    f = y - x

    def masked(dy: Array) -> Gradients:
        dx, *others = backward(dy * (f > 0))
        return dx + dy * (f <= 0), others[0], others[1], others[2], others[3]

    return x + np.maximum(f, 0), masked


@mutant("The block changes x: x += ... writes into the caller's array. Write y = x + ...")
def _adds_in_place(*data: Array) -> Block:
    before = (data[0].copy(), *data[1:])
    data[0][...] = _block(data)[0]
    return data[0], _block(before)[1]


@mutant(
    "backward changes dy: dx = dy is the same array, and dx += ... writes into it. Write dx = dy + "
    "..."
)
def _changes_dy(*data: Array) -> Block:
    y, backward = _block(data)

    def in_place(dy: Array) -> Gradients:
        gradients = backward(dy)
        dy[...] = gradients[0]
        return dy, *gradients[1:]

    return y, in_place


@mutant(
    "backward finds the output where it wants the input. A function inside another reads the "
    "variables as they are when it is called, and x has been overwritten by then: give y a name of "
    "its own."
)
def _overwrites_x(*data: Array) -> Block:
    y, backward = _block(data)

    def late(dy: Array) -> Gradients:
        dx, _, db1, dW2, db2 = backward(dy)
        dz = _slope(data[0] @ data[1] + data[2], dy @ data[3].T)
        return dx, y.T @ dz, db1, dW2, db2

    return y, late


@mutant("The slope of the ReLU is missing: dh passes only where z > 0.")
def _no_mask(*data: Array) -> Block:
    return _block(data, mask=lambda z, dh: dh)


@mutant("At z = 0 something comes back; the convention of this course is the slope 0 there.")
def _passes_at_zero(*data: Array) -> Block:
    return _block(data, mask=lambda z, dh: dh * (z >= 0))


@mutant("The way around counts twice in dx; dy itself is added once.")
def _twice(*data: Array) -> Block:
    return _block(data, join=lambda dy, through: 2 * dy + through)


def _case(rng: np.random.Generator, n: int, d: int, m: int, size: float = 1.0) -> list[Array]:
    """Arguments of a block, with no z so close to 0 that a difference strides over it."""
    while True:
        x, W1 = rng.normal(size=(n, d)), rng.normal(size=(d, m)) / np.sqrt(d)
        b1, b2 = rng.normal(size=m), rng.normal(size=d)
        if np.abs(x @ W1 + b1).min() > 1e-3:
            return [x, W1, b1, size * rng.normal(size=(m, d)) / np.sqrt(m), size * b2]


def _with_dy(rng: np.random.Generator, block: list[Array]) -> Given:
    return given(*block, dy=rng.normal(size=block[0].shape))


def _draw(rng: np.random.Generator) -> Given:
    n, d, m = (int(k) for k in rng.permutation([2, 3, 4, 5, 6])[:3])
    return _with_dy(rng, _case(rng, n, d, m))


def _all_equal(rng: np.random.Generator) -> Given:
    n = int(rng.integers(2, 6))
    return _with_dy(rng, _case(rng, n, n, n))


def _starts_at_zero(rng: np.random.Generator) -> Given:
    return _with_dy(rng, _case(rng, 4, 3, 5, size=0.0))


def _is_identity(value: dict[str, Array], x: Array, *_: Array, dy: Array) -> str | None:
    if value["y"].shape != x.shape or np.abs(value["y"] - x).max() > 1e-12:
        return "with W2 = 0 and b2 = 0, y is not x"
    if value["dx"].shape != x.shape or np.abs(value["dx"] - dy).max() > 1e-12:
        return "with W2 = 0 and b2 = 0, dx is not dy"
    if np.abs(value["dW1"]).max() + np.abs(value["db1"]).max() > 1e-12:
        return "with W2 = 0 the first layer gets no gradient, but yours does"
    return None


def _blank(rng: np.random.Generator) -> Given:
    """The first example is all zeros and so is b1: every z of it is exactly 0."""
    x, W1, b1, W2, b2 = _case(rng, 4, 3, 5)
    x[0] = 0
    return _with_dy(rng, [x, W1, 0 * b1, W2, b2])


def _forward(rng: np.random.Generator) -> Given:
    return given(*_case(rng, 3, 4, 5))


def _several(rng: np.random.Generator) -> Given:
    return given(*_case(rng, 3, 4, 5), dys=list(rng.normal(size=(3, 3, 4))))


def _deep(rng: np.random.Generator) -> Given:
    """Thirty blocks, each of which adds a little."""
    x = rng.normal(size=(3, 4))
    blocks = [tuple(_case(rng, 3, 4, 5, size=30**-0.5)[1:]) for _ in range(30)]
    return given(x, blocks, rng.normal(size=x.shape))


def _matches_differences(value: dict[str, Array], *data: Array, dy: Array) -> str | None:
    def loss(k: int, v: Array) -> float:
        x, W1, b1, W2, b2 = (v if i == k else a for i, a in enumerate(data))
        return float(np.sum(dy * (x + np.maximum(x @ W1 + b1, 0) @ W2 + b2)))

    for k, name in enumerate(("dx", "dW1", "db1", "dW2", "db2")):
        slope, mine = numerical_gradient(partial(loss, k), data[k]), value[name]
        if mine.shape != slope.shape or not np.allclose(mine, slope, rtol=1e-6, atol=1e-7):
            return f"{name} is not the slope of sum(dy * y) as measured by differences"
    return None


_BY_HAND = [
    np.array(a)
    for a in ([[1.0, 2.0]], [[1.0, 1.0], [1.0, -1.0]], [0.0, 0.0], [[2.0, 0], [5, 5]], [1.0, 1.0])
]

EXERCISE = Exercise(
    name="residual_block",
    number=5,
    signature="residual_block(x, W1, b1, W2, b2)",
    statement=(
        "The pair of y = x + relu(x @ W1 + b1) @ W2 + b2 (n, n_features) and a function "
        "backward(dy), which returns the gradients dx, dW1, db1, dW2, db2."
    ),
    stars=2,
    minutes=25,
    points={"contract": 1, "known answers": 2, "properties": 5, "gradients": 2},
    reference=_by_the_formula,
    solutions=(_by_the_formula, _with_einsum, _example_by_example),
    mutants=(
        _plain,
        _forgets_dy,
        _only_dy,
        _relu_behind,
        _two_relus,
        _adds_in_place,
        _changes_dy,
        _overwrites_x,
        _no_mask,
        _passes_at_zero,
        _twice,
    ),
    hints=(
        "Write the block without the way around first: two linear layers with a ReLU between "
        "them, forward and backward, as in chapter 5. Then see what changes.",
        "Forward, x is added at the end. Backward, x has acted in two ways: through the layers, "
        "and directly. Only dx changes, and its second part needs no weights.",
        "backward is a function inside the function, so it sees x, z and h: dz = (dy @ W2.T) * "
        "(z > 0), and dx = dy + dz @ W1.T. dW1 is made of x and dz, dW2 of h and dy, the biases "
        "get the sums over the batch.",
    ),
    checks=(
        known(
            "one example with one unit on and one off, worked by hand",
            given(*_BY_HAND, dy=np.array([[1.0, 2.0]])),
            {
                "y": np.array([[8.0, 3.0]]),
                "dx": np.array([[3.0, 4.0]]),
                "dW1": np.array([[2.0, 0.0], [4.0, 0.0]]),
                "db1": np.array([2.0, 0.0]),
                "dW2": np.array([[3.0, 6.0], [0.0, 0.0]]),
                "db2": np.array([1.0, 2.0]),
            },
            driver=drivers.there_and_back,
        ),
        agrees("right for random blocks", _draw, cases=4, driver=drivers.there_and_back),
        agrees("all sizes equal, where no shape warns", _all_equal, driver=drivers.there_and_back),
        holds(
            "with W2 = 0 and b2 = 0 it hands on x, and dy on the way back",
            _starts_at_zero,
            _is_identity,
            driver=drivers.there_and_back,
            cases=2,
        ),
        agrees("an example for which every z is 0", _blank, cases=2, driver=drivers.there_and_back),
        agrees("y, before anything goes back", _forward, cases=1, driver=drivers.only_there),
        agrees("backward again, with other dy", _several, cases=2, driver=drivers.several_times),
        agrees("thirty blocks, there and back", _deep, cases=2, driver=drivers.stack),
        holds(
            "all gradients are slopes, by differences",
            _draw,
            _matches_differences,
            group="gradients",
            driver=drivers.there_and_back,
            cases=2,
        ),
    ),
)
