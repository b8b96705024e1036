"""Public code that calls an answer: it walks with optimizers and measures on small problems."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Answer = Callable[..., Any]
RAISED, RETURNED = "ValueError", "a value"


def points(optimizer: Answer, w: Array, gradients: Array, **options: Any) -> list[Any]:
    """The point after each step from `w`, one gradient a step."""
    walker = optimizer(w, **options)
    return [_copied(walker.step(gradient)) for gradient in gradients]


def points_at_rates(
    optimizer: Answer, w: Array, gradients: Array, rates: Sequence[float], **options: Any
) -> list[Any]:
    """The same, with `learning_rate` set anew before each step."""
    walker = optimizer(w, **options)
    visited = []
    for gradient, rate in zip(gradients, rates, strict=True):
        walker.learning_rate = rate
        visited.append(_copied(walker.step(gradient)))
    return visited


def points_in_the_end(optimizer: Answer, w: Array, gradients: Array, **options: Any) -> list[Any]:
    """What the arrays that `step` returned hold after the last step, and then the attribute `w`."""
    walker = optimizer(w, **options)
    return [*[walker.step(gradient) for gradient in gradients], walker.w]


def factors(schedule: Answer, steps: Sequence[int], **options: Any) -> dict[int, Any]:
    """The factor at each of the steps."""
    return {step: schedule(step, **options) for step in steps}


def clipped(clip: Answer, gradients: list[Array], max_norm: float) -> Any:
    """The gradients and their norm, which may be a number of any kind."""
    return _with_norm(clip(gradients, max_norm), gradients[0].dtype)


def clip_or_raise(clip: Answer, gradients: list[Array], max_norm: float) -> str:
    """Whether a ValueError is raised."""
    try:
        clip(gradients, max_norm)
    except ValueError:
        return RAISED
    return RETURNED


def sharpness_of_bowl(sharpness: Answer, A: Array, w: Array, seed: int, n_iterations: int) -> Any:
    """The sharpness at `w` of the loss w A w / 2, whose Hessian is A; in float64."""
    A, w = A.astype("float64"), np.asarray(w, dtype="float64")
    rng = np.random.default_rng(seed)
    return sharpness(lambda v: A @ v, w, rng=rng, n_iterations=n_iterations)


def sharpness_of_network(
    sharpness: Answer, x: Array, y: Array, w: Array, seed: int, n_iterations: int
) -> Any:
    """The sharpness of a small network's loss on the points x, y with the weights `w`."""
    rng = np.random.default_rng(seed)
    return sharpness(lambda v: network_gradient(v, x, y), w, rng=rng, n_iterations=n_iterations)


def network_gradient(w: Array, x: Array, y: Array) -> Array:
    """Gradient of the mean squared error of y = tanh(x a + b) c + d, w = (a, b, c, d)."""
    a, b, c = w[:-1].reshape(3, -1)
    h = np.tanh(np.outer(x, a) + b)
    dy = 2 * (h @ c + w[-1] - y) / x.size
    dz = np.outer(dy, c) * (1 - h**2)
    return np.concatenate([x @ dz, dz.sum(axis=0), dy @ h, dy.sum(keepdims=True)])


def sharpness_thrice(sharpness: Answer, A: Array, w: Array, seeds: Sequence[int]) -> list[Any]:
    """The result of a single iteration, for each of the seeds."""
    return [sharpness_of_bowl(sharpness, A, w, seed, 1) for seed in seeds]


def count_gradients(sharpness: Answer, curvatures: Array, seed: int, n_iterations: int) -> int:
    """How many gradients are asked for on a bowl along the axes."""
    n_calls = 0

    def gradient(v: Array) -> Array:
        nonlocal n_calls
        n_calls += 1
        return curvatures * v

    w, rng = np.ones_like(curvatures), np.random.default_rng(seed)
    sharpness(gradient, w, rng=rng, n_iterations=n_iterations)
    return n_calls


def fit_bowls(
    fit: Answer, weights: list[Array], noise: list[Array], curvature: float, **options: Any
) -> Any:
    """Weights and norms after a walk; gradient number k is curvature * weights + noise[k]."""
    batches = _Batches(noise, curvature)
    n_steps = len(noise[0])
    result = fit(batches.gradients, weights, n_steps=n_steps, **options)
    return _with_norm(result, weights[0].dtype)


def count_batches(fit: Answer, weights: list[Array], noise: list[Array], **options: Any) -> int:
    """How often the gradients are asked for."""
    batches = _Batches(noise, 1.0)
    fit(batches.gradients, weights, n_steps=len(noise[0]), **options)
    return batches.n_calls


def fit_or_raise(fit: Answer, weights: list[Array], noise: list[Array], **options: Any) -> str:
    """Whether a ValueError is raised."""
    try:
        fit(_Batches(noise, 1.0).gradients, weights, n_steps=len(noise[0]), **options)
    except ValueError:
        return RAISED
    return RETURNED


def trained_accuracy(fit: Answer, seed: int, n_steps: int) -> float:
    """Accuracy on 200 new points of a small network that `fit` has trained.

    The points lie in a square, and opposite quarters belong together. Each 20th batch is a bad
    one: its gradients are 10,000 times too long.
    """
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, size=(500, 2))
    y = (x[:, 0] * x[:, 1] > 0).astype("float64")
    weights = [rng.normal(size=(2, 16)), np.zeros(16), rng.normal(size=16) / 4, np.zeros(1)]
    n_calls = 0

    def gradients(current: Sequence[Array]) -> list[Array]:
        nonlocal n_calls
        n_calls += 1
        batch = rng.integers(300, size=32)
        scale = 1e4 if n_calls % 20 == 10 else 1.0
        return _classifier_gradients(current, x[batch], y[batch], scale)

    options = {"weight_decay": 0.01, "max_norm": 1.0, "n_warmup": 20}
    trained, _ = fit(gradients, weights, n_steps=n_steps, learning_rate=0.05, **options)
    return float(np.mean((_logits(trained, x[300:])[1] > 0) == (y[300:] > 0)))


class _Batches:
    """Gradients of a bowl with prescribed noise; counts how often they are asked for."""

    def __init__(self, noise: list[Array], curvature: float) -> None:
        self.noise, self.curvature, self.n_calls = noise, curvature, 0

    def gradients(self, weights: Sequence[Array]) -> list[Array]:
        k = self.n_calls % len(self.noise[0])
        self.n_calls += 1
        return [self.curvature * w + e[k] for w, e in zip(weights, self.noise, strict=True)]


def _logits(weights: Sequence[Array], x: Array) -> tuple[Array, Array]:
    W, b, v, c = weights
    h = np.tanh(x @ W + b)
    return h, h @ v + c


def _classifier_gradients(
    weights: Sequence[Array], x: Array, y: Array, scale: float
) -> list[Array]:
    """Gradients of the mean binary cross-entropy."""
    h, z = _logits(weights, x)
    dz = scale * (1 / (1 + np.exp(-np.clip(z, -50, 50))) - y) / len(x)
    da = np.outer(dz, weights[2]) * (1 - h**2)
    return [x.T @ da, da.sum(axis=0), dz @ h, dz.sum(keepdims=True)]


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _with_norm(result: Any, dtype: Any) -> Any:
    """The same pair, its norm or norms in the dtype of the gradients, whatever held them."""
    if not isinstance(result, tuple) or len(result) != 2:
        return result
    arrays, norm = result
    if isinstance(norm, list | tuple | np.ndarray) or np.isscalar(norm):
        norm = np.asarray(norm, dtype=dtype)[()]
    return arrays, norm
