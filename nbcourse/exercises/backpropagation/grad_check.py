"""Exercise: a gradient check that accepts right gradients and rejects wrong ones."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.backpropagation import drivers
from nbcourse.gradients import numerical_gradient

Array = NDArray[Any]
Scalar = Callable[[Array], float]


def _norm(v: Array) -> float:
    return float(np.linalg.norm(v.astype(np.float64)))


def _eps(how: Mapping[str, float]) -> float:
    return how.get("eps", 1e-6)


def _bound(how: Mapping[str, float]) -> float:
    return how.get("tolerance", 1e-6)


def _reference(f: Scalar, x: Array, g: Array, **how: float) -> bool:
    if g.shape != x.shape or not np.isfinite(g).all():
        return False
    m = numerical_gradient(f, x, eps=_eps(how))
    return _norm(g - m) <= _bound(how) * (_norm(g) + _norm(m))


def _with_unit_vectors(
    f: Scalar, x: Array, g: Array, *, eps: float = 1e-6, tolerance: float = 1e-6
) -> bool:
    if np.shape(g) != np.shape(x) or not np.all(np.isfinite(g)):
        return False
    x = np.asarray(x, dtype=float)
    steps = eps * np.eye(x.size).reshape(-1, *x.shape)
    m = np.array([f(x + step) - f(x - step) for step in steps]) / (2 * eps)
    return _norm(np.ravel(g) - m) <= tolerance * (_norm(g) + _norm(m))


def _measured(f: Scalar, x: Array, *, dtype: Any = np.float64, **how: float) -> Array:
    x, eps = np.array(x, dtype=dtype), _eps(how)
    m = np.empty_like(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + eps
        above = f(x)
        x[index] = kept - eps
        m[index] = (above - f(x)) / (2 * eps)
        x[index] = kept
    return m


def _error(g: Array, m: Array) -> float:
    size = _norm(g) + _norm(m)
    return _norm(g - m) / size if size != 0 else 0.0


def _accepts(g: Array, m: Array, **how: float) -> bool:
    return g.shape == m.shape and _error(g, m) <= _bound(how)


def _with_copy(f: Scalar, x: Array, g: Array, **how: float) -> bool:
    return _accepts(g, _measured(f, x, **how), **how)


@mutant("The difference is one-sided, its error grows with eps. Measure at x + eps and at x - eps.")
def _one_sided(f: Scalar, x: Array, g: Array, **how: float) -> bool:
    x, eps = np.array(x, dtype=np.float64), _eps(how)
    at, steps = f(x), eps * np.eye(x.size).reshape(-1, *x.shape)
    return _accepts(g, np.array([f(x + s) - at for s in steps]).reshape(x.shape) / eps, **how)


@mutant("Every slope is twice too large: from x - eps to x + eps the distance is 2 eps.")
def _half_the_distance(f: Scalar, x: Array, g: Array, **how: float) -> bool:
    return _accepts(g, 2 * _measured(f, x, **how), **how)


@mutant("The bound is fixed, as atol of np.allclose is: small gradients pass and large ones fail.")
def _absolute(f: Scalar, x: Array, g: Array, **how: float) -> bool:
    m = _measured(f, x, **how)
    return g.shape == x.shape and _norm(g - m) <= _bound(how)


@mutant("Entries are compared one by one; where one is almost 0, that is rounding. Compare norms.")
def _entry_by_entry(f: Scalar, x: Array, g: Array, **how: float) -> bool:
    if g.shape != x.shape or not np.isfinite(g).all():
        return False
    m = _measured(f, x, **how)
    return bool(np.all(np.abs(g - m) <= _bound(how) * (np.abs(g) + np.abs(m))))


@mutant("Where f is flat both gradients are 0, and the error is 0/0. Zeros are right there.")
def _zero_over_zero(f: Scalar, x: Array, g: Array, **how: float) -> bool:
    m = _measured(f, x, **how)
    return _accepts(g, m, **how) and _norm(g) + _norm(m) != 0


@mutant("NaN is accepted: `error > tolerance` is false for it. Ask for error <= tolerance.")
def _nan_slips_through(f: Scalar, x: Array, g: Array, **how: float) -> bool:
    return g.shape == x.shape and not _error(g, _measured(f, x, **how)) > _bound(how)


@mutant("Infinity is accepted: inf <= tolerance * inf is true. Ask for finite entries first.")
def _infinity_slips_through(f: Scalar, x: Array, g: Array, **how: float) -> bool:
    m = _measured(f, x, **how)
    return g.shape == x.shape and _norm(g - m) <= _bound(how) * (_norm(g) + _norm(m))


@mutant("A gradient in another shape raises an error or is accepted; compare the shapes first.")
def _ignores_shape(f: Scalar, x: Array, g: Array, **how: float) -> bool:
    return _error(g, _measured(f, x, **how)) <= _bound(how)


@mutant("Only the slope along (1, 1, ..., 1) is compared; errors that cancel there stay hidden.")
def _one_direction(f: Scalar, x: Array, g: Array, **how: float) -> bool:
    x, eps = np.array(x, dtype=np.float64), _eps(how)
    slope = np.array((f(x + eps) - f(x - eps)) / (2 * eps))
    return g.shape == x.shape and _error(g.sum(), slope) <= _bound(how)


@mutant("A whole row is moved at once: len(x) counts rows. Each entry of x has its own slope.")
def _row_by_row(f: Scalar, x: Array, g: Array, **how: float) -> bool:
    x, eps, m = np.array(x, dtype=np.float64), _eps(how), np.empty(x.shape)
    for k in range(len(x)):
        step = np.zeros_like(x)
        step[k] = eps
        m[k] = (f(x + step) - f(x - step)) / (2 * eps)
    return _accepts(g, m, **how)


@mutant("The step is always 1e-6; use the argument eps.")
def _ignores_eps(f: Scalar, x: Array, g: Array, **how: float) -> bool:
    return _with_copy(f, x, g, tolerance=_bound(how))


@mutant("With x in float32, a step of 1e-6 measures rounding. Convert x to float64 first.")
def _measures_in_float32(f: Scalar, x: Array, g: Array, **how: float) -> bool:
    return _accepts(g, _measured(f, x, dtype=x.dtype, **how), **how)


@mutant("x is changed: np.asarray makes no copy, and x + eps - eps is not exactly x. Use np.array.")
def _moves_x(f: Scalar, x: Array, g: Array, **how: float) -> bool:
    x, eps, m = np.asarray(x, dtype=np.float64), _eps(how), np.empty(x.shape)
    for index in np.ndindex(x.shape):
        x[index] += eps
        above = f(x)
        x[index] -= 2 * eps
        m[index] = (above - f(x)) / (2 * eps)
        x[index] += eps
    return _accepts(g, m, **how)


@mutant("f is called four times for each entry: measure the gradient once, and keep it.")
def _measures_twice(f: Scalar, x: Array, g: Array, **how: float) -> bool:
    _measured(f, x, **how)
    return _with_copy(f, x, g, **how)


def _waves(
    rng: np.random.Generator, shape: tuple[int, ...], first: float = 1.0
) -> tuple[dict[str, Any], Array]:
    """A function and a point, both exact in float32, and the right gradient there."""
    a, x = rng.choice([-1, 1], size=(2, *shape)) * rng.uniform(0.5, 1.5, size=(2, *shape))
    a.flat[0] *= first
    a, x = (v.astype(np.float32).astype(np.float64) for v in (a, x))
    return {"f": drivers.WAVES, "a": a, "x": x}, a * np.cos(x) + a * np.sum(a * x)


def _mixed(rng: np.random.Generator, *gradients: Array) -> dict[str, Any]:
    """g1, g2, ... in random order, so that no fixed verdicts are right."""
    return {f"g{n}": gradients[k] for n, k in enumerate(rng.permutation(len(gradients)), start=1)}


def _one_entry_off(rng: np.random.Generator, g: Array) -> Array:
    wrong = g.copy()
    wrong.flat[rng.integers(g.size)] += 0.01 * np.abs(g).max()
    return wrong


def _six_wrong(rng: np.random.Generator) -> Given:
    waves, g = _waves(rng, (2, 2))
    missing = np.where(np.abs(g) == np.abs(g).max(), 0, g)
    wrong = 4 * g, -g, g.T, np.roll(g, 1), missing, _one_entry_off(rng, g)
    return given(**waves, **_mixed(rng, g, *wrong), settings=({"eps": 1e-4},))


def _units(rng: np.random.Generator) -> Given:
    waves, g = _waves(rng, (3,), first=1e-9)
    return given(**waves, **_mixed(rng, g, _one_entry_off(rng, g)), scales=(1e-9, 1e9))


def _no_gradients(rng: np.random.Generator) -> Given:
    waves, g = _waves(rng, (3,))
    spoiled = (np.where(np.arange(3) == rng.integers(3), bad, g) for bad in (np.nan, np.inf))
    return given(**waves, **_mixed(rng, g, *spoiled, g[:, None], g[:2]))


def _options(rng: np.random.Generator) -> Given:
    a, x = rng.uniform(0.5, 1.5, size=3), rng.uniform(0.5e-3, 1.5e-3, size=3) * [1, -1, 1]
    claims = _mixed(rng, a * (x > 0), 1.001 * a * (x > 0))
    settings = {"eps": 1e-6}, {"eps": 0.01}, {"tolerance": 0.01}
    return given(f=drivers.HINGES, a=a, x=x, **claims, settings=settings)


def _three_axes(rng: np.random.Generator) -> Given:
    waves, g = _waves(rng, (2, 1, 3))
    return given(**waves, **_mixed(rng, g, _one_entry_off(rng, g)))


def _longer(rng: np.random.Generator) -> Given:
    waves, g = _waves(rng, (int(rng.integers(5, 9)),))
    return given(**waves, g=g)


def _two_calls_an_entry(value: int, f: str, a: Array, x: Array, g: Array) -> str | None:
    if 2 <= value <= 2 * x.size + 1:
        return None
    return f"f was called {value} times for {x.size} entries; {2 * x.size} calls are enough"


_SQUARES = {"f": drivers.SQUARES, "a": np.array([1.0, 3.0]), "x": np.array([2.0, -1.0])}
_FLAT = {"f": drivers.FLAT, "a": np.ones(2), "x": np.ones(2)}
_verdicts = partial(agrees, driver=drivers.verdicts)
_known_verdicts = partial(known, driver=drivers.verdicts)

EXERCISE = Exercise(
    name="grad_check",
    number=4,
    signature="grad_check(f, x, g, *, eps=1e-6, tolerance=1e-6)",
    statement=(
        "Whether g is the gradient of the scalar function f at x: True when |g - m| <= tolerance "
        "(|g| + |m|) for the gradient m measured by central differences of step eps, in float64."
    ),
    stars=2,
    minutes=30,
    points={"contract": 1, "known answers": 2, "properties": 4, "stability": 2, "complexity": 1},
    keeps_dtype=False,  # the result is a truth value
    reference=_reference,
    solutions=(_with_copy, _with_unit_vectors),
    mutants=(
        _one_sided,
        _half_the_distance,
        _absolute,
        _entry_by_entry,
        _zero_over_zero,
        _nan_slips_through,
        _infinity_slips_through,
        _ignores_shape,
        _one_direction,
        _row_by_row,
        _ignores_eps,
        _measures_in_float32,
        _moves_x,
        _measures_twice,
    ),
    hints=(
        "First fill an array m of the shape of x, one entry at a time. np.ndindex(x.shape) runs "
        "over the indices of an array of any shape.",
        "Work on a float64 copy of x: set one entry to its value + eps and call f, to its value - "
        "eps and call f, then put back the value that you kept. Divide by the distance of the two.",
        "Return False early for another shape or entries that are not finite. Then compare "
        "np.linalg.norm(g - m) with tolerance times the sum of both norms: without a division, 0 "
        "and 0 need no special case.",
    ),
    checks=(
        _known_verdicts(
            "f(x) = x1² + 3 x2², by hand: right; without the factor 2",
            given(**_SQUARES, g1=np.array([4.0, -6.0]), g2=np.array([2.0, -3.0])),
            {"g1": True, "g2": False},
        ),
        _known_verdicts(
            "where f is flat, zeros are right and anything else is wrong",
            given(**_FLAT, g1=np.zeros(2), g2=np.array([0.0, 0.001])),
            {"g1": True, "g2": False},
        ),
        _verdicts("of seven gradients only the right one passes, with a step of 1e-4", _six_wrong),
        _verdicts("NaN, infinity and other shapes are rejected", _no_gradients),
        _verdicts("eps and tolerance are used", _options, cases=1),
        _verdicts("f in units of 1e-9 and 1e9, an entry near 0", _units, group="stability"),
        _verdicts(
            "x and g in float32, with three axes", _three_axes, group="stability", dtype="float32"
        ),
        holds(
            "f is called twice for each entry, not more",
            _longer,
            _two_calls_an_entry,
            driver=drivers.count_calls,
            group="complexity",
            cases=2,
        ),
    ),
)
