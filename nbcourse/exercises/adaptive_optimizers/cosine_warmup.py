"""Exercise: the schedule that climbs along a line and falls along half a cosine."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.adaptive_optimizers import drivers

Array = NDArray[Any]


def _reference(step: int, *, n_warmup: int, n_total: int, final: float = 0.0) -> float:
    optimizer = nn.SGD([nn.Parameter(np.zeros(1))], learning_rate=1.0)
    schedule = nn.WarmupCosine(optimizer, n_warmup=n_warmup, n_total=n_total, final=final)
    return schedule.factor(step)


def with_a_branch(step: int, *, n_warmup: int, n_total: int, final: float = 0.0) -> float:
    """A right answer: three pieces."""
    if step < n_warmup:
        return (step + 1) / n_warmup
    if step >= n_total:
        return final
    done = (step - n_warmup) / (n_total - n_warmup)
    return final + (1 - final) * (1 + math.cos(math.pi * done)) / 2


def _with_clipping(step: int, *, n_warmup: int, n_total: int, final: float = 0.0) -> float:
    # (1 + cos a) / 2 is cos(a / 2)^2, and before the fall that is 1.
    done = np.clip((step - n_warmup) / (n_total - n_warmup), 0, 1)
    fall = final + (1 - final) * np.cos(np.pi / 2 * done) ** 2
    return float(min(1, (step + 1) / n_warmup) * fall)


def _by_interpolation(step: int, *, n_warmup: int, n_total: int, final: float = 0.0) -> float:
    climb = np.interp(step, [-1, n_warmup - 1], [0, 1])
    angle = np.interp(step, [n_warmup, n_total], [0, np.pi])
    return climb * (1 - (1 - final) * (1 - np.cos(angle)) / 2)


@mutant("The climb starts at 0, so the first step is lost: step 0 gets 1 / n_warmup.")
def _climbs_from_zero(step: int, *, n_warmup: int, n_total: int, final: float = 0.0) -> float:
    if step < n_warmup:
        return step / n_warmup
    return with_a_branch(step, n_warmup=n_warmup, n_total=n_total, final=final)


@mutant("The climb is one step too long: at step n_warmup the factor is 1, not above it.")
def _climbs_too_far(step: int, *, n_warmup: int, n_total: int, final: float = 0.0) -> float:
    if step <= n_warmup:
        return (step + 1) / n_warmup
    return with_a_branch(step, n_warmup=n_warmup, n_total=n_total, final=final)


@mutant("The cosine is counted from step 0. It starts when the warm-up ends: use step - n_warmup.")
def _falls_from_step_zero(step: int, *, n_warmup: int, n_total: int, final: float = 0.0) -> float:
    if step < n_warmup:
        return (step + 1) / n_warmup
    done = min(step / n_total, 1)
    return final + (1 - final) * (1 + math.cos(math.pi * done)) / 2


@mutant("The fall takes n_total steps. It has only those after the warm-up: n_total - n_warmup.")
def _falls_too_slowly(step: int, *, n_warmup: int, n_total: int, final: float = 0.0) -> float:
    if step < n_warmup:
        return (step + 1) / n_warmup
    done = min((step - n_warmup) / n_total, 1)
    return final + (1 - final) * (1 + math.cos(math.pi * done)) / 2


@mutant("After n_total the cosine rises again. Stop it there: the factor stays at final.")
def _rises_again(step: int, *, n_warmup: int, n_total: int, final: float = 0.0) -> float:
    if step < n_warmup:
        return (step + 1) / n_warmup
    done = (step - n_warmup) / (n_total - n_warmup)
    return final + (1 - final) * (1 + math.cos(math.pi * done)) / 2


@mutant("The cosine goes through a quarter of its period only; its angle must run from 0 to pi.")
def _quarter_of_a_cosine(step: int, *, n_warmup: int, n_total: int, final: float = 0.0) -> float:
    if step < n_warmup:
        return (step + 1) / n_warmup
    done = min((step - n_warmup) / (n_total - n_warmup), 1)
    return final + (1 - final) * math.cos(math.pi * done / 2)


@mutant("The bare cosine falls to -1. Lift and halve it: (1 + cos) / 2 goes from 1 to 0.")
def _bare_cosine(step: int, *, n_warmup: int, n_total: int, final: float = 0.0) -> float:
    if step < n_warmup:
        return (step + 1) / n_warmup
    done = min((step - n_warmup) / (n_total - n_warmup), 1)
    return final + (1 - final) * math.cos(math.pi * done)


@mutant("final is never used: the fall must end there.")
def _forgets_final(step: int, *, n_warmup: int, n_total: int, final: float = 0.0) -> float:
    return with_a_branch(step, n_warmup=n_warmup, n_total=n_total)


@mutant("final only cuts the curve off. The cosine must be squeezed into the room from final to 1.")
def _cuts_off(step: int, *, n_warmup: int, n_total: int, final: float = 0.0) -> float:
    if step < n_warmup:
        return (step + 1) / n_warmup
    return max(final, with_a_branch(step, n_warmup=n_warmup, n_total=n_total))


@mutant("final is added to the whole cosine, which then starts above 1: scale by 1 - final first.")
def _adds_final(step: int, *, n_warmup: int, n_total: int, final: float = 0.0) -> float:
    if step < n_warmup:
        return (step + 1) / n_warmup
    return final + with_a_branch(step, n_warmup=n_warmup, n_total=n_total)


@mutant("// drops the fraction, so the factor jumps between 0 and 1. Divide by /.")
def _whole_numbers(step: int, *, n_warmup: int, n_total: int, final: float = 0.0) -> float:
    if step < n_warmup:
        return (step + 1) // n_warmup
    done = min((step - n_warmup) // (n_total - n_warmup), 1)
    return final + (1 - final) * (1 + math.cos(math.pi * done)) / 2


@mutant("The fall is a straight line; it should follow half a cosine.")
def _falls_straight(step: int, *, n_warmup: int, n_total: int, final: float = 0.0) -> float:
    if step < n_warmup:
        return (step + 1) / n_warmup
    done = min((step - n_warmup) / (n_total - n_warmup), 1)
    return final + (1 - final) * (1 - done)


def _whole_run(rng: np.random.Generator) -> Given:
    n_warmup, n_fall = int(rng.integers(2, 12)), int(rng.integers(5, 30))
    n_total = n_warmup + n_fall
    final = float(rng.uniform(0.05, 0.5))
    return given(tuple(range(n_total)), n_warmup=n_warmup, n_total=n_total, final=final)


def _to_zero(rng: np.random.Generator) -> Given:
    run = _whole_run(rng)
    run.kwargs.pop("final")
    return run


def _around_the_end(rng: np.random.Generator) -> Given:
    run = _whole_run(rng)
    n_total = run.kwargs["n_total"]
    return given(tuple(range(n_total - 1, 2 * n_total, 3)), **run.kwargs)


def _shortest(rng: np.random.Generator) -> Given:
    return given((0, 1, 2, 3), n_warmup=1, n_total=2, final=float(rng.uniform(0, 1)))


def _long(rng: np.random.Generator) -> Given:
    steps = tuple(int(k) for k in np.sort(rng.integers(0, 2_000_000, size=8)))
    return given(steps, n_warmup=10_000, n_total=1_000_000, final=0.1)


def _up_then_down(
    factors: dict[int, float], steps: tuple[int, ...], *, n_warmup: int, **_: float
) -> str | None:
    values = np.array([float(factors[step]) for step in steps])
    climb, fall = np.diff(values[:n_warmup]), np.diff(values[n_warmup:])
    if (climb <= 0).any():
        return f"it does not climb from step {int(np.argmax(climb <= 0))} to the next"
    if (fall >= 0).any():
        return f"it does not fall from step {n_warmup + int(np.argmax(fall >= 0))} to the next"
    if abs(values[n_warmup] - 1) > 1e-12 or values.max() > 1 + 1e-12:
        return "its highest value, at step n_warmup, must be 1"
    return None


EXERCISE = Exercise(
    name="cosine_warmup",
    number=3,
    signature="cosine_warmup(step, *, n_warmup, n_total, final=0.0)",
    statement=(
        "The factor for the learning rate at step 0, 1, 2, ...: a climb to 1 over n_warmup steps, "
        "then half a cosine down to final at step n_total, where it stays."
    ),
    stars=1,
    minutes=15,
    points={"contract": 1, "known answers": 3, "properties": 6},
    reference=_reference,
    solutions=(with_a_branch, _with_clipping, _by_interpolation),
    mutants=(
        _climbs_from_zero,
        _climbs_too_far,
        _falls_from_step_zero,
        _falls_too_slowly,
        _rises_again,
        _quarter_of_a_cosine,
        _bare_cosine,
        _forgets_final,
        _cuts_off,
        _adds_final,
        _whole_numbers,
        _falls_straight,
    ),
    hints=(
        "Three pieces: the climb, the fall, and what comes after n_total. An if for the climb, and "
        "min for the end, are enough.",
        "For the fall, compute the share of it that is done: 0 at step n_warmup, 1 at step "
        "n_total, and never more than 1. The angle of the cosine is pi times this share.",
        "(1 + cos(angle)) / 2 goes from 1 to 0. Multiply it by 1 - final and add final. In the "
        "climb, step 0 gets 1 / n_warmup and step n_warmup - 1 gets 1.",
    ),
    keeps_dtype=False,  # a step goes in, a number of Python comes out
    checks=(
        known(
            "four steps of warm-up and eight of fall, worked by hand",
            given((0, 1, 3, 4, 8, 12), n_warmup=4, n_total=12),
            {0: 0.25, 1: 0.5, 3: 1.0, 4: 1.0, 8: 0.5, 12: 0.0},
            driver=drivers.factors,
        ),
        agrees("every step of a run", _to_zero, driver=drivers.factors),
        agrees("every step of a run that ends above 0", _whole_run, driver=drivers.factors),
        agrees("after n_total it stays at final", _around_the_end, driver=drivers.factors),
        agrees("one step up, one step down", _shortest, driver=drivers.factors),
        agrees("a million steps", _long, driver=drivers.factors),
        holds("it climbs, then falls", _whole_run, _up_then_down, driver=drivers.factors),
    ),
)
