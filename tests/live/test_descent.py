"""The walks of chapter 7 are those of nbcourse's SGD, with and without momentum and batches."""

import numpy as np
import pytest

import nbcourse.numpy_nn as nn
from tests.live.conftest import FIGURES, run
from tests.live.play import play

FIGURE = FIGURES / "descent.mjs"


def states(n, rng):
    """Random places of the sliders; some rates are beyond the limit."""
    return [
        {
            "rate": float(rng.uniform(-3, -0.5)),
            "momentum": float(rng.choice([0, rng.uniform(0, 0.99)])),
            "kappa": int(rng.integers(1, 101)),
            "batch": int(rng.choice([64, 16, 4, 1])),
            "draw": int(rng.integers(1, 10)),
            "start": list(map(float, rng.uniform(-2, 2, 2))),
        }
        for _ in range(n)
    ]


def curvatures(state):
    """The two curvatures of the bowl."""
    return np.array([1.0, state["kappa"]])


def walk(state, found):
    """The points that the package's SGD visits with the same batches."""
    parameter = nn.Parameter(np.array(state["start"]))
    rate, momentum = 10 ** state["rate"], state["momentum"]
    optimizer = nn.SGD([parameter], learning_rate=rate, momentum=momentum)
    path = [parameter.data.copy()]
    for batch in found["batches"]:
        centers = np.array(found["examples"])[batch if batch else slice(None)]
        optimizer.zero_grad()
        parameter.add_grad((curvatures(state) * (parameter.data - centers)).mean(axis=0))
        optimizer.step()
        path.append(parameter.data.copy())
    return np.array(path)


def farthest(state, found):
    """The largest difference between figure and package, relative to the size of the point."""
    path = walk(state, found)
    size = np.maximum(1, np.linalg.norm(path, axis=1, keepdims=True))
    return float(np.abs((np.array(found["path"], float) - path) / size).max())


def test_path_is_that_of_the_package(compute):
    """All 61 points, plain and with momentum, on the full batch and on small ones."""
    changes = states(12, np.random.default_rng(0))
    assert {bool(state["momentum"]) for state in changes} == {True, False}
    for state, found in zip(changes, compute("descent", changes), strict=True):
        assert farthest(state, found) < 1e-6
        path = np.array(found["path"], float)  # JSON writes large numbers as integers
        losses = 0.5 * np.sum(curvatures(state) * path**2, axis=1)
        np.testing.assert_allclose(np.array(found["losses"], float), losses, rtol=1e-6)


def test_batches_are_drawn_without_repetition(compute):
    """Each batch holds that many examples, none twice; the examples have mean 0."""
    (found,) = compute("descent", [{"batch": 16}])
    assert all(len(set(batch)) == 16 <= 64 for batch in found["batches"])
    assert set(np.concatenate(found["batches"])) == set(range(64))
    np.testing.assert_allclose(np.mean(found["examples"], axis=0), 0, atol=1e-15)


def step_matrix(rate, momentum, a):
    """One step of momentum along a direction of curvature a, as the chapter derives it."""
    return np.array([[1 - rate * a, -rate * momentum], [a, momentum]])


def settled(state, found):
    """The loss at which noise and descent are equal, by iterating the covariance of (c, v)."""
    n, size, total = 64, state["batch"], 0.0
    rate, momentum = 10 ** state["rate"], state["momentum"]
    variances = np.mean(np.square(found["examples"]), axis=0)
    for a, variance in zip(curvatures(state), variances, strict=True):
        M = step_matrix(rate, momentum, a)
        kick = np.array([-rate, 1.0]) * a * np.sqrt(variance / size * (n - size) / (n - 1))
        spread = np.linalg.solve(np.eye(4) - np.kron(M, M), np.outer(kick, kick).ravel())
        total += 0.5 * a * spread[0]
    return total


def test_limit_rate_and_noise_floor_follow_from_the_matrix_of_a_step(compute):
    """The share that a step keeps is the spectral radius, 1 at the limit; noise settles as said."""
    changes = states(40, np.random.default_rng(1))
    for state, found in zip(changes, compute("descent", changes), strict=True):
        rate, momentum = 10 ** state["rate"], state["momentum"]
        radii = [
            np.abs(np.linalg.eigvals(step_matrix(rate, momentum, a))).max()
            for a in curvatures(state)
        ]
        np.testing.assert_allclose(found["kept"], max(radii), rtol=1e-6)
        assert (rate < found["limit"]) == (max(radii) < 1)
        if state["batch"] == 64 or rate >= found["limit"]:
            assert found["floor"] is None
        else:
            np.testing.assert_allclose(found["floor"], settled(state, found), rtol=1e-6)


@pytest.mark.parametrize("factor", [0.99, 1.01])
def test_the_limit_is_named_in_the_sentence(factor):
    """Just below the limit the sentence says so; just above it speaks of divergence."""
    change = {"rate": float(np.log10(factor * 2 / 25))}
    (shown,) = run(FIGURE, [change])["found"]
    assert "2/κ = 0.08" in shown["summary"]
    assert ("diverges" in shown["summary"]) == (factor > 1)


@pytest.mark.parametrize("kappa", [1, 4, 25, 50, 100])
def test_buttons_set_the_best_constants(compute, kappa):
    """The rates per step are those of the chapter, as near as the steps of the sliders allow."""
    root = np.sqrt(kappa)
    best = {"plain": (kappa - 1) / (kappa + 1), "heavy": (root - 1) / (root + 1)}
    start = {"kappa": kappa, "momentum": 0.3}
    changes = [play(FIGURE, start, press=[button])[-1] for button in best]
    for found, rate in zip(compute("descent", changes), best.values(), strict=True):
        assert rate - 1e-9 <= found["kept"] < rate + 0.02


def test_another_momentum_is_noticed(planted):
    """The planted case: the velocity as an average, the third form of the chapter's table."""
    wrong = planted(
        "descent",
        "state.momentum * value + g[d]",
        "state.momentum * value + (1 - state.momentum) * g[d]",
    )
    state = {"rate": -1.5, "momentum": 0.5, "kappa": 10, "start": [1.0, 1.0]}
    assert farthest(state, run(wrong, [state])["found"][0]["numbers"]) > 0.01
