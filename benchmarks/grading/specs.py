"""Five functions with one check on visible and on hidden inputs each, and one that trains."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from nbcourse.checking import Exercise, agrees, given, mutant
from nbcourse.checking.spec import Draw

CHAPTER = "00_benchmark"
Array: TypeAlias = np.ndarray[Any, Any]


def relu(x: Array) -> Array:
    """Zero where x is negative."""
    return np.maximum(x, 0)


def softmax(z: Array) -> Array:
    """Rows of probabilities."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def mse(p: Array, t: Array) -> np.floating[Any]:
    """Mean squared error."""
    return np.mean((p - t) ** 2)


def mse_grad(p: Array, t: Array) -> Array:
    """Its gradient."""
    return 2 * (p - t) / p.size


def affine(x: Array, W: Array, b: Array) -> Array:
    """A layer."""
    return x @ W + b


def descend(x: Array, t: Array, w: Array) -> Array:
    """The weights of a line after five steps of gradient descent."""
    for _ in range(5):
        w = w - 0.1 * 2 * x.T @ (x @ w - t) / len(t)
    return w


@mutant("Planted.")
def _zero(*args: Array) -> float:
    return 0.0


def _exercise(
    function: Callable[..., Any], number: int, signature: str, draw: Draw, *more: str
) -> Exercise:
    return Exercise(
        name=function.__name__,
        number=number,
        signature=signature,
        statement=function.__doc__ or "",
        stars=1,
        minutes=5,
        points={"properties": 2},
        reference=function,
        solutions=(function, function),
        mutants=(_zero,),
        hints=("One.", "Two.", "Three."),
        checks=(agrees("right for random inputs", draw, cases=1),),
        packages=("numpy", *more),
        keeps_dtype=False,
    )


EXERCISES = (
    _exercise(relu, 1, "relu(x)", lambda rng: given(rng.normal(size=(4, 5)))),
    _exercise(softmax, 2, "softmax(z)", lambda rng: given(rng.normal(size=(4, 5)))),
    _exercise(mse, 3, "mse(p, t)", lambda rng: given(*rng.normal(size=(2, 6)))),
    _exercise(mse_grad, 4, "mse_grad(p, t)", lambda rng: given(*rng.normal(size=(2, 6)))),
    _exercise(
        affine,
        5,
        "affine(x, W, b)",
        lambda rng: given(rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)),
    ),
)
TRAINING = _exercise(
    descend,
    1,
    "descend(x, t, w)",
    lambda rng: given(rng.normal(size=(32, 8)), rng.normal(size=32), rng.normal(size=8)),
    "torch",
)
POINTS = sum(exercise.points_total for exercise in EXERCISES)
