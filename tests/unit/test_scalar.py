"""The engine of single numbers: values and gradients are those of the NumPy half."""

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nbcourse.numpy_nn as nn
from nbcourse import scalar
from nbcourse.numpy_nn.autodiff import Tensor, gradients
from nbcourse.scalar import MLP, Neuron, Value, descend, mse

numbers = st.floats(-4, 4).filter(lambda x: abs(x) > 1e-3)

# The same expressions of one engine and of the other, with every operation and values used twice.
EXPRESSIONS = {
    "sums": lambda a, b: a + b + 1 - (2 - a) - (b - 3) + (1 + b) + (-a),
    "products": lambda a, b: a * b * 3 + 2 * a + a * a,
    "quotients": lambda a, b: a / b + 1 / a + b / 2,
    "powers": lambda a, b: a**3 + b**-2 + (a * a + 1) ** 0.5 + b**0 + a**1,
    "exp and log": lambda a, b: (a * 0.5).exp() + (b * b + 1).log(),
    "bends": lambda a, b: a.tanh() * b.sigmoid() + (a * b).relu() - b.relu(),
    "shared": lambda a, b: (lambda u: u * (u + a) * u.tanh())(a * b),
}


def largest_difference(expression, a, b):
    """Between the engines: value and both gradients, relative to their size."""
    x, y = Value(a), Value(b)
    result = expression(x, y)
    result.backward()
    u, v = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
    expected = expression(u, v)
    slopes = [float(each.data) for each in gradients(expected, [u, v])]
    pairs = zip((result.data, x.grad, y.grad), (expected.item(), *slopes), strict=True)
    return max(abs(p - q) / (1 + abs(q)) for p, q in pairs)


@pytest.mark.parametrize("name", EXPRESSIONS)
@given(a=numbers, b=numbers)
def test_expressions_agree_with_the_engine_of_arrays(name, a, b):
    """Values and gradients agree to 1e-12 at random numbers."""
    assert largest_difference(EXPRESSIONS[name], a, b) < 1e-12


def test_a_wrong_slope_is_noticed(monkeypatch):
    """The planted case: a hyperbolic tangent that forgets the square."""

    def wrong(self):
        y = math.tanh(self.data)
        return Value(y, ((self, 1 - y),))

    monkeypatch.setattr(Value, "tanh", wrong)

    assert largest_difference(EXPRESSIONS["bends"], 0.7, 0.3) > 1e-3


def with_weights_of(model, network):
    """Give the network of numbers the weights of a model of arrays."""
    for layer, linear in zip(network.layers, model.layers[::2], strict=True):
        for j, neuron in enumerate(layer.neurons):
            for k, w in enumerate(neuron.w):
                w.data = float(linear.W.data[k, j])
            neuron.b.data = float(linear.b.data[j])


def flat(network, of):
    """A number of each parameter, in one list."""
    return np.array([of(p) for p in network.parameters()])


def flat_arrays(model, of):
    """The same of a model of arrays, in the same order: neuron by neuron, the bias last."""
    columns = [np.vstack([of(layer.W), of(layer.b)[None]]).T for layer in model.layers[::2]]
    return np.concatenate([each.ravel() for each in columns])


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu"])
@given(seed=st.integers(0, 2**32 - 1))
def test_mlp_agrees_with_the_numpy_half(activation, seed):
    """Outputs, loss, gradients and one step of gradient descent agree to 1e-12."""
    rng = np.random.default_rng(seed)
    sizes = (3, 4, 5, 2)
    model = nn.MLP(sizes, rng=rng, activation=activation)
    for layer in model.layers[::2]:
        layer.b.data[...] = rng.normal(size=layer.b.data.shape)
    network = MLP(sizes, rng=random.Random(0), activation=activation)
    with_weights_of(model, network)
    x, target = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))

    outputs = [network(row.tolist()) for row in x]
    loss = mse(sum(outputs, []), target.ravel().tolist())  # noqa: RUF017 (six short lists)
    loss.backward()
    expected = model.forward(x)
    model.backward(nn.mse.backward(1.0, expected, target))

    np.testing.assert_allclose(
        [[value.data for value in row] for row in outputs], expected, rtol=1e-12, atol=1e-12
    )
    assert loss.data == pytest.approx(nn.mse(expected, target), rel=1e-12)
    slopes = flat_arrays(model, lambda p: p.grad)
    np.testing.assert_allclose(flat(network, lambda p: p.grad), slopes, rtol=1e-12, atol=1e-12)

    before = flat_arrays(model, lambda p: p.data)
    descend(network.parameters(), learning_rate=0.1)
    np.testing.assert_allclose(
        flat(network, lambda p: p.data), before - 0.1 * slopes, rtol=1e-12, atol=1e-12
    )
    assert not flat(network, lambda p: p.grad).any()


