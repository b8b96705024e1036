"""Exercise: Rosenblatt's rule, which learns from its mistakes and from nothing else."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.data import xor
from nbcourse.exercises.neuron import drivers

Array = NDArray[Any]
Fit = tuple[Array, Any, int, bool]


def _learn(
    X: Array,
    y: Array,
    *,
    max_epochs: int,
    wrong: Callable[[Any, Any], Any] = lambda z, label: label * z <= 0,
    change: Callable[[Array, Any], tuple[Any, Any]] = lambda x, label: (label * x, label),
    always: bool = False,
) -> Fit:
    """The reference, with holes that most mutants fill with something wrong."""
    w, b, n_mistakes = np.zeros_like(X[0]), 0 * y[0], 0
    for _ in range(max_epochs):
        before = n_mistakes
        for x, label in zip(X, y, strict=True):
            mistake = bool(wrong(x @ w + b, label))
            if mistake or always:
                dw, db = change(x, label)
                w, b, n_mistakes = w + dw, b + db, n_mistakes + mistake
        if n_mistakes == before:
            return w, b, n_mistakes, True
    return w, b, n_mistakes, False


def _reference(X: Array, y: Array, *, max_epochs: int) -> Fit:
    return _learn(X, y, max_epochs=max_epochs)


def _row_by_row(X: Array, y: Array, *, max_epochs: int) -> Fit:
    w, b, n_mistakes, converged = np.zeros_like(X[0]), 0.0, 0, False
    for _ in range(max_epochs):
        converged = True
        for i in range(len(X)):
            if y[i] * (np.sum(w * X[i]) + b) <= 0:
                w += y[i] * X[i]
                b += y[i]
                n_mistakes += 1
                converged = False
        if converged:
            break
    return w, b, n_mistakes, converged


def _by_counting_mistakes(X: Array, y: Array, *, max_epochs: int) -> Fit:
    """The dual form: how often each example was mistaken determines the weights."""
    times, gram = np.zeros_like(y), X @ X.T + 1
    history = [0]
    while len(history) <= max_epochs and history[-1:] != history[-2:-1]:
        for i in range(len(X)):
            times[i] += y[i] * (gram[i] @ (times * y)) <= 0
        history.append(int(times.sum()))
    return (times * y) @ X, np.sum(times * y), history[-1], history[-1:] == history[-2:-1]


@mutant(
    "An example on the boundary, where the sum is 0, counts as a mistake. With < instead of <= "
    "nothing is ever learned from zero weights."
)
def _accepts_the_boundary(X: Array, y: Array, *, max_epochs: int) -> Fit:
    return _learn(X, y, max_epochs=max_epochs, wrong=lambda z, label: label * z < 0)


@mutant(
    "Where the sum is exactly 0, your unit says -1 and is content with a label of -1. On the "
    "boundary every label counts as a mistake: compare label times sum with 0."
)
def _decides_on_the_boundary(X: Array, y: Array, *, max_epochs: int) -> Fit:
    return _learn(X, y, max_epochs=max_epochs, wrong=lambda z, t: (1 if z > 0 else -1) != t)


@mutant(
    "The bias never changes. On a mistake the label is added to it: it is the weight of an input "
    "that is always 1."
)
def _leaves_the_bias(X: Array, y: Array, *, max_epochs: int) -> Fit:
    return _learn(X, y, max_epochs=max_epochs, change=lambda x, label: (label * x, 0))


@mutant(
    "The weights always move towards the example. For a label of -1 they must move away from it: "
    "the label is a factor of the change."
)
def _ignores_the_label(X: Array, y: Array, *, max_epochs: int) -> Fit:
    return _learn(X, y, max_epochs=max_epochs, change=lambda x, label: (x, 1))


@mutant(
    "Your unit predicts 0 or 1, but the labels are -1 and +1, so every label of -1 counts as a "
    "mistake, again and again."
)
def _predicts_zero_or_one(X: Array, y: Array, *, max_epochs: int) -> Fit:
    return _learn(X, y, max_epochs=max_epochs, wrong=lambda z, label: (z > 0) != label)


@mutant(
    "Your weights and bias are twice as large: label minus prediction is 2 or -2 here. The change "
    "is the label times the example."
)
def _moves_by_the_difference(X: Array, y: Array, *, max_epochs: int) -> Fit:
    return _learn(X, y, max_epochs=max_epochs, change=lambda x, label: (2 * label * x, 2 * label))


@mutant(
    "Every example moves the weights, also those that are right. The rule changes something on "
    "mistakes only."
)
def _always_moves(X: Array, y: Array, *, max_epochs: int) -> Fit:
    return _learn(X, y, max_epochs=max_epochs, always=True)


@mutant(
    "All examples of a pass are tried with the same weights. The rule changes the weights at once, "
    "before it looks at the next example."
)
def _waits_for_the_end_of_a_pass(X: Array, y: Array, *, max_epochs: int) -> Fit:
    w, b, n_mistakes = np.zeros_like(X[0]), y[0] * 0, 0
    for _ in range(max_epochs):
        wrong = y * (X @ w + b) <= 0
        if not wrong.any():
            return w, b, n_mistakes, True
        w, b, n_mistakes = w + y[wrong] @ X[wrong], b + y[wrong].sum(), n_mistakes + wrong.sum()
    return w, b, n_mistakes, False


@mutant("n_mistakes counts the last pass only. Set it to 0 once, before the passes.")
def _counts_the_last_pass(X: Array, y: Array, *, max_epochs: int) -> Fit:
    w, b, n_mistakes, converged = _row_by_row(X, y, max_epochs=max_epochs)
    earlier = _row_by_row(X, y, max_epochs=max_epochs - 1)[2] if max_epochs else 0
    return w, b, 0 if converged else n_mistakes - earlier, converged


@mutant(
    "converged is True as soon as the final weights are right. It asks for more: a whole pass "
    "within max_epochs that met no mistake."
)
def _tests_the_final_weights(X: Array, y: Array, *, max_epochs: int) -> Fit:
    w, b, n_mistakes, _ = _row_by_row(X, y, max_epochs=max_epochs)
    return w, b, n_mistakes, bool(np.all(y * (X @ w + b) > 0))


@mutant(
    "converged is False when the clean pass is the last one allowed. Decide by whether that pass "
    "met a mistake, not by how many passes there were."
)
def _misses_the_last_pass(X: Array, y: Array, *, max_epochs: int) -> Fit:
    early = _row_by_row(X, y, max_epochs=max_epochs - 1)[3] if max_epochs > 1 else False
    return *_row_by_row(X, y, max_epochs=max_epochs)[:3], early


@mutant(
    "The weights are float64 whatever comes in: np.zeros(n_in) is. Start from zeros of the dtype "
    "of X."
)
def _starts_in_float64(X: Array, y: Array, *, max_epochs: int) -> Fit:
    w, b, n_mistakes, converged = _row_by_row(X, y, max_epochs=max_epochs)
    return w.astype(np.float64), b, n_mistakes, converged


# Coordinates are multiples of 1/8: every sum below is exact, in float32 too, so that no two right
# answers can differ about an example that lies on the boundary.
def _separable(rng: np.random.Generator, n: int, n_in: int, margin: float) -> tuple[Array, ...]:
    """Points, labels -1 and +1, and the line behind them: a unit normal and an offset."""
    normal, offset = rng.normal(size=n_in), float(rng.uniform(-0.3, 0.3))
    normal /= np.linalg.norm(normal)
    X = np.round(8 * rng.uniform(-1, 1, size=(60 * n, n_in))) / 8
    X = X[np.abs(X @ normal + offset) >= margin][:n]
    return X, np.where(X @ normal + offset > 0, 1.0, -1.0), normal, np.array(offset)


def _draw(rng: np.random.Generator) -> Given:
    n, n_in = int(rng.integers(6, 15)), int(rng.integers(1, 5))
    X, y = _separable(rng, n, n_in, 0.05)[:2]
    return given(X, y, max_epochs=40)


def _few_passes(rng: np.random.Generator) -> Given:
    X = rng.integers(-8, 9, size=(12, 2)) / 8
    return given(X, rng.choice([-1.0, 1.0], size=12), max_epochs=int(rng.integers(1, 5)))


def _fifty_sets(rng: np.random.Generator) -> Given:
    sets = zip(*(_separable(rng, 8, 2, 0.2) for _ in range(50)), strict=True)
    X, y, normals, offsets = (np.stack(part) for part in sets)
    return given(X, y, max_epochs=45, normals=normals, offsets=offsets)


def _clouds(rng: np.random.Generator) -> Given:
    X, y = xor(20, rng=rng)
    return given(np.round(8 * X) / 8, 2.0 * y - 1, max_epochs=int(rng.integers(20, 40)))


def _separates(value: list[Fit], X: Array, y: Array, **_: Any) -> str | None:
    for k, (w, b, _n, converged) in enumerate(value):
        n_wrong = int(np.sum(y[k] * (X[k] @ w + b) <= 0))
        if n_wrong or not converged:
            return f"set {k}: {n_wrong} of {len(X[k])} examples wrong, converged is {converged}"
    return None


def _stays_within_the_bound(
    value: list[Fit], X: Array, y: Array, *, normals: Array, offsets: Array, max_epochs: int
) -> str | None:
    for k, (_w, _b, n_mistakes, _c) in enumerate(value):
        u = np.append(normals[k], offsets[k])
        X1 = np.column_stack([X[k], np.ones(len(X[k]))])
        gamma = np.min(y[k] * (X1 @ u)) / np.linalg.norm(u)
        bound = float(np.max(np.sum(X1**2, axis=1)) / gamma**2)
        if not 1 <= n_mistakes <= bound:
            return f"set {k}: {n_mistakes} mistakes; the theorem allows 1 to {bound:.0f}"
    return None


_EACH: dict[str, Any] = {"driver": drivers.fit_each, "cases": 1, "seconds": 2.0}

EXERCISE = Exercise(
    name="perceptron_fit",
    number=2,
    signature="perceptron_fit(X, y, *, max_epochs)",
    statement=(
        "Weights w (n_in,) and bias b by the perceptron rule from zero, rows of X (N, n_in) in "
        "order, labels y (N,) -1 or +1; also the number of mistakes, and whether a pass had none."
    ),
    stars=2,
    minutes=30,
    points={"contract": 2, "known answers": 3, "properties": 5},
    reference=_reference,
    solutions=(_row_by_row, _by_counting_mistakes),
    mutants=(
        _accepts_the_boundary,
        _decides_on_the_boundary,
        _leaves_the_bias,
        _ignores_the_label,
        _predicts_zero_or_one,
        _moves_by_the_difference,
        _always_moves,
        _waits_for_the_end_of_a_pass,
        _counts_the_last_pass,
        _tests_the_final_weights,
        _misses_the_last_pass,
        _starts_in_float64,
    ),
    hints=(
        "Two loops: one over passes, inside it one over the rows. What has to be known at the end "
        "of a pass to decide whether another one is needed?",
        "A row is a mistake when its label times its weighted sum is at most 0. Then w and b "
        "change at once, and the total of mistakes grows by one.",
        "Remember the total before a pass. If it is the same after the pass, converged is True and "
        "the loop ends. On a mistake add label times row to w, and the label to b; start w as "
        "zeros of the dtype of X.",
    ),
    checks=(
        known(
            "three examples, four passes, worked by hand",
            given(
                np.array([[2.0, 0.0], [1.0, 1.0], [-1.0, 1.0]]),
                np.array([1.0, -1.0, -1.0]),
                max_epochs=10,
            ),
            (np.array([1.0, -3.0]), -1.0, 5, True),
        ),
        known(
            "one example and one pass: no clean pass yet",
            given(np.array([[2.0]]), np.array([-1.0]), max_epochs=1),
            (np.array([-2.0]), -1.0, 1, False),
        ),
        known(
            "one example and two passes: the second is clean",
            given(np.array([[2.0]]), np.array([-1.0]), max_epochs=2),
            (np.array([-2.0]), -1.0, 1, True),
        ),
        agrees("random separable sets of 1 to 4 inputs", _draw, cases=4),
        agrees("random labels and few passes", _few_passes),
        holds("it separates each of 50 sets", _fifty_sets, _separates, **_EACH),
        holds(
            "it makes at most (R / margin)^2 mistakes on each of 50 sets",
            _fifty_sets,
            _stays_within_the_bound,
            **_EACH,
        ),
        agrees("four clouds of XOR: it gives up after max_epochs passes", _clouds, cases=2),
    ),
)
