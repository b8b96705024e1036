"""Exercise: a training loop with AdamW, clipping and a schedule, from the student's own parts."""

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, Mutant, agrees, given, holds, known
from nbcourse.checking.compare import Tolerance
from nbcourse.exercises.adaptive_optimizers import drivers
from nbcourse.exercises.adaptive_optimizers.adamw import ShrinkThenStep
from nbcourse.exercises.adaptive_optimizers.clip_global_norm import raised, with_sums
from nbcourse.exercises.adaptive_optimizers.cosine_warmup import with_a_branch

Array = NDArray[Any]
Arrays = list[Array]
Gradients = Callable[[Arrays], Arrays]
Fitted = tuple[Arrays, Any]


def _reference(gradients: Gradients, weights: Arrays, **options: Any) -> Fitted:
    plan = SimpleNamespace(**options)
    parameters = [nn.Parameter(w.copy()) for w in weights]
    rates = {"learning_rate": plan.learning_rate, "weight_decay": plan.weight_decay}
    optimizer, norms = nn.AdamW(parameters, **rates), []
    schedule = nn.WarmupCosine(optimizer, n_warmup=plan.n_warmup, n_total=plan.n_steps)
    for _ in range(plan.n_steps):
        optimizer.zero_grad()
        current = [parameter.data.copy() for parameter in parameters]
        for parameter, gradient in zip(parameters, gradients(current), strict=True):
            parameter.add_grad(gradient)
        norms.append(nn.clip_global_norm(parameters, plan.max_norm))
        optimizer.step()
        schedule.step()
    return [parameter.data.copy() for parameter in parameters], np.array(norms)


def _as_one_vector(gradients: Gradients, weights: Arrays, **options: Any) -> Fitted:
    plan = SimpleNamespace(**options)
    w = np.concatenate([each.ravel() for each in weights])
    ends = np.cumsum([each.size for each in weights])[:-1]
    m, v, norms = np.zeros_like(w), np.zeros_like(w), np.zeros(plan.n_steps, w.dtype)

    def unpack() -> Arrays:
        pieces = zip(np.split(w, ends), weights, strict=True)
        return [piece.reshape(each.shape) for piece, each in pieces]

    for t in range(1, plan.n_steps + 1):
        g = np.concatenate([each.ravel() for each in gradients(unpack())])
        norm = norms[t - 1] = np.linalg.norm(g)
        if not np.isfinite(norm):
            raise ValueError("the run has diverged")
        g = g * min(1.0, plan.max_norm / max(float(norm), plan.max_norm))
        done = (t - 1 - plan.n_warmup) / (plan.n_steps - plan.n_warmup)
        factor = t / plan.n_warmup if done < 0 else (1 + math.cos(math.pi * done)) / 2
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        direction = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        w = w - plan.learning_rate * factor * (direction + plan.weight_decay * w)
    return unpack(), norms


class _Loop:
    """The loop, an optimizer for each array; the wrong answers below change one method."""

    def __init__(self, gradients: Gradients, weights: Arrays, **options: Any) -> None:
        self.gradients, self.weights = gradients, weights
        self.plan = SimpleNamespace(**options)
        self.optimizers = self.start(weights)

    def run(self) -> Fitted:
        weights, norms = self.weights, []
        for step in range(self.plan.n_steps):
            clipped, norm = self.clip(self.ask(weights))
            norms.append(norm)
            weights = self.move(step, weights, clipped)
        return weights, norms

    def start(self, weights: Arrays) -> list[ShrinkThenStep]:
        rates = {"learning_rate": self.plan.learning_rate, "weight_decay": self.plan.weight_decay}
        return [ShrinkThenStep(w, **rates) for w in weights]

    def ask(self, weights: Arrays) -> Arrays:
        return self.gradients(weights)

    def clip(self, gradients: Arrays) -> tuple[Arrays, Any]:
        return with_sums(gradients, self.plan.max_norm)

    def factor(self, step: int) -> float:
        return with_a_branch(step, n_warmup=self.plan.n_warmup, n_total=self.plan.n_steps)

    def move(self, step: int, weights: Arrays, gradients: Arrays) -> Arrays:
        for optimizer in self.optimizers:
            optimizer.learning_rate = self.plan.learning_rate * self.factor(step)
        pairs = zip(self.optimizers, gradients, strict=True)
        return [optimizer.step(gradient) for optimizer, gradient in pairs]


