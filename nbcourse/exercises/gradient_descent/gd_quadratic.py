"""Exercise: gradient descent on a bowl, with every point of the walk."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant

Array = NDArray[Any]


def _reference(A: Array, b: Array, w0: Array, *, learning_rate: float, n_steps: int) -> Array:
    parameter = nn.Parameter(w0.astype(np.result_type(A, b)))
    path = [parameter.data.copy()]
    optimizer = nn.SGD([parameter], learning_rate=learning_rate)
    for _ in range(n_steps):
        optimizer.zero_grad()
        parameter.add_grad(A @ parameter.data - b)
        optimizer.step()
        path.append(parameter.data.copy())
    return np.array(path)


def _with_list(A: Array, b: Array, w0: Array, *, learning_rate: float, n_steps: int) -> Array:
    path = [w0]
    for _ in range(n_steps):
        path.append(path[-1] - learning_rate * (A @ path[-1] - b))
    return np.array(path, dtype=A.dtype)


def _with_table(A: Array, b: Array, w0: Array, *, learning_rate: float, n_steps: int) -> Array:
    path = np.empty((n_steps + 1, len(b)), dtype=b.dtype)
    path[0] = w0
    for k in range(n_steps):
        path[k + 1] = path[k] - learning_rate * (np.einsum("ij,j->i", A, path[k]) - b)
    return path


def _with_eigenvectors(
    A: Array, b: Array, w0: Array, *, learning_rate: float, n_steps: int
) -> Array:
    curvatures, Q = np.linalg.eigh(A)
    w_best = Q @ ((Q.T @ b) / curvatures)
    kept = (1 - learning_rate * curvatures) ** np.arange(n_steps + 1)[:, None]
    return (w_best + (kept * (Q.T @ (w0 - w_best))) @ Q.T).astype(A.dtype)


@mutant("The gradient lacks - b: the slope of w.T @ A @ w / 2 - b @ w is A @ w - b.")
def _forgets_b(A: Array, b: Array, w0: Array, *, learning_rate: float, n_steps: int) -> Array:
    return _with_list(A, 0 * b, w0, learning_rate=learning_rate, n_steps=n_steps)


@mutant("You walk uphill: the gradient points up, so a step subtracts it.")
def _climbs(A: Array, b: Array, w0: Array, *, learning_rate: float, n_steps: int) -> Array:
    return _with_list(A, b, w0, learning_rate=-learning_rate, n_steps=n_steps)


@mutant("The term A @ w is doubled: the 1/2 in front of w.T @ A @ w cancels the 2 of its slope.")
def _forgets_half(A: Array, b: Array, w0: Array, *, learning_rate: float, n_steps: int) -> Array:
    return _with_list(2 * A, b, w0, learning_rate=learning_rate, n_steps=n_steps)


@mutant("The start is missing: w0 is the first row of the path, before any step.")
def _leaves_start_out(
    A: Array, b: Array, w0: Array, *, learning_rate: float, n_steps: int
) -> Array:
    return _with_list(A, b, w0, learning_rate=learning_rate, n_steps=n_steps)[1:]


@mutant("One step is missing: n_steps steps visit n_steps + 1 points, the start and the end too.")
def _stops_early(A: Array, b: Array, w0: Array, *, learning_rate: float, n_steps: int) -> Array:
    return _with_list(A, b, w0, learning_rate=learning_rate, n_steps=n_steps)[: max(n_steps, 1)]


@mutant("Only the last point comes back: return all of them, one a row.")
def _returns_end(A: Array, b: Array, w0: Array, *, learning_rate: float, n_steps: int) -> Array:
    return _with_list(A, b, w0, learning_rate=learning_rate, n_steps=n_steps)[-1]


@mutant("All rows are one and the same array, changed in place: make a new array at each step.")
def _keeps_one_array(A: Array, b: Array, w0: Array, *, learning_rate: float, n_steps: int) -> Array:
    w = w0.astype(A.dtype)
    path = [w]
    for _ in range(n_steps):
        w -= learning_rate * (A @ w - b)
        path.append(w)
    return np.array(path)


@mutant("w0 itself is changed: -= on an array that the caller gave you changes it for the caller.")
def _changes_start(A: Array, b: Array, w0: Array, *, learning_rate: float, n_steps: int) -> Array:
    path = [w0.copy()]
    for _ in range(n_steps):
        w0 -= learning_rate * (A @ w0 - b)
        path.append(w0.copy())
    return np.array(path)


@mutant("The path has the dtype of w0: a start in whole numbers cuts all decimals off.")
def _keeps_whole_numbers(
    A: Array, b: Array, w0: Array, *, learning_rate: float, n_steps: int
) -> Array:
    path = np.zeros((n_steps + 1, len(w0)), dtype=w0.dtype)
    path[0] = w0
    for k in range(n_steps):
        path[k + 1] = path[k] - learning_rate * (A @ path[k] - b)
    return path


@mutant("One coordinate moves after the other: take all slopes at the old point, then step once.")
def _one_after_the_other(
    A: Array, b: Array, w0: Array, *, learning_rate: float, n_steps: int
) -> Array:
    w = w0.astype(A.dtype)
    path = [w.copy()]
    for _ in range(n_steps):
        for k in range(len(w)):
            w[k] -= learning_rate * (A[k] @ w - b[k])
        path.append(w.copy())
    return np.array(path)


def _bowl(rng: np.random.Generator, n: int, factor: float, n_steps: int) -> Given:
    """A bowl turned at random, and a rate that is `factor` of the largest stable one."""
    curvatures = rng.uniform(0.5, 5, size=n)
    Q, _ = np.linalg.qr(rng.normal(size=(n, n)))
    A = (Q * curvatures) @ Q.T
    b, w0 = rng.normal(size=(2, n))
    rate = round(factor * 2 / float(curvatures.max()), 3)
    return given((A + A.T) / 2, b, w0, learning_rate=rate, n_steps=n_steps)


def _draw(rng: np.random.Generator) -> Given:
    return _bowl(rng, int(rng.integers(2, 6)), rng.uniform(0.2, 0.9), int(rng.integers(2, 30)))


def _one_number(rng: np.random.Generator) -> Given:
    return _bowl(rng, 1, rng.uniform(0.2, 0.9), 5)


def _too_far(rng: np.random.Generator) -> Given:
    return _bowl(rng, 3, rng.uniform(1.1, 1.5), 40)


def _matches_formula(
    value: Array, A: Array, b: Array, w0: Array, *, learning_rate: float, n_steps: int
) -> str | None:
    right = _with_eigenvectors(A, b, w0, learning_rate=learning_rate, n_steps=n_steps)
    if value.shape != right.shape:
        return f"the path has shape {value.shape}, wanted (n_steps + 1, n) = {right.shape}"
    off = np.abs(value - right).max(axis=1)
    if (off <= 1e-10).all():
        return None
    step = int(np.argmin(off <= 1e-10))
    return f"step {step}: a coordinate is {off[step]:.1e} away from (1 - rate a)^{step} c"


_A = np.array([[2.0, 1.0], [1.0, 3.0]])
_B = np.array([1.0, 2.0])

EXERCISE = Exercise(
    name="gd_quadratic",
    number=1,
    signature="gd_quadratic(A, b, w0, *, learning_rate, n_steps)",
    statement=(
        "All points (n_steps + 1, n) that gradient descent visits on the bowl "
        "w.T @ A @ w / 2 - b @ w, the start w0 (n,) first; A (n, n) is symmetric, b is (n,)."
    ),
    stars=1,
    minutes=15,
    points={"contract": 2, "known answers": 3, "properties": 4, "stability": 1},
    reference=_reference,
    solutions=(_with_list, _with_table, _with_eigenvectors),
    mutants=(
        _forgets_b,
        _climbs,
        _forgets_half,
        _leaves_start_out,
        _stops_early,
        _returns_end,
        _keeps_one_array,
        _changes_start,
        _keeps_whole_numbers,
        _one_after_the_other,
    ),
    hints=(
        "You need the gradient of the loss at any w. Work it out for one number first, where the "
        "loss is a w² / 2 - b w, and then guess the form with a matrix.",
        "The gradient is A @ w - b. A loop over the steps needs only the last point of the path; "
        "each step makes the next one from it, as a new array.",
        "Begin a list with w0. Each turn of the loop takes the last entry w, and appends w minus "
        "the learning rate times A @ w - b. At the end make one array of the list.",
    ),
    checks=(
        known(
            "two steps, worked by hand",
            given(_A, _B, np.zeros(2), learning_rate=0.1, n_steps=2),
            np.array([[0.0, 0.0], [0.1, 0.2], [0.16, 0.33]]),
        ),
        known(
            "no step at all: the path is the start",
            given(_A, _B, np.array([3.0, -1.0]), learning_rate=0.1, n_steps=0),
            np.array([[3.0, -1.0]]),
        ),
        known(
            "a start in whole numbers",
            given(_A, _B, np.array([1, 0]), learning_rate=0.1, n_steps=1),
            np.array([[1.0, 0.0], [0.9, 0.1]]),
        ),
        agrees("every point is right on random bowls", _draw, cases=4),
        agrees("a bowl with a single weight", _one_number),
        holds("every point follows from the eigenvectors", _draw, _matches_formula),
        agrees("above the limit the walk moves away as it must", _too_far, group="stability"),
    ),
)
