"""How the exercises of this chapter are called: generators and functions from plain values."""

import contextlib
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Function = Callable[..., Any]
Shape = tuple[int, ...]

# Functions of an array z, number by number, by the names that a student reads.
FUNCTIONS: Mapping[str, Callable[[Array], Any]] = {
    "1": np.ones_like,
    "2": lambda z: np.full_like(z, 2.0),
    "z": lambda z: 1.0 * z,
    "z**2": lambda z: z**2,
    "z**3": lambda z: z**3,
    "z**4": lambda z: z**4,
    "exp(2 * z)": lambda z: np.exp(2 * z),
    "tanh(z)": np.tanh,
    "sigmoid(z)": lambda z: (1 + np.tanh(z / 2)) / 2,
    "maximum(z, 0)": lambda z: np.maximum(z, 0),
    "abs(z)": np.abs,
    "maximum(z, 0.1 * z)": lambda z: np.maximum(z, 0.1 * z),
    "maximum(z, 0.5 * z)": lambda z: np.maximum(z, 0.5 * z),
}


def moments(
    function: Function, shape: Shape, *, kind: str, seed: int, n_draws: int
) -> dict[str, float]:
    """Mean, variance and shape of the distribution, from many draws with one generator."""
    w = _many(function, shape, kind=kind, seed=seed, n_draws=n_draws)
    squares = np.square(w - w.mean())
    variance = squares.mean()
    if variance == 0:
        raise ValueError("all weights are equal")
    return {
        "mean, in standard deviations": float(w.mean() / math.sqrt(variance)),
        "one over the variance": float(1 / variance),
        "kurtosis": float(np.square(squares).mean() / variance**2),
    }


def extremes(
    function: Function, shape: Shape, *, kind: str, seed: int, n_draws: int
) -> tuple[float, float]:
    """The smallest and the largest of the weights of many draws."""
    w = _many(function, shape, kind=kind, seed=seed, n_draws=n_draws)
    return float(w.min()), float(w.max())


def shares(
    function: Function,
    shape: Shape,
    *,
    kind: str,
    within: Sequence[float],
    seed: int,
    n_draws: int,
) -> list[float]:
    """Which share of the weights of many draws lies between -a and a, for each a."""
    w = _many(function, shape, kind=kind, seed=seed, n_draws=n_draws)
    return [float(np.mean(np.abs(w) <= a)) for a in within]


def averages(
    function: Function, shape: Shape, *, seed: int, n_draws: int, **options: Any
) -> dict[str, Any]:
    """The mean of each weight over many draws, and the mean of their fourth powers."""
    w = _many(function, shape, seed=seed, n_draws=n_draws, **options)
    return {
        "mean of each weight": w.mean(axis=0),
        "mean fourth power": float(np.square(w * w).mean()),
    }


def repeats(function: Function, shape: Shape, *, seed: int, **options: Any) -> dict[str, Any]:
    """What the weights have to do with the generator, as truth values; their shape and dtype."""
    first, second = (np.random.default_rng(seed) for _ in range(2))
    one = _weights(function(shape, rng=first, **options), shape)
    other = _weights(function(shape, rng=first, **options), shape)
    again = _weights(function(shape, rng=second, **options), shape)
    return {
        "dtype": str(one.dtype),
        "equal generators, equal weights": np.array_equal(one, again),
        "a second draw gives the same weights": np.array_equal(one, other),
        "some weights are equal": len(np.unique(one)) < one.size,
    }


def product(function: Function, shape: Shape, *, seed: int, **options: Any) -> dict[str, Any]:
    """The shape of W, and W.T @ W where W is square or tall, W @ W.T where it is wide."""
    W = function(shape, rng=np.random.default_rng(seed), **options)
    if not isinstance(W, np.ndarray) or W.ndim != 2:
        raise TypeError(f"it returned {_what(W)}, wanted an array of shape {shape}")
    small = W.T @ W if W.shape[0] >= W.shape[1] else W @ W.T
    return {"shape": list(W.shape), "product": small}


def means(function: Function, names: Sequence[str]) -> dict[str, float]:
    """The mean of each of the FUNCTIONS named."""
    return {name: _number(function(FUNCTIONS[name])) for name in names}


def mean_of_polynomial(function: Function, coefficients: Sequence[float]) -> float:
    """The mean of a polynomial, lowest degree first."""
    return _number(function(lambda z: sum(c * z**k for k, c in enumerate(coefficients))))


def mean_of_wave(function: Function, *, frequency: float, phase: float) -> float:
    """The mean of cos(frequency * z + phase)."""
    return _number(function(lambda z: np.cos(frequency * z + phase)))


