"""Exercise: an engine for single numbers, which record how they were computed."""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nbcourse.checking import Check, Exercise, Given, Mutant, agrees, given, holds, known
from nbcourse.exercises.autograd import drivers
from nbcourse.gradients import numerical_gradient

Rule = Callable[..., Any]


class _WithSlopes:
    def __init__(self, data: float, parents: Sequence[Any] = (), slopes: Any = ()) -> None:
        self.data, self.grad = data, 0.0
        self.parents, self.slopes = parents, slopes

    def lift(self, other: Any) -> Any:
        return other if isinstance(other, type(self)) else type(self)(other)

    def __add__(self, other: Any) -> Any:
        other = self.lift(other)
        return type(self)(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: Any) -> Any:
        other = self.lift(other)
        return type(self)(self.data * other.data, (self, other), (other.data, self.data))

    __radd__, __rmul__ = __add__, __mul__

    def tanh(self) -> Any:
        y = math.tanh(self.data)
        return type(self)(y, (self,), (1 - y * y,))

    def order(self) -> list[Any]:
        order: list[Any] = []
        seen = set()
        stack = [(self, False)]
        while stack:
            value, parents_are_listed = stack.pop()
            if parents_are_listed:
                order.append(value)
            elif value not in seen:
                seen.add(value)
                stack.append((value, True))
                stack.extend((parent, False) for parent in value.parents)
        return order

    def backward(self) -> None:
        arrived = {self: 1.0}
        for value in reversed(self.order()):
            dv = arrived.pop(value)
            if not value.parents:
                value.grad += dv
            for parent, slope in zip(value.parents, value.slopes, strict=True):
                arrived[parent] = arrived.get(parent, 0.0) + dv * slope


class _ByAge(_WithSlopes):
    """Each value has a number; parents are older than their children."""

    numbers = itertools.count()

    def __init__(self, *record: Any) -> None:
        super().__init__(*record)
        self.number = next(self.numbers)

    def order(self) -> list[Any]:
        found, waiting = {self}, [self]
        for value in waiting:
            waiting += (new := set(value.parents) - found)
            found |= new
        return sorted(found, key=lambda value: value.number)


class _Forward(_WithSlopes):
    """No walk at all: each value carries along its slopes for all inputs."""

    def __init__(self, data: float, parents: Sequence[Any] = (), slopes: Any = ()) -> None:
        super().__init__(data)
        self.along: dict[Any, float] = {} if parents else {self: 1.0}
        for parent, slope in zip(parents, slopes, strict=True):
            for leaf, before in parent.along.items():
                self.along[leaf] = self.along.get(leaf, 0.0) + slope * before

    def lift(self, other: Any) -> Any:
        number = super().lift(other)
        if number is not other:
            number.along = {}
        return number

    def backward(self) -> None:
        for leaf, slope in self.along.items():
            leaf.grad += slope


def _wrong(name: str, sentence: str, **pieces: Any) -> Mutant:
    """The first solution with other pieces."""
    return Mutant(type(name, (_WithSlopes,), pieces), sentence)


def _walks(
    seed: float = 1.0,
    walk: Rule = lambda root: root.order()[::-1],
    collect: Rule = lambda grad, dv: grad + dv,
    join: Rule = lambda so_far, dv, slope: so_far + dv * slope,
) -> Rule:
    """A method backward that has this to say at the places where mistakes are made."""

    def backward(root: Any) -> None:
        arrived = {root: seed}
        for value in walk(root):
            dv = arrived.pop(value)
            value.grad = value.grad if value.parents else collect(value.grad, dv)
            for parent, slope in zip(value.parents, value.slopes, strict=True):
                arrived[parent] = join(arrived.get(parent, 0.0), dv, slope)

    return backward


def _hand_on(value: Any, dv: float = 1.0) -> None:
    value.grad += 0.0 if value.parents else dv
    for parent, slope in zip(value.parents, value.slopes, strict=True):
        _hand_on(parent, dv * slope)


