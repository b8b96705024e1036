"""Probabilities, loss and slopes of chapter 3's live figure are those of nbcourse."""

import numpy as np
import pytest

import nbcourse.numpy_nn as nn
from tests.live.conftest import FIGURES, run
from tests.live.play import play

FIGURE = FIGURES / "logits.mjs"


def state_of(z, right, smoothing=0.0, **others):
    """A change of the figure's state."""
    return {f"z{k}": float(each) for k, each in enumerate(z)} | {
        "right": str(right),
        "smoothing": float(smoothing),
        **others,
    }


def states(n, rng):
    """Random logits, half of them far larger than the sliders allow; right classes; smoothing."""
    scales = [2.0, 300.0]
    return [
        state_of(
            rng.normal(0, scales[k % 2], 4),
            rng.integers(4),
            rng.choice([0.0, rng.uniform(0, 0.5)]),
            shift=float(rng.integers(-200, 201)),
        )
        for k in range(n)
    ]


def expected(state, dtype=np.float64):
    """Logits (1, 4), label and options of a state."""
    z = np.array([[state[f"z{k}"] for k in range(4)]]) + state.get("shift", 0)
    return z.astype(dtype), np.array([int(state["right"])]), state["smoothing"]


def farthest(found, state):
    """The largest difference in probabilities, loss (relative) and slopes."""
    z, label, smoothing = expected(state)
    loss = nn.cross_entropy(z, label, label_smoothing=smoothing)
    slope = nn.cross_entropy.backward(1.0, z, label, label_smoothing=smoothing)
    return max(
        np.abs(found["p"] - nn.softmax(z)[0]).max(),
        abs(found["loss"] - loss) / max(1, loss),
        np.abs(found["slope"] - slope[0]).max(),
    )


def softmax_naive(z):
    """The formula of the chapter as it stands."""
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


def test_values_are_those_of_the_package(compute):
    """Probabilities, loss and slopes at twenty random states, large logits among them."""
    changes = states(20, np.random.default_rng(0))
    for state, found in zip(changes, compute("logits", changes), strict=True):
        assert farthest(found, state) < 1e-12


def test_naive_softmax_is_that_of_numpy_in_float32(compute):
    """For shifts from -200 to 200, broken values included: same numbers, nan and infinities."""
    rng = np.random.default_rng(1)
    changes = [
        state_of(rng.normal(0, 2, 4), rng.integers(4), shift=float(shift))
        for shift in range(-200, 201, 8)
    ]
    kinds = set()
    for state, found in zip(changes, compute("logits", changes), strict=True):
        z, label, _ = expected(state, np.float32)
        with np.errstate(all="ignore"):
            p = softmax_naive(z)[0]
            loss = -np.log(p[label[0]])
        naive = np.array([float(each) for each in found["naive"]["p"]])
        # Below 1e-30 an exponential has lost digits, and the last ones depend on the library.
        rtol = 1e-6 if np.exp(z.astype(float)).min() > 1e-30 else 0.2
        np.testing.assert_allclose(naive, p, rtol=rtol)
        np.testing.assert_allclose(float(found["naive"]["loss"]), loss, rtol=rtol)
        kinds.add((bool(np.isfinite(p).all()), bool(np.isnan(loss))))
    assert len(kinds) > 1, "no shift broke the naive softmax"


def test_naive_softmax_breaks_where_the_chapter_says(compute):
    """The largest logit of the chapter's experiment: finite at 88.5, infinite from 88.75 on."""
    changes = [state_of([a, 0, 0, 0], 1) for a in (88.5, 88.75)]
    before, after = compute("logits", changes)
    assert np.isfinite(float(before["naive"]["loss"]))
    assert float(after["naive"]["loss"]) == np.inf
    assert abs(after["loss"] - 88.75) < 1e-6


def test_descent_is_that_of_the_package(compute):
    """Thirty steps on the logits, with and without smoothing, by the package's gradient."""
    for start in states(4, np.random.default_rng(2))[::2]:
        z, label, smoothing = expected(start)
        for _ in range(30):
            z = z - nn.cross_entropy.backward(1.0, z, label, label_smoothing=smoothing)
        (found,) = compute("logits", [start | {"steps": 30}])
        np.testing.assert_allclose(found["logits"], z[0], rtol=1e-9)


def test_smoothing_stops_the_logits(compute):
    """With a tenth of smoothing all logits end as far apart as the chapter derives."""
    alpha, n_classes = 0.1, 4
    gap = np.log((1 - alpha + alpha / n_classes) / (alpha / n_classes))
    (found,) = compute("logits", [{"smoothing": alpha, "steps": 200}])
    z = np.array(found["logits"])
    np.testing.assert_allclose(z[1] - np.delete(z, 1), gap, atol=0.02)


def test_run_counts_the_steps():
    """Run goes to the last step, and begins anew from there."""
    states_seen = play(FIGURE, {"steps": 195}, run=True)
    assert [each["steps"] for each in states_seen[1:]] == [195, 196, 197, 198, 199, 200]
    assert play(FIGURE, {"steps": 200}, run=True)[1]["steps"] == 0


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("Math.exp(each) - t[k])", "t[k] - Math.exp(each))"),
        ("largest + Math.log(", "Math.log("),
        ("smoothing / CLASSES.length)", "smoothing)"),
    ],
)
def test_a_wrong_loss_is_noticed(planted, right, wrong):
    """Planted cases: a slope with the wrong sign, a forgotten shift, too much smoothing."""
    state = state_of([0.5, -1, 2, 1], 2, 0.2)
    assert farthest(run(FIGURE, [state])["found"][0]["numbers"], state) < 1e-12
    assert (
        farthest(run(planted("logits", right, wrong), [state])["found"][0]["numbers"], state) > 0.1
    )
