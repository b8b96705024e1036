"""Exercise: ridge regression for many strengths from one singular value decomposition."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant

Array = NDArray[Any]
Rng = np.random.Generator


def _reference(X: Array, y: Array, lambdas: Array) -> Array:
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    kept = s > max(X.shape) * np.finfo(X.dtype).eps * s[0]
    U, s, Vt = U[:, kept], s[kept], Vt[kept]
    return (s / (s**2 + lambdas[:, None]) * (U.T @ y)) @ Vt


def _with_where(X: Array, y: Array, lambdas: Array) -> Array:
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    s = np.where(s > s.max() * len(s) * 8 * np.finfo(X.dtype).eps, s, 0)
    bottom = s**2 + lambdas[:, np.newaxis]
    shrunk = np.divide(s, bottom, out=np.zeros_like(bottom), where=bottom > 0)
    return np.einsum("lk,nk,n,kd->ld", shrunk, U, y, Vt, optimize=True)


def _with_more_rows(X: Array, y: Array, lambdas: Array) -> Array:
    """The penalty as further examples: root(lambda) times the identity, with targets 0."""
    d = X.shape[1]
    path = []
    for strength in lambdas:
        rows = np.vstack([X, np.sqrt(strength) * np.eye(d, dtype=X.dtype)])
        targets = np.concatenate([y, np.zeros(d, dtype=y.dtype)])
        path.append(np.linalg.lstsq(rows, targets, rcond=None)[0])
    return np.array(path)


def _with_pinv(X: Array, y: Array, lambdas: Array) -> Array:
    """Normal equations in the smaller of the two spaces, the pseudoinverse where lambda is 0."""
    n, d = X.shape
    path = np.empty((len(lambdas), d), dtype=X.dtype)
    for row, strength in zip(path, lambdas, strict=True):
        if strength == 0:
            row[:] = np.linalg.pinv(X, rcond=max(n, d) * float(np.finfo(X.dtype).eps)) @ y
        elif n < d:
            row[:] = X.T @ np.linalg.solve(X @ X.T + strength * np.eye(n, dtype=X.dtype), y)
        else:
            row[:] = np.linalg.solve(X.T @ X + strength * np.eye(d, dtype=X.dtype), X.T @ y)
    return path


Factor = Callable[[Array, Array], Array]


def _inverse(bottom: Array) -> Array:
    return np.divide(1, bottom, out=np.zeros_like(bottom), where=bottom > 0)


def _svd(X: Array) -> tuple[Array, Array, Array]:
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    return U, np.where(s > max(X.shape) * np.finfo(X.dtype).eps * s[0], s, 0), Vt


def _path(X: Array, y: Array, lambdas: Array, factor: Factor) -> Array:
    """The same with the factor of each direction open, for the mistakes below."""
    U, s, Vt = _svd(X)
    return (factor(s, lambdas[:, None]) * (U.T @ y)) @ Vt


@mutant(
    "Your penalty is n times too strong: that is the ridge of the mean of the squares. Here the "
    "squares are summed."
)
def _with_mean(X: Array, y: Array, lambdas: Array) -> Array:
    return _path(X, y, len(X) * lambdas, lambda s, strength: s * _inverse(s**2 + strength))


@mutant("Your penalty counts twice: neither term of the loss has a factor one half.")
def _with_half(X: Array, y: Array, lambdas: Array) -> Array:
    return _path(X, y, 2 * lambdas, lambda s, strength: s * _inverse(s**2 + strength))


@mutant("The singular value is not squared in s / (s**2 + lambda).")
def _without_square(X: Array, y: Array, lambdas: Array) -> Array:
    return _path(X, y, lambdas, lambda s, strength: s * _inverse(s + strength))


@mutant("lambda is squared in yours: the penalty is lambda times the squared length of w.")
def _squares_lambda(X: Array, y: Array, lambdas: Array) -> Array:
    return _path(X, y, lambdas**2, lambda s, strength: s * _inverse(s**2 + strength))


@mutant(
    "s**2 / (s**2 + lambda) shrinks predictions, not weights: the weights need one division by s "
    "more."
)
def _shrinks_predictions(X: Array, y: Array, lambdas: Array) -> Array:
    return _path(X, y, lambdas, lambda s, strength: s**2 * _inverse(s**2 + strength))


@mutant("1 / (s**2 + lambda) lacks its factor s: X.T @ y is V s U.T y, so one s stays on top.")
def _loses_factor(X: Array, y: Array, lambdas: Array) -> Array:
    return _path(X, y, lambdas, lambda s, strength: _inverse(s**2 + strength))


@mutant(
    "With lambda = 0 you divide by singular values that are 0, or that rounding made 1e-16. Leave "
    "such directions out: the shortest solution has nothing in them."
)
def _divides_by_zero(X: Array, y: Array, lambdas: Array) -> Array:
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    return (s / (s**2 + lambdas[:, None]) * (U.T @ y)) @ Vt


@mutant(
    "You leave directions out only where s is exactly 0. Rounding leaves about 1e-16 there: "
    "compare with a small multiple of the largest singular value."
)
def _exact_zero(X: Array, y: Array, lambdas: Array) -> Array:
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    return (s * _inverse(s**2 + lambdas[:, None]) * (U.T @ y)) @ Vt


@mutant(
    "You solve the normal equations. With lambda = 0 their matrix may have no inverse, and what "
    "comes back is not the shortest solution. The decomposition of X has no such trouble."
)
def _normal_equations(X: Array, y: Array, lambdas: Array) -> Array:
    gram, identity = X.T @ X, np.eye(X.shape[1], dtype=X.dtype)
    return np.array([np.linalg.solve(gram + each * identity, X.T @ y) for each in lambdas])


@mutant(
    "lambda = 0 is treated like a very small one. Then directions in which X has rounding errors "
    "only take part: leave them out."
)
def _tiny_instead(X: Array, y: Array, lambdas: Array) -> Array:
    return _path(X, y, lambdas + 1e-6, lambda s, strength: s * _inverse(s**2 + strength))


@mutant("Your result has one column for each lambda: wanted is one row for each.")
def _transposed(X: Array, y: Array, lambdas: Array) -> Array:
    return _reference(X, y, lambdas).T.copy()


@mutant("You put the lambdas in order first: row k belongs to lambdas[k], as they come.")
def _sorts(X: Array, y: Array, lambdas: Array) -> Array:
    return _reference(X, y, np.sort(lambdas))


@mutant("All lambdas at once: you return the weights for the first one alone.")
def _only_first(X: Array, y: Array, lambdas: Array) -> Array:
    return _reference(X, y, lambdas[:1])[0]


@mutant(
    "np.linalg.svd returns V transposed already: its rows are the directions in the space of the "
    "weights."
)
def _transposes_v(X: Array, y: Array, lambdas: Array) -> Array:
    U, s, Vt = _svd(X)
    return (s * _inverse(s**2 + lambdas[:, None]) * (U.T @ y)) @ Vt.T


@mutant("The inputs are centered: the loss has no bias, so take X and y as they are.")
def _centers(X: Array, y: Array, lambdas: Array) -> Array:
    return _reference(X - X.mean(axis=0), y - y.mean(), lambdas)


@mutant("np.linalg.svd makes U and V square unless you say full_matrices=False; then nothing fits.")
def _full_matrices(X: Array, y: Array, lambdas: Array) -> Array:
    U, s, Vt = np.linalg.svd(X)
    return (s / (s**2 + lambdas[:, None]) * (U.T @ y)) @ Vt


def _problem(rng: Rng, n: int, d: int) -> tuple[Array, Array]:
    X = rng.normal(size=(n, d)) + 0.5
    return X, X @ rng.normal(size=d) + rng.normal(size=n)


def _strengths(rng: Rng, low: float = -1.0) -> Array:
    """Some strengths from 10**low to 100, in no order."""
    return 10 ** rng.uniform(low, 2, size=int(rng.integers(3, 7)))


def _tall(rng: Rng) -> Given:
    d = int(rng.integers(2, 5))
    return given(*_problem(rng, 3 * d, d), _strengths(rng))


def _wide(rng: Rng) -> Given:
    n = int(rng.integers(2, 5))
    return given(*_problem(rng, n, 3 * n), _strengths(rng))


def _square(rng: Rng) -> Given:
    return given(*_problem(rng, 4, 4), _strengths(rng))


def _limit_tall(rng: Rng) -> Given:
    return given(*_problem(rng, 12, 3), rng.permutation([0.0, 1.0]))


def _limit_wide(rng: Rng) -> Given:
    return given(*_problem(rng, 3, 12), rng.permutation([0.0, 1.0]))


def _limit_twins(rng: Rng) -> Given:
    # Two columns are equal, one is empty: the rank is 3 of 5, exactly.
    X, y = _problem(rng, 12, 5)
    X[:, 3], X[:, 4] = X[:, int(rng.integers(3))], 0
    return given(X[:, rng.permutation(5)], y, np.array([0.0, 0.5]))


def _one(rng: Rng) -> Given:
    return given(*_problem(rng, int(rng.choice([1, 5])), 1), np.array([0.0, 2.0]))


def _any_shape(rng: Rng) -> Given:
    n, d = (int(k) for k in rng.permutation([3, 5, 8])[:2])
    return given(*_problem(rng, n, d), _strengths(rng))


def _no_slope(value: Array, X: Array, y: Array, lambdas: Array) -> str | None:
    if value.shape != (len(lambdas), X.shape[1]):
        return f"it has shape {value.shape}, wanted {(len(lambdas), X.shape[1])}"
    slopes = 2 * (value @ X.T - y) @ X + 2 * lambdas[:, None] * value
    k = int(np.argmax(np.abs(slopes).max(axis=1)))
    if np.abs(slopes[k]).max() < 1e-8 * max(1.0, np.abs(X.T @ y).max()):
        return None
    return f"for lambda = {lambdas[k]:.3g} the loss still has a slope of {slopes[k, 0]:.3g} there"


def _shortest(value: Array, X: Array, y: Array, lambdas: Array) -> str | None:
    w = value[lambdas.tolist().index(0.0)]
    if np.abs(X @ w - y).max() > 1e-8:
        return f"with lambda = 0 an error of {np.abs(X @ w - y).max():.2g} is left, though n < d"
    rows = np.linalg.qr(X.T)[0]  # the directions that the examples span
    beside = np.linalg.norm(w - rows @ (rows.T @ w))
    if beside > 1e-8:
        return f"with lambda = 0 the weights are fit but not shortest: {beside:.2g} is superfluous"
    return None


EXERCISE = Exercise(
    name="ridge_path",
    number=5,
    signature="ridge_path(X, y, lambdas)",
    statement=(
        "The weights (n_lambdas, d), one row for each lambda, that minimize "
        "sum((X @ w - y)**2) + lambda * sum(w**2); for lambda = 0 the shortest of the best."
    ),
    stars=2,
    minutes=35,
    points={"contract": 1, "known answers": 2, "properties": 4, "gradients": 1, "stability": 2},
    reference=_reference,
    solutions=(_with_where, _with_more_rows, _with_pinv),
    mutants=(
        _with_mean,
        _with_half,
        _without_square,
        _squares_lambda,
        _shrinks_predictions,
        _loses_factor,
        _divides_by_zero,
        _exact_zero,
        _normal_equations,
        _tiny_instead,
        _transposed,
        _sorts,
        _only_first,
        _transposes_v,
        _centers,
        _full_matrices,
    ),
    hints=(
        "Put X = U diag(s) V^T into the condition (X^T X + lambda I) w = X^T y. In the directions "
        "of V it falls apart into equations for one number each.",
        "The number in direction k is s_k / (s_k**2 + lambda) times the entry k of U.T @ y. All "
        "lambdas at once: lambdas[:, None] makes a table (n_lambdas, n_directions) of the factors.",
        "U, s, Vt = np.linalg.svd(X, full_matrices=False). Keep the columns of U, the entries of s "
        "and the rows of Vt where s exceeds max(X.shape) * np.finfo(X.dtype).eps * s[0]. Then the "
        "table of factors times U.T @ y, times Vt from the right.",
    ),
    checks=(
        known(
            "two examples, three lambdas, worked by hand",
            given(
                np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([4.0, 10.0]), np.array([1.0, 0.0, 4.0])
            ),
            np.array([[2.0, 4.0], [4.0, 5.0], [0.8, 2.5]]),
        ),
        known(
            "one example with two inputs, worked by hand",
            given(np.array([[1.0, 2.0]]), np.array([10.0]), np.array([0.0, 5.0])),
            np.array([[2.0, 4.0], [1.0, 2.0]]),
        ),
        agrees("more examples than inputs", _tall),
        agrees("fewer examples than inputs", _wide),
        agrees("as many examples as inputs, where no shape warns", _square),
        agrees("a single input", _one, cases=2),
        holds("the loss has no slope there", _any_shape, _no_slope, group="gradients"),
        agrees("lambda = 0 with more examples than inputs", _limit_tall, cases=2),
        holds(
            "lambda = 0 with fewer examples: the shortest solution",
            _limit_wide,
            _shortest,
            group="stability",
        ),
        agrees("lambda = 0 with equal and empty columns", _limit_twins, group="stability"),
    ),
)
