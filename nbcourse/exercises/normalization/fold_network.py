"""Exercise: a whole network without the batch norms that a linear layer can take over."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import groupby, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, Tolerance, agrees, given, holds, known, mutant
from nbcourse.data import load_mnist
from nbcourse.exercises.normalization import drivers
from nbcourse.exercises.normalization.fold_batchnorm import EXERCISE as FOLD

Array = NDArray[Any]
Layer = dict[str, Array]
Layers = Sequence[Layer]
Fold = Callable[[Layer, Layer, float], Layer]


def fold_batchnorm(W: Array, b: Array, *norm: Array, eps: float) -> Any:
    """Stands for the student's own function."""
    return FOLD.solutions[0](W, b, *norm, eps=eps)


def _numbers(norm: Layer) -> tuple[Array, ...]:
    return norm["gamma"], norm["beta"], norm["running_mean"], norm["running_var"]


def _behind(linear: Layer, norm: Layer, eps: float) -> Layer:
    W, b = fold_batchnorm(linear["W"], linear["b"], *_numbers(norm), eps=eps)
    return {"W": W, "b": b}


def _in_front(norm: Layer, linear: Layer, eps: float) -> Layer:
    gamma, beta, mean, var = _numbers(norm)
    scale = gamma / np.sqrt(var + eps)
    b = linear["b"] + (beta - mean * scale) @ linear["W"]
    return {"W": scale[:, None] * linear["W"], "b": b}


def _fold(
    layers: Layers, eps: float, *, in_front: Fold | None = _in_front, past_relu: bool = False
) -> list[Layer]:
    """The answer with its parts open, for the mistakes below."""
    found: list[Layer] = []
    for layer in layers:
        at = len(found) - 1
        while past_relu and at >= 0 and not found[at]:
            at -= 1
        if "gamma" in layer and at >= 0 and "W" in found[at]:
            found[at] = _behind(found[at], layer, eps)
            continue
        mine = layer
        while in_front and "W" in layer and found and "gamma" in found[-1]:
            mine = in_front(found.pop(), mine, eps)
        found.append(mine)
    return found


def _reference(layers: Layers, *, eps: float) -> list[Layer]:
    return _fold(layers, eps)


def _with_recursion(layers: Layers, *, eps: float) -> list[Layer]:
    for k, (first, second) in enumerate(pairwise(layers)):
        if "W" in first and "gamma" in second:
            folded = _behind(first, second, eps)
        elif "gamma" in first and "W" in second:
            folded = _in_front(first, second, eps)
        else:
            continue
        return _with_recursion([*layers[:k], folded, *layers[k + 2 :]], eps=eps)
    return list(layers)


def _as_linear_layers(layers: Layers, *, eps: float) -> list[Layer]:
    """A norm is a linear layer with a diagonal W; such a pair is multiplied out."""
    return _multiplied(layers, eps, {1})


def _multiplied(layers: Layers, eps: float, n_norms: set[int]) -> list[Layer]:
    """Neighbors multiplied out where so many of the two are norms, and none is a ReLU."""
    found, k = list(layers), 0
    while k + 1 < len(found):
        pair = found[k : k + 2]
        if {} not in pair and sum("gamma" in layer for layer in pair) in n_norms:
            (W1, b1), (W2, b2) = (_affine(layer, eps) for layer in pair)
            found[k : k + 2] = [{"W": W1 @ W2, "b": b1 @ W2 + b2}]
            k = 0
        else:
            k += 1
    return found


def _affine(layer: Layer, eps: float) -> Any:
    if "W" in layer:
        return layer["W"], layer["b"]
    unit = np.eye(len(layer["gamma"]), dtype=layer["gamma"].dtype)
    return fold_batchnorm(unit, 0 * layer["beta"], *_numbers(layer), eps=eps)


@mutant(
    "You fold past a ReLU. What a norm does behind the ReLU is not what it would do in front of "
    "it, where it would decide which units are on. Only neighbors can be folded."
)
def _past_relu(layers: Layers, *, eps: float) -> list[Layer]:
    return _fold(layers, eps, past_relu=True)


@mutant("The norms are gone, but no layer does their work: fold each before it is left out.")
def _only_drops(layers: Layers, *, eps: float) -> list[Layer]:
    return [layer for layer in layers if "gamma" not in layer]


@mutant(
    "A norm that has no linear layer next to it is lost. Nobody can take it over: it stays where "
    "it is."
)
def _drops_the_rest(layers: Layers, *, eps: float) -> list[Layer]:
    return [layer for layer in _fold(layers, eps) if "gamma" not in layer]


