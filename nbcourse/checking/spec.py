"""What an exercise asks, as data: checks, right answers, planted wrong ones, hints, points."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from nbcourse.checking.compare import DEFAULT, Tolerance
from nbcourse.checking.values import Value, cast

GROUPS = (
    "contract",
    "known answers",
    "properties",
    "gradients",
    "stability",
    "complexity",
    "training",
)
CONTRACT = GROUPS[0]


class Given:
    """The arguments of one case, all plain values: positional and by keyword."""

    def __init__(self, *args: Value, **kwargs: Value) -> None:
        self.args, self.kwargs = args, kwargs

    def copy(self) -> "Given":
        """Arguments that can be changed without changing these."""
        return Given(*copy.deepcopy(self.args), **copy.deepcopy(self.kwargs))

    def cast(self, dtype: str) -> "Given":
        """The same case with its floating-point arrays in another dtype."""
        return Given(*cast(self.args, dtype), **cast(self.kwargs, dtype))


given = Given
Draw: TypeAlias = Callable[[np.random.Generator], Given]
Driver: TypeAlias = Callable[..., Any]
Predicate: TypeAlias = Callable[..., str | None]


def call(function: Callable[..., Any], *args: Value, **kwargs: Value) -> Any:  # noqa: ANN401
    """The driver of a plain function: one call."""
    return function(*args, **kwargs)


class _FromReference:
    """Marks a check whose expected value the reference computes."""


FROM_REFERENCE = _FromReference()


@dataclass(frozen=True, kw_only=True)
class Check:
    """One statement about an answer, tried on several cases.

    Attributes:
        name: the sentence that holds when the check does, in the student's words.
        group: one of GROUPS; the points of a group are shared by its checks.
        draw: arguments of one case from a generator.
        cases: how many cases are tried (twice as many where inputs are hidden).
        driver: public code, `driver(function, *args, **kwargs) -> plain value`; makes what is not
            plain (generators, callables, objects) from plain arguments.
        expected: the value that is right, unless the reference computes it or `holds` decides.
        holds: `holds(value, *args, **kwargs)` returns None, or a sentence that says what is wrong.
        tolerance: how far a number may be from the expected one.
        seconds: the time that one call may take.
        dtype: the dtype of floating-point arrays among the arguments.
        only_dtype: whether the dtype of the result is judged, and not its numbers.
    """

    name: str
    group: str
    draw: Draw
    cases: int = 3
    driver: Driver = call
    expected: Value | _FromReference = FROM_REFERENCE
    holds: Predicate | None = None
    tolerance: Tolerance = DEFAULT
    seconds: float = 1.0
    dtype: str = "float64"
    only_dtype: bool = False

    @property
    def by_reference(self) -> bool:
        """Whether the reference computes what is expected."""
        return isinstance(self.expected, _FromReference) and self.holds is None


def agrees(name: str, draw: Draw, *, group: str = "properties", **options: Any) -> Check:  # noqa: ANN401
    """A check against the reference on drawn arguments."""
    return Check(name=name, group=group, draw=draw, **options)


def known(name: str, arguments: Given, expected: Value, **options: Any) -> Check:  # noqa: ANN401
    """A check against an answer worked out by hand."""
    defaults: dict[str, Any] = {"group": "known answers", "cases": 1}
    return Check(name=name, draw=lambda rng: arguments, expected=expected, **defaults | options)


def holds(
    name: str,
    draw: Draw,
    predicate: Predicate,
    *,
    group: str = "properties",
    **options: Any,  # noqa: ANN401
) -> Check:
    """A check of a property: `predicate(value, *args)` returns None or says what is wrong."""
    return Check(name=name, group=group, draw=draw, holds=predicate, **options)


@dataclass(frozen=True)
class Mutant:
    """A plausible wrong answer, and the sentence that tells a student of the mistake."""

    function: Callable[..., Any]
    sentence: str

    @property
    def name(self) -> str:
        """The name of the wrong function."""
        return self.function.__name__


def mutant(sentence: str) -> Callable[[Callable[..., Any]], Mutant]:
    """Decorate a wrong answer with the sentence that diagnoses it."""
    return lambda function: Mutant(function, sentence)


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One function (or class) to write, and everything needed to judge it.

    Attributes:
        name: the name of the function; unique in the course, and the id of the exercise.
        number: its place in the chapter, from 1.
        signature: how it is called, e.g. `softmax(z, *, axis=-1)`.
        statement: one or two sentences: what it returns, with shapes and units.
        stars: difficulty, 1 to 3.
        minutes: how long a student may need.
        points: points by group of checks.
        reference: the oracle.
        solutions: at least two different right answers.
        mutants: at least five wrong ones.
        hints: three, each saying more.
        checks: what is tried.
        packages: what an answer may use besides the standard library's math.
        forbidden: names within those packages that would do the exercise, e.g. `numpy.linalg`.
        builds_on: names of earlier exercises whose answers this one calls.
        keeps_dtype: whether float32 arguments must give float32 results.
        may_change: whether the function may change its arguments.
    """

    name: str
    number: int
    signature: str
    statement: str
    stars: int
    minutes: int
    points: Mapping[str, int]
    reference: Callable[..., Any]
    solutions: Sequence[Callable[..., Any]]
    mutants: Sequence[Mutant]
    hints: Sequence[str]
    checks: Sequence[Check]
    packages: Sequence[str] = ("numpy",)
    forbidden: Sequence[str] = ()
    builds_on: Sequence[str] = ()
    keeps_dtype: bool = True
    may_change: bool = False
    topic: str = field(default="", compare=False)

    @property
    def points_total(self) -> int:
        """All points together."""
        return sum(self.points.values())

    @property
    def difficulty(self) -> str:
        """The difficulty as stars."""
        return "☆" * self.stars
