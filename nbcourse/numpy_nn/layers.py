"""Layers: the parts a network is built from, each with its forward and its backward pass."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse import initializers
from nbcourse.checks import require_between, require_features, require_kept_shape
from nbcourse.numpy_nn._function import Differentiable, as_float

Array = NDArray[Any]

_TINY = 1e-30  # so that dropping everything divides 0 by something, in float32 as well

__all__ = [
    "Activation",
    "Buffer",
    "Dropout",
    "Flatten",
    "Layer",
    "Linear",
    "Parameter",
    "Residual",
    "Sequential",
]


class Parameter:
    """Numbers that training changes: `data`, and `grad`, the gradient of the loss there.

    `grad` is None until a backward pass has run; further passes add to it until `zero_grad`.
    """

    def __init__(self, data: Array) -> None:
        self.data = data
        self._buffer = np.zeros_like(data)
        self.has_grad = False

    @property
    def grad(self) -> Array | None:
        """The gradient, in the shape of `data`, or None before the first backward pass."""
        return self._buffer if self.has_grad else None

    def add_grad(self, grad: Array) -> None:
        """Add to the gradient; the first addition after `zero_grad` replaces it."""
        if self.has_grad:
            self._buffer += grad
        else:
            self._buffer[...] = grad
            self.has_grad = True

    def add_product(self, a: Array, b: Array) -> None:
        """Add a @ b to the gradient, without a copy where it is the first addition."""
        if self.has_grad:
            self._buffer += a @ b
        else:
            np.matmul(a, b, out=self._buffer)
            self.has_grad = True

    def move_to(self, data: Array, grad: Array) -> None:
        """Let the parameter live in these arrays from now on, keeping its values."""
        data[...], grad[...] = self.data, self._buffer
        self.data, self._buffer = data, grad


class Buffer:
    """Numbers that a layer keeps and no optimizer changes: `data`, saved along with the weights."""

    def __init__(self, data: Array) -> None:
        self.data = data


class Layer:
    """One step of a network: `forward` keeps what `backward` needs.

    `backward(dy)` takes the gradient of the loss with respect to the result of the last `forward`,
    adds to the gradients of the parameters, and returns the gradient with respect to its input.
    """

    training = True
    needs_input_grad = True  # the first layer of a network can save that product

    def __call__(self, x: Array) -> Array:
        """Return `forward(x)`, as a PyTorch module does."""
        return self.forward(x)

    def forward(self, x: Array) -> Array:
        """Return the output for a batch of inputs."""
        raise NotImplementedError(f"{type(self).__name__} has no forward pass")

    def backward(self, dy: Array) -> Array:
        """Return the gradient with respect to the input, see the class."""
        raise NotImplementedError(f"{type(self).__name__} has no backward pass")

    def children(self) -> Iterator["Layer"]:
        """Layers inside this one."""
        return iter(())

    def modules(self) -> Iterator["Layer"]:
        """This layer and all layers inside it."""
        yield self
        for child in self.children():
            yield from child.modules()

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Parameter]]:
        """Pairs of name and parameter, names as in the PyTorch twin: `0.W`, `0.b`, `2.W`, ..."""
        for name, value in vars(self).items():
            if isinstance(value, Parameter):
                yield prefix + name, value
        for i, child in enumerate(self.children()):
            yield from child.named_parameters(f"{prefix}{i}.")

    def parameters(self) -> list[Parameter]:
        """All parameters, first layer first."""
        return [parameter for _, parameter in self.named_parameters()]

    def named_buffers(self, prefix: str = "") -> Iterator[tuple[str, Buffer]]:
        """Pairs of name and buffer, names as in the PyTorch twin: `1.running_mean`, ..."""
        for name, value in vars(self).items():
            if isinstance(value, Buffer):
                yield prefix + name, value
        for i, child in enumerate(self.children()):
            yield from child.named_buffers(f"{prefix}{i}.")

    def buffers(self) -> list[Buffer]:
        """All buffers, first layer first."""
        return [buffer for _, buffer in self.named_buffers()]

    def train(self, mode: bool = True) -> "Layer":
        """Switch to training mode (dropout on, statistics of the batch), or off with `False`."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> "Layer":
        """Switch to evaluation mode (dropout off, running statistics)."""
        return self.train(False)


