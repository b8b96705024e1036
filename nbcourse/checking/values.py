"""Plain values: arrays, numbers, text, and tuples, lists and dictionaries of them.

Only these are ever compared. Types are tested exactly, so that no method of a student's class (an
`__eq__` that is always true, an `__array__` that lies) can take part in a verdict.
"""

from typing import Any, TypeAlias

import numpy as np

Value: TypeAlias = Any  # None, bool, int, float, complex, str, ndarray; tuple, list, dict of these

MAX_BYTES = 64 * 2**20
MAX_ITEMS = 20_000
MAX_DEPTH = 6
_PLAIN = (bool, int, float, complex, str, type(None))
_KINDS = "biufc"


class NotPlainError(Exception):
    """A value that cannot be compared; the message says what it is, for the student."""


def plain(value: object) -> Value:
    """A copy of a value, independent of it and made of plain types only.

    Raises:
        NotPlainError: for any other type, for arrays of objects, for too much data.
    """
    return _copy(value, depth=0, budget=[MAX_BYTES, MAX_ITEMS])


def _copy(value: object, depth: int, budget: list[int]) -> Value:
    kind = type(value)
    budget[1] -= 1
    if budget[1] < 0:
        raise NotPlainError(f"more than {MAX_ITEMS} separate values")
    if kind in _PLAIN:
        return _short(value)
    if kind is np.ndarray or (issubclass(kind, np.generic) and kind.__module__ == "numpy"):
        return _array(value, budget)
    if depth >= MAX_DEPTH:
        raise NotPlainError(f"values nested more than {MAX_DEPTH} deep")
    if kind is tuple or kind is list:
        sequence: Any = value
        copies = [_copy(item, depth + 1, budget) for item in sequence]
        return tuple(copies) if kind is tuple else copies
    if kind is dict:
        mapping: Any = value
        return {_key(k): _copy(v, depth + 1, budget) for k, v in mapping.items()}
    raise NotPlainError(f"an object of type {kind.__name__[:40]}")


def _short(value: Any) -> Value:  # noqa: ANN401
    if type(value) is str and len(value) > 10_000:
        raise NotPlainError(f"a text of {len(value)} characters")
    if type(value) is int and value.bit_length() > 2_000:
        raise NotPlainError(f"a whole number of {value.bit_length()} bits")
    return value


def _key(key: object) -> Value:
    if type(key) not in (str, int):
        raise NotPlainError(f"a dictionary with a key of type {type(key).__name__[:40]}")
    return _short(key)


def _array(value: Any, budget: list[int]) -> Value:  # noqa: ANN401
    """A fresh array with the numbers of this one; a scalar of NumPy stays one, with its dtype."""
    if value.dtype.kind not in _KINDS:
        raise NotPlainError(f"an array of dtype {value.dtype}")
    budget[0] -= value.size * value.dtype.itemsize
    if budget[0] < 0:
        size = value.size * value.dtype.itemsize / 2**20
        raise NotPlainError(
            f"an array of shape {value.shape} with {size:,.0f} MiB (at most {MAX_BYTES // 2**20})"
        )
    return np.array(value) if type(value) is np.ndarray else value


def cast(value: Value, dtype: str) -> Value:
    """The value with all its floating-point arrays in another dtype; numbers of Python stay."""
    if isinstance(value, np.ndarray | np.floating) and value.dtype.kind == "f":
        return value.astype(dtype)
    if isinstance(value, tuple | list):
        return type(value)(cast(item, dtype) for item in value)
    if isinstance(value, dict):
        return {key: cast(item, dtype) for key, item in value.items()}
    return value


def numbers(value: Value) -> int:
    """How many numbers a value holds."""
    if isinstance(value, np.ndarray):
        return int(value.size)
    if isinstance(value, tuple | list):
        return sum(numbers(item) for item in value)
    if isinstance(value, dict):
        return sum(numbers(item) for item in value.values())
    return 1


def brief(value: Value, width: int = 72) -> str:
    """A value on one line of at most `width` characters: arrays with shape, and numbers rounded."""
    text = _brief(value)
    return text if len(text) <= width else text[: width - 1] + "…"


def _brief(value: Value) -> str:
    if isinstance(value, np.ndarray):
        if value.ndim == 0 or value.size > 8:
            return _brief(value[()]) if value.ndim == 0 else _summary(value)
        return " ".join(np.array2string(value, precision=4, separator=", ").split())
    if isinstance(value, float | np.floating):
        return f"{value:.6g}"
    if isinstance(value, np.generic):
        return str(value.item())
    if isinstance(value, tuple | list):
        left, right = "()" if isinstance(value, tuple) else "[]"
        more = ", …" if len(value) > 6 else ""
        return left + ", ".join(_brief(item) for item in value[:6]) + more + right
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_brief(item)}" for key, item in value.items()) + "}"
    return repr(value)


def _summary(value: np.ndarray[Any, Any]) -> str:
    first = ", ".join(_brief(item) for item in value.ravel()[:4])
    return f"array {value.shape}: {first}, …"


def kind_of(value: Value) -> str:
    """What a value is, for a sentence: "an array of shape (3,)", "a list", "None"."""
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {value.shape}"
    if isinstance(value, bool | np.bool_):
        return "a truth value"
    if isinstance(value, tuple | list | dict):
        name = type(value).__name__
        return f"a {'dictionary' if name == 'dict' else name} of length {len(value)}"
    if isinstance(value, str):
        return "a text"
    return "None" if value is None else "a number"
