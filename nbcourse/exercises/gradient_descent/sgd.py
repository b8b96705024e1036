"""Exercise: SGD with momentum, Nesterov's variant and weight decay, as a class."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Check, Exercise, Given, Mutant, agrees, given, known
from nbcourse.checking.values import Value
from nbcourse.exercises.gradient_descent import drivers

Array = NDArray[Any]


class _Reference:
    """The package's optimizer with a single parameter."""

    def __init__(self, w: Array, *, learning_rate: float, **options: Value) -> None:
        self.learning_rate, self._parameter = learning_rate, nn.Parameter(w.copy())
        self._sgd = nn.SGD([self._parameter], learning_rate=learning_rate, **options)

    def step(self, gradient: Array) -> Array:
        self._sgd.learning_rate = self.learning_rate
        self._sgd.zero_grad()
        self._parameter.add_grad(gradient)
        self._sgd.step()
        return self._parameter.data.copy()


# Written in small pieces, because most of the wrong answers below replace one of them.
class _NewArrays:
    def __init__(
        self,
        w: Array,
        *,
        learning_rate: float,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        self.w, self.v = w.copy(), np.zeros_like(w)
        self.learning_rate, self.momentum = learning_rate, momentum
        self.nesterov, self.weight_decay = nesterov, weight_decay

    def step(self, gradient: Array) -> Array:
        g = self.decayed(gradient)
        self.v = self.velocity(g)
        self.w = self.w - self.learning_rate * self.direction(g)
        return self.w

    def decayed(self, gradient: Array) -> Array:
        return gradient + self.weight_decay * self.w

    def velocity(self, g: Array) -> Array:
        return self.momentum * self.v + g

    def direction(self, g: Array) -> Array:
        return g + self.momentum * self.v if self.nesterov else self.v


class _InPlace(_NewArrays):
    def step(self, gradient: Array) -> Array:
        g = gradient.copy()
        g += self.weight_decay * self.w
        self.v *= self.momentum
        self.v += g
        if self.nesterov:
            self.w -= self.learning_rate * g
            self.w -= self.learning_rate * self.momentum * self.v
        else:
            self.w -= self.learning_rate * self.v
        return self.w.copy()


class _AllGradients(_NewArrays):
    """The velocity as a weighted sum of every gradient so far."""

    def step(self, gradient: Array) -> Array:
        past = getattr(self, "past", [])
        self.past = [*past, gradient + self.weight_decay * self.w]
        # Nesterov's direction gives the newest gradient the weight 1 + momentum, and so on.
        ages = np.arange(len(self.past))[::-1]
        shares = self.momentum**ages
        if self.nesterov:
            shares = self.momentum * shares + (ages == 0)
        direction = np.tensordot(shares.astype(self.w.dtype), np.array(self.past), axes=1)
        self.w = self.w - self.learning_rate * direction
        return self.w


class _Averages(_NewArrays):
    def velocity(self, g: Array) -> Array:
        return self.momentum * self.v + (1 - self.momentum) * g


class _RateInside(_NewArrays):
    def step(self, gradient: Array) -> Array:
        g = self.learning_rate * self.decayed(gradient)
        self.v = self.velocity(g)
        self.w = self.w - self.direction(g)
        return self.w


class _Climbs(_NewArrays):
    def direction(self, g: Array) -> Array:
        return -super().direction(g)


class _ForgetsVelocity(_NewArrays):
    def velocity(self, g: Array) -> Array:
        return g


class _MovesFirst(_NewArrays):
    def step(self, gradient: Array) -> Array:
        g = self.decayed(gradient)
        self.w = self.w - self.learning_rate * self.direction(g)
        self.v = self.velocity(g)
        return self.w


class _OldVelocityAhead(_NewArrays):
    def direction(self, g: Array) -> Array:
        return self.v  # g + momentum * (the old v) is the new v


class _VelocityTwice(_NewArrays):
    def direction(self, g: Array) -> Array:
        return self.v + self.momentum * self.v if self.nesterov else self.v


class _NoDecay(_NewArrays):
    def decayed(self, gradient: Array) -> Array:
        return gradient


class _DecayAfterMomentum(_NoDecay):
    def direction(self, g: Array) -> Array:
        return super().direction(g) + self.weight_decay * self.w


class _DecayNotInLookAhead(_NoDecay):
    def velocity(self, g: Array) -> Array:
        return self.momentum * self.v + g + self.weight_decay * self.w


class _ChangesGradient(_NewArrays):
    def decayed(self, gradient: Array) -> Array:
        gradient += self.weight_decay * self.w
        return gradient


class _ChangesStart(_InPlace):
    def __init__(self, w: Array, **options: Value) -> None:
        super().__init__(w, **options)
        self.w = w


class _SameArray(_InPlace):
    def step(self, gradient: Array) -> Array:
        super().step(gradient)
        return self.w


class _DoublePrecision(_NewArrays):
    def __init__(self, w: Array, **options: Value) -> None:
        super().__init__(w, **options)
        self.v = np.zeros(w.shape)


_MUTANTS = (
    Mutant(
        _Averages,
        "Your velocity is an average, with 1 - momentum before the gradient: here the gradient "
        "enters the velocity whole.",
    ),
    Mutant(
        _RateInside,
        "The learning rate is inside the velocity: when it changes, old steps keep the old rate. "
        "Multiply by it when the weights move.",
    ),
    Mutant(_Climbs, "You walk uphill: the step is subtracted from the weights."),
    Mutant(
        _ForgetsVelocity,
        "The velocity starts at 0 in every step: keep it in self from one step to the next.",
    ),
    Mutant(
        _MovesFirst,
        "The weights move with the velocity of the step before: first update the velocity.",
    ),
    Mutant(
        _OldVelocityAhead,
        "nesterov=True makes no difference: the gradient plus momentum times the old velocity is "
        "plain momentum. Take the new velocity.",
    ),
    Mutant(
        _VelocityTwice,
        "With nesterov, momentum times the velocity is added to the gradient, not to the velocity.",
    ),
    Mutant(_NoDecay, "weight_decay has no effect: that multiple of w belongs to the gradient."),
    Mutant(
        _DecayAfterMomentum,
        "The decay bypasses the velocity: add it to the gradient before the momentum sees it.",
    ),
    Mutant(
        _DecayNotInLookAhead,
        "With nesterov, the decay is in the velocity but not in the gradient beside it: use the "
        "gradient with the decay in both places.",
    ),
    Mutant(
        _ChangesGradient,
        "step changes the gradient it was given: += works on the caller's array. Make a new one.",
    ),
    Mutant(
        _ChangesStart,
        "The array w of the caller moves along: keep a copy of it in the constructor.",
    ),
    Mutant(
        _SameArray,
        "Every step returns the same array, so earlier results change later: return a new one.",
    ),
    Mutant(
        _DoublePrecision,
        "Float32 weights become float64, because the velocity is: give it the dtype of w.",
    ),
)


def _draw(rng: np.random.Generator, options: dict[str, Value]) -> Given:
    shape = ((4,), (2, 3), (1,))[int(rng.integers(3))]
    rate, momentum = round(rng.uniform(0.02, 0.2), 3), round(rng.uniform(0.5, 0.95), 2)
    w, curvatures = rng.normal(size=shape), rng.uniform(0.5, 5, size=shape)
    options = {"learning_rate": rate, "momentum": momentum} | options
    return given(w=w, curvatures=curvatures, **options)


def _follows(name: str, *, cases: int = 3, **options: Value) -> Check:
    return agrees(name, lambda rng: _draw(rng, options), cases=cases, driver=drivers.walk)


def _gradients(rng: np.random.Generator) -> Given:
    w, gradients = rng.normal(size=3), rng.normal(size=(4, 3))
    return given(w=w, gradients=gradients, learning_rate=0.1, momentum=0.9, weight_decay=0.1)


_ONE, _BY_HAND = np.array([1.0]), {"learning_rate": 0.1, "momentum": 0.5}

EXERCISE = Exercise(
    name="SGD",
    number=4,
    signature="SGD(w, *, learning_rate, momentum=0.0, nesterov=False, weight_decay=0.0)",
    statement=(
        "A class: step(gradient) takes one step of SGD and returns the new weights, an array in "
        "the shape of w. The decay joins the gradient first, then the velocity is updated."
    ),
    stars=2,
    minutes=35,
    points={"contract": 1, "known answers": 3, "properties": 6},
    reference=_Reference,
    solutions=(_NewArrays, _InPlace, _AllGradients),
    mutants=_MUTANTS,
    hints=(
        "The constructor remembers a copy of w, the options, and a velocity of zeros like w. "
        "Write step for plain SGD first, and let the other options wait.",
        "Keep the order: the decay makes a new gradient; the velocity is momentum times itself "
        "plus that gradient; the direction is the velocity, or, with nesterov, something else.",
        "Nesterov's direction is the gradient (with its decay) plus momentum times the new "
        "velocity. The weights lose learning_rate times the direction. Write self.w = self.w - "
        "..., not -=, so that weights you returned before stay as they were.",
    ),
    checks=(
        known(
            "three steps with momentum, worked by hand",
            given(w=_ONE, gradients=np.ones((3, 1)), **_BY_HAND),
            np.array([[0.9], [0.75], [0.575]]),
            driver=drivers.follow,
        ),
        known(
            "two steps of Nesterov's variant, worked by hand",
            given(w=_ONE, gradients=np.ones((2, 1)), nesterov=True, **_BY_HAND),
            np.array([[0.85], [0.675]]),
            driver=drivers.follow,
        ),
        known(
            "one step with weight decay, worked by hand",
            given(w=2 * _ONE, gradients=_ONE[None], learning_rate=0.1, weight_decay=0.5),
            np.array([[1.8]]),
            driver=drivers.follow,
        ),
        _follows("50 steps with momentum"),
        _follows("50 steps without momentum", cases=2, momentum=0.0),
        _follows("50 steps of Nesterov's variant", nesterov=True),
        _follows("50 steps with momentum and decay", cases=2, weight_decay=0.3),
        _follows("50 steps of Nesterov's, with decay", cases=2, weight_decay=0.3, nesterov=True),
        _follows("a new learning rate acts at once", cases=2, later_rate=0.01, momentum=0.9),
        agrees("weights returned earlier stay", _gradients, cases=1, driver=drivers.kept),
    ),
)
