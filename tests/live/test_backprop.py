"""The neuron of chapter 5 has the values and gradients of nbcourse."""

import numpy as np
import pytest

import nbcourse.numpy_nn as nn
from nbcourse.gradients import numerical_gradient
from nbcourse.numpy_nn.autodiff import Tensor
from nbcourse.numpy_nn.tape import sweep
from tests.live.conftest import FIGURES, run


def states(n, rng):
    """Random weights, inputs and targets."""
    return [
        {**dict(zip("wxb", map(float, rng.uniform(-3, 3, 3)), strict=True)), "t": str(k % 2)}
        for k in range(n)
    ]


def by_tape(state):
    """Values and gradients of all nodes, by the engine of the package."""
    w, x, b = (Tensor(state[name], requires_grad=True) for name in "wxb")
    t = float(state["t"])
    u = w * x
    z = u + b
    s = (1 + z.exp()).log()
    q = t * z
    L = s - q
    nodes = {"w": w, "x": x, "b": b, "u": u, "z": z, "s": s, "q": q, "L": L}
    found = {id(node): dv.item() for node, dv in sweep(L, Tensor(1.0))}
    values = {name: node.item() for name, node in nodes.items()}
    return values, {name: found[id(node)] for name, node in nodes.items()}


def farthest(found, state):
    """The largest difference between the figure and the package."""
    values, gradients = by_tape(state)
    return max(
        abs(found[kind][name] - number)
        for kind, numbers in (("values", values), ("gradients", gradients))
        for name, number in numbers.items()
    )


def test_values_and_gradients_are_those_of_the_package(compute):
    """All nodes, at random weights and both targets."""
    changes = states(10, np.random.default_rng(0))
    for state, found in zip(changes, compute("backprop", changes), strict=True):
        assert farthest(found, state) < 1e-9
        z = np.array([[found["values"]["z"]]])
        loss = nn.bce_with_logits(z, np.array([[float(state["t"])]]))
        np.testing.assert_allclose(found["values"]["L"], loss, atol=1e-12)
        np.testing.assert_allclose(found["p"], nn.sigmoid(z).item(), atol=1e-12)


def test_gradients_are_as_measured(compute):
    """dw, dx and db are the slopes of the figure's own loss."""
    (state,) = states(1, np.random.default_rng(1))
    names = ["w", "x", "b"]

    def loss(v):
        change = {**state, **dict(zip(names, map(float, v), strict=True))}
        return compute("backprop", [change])[0]["values"]["L"]

    (found,) = compute("backprop", [state])
    slopes = numerical_gradient(loss, np.array([state[name] for name in names]))
    np.testing.assert_allclose([found["gradients"][name] for name in names], slopes, atol=1e-7)


def test_first_state_has_the_numbers_of_the_chapter(compute):
    """With w = 1.5, x = 2, b = -1 and t = 1: dw = -0.2384, dx = -0.1788, db = -0.1192."""
    (found,) = compute("backprop", [{}])
    np.testing.assert_allclose(
        [found["gradients"][name] for name in "wxb"], [-0.2384, -0.1788, -0.1192], atol=5e-5
    )


def test_steps_show_nothing_too_early():
    """Values come with the first five steps, gradients with the last six, and all are there."""
    rows = [
        each["table"]["rows"]
        for each in run(FIGURES / "backprop.mjs", [{"step": k} for k in range(12)])["found"]
    ]
    waiting = [
        [sum(row[column] == "not yet" for row in table) for table in rows] for column in (2, 3)
    ]
    assert waiting[0] == [5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0]
    assert waiting[1] == [8, 8, 8, 8, 8, 8, 7, 5, 5, 4, 2, 0]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("(gradients[by] ?? 0) + handed", "handed"),
        ("L: { s: 1, q: -1 }", "L: { s: 1, q: 1 }"),
        ("u: { w: v.x, x: v.w }", "u: { w: v.w, x: v.x }"),
    ],
)
def test_a_wrong_rule_is_noticed(planted, right, wrong):
    """The planted cases: no adding up, a sign, operands exchanged."""
    (state,) = states(1, np.random.default_rng(2))
    figure = planted("backprop", right, wrong)
    assert farthest(run(figure, [state])["found"][0]["numbers"], state) > 0.01