def _with_leftovers(self: Any) -> None:
    self.grad = 1.0
    for value in reversed(self.order()):
        for parent, slope in zip(value.parents, value.slopes, strict=True):
            parent.grad += value.grad * slope


def _level_by_level(root: Any) -> list[Any]:
    walk, found = [root], {root}
    for value in walk:
        walk += (new := dict.fromkeys(p for p in value.parents if p not in found))
        found |= set(new)
    return walk


def _recursive(self: Any, order: dict[Any, None] | None = None) -> list[Any]:
    order = {} if order is None else order
    for parent in self.parents:
        if parent not in order:
            _recursive(parent, order)
    order[self] = None
    return list(order)


def _own_factors(self: Any, other: Any) -> Any:
    other = self.lift(other)
    return type(self)(self.data * other.data, (self, other), (self.data, other.data))


_MUTANTS = (
    _wrong(
        "replaces",
        "Where a value was used twice, the last gradient to arrive replaces the other. Add them.",
        backward=_walks(join=lambda so_far, dv, slope: dv * slope),
    ),
    _wrong(
        "averages",
        "Where two gradients arrive you take their mean. Both uses count in full: add.",
        backward=_walks(join=lambda s, dv, slope: (s + dv * slope) / (2 if s else 1)),
    ),
    _wrong(
        "forgets_what_arrived",
        "You hand on slopes alone. By the chain rule each is multiplied by what arrived before it.",
        backward=_walks(join=lambda so_far, dv, slope: so_far + slope),
    ),
    _wrong(
        "collects_anew",
        "A second backward() sets grad anew. It adds to what is there; to begin again is up to us.",
        backward=_walks(collect=lambda grad, dv: dv),
    ),
    _wrong(
        "no_seed",
        "All gradients stay 0. The walk begins at the result, with the gradient 1.",
        backward=_walks(seed=0.0),
    ),
    _wrong(
        "leftovers",
        "Only leaves collect. Values in between begin with 0 in each walk, or hand old things on.",
        backward=_with_leftovers,
    ),
    _wrong(
        "leftovers_and_recursion",
        "Values in between hand on old gradients once more; and your order calls itself, too deep.",
        backward=_with_leftovers,
        order=_recursive,
    ),
    _wrong(
        "at_once",
        "Each value hands on at once whatever it gets. That is right, but one with two uses goes "
        "on twice: 2^n visits for n steps h = h + h. First make an order, then visit each once.",
        backward=_hand_on,
    ),
    _wrong(
        "level_by_level",
        "You walk level by level. A value comes too early then if something uses it further on.",
        backward=_walks(walk=_level_by_level),
    ),
    _wrong(
        "recursion",
        "Your order calls itself for each parent, too deep for a long program. Keep a stack.",
        order=_recursive,
    ),
    _wrong(
        "one_side",
        "a * 2 works and 2 * a does not: the number knows no Scalar. Write __radd__ and __rmul__.",
        __radd__=None,
        __rmul__=None,
    ),
    _wrong(
        "own_factors",
        "The slopes of a product are exchanged: that for a is b, and that for b is a.",
        __mul__=_own_factors,
    ),
    _wrong(
        "slope_at_input",
        "The slope of y = tanh x is 1 - y², with the result y; you take the input x.",
        tanh=lambda self: type(self)(math.tanh(self.data), (self,), (1 - self.data**2,)),
    ),
    _wrong(
        "equal_numbers",
        "Two values with the same number are taken for one. Leave __eq__ and __hash__ to Python.",
        __eq__=lambda self, other: self.data == other.data,
        __hash__=lambda self: hash(self.data),
    ),
)


def _program(rng: np.random.Generator) -> Given:
    inputs = _inputs(rng, 3)
    return given(inputs, drivers.program(rng, inputs, int(rng.integers(5, 10))))


def _inputs(rng: np.random.Generator, n: int) -> list[float]:
    return [round(float(x), 3) for x in rng.uniform(-1.5, 1.5, size=n)]


