"""Exercise: Adam for one array of weights."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, Mutant, agrees, given, known
from nbcourse.exercises.adaptive_optimizers import drivers

Array = NDArray[Any]


class Reference:
    """The package's optimizer for one array of weights."""

    rule: type[nn.Adam] = nn.Adam

    def __init__(self, w: Array, **options: float) -> None:
        self._parameter = nn.Parameter(w.copy())
        self._optimizer = self.rule([self._parameter], **options)

    @property
    def w(self) -> Array:
        """The current weights."""
        return self._parameter.data.copy()

    @w.setter
    def w(self, value: Array) -> None:
        self._parameter.data[...] = value

    @property
    def learning_rate(self) -> float:
        """The rate of the next step."""
        return self._optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._optimizer.learning_rate = value

    def step(self, gradient: Array) -> Array:
        """The weights after one step."""
        self._optimizer.zero_grad()
        self._parameter.add_grad(gradient)
        self._optimizer.step()
        return self.w


class Averages:
    """Adam as in the formula; the wrong answers below change one method of it."""

    def __init__(
        self,
        w: Array,
        *,
        learning_rate: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
    ) -> None:
        self.w, self.learning_rate = w, learning_rate
        self.beta1, self.beta2, self.eps = beta1, beta2, eps
        self.m, self.v, self.t = np.zeros_like(w), np.zeros_like(w), 0

    def step(self, gradient: Array) -> Array:
        """The weights after one step."""
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        m_hat = self.m / (1 - self.beta1**self.t)
        v_hat = self.v / (1 - self.beta2**self.t)
        self.w = self.w - self.learning_rate * self.direction(m_hat, v_hat)
        return self.w

    def direction(self, m_hat: Array, v_hat: Array) -> Array:
        """The step, in learning rates."""
        return m_hat / (np.sqrt(v_hat) + self.eps)


class _WeightByWeight(Averages):
    def step(self, gradient: Array) -> Array:
        self.t += 1
        self.m, self.v, self.w = self.m.copy(), self.v.copy(), self.w.copy()
        for i in np.ndindex(self.w.shape):
            g = float(gradient[i])
            self.m[i] += (1 - self.beta1) * (g - self.m[i])
            self.v[i] += (1 - self.beta2) * (g * g - self.v[i])
            m_hat = self.m[i] / (1 - self.beta1**self.t)
            v_hat = self.v[i] / (1 - self.beta2**self.t)
            self.w[i] -= self.learning_rate * m_hat / (math.sqrt(v_hat) + self.eps)
        return self.w


class FromHistory(Averages):
    """Both averages as weighted means of all gradients so far; the weights add up to 1."""

    def step(self, gradient: Array) -> Array:
        """The weights after one step."""
        self.history: list[Array] = [*getattr(self, "history", []), gradient.copy()]
        m_hat = self.mean(self.beta1, np.array(self.history))
        v_hat = self.mean(self.beta2, np.array(self.history) ** 2)
        self.w = self.w - self.learning_rate * self.direction(m_hat, v_hat)
        return self.w

    def mean(self, beta: float, values: Array) -> Array:
        """The mean of the values, the newest with the greatest weight."""
        weights = beta ** np.arange(len(values))[::-1]
        return np.tensordot(weights / weights.sum(), values, axes=1).astype(self.w.dtype)


def wrong(method: str, sentence: str) -> Callable[[Callable[..., Array]], Mutant]:
    """Decorate a wrong method of Adam with the sentence that diagnoses it."""

    def plant(function: Callable[..., Array]) -> Mutant:
        return Mutant(type(function.__name__, (Averages,), {method: function}), sentence)

    return plant


@wrong(
    "direction",
    "Neither average is corrected for its start at 0, so the first steps are several times too "
    "long. Divide m by 1 - beta1**t, and v by 1 - beta2**t.",
)
def _no_correction(self: Averages, m_hat: Array, v_hat: Array) -> Array:
    return self.m / (np.sqrt(self.v) + self.eps)


@wrong("direction", "v is not corrected for its start at 0; it needs that just as m does.")
def _corrects_only_the_mean(self: Averages, m_hat: Array, v_hat: Array) -> Array:
    return m_hat / (np.sqrt(self.v) + self.eps)


@wrong("direction", "eps is under the root, where it acts like its own root. It belongs outside.")
def _eps_in_the_root(self: Averages, m_hat: Array, v_hat: Array) -> Array:
    return m_hat / np.sqrt(v_hat + self.eps)


@wrong("direction", "eps is missing: a weight whose gradients are all 0 gets 0/0, which is NaN.")
def _no_eps(self: Averages, m_hat: Array, v_hat: Array) -> Array:
    return m_hat / np.sqrt(v_hat)


@wrong("direction", "The counter is 0 in the first step, and so is 1 - beta**0: count it first.")
def _counts_from_zero(self: Averages, m_hat: Array, v_hat: Array) -> Array:
    t = self.t - 1
    m_hat, v_hat = self.m / (1 - self.beta1**t), self.v / (1 - self.beta2**t)
    return m_hat / (np.sqrt(v_hat) + self.eps)


@wrong("direction", "The step counter stays at 1, so every step is corrected as the first is.")
def _counter_stands_still(self: Averages, m_hat: Array, v_hat: Array) -> Array:
    m_hat, v_hat = self.m / (1 - self.beta1), self.v / (1 - self.beta2)
    return m_hat / (np.sqrt(v_hat) + self.eps)


