"""An autograd engine and a network of single numbers, with the standard library alone.

What `numpy_nn` does with arrays is done here with one number at a time: slowly, and so that each
step can be read. It needs nothing but `math`, and so it also runs in the pages of the book, on
MicroPython, in the reader's browser.

    from nbcourse.scalar import MLP, Value, descend, mse

A `Value` remembers which values it was computed from, and for each of them a slope: how much it
changes when that value changes a little. `backward` multiplies slopes along the arrows and adds up
where they meet.

Source: Wengert (1964) for the list of steps; the shape of the class follows micrograd (Karpathy).
"""

import math

TYPE_CHECKING = False  # a type checker takes it for True; MicroPython has no module `typing`
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Protocol, TypeAlias

    Number: TypeAlias = "Value | float"

    class Generator(Protocol):
        """Where first weights come from: a `random.Random`, or the module `random` itself."""

        def uniform(self, a: float, b: float) -> float:
            """Draw a number between `a` and `b`."""
            ...


__all__ = ["MLP", "Layer", "Neuron", "Value", "descend", "mse"]


class Value:
    """A number `data`, and the gradient `grad` of what was computed from it.

    `arrows` are pairs of a value that this one was computed from, and the slope there.

    >>> a, b = Value(2.0), Value(3.0)
    >>> y = a * b * (a * b + a)
    >>> y.backward()
    >>> y.data, a.grad, b.grad
    (48.0, 48.0, 28.0)
    """

    __slots__ = ("arrows", "data", "grad")

    def __init__(self, data: float, arrows: "tuple[tuple[Value, float], ...]" = ()) -> None:
        self.data, self.arrows, self.grad = float(data), arrows, 0.0

    def __repr__(self) -> str:
        return f"Value({self.data:.6g}, grad={self.grad:.6g})"

    def __add__(self, other: "Number") -> "Value":
        other = as_value(other)
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other: "Number") -> "Value":
        other = as_value(other)
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))

    def __truediv__(self, other: "Number") -> "Value":
        other = as_value(other)
        y = self.data / other.data
        return Value(y, ((self, 1 / other.data), (other, -y / other.data)))

    def __pow__(self, exponent: float) -> "Value":
        """Return the power with a fixed exponent; `(n * x.log()).exp()` also learns the exponent.

        Raises:
            TypeError: the exponent is no plain number.
            ValueError: there is no real result, as for the root of a negative number.
        """
        if not isinstance(exponent, (int, float)):
            raise TypeError("a power wants a plain number as exponent; or use (n * x.log()).exp()")
        x, n = self.data, float(exponent)
        if x < 0 and n % 1:
            raise ValueError(f"{x:g} to the power {n:g} is no real number")
        return Value(x**n, ((self, n * x ** (n - 1) if n else 0.0),))

    def __neg__(self) -> "Value":
        return Value(-self.data, ((self, -1.0),))

    def __sub__(self, other: "Number") -> "Value":
        other = as_value(other)
        return Value(self.data - other.data, ((self, 1.0), (other, -1.0)))

    def __radd__(self, other: float) -> "Value":
        return self + other

    def __rmul__(self, other: float) -> "Value":
        return self * other

    def __rsub__(self, other: float) -> "Value":
        return as_value(other) - self

    def __rtruediv__(self, other: float) -> "Value":
        return as_value(other) / self

    def exp(self) -> "Value":
        """Return e to the power of this number.

        Raises:
            OverflowError: the result is too large for a float.
        """
        try:
            y = math.exp(self.data)
        except (OverflowError, ValueError):  # the second is what MicroPython says
            raise OverflowError(f"e to the power {self.data:g} is too large for a float") from None
        return Value(y, ((self, y),))

    def log(self) -> "Value":
        """Return the natural logarithm.

        Raises:
            ValueError: the number is not positive.
        """
        if self.data <= 0:
            raise ValueError(f"log wants a positive number, got {self.data:g}")
        return Value(math.log(self.data), ((self, 1 / self.data),))

    def tanh(self) -> "Value":
        """Return the hyperbolic tangent."""
        y = math.tanh(self.data)
        return Value(y, ((self, 1 - y * y),))

    def sigmoid(self) -> "Value":
        """Return 1 / (1 + e^-x), without ever raising e to a large power."""
        small = math.exp(-abs(self.data))
        y = (1.0 if self.data >= 0 else small) / (1 + small)
        return Value(y, ((self, y * (1 - y)),))

    def relu(self) -> "Value":
        """Return max(0, x); the slope at 0 is 0."""
        return Value(max(self.data, 0.0), ((self, 1.0 if self.data > 0 else 0.0),))

    def backward(self) -> None:
        """Add the gradient of this number to the `grad` of every value it was computed from.

        Values that were given, such as weights, keep what earlier calls added; values that were
        computed start from 0.
        """
        order = topological_order(self)
        for value in order:
            if value.arrows:
                value.grad = 0.0
        self.grad += 1.0
        for value in reversed(order):
            for parent, slope in value.arrows:
                parent.grad += value.grad * slope


