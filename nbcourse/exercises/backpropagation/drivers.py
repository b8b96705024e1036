"""Calls answers whose arguments are not plain: functions to differentiate, whole networks."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

SQUARES, HINGES, FLAT = "sum(a * x**2)", "sum(a * maximum(x, 0))", "3, whatever x"
WAVES = "sum(a * sin(x)) + sum(a * x)**2 / 2"

# Scalar functions of an array x of any shape, with coefficients a of the same shape.
FUNCTIONS: Mapping[str, Callable[[Array, Array], Any]] = {
    SQUARES: lambda a, x: np.sum(a * x**2),
    HINGES: lambda a, x: np.sum(a * np.maximum(x, 0)),
    FLAT: lambda a, x: 3.0,
    WAVES: lambda a, x: np.sum(a * np.sin(x)) + np.sum(a * x) ** 2 / 2,
}


def verdicts(
    grad_check: Callable[..., Any],
    *,
    f: str,
    a: Array,
    x: Array,
    scales: Sequence[float] = (1,),
    settings: Sequence[Mapping[str, float]] = ({},),
    **gradients: Array,
) -> dict[str, Any]:
    """What a gradient check says to each claimed gradient.

    Args:
        grad_check: the answer.
        f: a key of FUNCTIONS.
        a: coefficients of that function.
        x: where the gradients are claimed.
        scales: numbers by which function and gradients are multiplied; all claims for each of them.
        settings: keyword arguments of `grad_check`; all claims for each of them.
        **gradients: the claims, by the names that they have in the result.
    """
    said = {}
    for scale in scales:
        for options in settings:
            for name, gradient in gradients.items():

                def scaled(v: Array, scale: float = scale) -> float:
                    return float(scale * FUNCTIONS[f](a, v))

                with_what = [f"{key}={value:g}" for key, value in options.items()]
                with_what += [f"f and g times {scale:g}"] if scale != 1 else []
                label = ", ".join([name, *with_what])
                said[label] = grad_check(scaled, x, scale * gradient, **options)
    return said


def count_calls(grad_check: Callable[..., Any], *, f: str, a: Array, x: Array, g: Array) -> int:
    """How many times a gradient check calls its function."""
    n_calls = 0

    def counted(v: Array) -> float:
        nonlocal n_calls
        n_calls += 1
        return float(FUNCTIONS[f](a, v))

    grad_check(counted, x, g)
    return n_calls


def each_network(
    mlp_backward: Callable[..., Any], networks: Sequence[tuple[Any, Any, Array]]
) -> list[Any]:
    """The gradients of several networks; each is a tuple (params, caches, dlogits)."""
    return [mlp_backward(*network) for network in networks]
