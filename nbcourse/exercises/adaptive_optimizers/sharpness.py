"""Exercise: the sharpness of a loss, found by power iteration with differences of gradients."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.checking.compare import Tolerance
from nbcourse.exercises.adaptive_optimizers import drivers

Array = NDArray[Any]
Gradient = Callable[[Array], Array]
Rng = np.random.Generator
_STEP = 1e-4
# Differences of gradients lose half of the digits: rounding is divided by the step.
_ON_BOWLS: dict[str, Any] = {
    "driver": drivers.sharpness_of_bowl,
    "tolerance": Tolerance(factor=1e7),
}


def _whole_hessian(gradient: Gradient, w: Array) -> Array:
    """The Hessian, column by column."""
    steps = _STEP * np.eye(w.size)
    H = np.array([gradient(w + e) - gradient(w - e) for e in steps]) / (2 * _STEP)
    return (H + H.T) / 2


def _reference(gradient: Gradient, w: Array, *, rng: Rng, n_iterations: int = 30) -> float:
    """The eigenvalue from the whole Hessian where that costs no more, else by iterations."""
    if w.size > n_iterations:
        return _normalizing_first(gradient, w, rng=rng, n_iterations=n_iterations)
    eigenvalues = np.linalg.eigvalsh(_whole_hessian(gradient, w))
    return float(eigenvalues[np.argmax(np.abs(eigenvalues))])


def _times(gradient: Gradient, w: Array, u: Array, eps: float = _STEP) -> Array:
    """The product of the Hessian with a vector."""
    return (gradient(w + eps * u) - gradient(w - eps * u)) / (2 * eps)


def _normalizing_first(gradient: Gradient, w: Array, *, rng: Rng, n_iterations: int = 30) -> float:
    Hu = rng.normal(size=w.shape)
    value = 0.0
    for _ in range(n_iterations):
        u = Hu / np.linalg.norm(Hu)
        Hu = _times(gradient, w, u)
        value = float(u @ Hu)
    return value


def _quotient_last(gradient: Gradient, w: Array, *, rng: Rng, n_iterations: int = 30) -> float:
    u = rng.uniform(-1, 1, size=w.size)
    u /= np.sqrt(np.sum(u**2))
    for _ in range(n_iterations):
        Hu = _times(gradient, w, u)
        u = Hu / np.sqrt(np.sum(Hu**2))
    return float(np.sum(u * _times(gradient, w, u)))


def _one_sided(gradient: Gradient, w: Array, *, rng: Rng, n_iterations: int = 30) -> float:
    # One gradient at w serves all iterations; the error is of the order of the step.
    here, eps, value = gradient(w), 1e-6, 0.0
    u = rng.standard_normal(w.size)
    for _ in range(n_iterations):
        length = np.linalg.norm(u)
        Hu = (gradient(w + eps * u / length) - here) / eps
        value = float(u.dot(Hu) / length)
        u = Hu
    return value


def _power(product: Callable[[Array], Array], u: Array, n_iterations: int) -> float:
    value = 0.0
    for _ in range(n_iterations):
        u = u / np.linalg.norm(u)
        Hu = product(u)
        value, u = float(u @ Hu), Hu
    return value


@mutant("The difference is divided by eps; the two points are 2 eps apart.")
def _divides_by_one_step(
    gradient: Gradient, w: Array, *, rng: Rng, n_iterations: int = 30
) -> float:
    return 2 * _normalizing_first(gradient, w, rng=rng, n_iterations=n_iterations)


@mutant("The length of H u has no sign, so a negative curvature seems positive. Return u @ Hu.")
def _returns_the_length(gradient: Gradient, w: Array, *, rng: Rng, n_iterations: int = 30) -> float:
    u, length = rng.normal(size=w.shape), 0.0
    for _ in range(n_iterations):
        u = _times(gradient, w, u / np.linalg.norm(u))
        length = float(np.linalg.norm(u))
    return length


@mutant("u is normalized at the start only. H stretches it, so normalize it in every iteration.")
def _normalizes_once(gradient: Gradient, w: Array, *, rng: Rng, n_iterations: int = 30) -> float:
    u = rng.normal(size=w.shape)
    u, value = u / np.linalg.norm(u), 0.0
    for _ in range(n_iterations):
        Hu = _times(gradient, w, u)
        value, u = float(u @ Hu), Hu
    return value


@mutant("The gradients are taken around 0, at ±eps u. They belong around w, at w ± eps u.")
def _around_zero(gradient: Gradient, w: Array, *, rng: Rng, n_iterations: int = 30) -> float:
    return _power(lambda u: _times(gradient, 0 * w, u), rng.normal(size=w.shape), n_iterations)


@mutant("The step of the difference is far too large: the Hessian changes on the way. Use 1e-4.")
def _large_step(gradient: Gradient, w: Array, *, rng: Rng, n_iterations: int = 30) -> float:
    return _power(lambda u: _times(gradient, w, u, 1.0), rng.normal(size=w.shape), n_iterations)


@mutant("The step of the difference is so small that w + eps * u is rounded to w. Use 1e-4.")
def _vanishing_step(gradient: Gradient, w: Array, *, rng: Rng, n_iterations: int = 30) -> float:
    return _power(lambda u: _times(gradient, w, u, 1e-18), rng.normal(size=w.shape), n_iterations)


@mutant("It iterates a fixed number of times; n_iterations is never used.")
def _ten_iterations(gradient: Gradient, w: Array, *, rng: Rng, n_iterations: int = 30) -> float:
    return _normalizing_first(gradient, w, rng=rng, n_iterations=10)


@mutant("It starts from a fixed vector, which may lack the right direction. Draw it from rng.")
def _starts_from_ones(gradient: Gradient, w: Array, *, rng: Rng, n_iterations: int = 30) -> float:
    return _power(lambda u: _times(gradient, w, u), np.ones_like(w), n_iterations)


@mutant("It starts from the gradient, which is 0 at a minimum. Draw the first vector from rng.")
def _from_the_gradient(gradient: Gradient, w: Array, *, rng: Rng, n_iterations: int = 30) -> float:
    return _power(lambda u: _times(gradient, w, u), gradient(w), n_iterations)


@mutant("The Hessian is computed as a whole, with two gradients a weight. Multiply by u only.")
def _computes_the_whole(gradient: Gradient, w: Array, *, rng: Rng, n_iterations: int = 30) -> float:
    H = _whole_hessian(gradient, w)
    return _power(lambda u: H @ u, rng.normal(size=w.shape), n_iterations)


@mutant("H u is computed twice an iteration: keep it for u @ Hu and for the next u.")
def _computes_twice(gradient: Gradient, w: Array, *, rng: Rng, n_iterations: int = 30) -> float:
    def product(u: Array) -> Array:
        return (_times(gradient, w, u) + _times(gradient, w, u)) / 2

    return _power(product, rng.normal(size=w.shape), n_iterations)


@mutant("w itself is moved, and moving it back leaves rounding errors. Pass w + eps * u instead.")
def _moves_w(gradient: Gradient, w: Array, *, rng: Rng, n_iterations: int = 30) -> float:
    def product(u: Array) -> Array:
        w[...] += _STEP * u
        ahead = gradient(w)
        w[...] -= 2 * _STEP * u
        behind = gradient(w)
        w[...] += _STEP * u
        return (ahead - behind) / (2 * _STEP)

    return _power(product, rng.normal(size=w.shape), n_iterations)


def _bowl(rng: Rng, eigenvalues: Array) -> Array:
    Q = np.linalg.qr(rng.normal(size=(eigenvalues.size, eigenvalues.size)))[0]
    return (Q * eigenvalues) @ Q.T


def _at(rng: Rng, A: Array, n_iterations: int) -> Given:
    return given(A, rng.normal(size=len(A)), int(rng.integers(1000)), n_iterations)


def _close_second(rng: Rng) -> Given:
    n = int(rng.integers(3, 8))
    eigenvalues = np.append(rng.uniform(-0.5, 0.9, size=n - 1), 1.0)
    eigenvalues[0] = 0.9
    return _at(rng, _bowl(rng, float(rng.uniform(1, 50)) * eigenvalues), 200)


def _downwards(rng: Rng) -> Given:
    return _at(rng, _bowl(rng, np.array([-float(rng.uniform(3, 9)), 2.0, 1.0])), 60)


def _minimum(rng: Rng) -> Given:
    return given(_bowl(rng, np.array([5.0, 2.0, 1.0])), np.zeros(3), int(rng.integers(1000)), 60)


def _network(rng: Rng) -> Given:
    """A network near its points; its largest curvature is upwards and clear of the others."""
    n_hidden, x = int(rng.integers(3, 7)), np.linspace(-2, 2, 20)
    while True:
        a, b, c = rng.normal(size=(3, n_hidden))
        y = np.tanh(np.outer(x, a) + b) @ c + rng.normal(scale=0.1, size=20)
        w = np.concatenate([a, b, c, [0.0]])
        values = np.linalg.eigvalsh(_hessian_of_network(x, y, w))
        if np.abs(values[:-1]).max() < 0.75 * values[-1]:
            return given(x, y, w, int(rng.integers(1000)), 80)


def _seeds(rng: Rng) -> Given:
    A, seed = _bowl(rng, np.array([5.0, 3.0, 1.0, -2.0])), int(rng.integers(1000))
    return given(A, rng.normal(size=4), (seed, seed, seed + 1))


def _many_weights(rng: Rng) -> Given:
    curvatures = np.append(rng.uniform(0, 1, size=299), 10.0)
    return given(curvatures, int(rng.integers(1000)), int(rng.integers(5, 20)))


def _hessian_of_network(x: Array, y: Array, w: Array) -> Array:
    return _whole_hessian(lambda v: drivers.network_gradient(v, x, y), w)


def _within_one_percent(value: float, x: Array, y: Array, w: Array, *_: object) -> str | None:
    right = float(np.linalg.eigvalsh(_hessian_of_network(x, y, w))[-1])
    if abs(value - right) <= 0.01 * right:
        return None
    return f"{value:.5g} is not within 1 % of {right:.5g}, the largest eigenvalue of the Hessian"


def _follows_rng(values: list[float], *_: object) -> str | None:
    first, again, other = values
    if abs(first - again) > 1e-9:
        return f"the same generator gave {first:.6g} and then {again:.6g}"
    return f"two generators gave the same start: {first:.6g} both times" if first == other else None


def _two_gradients_each(n_calls: int, curvatures: Array, _: int, n_iterations: int) -> str | None:
    if n_iterations <= n_calls <= 2 * n_iterations + 2:
        return None
    return f"{n_calls} gradients in {n_iterations} iterations, for {curvatures.size} weights"


EXERCISE = Exercise(
    name="sharpness",
    number=5,
    signature="sharpness(gradient, w, *, rng, n_iterations=30)",
    statement=(
        "The eigenvalue of the Hessian at w (n,) that is largest in size, with its sign, by power "
        "iteration from a random vector; gradient(w) returns the gradient (n,) of the loss."
    ),
    stars=3,
    minutes=30,
    points={"contract": 1, "known answers": 2, "properties": 5, "complexity": 2},
    reference=_reference,
    solutions=(_normalizing_first, _quotient_last, _one_sided),
    mutants=(
        _divides_by_one_step,
        _returns_the_length,
        _normalizes_once,
        _around_zero,
        _large_step,
        _vanishing_step,
        _ten_iterations,
        _starts_from_ones,
        _from_the_gradient,
        _computes_the_whole,
        _computes_twice,
        _moves_w,
    ),
    hints=(
        "The Hessian itself is never needed, only its product with a vector u. Two gradients, a "
        "small step before and behind w along u, give that product.",
        "Draw u from rng. In each iteration: normalize u, compute H u once, note u @ Hu as the "
        "estimate so far, and go on with H u as the next u.",
        "The product is the difference of gradient(w + eps * u) and gradient(w - eps * u), divided "
        "by 2 * eps, with eps = 1e-4. With u of length 1, u @ Hu carries the sign as well.",
    ),
    keeps_dtype=False,  # differences of gradients in float32 would keep three digits
    checks=(
        known(
            "curvatures 3 and 1: sharpness 3",
            given(np.diag([3.0, 1.0]), np.array([1.0, 2.0]), 0, 30),
            3.0,
            **_ON_BOWLS,
        ),
        agrees("close curvatures, 200 iterations", _close_second, cases=2, **_ON_BOWLS),
        agrees("the largest curvature is negative", _downwards, cases=2, **_ON_BOWLS),
        agrees("a single weight", lambda rng: _at(rng, np.eye(1) / 3, 3), cases=1, **_ON_BOWLS),
        agrees("at a minimum, where the gradient is 0", _minimum, cases=1, **_ON_BOWLS),
        holds(
            "within 1 % of the whole Hessian of a network",
            _network,
            _within_one_percent,
            cases=2,
            driver=drivers.sharpness_of_network,
        ),
        holds("the start is drawn from rng", _seeds, _follows_rng, driver=drivers.sharpness_thrice),
        holds(
            "two gradients an iteration, however many weights",
            _many_weights,
            _two_gradients_each,
            group="complexity",
            driver=drivers.count_gradients,
        ),
    ),
)
