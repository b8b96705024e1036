"""Exercise: the product of a Hessian with a vector, from two derivatives in a row."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.checking.compare import Tolerance
from nbcourse.exercises.autograd import drivers, scalar

Array = NDArray[Any]
Program = Callable[[list[Any]], Any]
Numbers = list[float]

# Stands for the student's own class, as reference("Scalar") does.
_own = cast(type, scalar.EXERCISE.reference)
Scalar: Any = type("Scalar", (_own,), {"is_course_reference": True})


class _Dual:
    """A number that carries a slope along, in pieces; wrong answers below have other ones."""

    def __init__(self, value: Any, slope: Any = 0.0) -> None:
        self.value, self.slope = value, slope

    def lift(self, other: Any) -> Any:
        return other if isinstance(other, _Dual) else type(self)(other)

    def __add__(self, other: Any) -> Any:
        b = self.lift(other)
        return type(self)(self.value + b.value, self.slope + b.slope)

    def __mul__(self, other: Any) -> Any:
        b = self.lift(other)
        return type(self)(self.value * b.value, self.product_slope(b))

    __radd__, __rmul__ = __add__, __mul__

    def product_slope(self, b: Any) -> Any:
        return self.slope * b.value + self.value * b.slope

    def tanh(self) -> Any:
        y = np.tanh(self.value) if isinstance(self.value, float) else self.value.tanh()
        return type(self)(y, self.slope * self.tanh_slope(y))

    def tanh_slope(self, y: Any) -> Any:
        return 1 + -1 * y * y


def _reference(f: Program, x: Numbers, v: Numbers) -> Numbers:
    """No walk back at all: slopes along v, and along all axes, and along both in a row."""
    axes = np.eye(len(x))
    y = f([_Dual(_Dual(a, b), _Dual(e)) for a, b, e in zip(x, v, axes, strict=True)])
    return np.broadcast_to(_Dual(0.0).lift(y.slope).slope, len(x)).tolist()


def _dual_of_scalars(f: Program, x: Numbers, v: Numbers) -> Numbers:
    class Dual:
        def __init__(self, value: Any, slope: Any) -> None:
            self.value, self.slope = value, slope

        def __add__(self, other: Any) -> "Dual":
            if not isinstance(other, Dual):
                return Dual(self.value + other, self.slope)
            return Dual(self.value + other.value, self.slope + other.slope)

        def __mul__(self, other: Any) -> "Dual":
            if not isinstance(other, Dual):
                return Dual(self.value * other, self.slope * other)
            slope = self.slope * other.value + self.value * other.slope
            return Dual(self.value * other.value, slope)

        __radd__, __rmul__ = __add__, __mul__

        def tanh(self) -> "Dual":
            y = self.value.tanh()
            return Dual(y, self.slope * (1 + -1 * y * y))

    leaves = [Scalar(a) for a in x]
    along_v = f([Dual(leaf, Scalar(b)) for leaf, b in zip(leaves, v, strict=True)]).slope
    along_v.backward()
    return [leaf.grad for leaf in leaves]


class _AnyNumber(Scalar):  # type: ignore[misc]
    """A scalar whose data may be complex, or a dual number."""

    def tanh(self) -> "_AnyNumber":
        y = np.tanh(self.data)  # of an object, NumPy calls the method
        return _AnyNumber(y, (self,), (1 + -1 * y * y,))


def _scalars_of_duals(f: Program, x: Numbers, v: Numbers) -> Numbers:
    """The other way round: a walk back whose numbers carry their slopes along."""
    leaves = [_AnyNumber(_Dual(a, b)) for a, b in zip(x, v, strict=True)]
    f(leaves).backward()
    return [getattr(leaf.grad, "slope", 0.0) for leaf in leaves]


def _with_complex_step(f: Program, x: Numbers, v: Numbers) -> Numbers:
    """A tiny imaginary part is a slope carried along, since its square is lost."""
    leaves = [_AnyNumber(complex(a, 1e-30 * b)) for a, b in zip(x, v, strict=True)]
    f(leaves).backward()
    return [complex(leaf.grad).imag / 1e-30 for leaf in leaves]


def _by_duals(
    f: Program, x: Numbers, v: Numbers, *, value_too: bool = False, **pieces: Any
) -> Numbers:
    """The first solution, with other pieces."""
    dual, leaves = type("Dual", (_Dual,), pieces), [Scalar(a) for a in x]
    y = f([dual(leaf, Scalar(b)) for leaf, b in zip(leaves, v, strict=True)])
    if value_too:
        y.value.backward()
    y.slope.backward()
    return [leaf.grad for leaf in leaves]


def _gradient(f: Program, x: Numbers) -> Array:
    leaves = [Scalar(a) for a in x]
    f(leaves).backward()
    return np.array([leaf.grad for leaf in leaves])


@mutant(
    "You take differences of gradients. Half of the digits are lost, whatever the step: two "
    "derivatives in a row lose none."
)
def _differences(f: Program, x: Numbers, v: Numbers) -> Numbers:
    a, step = np.array(x), 1e-5 * np.array(v)
    ahead, behind = _gradient(f, (a + step).tolist()), _gradient(f, (a - step).tolist())
    return ((ahead - behind) / 2e-5).tolist()


def _columns(f: Program, x: Numbers) -> Array:
    return np.array([_by_duals(f, x, e) for e in np.eye(len(x)).tolist()])


@mutant(
    "You compute the whole Hessian, column by column. H v costs no more than one column: give v "
    "itself as the direction."
)
def _column_by_column(f: Program, x: Numbers, v: Numbers) -> Numbers:
    return (np.array(v) @ _columns(f, x)).tolist()


@mutant(
    "Only the diagonal is used: entry k is the second derivative in w_k times v_k. A weight "
    "changes the slopes of all weights."
)
def _diagonal(f: Program, x: Numbers, v: Numbers) -> Numbers:
    return (np.diag(_columns(f, x)) * np.array(v)).tolist()


@mutant("That is the gradient. Go on: it is the slope along v that has to be differentiated.")
def _only_gradient(f: Program, x: Numbers, v: Numbers) -> Numbers:
    return _gradient(f, x).tolist()


@mutant(
    "backward was called for the value as well, and grad holds the sum of both gradients. Call it "
    "for the slope along v alone."
)
def _both_gradients(f: Program, x: Numbers, v: Numbers) -> Numbers:
    return _by_duals(f, x, v, value_too=True)


@mutant("Your first slopes are all 1. The direction is v: input k begins with the slope v_k.")
def _ignores_direction(f: Program, x: Numbers, v: Numbers) -> Numbers:
    return _by_duals(f, x, [1.0] * len(x))


@mutant("v is made a unit vector first. H v is asked for the vector as it is, whatever its length.")
def _normalizes(f: Program, x: Numbers, v: Numbers) -> Numbers:
    length = float(np.linalg.norm(v)) or 1.0
    return _by_duals(f, x, [b / length for b in v])


@mutant("The product rule has two terms, one for the slope of each factor; you have one.")
def _one_term(f: Program, x: Numbers, v: Numbers) -> Numbers:
    return _by_duals(f, x, v, product_slope=lambda a, b: a.slope * b.value)


@mutant(
    "In the slope of tanh you use the number y.data, which has no past. The slope itself depends "
    "on the weights: compute it from the Scalar y."
)
def _slope_without_past(f: Program, x: Numbers, v: Numbers) -> Numbers:
    return _by_duals(f, x, v, tanh_slope=lambda _, y: 1 - y.data**2)


@mutant("Plain numbers get the slope 1. They are constant, and their slope is 0.")
def _numbers_move(f: Program, x: Numbers, v: Numbers) -> Numbers:
    def lift(a: Any, other: Any) -> Any:
        return other if isinstance(other, _Dual) else type(a)(other, 1.0)

    return _by_duals(f, x, v, lift=lift)


def _numbers(rng: np.random.Generator, n: int) -> Numbers:
    return [round(float(a), 3) for a in rng.uniform(-1.5, 1.5, size=n)]


def _program(rng: np.random.Generator) -> Given:
    x = _numbers(rng, 3)
    return given(drivers.program(rng, x, int(rng.integers(6, 10))), x, _numbers(rng, 3))


def _chain_of_products(rng: np.random.Generator) -> Given:
    """The product of four numbers: each second derivative but those on the diagonal."""
    steps = [("*", 0, 1), ("*", 2, 4), ("*", 5, 3)]
    return given(steps, _numbers(rng, 4), _numbers(rng, 4))


def _network(rng: np.random.Generator) -> Given:
    points = rng.uniform(-1, 1, size=(5, 2)).round(3).tolist()
    problem = {"points": points, "targets": [1.0, -1.0, 1.0, -1.0, 1.0]}
    return given(problem, _numbers(rng, 9), _numbers(rng, 9))


def _two_vectors(rng: np.random.Generator) -> Given:
    problem, x, u = _network(rng).args
    return given(problem, x, [u, _numbers(rng, 9)])


def _combination(rng: np.random.Generator) -> Given:
    problem, x, (u, v) = _two_vectors(rng).args
    return given(problem, x, [u, v, [2 * a - 3 * b for a, b in zip(u, v, strict=True)]])


def _many_weights(rng: np.random.Generator) -> Given:
    n = 20
    steps: list[Any] = [("*", 0, 1)]
    for k in range(2, n):
        steps += [("*", k, n + len(steps) - 1), ("tanh", n + len(steps))]
    return given(steps, _numbers(rng, n), _numbers(rng, n))


def _symmetric(value: list[Numbers], problem: Any, x: Numbers, vs: list[Numbers]) -> str | None:
    (Hu, Hv), (u, v) = np.array(value), np.array(vs)
    if abs(u @ Hv - v @ Hu) <= 1e-10:
        return None
    return f"u · Hv is {u @ Hv:.6g}, but v · Hu is {v @ Hu:.6g}, and H is symmetric"


def _linear(value: list[Numbers], *_: Any) -> str | None:
    Hu, Hv, Hw = np.array(value)
    if np.allclose(Hw, 2 * Hu - 3 * Hv, rtol=1e-10, atol=1e-10):
        return None
    return "the product with 2 u - 3 v is not 2 H u - 3 H v"


_THREE: list[Any] = [("*", 0, 0), ("*", 3, 1), ("+", 4, 2)]  # a² b + c
_LINEAR: list[Any] = [("*", 3.0, 0), ("+", 2, 1)]
_TANH: list[Any] = [("tanh", 1), ("*", 0, 2)]
_TOLERANCE = Tolerance(factor=200)  # differences of gradients are off by far more
_product: dict[str, Any] = {"driver": drivers.product, "tolerance": _TOLERANCE}

EXERCISE = Exercise(
    name="hvp",
    number=8,
    signature="hvp(f, x, v)",
    statement=(
        "The product H v, a list of n numbers, with H the second derivatives of f at the numbers "
        "x; f takes a list of n numbers of any kind with +, * and tanh(), and returns one."
    ),
    stars=3,
    minutes=45,
    points={"contract": 1, "known answers": 4, "properties": 10, "complexity": 5},
    builds_on=("Scalar",),
    reference=_reference,
    solutions=(_dual_of_scalars, _scalars_of_duals, _with_complex_step),
    mutants=(
        _differences,
        _column_by_column,
        _diagonal,
        _only_gradient,
        _both_gradients,
        _ignores_direction,
        _normalizes,
        _one_term,
        _slope_without_past,
        _numbers_move,
    ),
    hints=(
        "The slope of f along v is one number, and its gradient is H v. So compute this slope in a "
        "way that leaves a record, as a Scalar, and call its backward.",
        "A Dual is a pair of a value and its slope along v. It has +, * and tanh() by the rules of "
        "differentiation, so f can be called with Duals. If both parts are Scalars, all that is "
        "done with the slopes is recorded, too.",
        "Give f the Duals (Scalar(x_k), Scalar(v_k)), call backward of the slope of its result, "
        "and read grad of the Scalars of x. A product (a, da) (b, db) is (a b, da b + a db), and "
        "tanh of (a, da) is (y, da (1 + -1 * y * y)) with y = a.tanh(), all in Scalars.",
    ),
    checks=(
        known(
            "f = a² b + c at (3, 2, 1), by hand",
            given(_THREE, [3.0, 2.0, 1.0], [1.0, 10.0, 100.0]),
            [64.0, 6.0, 0.0],
            **_product,
        ),
        known(
            "f = a tanh(b) at b = 0", given(_TANH, [2.0, 0.0], [3.0, 5.0]), [5.0, 3.0], **_product
        ),
        known(
            "f = 3 a + b has none", given(_LINEAR, [1.0, 2.0], [5.0, 7.0]), [0.0, 0.0], **_product
        ),
        agrees("random programs", _program, cases=6, **_product),
        agrees("a product of four weights", _chain_of_products, cases=2, **_product),
        agrees("the loss of a network with tanh units", _network, **_product),
        holds("H is symmetric", _two_vectors, _symmetric, cases=2, driver=drivers.products),
        holds("H v is linear in v", _combination, _linear, cases=2, driver=drivers.products),
        agrees(
            "20 weights, and f is called three times at most",
            _many_weights,
            group="complexity",
            cases=1,
            driver=drivers.many_products,
        ),
    ),
    keeps_dtype=False,  # numbers of Python have one precision
)
