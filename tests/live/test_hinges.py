"""The three hinges of chapter 2 are those of nbcourse."""

import numpy as np

import nbcourse.numpy_nn as nn
from tests.live.conftest import run


def states(n, rng):
    """Random weights within the sliders."""
    keys = [f"{letter}{j}" for j in range(3) for letter in "wbv"]
    return [dict(zip(keys, map(float, rng.uniform(-2, 2, 9)), strict=True)) for _ in range(n)]


def expected(state):
    """The parts and their sum, by the layers of the package."""
    x = np.linspace(-3, 3, 121)[:, None]
    w, b, v = (np.array([state[f"{letter}{j}"] for j in range(3)]) for letter in "wbv")
    parts = nn.relu(x * w + b) * v
    return parts.T, parts.sum(axis=1)


def farthest(found, state):
    """The largest difference between the figure and the package."""
    parts, total = expected(state)
    return max(np.abs(found["parts"] - parts).max(), np.abs(found["sum"] - total).max())


def test_values_are_those_of_the_package(compute):
    """Parts, sum, error, corners and dead units, at random weights."""
    changes = states(5, np.random.default_rng(0))
    for state, found in zip(changes, compute("hinges", changes), strict=True):
        assert farthest(found, state) < 1e-12
        _, total = expected(state)
        x = np.linspace(-3, 3, 121)
        np.testing.assert_allclose(found["error"], np.mean((total - np.sin(x)) ** 2), rtol=1e-9)
        np.testing.assert_allclose(
            found["corners"], [-state[f"b{j}"] / state[f"w{j}"] for j in range(3)], rtol=1e-9
        )
        parts, _ = expected(state)
        assert found["dead"] == [not part.any() for part in parts]


def test_number_of_pieces_is_counted(compute):
    """Three corners inside make four pieces, a unit of weight zero adds none."""
    some = {"w0": 1, "b0": 1, "v0": 1, "w1": 1, "b1": -1, "v1": 1, "w2": 0, "b2": 1, "v2": 1}
    numbers = compute("hinges", [{}, some, {**some, "b0": 9}])
    assert [each["pieces"] for each in numbers] == [4, 3, 2]


def test_a_wrong_hinge_is_noticed(planted):
    """The planted case: a unit that is bent below zero instead."""
    state = states(1, np.random.default_rng(1))[0]
    wrong = planted("hinges", "Math.max(0, z)", "Math.min(0, z)")
    assert farthest(run(wrong, [state])["found"][0]["numbers"], state) > 0.1
