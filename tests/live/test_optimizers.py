"""The six optimizers of chapter 8 walk as those of nbcourse do."""

import numpy as np
import pytest

import nbcourse.numpy_nn as nn
from nbcourse.numpy_nn.autodiff import grad
from tests.live.conftest import FIGURES, run
from tests.live.play import play

FIGURE = FIGURES / "optimizers.mjs"

MAKERS = {
    "sgd": nn.SGD,
    "momentum": lambda p, **options: nn.SGD(p, momentum=0.9, **options),
    "adagrad": nn.Adagrad,
    "rmsprop": nn.RMSprop,
    "adam": nn.Adam,
    "adamw": lambda p, **options: nn.AdamW(p, weight_decay=0.1, **options),
}


def loss_of(state):
    """The loss as a function of the weights, as the caption describes it."""
    angle = np.deg2rad(state["angle"])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

    def loss(w):
        u = w @ turn  # the valley's own coordinates
        if state["surface"] == "straight":
            return 0.5 * u[0] ** 2 + 50.0 * u[1] ** 2
        return 0.5 * (u[0] - 1.0) ** 2 + 50.0 * (u[1] - 0.5 * (u[0] ** 2 - 1.0)) ** 2

    return loss, turn


def walk(state, key, n_steps=100):
    """The points that the package's optimizer visits; the gradient comes from its autodiff."""
    loss, turn = loss_of(state)
    parameter = nn.Parameter(turn @ np.array(state["start"]))
    optimizer = MAKERS[key]([parameter], learning_rate=10 ** state[f"{key}Rate"])
    path = [parameter.data.copy()]
    for _ in range(n_steps):
        optimizer.zero_grad()
        parameter.add_grad(grad(loss, parameter.data))
        optimizer.step()
        path.append(parameter.data.copy())
    return np.array(path)


def states(n, rng):
    """Random places of the sliders; the rates of the first two keep them in the valley."""
    rates = {key: (-3, -2.2) if key in ("sgd", "momentum") else (-3, 0) for key in MAKERS}
    return [
        {
            "surface": str(rng.choice(["straight", "bent"])),
            "angle": int(5 * rng.integers(0, 19)),
            "start": list(map(float, rng.uniform(-1, 1, 2))),
        }
        | {f"{key}Rate": float(rng.uniform(*ends)) for key, ends in rates.items()}
        for _ in range(n)
    ]


def farthest(state, found, key, n_steps=50):
    """The largest difference between figure and package, relative to the size of the point."""
    path = walk(state, key, n_steps)
    size = np.maximum(1, np.linalg.norm(path, axis=1, keepdims=True))
    return float(np.abs((np.array(found["runs"][key]["path"])[: n_steps + 1] - path) / size).max())


def test_trajectories_are_those_of_the_package(compute):
    """Fifty steps of all six, in straight and bent valleys at any angle; and the losses."""
    changes = states(8, np.random.default_rng(0))
    assert {state["surface"] for state in changes} == {"straight", "bent"}
    for state, found in zip(changes, compute("optimizers", changes), strict=True):
        loss, _ = loss_of(state)
        for key in MAKERS:
            assert farthest(state, found, key) < 1e-6, key
            run_ = found["runs"][key]
            expected = [loss(w) for w in np.array(run_["path"])]
            np.testing.assert_allclose(run_["losses"], expected, rtol=1e-6, atol=1e-12)


def test_first_rates_are_the_best_of_eleven(compute):
    """What a reader sees first, and what the button finds: no other rate of the grid is better."""
    grid = np.arange(-3, -0.49, 0.25)
    tried = compute("optimizers", [{f"{key}Rate": float(r) for key in MAKERS} for r in grid])
    (first,) = compute("optimizers", [{}])
    for key in MAKERS:
        ends = [float(each["runs"][key]["losses"][-1]) for each in tried]
        assert first["runs"][key]["losses"][-1] == np.nanmin(ends), key
    everything = {f"{key}Rate": 0 for key in MAKERS}
    found = play(FIGURE, everything, press=["tune"])[-1]
    assert found == play(FIGURE, press=["tune"])[-1]
    (again,) = compute("optimizers", [found])
    assert again["runs"] == first["runs"]


def test_a_turn_matters_only_to_those_that_scale_axes(compute):
    """Turned by 15 degrees, SGD and momentum have the same losses; two others lose their lead."""
    along, turned = (each["runs"] for each in compute("optimizers", [{}, {"angle": 15}]))
    for key in ("sgd", "momentum"):
        one, other = along[key]["losses"], turned[key]["losses"]
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-12)
    for key in ("adagrad", "rmsprop"):
        assert along[key]["losses"][-1] < along["momentum"]["losses"][-1]
        assert turned[key]["losses"][-1] > turned["momentum"]["losses"][-1]


def test_divergence_is_named():
    """A rate above 2/100 is too much for SGD in this valley, and the sentence says so."""
    changes = [{}, {"sgdRate": -1.5}, {"sgdRate": 0, "surface": "bent"}]
    said = run(FIGURE, changes)["found"]
    assert ["diverged" in each["summary"] for each in said] == [False, True, True]
    assert not any("NaN" in each["svg"] for each in said)


@pytest.mark.parametrize(
    ("key", "right", "wrong"),
    [
        ("adam", "(m / (1 - beta1 ** t))", "m"),
        ("adagrad", "s += g * g", "s = g * g"),
        ("adamw", "(1 - rate * weightDecay) * w", "w"),
    ],
)
def test_a_wrong_rule_is_noticed(planted, key, right, wrong):
    """The planted cases: no bias correction, an Adagrad that forgets, decay left out."""
    state = {"surface": "straight", "angle": 30, "start": [-1.0, 0.3], f"{key}Rate": -1.0}
    assert farthest(state, run(FIGURE, [state])["found"][0]["numbers"], key) < 1e-6
    figure = planted("optimizers", right, wrong)
    assert farthest(state, run(figure, [state])["found"][0]["numbers"], key) > 1e-3
