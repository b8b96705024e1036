"""Exercise: gradient descent on any program, with the student's own scalars."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.checking.compare import Tolerance
from nbcourse.exercises.autograd import drivers, scalar

Program = Callable[[list[Any]], Any]
Walk = tuple[list[float], list[float]]

# Stands for the student's own class, as reference("Scalar") does.
_own = cast(type, scalar.EXERCISE.reference)
Scalar: Any = type("Scalar", (_own,), {"is_course_reference": True})


def _reference(f: Program, x: list[float], *, learning_rate: float, n_steps: int) -> Walk:
    return _new_leaves(f, x, learning_rate=learning_rate, n_steps=n_steps)


def _new_leaves(f: Program, x: list[float], *, learning_rate: float, n_steps: int) -> Walk:
    losses = []
    for _ in range(n_steps):
        weights = [Scalar(number) for number in x]
        loss = f(weights)
        loss.backward()
        losses.append(loss.data)
        x = [w.data - learning_rate * w.grad for w in weights]
    return list(x), losses


def _same_leaves(f: Program, x: list[float], *, learning_rate: float, n_steps: int) -> Walk:
    weights, losses = [Scalar(number) for number in x], []
    for _ in range(n_steps):
        for w in weights:
            w.grad = 0.0
        loss = f(weights)
        loss.backward()
        losses.append(loss.data)
        for w in weights:
            w.data -= learning_rate * w.grad
    return [w.data for w in weights], losses


def _with_vectors(f: Program, x: list[float], *, learning_rate: float, n_steps: int) -> Walk:
    w, losses = np.array(x), np.zeros(n_steps)
    for k in range(n_steps):
        leaves = list(map(Scalar, w.tolist()))
        loss = f(leaves)
        losses[k] = loss.data
        (0.5 * loss).backward()  # leaves add up: two halves make a whole
        (0.5 * loss).backward()
        w = w - learning_rate * np.array([leaf.grad for leaf in leaves])
    return w.tolist(), losses.tolist()


@mutant(
    "Gradients of earlier steps are still in grad, because backward adds. Set grad to 0.0 before "
    "each backward, or begin each step with new Scalars."
)
def _keeps_gradients(f: Program, x: list[float], *, learning_rate: float, n_steps: int) -> Walk:
    weights, losses = [Scalar(number) for number in x], []
    for _ in range(n_steps):
        loss = f(weights)
        loss.backward()
        losses.append(loss.data)
        for w in weights:
            w.data -= learning_rate * w.grad
    return [w.data for w in weights], losses


@mutant(
    "You call f once, before the loop. What it recorded belongs to the numbers of that time: call "
    "it anew in every step."
)
def _one_record(f: Program, x: list[float], *, learning_rate: float, n_steps: int) -> Walk:
    weights = [Scalar(number) for number in x]
    loss, losses = f(weights), []
    for _ in range(n_steps):
        for w in weights:
            w.grad = 0.0
        loss.backward()
        losses.append(loss.data)
        for w in weights:
            w.data -= learning_rate * w.grad
    return [w.data for w in weights], losses


@mutant(
    "Your new weights are results, computed from the old ones, and results collect no gradient: "
    "after the first step nothing moves. Make a Scalar of the new number, or change w.data."
)
def _weights_with_a_past(f: Program, x: list[float], *, learning_rate: float, n_steps: int) -> Walk:
    weights, losses = [Scalar(number) for number in x], []
    for _ in range(n_steps):
        loss = f(weights)
        loss.backward()
        losses.append(loss.data)
        weights = [w + -learning_rate * w.grad for w in weights]
    return [w.data for w in weights], losses


@mutant("Nothing moves: grad is set to 0.0 between backward and the step. Do it before backward.")
def _cleared_too_early(f: Program, x: list[float], *, learning_rate: float, n_steps: int) -> Walk:
    loss = f([Scalar(number) for number in x]) if n_steps else None
    return list(x), [loss.data] * n_steps if loss else []


@mutant("You walk uphill: the gradient is subtracted, w.data - learning_rate * w.grad.")
def _climbs(f: Program, x: list[float], *, learning_rate: float, n_steps: int) -> Walk:
    return _reference(f, x, learning_rate=-learning_rate, n_steps=n_steps)


@mutant(
    "Each weight moves as soon as its own slope is known, and the next one sees it moved. All "
    "slopes belong to the same point: move all weights after one backward."
)
def _one_by_one(f: Program, x: list[float], *, learning_rate: float, n_steps: int) -> Walk:
    x, losses = list(x), []
    for _ in range(n_steps):
        losses.append(f([Scalar(number) for number in x]).data)
        for k in range(len(x)):
            weights = [Scalar(number) for number in x]
            f(weights).backward()
            x[k] -= learning_rate * weights[k].grad
    return x, losses


@mutant("Your losses are those after the steps. Note each one before its step, from f itself.")
def _losses_afterwards(f: Program, x: list[float], *, learning_rate: float, n_steps: int) -> Walk:
    end, losses = _reference(f, x, learning_rate=learning_rate, n_steps=n_steps)
    last = [f([Scalar(number) for number in end]).data] if n_steps else []
    return end, losses[1:] + last


@mutant("There is one loss too many: as many as steps, none for the point where the walk ends.")
def _one_loss_more(f: Program, x: list[float], *, learning_rate: float, n_steps: int) -> Walk:
    end, losses = _reference(f, x, learning_rate=learning_rate, n_steps=n_steps)
    return end, [*losses, f([Scalar(number) for number in end]).data]


@mutant("One step is missing: range(n_steps) has as many numbers as steps are wanted.")
def _one_step_less(f: Program, x: list[float], *, learning_rate: float, n_steps: int) -> Walk:
    return _reference(f, x, learning_rate=learning_rate, n_steps=max(n_steps - 1, 0))


@mutant("The list x of the caller is changed. Work on numbers of your own.")
def _moves_x(f: Program, x: list[float], *, learning_rate: float, n_steps: int) -> Walk:
    end, losses = _reference(f, x, learning_rate=learning_rate, n_steps=n_steps)
    x[:] = end
    return end, losses


def _rates(rng: np.random.Generator) -> dict[str, Any]:
    return {"learning_rate": round(float(rng.uniform(0.02, 0.1)), 3), "n_steps": 5}


def _program(rng: np.random.Generator) -> Given:
    x = [round(float(number), 3) for number in rng.uniform(-1.5, 1.5, size=3)]
    steps = [*drivers.program(rng, x, 6), ("tanh", 8)]  # bounded, so that no walk escapes
    return given(steps, x, **_rates(rng))


def _valley(rng: np.random.Generator) -> Given:
    """(a b - 1)² + (a + b)², where each weight depends on the other."""
    x = [round(float(number), 3) for number in rng.uniform(0.5, 1.5, size=2)]
    steps = [("*", 0, 1), ("+", 2, -1.0), ("*", 3, 3), ("+", 0, 1), ("*", 5, 5), ("+", 4, 6)]
    return given(steps, x, **_rates(rng))


def _no_steps(rng: np.random.Generator) -> Given:
    case = _valley(rng)
    return given(*case.args, learning_rate=0.1, n_steps=0)


def _network(rng: np.random.Generator, n_steps: int) -> Given:
    """Eight points in two clouds, and a network with two units."""
    side = np.array([1.0, -1.0] * 4)
    direction = rng.normal(size=2)
    direction *= 1.5 / np.linalg.norm(direction)
    points = side[:, None] * direction + 0.4 * rng.uniform(-1, 1, size=(8, 2))
    problem = {"points": points.round(3).tolist(), "targets": side.tolist()}
    x = rng.uniform(-0.7, 0.7, size=9).round(3).tolist()
    return given(problem, x, learning_rate=0.3, n_steps=n_steps)


def _short(rng: np.random.Generator) -> Given:
    return _network(rng, 3)


def _long(rng: np.random.Generator) -> Given:
    return _network(rng, 60)


def _learns(value: dict[str, Any], *_: Any, **__: Any) -> str | None:
    first, last = value["losses"][0], value["losses"][-1]
    return None if last < 0.05 else f"the loss went from {first:.3g} to {last:.3g}, not below 0.05"


_AS_REFERENCE: dict[str, Any] = {"driver": drivers.walk, "tolerance": Tolerance(factor=1e4)}

EXERCISE = Exercise(
    name="descend",
    number=7,
    signature="descend(f, x, *, learning_rate, n_steps)",
    statement=(
        "The pair (end, losses) of gradient descent from the numbers x: a list of the numbers at "
        "the end, and one of the losses before each step; f takes a list of Scalars, returns one."
    ),
    stars=2,
    minutes=25,
    points={"contract": 2, "known answers": 4, "properties": 6, "complexity": 2, "training": 6},
    builds_on=("Scalar",),
    reference=_reference,
    solutions=(_new_leaves, _same_leaves, _with_vectors),
    mutants=(
        _keeps_gradients,
        _one_record,
        _weights_with_a_past,
        _cleared_too_early,
        _climbs,
        _one_by_one,
        _losses_afterwards,
        _one_loss_more,
        _one_step_less,
        _moves_x,
    ),
    hints=(
        "A step has four parts: Scalars with the present numbers, the loss by f, its backward, and "
        "new numbers from data and grad of these Scalars. Note loss.data in between.",
        "backward adds to grad. With new Scalars in every step there is nothing to add to; if you "
        "keep the same ones, set each grad to 0.0 first.",
        "In the loop: weights = [Scalar(number) for number in x]; loss = f(weights); "
        "loss.backward(); append loss.data to losses; x = [w.data - learning_rate * w.grad for w "
        "in weights].",
    ),
    checks=(
        known(
            "two steps on w², by hand",
            given([("*", 0, 0)], [1.0], learning_rate=0.25, n_steps=2),
            {"end": [0.25], "losses": [1.0, 0.25]},
            driver=drivers.walk,
        ),
        known(
            "one step on a b, by hand",
            given([("*", 0, 1)], [2.0, 3.0], learning_rate=0.1, n_steps=1),
            {"end": [1.7, 2.8], "losses": [6.0]},
            driver=drivers.walk,
        ),
        agrees("five steps in a valley", _valley, **_AS_REFERENCE),
        agrees("five steps on random programs", _program, cases=4, **_AS_REFERENCE),
        agrees("no steps at all", _no_steps, cases=1, **_AS_REFERENCE),
        agrees("three steps of a network", _short, cases=2, **_AS_REFERENCE),
        agrees(
            "f is called once a step",
            _valley,
            group="complexity",
            cases=1,
            driver=drivers.many_values,
        ),
        holds(
            "60 steps of a network: the loss on eight points falls below 0.05",
            _long,
            _learns,
            group="training",
            cases=1,
            driver=drivers.walk,
            seconds=5.0,
        ),
    ),
    keeps_dtype=False,  # numbers of Python have one precision
)
