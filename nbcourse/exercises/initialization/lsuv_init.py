"""Exercise: orthogonal weights, rescaled layer by layer until real data have variance 1."""

import itertools
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, Tolerance, agrees, given, known, mutant
from nbcourse.data import load_mnist
from nbcourse.exercises.initialization import drivers
from nbcourse.exercises.initialization.orthogonal_init import EXERCISE as ORTHOGONAL

Array = NDArray[Any]
Rng = np.random.Generator
Sizes = tuple[int, ...]
Weights = list[Array]


def orthogonal_init(shape: tuple[int, int], *, rng: Rng) -> Array:
    """Stands for the student's own function."""
    return np.asarray(ORTHOGONAL.solutions[0](shape, rng=rng))


def _reference(x: Array, sizes: Sizes, *, rng: Rng) -> Weights:
    weights, h = [], x
    for shape in itertools.pairwise(sizes):
        W = np.asarray(ORTHOGONAL.reference(shape, rng=rng))
        W = W / np.std(h @ W)
        weights.append(W)
        h = np.maximum(h @ W, 0)
    return weights


def _with_one_pass(x: Array, sizes: Sizes, *, rng: Rng) -> Weights:
    weights, h = [], x
    for k in range(len(sizes) - 1):
        W = orthogonal_init((sizes[k], sizes[k + 1]), rng=rng)
        z = h @ W
        scale = 1 / z.std()
        weights.append(scale * W)
        h = np.maximum(scale * z, 0)
    return weights


def _layer_after_layer(x: Array, sizes: Sizes, *, rng: Rng) -> Weights:
    """As in the paper: all weights first, then run the network anew for each layer."""
    weights = [orthogonal_init(shape, rng=rng) for shape in itertools.pairwise(sizes)]
    for k in range(len(weights)):
        z = x
        for layer, W in enumerate(weights[: k + 1]):
            z = (np.maximum(z, 0) if layer else z) @ W
        weights[k] = weights[k] / np.sqrt(np.mean((z - np.mean(z)) ** 2))
    return weights


def _with_recursion(x: Array, sizes: Sizes, *, rng: Rng) -> Weights:
    if len(sizes) < 2:
        return []
    W = orthogonal_init((sizes[0], sizes[1]), rng=rng)
    W = W / np.var(x @ W) ** 0.5
    return [W, *_with_recursion(np.maximum(x @ W, 0), sizes[1:], rng=rng)]


def _relu(z: Array) -> Array:
    return np.maximum(z, 0)


def _std(z: Array) -> Any:
    return z.std()


def _orthogonal(shape: tuple[int, int], rng: Rng) -> Array:
    return orthogonal_init(shape, rng=rng)


def _rescaled(
    x: Array,
    sizes: Sizes,
    rng: Rng,
    *,
    draw: Callable[[tuple[int, int], Rng], Array] = _orthogonal,
    size: Callable[[Array], Any] = _std,
    bend: Callable[[Array], Array] = _relu,
    hand_on: Callable[[Array, Any], Array] = lambda z, scale: z / scale,
) -> Weights:
    """The answer with its parts open, for the mistakes below."""
    weights, h = [], x
    for k in range(len(sizes) - 1):
        W = draw((sizes[k], sizes[k + 1]), rng)
        z = h @ W
        scale = size(z)
        weights.append(W / scale)
        h = bend(hand_on(z, scale))
    return weights


@mutant(
    "The data go on as the layer made them before it was rescaled, so every later layer is "
    "measured on inputs that it will not get. Compute z anew with the new weights."
)
def _hands_on_unscaled(x: Array, sizes: Sizes, *, rng: Rng) -> Weights:
    return _rescaled(x, sizes, rng, hand_on=lambda z, scale: z)


@mutant("You divide by the variance; the standard deviation makes the variance 1.")
def _by_variance(x: Array, sizes: Sizes, *, rng: Rng) -> Weights:
    return _rescaled(x, sizes, rng, size=np.var)


