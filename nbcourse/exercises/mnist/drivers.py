"""How the exercises of this chapter are called: bytes, generators and a spy from plain values."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Function = Callable[..., Any]
Ranges = Mapping[str, tuple[float, float]]


def read(function: Function, content: Array) -> Any:
    """What a reader makes of a file, given as an array of bytes."""
    return function(content.tobytes())


def read_damaged(function: Function, files: Mapping[str, Array]) -> dict[str, str]:
    """What became of each damaged file, in words: the error, or what was returned."""
    return {name: _outcome(function, content.tobytes()) for name, content in files.items()}


def _outcome(function: Function, content: bytes) -> str:
    try:
        found = function(content)
    except NotImplementedError:
        raise
    except ValueError:  # or a subclass
        return "raised ValueError"
    except Exception as error:  # which one decides
        return f"raised {type(error).__name__}"
    shape = f" of shape {found.shape}" if isinstance(found, np.ndarray) else ""
    return f"returned {type(found).__name__}{shape}"


def interval(
    function: Function, correct_a: Array, correct_b: Array, *, seed: int, n_resamples: int
) -> tuple[Any, Any]:
    """Both ends of an interval, with a fresh generator."""
    rng = np.random.default_rng(seed)
    return _pair(function(correct_a, correct_b, rng=rng, n_resamples=n_resamples))


def _pair(found: Any) -> tuple[Any, Any]:
    if not isinstance(found, tuple | list | np.ndarray) or len(found) != 2:
        raise TypeError(f"it returned {type(found).__name__}, wanted a pair; is there a return?")
    first, second = found
    return first, second


def mean_interval(
    function: Function, correct_a: Array, correct_b: Array, *, seeds: list[int], n_resamples: int
) -> Array:
    """Both ends, averaged over generators, so that little of the luck of the draw is left."""
    ends = [
        interval(function, correct_a, correct_b, seed=seed, n_resamples=n_resamples)
        for seed in seeds
    ]
    return np.mean(ends, axis=0)


def intervals(
    function: Function, correct_a: Array, correct_b: Array, *, seed: int, n_resamples: int
) -> Array:
    """Both ends (n_sets, 2) for many test sets (n_sets, n)."""
    rng = np.random.default_rng(seed)
    pairs = zip(correct_a, correct_b, strict=True)
    return np.array([_pair(function(a, b, rng=rng, n_resamples=n_resamples)) for a, b in pairs])


def interval_and_generator(
    function: Function, correct_a: Array, correct_b: Array, *, seeds: list[int], n_resamples: int
) -> dict[str, bool]:
    """What an interval has to do with the generator, as truth values."""
    first, again, *others = (
        interval(function, correct_a, correct_b, seed=seed, n_resamples=n_resamples)
        for seed in (seeds[0], *seeds)
    )
    return {
        "equal generators, equal intervals": first == again,
        "other generators, the same interval": all(other == first for other in others),
    }


def search(
    function: Function, space: Ranges, *, peaks: Mapping[str, list[float]], budget: int, seed: int
) -> dict[str, Any]:
    """The answer of a search and everything it asked a spy for.

    The spy's score on a part is 0 where the logarithms (to base 10) of the settings are at the peak
    of the part, and falls with the square of the distance.
    """
    asked: list[str] = []
    tried: list[list[float]] = []

    def evaluate(settings: Mapping[str, float], part: str) -> float:
        values = [float(settings[name]) for name in space]
        asked.append(part)
        tried.append(values)
        return height(values, peaks[part])

    found = function(evaluate, space, budget=budget, rng=np.random.default_rng(seed))
    best, score = _pair(found)
    return {"best": best, "score": score, "asked for": asked, "tried": tried}


def search_result(function: Function, space: Ranges, **options: Any) -> tuple[Any, Any]:
    """The best settings and their score."""
    found = search(function, space, **options)
    return found["best"], found["score"]


def height(values: list[float], peak: list[float]) -> float:
    """Minus the squared distance to the peak, in decades."""
    pairs = zip(values, peak, strict=True)
    return -sum((math.log10(max(value, 1e-300)) - at) ** 2 for value, at in pairs)


def search_twice(function: Function, space: Ranges, *, seeds: list[int], **options: Any) -> Any:
    """What the settings that a search tries have to do with the generator, as truth values."""
    first, again, *others = (
        search(function, space, seed=seed, **options)["tried"] for seed in (seeds[0], *seeds)
    )
    return {
        "equal generators, equal settings": first == again,
        "other generators, the same settings": all(first == other for other in others),
    }


def one_epoch(
    function: Function,
    weights: tuple[Array, ...],
    x: Array,
    labels: Array,
    *,
    seed: int,
    **options: Any,
) -> Any:
    """The weights after one epoch, with a fresh generator."""
    return function(weights, x, labels, rng=np.random.default_rng(seed), **options)


def trained(function: Function, x: Array, labels: Array, *, seed: int, **options: Any) -> Any:
    """The weights and the scores of a training, with a fresh generator."""
    weights, scores = _pair(function(x, labels, rng=np.random.default_rng(seed), **options))
    return weights, np.array(scores)


def scores_only(function: Function, x: Array, labels: Array, *, seed: int, **options: Any) -> Any:
    """The scores of a training."""
    return trained(function, x, labels, seed=seed, **options)[1]


def trained_on_seeds(
    function: Function,
    x: Array,
    labels: Array,
    *,
    seeds: list[int],
    unseen: Array,
    **options: Any,
) -> list[Any]:
    """The weights for each seed; `unseen` says which images the judge keeps to itself."""
    del unseen
    return [trained(function, x, labels, seed=seed, **options)[0] for seed in seeds]