@mutant("You fold norms behind a linear layer only; one in front of it can be folded as well.")
def _only_behind(layers: Layers, *, eps: float) -> list[Layer]:
    return _fold(layers, eps, in_front=None)


@mutant(
    "You treat a norm in front of a linear layer like one behind it. In front it stretches the "
    "inputs, which belong to the rows of W, and its shift goes through W."
)
def _front_as_behind(layers: Layers, *, eps: float) -> list[Layer]:
    return _fold(layers, eps, in_front=lambda norm, linear, eps: _behind(linear, norm, eps))


@mutant("A norm in front of a linear layer also shifts. Through W that is a bias; yours lacks it.")
def _front_without_shift(layers: Layers, *, eps: float) -> list[Layer]:
    def in_front(norm: Layer, linear: Layer, eps: float) -> Layer:
        return {"W": _in_front(norm, linear, eps)["W"], "b": linear["b"]}

    return _fold(layers, eps, in_front=in_front)


@mutant(
    "Of several norms in a row only one is folded. The layer that took it over is linear, so the "
    "next norm has it as its neighbor."
)
def _one_of_a_row(layers: Layers, *, eps: float) -> list[Layer]:
    found: list[Layer] = []
    for k, layer in enumerate(layers):
        before = layers[k - 1] if k else {}
        if "gamma" in layer and "W" in before:
            found[-1] = _behind(found[-1], layer, eps)
        elif "W" in layer and "gamma" in before and "gamma" in found[-1]:
            found[-1] = _in_front(before, layer, eps)
        else:
            found.append(layer)
    return found


@mutant("Norms in a row are folded in the wrong order: the one next to the linear layer is first.")
def _row_reversed(layers: Layers, *, eps: float) -> list[Layer]:
    runs = [list(run) for _, run in groupby(layers, key=lambda layer: "gamma" in layer)]
    turned = [run[::-1] if "gamma" in run[0] else run for run in runs]
    return _fold([layer for run in turned for layer in run], eps)


@mutant("Linear layers are multiplied with each other, too. Here only norms are folded.")
def _merges_linear(layers: Layers, *, eps: float) -> list[Layer]:
    return _multiplied(layers, eps, {0, 1})


@mutant("eps is not handed on to fold_batchnorm, which then takes 1e-5.")
def _forgets_eps(layers: Layers, *, eps: float) -> list[Layer]:
    return _fold(layers, 1e-5)


@mutant("The network itself is changed. Put new layers into a new list, and leave the old alone.")
def _in_place(layers: Layers, *, eps: float) -> list[Layer]:
    assert isinstance(layers, list)
    layers[:] = _fold(layers, eps)
    return layers


@mutant("float32 weights become float64: np.eye and np.zeros make those unless you name the dtype.")
def _in_double(layers: Layers, *, eps: float) -> list[Layer]:
    return [{name: a.astype(float) for name, a in layer.items()} for layer in _fold(layers, eps)]


def _layer(rng: np.random.Generator, letter: str, n_in: int, n_out: int) -> Layer:
    """A linear layer for "l", a ReLU for "r", a norm for "n"."""
    if letter == "l":
        return {"W": rng.normal(size=(n_in, n_out)) / np.sqrt(n_in), "b": rng.normal(size=n_out)}
    gamma, var = rng.choice([-1, 1], n_in) * rng.uniform(0.5, 2, n_in), rng.uniform(0.5, 3, n_in)
    beta, mean = rng.normal(size=(2, n_in))
    norm = {"gamma": gamma, "beta": beta, "running_mean": mean, "running_var": var}
    return norm if letter == "n" else {}


def _network(rng: np.random.Generator, plan: str, width: int = 0) -> Given:
    """A network by its plan, one letter a layer, and inputs for it."""
    widths = [width or int(n) for n in rng.permutation(np.arange(2, 3 + plan.count("l")))]
    inputs, layers = rng.normal(size=(5, widths[0])), []
    for letter in plan:
        n_in = widths.pop(0) if letter == "l" else widths[0]
        layers.append(_layer(rng, letter, n_in, widths[0]))
    return given(layers, inputs, eps=float(rng.uniform(0.1, 0.6)))


def _at_random(rng: np.random.Generator) -> Given:
    return _network(rng, "".join(rng.choice(list("lnr"), size=int(rng.integers(3, 10)))))


