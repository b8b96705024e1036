"""The fits of chapter 11's figure are least squares on random ReLU features."""

import numpy as np

import nbcourse.numpy_nn as nn
from tests.live.conftest import run
from tests.live.seeded import normals, uniforms

POINTS, WAVES, MOST = 20, 10, 400
NEW = np.linspace(-1, 1, 121)
NAMES = ("training", "test", "norms")


def rule(x):
    """The rule behind the data."""
    return np.sin(np.pi * x)


def features(x, layer):
    """Random ReLU features by the layers of the package."""
    angle = np.pi / 2 * np.arange(1, WAVES + 1) * x[:, None]
    waves = np.stack([np.cos(angle), np.sin(angle)], axis=2).reshape(len(x), -1)
    return nn.relu(layer(waves))


def problem(draw):
    """Points, noise, and a layer with the weights of this draw."""
    jitter = uniforms(1000 + draw, POINTS)
    x = -1 + 2 * (np.arange(POINTS) + 0.1 + 0.8 * jitter) / POINTS
    drawn = normals(draw, POINTS + MOST + 2 * WAVES * MOST)
    noise, b, A = np.split(drawn, [POINTS, POINTS + MOST])
    layer = nn.Linear(2 * WAVES, MOST, rng=np.random.default_rng(0))
    layer.b.data[:] = 0.3 * b
    layer.W.data[:] = A.reshape(2 * WAVES, MOST) / np.sqrt(WAVES)
    return x, noise, layer


def expected(state, widths, shown):
    """Predictions of the width that is shown, and both errors and the norm of each width."""
    x, e, layer = problem(state["draw"])
    t = rule(x) + state["noise"] * e
    mine, others = features(x, layer), features(NEW, layer)
    table, predictions = [], []
    for width in widths:
        # ridge is least squares with more rows, which needs no products of features
        rows = np.vstack([mine[:, :width], 10 ** (state["ridge"] / 2) * np.eye(width)])
        w = np.linalg.lstsq(rows, np.concatenate([t, np.zeros(width)]), rcond=None)[0]
        predictions.append(others[:, :width] @ w)
        test = state["noise"] ** 2 + np.mean((predictions[-1] - rule(NEW)) ** 2)
        table.append([np.mean((mine[:, :width] @ w - t) ** 2), test, np.linalg.norm(w)])
    return predictions[widths.index(shown)], *np.array(table).T


def farthest(found, state):
    """The largest difference, relative where numbers are above 1, over every fourth width."""
    widths = found["widths"]
    places = sorted({state["width"], *range(0, len(widths), 4)})
    right = expected(state, [widths[k] for k in places], widths[state["width"]])
    got = [found["predictions"], *(np.array(found[name])[places] for name in NAMES)]
    return max(
        np.max(np.abs(np.array(ours) - theirs) / np.maximum(1, np.abs(theirs)))
        for ours, theirs in zip(got, right, strict=True)
    )


def states(seed, n=6):
    """Random states."""
    rng = np.random.default_rng(seed)
    return [
        {
            "width": int(rng.integers(58)),
            "noise": round(float(rng.uniform(0, 0.6)), 2),
            "ridge": float(rng.integers(-12, 3) / 2),
            "draw": int(rng.integers(1, 6)),
        }
        for _ in range(n)
    ]


def test_fits_are_least_squares(compute):
    """Fit, errors and norms of all widths, at random noise, ridge and draw."""
    changes = states(0)
    for state, found in zip(changes, compute("width", changes), strict=True):
        assert farthest(found, state) < 1e-6
        assert found["others"][state["draw"] - 1] == found["test"]


def test_errors_peak_at_the_threshold_and_fall_again(compute):
    """What the chapter says: a peak near as many features as points, which a ridge removes."""
    bare, ridged = compute("width", [{}, {"ridge": -0.5}])
    widths = np.array(bare["widths"])
    test, calm = (np.array(each["others"]) for each in (bare, ridged))  # (draw, width)
    near = (widths > POINTS - 4) & (widths < POINTS + 4)
    valley = test[:, widths < POINTS].min(axis=1)
    assert np.median(test[:, near].max(axis=1) / valley) > 2
    assert np.all(test[:, -1] < 1.3 * valley)
    assert np.all(calm[:, near].max(axis=1) < 0.6)
    assert bare["training"][-1] < 1e-6


def test_a_wrong_fit_is_noticed(planted):
    """The planted case: a ridge that is added twice."""
    changes = [{**each, "ridge": 0.0} for each in states(1, n=2)]
    wrong = planted("width", "L[j * n + j] += lambda;", "L[j * n + j] += 2 * lambda;")
    for each, state in zip(run(wrong, changes)["found"], changes, strict=True):
        assert farthest(each["numbers"], state) > 1e-4
