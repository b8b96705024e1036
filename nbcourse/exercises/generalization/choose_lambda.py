"""Exercise: choose the strength of the penalty by cross-validation, with the student's own path."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.generalization import drivers

Array = NDArray[Any]
Rng = np.random.Generator
Chosen = tuple[Any, Array, Array]  # lambda, weights, errors


def ridge_path(X: Array, y: Array, lambdas: Array) -> Array:
    """Stands for the student's own function."""
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    kept = s > max(X.shape) * np.finfo(X.dtype).eps * s.max(initial=0)
    U, s, Vt = U[:, kept], s[kept], Vt[kept]
    return (s / (s**2 + lambdas[:, None]) * (U.T @ y)) @ Vt


def _with_masks(X: Array, y: Array, lambdas: Array, *, k: int) -> Chosen:
    fold = np.arange(len(X)) % k
    errors = np.zeros_like(lambdas)
    for held in range(k):
        out = fold == held
        path = ridge_path(X[~out], y[~out], lambdas)
        errors += np.sum((path @ X[out].T - y[out]) ** 2, axis=1)
    errors /= len(X)
    best = int(np.argmin(errors))
    return lambdas[best], ridge_path(X, y, lambdas)[best], errors


def _with_slices(X: Array, y: Array, lambdas: Array, *, k: int) -> Chosen:
    squares = np.empty((len(lambdas), len(X)), dtype=X.dtype)
    for held in range(k):
        rest = np.setdiff1d(np.arange(len(X)), np.arange(held, len(X), k))
        path = ridge_path(X[rest], y[rest], lambdas)
        squares[:, held::k] = (path @ X[held::k].T - y[held::k]) ** 2
    errors = squares.mean(axis=1)
    best = lambdas[np.argmin(errors)]
    return best, ridge_path(X, y, best[None])[0], errors


def _with_lists(X: Array, y: Array, lambdas: Array, *, k: int) -> Chosen:
    """One lambda after another, one example after another."""
    folds = [list(range(held, len(X), k)) for held in range(k)]
    fits = [ridge_path(np.delete(X, fold, axis=0), np.delete(y, fold), lambdas) for fold in folds]
    errors = []
    for number in range(len(lambdas)):
        squares = [(y[i] - X[i] @ fits[i % k][number]) ** 2 for i in range(len(X))]
        errors.append(sum(squares) / len(X))
    best = min(range(len(lambdas)), key=errors.__getitem__)
    w = ridge_path(X, y, lambdas[best : best + 1])[0]
    return lambdas[best], w, np.array(errors, dtype=X.dtype)


def _by_remainder(n: int, k: int) -> Array:
    return np.arange(n) % k


Rows = Callable[[Array], Array]


def _squares(
    X: Array,
    y: Array,
    lambdas: Array,
    fold: Array,
    *,
    train: Rows = lambda out: ~out,
    judge: Rows = lambda out: out,
) -> list[Array]:
    """The squared errors (n_lambdas, n_judged) of each fold, for the mistakes below."""
    found = []
    for held in np.unique(fold[fold >= 0]):
        out = fold == held
        path = ridge_path(X[train(out)], y[train(out)], lambdas)
        found.append((path @ X[judge(out)].T - y[judge(out)]) ** 2)
    return found


def _choose(X: Array, y: Array, lambdas: Array, squares: list[Array]) -> Chosen:
    errors = np.concatenate(squares, axis=1).mean(axis=1)
    best = int(np.argmin(errors))
    return lambdas[best], ridge_path(X, y, lambdas)[best], errors


@mutant(
    "The fit has seen the examples that it is judged by, and then hardly any penalty looks best: "
    "leave the fold out of X and y before you call ridge_path."
)
def _leaks(X: Array, y: Array, lambdas: Array, *, k: int) -> Chosen:
    fold = _by_remainder(len(X), k)
    return _choose(X, y, lambdas, _squares(X, y, lambdas, fold, train=np.ones_like))


@mutant("You judge by the examples that were fitted: judge by the fold that was left out.")
def _judges_by_rest(X: Array, y: Array, lambdas: Array, *, k: int) -> Chosen:
    fold = _by_remainder(len(X), k)
    return _choose(X, y, lambdas, _squares(X, y, lambdas, fold, judge=lambda out: ~out))