@cache
def _for_digits() -> tuple[list[Layer], Array]:
    """A network that reads digits at half their size, and images that it has not seen.

    Random features, norms with the statistics of digits, a last layer by least squares.
    """
    data, rng = load_mnist(), np.random.default_rng(0)
    pixels = data.x_train[:2000].reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4), dtype=np.float64)
    x = pixels.reshape(-1, 196)
    h, layers = x[:1500], [_layer(rng, "l", 196, 120)]
    layers += [_layer(rng, letter, 120, 120) for letter in "nrn"]
    for layer in layers:
        if "gamma" in layer:
            layer |= {"running_mean": h.mean(axis=0), "running_var": h.var(axis=0, ddof=1)}
        h = drivers.outputs([layer], h, eps=1e-3)
    h = np.hstack([h, np.ones((1500, 1))])
    W = np.linalg.lstsq(h, np.eye(10)[data.y_train[:1500]], rcond=None)[0]
    return [*layers, {"W": W[:-1], "b": W[-1]}], x[1500:]


def _digits(rng: np.random.Generator) -> Given:
    layers, images = _for_digits()
    return given(layers, images[rng.choice(len(images), size=100, replace=False)], eps=1e-3)


def _reads_the_same(value: Any, layers: Layers, x: Array, *, eps: float) -> str | None:
    right, mine = drivers.outputs(layers, x, eps=eps), value["outputs"]
    if differ := int(np.sum(right.argmax(axis=1) != mine.argmax(axis=1))):
        return f"{differ} of {len(x)} digits are read otherwise than before"
    if np.abs(right - mine).max() > 1e-10:
        return f"a logit is off by {np.abs(right - mine).max():.1e}; 1e-10 would be rounding"
    if len(value["kinds"]) > 3:
        return f"{len(value['kinds'])} layers are left, and 3 would do: {', '.join(value['kinds'])}"
    return None


def _one_unit(**numbers: float) -> Layer:
    return {name: np.full((1, 1) if name == "W" else 1, v) for name, v in numbers.items()}


_BY_HAND = given(
    [
        _one_unit(W=1.0, b=0.0),
        _one_unit(gamma=2.0, beta=1.0, running_mean=3.0, running_var=1.0),
        {},
        _one_unit(gamma=4.0, beta=1.0, running_mean=1.0, running_var=1.0),
        _one_unit(W=10.0, b=1.0),
    ],
    np.array([[5.0], [0.0]]),
    eps=3.0,
)
_right = partial(agrees, driver=drivers.folded, tolerance=Tolerance(factor=512))

EXERCISE = Exercise(
    name="fold_network",
    number=7,
    signature="fold_network(layers, *, eps)",
    statement=(
        "A new list of layers that computes what the network does in evaluation, in which each "
        "batch norm that is a neighbor of a linear layer has been folded into it."
    ),
    stars=3,
    minutes=35,
    points={"contract": 2, "known answers": 3, "properties": 15},
    reference=_reference,
    solutions=(_as_linear_layers, _with_recursion),
    mutants=(
        _past_relu,
        _only_drops,
        _drops_the_rest,
        _only_behind,
        _front_as_behind,
        _front_without_shift,
        _one_of_a_row,
        _row_reversed,
        _merges_linear,
        _forgets_eps,
        _in_place,
        _in_double,
    ),
    hints=(
        "Walk through the layers and build a new list. For a norm, look at the last layer of the "
        "new list; for a linear layer, too.",
        "Behind: fold_batchnorm does it, and a linear layer replaces the last one. In front: with "
        "s = gamma / r and t = beta - mean * s the layer gets x * s + t, and (x * s + t) @ W + b "
        "is again linear in x. What are its weights, and its bias?",
        "In front: the weights are s[:, None] * W and the bias is t @ W + b. When a linear layer "
        "comes, take norms off the end of the new list as long as there is one there; then append "
        "the layer. A norm that finds no linear layer is appended as it is.",
    ),
    checks=(
        known(
            "linear, norm, ReLU, norm, linear with one unit each, by hand",
            _BY_HAND,
            {"kinds": ["linear", "relu", "linear"], "outputs": np.array([[51.0], [-9.0]])},
            driver=drivers.folded,
        ),
        _right("norms behind linear layers", partial(_network, plan="lnrlnrl"), cases=2),
        _right("norms in front of linear layers", partial(_network, plan="nlrnlrnl"), cases=2),
        _right("equal widths, where no shape warns", partial(_network, plan="nlrnl", width=3)),
        _right("a norm between two ReLUs stays", partial(_network, plan="lrnrnlrn"), cases=2),
        _right("norms in a row", partial(_network, plan="nnlrlnnrnnn"), cases=2),
        _right("linear layers in a row stay apart", partial(_network, plan="llnlrll"), cases=2),
        _right("no linear layer at all", partial(_network, plan="nrn"), cases=1),
        _right("networks at random", _at_random),
        holds(
            "a network that reads digits reads the same, with 3 layers for 5",
            _digits,
            _reads_the_same,
            driver=drivers.folded,
            cases=1,
        ),
    ),
    builds_on=("fold_batchnorm",),
)