def _with_an_optimizer_each(gradients: Gradients, weights: Arrays, **options: Any) -> Fitted:
    return _Loop(gradients, weights, **options).run()


def _wrong(method: str, sentence: str) -> Callable[[Callable[..., Any]], Mutant]:
    """Decorate a wrong method of the loop with the sentence that diagnoses it."""

    def plant(function: Callable[..., Any]) -> Mutant:
        changed = type(function.__name__, (_Loop,), {method: function})

        def answer(gradients: Gradients, weights: Arrays, **options: Any) -> Any:
            return changed(gradients, weights, **options).run()

        answer.__name__ = function.__name__
        return Mutant(answer, sentence)

    return plant


@_wrong("clip", "The gradients are not clipped before the step; only their norm is taken.")
def _no_clipping(self: _Loop, gradients: Arrays) -> tuple[Arrays, Any]:
    return gradients, with_sums(gradients, self.plan.max_norm)[1]


@_wrong("clip", "Each array is clipped on its own. Clip the whole list at once.")
def _clips_each_array(self: _Loop, gradients: Arrays) -> tuple[Arrays, Any]:
    clipped = [with_sums([g], self.plan.max_norm)[0][0] for g in gradients]
    return clipped, with_sums(gradients, self.plan.max_norm)[1]


@_wrong("clip", "The norms are those after clipping. Return the ones before.")
def _norms_after(self: _Loop, gradients: Arrays) -> tuple[Arrays, Any]:
    clipped, norm = with_sums(gradients, self.plan.max_norm)
    return clipped, min(norm, self.plan.max_norm)


@_wrong("factor", "The learning rate stays the same: the schedule is never asked.")
def _no_schedule(self: _Loop, step: int) -> float:
    return 1.0


@_wrong("factor", "The schedule is a step ahead: the first step is number 0.")
def _counts_from_one(self: _Loop, step: int) -> float:
    return with_a_branch(step + 1, n_warmup=self.plan.n_warmup, n_total=self.plan.n_steps)


@_wrong("factor", "The learning rate is set after the step, so the first step is not warmed up.")
def _a_step_late(self: _Loop, step: int) -> float:
    return _Loop.factor(self, step - 1) if step else 1.0


@_wrong("move", "The factors multiply up: each must multiply the full rate, not the last one.")
def _compounds(self: _Loop, step: int, weights: Arrays, gradients: Arrays) -> Arrays:
    for optimizer in self.optimizers:
        optimizer.learning_rate *= self.factor(step)
    pairs = zip(self.optimizers, gradients, strict=True)
    return [optimizer.step(gradient) for optimizer, gradient in pairs]


@_wrong("move", "The optimizers are made anew in each step, and forget. Make them before the loop.")
def _new_optimizers(self: _Loop, step: int, weights: Arrays, gradients: Arrays) -> Arrays:
    self.optimizers = self.start(weights)
    return _Loop.move(self, step, weights, gradients)


@_wrong("move", "The weights that step returns are thrown away. They are the weights from then on.")
def _throws_away(self: _Loop, step: int, weights: Arrays, gradients: Arrays) -> Arrays:
    _Loop.move(self, step, weights, gradients)
    return weights


@_wrong("ask", "All gradients are taken at the first weights. Take them at the current ones.")
def _stale(self: _Loop, weights: Arrays) -> Arrays:
    return self.gradients(self.weights)


@_wrong("ask", "gradients(weights) is called twice a step, and each call is a new batch.")
def _asks_twice(self: _Loop, weights: Arrays) -> Arrays:
    self.gradients(weights)
    return self.gradients(weights)


@_wrong("start", "weight_decay does not reach AdamW, which then uses its own default of 0.01.")
def _default_decay(self: _Loop, weights: Arrays) -> list[ShrinkThenStep]:
    return [ShrinkThenStep(w, learning_rate=self.plan.learning_rate) for w in weights]


def _options(rng: np.random.Generator, n_warmup: int) -> dict[str, Any]:
    rate, decay, norm = (float(k) for k in rng.uniform([0.02, 0.1, 0.5], [0.1, 0.5, 2]))
    return {"learning_rate": rate, "weight_decay": decay, "max_norm": norm, "n_warmup": n_warmup}


