"""Exercise: the largest learning rate at which gradient descent on a bowl converges."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.checking.compare import Tolerance

Array = NDArray[Any]

_N_STEPS = 1000


def _reference(A: Array) -> Any:
    return 2 / np.linalg.eigvals(A).real.max()


def _with_eigenvalues(A: Array) -> Any:
    return 2 / np.linalg.eigvalsh(A)[-1]


def _with_spectral_norm(A: Array) -> Any:
    return 2 / np.linalg.norm(A, 2)  # a symmetric positive matrix stretches by its eigenvalues


def _by_squaring(A: Array) -> Any:
    # Power iteration in leaps: after k squarings the steepest direction has the power 2^k.
    power = A / A.trace()
    for _ in range(40):
        power = power @ power
        power = power / power.trace()
    steepest = power[:, np.argmax(np.diag(power))]
    return 2 / (steepest @ A @ steepest / (steepest @ steepest))


@mutant("This is half of the limit: 1 - rate a is 0 at your rate, and -1 at the limit.")
def _half(A: Array) -> float:
    return 1 / float(np.linalg.eigvalsh(A)[-1])


@mutant("You took the smallest curvature: the steepest direction is the first to diverge.")
def _smallest(A: Array) -> float:
    return 2 / float(np.linalg.eigvalsh(A)[0])


@mutant("2 / (a_min + a_max) is the best rate; asked for is the limit, beyond which it diverges.")
def _best_rate(A: Array) -> float:
    curvatures = np.linalg.eigvalsh(A)
    return 2 / float(curvatures[0] + curvatures[-1])


@mutant("You took the sum of the curvatures (the trace), but only the largest sets the limit.")
def _trace(A: Array) -> float:
    return 2 / float(np.trace(A))


@mutant("The largest number on the diagonal is no curvature, unless the axes are eigenvectors.")
def _diagonal(A: Array) -> float:
    return 2 / float(np.diag(A).max())


@mutant("np.linalg.norm(A) is the root of the sum of squares; you want the largest eigenvalue.")
def _root_of_squares(A: Array) -> float:
    return 2 / float(np.linalg.norm(A))


@mutant("You have the eigenvalue of A.T @ A, the square of the curvature: take that of A itself.")
def _squares(A: Array) -> float:
    return 2 / float(np.linalg.eigvalsh(A.T @ A)[-1])


@mutant("Row sums of |A| only bound the curvature from above, so your rate is safe but too small.")
def _row_sums(A: Array) -> float:
    return 2 / float(np.abs(A).sum(axis=1).max())


@mutant("The fraction is upside down: steep bowls need small rates, so divide by the curvature.")
def _upside_down(A: Array) -> float:
    return float(np.linalg.eigvalsh(A)[-1]) / 2


def _turned(rng: np.random.Generator, curvatures: Array) -> Given:
    """A bowl with these curvatures along random directions."""
    n = len(curvatures)
    Q, _ = np.linalg.qr(rng.normal(size=(n, n)))
    A = (Q * curvatures) @ Q.T
    return given((A + A.T) / 2)


def _draw(rng: np.random.Generator) -> Given:
    return _turned(rng, rng.uniform(0.2, 10, size=int(rng.integers(2, 7))))


def _one_number(rng: np.random.Generator) -> Given:
    return given(rng.uniform(0.1, 10, size=(1, 1)))


def _valley(rng: np.random.Generator) -> Given:
    return _turned(rng, np.array([0.01, 1.0, 1.0]))


def _far_from_one(rng: np.random.Generator) -> Given:
    size = 10.0 ** rng.choice([-12, -8, 8, 12])
    return _turned(rng, size * rng.uniform(1, 10, size=3))


def _brackets(value: Any, A: Array) -> str | None:
    rate = float(value)
    ends = [_distance(A, factor * rate) for factor in (0.99, 1.01)]
    if not ends[0] < 1e-3:
        return f"at 0.99 times {rate:.4g} it is still {ends[0]:.1e} away after {_N_STEPS} steps"
    if not ends[1] > 1e3:
        return f"at 1.01 times {rate:.4g} it is only {ends[1]:.1e} away after {_N_STEPS} steps"
    return None


def _distance(A: Array, learning_rate: float) -> float:
    """How far the worst start of length 1 is from the minimum after all steps."""
    step = np.eye(len(A)) - learning_rate * A
    with np.errstate(all="ignore"):
        return float(np.abs(np.linalg.matrix_power(step, _N_STEPS)).max())


EXERCISE = Exercise(
    name="max_stable_lr",
    number=2,
    signature="max_stable_lr(A)",
    statement=(
        "The learning rate, one number, below which gradient descent converges on a bowl with "
        "the symmetric Hessian A (n, n), all curvatures above 0, and above which it does not."
    ),
    stars=1,
    minutes=15,
    points={"contract": 1, "known answers": 3, "properties": 4, "stability": 2},
    reference=_reference,
    solutions=(_with_eigenvalues, _with_spectral_norm, _by_squaring),
    mutants=(
        _half,
        _smallest,
        _best_rate,
        _trace,
        _diagonal,
        _root_of_squares,
        _squares,
        _row_sums,
        _upside_down,
    ),
    hints=(
        "Along an eigenvector with curvature a, one step multiplies the distance by 1 - rate a. "
        "For which rates does this number shrink the distance?",
        "It must lie between -1 and 1 for every curvature. Which of them leaves this range first "
        "when the rate grows, and at which rate?",
        "The limit is 2 divided by the largest eigenvalue. NumPy finds the eigenvalues of a "
        "symmetric matrix with np.linalg.eigvalsh, in ascending order.",
    ),
    checks=(
        known("the valley of the chapter", given(np.diag([1.0, 100.0])), 0.02),
        known(
            "curvatures 1 and 3 along the diagonals",
            given(np.array([[2.0, 1.0], [1.0, 2.0]])),
            2 / 3,
        ),
        agrees("the limit is right on bowls turned at random", _draw, cases=5),
        agrees("a bowl with a single weight", _one_number),
        holds("0.99 of it converges and 1.01 of it diverges", _draw, _brackets),
        holds("the same in a long valley", _valley, _brackets, cases=1),
        agrees(
            "curvatures of any size",
            _far_from_one,
            group="stability",
            tolerance=Tolerance(elementwise=True),
        ),
    ),
)
