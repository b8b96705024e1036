"""The shape tracer of chapter 4 counts as nbcourse does."""

from itertools import pairwise

import numpy as np
import pytest

import nbcourse.numpy_nn as nn
from nbcourse.exercises.layers.mlp_cost import EXERCISE
from tests.live.conftest import run


def networks(n, rng):
    """Random sizes and batches that the controls allow."""
    sizes = [rng.integers(1, 200, size=rng.integers(2, 8)).tolist() for _ in range(n)]
    return [(s, int(rng.integers(0, 7))) for s in sizes]


def states(cases):
    """Their states."""
    return [{"sizes": "-".join(map(str, sizes)), "batch": k} for sizes, k in cases]


def measured(sizes, n):
    """Shapes, parameters and kept numbers of the package's own network, on n examples."""
    model = nn.MLP(sizes, rng=np.random.default_rng(0))
    out = model(np.zeros((n, sizes[0])))
    linear = model.layers[::2]
    outputs = [*(layer.x for layer in model.layers[1::2]), out]
    kept = {id(layer.x): layer.x.size for layer in model.layers}
    return {
        "shapes": [
            [layer.x.shape, layer.W.data.shape, layer.b.data.shape, z.shape]
            for layer, z in zip(linear, outputs, strict=True)
        ],
        "each": [layer.W.data.size + layer.b.data.size for layer in linear],
        "parameters": sum(p.data.size for p in model.parameters()),
        "training": 5 * sum(p.data.size for p in model.parameters())
        + sum(kept.values())
        + out.size,
        "ends": [layer.x.size + z.size for layer, z in zip(linear, outputs, strict=True)],
        "summary": model.summary(),
    }


def faults(found, sizes, n):
    """Where a figure's numbers are not those of the package."""
    want = measured(sizes, n)
    work, parameters, at_once = EXERCISE.reference(sizes, n)
    shapes = [[tuple(each[name]) for name in "xWbz"] for each in found["layers"]]
    pairs = {
        "shapes": (shapes, want["shapes"]),
        "parameters of each layer": (
            [each["parameters"] for each in found["layers"]],
            want["each"],
        ),
        "parameters": (found["parameters"], want["parameters"]),
        "parameters of the summary": (f"{found['parameters']:,}", want["summary"].split()[-1]),
        "parameters of the exercise": (found["parameters"], parameters),
        "multiply-adds": (found["multiplyAdds"], work),
        "multiply-adds of each layer": (
            [each["multiplyAdds"] for each in found["layers"]],
            [EXERCISE.reference(pair, n)[0] for pair in pairwise(sizes)],
        ),
        "FLOPs": (found["flops"], 2 * work),
        "numbers of the four arrays": (
            [each["numbers"] for each in found["layers"]],
            [p + e for p, e in zip(want["each"], want["ends"], strict=True)],
        ),
        # The batch is never let go; the first layer reads it itself.
        "numbers in use": (
            found["inUse"],
            want["parameters"]
            + max(want["ends"][0], n * sizes[0] + max(want["ends"][1:], default=0)),
        ),
        "numbers in training": (found["inTraining"], want["training"]),
    }
    assert at_once == max(want["ends"])
    return [name for name, (got, expected) in pairs.items() if got != expected]


def test_counts_are_those_of_the_package(compute):
    """Shapes, parameters, multiply-adds and numbers in memory, for random networks."""
    cases = [([784, 64, 64, 10], 5), *networks(8, np.random.default_rng(0))]
    for (sizes, k), found in zip(cases, compute("shapes", states(cases)), strict=True):
        assert found["n"] == 2**k
        assert faults(found, sizes, 2**k) == []


def test_first_state_is_the_network_of_the_chapter(compute):
    """784-64-64-10 has 55,050 parameters and 54,912 multiply-adds for each example."""
    (found,) = compute("shapes", [{}])
    assert (found["parameters"], found["multiplyAdds"]) == (55_050, 32 * 54_912)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("784-x-10", "“x” is not a whole number"),
        ("784-6.5-10", "“6.5” is not a whole number"),
        ("784", "at least two sizes"),
        ("", "at least two sizes"),
        ("1-2-3-4-5-6-7-8", "At most 7 sizes"),
        ("784-0-10", "from 1 to 4,096, 0 is not"),
        ("99999-10", "99999 is not"),
    ],
)
def test_bad_sizes_get_a_sentence(compute, text, sentence):
    """What is wrong with the text is said, and nothing is computed."""
    (found,) = compute("shapes", [{"sizes": text}])
    assert sentence in found["error"]
    assert list(found) == ["error"]


def test_other_signs_between_the_sizes(compute):
    """Commas, spaces and long dashes are as good as hyphens; a hyphen at the end waits for more."""
    texts = ["5,7,3", "5 7 3", "5–7–3", "5-7-3-"]
    found = compute("shapes", [{"sizes": text} for text in texts])
    assert [each["sizes"] for each in found] == [[5, 7, 3]] * 4


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("parameters: (nInputs + 1) * nOutputs", "parameters: nInputs * nOutputs", "parameters"),
        (
            "multiplyAdds: n * nInputs * nOutputs",
            "multiplyAdds: nInputs * nOutputs",
            "multiply-adds",
        ),
        ("2 * sum(sizes.slice(1, -1))", "sum(sizes.slice(1, -1))", "numbers in training"),
        ("Math.max(...ends,", "Math.min(...ends,", "numbers in use"),
    ],
)
def test_a_wrong_count_is_noticed(planted, right, wrong, fault):
    """The planted cases: biases, the batch, what training keeps, the largest pair forgotten."""
    sizes = [30, 20, 40, 10]
    figure = planted("shapes", right, wrong)
    found = run(figure, states([(sizes, 3)]))["found"][0]["numbers"]
    assert fault in faults(found, sizes, 8)