def as_value(x: "Number") -> Value:
    """Return `x` itself if it is a value, else a value with that number."""
    return x if isinstance(x, Value) else Value(x)


def topological_order(root: Value) -> "list[Value]":
    """List all values that `root` was computed from, each once, and after those it came from.

    A stack takes the place of recursion, so that the depth does not matter; the work is
    proportional to the number of values and arrows.
    """
    order: list[Value] = []
    seen: set[Value] = set()
    stack = [(root, False)]
    while stack:
        value, parents_are_listed = stack.pop()
        if parents_are_listed:
            order.append(value)
        elif value not in seen:
            seen.add(value)
            stack.append((value, True))
            stack.extend([(parent, False) for parent, _ in value.arrows])
    return order


ACTIVATIONS = {
    "linear": lambda z: z,
    "tanh": Value.tanh,
    "sigmoid": Value.sigmoid,
    "relu": Value.relu,
}


class Neuron:
    """A weighted sum of `n_in` inputs and a bias, and an activation.

    First weights are uniform with variance 1 / n_in, and 2 / n_in for ReLU, which cuts off a half.

    Raises:
        ValueError: there is no such activation, or not one input for each weight.
    """

    def __init__(self, n_in: int, *, rng: "Generator", activation: str = "linear") -> None:
        if activation not in ACTIVATIONS:
            known = ", ".join(sorted(ACTIVATIONS))
            raise ValueError(f"unknown activation {activation!r}, choose one of {known}")
        limit = math.sqrt((6 if activation == "relu" else 3) / n_in)
        self.w = [Value(rng.uniform(-limit, limit)) for _ in range(n_in)]
        self.b = Value(0.0)
        self.activation = ACTIVATIONS[activation]

    def __call__(self, x: "Sequence[Number]") -> Value:
        """Return the answer to one example."""
        if len(x) != len(self.w):
            raise ValueError(f"a neuron with {len(self.w)} weights got {len(x)} inputs")
        z = self.b
        for k in range(len(x)):
            z = z + self.w[k] * x[k]
        return self.activation(z)

    def parameters(self) -> "list[Value]":
        """Return the weights, and then the bias."""
        return self.w + [self.b]  # noqa: RUF005 (MicroPython knows no star here)


class Layer:
    """Neurons side by side, all looking at the same inputs."""

    def __init__(
        self, n_in: int, n_out: int, *, rng: "Generator", activation: str = "linear"
    ) -> None:
        self.neurons = [Neuron(n_in, rng=rng, activation=activation) for _ in range(n_out)]

    def __call__(self, x: "Sequence[Number]") -> "list[Value]":
        """Return the answers of all neurons."""
        return [neuron(x) for neuron in self.neurons]

    def parameters(self) -> "list[Value]":
        """Return the parameters of all neurons, one neuron after another."""
        return [p for neuron in self.neurons for p in neuron.parameters()]


class MLP:
    """Layers one after another, of the given sizes; the last one is linear.

    `MLP((2, 4, 1), rng=random.Random(0))` takes two numbers and returns a list of one value.
    """

    def __init__(
        self, sizes: "Sequence[int]", *, rng: "Generator", activation: str = "tanh"
    ) -> None:
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError(f"MLP wants two or more positive sizes, got {list(sizes)}")
        kinds = [activation] * (len(sizes) - 2) + ["linear"]
        self.layers = [
            Layer(sizes[k], sizes[k + 1], rng=rng, activation=kind) for k, kind in enumerate(kinds)
        ]

    def __call__(self, x: "Sequence[Number]") -> "list[Value]":
        """Return the outputs of the last layer for one example."""
        values: list[Value] = [as_value(each) for each in x]
        for layer in self.layers:
            values = layer(values)
        return values

    def parameters(self) -> "list[Value]":
        """Return the parameters of all layers, first layer first."""
        return [p for layer in self.layers for p in layer.parameters()]


def mse(predictions: "Sequence[Number]", targets: "Sequence[Number]") -> Value:
    """Return the mean squared error, as a value.

    Raises:
        ValueError: there are not as many predictions as targets, or none.
    """
    if len(predictions) != len(targets) or not targets:
        raise ValueError(f"mse got {len(predictions)} predictions and {len(targets)} targets")
    total = Value(0.0)
    for k in range(len(targets)):
        total = total + (as_value(predictions[k]) - targets[k]) ** 2
    return total / len(targets)


def descend(parameters: "Iterable[Value]", *, learning_rate: float) -> None:
    """Take one step of gradient descent, and set the gradients back to 0."""
    for p in parameters:
        p.data -= learning_rate * p.grad
        p.grad = 0.0
