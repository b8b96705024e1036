"""The engine as a whole: random programs, networks, Hessian-vector products, memory."""

import gc

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

import nbcourse.numpy_nn as nn
from nbcourse.gradients import check_gradient, numerical_gradient
from nbcourse.numpy_nn.autodiff import (
    Tensor,
    concatenate,
    cross_entropy,
    grad,
    gradients,
    hvp,
    no_grad,
    stack,
)

from .oracle import assert_agrees

STEPS = {
    "add": lambda a, b: a + b,
    "multiply": lambda a, b: a * b,
    "subtract": lambda a, b: a - b,
    "divide": lambda a, b: a / (b * b + 1),
    "maximum": lambda a, b: a.maximum(b),
    "product": lambda a, b: a @ b.mT,
    "tanh": lambda a, b: a.tanh(),
    "square in two ways": lambda a, b: a**2 + a * a,
    "row": lambda a, b: a[[0, 0, 1]] + b[1],
    "mean": lambda a, b: a - b.mean(0),
    "logsumexp": lambda a, b: a * b.logsumexp(1).reshape(3, 1),
}
SEEDS = st.integers(0, 2**32)


@given(
    program=st.lists(
        st.tuples(st.sampled_from(sorted(STEPS)), st.integers(1, 4), st.integers(1, 4)),
        min_size=1,
        max_size=8,
    ),
    seed=SEEDS,
)
def test_random_programs(program, seed):
    """Any sequence of operations, each on two of the last four values, shared as it happens."""

    def run(a, b, c):
        values = [a, b, c, a.tanh()]
        for name, i, j in program:
            values.append(STEPS[name](values[-i], values[-j]).tanh())
        return values[-1] + values[-2] * a

    rng = np.random.default_rng(seed)
    assert_agrees(run, *rng.normal(size=(3, 3, 3)), rng=rng)