@mutant(
    "You make the mean of z**2 equal to 1. The variance is taken about the mean of z, which is "
    "not 0 after a ReLU."
)
def _about_zero(x: Array, sizes: Sizes, *, rng: Rng) -> Weights:
    return _rescaled(x, sizes, rng, size=lambda z: np.sqrt(np.mean(z**2)))


@mutant(
    "Each unit gets a factor of its own, so the columns of W are no longer of one length. Use one "
    "number for the layer."
)
def _unit_by_unit(x: Array, sizes: Sizes, *, rng: Rng) -> Weights:
    return _rescaled(x, sizes, rng, size=lambda z: z.std(axis=0) + 1e-300)


@mutant(
    "You take the variance of each unit and then their mean, which leaves out how the units "
    "differ from each other. Take all numbers of z together."
)
def _mean_of_variances(x: Array, sizes: Sizes, *, rng: Rng) -> Weights:
    return _rescaled(x, sizes, rng, size=lambda z: np.sqrt(z.var(axis=0).mean() + 1e-300))


@mutant("There is no ReLU between your layers: the next one gets maximum(z, 0).")
def _without_relu(x: Array, sizes: Sizes, *, rng: Rng) -> Weights:
    return _rescaled(x, sizes, rng, bend=lambda z: z)


@mutant("You measure what the ReLU returns; the variance of z itself, before it, is to be 1.")
def _measures_after_relu(x: Array, sizes: Sizes, *, rng: Rng) -> Weights:
    return _rescaled(x, sizes, rng, size=lambda z: _relu(z).std())


@mutant("The weights come back as they were drawn: divide W itself, not only z.")
def _returns_drawn(x: Array, sizes: Sizes, *, rng: Rng) -> Weights:
    return _rescaled(x, sizes, rng, size=lambda z: 1.0)


@mutant("You measure the first example only; take the numbers of the whole batch.")
def _first_example(x: Array, sizes: Sizes, *, rng: Rng) -> Weights:
    return _rescaled(x, sizes, rng, size=lambda z: z[0].std() or 1.0)


@mutant(
    "You standardize the data first. The network will get them as they are, so measure with x as "
    "it is."
)
def _standardizes(x: Array, sizes: Sizes, *, rng: Rng) -> Weights:
    return _rescaled((x - x.mean()) / x.std(), sizes, rng)


@mutant("Your weights are normal numbers, not orthogonal: start from orthogonal_init.")
def _normal_weights(x: Array, sizes: Sizes, *, rng: Rng) -> Weights:
    return _rescaled(x, sizes, rng, draw=lambda shape, rng: rng.normal(size=shape))


@mutant("The last layer keeps the scale it was drawn with: rescale it as well.")
def _skips_last(x: Array, sizes: Sizes, *, rng: Rng) -> Weights:
    weights = _rescaled(x, sizes, rng)
    return [*weights[:-1], weights[-1] / np.linalg.norm(weights[-1], 2)]


@mutant("Every layer gets a generator of its own with one seed: layers of a shape are alike.")
def _own_generators(x: Array, sizes: Sizes, *, rng: Rng) -> Weights:
    return _rescaled(x, sizes, rng, draw=lambda s, _: _orthogonal(s, np.random.default_rng(0)))


def _seed(rng: Rng) -> int:
    return int(rng.integers(2**32))


def _case(rng: Rng, sizes: Sizes, **options: Any) -> Given:
    # Wide enough that no layer is ever dead: all of its z below 0, and no variance to divide by.
    x = rng.normal(rng.uniform(0.2, 0.8), rng.uniform(0.5, 2), size=(40, sizes[0]))
    return given(x, sizes, seed=_seed(rng), **options)


def _three_layers(rng: Rng) -> Given:
    few, many, more = (int(n) for n in rng.integers([20, 40, 60], [30, 60, 80]))
    return _case(rng, (many, more, few, int(rng.integers(5, 10))))


