"""How the exercises of this chapter are called: graphs, indices and programs from plain values."""

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Function = Callable[..., Any]


def listed_names(function: Function, parents: Mapping[str, Sequence[str]], root: str) -> list[str]:
    """The values that were listed, in alphabetical order."""
    return sorted(map(str, _listed(function(parents, root))))


def long_chain(function: Function, n: int) -> dict[str, Any]:
    """What became of a chain in which each of n values is computed from the one before it."""
    order = _listed(function({k: [k - 1] if k else [] for k in range(n)}, n - 1))
    in_order = order == list(range(len(order)))
    return {"values listed": len(order), "parents before children": in_order}


def many_lookups(function: Function, n: int) -> dict[str, bool]:
    """Whether the parents of a value are looked up all too often, in n steps h = h + h."""
    watched = _Watched({k: [k - 1, k - 1] if k else [] for k in range(n + 1)})
    with suppress(_EnoughError):
        function(watched, n)
    return {"parents are looked up more than ten times a value": watched.n_lookups > 10 * (n + 1)}


def many_comparisons(function: Function, n: int) -> dict[str, bool]:
    """Whether the values of a chain are compared all too often; a set hardly ever has to."""
    _Name.n_comparisons = 0
    names = [_Name() for _ in range(n)]
    function({name: names[k - 1 : k] if k else [] for k, name in enumerate(names)}, names[-1])
    return {"values are compared more than ten times each": _Name.n_comparisons > 10 * n}


class _EnoughError(Exception):
    """Raised so that a walk without end ends."""


class _Watched(dict[int, list[int]]):
    """A dictionary that counts how often something is looked up in it, and ends that."""

    n_lookups = 0

    def _count(self) -> None:
        self.n_lookups += 1
        if self.n_lookups > 10 * len(self):
            raise _EnoughError

    def __getitem__(self, key: int) -> list[int]:
        self._count()
        return super().__getitem__(key)

    def get(self, key: int, default: Any = None) -> Any:
        self._count()
        return super().get(key, default)


class _Name:
    """The name of a value; it can be a key of a dictionary, and counts its comparisons."""

    n_comparisons = 0

    def __eq__(self, other: object) -> bool:
        _Name.n_comparisons += 1
        return self is other

    __hash__ = object.__hash__


def _listed(found: Any) -> list[Any]:
    if found is None:
        raise TypeError("it returned None, not a list; is there a return?")
    return list(found)


def at_index(function: Function, dy: Array, shape: tuple[int, ...], index: str) -> Any:
    """The gradient for an index that is written as in Python, such as "[0, 0, 2]" or "1:, -1"."""
    return function(dy, shape, index_of(index))


def each_index(
    function: Function, dys: Sequence[Array], shape: tuple[int, ...], indices: Sequence[str]
) -> list[Any]:
    """The gradients for several indices into arrays of one shape."""
    return [at_index(function, dy, shape, each) for dy, each in zip(dys, indices, strict=True)]


def index_of(text: str) -> Any:
    """What stands between brackets, as NumPy gets it; lists become arrays."""
    index = eval(f"np.s_[{text}]", {"np": np})
    if isinstance(index, tuple):
        return tuple(np.array(part) if isinstance(part, list) else part for part in index)
    return np.array(index) if isinstance(index, list) else index


Script = Sequence[Any]  # of "on", "off", "make", and blocks ["block" or "failing block", ...]


class _PlannedError(Exception):
    """Raised inside a block on purpose."""


def play(function: Function, recording: bool, script: Script) -> dict[str, bool]:
    """Whether the tape is recording after each step of a script.

    A block ["block", ...] enters the context that was made before, or else a new one, follows the
    script inside and leaves; a failing block is left by an error, which is caught behind it. "make"
    makes a context and does not enter it yet; "on" and "off" set the switch by hand.
    """
    tape: dict[str, Any] = {"recording": recording, "steps": 3}
    log: dict[str, bool] = {}
    _follow(function, tape, script, log, [])
    others = {key: entry for key, entry in tape.items() if key != "recording"}
    log["nothing else on the tape has changed"] = others == {"steps": 3}
    return log


def _follow(
    function: Function, tape: dict[str, Any], script: Script, log: dict[str, bool], made: list[Any]
) -> None:
    def note(text: str) -> None:
        log[f"{len(log) + 1}. {text}"] = bool(tape["recording"])

    for step in script:
        if step in ("on", "off"):
            tape["recording"] = step == "on"
        elif step == "make":
            made.append(function(tape))
            note("made, not entered")
        else:
            kind, *inside = step
            came_out = False
            try:
                with made.pop() if made else function(tape):
                    note("inside")
                    _follow(function, tape, inside, log, made)
                    if kind == "failing block":
                        raise _PlannedError
            except _PlannedError:
                came_out = True
            note("behind it")
            if kind == "failing block":
                log[f"{len(log) + 1}. the error came out"] = came_out


Steps = Sequence[tuple[Any, ...]]  # ("+", i, j), ("*", i, j), ("tanh", i)
# A whole number i is the value at this place, inputs first; a float is a plain number.


