"""Expected and got, side by side: structure, shape, dtype, then every number within a tolerance."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbcourse.checking.values import Value, brief, kind_of

_SEQUENCES = (tuple, list)
_NUMBERS = (bool, int, float, complex, np.generic, np.ndarray)


@dataclass(frozen=True)
class Tolerance:
    """How far a number may be from the expected one, in units of rounding.

    The bound is `factor * eps * sqrt(n) * scale`: eps belongs to the dtype, n is the size of what
    went into the number (rounding errors of n terms add like a random walk; Higham, Accuracy and
    Stability of Numerical Algorithms, 2002, section 2.8), scale is the largest expected number, at
    least 1; or, elementwise, each expected number by itself.
    """

    factor: float = 64.0
    elementwise: bool = False

    def bound(self, expected: np.ndarray[Any, Any], size: int) -> np.ndarray[Any, Any]:
        """The largest allowed difference, for each number."""
        dtype = expected.dtype if expected.dtype.kind in "fc" else np.dtype("float64")
        unit = self.factor * float(np.finfo(dtype).eps) * math.sqrt(max(size, 1))
        finite = np.abs(np.where(np.isfinite(expected), expected, 0)).astype("float64")
        if self.elementwise:
            return unit * finite + float(np.finfo(dtype).tiny)
        return np.full(expected.shape, unit * max(1.0, float(finite.max(initial=0.0))))


DEFAULT = Tolerance()


@dataclass(frozen=True)
class Mismatch:
    """Where a value is not what was expected.

    Attributes:
        message: one sentence.
        kind: structure, shape, dtype or value.
        got: the part of the result that differs.
        expected: what this part should be.
    """

    message: str
    kind: str
    got: Value
    expected: Value


def compare(
    got: Value, expected: Value, tolerance: Tolerance, *, size: int = 1, where: str = "the result"
) -> Mismatch | None:
    """The first way in which `got` differs from `expected`, or None.

    Args:
        got: what was returned, plain.
        expected: what is right, plain.
        tolerance: for numbers.
        size: how many numbers went into the result.
        where: what is compared, for the sentence.
    """
    if isinstance(expected, _SEQUENCES):
        return _sequences(got, expected, tolerance, size, where)
    if isinstance(expected, dict):
        return _dictionaries(got, expected, tolerance, size, where)
    if isinstance(expected, _NUMBERS):
        return _arrays(got, expected, tolerance, size, where)
    if type(got) is type(expected) and got == expected:
        return None
    return _unlike(got, expected, where)


def _unlike(got: Value, expected: Value, where: str) -> Mismatch:
    message = f"{where} is {kind_of(got)}, wanted {kind_of(expected)}"
    if isinstance(got, str) and isinstance(expected, str):
        message = f"{where} is {brief(got)}, wanted {brief(expected)}"
    if got is None:
        message += "; is there a return?"
    return Mismatch(message, "structure", got, expected)


def _sequences(
    got: Value, expected: Value, tolerance: Tolerance, size: int, where: str
) -> Mismatch | None:
    if not isinstance(got, _SEQUENCES) or len(got) != len(expected):
        return _unlike(got, expected, where)
    for k, (mine, right) in enumerate(zip(got, expected, strict=True), start=1):
        part = f"part {k} of {where}"
        if found := compare(mine, right, tolerance, size=size, where=part):
            return found
    return None


def _dictionaries(
    got: Value, expected: Value, tolerance: Tolerance, size: int, where: str
) -> Mismatch | None:
    if not isinstance(got, dict):
        return _unlike(got, expected, where)
    if set(got) != set(expected):
        wanted, have = (", ".join(sorted(map(str, each))) for each in (expected, got))
        return Mismatch(
            f"{where} has the keys {have[:80]}; wanted {wanted}", "structure", got, expected
        )
    for key, right in expected.items():
        if found := compare(got[key], right, tolerance, size=size, where=f"{where}[{key!r}]"):
            return found
    return None


def _arrays(
    got: Value, expected: Value, tolerance: Tolerance, size: int, where: str
) -> Mismatch | None:
    if not isinstance(got, _NUMBERS):
        return _unlike(got, expected, where)
    mine, right = np.asarray(got), np.asarray(expected)
    if mine.shape != right.shape:
        return Mismatch(
            f"{where} has shape {mine.shape}, wanted {right.shape}", "shape", got, expected
        )
    python = isinstance(got, int | float | complex) and not isinstance(got, np.generic)
    if not python and not _same_kind(mine, right):
        return Mismatch(
            f"{where} has dtype {mine.dtype}, wanted {right.dtype}", "dtype", got, expected
        )
    return _numbers(mine, right, tolerance, size, where)


def _same_kind(mine: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> bool:
    """Whole numbers of any width are alike; floats must have the same precision."""
    if right.dtype.kind in "iu":
        return mine.dtype.kind in "iu"
    if right.dtype.kind == "b":
        return mine.dtype.kind == "b"
    return mine.dtype == right.dtype


def _numbers(
    mine: np.ndarray[Any, Any],
    right: np.ndarray[Any, Any],
    tolerance: Tolerance,
    size: int,
    where: str,
) -> Mismatch | None:
    if (mine == right).all():  # most answers; what follows takes several times as long
        return None
    if right.dtype.kind in "biu":
        wrong = mine != right
        difference = wrong.astype("float64")
        bound = np.zeros(right.shape)
    else:
        with np.errstate(all="ignore"):
            difference = np.abs(mine.astype(right.dtype) - right).astype("float64")
        bound = tolerance.bound(right, max(size, right.size))
        same = (mine == right) | (np.isnan(mine) & np.isnan(right))
        wrong = ~same & ~(difference <= bound)
    if not wrong.any():
        return None
    severity = np.where(wrong, np.where(np.isfinite(difference), difference, np.inf), -1.0)
    worst = np.unravel_index(int(np.argmax(severity)), right.shape) if right.ndim else ()
    at = f" at [{', '.join(map(str, worst))}]" if right.ndim else ""
    message = f"{where}{at} is {_text(mine[worst])}, wanted {_text(right[worst])}"
    if right.dtype.kind in "fc":
        allowed = f"allowed {bound[worst]:.1e} in {right.dtype}"
        message += f" (difference {difference[worst]:.1e}, {allowed})"
    with np.errstate(all="ignore"):
        message += pattern(mine, right)
    return Mismatch(message, "value", mine, right)


def _text(number: Any) -> str:  # noqa: ANN401 (a scalar of NumPy)
    return str(bool(number)) if number.dtype.kind == "b" else f"{number:.6g}"


def pattern(mine: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> str:
    """A simple relation that explains all numbers at once, as an addition to a sentence."""
    finite = np.isfinite(mine) & np.isfinite(right)
    if mine.size < 2 or right.dtype.kind != "f" or not finite.all():
        return ""
    rtol = 1e-6 if right.dtype == np.float64 else 1e-3
    largest = np.unravel_index(int(np.argmax(np.abs(right))), right.shape)
    if right[largest] != 0 and mine[largest] != 0:
        ratio = float(mine[largest] / right[largest])
        if np.allclose(mine, ratio * right, rtol, 0) and np.count_nonzero(right) > 1:
            return f"; every number is {ratio:.4g} times the right one"
    if right.ndim == 2 and right.shape[0] == right.shape[1] and np.allclose(mine, right.T, rtol, 0):
        return "; it is the transpose of the right one"
    shift = float(mine.ravel()[0] - right.ravel()[0])
    if np.allclose(mine - right, shift, rtol, 0):
        return f"; every number is off by {shift:.4g}"
    return ""
