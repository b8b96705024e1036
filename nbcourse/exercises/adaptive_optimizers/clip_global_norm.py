"""Exercise: clipping all gradients by their joint norm."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.adaptive_optimizers import drivers

Array = NDArray[Any]
Gradients = list[Array]
Clipped = tuple[Gradients, Any]
_NOT_FINITE = "the norm is not finite"


def _reference(gradients: Gradients, max_norm: float) -> Clipped:
    parameters = [nn.Parameter(np.zeros_like(g)) for g in gradients]
    for parameter, g in zip(parameters, gradients, strict=True):
        parameter.add_grad(g)
    norm = nn.clip_global_norm(parameters, max_norm)
    return [p.grad for p in parameters if p.grad is not None], norm


def with_sums(gradients: Gradients, max_norm: float) -> Clipped:
    """A right answer: the root of the sum of squares."""
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    if not np.isfinite(norm):
        raise ValueError(_NOT_FINITE)
    factor = max_norm / norm if norm > max_norm else 1.0
    return [g * factor for g in gradients], norm


def _as_one_vector(gradients: Gradients, max_norm: float) -> Clipped:
    flat = np.concatenate([g.ravel() for g in gradients])
    norm = float(np.linalg.norm(flat))
    if not math.isfinite(norm):
        raise ValueError(_NOT_FINITE)
    # Dividing by the larger of the two is a factor of 1 where nothing is to be done.
    flat = flat * (max_norm / max(norm, max_norm))
    ends = np.cumsum([g.size for g in gradients])[:-1]
    pieces = np.split(flat, ends)
    return [p.reshape(g.shape) for p, g in zip(pieces, gradients, strict=True)], norm


def _with_loops(gradients: Gradients, max_norm: float) -> Clipped:
    total = 0.0
    for g in gradients:
        for value in g.flat:
            total += float(value) * float(value)
    if total != total or total == math.inf:
        raise ValueError(_NOT_FINITE)
    norm = math.sqrt(total)
    if norm <= max_norm:
        return gradients, norm
    return [(g / norm * max_norm).astype(g.dtype) for g in gradients], norm


@mutant("Each array is clipped by its own norm. One norm, of all arrays together, serves them all.")
def _clips_each_array(gradients: Gradients, max_norm: float) -> Clipped:
    _, norm = with_sums(gradients, max_norm)
    return [with_sums([g], max_norm)[0][0] for g in gradients], norm


@mutant("Each entry is clipped on its own, which turns the gradient. Scale all by one factor.")
def _clips_each_entry(gradients: Gradients, max_norm: float) -> Clipped:
    _, norm = with_sums(gradients, max_norm)
    return [np.clip(g, -max_norm, max_norm) for g in gradients], norm


@mutant("Short gradients are stretched to max_norm. Below max_norm nothing should change.")
def _stretches(gradients: Gradients, max_norm: float) -> Clipped:
    norm = with_sums(gradients, max_norm)[1]
    return [g * (max_norm / norm if norm > 0 else 1.0) for g in gradients], norm


@mutant("The root is missing: the norm is the root of the sum of squares.")
def _no_root(gradients: Gradients, max_norm: float) -> Clipped:
    norm = with_sums(gradients, max_norm)[1] ** 2
    return [g * min(1.0, max_norm / max(norm, max_norm)) for g in gradients], norm


@mutant("The norms of the arrays are added. Add their squares, and take one root at the end.")
def _adds_norms(gradients: Gradients, max_norm: float) -> Clipped:
    norm = sum(with_sums([g], max_norm)[1] for g in gradients)
    return [g * (max_norm / max(norm, max_norm)) for g in gradients], norm


@mutant("The returned norm is that of the clipped gradients; wanted is the one before.")
def _norm_after(gradients: Gradients, max_norm: float) -> Clipped:
    clipped, norm = with_sums(gradients, max_norm)
    return clipped, min(norm, max_norm)


@mutant("The clipped gradients have length 1, whatever max_norm is: the factor is max_norm / norm.")
def _to_length_one(gradients: Gradients, max_norm: float) -> Clipped:
    norm = with_sums(gradients, max_norm)[1]
    return [g / norm if norm > max_norm else g for g in gradients], norm


@mutant("The caller's gradients are changed in place. Return new arrays.")
def _in_place(gradients: Gradients, max_norm: float) -> Clipped:
    norm = with_sums(gradients, max_norm)[1]
    for g in gradients:
        g *= max_norm / max(norm, max_norm)
    return gradients, norm


@mutant(
    "A norm of NaN or infinity passes unnoticed: NaN > max_norm is False. Test for it, and raise a "
    "ValueError."
)
def _lets_nan_pass(gradients: Gradients, max_norm: float) -> Clipped:
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    return [g * (max_norm / norm if norm > max_norm else 1.0) for g in gradients], norm


@mutant("Only NaN is reported. An infinite norm would turn the gradients into zeros and NaN.")
def _lets_infinity_pass(gradients: Gradients, max_norm: float) -> Clipped:
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    if np.isnan(norm):
        raise ValueError(_NOT_FINITE)
    return [g * (max_norm / norm if norm > max_norm else 1.0) for g in gradients], norm


@mutant("max_norm is divided by a norm of 0. Compute the factor only when the norm is too long.")
def _divides_by_zero(gradients: Gradients, max_norm: float) -> Clipped:
    norm = float(with_sums(gradients, max_norm)[1])
    factor = min(1.0, max_norm / norm)
    return [g * factor for g in gradients], norm


@mutant("A small number is added to the norm, as PyTorch does, so the result is a bit too short.")
def _adds_a_bit(gradients: Gradients, max_norm: float) -> Clipped:
    norm = with_sums(gradients, max_norm)[1]
    return [g * min(1.0, max_norm / (norm + 1e-6)) for g in gradients], norm


def _layers(rng: np.random.Generator) -> Gradients:
    n_in, n_hidden, n_out = (int(k) for k in rng.integers(1, 6, size=3))
    shapes = (n_in, n_hidden), (n_hidden,), (n_hidden, n_out), (n_out,)
    return [rng.normal(size=shape) for shape in shapes]


def _too_long(rng: np.random.Generator) -> Given:
    layers = _layers(rng)
    norm = math.sqrt(sum(float(np.sum(g**2)) for g in layers))
    return given(layers, norm * float(rng.uniform(0.05, 0.5)))


def _explosion(rng: np.random.Generator) -> Given:
    layers = _layers(rng)
    layers[int(rng.integers(4))] *= 1e6
    return given(layers, 1.0)


def _short(rng: np.random.Generator) -> Given:
    return given(_layers(rng), 100.0)


def _one_array(rng: np.random.Generator) -> Given:
    return given([rng.normal(5, 1, size=1)], 0.5)


def _zeros(rng: np.random.Generator) -> Given:
    return given([np.zeros_like(g) for g in _layers(rng)], float(rng.uniform(0.1, 1)))


def _spoiled(rng: np.random.Generator) -> Given:
    layers = _layers(rng)
    layers[1][0] = np.nan
    return given(layers, 1.0)


def _infinite(rng: np.random.Generator) -> Given:
    layers = _layers(rng)
    layers[2][0, 0] = -np.inf
    return given(layers, 1.0)


def _direction_kept(value: Clipped, gradients: Gradients, max_norm: float) -> str | None:
    clipped, _ = value
    before, after = (np.concatenate([g.ravel() for g in each]) for each in (gradients, clipped))
    lengths = float(np.linalg.norm(before)), float(np.linalg.norm(after))
    cosine = float(before @ after) / max(lengths[0] * lengths[1], 1e-300)
    if cosine < 1 - 1e-9:
        return f"the clipped gradient points elsewhere: the cosine of the angle is {cosine:.4f}"
    if abs(lengths[1] - max_norm) > 1e-9 * max_norm:
        return f"the clipped gradient has the length {lengths[1]:.7g}, wanted {max_norm:.7g}"
    return None


def _unchanged(value: Clipped, gradients: Gradients, max_norm: float) -> str | None:
    clipped, _ = value
    same = [np.array_equal(g, mine) for g, mine in zip(gradients, clipped, strict=True)]
    return None if all(same) else f"array {same.index(False)} was changed"


def raised(value: str, *_: object, **__: object) -> str | None:
    """A predicate for what `drivers` tell of a ValueError."""
    return None if value == drivers.RAISED else "it returned a value; wanted a ValueError"


EXERCISE = Exercise(
    name="clip_global_norm",
    number=4,
    signature="clip_global_norm(gradients, max_norm)",
    statement=(
        "A list of the gradients (arrays of any shapes), scaled by one factor so that their joint "
        "norm is at most max_norm, and the joint norm before that. ValueError if it is not finite."
    ),
    stars=1,
    minutes=15,
    points={"contract": 1, "known answers": 2, "properties": 4, "stability": 3},
    reference=_reference,
    solutions=(with_sums, _as_one_vector, _with_loops),
    mutants=(
        _clips_each_array,
        _clips_each_entry,
        _stretches,
        _no_root,
        _adds_norms,
        _norm_after,
        _to_length_one,
        _in_place,
        _lets_nan_pass,
        _lets_infinity_pass,
        _divides_by_zero,
        _adds_a_bit,
    ),
    hints=(
        "Imagine all gradients written one after the other as a single long vector. Its length is "
        "the norm that is meant, and one factor shortens all of it.",
        "The sum of squares of the long vector is the sum, over the arrays, of np.sum(g**2). There "
        "is a factor only when the norm is above max_norm; otherwise nothing changes.",
        "Three steps: take the root of the sum; raise ValueError unless np.isfinite(norm); "
        "multiply each array by max_norm / norm if norm > max_norm. Return the list and the norm.",
    ),
    checks=(
        known(
            "a joint norm of 5, worked by hand",
            given([np.array([3.0, 0.0]), np.array([[4.0]])], 2.0),
            ([np.array([1.2, 0.0]), np.array([[1.6]])], np.float64(5.0)),
            driver=drivers.clipped,
        ),
        agrees("four arrays that are too long", _too_long, cases=4, driver=drivers.clipped),
        agrees("a single number", _one_array, cases=2, driver=drivers.clipped),
        holds(
            "the direction is kept when one array explodes",
            _explosion,
            _direction_kept,
            driver=drivers.clipped,
        ),
        holds("below max_norm nothing changes", _short, _unchanged, driver=drivers.clipped),
        agrees(
            "gradients that are all 0", _zeros, cases=2, group="stability", driver=drivers.clipped
        ),
        holds(
            "NaN raises a ValueError",
            _spoiled,
            raised,
            cases=1,
            group="stability",
            driver=drivers.clip_or_raise,
        ),
        holds(
            "infinity raises a ValueError",
            _infinite,
            raised,
            cases=1,
            group="stability",
            driver=drivers.clip_or_raise,
        ),
    ),
)