def _layers(rng: np.random.Generator, n_steps: int) -> tuple[Arrays, Arrays]:
    """Weights, and for each array the noise of all steps; one batch is bad."""
    n_in, n_out = (int(k) for k in rng.integers(1, 4, size=2))
    shapes = (n_in, n_out), (n_out,)
    noise = [rng.normal(size=(n_steps, *shape)) for shape in shapes]
    noise[0][int(rng.integers(n_steps))] *= 100
    return [rng.normal(size=shape) for shape in shapes], noise


def _bowls(rng: np.random.Generator) -> Given:
    return given(*_layers(rng, int(rng.integers(10, 20))), 0.5, **_options(rng, n_warmup=4))


def _shortest(rng: np.random.Generator) -> Given:
    noise = [rng.normal(size=(2, 3))]
    return given([rng.normal(size=3)], noise, 1.0, **_options(rng, n_warmup=1))


def _run(rng: np.random.Generator) -> Given:
    return given(*_layers(rng, int(rng.integers(5, 30))), **_options(rng, n_warmup=3))


def _spoiled(rng: np.random.Generator) -> Given:
    run = _run(rng)
    run.args[1][1][4] = np.nan
    return run


def _one_call(n_calls: int, weights: Arrays, noise: Arrays, **_: float) -> str | None:
    n = len(noise[0])
    return None if n_calls == n else f"gradients was called {n_calls} times in {n} steps"


def _learns(accuracy: float, *_: object) -> str | None:
    return None if accuracy >= 0.8 else f"{accuracy:.1%} of 200 new points are right, wanted 80 %"


EXERCISE = Exercise(
    name="adamw_fit",
    number=6,
    signature=(
        "adamw_fit(gradients, weights, *, n_steps, learning_rate, weight_decay, max_norm, n_warmup)"
    ),
    statement=(
        "Trains a list of weight arrays with AdamW, clipping and cosine_warmup; gradients(weights) "
        "gives the gradients of a batch. Returns the new list, and all norms before clipping."
    ),
    stars=3,
    minutes=35,
    points={"contract": 2, "known answers": 3, "properties": 7, "complexity": 2, "training": 6},
    reference=_reference,
    solutions=(_with_an_optimizer_each, _as_one_vector),
    mutants=(
        _no_clipping,
        _clips_each_array,
        _norms_after,
        _no_schedule,
        _counts_from_one,
        _a_step_late,
        _compounds,
        _new_optimizers,
        _throws_away,
        _stale,
        _asks_twice,
        _default_decay,
    ),
    builds_on=("AdamW", "clip_global_norm", "cosine_warmup"),
    hints=(
        "Before the loop: one AdamW for each array, in a list, and an empty list of norms. In the "
        "loop: gradients, clipping, learning rate, steps, in this order.",
        "Clip the whole list by one call, which also gives the norm to keep. The rate of a step is "
        "learning_rate times the factor of cosine_warmup, whose n_total is n_steps.",
        "Set optimizer.learning_rate of every optimizer before its step. The new weights are the "
        "list of what the steps return; the next call of gradients gets that list.",
    ),
    checks=(
        known(
            "four steps, worked by hand",
            given(
                [np.array([1.0]), np.array([[-1.0]])],
                [np.full((4, 1), 3.0), np.full((4, 1, 1), -4.0)],
                0.0,
                **{"learning_rate": 0.2, "weight_decay": 0.5, "max_norm": 1.0, "n_warmup": 2},
            ),
            ([np.array([0.193075]), np.array([[-0.193075]])], np.full(4, 5.0)),
            driver=drivers.fit_bowls,
            tolerance=Tolerance(factor=1e8),  # by hand, eps is 0
        ),
        agrees("weights and norms, with a bad batch", _bowls, driver=drivers.fit_bowls),
        agrees("one array, two steps", _shortest, driver=drivers.fit_bowls),
        holds(
            "one batch a step", _run, _one_call, group="complexity", driver=drivers.count_batches
        ),
        holds("NaN raises a ValueError", _spoiled, raised, cases=1, driver=drivers.fit_or_raise),
        holds(
            "a network learns in spite of bad batches",
            lambda rng: given(int(rng.integers(10_000)), 150),
            _learns,
            group="training",
            driver=drivers.trained_accuracy,
            seconds=4.0,
        ),
    ),
)