@mutant("You fit the fold and judge by the rest: it is the other way round.")
def _turned_round(X: Array, y: Array, lambdas: Array, *, k: int) -> Chosen:
    fold = _by_remainder(len(X), k)
    squares = _squares(X, y, lambdas, fold, train=lambda out: out, judge=lambda out: ~out)
    return _choose(X, y, lambdas, squares)


@mutant("The weights are those of the last fold: fit all the examples again with the best lambda.")
def _forgets_refit(X: Array, y: Array, lambdas: Array, *, k: int) -> Chosen:
    best, _, errors = _with_masks(X, y, lambdas, k=k)
    rest = _by_remainder(len(X), k) != k - 1
    return best, ridge_path(X[rest], y[rest], np.array([best]))[0], errors


@mutant("The weights are averaged over the folds: fit all the examples again with the best lambda.")
def _averages_weights(X: Array, y: Array, lambdas: Array, *, k: int) -> Chosen:
    best, _, errors = _with_masks(X, y, lambdas, k=k)
    fold, strength = _by_remainder(len(X), k), np.array([best])
    fits = [ridge_path(X[fold != held], y[fold != held], strength)[0] for held in range(k)]
    return best, np.mean(fits, axis=0), errors


@mutant("You take the lambda with the largest error: take that with the smallest.")
def _takes_worst(X: Array, y: Array, lambdas: Array, *, k: int) -> Chosen:
    _, _, errors = _with_masks(X, y, lambdas, k=k)
    worst = int(np.argmax(errors))
    return lambdas[worst], ridge_path(X, y, lambdas)[worst], errors


@mutant("You return the place of the best lambda, not the lambda itself.")
def _returns_index(X: Array, y: Array, lambdas: Array, *, k: int) -> Chosen:
    _, w, errors = _with_masks(X, y, lambdas, k=k)
    return float(np.argmin(errors)), w, errors


@mutant("Your folds are runs of neighbors: example i belongs to the fold i % k.")
def _runs(X: Array, y: Array, lambdas: Array, *, k: int) -> Chosen:
    fold = np.concatenate(
        [np.full(len(part), held) for held, part in enumerate(np.array_split(y, k))]
    )
    return _choose(X, y, lambdas, _squares(X, y, lambdas, fold))


@mutant(
    "Examples are missing in your error when k does not divide n: each one belongs to some fold, "
    "so that all are left out once."
)
def _drops_rest(X: Array, y: Array, lambdas: Array, *, k: int) -> Chosen:
    fold = _by_remainder(len(X), k)
    fold[len(X) - len(X) % k :] = -1
    return _choose(X, y, lambdas, _squares(X, y, lambdas, fold))


@mutant(
    "You average the errors of the folds. When k does not divide n the folds differ in size, and "
    "examples of small folds count more: average over all examples."
)
def _means_of_means(X: Array, y: Array, lambdas: Array, *, k: int) -> Chosen:
    squares = _squares(X, y, lambdas, _by_remainder(len(X), k))
    return _choose(X, y, lambdas, [part.mean(axis=1, keepdims=True) for part in squares])


@mutant("You add the squared errors up: the error is their mean over the examples.")
def _sums(X: Array, y: Array, lambdas: Array, *, k: int) -> Chosen:
    best, w, errors = _with_masks(X, y, lambdas, k=k)
    return best, w, errors * len(X)


@mutant("Only one fold is ever left out: each of the k folds has its turn.")
def _one_fold(X: Array, y: Array, lambdas: Array, *, k: int) -> Chosen:
    return _choose(X, y, lambdas, _squares(X, y, lambdas, _by_remainder(len(X), k))[:1])


@mutant("The errors are float64 for float32 data: use np.zeros_like(lambdas), not np.zeros.")
def _doubles_precision(X: Array, y: Array, lambdas: Array, *, k: int) -> Chosen:
    best, w, errors = _with_masks(X, y, lambdas, k=k)
    return best, w, errors.astype(np.float64)


def _problem(rng: Rng, n: int, d: int) -> tuple[Array, Array, Array]:
    X, w = rng.normal(size=(n, d)), rng.normal(size=d) / np.sqrt(d)
    return X, X @ w + rng.normal(size=n), w


def _strengths(rng: Rng, n: int = 5) -> Array:
    """Strengths from about 0.1 to about 100, in no order."""
    return rng.permutation(10 ** (np.linspace(-1, 2, n) + rng.uniform(-0.2, 0.2, size=n)))


