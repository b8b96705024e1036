"""The unit and the perceptron of chapter 1's live figure are those of the course."""

import numpy as np
import pytest

from nbcourse.exercises.neuron.decision_boundary_distance import EXERCISE as DISTANCE
from nbcourse.exercises.neuron.perceptron_fit import EXERCISE as PERCEPTRON
from tests.live.conftest import FIGURES, run
from tests.live.play import play

FIGURE = FIGURES / "neuron.mjs"
SETS = ("separable", "nearly", "xor")


def moved(rng):
    """Ten points anywhere in the frame, on the grid of the figure."""
    grid = rng.integers([-46, -38], [47, 39], size=(10, 2))
    return (grid / 32).tolist()


def states(n, rng):
    """Random points and weights, each set in turn."""
    found = []
    for k in range(n):
        data = SETS[k % len(SETS)]
        w1, w2, b = (rng.integers(-192, 193, size=3) / 32).tolist()
        found.append({"data": data, data: moved(rng), "w1": w1, "w2": w2, "b": b})
    return found


def weights(state):
    """The weights (2,) and the bias of a state."""
    return np.array([state["w1"], state["w2"]]), state["b"]


def reference(X, t, max_epochs):
    """The perceptron of exercise 1.2: weights, bias, mistakes, whether a pass had none."""
    return PERCEPTRON.reference(X, t, max_epochs=max_epochs)


def follows_the_reference(found, X, t):
    """Whether each state is where the perceptron is after that many examples."""
    for state in found:
        seen, n_mistakes, *_ = state["run"]
        order = np.arange(seen) % len(X)
        expected = reference(X[order], t[order], 1)[:3] if seen else (0, 0, 0)
        w, b = weights(state)
        if not (np.all(w == expected[0]) and (b, n_mistakes) == expected[1:]):
            return False
    return True


def test_distances_and_mistakes_are_those_of_the_course(compute):
    """Signed distances by exercise 1.1, mistakes by the chapter's rule, the nearest point."""
    changes = states(9, np.random.default_rng(0))
    for state, found in zip(changes, compute("neuron", changes), strict=True):
        X, t, (w, b) = np.array(found["points"]), np.array(found["targets"]), weights(state)
        assert np.array_equal(X, state[state["data"]])
        distances = DISTANCE.reference(w, b, X)
        np.testing.assert_allclose(found["distances"], distances, atol=1e-12)
        assert found["mistaken"] == (t * (X @ w + b) <= 0).tolist()
        assert found["nMistakes"] == sum(found["mistaken"])
        assert np.abs(distances)[found["nearest"]] == np.abs(distances).min()


@pytest.mark.parametrize("data", SETS)
def test_each_step_is_the_perceptrons(compute, data):
    """From zero, on the points of the figure and on moved ones: same weights, same end."""
    for points in (None, moved(np.random.default_rng(1))):
        change = {"data": data} | ({data: points} if points else {})
        (numbers,) = compute("neuron", [change])
        X, t = np.array(numbers["points"]), np.array(numbers["targets"], dtype=float)
        found = play(FIGURE, change, press=["zero"], run=True)[1:]
        assert follows_the_reference(found, X, t)
        w, b, n_mistakes, converged = reference(X, t, 30)
        last = found[-1]
        assert np.array_equal(weights(last)[0], w)
        assert (last["b"], last["run"][1]) == (b, n_mistakes)
        (end,) = compute("neuron", [last])
        assert (end["learned"], end["givenUp"]) == (converged, not converged)


def test_only_the_first_set_is_learned(compute):
    """A line separates the first set; one point, or XOR, keeps the perceptron busy."""
    ends = [play(FIGURE, {"data": data}, run=True)[-1] for data in SETS]
    numbers = compute("neuron", ends)
    assert [each["learned"] for each in numbers] == [True, False, False]
    assert numbers[0]["nMistakes"] == 0
    assert min(each["nMistakes"] for each in numbers[1:]) > 0


def test_buttons_do_what_run_does():
    """Looking at one example at a time gives the states of a run."""
    by_hand = play(FIGURE, press=["zero", *["look"] * 12])[1:]
    by_itself = play(FIGURE, press=["zero"], run=True)[2:]
    assert by_hand == by_itself[:13]


def test_a_point_that_is_moved_to_a_wrong_place_is_found(compute):
    """After it has learned, a moved point makes the next run change the weights again."""
    end = play(FIGURE, run=True)[-1]
    wrong = end | {"separable": [[-1.0, -1.0], *end["separable"][1:]]}
    before, after = compute("neuron", [end, wrong])
    assert (before["learned"], after["learned"]) == (True, False)
    assert play(FIGURE, wrong, run=True)[-1]["run"][1] > end["run"][1]


def test_a_point_moves_by_keys_as_far_each_way():
    """Shift and an arrow, two units, are one step of the grid; the frame ends all moves."""
    for change, expected in (
        ((2, 0), 1 / 32),
        ((-2, 0), -1 / 32),
        ((8, 0), 1 / 16),
        ((900, 0), None),
    ):
        before, after = play(FIGURE, move=[("separable-0", *change)])
        (x, y), (x_after, y_after) = before["separable"][0], after["separable"][0]
        assert y_after == y
        assert x_after == (1.4375 if expected is None else x + expected)


def test_no_line_without_weights(compute):
    """Both weights 0: every sum is the bias, no distances, and with bias 0 all are mistakes."""
    none = {"w1": 0, "w2": 0}
    at_zero, above = compute("neuron", [none | {"b": 0}, none | {"b": 1}])
    assert at_zero["distances"] is None
    assert (at_zero["nMistakes"], above["nMistakes"]) == (10, 5)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("target * sum(unit, point) <= 0", "target * sum(unit, point) < 0"),
        ("[w1 + t * x1, w2 + t * x2, b + t]", "[w1 + t * x1, w2 + t * x2, b]"),
        ("record(state).seen % n", "(record(state).seen + 1) % n"),
    ],
)
def test_a_wrong_perceptron_is_noticed(planted, compute, right, wrong):
    """Planted cases: the boundary counts as right, the bias stays, another order."""
    (numbers,) = compute("neuron", [{}])
    X, t = np.array(numbers["points"]), np.array(numbers["targets"], dtype=float)
    assert follows_the_reference(play(FIGURE, press=["zero"], run=True)[1:], X, t)
    found = play(planted("neuron", right, wrong), press=["zero"], run=True)[1:]
    assert not follows_the_reference(found, X, t)


def test_a_wrong_distance_is_noticed(planted):
    """The planted case: the sum is taken for the distance."""
    state = states(1, np.random.default_rng(2))[0]
    wrong = planted("neuron", "sums.map((z) => z / norm)", "sums.map((z) => z)")
    found = run(wrong, [state])["found"][0]["numbers"]
    w, b = weights(state)
    expected = DISTANCE.reference(w, b, np.array(found["points"]))
    assert np.abs(np.array(found["distances"]) - expected).max() > 0.1
