"""How these exercises are called: generators from seeds, and what does not depend on the draw."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Function = Callable[..., Any]

_STEP = 1e-4


def _pair(found: Any, names: str) -> tuple[Any, Any]:
    if not isinstance(found, tuple | list) or len(found) != 2:
        raise TypeError(f"it returned {type(found).__name__}, wanted {names}; is there a return?")
    first, second = found
    return first, second


def drop(function: Function, x: Array, *, seed: int, **options: Any) -> tuple[Any, Any]:
    """The result of dropout and the mask, with a fresh generator."""
    rng = np.random.default_rng(seed)
    return _pair(function(x, rng=rng, training=options.pop("training", True), **options), "y, mask")


def levels(function: Function, x: Array, **options: Any) -> tuple[Any, Any]:
    """The different numbers in the result of dropout and in the mask, in ascending order."""
    y, mask = drop(function, x, **options)
    return np.unique(y), np.unique(mask)


def average(function: Function, x: Array, **options: Any) -> dict[str, float]:
    """The share of zeros in the mask, and what is left of a number on average."""
    y, mask = drop(function, x, **options)
    return {
        "share of zeros": float(np.mean(np.asarray(mask) == 0)),
        "average of y / x": float(np.mean(y / x)),
    }


def pattern(function: Function, x: Array, **options: Any) -> dict[str, Any]:
    """What one mask does to an array, as truth values."""
    y, mask = drop(function, x, **options)
    facts: dict[str, Any] = {
        "shape of the mask": list(np.shape(mask)),
        "y is x * mask": bool(np.allclose(y, x * mask, rtol=1e-12, atol=0)),
    }
    kept = np.broadcast_to(np.asarray(y) != 0, x.shape)
    for axis in range(x.ndim):
        slices = np.moveaxis(kept, axis, 0)
        alike = (slices[1:] == slices[:-1]).reshape(len(slices) - 1, -1).all(axis=1)
        facts[f"neighbors along axis {axis} with the same zeros"] = bool(alike.any())
    return facts


def slope(function: Function, x: Array, **options: Any) -> dict[str, bool]:
    """Whether the mask is the slope of y, by differences with the same draw."""
    x = x.astype(float)
    _, mask = drop(function, x, **options)
    above, below = (drop(function, x + step, **options)[0] for step in (_STEP, -_STEP))
    measured = (above - below) / (2 * _STEP)
    return {"the mask is the slope": bool(np.allclose(mask, measured, rtol=0, atol=1e-8))}


def spread(function: Function, x: Array, *, seed: int, p: float, n_times: int) -> float:
    """The spread of the number of zeros over many masks, 1 where entries are independent."""
    rng = np.random.default_rng(seed)
    counts = []
    for _ in range(n_times):
        _, mask = _pair(function(x, p=p, rng=rng, training=True), "y, mask")
        counts.append(np.sum(np.asarray(mask) == 0))
    return float(np.std(counts) / np.sqrt(x.size * p * (1 - p)))


def drop_again(function: Function, x: Array, *, seeds: list[int], p: float) -> dict[str, bool]:
    """What the mask has to do with the generator, as truth values."""
    first, again, other = (drop(function, x, seed=seed, p=p)[1] for seed in (seeds[0], *seeds))
    rng = np.random.default_rng(seeds[0])
    calls = [_pair(function(x, p=p, rng=rng, training=True), "y, mask")[1] for _ in range(2)]
    return {
        "equal generators, equal masks": bool(np.array_equal(first, again)),
        "other generators, the same mask": bool(np.array_equal(first, other)),
        "two calls with one generator, the same mask": bool(np.array_equal(*calls)),
    }


def mix(function: Function, x: Array, t: Array, *, alpha: float, seed: int) -> tuple[Any, Any]:
    """The mixed inputs and targets, with a fresh generator."""
    found = function(x, t, alpha=alpha, rng=np.random.default_rng(seed))
    return _pair(found, "mixed inputs and targets")


def _recipe(mixed: Any) -> tuple[Array, Array, bool]:
    """From a mixed identity: each row's partner, the lambdas, whether it is such a mixture."""
    mixed = np.array(mixed, dtype=float)
    others = np.abs(mixed - np.diag(np.diag(mixed)))
    found = others.max(axis=1) > 1e-12  # else the row is its own partner
    partners = np.where(found, others.argmax(axis=1), np.arange(len(mixed)))
    pairs = np.allclose(mixed.sum(axis=1), 1) and bool((np.sum(others > 1e-12, 1) <= 1).all())
    return partners, np.diag(mixed)[found], pairs and len(set(partners.tolist())) == len(mixed)