def _uneven(rng: Rng) -> Given:
    # k does not divide n, so that the folds differ in size.
    k = int(rng.integers(3, 6))
    n = k * int(rng.integers(3, 5)) + int(rng.integers(1, k))
    return given(*_problem(rng, n, 5)[:2], _strengths(rng), k=k)


def _even(rng: Rng) -> Given:
    k = int(rng.integers(2, 5))
    return given(*_problem(rng, 5 * k, 3)[:2], _strengths(rng), k=k)


def _leave_one_out(rng: Rng) -> Given:
    n = int(rng.integers(6, 12))
    return given(*_problem(rng, n, 2)[:2], _strengths(rng, 3), k=n)


def _wide(rng: Rng) -> Given:
    return given(*_problem(rng, 10, 20)[:2], _strengths(rng), k=5)


def _one_strength(rng: Rng) -> Given:
    return given(*_problem(rng, 8, 2)[:2], rng.uniform(0.5, 2, size=1), k=3)


def _noisy(rng: Rng) -> Given:
    problems = [_problem(rng, 24, 20) for _ in range(20)]
    X, y, truth = (np.array(part) for part in zip(*problems, strict=True))
    return given(X, y, np.concatenate([[0.0], 10 ** np.linspace(-2, 3, 6)]), k=4, truth=truth)


def _close(w: Array, X: Array, y: Array, lambdas: Array, *, k: int, truth: Array) -> str | None:
    mine = float(np.mean(np.sum((w - truth) ** 2, axis=1)))
    fits = [ridge_path(*each, np.zeros(1))[0] for each in zip(X, y, strict=True)]
    unpenalized = float(np.mean(np.sum((np.array(fits) - truth) ** 2, axis=1)))
    # A right choice leaves about an eighth; 0.75 is more than six standard deviations away.
    if mine < 0.75 * unpenalized:
        return None
    return (
        f"the mean squared distance of your weights to those behind the data is {mine:.3g}, and "
        f"{unpenalized:.3g} without a penalty; a good choice leaves much less than three quarters"
    )


EXERCISE = Exercise(
    name="choose_lambda",
    number=7,
    signature="choose_lambda(X, y, lambdas, *, k)",
    statement=(
        "(lambda, w, errors): the lambda with the smallest error in k-fold cross-validation, its "
        "ridge weights (d,) for all examples, and the errors (n_lambdas,), means over the examples."
    ),
    stars=3,
    minutes=40,
    points={"contract": 2, "known answers": 3, "properties": 9, "training": 6},
    reference=_with_masks,
    solutions=(_with_masks, _with_slices, _with_lists),
    mutants=(
        _leaks,
        _judges_by_rest,
        _turned_round,
        _forgets_refit,
        _averages_weights,
        _takes_worst,
        _returns_index,
        _runs,
        _drops_rest,
        _means_of_means,
        _sums,
        _one_fold,
        _doubles_precision,
    ),
    hints=(
        "One loop over the folds is enough: ridge_path fits all lambdas at once. Decide in which "
        "lines the fold takes part, and in which only the rest.",
        "np.arange(n) % k says to which fold each example belongs. fold == 2 marks the third fold, "
        "and ~ the rest. path @ X_out.T are the predictions (n_lambdas, n_out).",
        "Add the squared errors of each fold to an array (n_lambdas,), summed over the examples "
        "that were left out; after the loop divide by n. np.argmin finds the best. Then call "
        "ridge_path once more, with all of X and y.",
    ),
    checks=(
        known(
            "two examples, two folds, worked by hand",
            given(np.ones((2, 1)), np.array([1.0, 3.0]), np.array([0.0, 1.0]), k=2),
            (1.0, np.array([4 / 3]), np.array([4.0, 3.25])),
        ),
        known(
            "three examples, two folds, worked by hand",
            given(np.ones((3, 1)), np.array([0.0, 3.0, 6.0]), np.array([0.0, 1.0]), k=2),
            (0.0, np.array([3.0]), np.array([6.0, 23.5 / 3])),
        ),
        agrees("folds that differ in size", _uneven, cases=4),
        agrees("folds of one size", _even),
        agrees("each example is a fold of its own", _leave_one_out, cases=2),
        agrees("fewer examples than inputs", _wide, cases=2),
        agrees("a single lambda", _one_strength, cases=1),
        holds(
            "on 20 noisy data sets it beats lambda = 0",
            _noisy,
            _close,
            cases=1,
            group="training",
            driver=drivers.chosen_weights,
        ),
    ),
    builds_on=("ridge_path",),
)