def run(values: Sequence[Any], steps: Steps) -> list[Any]:
    """All values of a program, the inputs first; these have +, * and tanh(), or are floats."""
    values = list(values)
    for sign, *places in steps:
        x, *others = [values[i] if isinstance(i, int) else i for i in places]
        if sign == "tanh":
            values.append(math.tanh(x) if isinstance(x, float) else x.tanh())
        else:
            values.append(x + others[0] if sign == "+" else x * others[0])
    return values


def program(rng: np.random.Generator, inputs: Sequence[float], n_steps: int) -> Steps:
    """A random program; its last step is a product, and no value becomes large."""
    steps: list[tuple[Any, ...]] = []
    values = list(inputs)
    for k in range(n_steps):
        i, j = (int(place) for place in rng.integers(max(0, len(values) - 5), len(values), size=2))
        number = round(float(rng.uniform(-2, 2)), 2)
        operands = [(i, j), (i, j), (i, j), (i, number), (number, j)][int(rng.integers(5))]
        step: tuple[Any, ...] = (str(rng.choice(["+", "*", "*"])), *operands)
        if k == n_steps - 1:
            step = ("*", len(values) - 1, i)
        elif abs(run(values, [step])[-1]) > 3 or rng.random() < 0.2:
            step = ("tanh", i)
        steps.append(step)
        values.append(run(values, [step])[-1])
    return steps


def differentiate(scalar: Function, inputs: Sequence[float], steps: Steps) -> dict[str, Any]:
    """The value of a program of scalars, and the gradients with respect to its inputs."""
    leaves = [scalar(x) for x in inputs]
    y = run(leaves, steps)[-1]
    y.backward()
    return {"value": y.data, "gradients": [leaf.grad for leaf in leaves]}


def differentiate_again(
    scalar: Function, inputs: Sequence[float], steps: Steps, results: Sequence[int]
) -> list[Any]:
    """The gradients after backward of several results, one after the other; -1 is the last one."""
    leaves = [scalar(x) for x in inputs]
    values = run(leaves, steps)
    found = [[leaf.grad for leaf in leaves]]
    for place in results:
        values[place].backward()
        found.append([leaf.grad for leaf in leaves])
    return found


def long_program(scalar: Function, x: float, n: int) -> dict[str, Any]:
    """The value and the gradient of n steps h = h + 1."""
    leaf = h = scalar(x)
    for _ in range(n):
        h = h + 1.0
    h.backward()
    return {"value": h.data, "gradient": leaf.grad}


def doubled(scalar: Function, x: float, n: int) -> dict[str, Any]:
    """The value and the gradient of n steps h = h + h, which have 2**n paths."""
    leaf = h = scalar(x)
    for _ in range(n):
        h = h + h
    h.backward()
    return {"value": h.data, "gradient": leaf.grad}


Problem = Any  # the steps of a program, or a dictionary: points and targets for a network


def function_of(problem: Problem) -> Function:
    """A function that takes a list of numbers with +, * and tanh(), and returns such a number."""
    if isinstance(problem, dict):
        return lambda w: _mean_squared_error(w, problem["points"], problem["targets"])
    return lambda w: run(w, problem)[-1]


def _mean_squared_error(w: Sequence[Any], points: Any, targets: Sequence[float]) -> Any:
    """Of a network with two inputs and tanh units: w has four numbers a unit, and one bias."""
    total: Any = 0.0
    for (p, q), t in zip(points, targets, strict=True):
        y = w[-1] + -t
        for a, b, c, v in zip(*(w[k:-1:4] for k in range(4)), strict=True):
            y = y + v * (a * p + b * q + c).tanh()
        total = total + y * y
    return total * (1 / len(targets))


def walk(function: Function, problem: Problem, x: list[float], **options: Any) -> dict[str, Any]:
    """Where gradient descent ends, and the losses on the way."""
    end, losses = function(function_of(problem), x, **options)
    return {"end": _numbers(end), "losses": _numbers(losses)}


def many_values(function: Function, problem: Problem, x: list[float], **options: Any) -> Any:
    """Whether gradient descent calls its function more often than it has to."""
    f, n_calls = _counted(problem)
    function(f, x, **options)
    return {"f is called more than once a step": n_calls[0] > options["n_steps"] + 1}


def product(function: Function, problem: Problem, x: list[float], v: list[float]) -> list[float]:
    """The product of the Hessian with a vector."""
    return _numbers(function(function_of(problem), x, v))


def products(
    function: Function, problem: Problem, x: list[float], vs: Sequence[list[float]]
) -> list[list[float]]:
    """The products with several vectors."""
    return [product(function, problem, x, v) for v in vs]


def many_products(function: Function, problem: Problem, x: list[float], v: list[float]) -> Any:
    """Whether one product takes more than three calls of the function."""
    f, n_calls = _counted(problem)
    function(f, x, v)
    return {"f is called more than three times": n_calls[0] > 3}


def _counted(problem: Problem) -> tuple[Function, list[int]]:
    f, n_calls = function_of(problem), [0]

    def counted(w: Sequence[Any]) -> Any:
        n_calls[0] += 1
        return f(w)

    return counted, n_calls


def _numbers(found: Any) -> list[float]:
    return [float(number) for number in _listed(found)]
