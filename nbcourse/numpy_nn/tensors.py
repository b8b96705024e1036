"""Tensors: arrays that write down how they were computed, with the rules that lead back.

Each operation stands on a few lines: its value first, then one rule for each operand. The rules are
themselves written in operations on tensors, so that a backward pass can be recorded and
differentiated like any other computation. Where an operand was broadcast, `tape.sweep` sums.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from types import EllipsisType, NoneType
from typing import Any, TypeAlias, Union

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple
from numpy.typing import ArrayLike, NDArray

from nbcourse.errors import InputError
from nbcourse.numpy_nn import activations
from nbcourse.numpy_nn._function import as_float
from nbcourse.numpy_nn.broadcasting import unbroadcast
from nbcourse.numpy_nn.tape import is_recording, sweep

Array = NDArray[Any]
Axis = int | tuple[int, ...] | None
Operand: TypeAlias = Union["Tensor", ArrayLike]
Rule = Callable[..., "Tensor"]

__all__ = ["Tensor", "record"]


class Tensor:
    """An array `data` of float32 or float64; with `requires_grad`, all its uses are recorded.

    `backward` of a result puts the gradient into `grad` of each *leaf*, a tensor that was not
    itself computed, and adds to what is there. The `data` of recorded results is read-only, since
    the rules need it. A leaf shares the array it was made from and can be changed, as an optimizer
    does; between forward and backward that gives a wrong gradient, which nobody notices.

    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    array([2., 4.])
    """

    __slots__ = ("__weakref__", "data", "grad", "parents", "requires_grad", "vjps")
    __array_ufunc__ = None  # NumPy leaves `array * tensor` to us

    def __init__(self, data: ArrayLike, *, requires_grad: bool = False) -> None:
        self.data: Array = as_float(data, "Tensor")
        self.requires_grad = requires_grad
        self.grad: Array | None = None
        self.parents: tuple[Tensor, ...] = ()
        self.vjps: tuple[Rule, ...] | None = ()

    def backward(self, dy: ArrayLike | None = None, *, retain_graph: bool = False) -> None:
        """Add to the `grad` of every leaf; `dy` is needed unless the tensor is a single number.

        The graph is freed on the way, unless `retain_graph`.

        Raises:
            InputError: nothing was recorded, the graph was freed, or `dy` is missing or misshapen.
        """
        if not self.requires_grad:
            raise InputError("backward of a tensor that does not depend on any with requires_grad")
        if dy is None and self.data.size != 1:
            raise InputError(f"backward from shape {self.shape} wants dy, an array of that shape")
        start = self.lift(np.ones(self.shape) if dy is None else dy)
        if start.shape != self.shape:
            raise InputError(f"backward wants dy of shape {self.shape}, got {start.shape}")
        walk = sweep(self, start, retain_graph=retain_graph)
        for leaf, gradient in [(y, g.data) for y, g in walk if not y.parents]:
            leaf.grad = gradient.copy() if leaf.grad is None else leaf.grad + gradient

    def detach(self) -> "Tensor":
        """Return a tensor with the same numbers and no past: no gradient flows through it."""
        return Tensor(self.data)

    def item(self) -> float:
        """Return the number in a tensor of one element."""
        return float(self.data.item())

    def lift(self, other: Operand) -> "Tensor":
        """Return `other` as a tensor of this dtype; numbers and arrays take it on.

        Raises:
            InputError: `other` is a tensor of another dtype.
        """
        if isinstance(other, Tensor):
            if other.dtype != self.dtype:
                raise InputError(f"{self.dtype} and {other.dtype} tensors do not mix")
            return other
        array = np.asarray(other)
        return Tensor(array.astype(self.dtype, copy=False) if array.dtype.kind in "biuf" else array)

    def __repr__(self) -> str:
        return f"Tensor({self.data!r}, requires_grad={self.requires_grad})"

    def __array__(self, *_: object, **__: object) -> Array:
        raise TypeError("NumPy cannot take a Tensor; give it the numbers, tensor.data")

    def __bool__(self) -> bool:
        raise TypeError("a Tensor is neither true nor false; compare its numbers, tensor.data")

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator["Tensor"]:
        return (self[k] for k in range(len(self)))

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return self.data.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.data.ndim

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32 or float64."""
        return self.data.dtype

    # Arithmetic, entry by entry, with broadcasting.

    def __add__(self, other: Operand) -> "Tensor":
        b = self.lift(other)
        rules = (lambda dy, y, a, b: dy, lambda dy, y, a, b: dy)
        return record(self.data + b.data, (self, b), rules)

    def __sub__(self, other: Operand) -> "Tensor":
        b = self.lift(other)
        rules = (lambda dy, y, a, b: dy, lambda dy, y, a, b: -dy)
        return record(self.data - b.data, (self, b), rules)

    def __mul__(self, other: Operand) -> "Tensor":
        b = self.lift(other)
        rules = (lambda dy, y, a, b: dy * b, lambda dy, y, a, b: dy * a)
        return record(self.data * b.data, (self, b), rules)

    def __truediv__(self, other: Operand) -> "Tensor":
        b = self.lift(other)
        rules = (lambda dy, y, a, b: dy / b, lambda dy, y, a, b: -dy * y / b)
        return record(self.data / b.data, (self, b), rules)

    def __neg__(self) -> "Tensor":
        return record(-self.data, (self,), (lambda dy, y, x: -dy,))

    def __pow__(self, exponent: float) -> "Tensor":
        try:
            n = float(exponent)
        except TypeError:
            raise InputError(
                "a power wants a number as exponent; or use (b * a.log()).exp()"
            ) from None
        rules = (lambda dy, y, x: dy * (n * x ** (n - 1) if n else 0),)
        return record(self.data**n, (self,), rules)

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: Operand) -> "Tensor":
        return self.lift(other) - self

    def __rtruediv__(self, other: Operand) -> "Tensor":
        return self.lift(other) / self

    def __rmatmul__(self, other: Operand) -> "Tensor":
        return self.lift(other) @ self

    def maximum(self, other: Operand) -> "Tensor":
        """Return the larger of both; where they are equal, each gets half of the gradient."""
        b = self.lift(other)
        rules = (lambda dy, y, a, b: dy * _share(a, b), lambda dy, y, a, b: dy * _share(b, a))
        return record(np.maximum(self.data, b.data), (self, b), rules)

    # Functions of one operand, entry by entry.

    def exp(self) -> "Tensor":
        """Return e^x."""
        return record(np.exp(self.data), (self,), (lambda dy, y, x: dy * y,))

    def log(self) -> "Tensor":
        """Return the natural logarithm."""
        return record(np.log(self.data), (self,), (lambda dy, y, x: dy / x,))

    def tanh(self) -> "Tensor":
        """Return the hyperbolic tangent."""
        return record(np.tanh(self.data), (self,), (lambda dy, y, x: dy * (1 - y * y),))

    def sigmoid(self) -> "Tensor":
        """Return 1 / (1 + e^-x)."""
        rules = (lambda dy, y, x: dy * (y * (1 - y)),)
        return record(activations.sigmoid(self.data), (self,), rules)

    def relu(self) -> "Tensor":
        """Return max(0, x); the slope at 0 is 0."""
        return record(np.maximum(self.data, 0), (self,), (lambda dy, y, x: dy * (x.data > 0),))

    # Sums and products over axes.

    def sum(self, axis: Axis = None, *, keepdims: bool = False) -> "Tensor":
        """Return the sum over `axis`, by default over all axes."""
        kept = _kept(self.shape, axis)
        rules = (lambda dy, y, x: dy.reshape(kept).broadcast_to(x.shape),)
        return record(np.sum(self.data, axis=axis, keepdims=keepdims), (self,), rules)

    def mean(self, axis: Axis = None, *, keepdims: bool = False) -> "Tensor":
        """Return the mean over `axis`, by default over all axes."""
        n = math.prod(m for m, k in zip(self.shape, _kept(self.shape, axis), strict=True) if m != k)
        if n == 0:
            raise InputError(f"mean of shape {self.shape} over axis {axis} has nothing to average")
        return self.sum(axis, keepdims=keepdims) / n

    def logsumexp(self, axis: int = -1, *, keepdims: bool = False) -> "Tensor":
        """Return the log of the sum of exponentials over `axis`; its slope is the softmax."""
        kept = _kept(self.shape, axis)
        rules = (lambda dy, y, x: dy.reshape(kept) * (x - y.reshape(kept)).exp(),)
        total = activations.logsumexp(self.data, axis=axis)
        return record(total.reshape(kept) if keepdims else total, (self,), rules)

    def __matmul__(self, other: Operand) -> "Tensor":
        other = self.lift(other)
        a = self[None, :] if self.ndim == 1 else self  # a vector on the left is a row
        b = other[:, None] if other.ndim == 1 else other  # on the right, a column
        rules = (lambda dy, y, a, b: dy @ b.mT, lambda dy, y, a, b: a.mT @ dy)
        y = record(a.data @ b.data, (a, b), rules)
        y = y[..., 0, :] if self.ndim == 1 else y
        return y[..., 0] if other.ndim == 1 else y

    # The same numbers in other places.

    def reshape(self, *shape: Any) -> "Tensor":  # noqa: ANN401 (numbers, or one tuple of them)
        """Return the entries in another shape."""
        return record(self.data.reshape(*shape), (self,), (lambda dy, y, x: dy.reshape(x.shape),))

    def transpose(self, *axes: int) -> "Tensor":
        """Return the tensor with its axes in this order, by default reversed."""
        back = np.argsort(normalize_axis_tuple(axes, self.ndim)).tolist() if axes else ()
        rules = (lambda dy, y, x: dy.transpose(*back),)
        return record(self.data.transpose(axes or None), (self,), rules)

    @property
    def T(self) -> "Tensor":  # noqa: N802 (as in NumPy)
        """The tensor with its axes reversed."""
        return self.transpose()

    @property
    def mT(self) -> "Tensor":  # noqa: N802 (as in NumPy)
        """The tensor with its last two axes exchanged."""
        return record(self.data.mT, (self,), (lambda dy, y, x: dy.mT,))

    def __getitem__(self, index: Any) -> "Tensor":  # noqa: ANN401 (whatever NumPy takes)
        rules = (lambda dy, y, x: _scatter(dy, index, x.shape),)
        return record(self.data[index], (self,), rules)

    def broadcast_to(self, shape: tuple[int, ...]) -> "Tensor":
        """Return the entries repeated to fill `shape`."""
        return record(np.broadcast_to(self.data, shape), (self,), (lambda dy, y, x: dy,))

    def sum_to(self, shape: tuple[int, ...]) -> "Tensor":
        """Return the sums over the axes along which an array of `shape` was broadcast."""
        if shape == self.shape:
            return self
        rules = (lambda dy, y, x: dy.broadcast_to(x.shape),)
        return record(unbroadcast(self.data, shape), (self,), rules)