@wrong(
    "direction",
    "The corrected averages replace m and v, so the next step corrects them once more. Give the "
    "corrected ones names of their own.",
)
def _stores_the_corrected(self: Averages, m_hat: Array, v_hat: Array) -> Array:
    self.m, self.v = m_hat, v_hat
    return m_hat / (np.sqrt(v_hat) + self.eps)


@wrong("direction", "The root is missing: the step is divided by the mean of the squares itself.")
def _no_root(self: Averages, m_hat: Array, v_hat: Array) -> Array:
    return m_hat / (v_hat + self.eps)


@wrong("direction", "All weights share one average of squares; each has an average of its own.")
def _one_size_for_all(self: Averages, m_hat: Array, v_hat: Array) -> Array:
    return m_hat / (np.sqrt(v_hat.mean()) + self.eps)


@wrong("direction", "The walk goes uphill: subtract the step from w.")
def _uphill(self: Averages, m_hat: Array, v_hat: Array) -> Array:
    return -m_hat / (np.sqrt(v_hat) + self.eps)


@wrong("step", "beta1 and beta2 have changed places: beta1 belongs to the mean of the gradients.")
def _swaps_betas(self: Averages, gradient: Array) -> Array:
    if self.t == 0:
        self.beta1, self.beta2 = self.beta2, self.beta1
    return Averages.step(self, gradient)


@wrong("step", "step changes the caller's array w in place. Make a new array: w = w - ...")
def _changes_the_callers_weights(self: Averages, gradient: Array) -> Array:
    w = self.w
    w[...] = Averages.step(self, gradient)
    self.w = w
    return w


@wrong(
    "step",
    "step returns the same array each time and changes it later, so a record of the walk holds "
    "the last point throughout. Make a new array: w = w - ...",
)
def _changes_its_results(self: Averages, gradient: Array) -> Array:
    w = self.w if self.t else self.w.copy()
    w[...] = Averages.step(self, gradient)
    self.w = w
    return w


def options(rng: np.random.Generator) -> dict[str, float]:
    """Constants of an optimizer, but for eps."""
    rate, beta1, beta2 = rng.uniform([0.01, 0.7, 0.97], [0.1, 0.95, 0.999])
    return {"learning_rate": float(rate), "beta1": float(beta1), "beta2": float(beta2)}


def _noisy(rng: np.random.Generator) -> Given:
    n = int(rng.integers(2, 6))
    return given(rng.normal(size=n), rng.normal(0.3, 1, size=(100, n)), **options(rng))


def _sparse(rng: np.random.Generator) -> Given:
    gradients = rng.normal(size=(100, 4)) * (rng.random((100, 4)) < 0.1)
    gradients[:, 0] = 0
    return given(rng.normal(size=4), gradients, **options(rng))


def _tiny(rng: np.random.Generator) -> Given:
    return given(rng.normal(size=3), 1e-6 * rng.normal(1, 1, size=(20, 3)))


def _matrix(rng: np.random.Generator) -> Given:
    shape = tuple(int(k) for k in rng.integers(1, 4, size=2))
    return given(rng.normal(size=shape), rng.normal(size=(5, *shape)), **options(rng))


def _with_rates(rng: np.random.Generator) -> Given:
    rates = tuple(float(rate) for rate in rng.uniform(0.01, 0.2, size=6))
    return given(rng.normal(size=2), rng.normal(size=(6, 2)), rates)


EXERCISE = Exercise(
    name="Adam",
    number=1,
    signature="Adam(w, *, learning_rate=1e-3, beta1=0.9, beta2=0.999, eps=1e-8)",
    statement=(
        "An optimizer for one array of weights w, of any shape: step(gradient) takes one step of "
        "Adam and returns the new weights. The attributes w and learning_rate may be read and set."
    ),
    stars=2,
    minutes=25,
    points={"contract": 1, "known answers": 2, "properties": 5, "stability": 2},
    reference=Reference,
    solutions=(Averages, _WeightByWeight, FromHistory),
    mutants=(
        _no_correction,
        _corrects_only_the_mean,
        _eps_in_the_root,
        _no_eps,
        _counts_from_zero,
        _counter_stands_still,
        _stores_the_corrected,
        _no_root,
        _swaps_betas,
        _one_size_for_all,
        _uphill,
        _changes_the_callers_weights,
        _changes_its_results,
    ),
    hints=(
        "An object must remember four things from step to step: w, the two averages m and v, and "
        "how many steps were taken. The averages start as arrays of zeros in the shape of w.",
        "In step: count, bring m and v up to date, correct both into m_hat and v_hat (new names, "
        "since m and v go on uncorrected), and only then move.",
        "With t = 1 in the first step, m_hat is m / (1 - beta1**t), and v_hat alike with beta2. "
        "The denominator is np.sqrt(v_hat) + eps. Store a new array in self.w and return it.",
    ),
    checks=(
        known(
            "two steps, worked by hand",
            given(
                np.array([1.0, 2.0]),
                np.array([[5.0, 0.0], [-1.0, 0.0]]),
                **{"learning_rate": 0.12, "beta1": 0.5, "beta2": 0.5, "eps": 1.0},
            ),
            [np.array([0.9, 2.0]), np.array([0.87, 2.0])],
            driver=drivers.points,
        ),
        agrees("100 steps as the course's Adam", _noisy, cases=2, driver=drivers.points),
        agrees("weights of any shape", _matrix, driver=drivers.points),
        agrees("rare gradients, and none", _sparse, group="stability", driver=drivers.points),
        agrees("gradients of a millionth", _tiny, group="stability", driver=drivers.points),
        agrees("a new learning_rate counts at once", _with_rates, driver=drivers.points_at_rates),
        agrees("earlier points keep their values", _matrix, driver=drivers.points_in_the_end),
    ),
)
