"""The deep networks of chapter 10 are those of nbcourse."""

from functools import cache

import numpy as np
import pytest

import nbcourse.numpy_nn as nn
from tests.live.conftest import run
from tests.live.seeded import normals

WIDTH = N = 32
DEEPEST = 60
NORMS = {"batch": nn.BatchNorm, "layer": nn.LayerNorm}


@cache
def numbers(seed):
    """Inputs, the last gradient and He's weights, from the same generator."""
    drawn = normals(seed, DEEPEST * WIDTH**2 + 2 * N * WIDTH)
    x, dy = drawn[: 2 * N * WIDTH].reshape(2, N, WIDTH)
    weights = drawn[2 * N * WIDTH :].reshape(DEEPEST, WIDTH, WIDTH)
    return x, dy, np.sqrt(2 / WIDTH) * weights


def block(W, norm, skip):
    """One block of the package with these weights."""
    linear = nn.Linear(WIDTH, WIDTH, rng=np.random.default_rng(0))
    linear.W.data[:] = W
    layers = [NORMS[norm](WIDTH)] if norm in NORMS else []
    return (nn.Residual if skip else nn.Sequential)([*layers, nn.Activation(nn.relu), linear])


def cosine(x):
    """Mean cosine between two rows."""
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    return (np.sum(x @ x.T) - len(x)) / (len(x) * (len(x) - 1))


def expected(norm, skip, depth, gain, seed):
    """Relative lengths of the gradient, and cosines."""
    x, dy, weights = numbers(seed)
    blocks = [block(gain * W, norm, skip) for W in weights[:depth]]
    alike, lengths = [cosine(x)], [np.linalg.norm(dy)]
    for each in blocks:
        x = each(x)
        alike.append(cosine(x))
    for each in reversed(blocks):
        dy = each.backward(dy)
        lengths.append(np.linalg.norm(dy))
    return np.array(lengths[::-1]) / lengths[0], np.array(alike)


def states(seed, n=2):
    """Every kind of network, at random depths and gains."""
    rng = np.random.default_rng(seed)
    return [
        {
            "norm": norm,
            "skip": skip,
            "depth": int(rng.integers(2, DEEPEST + 1)),
            "gain": round(float(rng.uniform(0.5, 1.5)), 2),
            "seed": int(rng.integers(1, 10)),
        }
        for norm in ("none", "batch", "layer")
        for skip in (False, True)
        for _ in range(n)
    ]


def farthest(found, state):
    """The largest relative difference of lengths, or difference of cosines."""
    lengths, alike = expected(**state)
    return max(
        np.abs(np.array(found["lengths"]) / lengths - 1).max(),
        np.abs(np.array(found["alike"]) - alike).max(),
    )


def test_gradients_are_those_of_the_package(compute):
    """Lengths and cosines at every depth, with and without norms and ways around."""
    changes = states(0)
    for state, found in zip(changes, compute("depth", changes), strict=True):
        assert farthest(found, state) < 1e-6
        plain = {**state, "norm": "none", "skip": False}
        assert farthest(found["plain"], plain) < 1e-6


def test_first_state_shows_what_the_chapter_says(compute):
    """Batch norm alone lengthens the gradient and keeps examples apart; the others behave."""
    kinds = [
        {"norm": norm, "skip": skip, "seed": seed}
        for norm, skip in (("batch", False), ("none", False), ("layer", True))
        for seed in range(1, 6)
    ]
    found = compute("depth", kinds)
    ratio = np.array([each["lengths"][0] for each in found]).reshape(3, 5)
    alike = np.array([each["alike"][-1] for each in found]).reshape(3, 5)
    assert ratio[0].min() > 500
    assert 1 / 20 < ratio[1:].min() <= ratio[1:].max() < 20
    assert alike[0].max() < 0.5
    assert alike[1].min() > 0.8


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("(d[at] - mean - share * xHat[at])", "(d[at] - mean)"),
        ("each + dy[k]", "each"),
        ("dz[n * WIDTH + i] = gain * sum", "dz[n * WIDTH + i] = sum"),
    ],
)
def test_a_wrong_gradient_is_noticed(planted, right, wrong):
    """The planted cases: a forgotten projection, way around, and factor."""
    copy = planted("depth", right, wrong)
    changes = [{**each, "gain": 1.2} for each in states(1, n=1)]
    found = [each["numbers"] for each in run(copy, changes)["found"]]
    gaps = [farthest(each, state) for each, state in zip(found, changes, strict=True)]
    assert max(gaps) > 1e-3