def _one_layer(rng: Rng) -> Given:
    return _case(rng, (int(rng.integers(3, 9)), int(rng.integers(3, 9))))


def _deep(rng: Rng) -> Given:
    return _case(rng, (40,) * 26)


def _one_example(rng: Rng) -> Given:
    case = _case(rng, (50, 60, 50, 10))
    return given(case.args[0][:1], *case.args[1:], **case.kwargs)


def _unit(exponent: int) -> Callable[[Rng], Given]:
    return lambda rng: _case(rng, (40, 40, 40), scale=10.0**exponent)


def _alike(rng: Rng) -> Given:
    return _case(rng, (30, 30, 30))


@cache
def _digits() -> Array:
    """The embedded digits at half their size, (6000, 14 * 14), from 0 to 1."""
    images = load_mnist().x_train.reshape(-1, 14, 2, 14, 2)
    return images.mean(axis=(2, 4), dtype=np.float64).reshape(-1, 196)


def _images(rng: Rng) -> Given:
    chosen = rng.choice(len(_digits()), size=100, replace=False)
    return given(_digits()[chosen], (196, *(64,) * 9, 10), seed=_seed(rng))


def _about(bound: float) -> Tolerance:
    return Tolerance(factor=bound / np.finfo(float).eps / 50)


_LAYERS: dict[str, Any] = {"driver": drivers.layers, "tolerance": _about(1e-6)}

EXERCISE = Exercise(
    name="lsuv_init",
    number=7,
    signature="lsuv_init(x, sizes, *, rng)",
    statement=(
        "The weights of a ReLU network, a list of arrays (sizes[k], sizes[k + 1]): orthogonal "
        "ones, each divided by one number so that, for the batch x (n, sizes[0]), the numbers z "
        "of the layer have variance 1."
    ),
    stars=3,
    minutes=35,
    points={"contract": 2, "known answers": 4, "properties": 12, "stability": 2},
    reference=_reference,
    solutions=(_with_one_pass, _layer_after_layer, _with_recursion),
    mutants=(
        _hands_on_unscaled,
        _by_variance,
        _about_zero,
        _unit_by_unit,
        _mean_of_variances,
        _without_relu,
        _measures_after_relu,
        _returns_drawn,
        _first_example,
        _standardizes,
        _normal_weights,
        _skips_last,
        _own_generators,
    ),
    hints=(
        "Go through the layers from the input. A layer needs to know two things only: the data "
        "that arrive at it, and its two sizes.",
        "Draw W, compute z, and take its standard deviation over all examples and units together. "
        "Dividing W by it divides z by it. What arrives at the next layer is made from the new z.",
        "Before the loop: h = x. For each pair of neighboring sizes: W from orthogonal_init with "
        "rng; W = W / (h @ W).std(); keep W; h = np.maximum(h @ W, 0).",
    ),
    checks=(
        known(
            "two layers of one unit, worked by hand: 1/2 and 2",
            given(np.array([[-2.0], [2.0]]), (1, 1, 1), seed=1),
            [[[0.5]], [[2.0]]],
            driver=drivers.magnitudes,
        ),
        agrees("three layers of all shapes", _three_layers, **_LAYERS),
        agrees("a single layer", _one_layer, cases=1, **_LAYERS),
        agrees("25 layers", _deep, cases=1, **_LAYERS),
        agrees("a batch of one example", _one_example, cases=1, **_LAYERS),
        agrees("ten layers on digits", _images, cases=1, **_LAYERS),
        agrees(
            "all weights come from rng, each layer's anew",
            _alike,
            cases=1,
            driver=drivers.layers_and_generator,
        ),
        agrees("data of size 1e-8", _unit(-8), group="stability", cases=1, **_LAYERS),
        agrees("data of size 1e8", _unit(8), group="stability", cases=1, **_LAYERS),
    ),
    builds_on=("orthogonal_init",),
    keeps_dtype=False,  # the weights are float64 whatever x is
)
