"""The signals of chapter 9 are those of nbcourse: the map of wide layers, and real networks."""

import math

import numpy as np
import pytest

import nbcourse.numpy_nn as nn
from nbcourse import propagation
from nbcourse.initializers import he_normal, normal, xavier_normal
from tests.live.conftest import FIGURES, run
from tests.live.play import play
from tests.live.seeded import normals, signs

FIGURE = FIGURES / "signals.mjs"


def states(n, rng):
    """Random places of the controls."""
    return [
        {
            "gain": float(rng.uniform(0.3, 2.5)),
            "depth": int(rng.integers(2, 51)),
            "activation": ("relu", "tanh")[k % 2],
            "width": int(rng.choice([16, 32, 64])),
        }
        for k in range(n)
    ]


def theory(state):
    """Variances and chi of each layer, by the package."""
    phi, gain = getattr(nn, state["activation"]), state["gain"]
    variances = [gain**2]
    for _ in range(state["depth"] - 1):
        variances.append(propagation.variance_map(phi, variances[-1], sigma_w=gain))
    return variances, [propagation.chi(phi, q, sigma_w=gain) for q in variances]


def measured(state, seed):
    """Sizes of sums and gradients in a network of the package with the figure's weights."""
    n, depth = state["width"], state["depth"]
    model = nn.MLP((n,) * (depth + 1), rng=np.random.default_rng(0), activation=state["activation"])
    weights = normals(seed, 50 * n * n).reshape(50, n, n)
    for layer, unit in zip(model.layers[::2], weights, strict=False):
        layer.W.data[...] = state["gain"] / math.sqrt(n) * unit
    x, dz = signs(1000 + seed, n)[None], signs(2000 + seed, n)[None]
    there, back = propagation.mean_squares(model.layers, x, dz)
    return np.sqrt(there[::2]), np.sqrt(back[::2])


def farthest(state, found):
    """The largest relative difference of theory and networks between figure and package."""
    variances, chis = theory(state)
    pairs = [(found["variances"], variances), (found["chis"], chis)]
    for seed, network in enumerate(found["networks"], start=1):
        there, back = measured(state, seed)
        pairs += [(network["forward"], there), (network["backward"], back)]
    return max(float(np.abs(np.array(a) / b - 1).max()) for a, b in pairs)


def test_theory_and_networks_are_those_of_the_package(compute):
    """The variance map, chi, and three real networks, forward and backward."""
    changes = states(6, np.random.default_rng(0))
    for state, found in zip(changes, compute("signals", changes), strict=True):
        assert len(found["networks"]) == 3
        assert farthest(state, found) < 1e-6
        gradient = np.sqrt(np.cumprod([1, *found["chis"][-2::-1]]))[::-1]
        np.testing.assert_allclose(found["predicted"]["backward"], gradient, rtol=1e-9)
        np.testing.assert_allclose(
            np.square(found["predicted"]["forward"]), found["variances"], rtol=1e-9
        )


def test_random_numbers_are_normal():
    """Mean, variance and kurtosis of the weights, and the balance of the signs."""
    z = normals(1, 100_000)
    assert abs(z.mean()) < 0.02
    assert abs(z.var() - 1) < 0.02
    assert abs(np.mean(z**4) - 3) < 0.1
    assert abs(np.corrcoef(z, normals(2, 100_000))[0, 1]) < 0.02
    assert abs(signs(1, 10_000).mean()) < 0.05


@pytest.mark.parametrize("name", ["relu", "tanh"])
def test_sides_of_the_critical_gain_are_named(name):
    """The sentence says below and above where the package has the critical gain."""
    critical = propagation.critical_gain(getattr(nn, name))
    changes = [{"activation": name, "gain": critical * f} for f in (0.99, 1, 1.01)]
    said = [each["summary"] for each in run(FIGURE, changes)["found"]]
    for sentence, side in zip(said, ("below", "at", "above"), strict=True):
        assert f", {side} the critical" in sentence


@pytest.mark.parametrize(
    ("button", "initializer"), [("small", normal), ("xavier", xavier_normal), ("he", he_normal)]
)
def test_buttons_set_the_gains_of_the_initializers(button, initializer):
    """The gain is the standard deviation that the package draws with, times the root of n."""
    weights = initializer((64, 64), rng=np.random.default_rng(0))
    gain = play(FIGURE, press=[button])[-1]["gain"]
    assert abs(gain / (weights.std() * math.sqrt(64)) - 1) < 0.03


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("1 - h * h", "1 - h"),
        ("scale = gain / Math.sqrt(width)", "scale = gain / width"),
        ("total * slope(z[i], phi(z[i]))", "total"),
    ],
)
def test_a_wrong_network_is_noticed(planted, right, wrong):
    """The planted cases: a wrong slope, the root forgotten, no slope on the way back."""
    state = {"gain": 1.3, "depth": 6, "activation": "tanh", "width": 16}
    figure = planted("signals", right, wrong)
    assert farthest(state, run(figure, [state])["found"][0]["numbers"]) > 0.01