@given(shape=array_shapes(max_dims=3, min_side=0, max_side=3), seed=SEEDS, data=st.data())
def test_joining(shape, seed, data):
    """Concatenation along any axis with pieces of different length; stacking along a new one."""
    rng = np.random.default_rng(seed)
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    place = data.draw(st.integers(-len(shape) - 1, len(shape)))
    other = list(shape)
    other[axis] = data.draw(st.integers(0, 3))
    a, b = rng.normal(size=shape), rng.normal(size=other)

    assert_agrees(
        lambda a, b: concatenate([a, b, a], axis) ** 2, a, b, rng=rng,
        twin=lambda a, b: torch.cat([a, b, a], axis) ** 2,
    )  # fmt: skip
    assert_agrees(
        lambda a, b: stack([a, b, a], place) ** 2, a, a + 1, rng=rng,
        twin=lambda a, b: torch.stack([a, b, a], place) ** 2,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["labels", "shares"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_cross_entropy(kind, dtype, rng):
    """Value and derivatives are PyTorch's, for labels and for shares, far out as well."""
    logits = 30 * rng.normal(size=(6, 4)).astype(dtype)
    labels = rng.integers(4, size=6)
    target = labels if kind == "labels" else rng.dirichlet(np.ones(4), 6).astype(dtype)

    assert_agrees(
        lambda z: cross_entropy(z, target), logits, rng=rng,
        twin=lambda z: torch.nn.functional.cross_entropy(z, torch.from_numpy(target)),
    )  # fmt: skip


def test_cross_entropy_does_not_overflow():
    """Where a softmax in two steps gives NaN, the gradient is p - t."""
    slope = grad(lambda z: cross_entropy(z, np.array([1])), np.array([[800.0, 0.0, 0.0]]))

    assert slope.tolist() == [[1, -1, 0]]


def _forward(params, x):
    """Logits of a ReLU network with parameters W1, b1, W2, b2, ..."""
    h = x
    for k in range(0, len(params), 2):
        h = h.relu() if k else h
        h = h @ params[k] + params[k + 1]
    return h


def _network(rng, sizes=(5, 8, 6, 3), n=7):
    model = nn.MLP(sizes, rng=rng)
    for b in model.parameters()[1::2]:
        b.data[:] = rng.normal(size=b.data.shape)
    return model, rng.normal(size=(n, sizes[0])), rng.integers(sizes[-1], size=n)


@pytest.mark.parametrize("sizes", [(5, 3), (5, 8, 3), (5, 8, 8, 8, 8, 3)])
def test_a_network_has_the_gradients_that_were_derived_by_hand(sizes, rng):
    """The same gradients of all weights as the layers of the package, to 1e-12."""
    model, x, labels = _network(rng, sizes)
    model.backward(nn.cross_entropy.backward(1.0, model(x), labels))
    ours = grad(
        lambda params: cross_entropy(_forward(params, Tensor(x)), labels),
        [p.data for p in model.parameters()],
    )

    for gradient, parameter in zip(ours, model.parameters(), strict=True):
        np.testing.assert_allclose(gradient, parameter.grad, atol=1e-12)


def test_gradients_of_what_plays_no_part_are_zero():
    """An unused tensor, a tensor that became constant, and a value that was not recorded."""
    x, unused = (Tensor(np.ones(2), requires_grad=True) for _ in range(2))
    y = (x * x).sum()

    assert [g.data.tolist() for g in gradients(y, [unused, x])] == [[0, 0], [2, 2]]
    assert gradients(Tensor(1.0), [x])[0].data.tolist() == [0, 0]
    assert x.grad is None
    assert grad(lambda x: x.detach().sum(), np.ones(3)).tolist() == [0, 0, 0]


def test_gradients_are_recorded_only_on_request():
    """Without create_graph a gradient is a constant; with it, one can differentiate it again."""
    x = Tensor(3.0, requires_grad=True)

    assert not gradients(x * x * x, [x])[0].requires_grad
    assert gradients(x * x * x, [x], create_graph=True)[0].requires_grad


def test_gradients_at_an_intermediate_result():
    """Any tensor of the graph can be asked for, not only leaves."""
    x = Tensor(3.0, requires_grad=True)
    h = x * x
    (slope,) = gradients(h * h, [h])

    assert slope.item() == 18


def test_derivatives_of_any_order():
    """Four times the derivative of x^4, and of exp."""
    x = Tensor(2.0, requires_grad=True)
    y, z = x**4, x.exp()
    for expected in (32, 48, 48, 24, 0):
        (y,) = gradients(y, [x], create_graph=True)
        (z,) = gradients(z, [x], create_graph=True)
        assert y.item() == pytest.approx(expected)
        assert z.item() == pytest.approx(np.exp(2))


def _smooth(x):
    """A function with a full Hessian: shared values, products, a softmax."""
    h = (x[:3] * x[3:]).tanh()
    return (h.logsumexp() * x.exp().mean() + (x @ x) * h.sum()) / (1 + x[0] ** 2)


def test_hvp_is_the_product_with_the_hessian(rng):
    """As the Hessian by central differences of the gradient; as torch; symmetric; linear."""
    x, u, v = rng.normal(size=(3, 6))
    hessian = np.array(
        [
            numerical_gradient(lambda at, k=k: float(grad(_smooth, at)[k]), x, eps=1e-5)
            for k in range(6)
        ]
    )
    t = torch.tensor(x, requires_grad=True)

    def smooth_torch(x):
        h = (x[:3] * x[3:]).tanh()
        return (h.logsumexp(0) * x.exp().mean() + (x @ x) * h.sum()) / (1 + x[0] ** 2)

    _, product = torch.autograd.functional.hvp(smooth_torch, t, torch.from_numpy(v))

    np.testing.assert_allclose(hvp(_smooth, x, v), hessian @ v, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(hvp(_smooth, x, v), product.numpy(), rtol=1e-10)
    assert u @ hvp(_smooth, x, v) == pytest.approx(v @ hvp(_smooth, x, u), rel=1e-10)
    np.testing.assert_allclose(
        hvp(_smooth, x, 2 * u + v), 2 * hvp(_smooth, x, u) + hvp(_smooth, x, v), rtol=1e-10
    )


def test_hvp_of_a_network(rng):
    """For a list of weights; tanh, so that differences of gradients can judge it."""
    _, x, labels = _network(rng)
    params = [rng.normal(size=shape) for shape in ((5, 4), (4,), (4, 3), (3,))]
    v = [rng.normal(size=p.shape) for p in params]

    def loss(params):
        W1, b1, W2, b2 = params
        return cross_entropy((Tensor(x) @ W1 + b1).tanh() @ W2 + b2, labels)

    def slope_at(step):
        return grad(loss, [p + step * q for p, q in zip(params, v, strict=True)])

    for product, ahead, back in zip(
        hvp(loss, params, v), slope_at(1e-5), slope_at(-1e-5), strict=True
    ):
        np.testing.assert_allclose(product, (ahead - back) / 2e-5, rtol=1e-5, atol=1e-8)


def test_hvp_where_the_hessian_is_zero(rng):
    """Of a linear and of a constant function; of a part that plays no role."""
    x, v = rng.normal(size=(2, 3))

    assert hvp(lambda x: x.sum(), x, v).tolist() == [0, 0, 0]
    assert hvp(lambda x: Tensor(1.0), x, v).tolist() == [0, 0, 0]
    first, second = hvp(lambda xs: (xs[0] ** 2).sum(), [x, x], [v, v])
    np.testing.assert_allclose(first, 2 * v)
    assert second.tolist() == [0, 0, 0]


def test_grad_and_hvp_record_even_under_no_grad():
    """They are asked for derivatives, whatever the state around them."""
    x = np.array([1.0, 2.0])
    with no_grad():
        assert grad(lambda x: (x**3).sum(), x).tolist() == [3, 12]
        assert hvp(lambda x: (x**3).sum(), x, x).tolist() == [6, 24]


def test_grad_agrees_with_central_differences(rng):
    """The judge of all gradients has the last word."""
    x = rng.normal(size=6)

    assert check_gradient(lambda v: _smooth(Tensor(v)).item(), x, grad(_smooth, x), rng=rng)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_stays(dtype, rng):
    """float32 in, float32 out, for first and second derivatives and for joined tensors."""
    x = rng.normal(size=6).astype(dtype)
    leaf = Tensor(x, requires_grad=True)

    assert grad(_smooth, x).dtype == dtype
    assert hvp(_smooth, x, rng.normal(size=6)).dtype == dtype
    assert concatenate([leaf, leaf]).dtype == stack([leaf, leaf]).dtype == dtype
    assert cross_entropy(leaf.reshape(2, 3), np.array([0, 1])).dtype == dtype


def test_a_float32_gradient_is_near_the_float64_one(rng):
    """Rounding, and nothing else, tells them apart."""
    x = rng.normal(size=6)

    np.testing.assert_allclose(
        grad(_smooth, x.astype(np.float32)), grad(_smooth, x), rtol=1e-3, atol=1e-4
    )


def test_nothing_is_left_behind(rng):
    """No tensor survives grad or hvp, with the garbage collector off."""
    x, v = rng.normal(size=(2, 6))

    def live():
        return sum(type(o) is Tensor for o in gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        before = live()
        grad(_smooth, x)
        hvp(lambda x: concatenate([_smooth(x)[None], stack([x, x])[0]]).sum(), x, v)
        assert live() == before
    finally:
        gc.enable()


def test_create_graph_keeps_the_graph_of_y():
    """A second call works after create_graph, and not after a plain call."""
    x = Tensor(2.0, requires_grad=True)
    y = x**3
    gradients(y, [x], create_graph=True)
    assert gradients(y, [x])[0].item() == 12

    with pytest.raises(ValueError, match="freed"):
        gradients(y, [x])


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda x: grad(lambda x: x * 2, x), r"single number to differentiate, got shape \(3,\)"),
        (lambda x: grad(lambda x: 1.0, x), "must return a Tensor, got float"),
        (lambda x: hvp(lambda x: x.sum(), x, np.ones(2)), r"v of shape \(3,\), got \(2,\)"),
        (lambda x: hvp(lambda x: x.sum(), x, 1.0), r"v of shape \(3,\), got \(\)"),
        (lambda x: hvp(lambda xs: xs[0].sum(), [x, x], [x]), r"\(3,\), \(3,\), got \(3,\)"),
        (lambda x: concatenate([]), "at least one tensor"),
        (lambda x: stack([]), "at least one tensor"),
        (lambda x: cross_entropy(Tensor(np.ones((2, 3))), [0, 3]), "labels from 0 to 2"),
        (lambda x: cross_entropy(Tensor(np.ones((2, 3))), [0]), r"labels of shape \(2,\)"),
        (lambda x: cross_entropy(Tensor(x), [0]), r"logits of shape \(n, n_classes\)"),
    ],
)
def test_bad_input_is_one_sentence(act, sentence):
    """What was got, what was wanted, and where."""
    with pytest.raises(ValueError, match=sentence):
        act(np.ones(3))