def record(data: ArrayLike, parents: tuple[Tensor, ...], vjps: tuple[Rule, ...]) -> Tensor:
    """Return a tensor that remembers its parents, if one of them needs a gradient."""
    y = Tensor(data)
    if is_recording() and any(parent.requires_grad for parent in parents):
        y.requires_grad, y.parents, y.vjps = True, parents, vjps
        y.data.flags.writeable = False
    return y


def _kept(shape: tuple[int, ...], axis: Axis) -> tuple[int, ...]:
    """The shape with length 1 along `axis`."""
    axes = range(len(shape)) if axis is None else normalize_axis_tuple(axis, len(shape))
    return tuple(1 if k in axes else n for k, n in enumerate(shape))


def _share(a: Tensor, b: Tensor) -> Array:
    """The share of the gradient of max(a, b) that a gets."""
    return (a.data > b.data) + 0.5 * (a.data == b.data)


def _scatter(dy: Tensor, index: Any, shape: tuple[int, ...]) -> Tensor:  # noqa: ANN401
    """Zeros with `dy` added at `index`, the adjoint of picking; an entry picked twice gets both."""
    out = np.zeros(shape, dtype=dy.dtype)
    parts: Iterable[Any] = index if isinstance(index, tuple) else (index,)
    if all(isinstance(part, int | np.integer | slice | NoneType | EllipsisType) for part in parts):
        out[index] += dy.data  # nothing is picked twice, and this is faster
    else:
        np.add.at(out, index, dy.data)
    return record(out, (dy,), (lambda ddy, y, dy: ddy[index],))
