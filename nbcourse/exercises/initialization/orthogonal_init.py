"""Exercise: weights that turn their inputs and stretch none, drawn without a preference."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import initializers
from nbcourse.checking import Exercise, Given, Tolerance, agrees, given, holds, known, mutant
from nbcourse.exercises.initialization import drivers

Array = NDArray[Any]
Rng = np.random.Generator
Shape = tuple[int, int]

_N_DRAWS = 300
_SIGMAS = 6  # a right answer is rejected less than once in 10^7 times


def _reference(shape: Shape, *, rng: Rng, gain: float = 1.0) -> Array:
    return initializers.orthogonal(shape, rng=rng, gain=gain)


def _with_qr(shape: Shape, *, rng: Rng, gain: float = 1.0) -> Array:
    n_in, n_out = shape
    a = rng.normal(size=(max(shape), min(shape)))
    Q, R = np.linalg.qr(a)
    Q = Q * np.sign(np.diag(R))  # each column of Q gets the sign of its entry of R
    return gain * (Q if n_in >= n_out else Q.T)


def _with_svd(shape: Shape, *, rng: Rng, gain: float = 1.0) -> Array:
    """The orthogonal factor nearest to a normal matrix; the signs of U and V cancel."""
    U, _, Vt = np.linalg.svd(rng.normal(size=shape), full_matrices=False)
    return gain * (U @ Vt)


def _with_gram_schmidt(shape: Shape, *, rng: Rng, gain: float = 1.0) -> Array:
    """One normal vector after the other, each made perpendicular to those before it."""
    rows = np.zeros((min(shape), max(shape)))
    for k, v in enumerate(rng.normal(size=rows.shape)):
        for _ in range(2):  # twice is enough for rounding
            v = v - (rows[:k] @ v) @ rows[:k]
        rows[k] = v / math.sqrt(v @ v)
    return gain * (rows if shape[0] < shape[1] else rows.T)


def _with_random_signs(shape: Shape, *, rng: Rng, gain: float = 1.0) -> Array:
    """A square matrix with signs of its own, cut to size."""
    n = max(shape)
    Q, _ = np.linalg.qr(rng.normal(size=(n, n)))
    Q = Q * rng.choice([-1.0, 1.0], size=n)
    return gain * Q[: shape[0], : shape[1]]


def _signed_qr(a: Array) -> Array:
    Q, R = np.linalg.qr(a)
    return Q * np.sign(np.diag(R))


def _plain_qr(a: Array) -> Array:
    return np.linalg.qr(a)[0]


def _draw_weights(
    shape: Shape,
    rng: Rng,
    *,
    numbers: Callable[[Shape], Array] | None = None,
    q_of: Any = _signed_qr,
) -> Array:
    """The answer with its parts open, for the mistakes below; the gain comes later."""
    tall = max(shape), min(shape)
    Q = q_of(rng.normal(size=tall) if numbers is None else numbers(tall))
    return np.array(Q if shape[0] >= shape[1] else Q.T)


@mutant(
    "The signs are not random: the algorithm behind qr has habits, and Q[0, 0] is never positive. "
    "Give each column the sign of its entry on the diagonal of R."
)
def _without_signs(shape: Shape, *, rng: Rng, gain: float = 1.0) -> Array:
    return gain * _draw_weights(shape, rng, q_of=_plain_qr)


@mutant(
    "U alone, from the SVD, has signs that are a habit of the algorithm. In U @ Vt they cancel "
    "with those of V."
)
def _only_u(shape: Shape, *, rng: Rng, gain: float = 1.0) -> Array:
    def left(a: Array) -> Array:
        return np.linalg.svd(a, full_matrices=False)[0]

    return gain * _draw_weights(shape, rng, q_of=left)


@mutant(
    "The signs multiply rows of Q; they belong to its columns: one for each entry on the diagonal "
    "of R."
)
def _signs_on_rows(shape: Shape, *, rng: Rng, gain: float = 1.0) -> Array:
    def q_of(a: Array) -> Array:
        Q, R = np.linalg.qr(a)
        return np.sign(np.diag(R))[:, None] * Q

    return gain * _draw_weights(shape, rng, q_of=q_of)


@mutant(
    "A wide shape comes out square: qr of a wide matrix gives one column for each row. Draw the "
    "tall matrix and transpose its Q."
)
def _wide_is_square(shape: Shape, *, rng: Rng, gain: float = 1.0) -> Array:
    return gain * _signed_qr(rng.normal(size=shape))


@mutant("A wide shape comes out tall: transpose Q when there are more columns than rows.")
def _always_tall(shape: Shape, *, rng: Rng, gain: float = 1.0) -> Array:
    return gain * _signed_qr(rng.normal(size=(max(shape), min(shape))))


@mutant("The gain multiplies W.T @ W here. It belongs to W, whose square that is.")
def _gain_on_product(shape: Shape, *, rng: Rng, gain: float = 1.0) -> Array:
    return math.sqrt(gain) * _draw_weights(shape, rng)


@mutant("The gain has no effect: multiply the orthogonal matrix by it.")
def _ignores_gain(shape: Shape, *, rng: Rng, gain: float = 1.0) -> Array:
    return _draw_weights(shape, rng)


@mutant(
    "Your vectors have length 1, but are not perpendicular: W.T @ W has numbers off its diagonal."
)
def _only_unit_length(shape: Shape, *, rng: Rng, gain: float = 1.0) -> Array:
    return gain * _draw_weights(shape, rng, q_of=lambda a: a / np.linalg.norm(a, axis=0))


@mutant(
    "You start from numbers between 0 and 1, so the first column has one sign only. Normal numbers "
    "have no preferred direction."
)
def _from_positive_numbers(shape: Shape, *, rng: Rng, gain: float = 1.0) -> Array:
    return gain * _draw_weights(shape, rng, numbers=rng.random)


@mutant("Nothing is random: a piece of the unit matrix is orthogonal, but draw it from rng.")
def _unit_matrix(shape: Shape, *, rng: Rng, gain: float = 1.0) -> Array:
    return gain * np.eye(*shape)


@mutant(
    "You shuffle unit vectors and their signs. That is orthogonal, but each unit sees a single "
    "input, and most matrices can never come."
)
def _shuffles(shape: Shape, *, rng: Rng, gain: float = 1.0) -> Array:
    n = max(shape)
    signed = rng.permutation(np.eye(n)) * rng.choice([-1.0, 1.0], size=n)
    return gain * signed[: shape[0], : shape[1]]


@mutant("Your function makes a generator of its own, so all layers of a shape are equal. Use rng.")
def _own_generator(shape: Shape, *, rng: Rng, gain: float = 1.0) -> Array:
    return gain * _draw_weights(shape, np.random.default_rng(0))


@mutant("NumPy's global generator draws: nobody can repeat the run from rng. Use rng.")
def _global_generator(shape: Shape, *, rng: Rng, gain: float = 1.0) -> Array:
    def numbers(shape: Shape) -> Array:
        return np.random.normal(size=shape)  # noqa: NPY002 - the mistake

    return gain * _draw_weights(shape, rng, numbers=numbers)


def _shape(rng: Rng, form: str, most: int = 12) -> Shape:
    few, many = (int(k) for k in np.sort(rng.choice(np.arange(2, most), size=2, replace=False)))
    return {"square": (many, many), "tall": (many, few), "wide": (few, many)}[form]


def _draw(rng: Rng, form: str) -> Given:
    gain = float(rng.uniform(1.2, 3))
    return given(_shape(rng, form), gain=gain, seed=int(rng.integers(2**32)))


def _many(rng: Rng, form: str) -> Given:
    return given(_shape(rng, form, 6), seed=int(rng.integers(2**32)), n_draws=_N_DRAWS)


def _any_form(rng: Rng) -> Given:
    form = str(rng.choice(["square", "tall", "wide"]))
    return given(_shape(rng, form), seed=int(rng.integers(2**32)))


def _is_orthogonal(value: dict[str, Any], shape: Shape, *, seed: int, gain: float) -> str | None:
    if value["shape"] != list(shape):
        return f"the weights have shape {tuple(value['shape'])}, wanted {shape}"
    product, wanted = value["product"], gain**2 * np.eye(min(shape))
    k = np.unravel_index(int(np.argmax(np.abs(product - wanted))), wanted.shape)
    if abs(product[k] - wanted[k]) > 1e-10:
        name = "W.T @ W" if shape[0] >= shape[1] else "W @ W.T"
        return f"{name} has {product[k]:.4f} at [{k[0]}, {k[1]}], wanted {wanted[k]:.4f}"
    return None


def _prefers_nothing(value: dict[str, Any], shape: Shape, *, seed: int, n_draws: int) -> str | None:
    n = max(shape)  # the vectors are uniform on the unit sphere in n dimensions
    mean, band = value["mean of each weight"], _SIGMAS / math.sqrt(n * n_draws)
    k = np.unravel_index(int(np.argmax(np.abs(mean))), mean.shape)
    if abs(mean[k]) > band:
        at = f"W[{k[0]}, {k[1]}]"
        return f"over {n_draws} draws, {at} has the mean {mean[k]:.3f}, wanted 0 +- {band:.3f}"
    got, wanted = value["mean fourth power"], 3 / (n * (n + 2))
    if abs(got - wanted) > 0.35 * wanted:
        return f"over {n_draws} draws, the mean of W**4 is {got:.4f}, wanted {wanted:.4f}"
    return None


def _about(bound: float) -> Tolerance:
    return Tolerance(factor=bound / np.finfo(float).eps)


_averages = partial(
    holds, predicate=_prefers_nothing, driver=drivers.averages, cases=1, tolerance=_about(0.05)
)
_products = partial(
    holds, predicate=_is_orthogonal, driver=drivers.product, tolerance=_about(1e-10)
)

EXERCISE = Exercise(
    name="orthogonal_init",
    number=6,
    signature="orthogonal_init(shape, *, rng, gain=1.0)",
    statement=(
        "gain times a random matrix (n_in, n_out) with orthonormal columns, or rows where those "
        "are fewer; drawn from rng so that no direction is preferred."
    ),
    stars=2,
    minutes=25,
    points={"contract": 1, "known answers": 2, "properties": 7},
    reference=_reference,
    solutions=(_with_qr, _with_svd, _with_gram_schmidt, _with_random_signs),
    mutants=(
        _without_signs,
        _only_u,
        _signs_on_rows,
        _wide_is_square,
        _always_tall,
        _gain_on_product,
        _ignores_gain,
        _only_unit_length,
        _from_positive_numbers,
        _unit_matrix,
        _shuffles,
        _own_generator,
        _global_generator,
    ),
    hints=(
        "np.linalg.qr takes a matrix of normal numbers apart into Q, with orthonormal columns, and "
        "a triangular R. Draw a tall matrix; a wide one is the transpose of a tall one.",
        "Look at Q[0, 0] for a few draws: its sign never changes. The factorization is unique only "
        "once the diagonal of R is positive, and then Q prefers nothing.",
        "Multiply Q by np.sign(np.diag(R)): one sign for each column. Transpose if n_in < n_out, "
        "and multiply by the gain.",
    ),
    checks=(
        known(
            "a single weight with gain 3 is 3 or -3: its square is 9",
            given((1, 1), gain=3.0, seed=1),
            {"shape": [1, 1], "product": np.array([[9.0]])},
            driver=drivers.product,
        ),
        known(
            "a column of four with gain 2 has the squared length 4",
            given((4, 1), gain=2.0, seed=1),
            {"shape": [4, 1], "product": np.array([[4.0]])},
            driver=drivers.product,
        ),
        _products(
            "square: W.T @ W is gain**2 times the unit matrix", partial(_draw, form="square")
        ),
        _products("tall: the columns are orthonormal, times gain", partial(_draw, form="tall")),
        _products("wide: the rows are orthonormal, times gain", partial(_draw, form="wide")),
        _averages("square: no direction is preferred", partial(_many, form="square")),
        _averages("tall: no direction is preferred", partial(_many, form="tall")),
        _averages("wide: no direction is preferred", partial(_many, form="wide")),
        agrees("the weights come from rng alone", _any_form, driver=drivers.repeats, cases=2),
    ),
    keeps_dtype=False,  # there is no array to take a dtype from
)
