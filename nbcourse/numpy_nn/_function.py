"""A function that knows its own backward pass: `f(x)` forward, `f.backward(dy, x)` back."""

from collections.abc import Callable
from functools import partial, update_wrapper
from typing import Any, Generic, ParamSpec

import numpy as np
from numpy.typing import NDArray

P = ParamSpec("P")
Array = NDArray[Any]


class Differentiable(Generic[P]):
    """A function together with its vector-Jacobian product.

    `backward(dy, *args)` returns the gradient of the loss with respect to the first argument of
    the function, given `dy`, the gradient of the loss with respect to its result.
    """

    def __init__(self, forward: Callable[P, Any]) -> None:
        self._forward = forward
        self._backward: Callable[..., Any] | None = None
        update_wrapper(self, forward)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:  # noqa: ANN401 (array or pair)
        return self._forward(*args, **kwargs)

    def define_backward(self, backward: Callable[..., Any]) -> Callable[..., Any]:
        """Attach the backward pass; used as a decorator right below the forward pass."""
        self._backward = backward
        return backward

    def backward(self, dy: Any, *args: P.args, **kwargs: P.kwargs) -> Any:  # noqa: ANN401
        """Return the gradient with respect to the first argument, see the class."""
        if self._backward is None:
            raise NotImplementedError(f"{self.__name__} has no backward pass")  # type: ignore[attr-defined]
        return self._backward(dy, *args, **kwargs)


def differentiable(forward: Callable[P, Any]) -> Differentiable[P]:
    """Turn a function into one that a backward pass can be attached to."""
    return Differentiable(forward)


def backward_of(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the backward pass of a function, or of `partial(function, option=value)`.

    `functools.partial` fixes options in both twins alike; here the backward pass must hear of them.
    """
    if isinstance(function, partial):
        if function.args:
            raise TypeError("a partial of a differentiable function may fix options by name only")
        return partial(backward_of(function.func), **function.keywords)
    backward: Callable[..., Any] | None = getattr(function, "backward", None)
    if backward is None:
        raise TypeError(f"{function!r} has no backward pass; make it `differentiable`")
    return backward


def as_float(x: object, name: str) -> Array:
    """Return `x` as a float32 or float64 array, without a copy where it is one already.

    Integers and booleans become float64.

    Raises:
        TypeError: `x` holds anything but real numbers.
    """
    array = np.asarray(x)
    if array.dtype.char in "fd":  # float32, float64
        return array
    if array.dtype.kind in "fiub":
        return array.astype(np.float64)
    raise TypeError(f"{name} must hold real numbers, got an array of dtype {array.dtype}")
