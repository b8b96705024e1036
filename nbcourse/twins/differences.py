"""Measured differences: how far apart the twins are in value, gradient, and after 50 steps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.twins.cases import (
    FUNCTIONS,
    LAYERS,
    OPTIMIZERS,
    SCHEDULES,
    FunctionCase,
    LayerCase,
    RuleCase,
)
from nbcourse.twins.lanes import LANES, NumpyLane, TorchLane, find

Array = NDArray[Any]
Lane = NumpyLane | TorchLane
Run = tuple[list[Array], list[Array], list[Array]]  # values, gradients, path

__all__ = ["N_STEPS", "Difference", "function", "layer", "measure", "optimizer", "schedule"]

N_STEPS = 50


@dataclass(frozen=True)
class Difference:
    """Largest absolute difference between the twins over all entries, in float64.

    Attributes:
        name: the case, for example `activations.gelu(approximate=True)`.
        kind: function, layer, optimizer or schedule.
        forward: of the values; None where there is none.
        backward: of the gradients; None where there is none.
        trajectory: of everything that is trained, over 50 steps (momentum for functions, Adam
            for layers, the rule itself for optimizers).
    """

    name: str
    kind: str
    forward: float | None
    backward: float | None
    trajectory: float | None


def _largest(pair: list[list[Array]]) -> float:
    ours, theirs = pair
    differences = [
        float(np.max(np.abs(a - b), initial=0)) for a, b in zip(ours, theirs, strict=True)
    ]
    return float(np.max(differences, initial=0))  # not max(), which loses a NaN


def function(case: FunctionCase) -> Difference:
    """Measure a function: value, gradients, and 50 momentum steps on its own arguments."""
    n = case.n_differentiated
    shape = np.shape(find(LANES[0].nn, case.name)(*case.args, **case.options))
    dy = np.random.default_rng(1).normal(size=shape) if shape else 1.0

    def run(lane: Lane) -> Run:
        params = [lane.parameter(x) for x in case.args[:n]]
        rest = case.args[n:]
        step = partial(lane.function, case.name, params, rest, case.options, dy)
        # Not Adam: it divides by the size of a gradient, which is all rounding in the far tails.
        rule = lane.nn.SGD(params, learning_rate=0.05, momentum=0.9)
        return _descend(lane, params, rule, step)

    return _difference(str(case), "function", run)


def layer(case: LayerCase) -> Difference:
    """Measure a layer: value, gradients of input and weights, and 50 Adam steps on all of them."""

    def run(lane: Lane) -> Run:
        probe = case.build(lane.nn, np.random.default_rng(2))(lane.tensor(case.x))
        dy = np.random.default_rng(3).normal(size=tuple(probe.shape))
        built, x = case.build(lane.nn, np.random.default_rng(2)), lane.parameter(case.x)
        params = [*built.parameters(), x]
        rule = lane.nn.Adam(params, learning_rate=0.01)
        step = partial(lane.layer, built, x, dy)
        return _descend(lane, params, rule, step, buffers=list(built.buffers()))

    return _difference(str(case), "layer", run)


def _difference(name: str, kind: str, run: Callable[[Lane], Run]) -> Difference:
    ours, theirs = (run(lane) for lane in LANES)
    forward, backward, path = (_largest([a, b]) for a, b in zip(ours, theirs, strict=True))
    return Difference(name, kind, forward, backward, path)


def _descend(
    lane: Lane,
    params: list[Any],
    rule: Any,  # noqa: ANN401 (an optimizer of either twin)
    step: Callable[[], Array],
    buffers: Sequence[Any] = (),
) -> Run:
    """Return first value, first gradients, and parameters and buffers after each of 50 steps."""
    value, grads, path = None, [], []
    for _ in range(N_STEPS):
        rule.zero_grad()
        now = step()
        if value is None:
            value, grads = now, [lane.array(p.grad) for p in params]
        rule.step()
        path += [lane.array(p.data) for p in (*params, *buffers)]
    assert value is not None
    return [value], grads, path


def _train(
    lane: Lane, optimizer: RuleCase, schedule: RuleCase | None
) -> tuple[list[Array], list[Array]]:
    """Train a small network for 50 steps; return its weights and learning rates at each."""
    rng = np.random.default_rng(4)
    model = lane.nn.MLP((5, 7, 4), rng=rng, activation="tanh")
    x, y = lane.tensor(rng.normal(size=(12, 5))), lane.tensor(rng.integers(0, 4, 12))
    rule = find(lane.nn, optimizer.name)(model.parameters(), **optimizer.options)
    plan = find(lane.nn, schedule.name)(rule, **schedule.options) if schedule else None
    weights, rates = [], []
    for _ in range(N_STEPS):
        rates.append(np.array(rule.learning_rate))
        lane.nn.train_step(model, x, y, loss=lane.nn.cross_entropy, optimizer=rule)
        weights += [lane.array(p.data) for p in model.parameters()]
        if plan:
            plan.step()
    return weights, rates


def optimizer(case: RuleCase) -> Difference:
    """Measure an optimizer: 50 of its steps on a small network."""
    paths = [_train(lane, case, None)[0] for lane in LANES]
    return Difference(str(case), "optimizer", None, None, _largest(paths))


def schedule(case: RuleCase) -> Difference:
    """Measure a schedule: its learning rates (as values), and 50 steps of SGD under it."""
    runs = [_train(lane, RuleCase("optimizers.SGD"), case) for lane in LANES]
    rates, paths = [run[1] for run in runs], [run[0] for run in runs]
    return Difference(str(case), "schedule", _largest(rates), None, _largest(paths))


def measure() -> list[Difference]:
    """Measure every case; takes about a second."""
    return [
        *map(function, FUNCTIONS),
        *map(layer, LAYERS),
        *map(optimizer, OPTIMIZERS),
        *map(schedule, SCHEDULES),
    ]