def recipes(
    function: Function, *, n: int, alpha: float, seed: int, n_times: int
) -> dict[str, bool]:
    """Who is mixed with whom and how much, in many batches, as truth values.

    Example k is a 3 in place k and of class k, so that a mixture shows its parts.
    """
    rng, batches = np.random.default_rng(seed), []
    for _ in range(n_times):
        found = function(3 * np.eye(n), np.eye(n), alpha=alpha, rng=rng)
        x_mixed, t_mixed = _pair(found, "mixed inputs and targets")
        batches.append((*_recipe(np.asarray(x_mixed) / 3), *_recipe(t_mixed)))
    first, *others = batches
    fixed = all(np.array_equal(first[0], b[0]) for b in others)
    ring = all(len(set((b[0] - np.arange(n)) % n)) == 1 for b in batches)
    return {
        "in x, each row has one partner, a permutation": all(b[2] for b in batches),
        "in t, each row has one partner, a permutation": all(b[5] for b in batches),
        "t has the partners of x": all(np.array_equal(b[0], b[3]) for b in batches),
        "t has the lambda of x": all(_alike(b[1], b[4]) for b in batches),
        "t has 1 - lambda where x has lambda": all(_alike(1 - b[1], b[4]) for b in batches),
        "one lambda for all rows": all(_alike(b[1], b[1][:1]) for b in batches),
        "all batches have the same partners": fixed,
        "batches are only moved on": ring and not fixed,
        "all batches have the same lambda": all(_alike(first[1], b[1]) for b in others),
    }


def _alike(lambdas: Array, others: Array) -> bool:
    """Whether two batches have the same lambda, as far as any is seen; else not."""
    if not len(lambdas) or not len(others):
        return len(lambdas) == len(others)
    return bool(np.allclose(lambdas, others[0]))


def shares(
    function: Function, *, alphas: list[float], below: Array, seed: int, n_times: int
) -> Array:
    """The shares of the lambdas that lie below some numbers (n_alphas, n_numbers).

    Lambda is read from the diagonal of a mixed identity. A row that is its own partner shows 1
    there, so the smallest number counts; once in 720 batches all rows are their own partners.
    """
    rng, n = np.random.default_rng(seed), 6
    found = []
    for alpha in alphas:
        batches = ((np.eye(n), np.eye(n)) for _ in range(n_times))
        mixed = [
            _pair(function(*batch, alpha=alpha, rng=rng), "two arrays")[0] for batch in batches
        ]
        lambdas = np.diagonal(np.array(mixed), axis1=1, axis2=2).min(axis=1)
        found.append([np.mean(lambdas < number) for number in below])
    return np.array(found)


def mix_again(
    function: Function, x: Array, t: Array, *, alpha: float, seeds: list[int]
) -> dict[str, bool]:
    """What the mixture has to do with the generator, as truth values."""
    first, again, other = (
        mix(function, x, t, alpha=alpha, seed=seed)[0] for seed in (seeds[0], *seeds)
    )
    return {
        "equal generators, equal mixtures": bool(np.array_equal(first, again)),
        "other generators, the same mixture": bool(np.array_equal(first, other)),
    }


def target_sums(function: Function, x: Array, t: Array, **options: Any) -> Array:
    """The sums of the mixed targets, one a row."""
    return np.sum(mix(function, x, t, **options)[1], axis=1)


def chosen_weights(
    function: Function, X: Array, y: Array, lambdas: Array, *, k: int, truth: Array
) -> Array:
    """The weights for the strengths that were chosen, one row for each of several data sets.

    `truth` is what the judge compares them with.
    """
    del truth
    return np.array([function(*each, lambdas, k=k)[1] for each in zip(X, y, strict=True)])
