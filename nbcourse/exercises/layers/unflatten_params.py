"""Exercise: cut one long vector into the named arrays of a network."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.layers import drivers

Array = NDArray[Any]
Registry = Mapping[str, Array]


def _reference(vector: Array, registry: Registry) -> dict[str, Array]:
    _require_length(vector, registry)
    found, start = {}, 0
    for name, like in registry.items():
        found[name] = vector[start : start + like.size].reshape(like.shape).copy()
        start += like.size
    return found


def _require_length(vector: Array, registry: Registry) -> None:
    n = sum(like.size for like in registry.values())
    if vector.shape != (n,):
        raise ValueError(f"wanted a vector of shape ({n},), got {vector.shape}")


def _with_slices(vector: Array, registry: Registry) -> dict[str, Array]:
    n = sum(like.size for like in registry.values())
    if vector.shape != (n,):
        raise ValueError(f"wanted a vector of shape ({n},), got {vector.shape}")
    params, start = {}, 0
    for name, like in registry.items():
        end = start + like.size
        params[name] = vector[start:end].reshape(like.shape).copy()
        start = end
    return params


def _with_split(vector: Array, registry: Registry) -> dict[str, Array]:
    ends = np.cumsum([like.size for like in registry.values()], dtype=int)
    if vector.ndim != 1 or len(vector) != (ends[-1] if len(ends) else 0):
        raise ValueError("the vector does not fit")
    parts = np.split(vector.copy(), ends[:-1])
    pairs = zip(registry.items(), parts, strict=False)
    return {name: part.reshape(like.shape) for (name, like), part in pairs}


def _with_iterator(vector: Array, registry: Registry) -> dict[str, Array]:
    _require_length(vector, registry)
    numbers = iter(vector)
    found = {}
    for name, like in registry.items():
        found[name] = np.empty(like.shape, dtype=vector.dtype)
        for index in np.ndindex(like.shape):
            found[name][index] = next(numbers)
    return found


@mutant(
    "Your arrays are views of the vector: who changes the vector later changes them, too. Make "
    "copies."
)
def _views(vector: Array, registry: Registry) -> dict[str, Array]:
    _require_length(vector, registry)
    found, start = {}, 0
    for name, like in registry.items():
        found[name] = vector[start : start + like.size].reshape(like.shape)
        start += like.size
    return found


@mutant(
    "The matrices are filled column by column. NumPy's ravel goes row by row, the last axis "
    "fastest, and so does reshape without an order."
)
def _by_columns(vector: Array, registry: Registry) -> dict[str, Array]:
    right = _reference(vector, registry)
    return {name: a.ravel().reshape(a.shape, order="F") for name, a in right.items()}


@mutant(
    "You go through the names in sorted order, where 10.W comes before 2.W. The vector has the "
    "order of the registry."
)
def _sorted_names(vector: Array, registry: Registry) -> dict[str, Array]:
    return _reference(vector, dict(sorted(registry.items())))


@mutant(
    "You cut out the right numbers, but the dictionary is no longer in the order of the registry: "
    "flattened again, it gives another vector."
)
def _loses_order(vector: Array, registry: Registry) -> dict[str, Array]:
    return dict(sorted(_reference(vector, registry).items()))


@mutant("Every array begins at the start of the vector; go on where the one before has ended.")
def _never_moves(vector: Array, registry: Registry) -> dict[str, Array]:
    _require_length(vector, registry)
    return {name: vector[: a.size].reshape(a.shape).copy() for name, a in registry.items()}


@mutant(
    "A vector that is too long passes, and its rest is lost without a word. Count the numbers of "
    "the registry first, and raise ValueError unless the vector has as many."
)
def _accepts_longer(vector: Array, registry: Registry) -> dict[str, Array]:
    n = sum(like.size for like in registry.values())
    if vector.ndim != 1:
        raise ValueError("wanted a vector")
    return _reference(vector[:n], registry)


@mutant(
    "Nothing is checked but what reshape itself refuses: a vector that is too long passes, and so "
    "does an array with two axes that has rows of the right length."
)
def _checks_nothing(vector: Array, registry: Registry) -> dict[str, Array]:
    found, start = {}, 0
    for name, like in registry.items():
        found[name] = vector[start : start + like.size].reshape(like.shape).copy()
        start += like.size
    return found


@mutant(
    "A vector that is too short is filled up by repetition, as np.resize does; raise ValueError."
)
def _repeats(vector: Array, registry: Registry) -> dict[str, Array]:
    if vector.ndim != 1:
        raise ValueError("wanted a vector")
    n = sum(like.size for like in registry.values())
    return _reference(np.resize(vector, n), registry)


@mutant(
    "An array with two axes passes, if it holds as many numbers. It is not a vector: compare its "
    "shape with (n,), not its size with n."
)
def _accepts_matrix(vector: Array, registry: Registry) -> dict[str, Array]:
    return _reference(vector.ravel(), registry)


@mutant(
    "An array without axes, of shape (), trips you: np.prod(()) is the float 1.0, and no slice "
    "takes a float. array.size or math.prod are whole numbers."
)
def _size_as_float(vector: Array, registry: Registry) -> dict[str, Array]:
    _require_length(vector, registry)
    found: dict[str, Array] = {}
    start: Any = 0
    for name, like in registry.items():
        end = start + np.prod(like.shape)
        found[name] = vector[start:end].reshape(like.shape).copy()
        start = end
    return found


@mutant(
    "The arrays of the registry are overwritten. They only tell names and shapes here: make new "
    "ones."
)
def _overwrites(vector: Array, registry: Registry) -> Registry:
    for name, new in _reference(vector, registry).items():
        registry[name][...] = new
    return registry


@mutant("You return a list; a dictionary is wanted, with the names of the registry.")
def _without_names(vector: Array, registry: Registry) -> list[Array]:
    return list(_reference(vector, registry).values())


@mutant("assert raises AssertionError, and is gone when Python runs with -O; raise ValueError.")
def _asserts(vector: Array, registry: Registry) -> dict[str, Array]:
    assert vector.shape == (sum(like.size for like in registry.values()),)
    return _reference(vector, registry)


@mutant("Your arrays are float64 whatever the vector is; name its dtype when you make arrays.")
def _in_double(vector: Array, registry: Registry) -> dict[str, Array]:
    return {name: a.astype(float) for name, a in _reference(vector, registry).items()}


def _registry(rng: np.random.Generator, depth: int) -> dict[str, Array]:
    registry = {}
    for k in range(depth):
        n_in, n_out = (int(n) for n in rng.integers(2, 5, size=2))
        registry[f"{2 * k}.W"] = rng.normal(size=(n_in, n_out))
        registry[f"{2 * k}.b"] = rng.normal(size=n_out)
    return registry


def _fitting(rng: np.random.Generator, registry: dict[str, Array]) -> Given:
    n = sum(math.prod(like.shape) for like in registry.values())
    return given(rng.normal(size=n), registry)


def _draw(rng: np.random.Generator) -> Given:
    return _fitting(rng, _registry(rng, int(rng.integers(2, 5))))


def _long(rng: np.random.Generator) -> Given:
    return _fitting(rng, _registry(rng, 7))


def _odd_shapes(rng: np.random.Generator) -> Given:
    shapes = (1,), (), (2, 3, 4), (0,), (1, 1), (2, 0), (3,)
    order = rng.permutation(len(shapes))
    return _fitting(rng, {f"{k}.a": rng.normal(size=shapes[i]) for k, i in enumerate(order)})


def _no_array(rng: np.random.Generator) -> Given:
    return given(rng.normal(size=0), {})


def _misfits(rng: np.random.Generator) -> Given:
    vector, registry = _fitting(rng, _registry(rng, 2)).args
    first = next(iter(registry.values()))
    vectors = {
        "one number too few": vector[:-1],
        "one number too many": np.append(vector, 0.0),
        "no number at all": vector[:0],
        "twice as many numbers": np.tile(vector, 2),
        "an array (1, n)": vector[None],
        "an array (n, 1)": vector[:, None],
    }
    cases = {name: (array, registry) for name, array in vectors.items()}
    cases["one array for rows as long as it, in a matrix"] = (
        np.ones((first.size, 1)),
        {"0.W": first},
    )
    return given(cases)


def _refuses(value: dict[str, str], cases: dict[str, Any]) -> str | None:
    for name in cases:
        if value[name] != "raised ValueError":
            return f"for {name} it {value[name]}; wanted ValueError"
    return None


def _comes_back(
    value: tuple[list[str], Array], vector: Array, registry: dict[str, Array]
) -> str | None:
    names, joined = value
    if names != list(registry):
        come, wanted = (", ".join(list(each)[:5]) for each in (names, registry))
        return f"the names come as {come}, ...; wanted {wanted}, ..."
    if not np.array_equal(joined, vector):
        return "cut and joined again, the vector is another one"
    return None


EXERCISE = Exercise(
    name="unflatten_params",
    number=5,
    signature="unflatten_params(vector, registry)",
    statement=(
        "A dictionary with the names of registry (name to array), in its order, and new arrays of "
        "their shapes, filled from vector (n,) one after the other; ValueError unless n fits."
    ),
    stars=2,
    minutes=20,
    points={"contract": 1, "known answers": 2, "properties": 7},
    reference=_reference,
    solutions=(_with_slices, _with_split, _with_iterator),
    mutants=(
        _views,
        _by_columns,
        _sorted_names,
        _loses_order,
        _never_moves,
        _accepts_longer,
        _checks_nothing,
        _repeats,
        _accepts_matrix,
        _size_as_float,
        _overwrites,
        _without_names,
        _asserts,
        _in_double,
    ),
    hints=(
        "Count first: how many numbers does the registry hold? array.size is the number of one "
        "array, and is 1 for one without axes.",
        "Walk through registry.items() and remember where you are in the vector. A piece of the "
        "vector is vector[start:end]; reshape gives it the shape of its array.",
        "If vector.shape != (n,), raise ValueError. Then for each array: end = start + array.size; "
        "vector[start:end].reshape(array.shape).copy() goes into the result under its name; and "
        "start = end.",
    ),
    checks=(
        known(
            "nine numbers for W (2, 3) and b (3,)",
            given(np.arange(1.0, 10.0), {"0.W": np.zeros((2, 3)), "0.b": np.zeros(3)}),
            {
                "0.W": np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
                "0.b": np.array([7.0, 8.0, 9.0]),
            },
        ),
        agrees("right for random networks", _draw, cases=4),
        agrees("arrays of shape (), (1,), (0,) and (2, 3, 4)", _odd_shapes),
        agrees("a registry without arrays", _no_array, cases=1),
        holds(
            "joined again, the arrays give the vector, also with ten layers and more",
            _long,
            _comes_back,
            driver=drivers.cut_and_joined,
            cases=2,
        ),
        agrees(
            "the arrays stay when the vector is overwritten",
            _draw,
            cases=1,
            driver=drivers.after_the_vector_changed,
        ),
        holds("a wrong length raises ValueError", _misfits, _refuses, driver=drivers.outcomes),
    ),
)
