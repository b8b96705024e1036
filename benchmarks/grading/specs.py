"""Five functions with one check on visible and on hidden inputs each, as specifications."""

import numpy as np

from nbcourse.checking import Exercise, agrees, given, mutant

CHAPTER = "00_benchmark"


def relu(x):
    """Zero where x is negative."""
    return np.maximum(x, 0)


def softmax(z):
    """Rows of probabilities."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def mse(p, t):
    """Mean squared error."""
    return np.mean((p - t) ** 2)


def mse_grad(p, t):
    """Its gradient."""
    return 2 * (p - t) / p.size


def affine(x, W, b):
    """A layer."""
    return x @ W + b


@mutant("Planted.")
def _zero(*args):
    return 0.0


def _exercise(function, number, signature, draw):
    return Exercise(
        name=function.__name__,
        number=number,
        signature=signature,
        statement=function.__doc__,
        stars=1,
        minutes=5,
        points={"contract": 1, "properties": 1},
        reference=function,
        solutions=(function, function),
        mutants=(_zero,),
        hints=("One.", "Two.", "Three."),
        checks=(agrees("right for random inputs", draw, cases=1),),
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
