"""Exercise: what a forward pass costs, in multiply-adds, parameters and numbers in memory."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.layers.drivers import in_digits

Sizes = Sequence[int]
Cost = tuple[Any, Any, Any]  # multiply-adds, parameters, numbers in memory at once


def _reference(sizes: Sizes, n_examples: int) -> Cost:
    steps = list(pairwise(sizes))
    n_weights = sum(p * q for p, q in steps)
    alive = n_examples * max(p + q for p, q in steps)
    return n_examples * n_weights, n_weights + sum(sizes[1:]), alive


def _with_pairs(sizes: Sizes, n_examples: int) -> Cost:
    layers = [(sizes[k], sizes[k + 1]) for k in range(len(sizes) - 1)]
    multiply_adds = sum(n_examples * n_in * n_out for n_in, n_out in layers)
    params = sum(n_in * n_out + n_out for n_in, n_out in layers)
    in_memory = max(n_examples * (n_in + n_out) for n_in, n_out in layers)
    return multiply_adds, params, in_memory


def _with_indices(sizes: Sizes, n_examples: int) -> Cost:
    multiply_adds = params = in_memory = 0
    for k in range(1, len(sizes)):
        n_in, n_out = sizes[k - 1], sizes[k]
        multiply_adds += n_examples * n_in * n_out
        params += (n_in + 1) * n_out
        in_memory = max(in_memory, n_examples * (n_in + n_out))
    return multiply_adds, params, in_memory


def _with_objects(sizes: Sizes, n_examples: int) -> Cost:
    """NumPy on numbers of Python, which never overflow."""
    s = np.array(sizes, dtype=object)
    products = (s[:-1] * s[1:]).sum()
    largest = (s[:-1] + s[1:]).max()
    return n_examples * products, products + s[1:].sum(), n_examples * largest


@mutant(
    "Your multiply-adds are twice too many: here a product added to a sum counts as one. As "
    "floating-point operations they would be two."
)
def _two_operations(sizes: Sizes, n_examples: int) -> Cost:
    work, params, alive = _reference(sizes, n_examples)
    return 2 * work, params, alive


@mutant("The biases are missing among the parameters: each layer has n_out of them.")
def _forgets_biases(sizes: Sizes, n_examples: int) -> Cost:
    work, params, alive = _reference(sizes, n_examples)
    return work, params - sum(sizes[1:]), alive


@mutant(
    "The biases are counted among the multiply-adds. By the convention of the course these are the "
    "matrix products alone."
)
def _biases_in_products(sizes: Sizes, n_examples: int) -> Cost:
    work, params, alive = _reference(sizes, n_examples)
    return work + n_examples * sum(sizes[1:]), params, alive


@mutant("Your multiply-adds are those of one example: every example passes through every layer.")
def _work_of_one(sizes: Sizes, n_examples: int) -> Cost:
    _, params, alive = _reference(sizes, n_examples)
    return _reference(sizes, 1)[0], params, alive


@mutant(
    "Your parameters grow with the number of examples. All examples share the same weights, and "
    "that is the point of a layer."
)
def _params_of_all(sizes: Sizes, n_examples: int) -> Cost:
    work, params, alive = _reference(sizes, n_examples)
    return work, n_examples * params, alive


@mutant("The input has no biases: only what a layer puts out has, so leave out the first size.")
def _input_has_biases(sizes: Sizes, n_examples: int) -> Cost:
    work, params, alive = _reference(sizes, n_examples)
    return work, params + sizes[0], alive


@mutant("The last layer is left out: a list of k sizes has k - 1 layers.")
def _skips_last(sizes: Sizes, n_examples: int) -> Cost:
    steps = list(pairwise(sizes))[:-1]
    work = n_examples * sum(p * q for p, q in steps)
    alive = n_examples * max((p + q for p, q in steps), default=0)
    return work, sum((p + 1) * q for p, q in steps), alive


@mutant(
    "In memory you count the widest layer alone. While it is computed its input is needed too: "
    "take input and output of a layer together."
)
def _widest_alone(sizes: Sizes, n_examples: int) -> Cost:
    work, params, _ = _reference(sizes, n_examples)
    return work, params, n_examples * max(sizes)


@mutant(
    "In memory you count the results of all layers. Here those that no later layer reads are "
    "given up, so two of them at a time remain."
)
def _keeps_everything(sizes: Sizes, n_examples: int) -> Cost:
    work, params, _ = _reference(sizes, n_examples)
    return work, params, n_examples * sum(sizes)


@mutant("The numbers in memory are those of one example; the whole batch is there at once.")
def _memory_of_one(sizes: Sizes, n_examples: int) -> Cost:
    work, params, _ = _reference(sizes, n_examples)
    return work, params, _reference(sizes, 1)[2]


@mutant(
    "In memory you take the two largest sizes, wherever they stand. Only the input and the output "
    "of one layer are there together: neighbors."
)
def _two_largest(sizes: Sizes, n_examples: int) -> Cost:
    work, params, _ = _reference(sizes, n_examples)
    return work, params, n_examples * sum(sorted(sizes)[-2:])


@mutant(
    "Large counts come out wrong, perhaps below 0: a whole number of NumPy has 64 bits and runs "
    "over silently. Numbers of Python do not."
)
def _runs_over(sizes: Sizes, n_examples: int) -> Cost:
    s = np.array(sizes, dtype=np.int64)
    n = np.int64(n_examples)
    products = np.sum(s[:-1] * s[1:])
    return n * products, products + np.sum(s[1:]), n * np.max(s[:-1] + s[1:])


@mutant("Large counts lose their last digits: float holds 53 bits. Stay with whole numbers.")
def _in_floats(sizes: Sizes, n_examples: int) -> Cost:
    work, params, alive = _reference(sizes, n_examples)
    return float(work), float(params), float(alive)


class _Number:
    """A number that counts how many products were added to a sum; its value does not matter."""

    added = 0

    def __mul__(self, other: "_Number") -> "_Number":
        _Number.added += 1
        return self

    def __add__(self, other: "_Number") -> "_Number":
        return self


_NAMES = "multiply-adds", "parameters", "numbers in memory at once"


def _counted(value: Cost, sizes: Sizes, n_examples: int) -> str | None:
    """Send a batch of such numbers through a real network, and count."""
    model = nn.MLP(sizes, rng=np.random.default_rng(0))
    n_params = sum(parameter.data.size for parameter in model.parameters())
    h, largest, _Number.added = np.full((n_examples, sizes[0]), _Number()), 0, 0
    for step in pairwise(sizes):
        z = h @ np.full(step, _Number())
        largest = max(largest, h.size + z.size)
        h = z
    for name, mine, right in zip(_NAMES, value, (_Number.added, n_params, largest), strict=True):
        if mine != right:
            return f"{mine} {name}, but {right} were counted in a network that was run"
    return None


def _exact(value: list[str], sizes: Sizes, n_examples: int) -> str | None:
    for name, mine, right in zip(_NAMES, value, _reference(sizes, n_examples), strict=True):
        if mine != str(right):
            return f"{mine} {name}, wanted {right}"
    return None


def _draw(rng: np.random.Generator) -> Given:
    sizes = [int(k) for k in rng.integers(1, 100, size=rng.integers(3, 7))]
    return given(sizes, int(rng.integers(2, 100)))


def _bulge(rng: np.random.Generator) -> Given:
    """The two widest layers are not neighbors."""
    wide, narrow = rng.integers(20, 40, size=2), rng.integers(1, 6, size=3)
    sizes = [narrow[0], wide[0], narrow[1], wide[1], narrow[2]]
    return given([int(k) for k in sizes], int(rng.integers(2, 9)))


def _one_layer(rng: np.random.Generator) -> Given:
    return given([int(k) for k in rng.integers(2, 10, size=2)], int(rng.integers(2, 9)))


def _small(rng: np.random.Generator) -> Given:
    return given([int(k) for k in rng.integers(1, 6, size=4)], int(rng.integers(2, 5)))


def _huge(rng: np.random.Generator) -> Given:
    # With odd numbers the product is odd, so that no float is equal to it.
    sizes = [2 * int(k) + 1 for k in rng.integers(10_000, 20_000, size=4)]
    return given(sizes, 2 * int(rng.integers(10**11, 10**12)) + 1)


EXERCISE = Exercise(
    name="mlp_cost",
    number=3,
    signature="mlp_cost(sizes, n_examples)",
    statement=(
        "Three whole numbers on a forward pass of n_examples through an MLP of these sizes: the "
        "multiply-adds of its matrix products, its parameters, and the most numbers that input "
        "and output of one layer hold together."
    ),
    stars=1,
    minutes=20,
    points={"contract": 1, "known answers": 4, "properties": 4, "stability": 1},
    reference=_reference,
    solutions=(_with_pairs, _with_indices, _with_objects),
    mutants=(
        _two_operations,
        _forgets_biases,
        _biases_in_products,
        _work_of_one,
        _params_of_all,
        _input_has_biases,
        _skips_last,
        _widest_alone,
        _keeps_everything,
        _memory_of_one,
        _two_largest,
        _runs_over,
        _in_floats,
    ),
    hints=(
        "Write the shapes of h, W, b and z of one layer below each other, n_examples included. All "
        "three answers can be read off; then go from layer to layer.",
        "One entry of z takes n_in multiply-adds, and z has n_examples * n_out entries. The layers "
        "are the pairs of neighbors in sizes: zip(sizes[:-1], sizes[1:]).",
        "Per layer: n_examples * n_in * n_out multiply-adds; n_in * n_out + n_out parameters; "
        "n_examples * (n_in + n_out) numbers in memory. Add up the first two, and take the "
        "maximum of the third, all with whole numbers of Python.",
    ),
    checks=(
        known(
            "sizes 2, 3, 1 and four examples, counted by hand",
            given([2, 3, 1], 4),
            (36, 13, 20),
        ),
        known(
            "784-64-64-10 and one example",
            given([784, 64, 64, 10], 1),
            (54_912, 55_050, 848),
        ),
        agrees("right for random sizes", _draw, cases=5),
        agrees("two wide layers that are not neighbors", _bulge, cases=2),
        agrees("a single layer", _one_layer, cases=2),
        holds("as counted in a network of numbers that count", _small, _counted),
        holds(
            "counts beyond 64 bits are exact",
            _huge,
            _exact,
            group="stability",
            driver=in_digits,
            cases=2,
        ),
    ),
    keeps_dtype=False,  # whole numbers only
)