def test_given_values_add_up_and_computed_ones_start_afresh():
    """A second backward pass doubles the gradient of what was given, and no other."""
    a = Value(3.0)
    u = a * a
    y = u * 2
    y.backward()
    y.backward()

    assert (a.grad, u.grad, y.grad) == (24.0, 2.0, 1.0)


def test_depth_and_sharing_cost_no_more_than_linear_time():
    """A chain of 50,000 sums passes; 50,000 doublings too, which recursion would never finish."""
    for step in (lambda h: h + 1, lambda h: (h + h) * 0.5):
        x = h = Value(1.0)
        for _ in range(50_000):
            h = step(h)
        h.backward()
        assert x.grad == 1.0
        assert len(scalar.topological_order(h)) < 250_001


def test_order_lists_each_value_once_and_after_its_parents():
    """The order of a graph with shared parts is topological."""
    a, b = Value(2.0), Value(3.0)
    y = (a * b + a) * (a * b + b)
    order = scalar.topological_order(y)
    place = {value: k for k, value in enumerate(order)}

    assert len(place) == len(order)
    assert all(place[p] < place[v] for v in order for p, _ in v.arrows)


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda: Value(1000).exp(), OverflowError, "1000 is too large"),
        (lambda: Value(0).log(), ValueError, "positive number, got 0"),
        (lambda: Value(-2) ** 0.5, ValueError, "-2 to the power 0.5"),
        (lambda: Value(2) ** Value(2), TypeError, "plain number as exponent"),
        (lambda: Value(2) / 0, ZeroDivisionError, "zero"),
        (lambda: Neuron(2, rng=random.Random(0))([1]), ValueError, "2 weights got 1 inputs"),
        (lambda: Neuron(2, rng=random.Random(0), activation="sin"), ValueError, "relu, sigmoid"),
        (lambda: MLP((3,), rng=random.Random(0)), ValueError, r"two or more .*\[3\]"),
        (lambda: MLP((3, 0), rng=random.Random(0)), ValueError, r"positive sizes"),
        (lambda: mse([1.0], []), ValueError, "1 predictions and 0 targets"),
        (lambda: mse([], []), ValueError, "0 predictions"),
    ],
)
def test_bad_input_gets_one_sentence(wrong, error, words):
    """What was got, and what was wanted."""
    with pytest.raises(error, match=words):
        wrong()


def test_sigmoid_stays_a_number_far_out():
    """No power overflows, however far from 0."""
    assert [Value(x).sigmoid().data for x in (-1e4, 1e4)] == [0.0, 1.0]


def test_first_weights_have_the_variance_they_should():
    """1 / n_in, and 2 / n_in for ReLU; the bias is 0."""
    for activation, gain in (("tanh", 1), ("relu", 2)):
        neuron = Neuron(4000, rng=random.Random(0), activation=activation)
        assert np.var([w.data for w in neuron.w]) * 4000 == pytest.approx(gain, rel=0.1)
        assert neuron.b.data == 0


def test_network_learns_xor():
    """Three seeds of three reach a loss below 0.01."""
    points, targets = [(0, 0), (0, 1), (1, 0), (1, 1)], [0, 1, 1, 0]
    for seed in range(3):
        network = MLP((2, 4, 1), rng=random.Random(seed))
        for _ in range(600):
            loss = mse([network(x)[0] for x in points], targets)
            loss.backward()
            descend(network.parameters(), learning_rate=0.3)
        assert loss.data < 0.01


def test_repr_shows_both_numbers():
    """Short enough for a cell."""
    assert repr(Value(0.123456789)) == "Value(0.123457, grad=0)"
