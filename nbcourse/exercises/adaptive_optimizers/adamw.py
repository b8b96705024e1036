"""Exercise: AdamW, which keeps weight decay out of Adam's averages."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, Mutant, agrees, given, holds, known
from nbcourse.exercises.adaptive_optimizers import drivers
from nbcourse.exercises.adaptive_optimizers.adam import Averages, FromHistory, Reference, options

Array = NDArray[Any]


class _Reference(Reference):
    rule = nn.AdamW


class ShrinkThenStep(Averages):
    """AdamW as in the chapter; the wrong answers below change its `step`."""

    def __init__(self, w: Array, *, weight_decay: float = 0.01, **constants: float) -> None:
        super().__init__(w, **constants)
        self.weight_decay = weight_decay

    def step(self, gradient: Array) -> Array:
        """The weights after one step."""
        self.w = (1 - self.learning_rate * self.weight_decay) * self.w
        return self.adam(gradient)

    def adam(self, gradient: Array) -> Array:
        """The weights after a step without decay."""
        return super().step(gradient)


class _BothAtOnce(ShrinkThenStep):
    def step(self, gradient: Array) -> Array:
        self.t += 1
        self.m += (1 - self.beta1) * (gradient - self.m)
        self.v += (1 - self.beta2) * (gradient * gradient - self.v)
        # The corrections are single numbers, so they can leave the arrays.
        root = (1 - self.beta2**self.t) ** 0.5
        adam = self.m * (root / (1 - self.beta1**self.t)) / (np.sqrt(self.v) + self.eps * root)
        self.w = self.w - self.learning_rate * (adam + self.weight_decay * self.w)
        return self.w


class _WithHistory(FromHistory):
    def __init__(self, w: Array, *, weight_decay: float = 0.01, **constants: float) -> None:
        super().__init__(w, **constants)
        self.weight_decay = weight_decay

    def step(self, gradient: Array) -> Array:
        decay = self.learning_rate * self.weight_decay * self.w
        self.w = super().step(gradient) - decay
        return self.w


def _wrong(sentence: str) -> Callable[[Callable[..., Array]], Mutant]:
    """Decorate a wrong `step` with the sentence that diagnoses it."""

    def plant(function: Callable[..., Array]) -> Mutant:
        return Mutant(type(function.__name__, (ShrinkThenStep,), {"step": function}), sentence)

    return plant


@_wrong(
    "The decay is added to the gradient, so Adam divides it by the size of the gradients: that is "
    "an L2 penalty. Shrink the weights themselves."
)
def _decays_the_gradient(self: ShrinkThenStep, gradient: Array) -> Array:
    return self.adam(gradient + self.weight_decay * self.w)


@_wrong("The weights shrink by weight_decay; it must be learning_rate times weight_decay.")
def _forgets_the_rate(self: ShrinkThenStep, gradient: Array) -> Array:
    self.w = (1 - self.weight_decay) * self.w
    return self.adam(gradient)


@_wrong("weight_decay is never used: this is plain Adam.")
def _forgets_the_decay(self: ShrinkThenStep, gradient: Array) -> Array:
    return self.adam(gradient)


@_wrong("weight_decay is always 0.01, whatever the constructor is given: store it in self.")
def _always_the_default(self: ShrinkThenStep, gradient: Array) -> Array:
    self.w = (1 - self.learning_rate * 0.01) * self.w
    return self.adam(gradient)


@_wrong("The decay comes after the step and shrinks the step as well. Shrink first, then step.")
def _decays_after_the_step(self: ShrinkThenStep, gradient: Array) -> Array:
    self.w = (1 - self.learning_rate * self.weight_decay) * self.adam(gradient)
    return self.w


@_wrong("The weights decay twice: once by themselves, and once more in the gradient.")
def _decays_twice(self: ShrinkThenStep, gradient: Array) -> Array:
    penalized = gradient + self.weight_decay * self.w
    self.w = (1 - self.learning_rate * self.weight_decay) * self.w
    return self.adam(penalized)


@_wrong("The weights grow: the factor is 1 minus learning_rate times weight_decay.")
def _grows(self: ShrinkThenStep, gradient: Array) -> Array:
    self.w = (1 + self.learning_rate * self.weight_decay) * self.w
    return self.adam(gradient)


class _FreezesTheFactor(ShrinkThenStep):
    def __init__(self, w: Array, *, weight_decay: float = 0.01, **constants: float) -> None:
        super().__init__(w, weight_decay=weight_decay, **constants)
        self.factor = 1 - self.learning_rate * weight_decay

    def step(self, gradient: Array) -> Array:
        self.w = self.factor * self.w
        return self.adam(gradient)


@_wrong("The decay is in the returned weights, but self.w does not keep it for the next step.")
def _does_not_keep_it(self: ShrinkThenStep, gradient: Array) -> Array:
    before = self.w
    return self.adam(gradient) - self.learning_rate * self.weight_decay * before


@_wrong("The decay is divided by the root of v with the rest of the step; only m is.")
def _divides_the_decay(self: ShrinkThenStep, gradient: Array) -> Array:
    w = self.w
    moved = self.adam(gradient)
    root = np.sqrt(self.v / (1 - self.beta2**self.t)) + self.eps
    self.w = moved - self.learning_rate * self.weight_decay * w / root
    return self.w


@_wrong("step shrinks the caller's array w in place. Make a new array: w = factor * w.")
def _changes_the_callers_weights(self: ShrinkThenStep, gradient: Array) -> Array:
    self.w *= 1 - self.learning_rate * self.weight_decay
    return self.adam(gradient)


def _decay(rng: np.random.Generator) -> dict[str, float]:
    return options(rng) | {"weight_decay": float(rng.uniform(0.05, 0.5))}


def _noisy(rng: np.random.Generator) -> Given:
    n = int(rng.integers(2, 6))
    return given(rng.normal(size=n), rng.normal(0.3, 1, size=(100, n)), **_decay(rng))


def _no_decay(rng: np.random.Generator) -> Given:
    return given(rng.normal(size=3), rng.normal(size=(10, 3)), weight_decay=0.0)


def _no_gradient(rng: np.random.Generator) -> Given:
    shape = tuple(int(k) for k in rng.integers(1, 4, size=2))
    return given(rng.normal(size=shape), np.zeros((20, *shape)), **_decay(rng))


def _with_rates(rng: np.random.Generator) -> Given:
    rates = tuple(float(rate) for rate in rng.uniform(0.01, 0.2, size=6))
    return given(rng.normal(size=2), rng.normal(size=(6, 2)), rates, weight_decay=0.3)


def _alternating(rng: np.random.Generator) -> Given:
    """Gradients G, -G, G, ... with a large and a small G, for weights that start at 1."""
    sizes = rng.uniform([0.5, 0.005], [2, 0.02])
    signs = (-1.0) ** np.arange(100)
    return given(np.ones(2), np.outer(signs, sizes), learning_rate=0.01, weight_decay=0.2)


def _shrinks_alike(points: list[Array], w: Array, gradients: Array, **_: float) -> str | None:
    large, small = points[-1]
    if abs(large - small) < 0.05:
        return None
    return (
        f"the weight with gradients of ±{gradients[0, 0]:.2g} went from 1 to {large:.2f}, that "
        f"with gradients of ±{gradients[0, 1]:.2g} to {small:.2f}; the decay should be the same"
    )


EXERCISE = Exercise(
    name="AdamW",
    number=2,
    signature="AdamW(w, *, weight_decay=0.01, **constants)",
    statement=(
        "Adam with decoupled weight decay, with the same attributes: step(gradient) first shrinks "
        "the weights by the factor 1 - learning_rate * weight_decay, then takes a step of Adam."
    ),
    stars=2,
    minutes=20,
    points={"contract": 1, "known answers": 2, "properties": 7},
    reference=_Reference,
    solutions=(ShrinkThenStep, _BothAtOnce, _WithHistory),
    mutants=(
        _decays_the_gradient,
        _forgets_the_rate,
        _forgets_the_decay,
        _always_the_default,
        _decays_after_the_step,
        _decays_twice,
        _grows,
        Mutant(
            _FreezesTheFactor,
            "The factor of the decay is computed once, in the constructor. It must follow "
            "learning_rate: compute it in step.",
        ),
        _does_not_keep_it,
        _divides_the_decay,
        _changes_the_callers_weights,
    ),
    builds_on=("Adam",),
    hints=(
        "AdamW differs from Adam in one line of step. The constructor hands w and the constants on "
        "to Adam's, by super().__init__(...), and keeps weight_decay.",
        "The gradient that Adam sees must not know of the decay. So change self.w before Adam's "
        "step, which starts from self.w.",
        "In step: multiply self.w (into a new array) by 1 minus the product of the current "
        "self.learning_rate and weight_decay; then return what super().step(gradient) returns.",
    ),
    checks=(
        known(
            "two steps, worked by hand",
            given(
                np.array([2.0, 1.0]),
                np.array([[3.0, 0.0], [3.0, 0.0]]),
                **{"learning_rate": 0.4, "eps": 1.0, "weight_decay": 0.25},
            ),
            [np.array([1.5, 0.9]), np.array([1.05, 0.81])],
            driver=drivers.points,
        ),
        agrees("100 steps as the course's AdamW", _noisy, cases=2, driver=drivers.points),
        holds(
            "large and small gradients: the decay is the same",
            _alternating,
            _shrinks_alike,
            driver=drivers.points,
            cases=2,
        ),
        agrees("no gradient: only decay", _no_gradient, driver=drivers.points),
        agrees("no decay: Adam itself", _no_decay, driver=drivers.points, cases=1),
        agrees(
            "a new learning_rate changes the decay", _with_rates, driver=drivers.points_at_rates
        ),
        agrees("earlier points keep their values", _no_gradient, driver=drivers.points_in_the_end),
    ),
)