def variances(
    function: Function, f: str, q0: float, *, gain: float, depth: int, seed: int = 0
) -> list[float]:
    """The variances layer by layer for one of the FUNCTIONS; `seed` is for the judge."""
    del seed
    found = function(FUNCTIONS[f], q0, gain=gain, depth=depth)
    if not isinstance(found, np.ndarray | list | tuple) or np.ndim(found) != 1:
        raise TypeError(f"it returned {_what(found)}, wanted an array of shape ({depth + 1},)")
    return [float(q) for q in found]


def gain_at(function: Function, f: str, q: float, *, depth: int = 0, seed: int = 0) -> float:
    """The gain for one of the FUNCTIONS; `depth` and `seed` are for the judge."""
    del depth, seed
    return _number(function(FUNCTIONS[f], q))


def layers(
    function: Function, x: Array, sizes: Shape, *, seed: int, scale: float = 1.0
) -> dict[str, list[float]]:
    """For each layer of a ReLU network: the variance of z, and how far W is from orthogonal.

    The distance is that of W.T @ W (or W @ W.T, whichever is smaller) from a multiple of the unit
    matrix, in units of that multiple.
    """
    x = x * x.dtype.type(scale)
    weights = _list(function(x, sizes, rng=np.random.default_rng(seed)), sizes)
    found: dict[str, list[float]] = {"variance of z": [], "distance from orthogonal": []}
    h = x.astype(np.float64)
    for W in weights:
        product = W.T @ W if W.shape[0] >= W.shape[1] else W @ W.T
        multiple = float(np.mean(np.diag(product))) or 1.0
        off = product - multiple * np.eye(len(product))
        z = h @ W
        found["variance of z"].append(float(z.var()))
        found["distance from orthogonal"].append(float(np.abs(off).max() / multiple))
        h = np.maximum(z, 0)
    return found


def magnitudes(function: Function, x: Array, sizes: Shape, *, seed: int) -> list[Any]:
    """The weights of each layer, without their signs."""
    weights = _list(function(x, sizes, rng=np.random.default_rng(seed)), sizes)
    return [np.abs(W).tolist() for W in weights]


def layers_and_generator(
    function: Function, x: Array, sizes: Shape, *, seed: int
) -> dict[str, bool]:
    """What the layers have to do with the generator and each other, as truth values."""
    first, second = (np.random.default_rng(seed) for _ in range(2))
    one, other, again = (_list(function(x, sizes, rng=g), sizes) for g in (first, first, second))
    directions = [W / np.linalg.norm(W) for W in one]
    pairs = itertools.pairwise(directions)
    return {
        "equal generators, equal weights": all(map(np.array_equal, one, again)),
        "a second call gives the same weights": any(map(np.array_equal, one, other)),
        "two layers in a row are alike": any(
            a.shape == b.shape and np.allclose(a, b) for a, b in pairs
        ),
    }


def _many(
    function: Function, shape: Shape, *, seed: int, n_draws: int, **options: Any
) -> NDArray[np.float64]:
    """The weights of many draws, one after the other from one generator."""
    rng = np.random.default_rng(seed)
    with _repeatable():
        drawn = [_weights(function(shape, rng=rng, **options), shape) for _ in range(n_draws)]
    return np.array(drawn, dtype=np.float64)


@contextlib.contextmanager
def _repeatable() -> Iterator[None]:
    """Let NumPy's global generator, which an answer may wrongly use, give the same every time."""
    before = np.random.get_state()  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002


def _weights(found: object, shape: Shape) -> Array:
    if not isinstance(found, np.ndarray):
        raise TypeError(f"it returned {_what(found)}, wanted an array; is there a return?")
    if found.shape != tuple(shape):
        raise ValueError(f"the weights have shape {found.shape}, wanted {tuple(shape)}")
    return found


def _list(found: object, sizes: Shape) -> list[NDArray[np.float64]]:
    if not isinstance(found, list | tuple):
        raise TypeError(f"it returned {_what(found)}, wanted a list; is there a return?")
    shapes = list(itertools.pairwise(sizes))
    if len(found) != len(shapes):
        raise ValueError(f"there are {len(found)} arrays of weights, wanted {len(shapes)}")
    pairs = zip(found, shapes, strict=True)
    return [_weights(W, shape).astype(np.float64) for W, shape in pairs]


def _number(found: object) -> float:
    if isinstance(found, np.ndarray) and found.ndim == 0:
        found = found[()]
    if isinstance(found, int | float | np.floating | np.integer):
        return float(found)
    raise TypeError(f"it returned {_what(found)}, wanted one number")


def _what(found: object) -> str:
    return f"an array {found.shape}" if isinstance(found, np.ndarray) else type(found).__name__