def _again(rng: np.random.Generator) -> Given:
    inputs, steps = _program(rng).args
    return given(inputs, steps, [-1, -2, -1])


def _are_slopes(value: dict[str, Any], inputs: list[float], steps: drivers.Steps) -> str | None:
    measured = numerical_gradient(
        lambda x: float(drivers.run(x.tolist(), steps)[-1]), np.array(inputs)
    )
    if np.allclose(value["gradients"], measured, rtol=1e-6, atol=1e-6):
        return None
    return "the gradients are not the slopes that differences measure"


def _known(name: str, inputs: list[float], steps: Any, value: float, *gradients: float) -> Check:
    expected = {"value": value, "gradients": list(gradients)}
    return known(name, given(inputs, steps), expected, driver=drivers.differentiate)


_PRODUCTS: drivers.Steps = [("*", 0, 1), ("+", 2, 0), ("*", 2, 3)]
_NUMBERS: drivers.Steps = [("*", 3.0, 0), ("+", 1.0, 1), ("+", 2, 4.0), ("*", 3, 2.0)]

EXERCISE = Exercise(
    name="Scalar",
    number=6,
    signature="Scalar(data)",
    statement=(
        "A class: a number data with + and * (also with plain numbers, on both sides), tanh(), and "
        "backward(), which adds to grad, 0.0 at first, of each Scalar that was not computed."
    ),
    stars=2,
    minutes=45,
    points={"contract": 1, "known answers": 5, "properties": 6, "gradients": 4, "complexity": 4},
    reference=_WithSlopes,
    solutions=(_WithSlopes, _ByAge, _Forward),
    mutants=_MUTANTS,
    hints=(
        "Let a result know its parents and, for each, the slope: 1 and 1 for a sum, the other "
        "factor for each one of a product, 1 - y² for y = tanh x. Make Scalars of numbers first.",
        "backward needs topological_order, with value.parents for the dictionary. Go through it "
        "from the end, with a dictionary of what has arrived so far, at first {self: 1.0}.",
        "At each value take out what has arrived, dv. If it has no parents, add dv to its grad. "
        "Otherwise add dv * slope to what has arrived at each parent. Only grad outlives the call.",
    ),
    checks=(
        _known("y = u (u + a) with u = a b, by hand", [2.0, 3.0], _PRODUCTS, 48.0, 48.0, 28.0),
        _known("the same where a = b = 3", [3.0, 3.0], _PRODUCTS, 108.0, 72.0, 63.0),
        _known("y = a a, by hand", [3.0], [("*", 0, 0)], 9.0, 6.0),
        _known("numbers on both sides: 2 (1 + 3 a + 4)", [1.5], _NUMBERS, 19.0, 6.0),
        _known("an input without use has the gradient 0", [1.0, 2.0], [("+", 0, 1.0)], 2, 1, 0),
        known(
            "backward of a leaf itself: its grad is 1, then 2",
            given([5.0], [], [0, 0]),
            [[0.0], [1.0], [2.0]],
            driver=drivers.differentiate_again,
        ),
        agrees("random programs", _program, cases=6, driver=drivers.differentiate),
        agrees("another backward() adds", _again, cases=4, driver=drivers.differentiate_again),
        holds(
            "gradients are slopes, by differences",
            _program,
            _are_slopes,
            group="gradients",
            driver=drivers.differentiate,
        ),
        known(
            "40 steps h = h + h: each value is visited once",
            given(1.0, 40),
            {"value": 2.0**40, "gradient": 2.0**40},
            group="complexity",
            driver=drivers.doubled,
        ),
        known(
            "5,000 steps h = h + 1, without a RecursionError",
            given(0.0, 5_000),
            {"value": 5_000.0, "gradient": 1.0},
            group="complexity",
            driver=drivers.long_program,
        ),
    ),
    forbidden=("sys.setrecursionlimit",),
    keeps_dtype=False,  # numbers of Python have one precision
)
