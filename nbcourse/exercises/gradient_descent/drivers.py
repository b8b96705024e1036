"""How these exercises are called: generators and walks, made from plain values."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Function = Callable[..., Any]
Value = Any  # plain


def one_epoch(function: Function, n: int, batch_size: int, *, seed: int, **options: Value) -> Value:
    """Sizes of the batches of one epoch, and all their indices in ascending order."""
    dealt = _deal(function, n, batch_size, np.random.default_rng(seed), **options)
    return {"sizes": [len(batch) for batch in dealt], "indices, sorted": np.sort(_joined(dealt))}


def many_epochs(
    function: Function,
    n: int,
    batch_size: int,
    *,
    seed: int,
    n_epochs: int,
    **options: Value,
) -> Value:
    """Sizes of the batches of the last of many epochs, and the indices that came in none."""
    rng = np.random.default_rng(seed)
    dealt: list[Array] = []
    never = set(range(n))
    for _ in range(n_epochs):
        dealt = _deal(function, n, batch_size, rng, **options)
        never -= set(_joined(dealt).tolist())
    return {"sizes": [len(batch) for batch in dealt], "indices that never came": sorted(never)}


def order_of_epochs(function: Function, n: int, batch_size: int, *, seed: int) -> Value:
    """What the order of the indices has to do with the generator, as truth values."""
    first, second = (np.random.default_rng(seed) for _ in range(2))
    one = _deal(function, n, batch_size, first)
    other = _deal(function, n, batch_size, first)
    again = _deal(function, n, batch_size, second)
    neighbors = [bool((np.diff(np.sort(batch)) == 1).all()) for batch in one]
    return {
        "equal generators, equal batches": _same(one, again),
        "two epochs of one generator in the same order": _same(one, other),
        "a batch is a run of neighbors": any(neighbors),
    }


def _deal(
    function: Function,
    n: int,
    batch_size: int,
    rng: np.random.Generator,
    **options: Value,
) -> list[Array]:
    dealt = function(n, batch_size, rng=rng, **options)
    if dealt is None:
        raise TypeError("it returned None, not a list of index arrays; is there a return?")
    return [np.asarray(batch) for batch in dealt]


def _joined(dealt: list[Array]) -> Array:
    return np.concatenate(dealt) if dealt else np.zeros(0, dtype=int)


def _same(one: list[Array], other: list[Array]) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))


def follow(optimizer: Function, w: Array, gradients: Array, **options: Value) -> Value:
    """All weights that an optimizer returns, given the gradients (n_steps, ...) in their order."""
    walker = optimizer(w, **options)
    return np.array([np.array(walker.step(gradient)) for gradient in gradients])


def walk(
    optimizer: Function,
    w: Array,
    curvatures: Array,
    *,
    n_steps: int = 50,
    later_rate: float | None = None,
    **options: Value,
) -> Value:
    """All weights on a bowl with its minimum at 0; `later_rate` is the rate of the second half."""
    walker = optimizer(w, **options)
    points, here = [], w
    for k in range(n_steps):
        if later_rate is not None and k == n_steps // 2:
            walker.learning_rate = later_rate
        here = np.array(walker.step(curvatures * here))
        points.append(here)
    return np.array(points)


def kept(optimizer: Function, w: Array, gradients: Array, **options: Value) -> Value:
    """The weights that every step returned, read only after the last step."""
    walker = optimizer(w, **options)
    return np.array([walker.step(gradient) for gradient in gradients])


def fit(function: Function, X: Array, y: Array, *, seed: int, **options: Value) -> Value:
    """The weights and the bias after training, with a fresh generator."""
    return function(X, y, rng=np.random.default_rng(seed), **options)


def fit_sorted(function: Function, X: Array, y: Array, *, seed: int, **options: Value) -> Value:
    """The same, the weights in ascending order."""
    w, b = fit(function, X, y, seed=seed, **options)
    return np.sort(w), b


def draws(function: Function, X: Array, y: Array, *, seed: int, **options: Value) -> Value:
    """Whether training moves the generator on, and whether a second epoch moves it further."""
    states = [str(np.random.default_rng(seed).bit_generator.state)]
    for n_epochs in (1, 2):
        rng = np.random.default_rng(seed)
        function(X, y, rng=rng, n_epochs=n_epochs, **options)
        states.append(str(rng.bit_generator.state))
    return {
        "the first epoch draws from rng": states[0] != states[1],
        "the second epoch draws again": states[1] != states[2],
    }