class Linear(Layer):
    """Affine map x W + b from (..., n_in) to (..., n_out); W is (n_in, n_out), b is (n_out,)."""

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        rng: np.random.Generator,
        initializer: str = "he_normal",
        dtype: Any = np.float64,  # noqa: ANN401 (whatever NumPy takes)
    ) -> None:
        self.W = Parameter(initializers.by_name(initializer)((n_in, n_out), rng=rng).astype(dtype))
        self.b = Parameter(np.zeros(n_out, dtype=dtype))

    def forward(self, x: Array) -> Array:
        """Return x W + b."""
        require_features("Linear", x, len(self.W.data))
        self.x = x
        y = x @ self.W.data
        y += self.b.data
        return y

    def backward(self, dy: Array) -> Array:
        """Add x^T dy to dW and the sum of dy to db; return dy W^T."""
        x, flat_dy = self.x.reshape(-1, self.x.shape[-1]), dy.reshape(-1, dy.shape[-1])
        self.W.add_product(x.T, flat_dy)
        self.b.add_grad(flat_dy.sum(axis=0))
        return dy @ self.W.data.T if self.needs_input_grad else np.empty(0)


class Activation(Layer):
    """An elementwise function as a layer, for example `Activation(relu)`."""

    def __init__(self, function: Differentiable[Any]) -> None:
        self.function = function

    def forward(self, x: Array) -> Array:
        """Return function(x)."""
        self.x = x
        return self.function(x)

    def backward(self, dy: Array) -> Array:
        """Return dy times the slope of the function at the last input."""
        return self.function.backward(dy, self.x)


class Dropout(Layer):
    """Set a share `p` of the inputs to zero in training and scale the others by 1 / (1 - p).

    The expected output equals the input, so nothing changes in evaluation mode.

    Source: Srivastava et al. (2014), section 10 for the scaling in training.
    """

    def __init__(self, p: float, *, rng: np.random.Generator) -> None:
        require_between("Dropout", "p", p, 0, 1)
        self.p, self.rng = p, rng

    def forward(self, x: Array) -> Array:
        """Return x times a fresh mask in training mode, x itself in evaluation mode."""
        self.mask: Array | None = None
        if not self.training or self.p == 0:
            return x
        keep = self.rng.random(x.shape) >= self.p
        self.mask = keep.astype(x.dtype) / x.dtype.type(max(1 - self.p, _TINY))
        return x * self.mask

    def backward(self, dy: Array) -> Array:
        """Return dy times the mask of the last forward pass."""
        return dy if self.mask is None else dy * self.mask


class Flatten(Layer):
    """Turn (batch, a, b, ...) into (batch, a b ...)."""

    def forward(self, x: Array) -> Array:
        """Return x with all axes but the first joined into one."""
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, dy: Array) -> Array:
        """Return dy in the shape of the last input."""
        return dy.reshape(self.shape)


class Sequential(Layer):
    """Layers one after another: forward from the first to the last, backward the other way."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = list(layers)

    def children(self) -> Iterator[Layer]:
        """Layers inside this one."""
        return iter(self.layers)

    def forward(self, x: Array) -> Array:
        """Return the output of the last layer."""
        x = as_float(x, "x")
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dy: Array) -> Array:
        """Return the gradient with respect to the input of the first layer."""
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy


class Residual(Sequential):
    """Layers with a way around them: x + f(x), where f is the layers one after another.

    The layers must give back the shape of their input.

    Source: He et al. (2016), Deep residual learning, equation 1.
    """

    def forward(self, x: Array) -> Array:
        """Return x + f(x)."""
        x = as_float(x, "x")
        fx = super().forward(x)
        require_kept_shape("Residual", x, fx)
        return x + fx

    def backward(self, dy: Array) -> Array:
        """Return dy plus what comes back through the layers."""
        return dy + super().backward(dy)
