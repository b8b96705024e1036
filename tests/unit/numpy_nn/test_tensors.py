"""Tensors: each operation against PyTorch, to second order, and against central differences."""

import gc
import math
import weakref

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import (
    array_shapes,
    basic_indices,
    integer_array_indices,
    mutually_broadcastable_shapes,
)

from nbcourse.gradients import check_gradient
from nbcourse.numpy_nn.tape import no_grad
from nbcourse.numpy_nn.tensors import Tensor

from .oracle import assert_agrees

BINARY = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "maximum": lambda a, b: a.maximum(b),
    "a use on both sides": lambda a, b: (a + b) * a / (b * b),
}
UNARY = {
    "negative": lambda x: -x,
    "exp": lambda x: x.exp(),
    "log": lambda x: x.log(),
    "tanh": lambda x: x.tanh(),
    "sigmoid": lambda x: x.sigmoid(),
    "relu": lambda x: (x - 1).relu(),
    "square": lambda x: x**2,
    "cube": lambda x: x**3,
    "root": lambda x: x**0.5,
    "inverse": lambda x: x**-1,
    "power 0": lambda x: x**0,
    "power 1": lambda x: x**1,
    "numbers on both sides": lambda x: 2 - 3 * x / 4 + 1 / x - (5 + x),
    "square by product": lambda x: x * x,
}
SHAPES = array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
SEEDS = st.integers(0, 2**32)


def _positive(rng, shape, dtype=np.float64):
    """Numbers from 0.5 to 3, away from the kink of relu at 1 and from poles."""
    x = rng.uniform(0.5, 3, shape)
    return np.where(np.abs(x - 1) < 0.01, 1.1, x).astype(dtype)


@pytest.mark.parametrize("name", BINARY)
@given(
    shapes=mutually_broadcastable_shapes(num_shapes=2, max_dims=4, min_side=0, max_side=3),
    seed=SEEDS,
)
def test_operations_of_two_operands(name, shapes, seed):
    """For every pair of shapes that broadcast, numbers and empty axes included."""
    rng = np.random.default_rng(seed)
    a, b = (_positive(rng, shape) for shape in shapes.input_shapes)
    a = np.where(np.isclose(*np.broadcast_arrays(a, b)).any(), a + 0.05, a)

    assert_agrees(BINARY[name], a, b, rng=rng)


@pytest.mark.parametrize("name", UNARY)
@given(shape=SHAPES, seed=SEEDS)
def test_operations_of_one_operand(name, shape, seed):
    """For arrays of every shape, numbers and empty axes included."""
    rng = np.random.default_rng(seed)

    assert_agrees(UNARY[name], _positive(rng, shape), rng=rng)


@pytest.mark.parametrize("name", ["sum", "mean", "logsumexp"])
@given(
    shape=array_shapes(min_dims=0, max_dims=4, min_side=1, max_side=3), seed=SEEDS, data=st.data()
)
def test_reductions(name, shape, seed, data):
    """Over all axes, one, or several, kept or not, counted from either end."""
    axes = st.integers(-len(shape), len(shape) - 1) if shape else st.none()
    if name != "logsumexp" and shape:
        axes |= st.none() | st.lists(axes, unique_by=lambda k: k % len(shape)).map(tuple)
    assume(name != "logsumexp" or shape)
    axis, keepdims = data.draw(axes), data.draw(st.booleans())
    # An empty tuple means no axis to NumPy and all axes to PyTorch.
    assume(axis != ())
    rng = np.random.default_rng(seed)

    assert_agrees(
        lambda x: getattr(x, name)(axis, keepdims=keepdims), rng.normal(size=shape), rng=rng,
        twin=lambda x: getattr(x, name)(axis, keepdim=keepdims),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "axis"), [((0, 3), 0), ((2, 0), None), ((0, 3), 1), ((2, 0), ())]
)
def test_sums_over_nothing(shape, axis):
    """The sum of no numbers is 0 and its gradient has no entries."""
    x = Tensor(np.ones(shape), requires_grad=True)
    y = x.sum(axis)
    y.backward(np.ones(y.shape))

    assert (y.data == np.sum(x.data, axis=axis)).all()
    assert x.grad.shape == shape


def test_a_mean_over_nothing_is_refused():
    """It would be NaN; a mean of no rows over their three entries is fine, and empty."""
    x = Tensor(np.ones((0, 3)))

    with pytest.raises(ValueError, match=r"mean of shape \(0, 3\) over axis 0 has nothing"):
        x.mean(0)
    assert x.mean(1).shape == (0,)


@given(shape=SHAPES, seed=SEEDS, data=st.data())
def test_the_same_numbers_in_other_places(shape, seed, data):
    """Reshape, any order of axes, T and broadcasting."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=shape)
    order = data.draw(st.permutations(range(len(shape))))
    cut = data.draw(st.integers(0, len(shape)))
    joined = (math.prod(shape[:cut]), *shape[cut:])

    assert_agrees(lambda t: t.reshape(joined) ** 2, x, rng=rng)
    assert_agrees(lambda t: t.reshape(*joined) ** 2, x, rng=rng)
    assert_agrees(
        lambda t: t.transpose(*order) ** 2, x, rng=rng, twin=lambda t: t.permute(tuple(order)) ** 2
    )
    assert_agrees(
        lambda t: t.T**2, x, rng=rng, twin=lambda t: t.permute(tuple(range(len(shape)))[::-1]) ** 2
    )
    assert_agrees(lambda t: t.broadcast_to((2, *shape)) ** 2, x, rng=rng)
    if len(shape) >= 2:
        assert_agrees(lambda t: t.mT**2, x, rng=rng)


def test_negative_axes_of_a_transpose():
    """Axes may be counted from the end, and the way back undoes them."""
    x = Tensor(np.arange(24.0).reshape(2, 3, 4), requires_grad=True)
    y = x.transpose(-1, 0, 1)
    dy = np.random.default_rng(0).normal(size=y.shape)
    y.backward(dy)

    assert (x.grad == dy.transpose(1, 2, 0)).all()


def _assert_adjoint(index, shape, seed):
    """<x[index], dy> = <x, dx>, exactly the adjoint, and the gradient of the gradient is linear."""
    rng = np.random.default_rng(seed)
    x = Tensor(rng.normal(size=shape), requires_grad=True)
    y = x[index]
    dy = rng.normal(size=y.shape)
    y.backward(dy)
    expected = np.zeros(shape)
    np.add.at(expected, index, dy)

    assert y.data.shape == x.data[index].shape
    np.testing.assert_allclose(x.grad, expected, atol=1e-12)
    assert np.isclose(np.sum(y.data * dy), np.sum(x.data * x.grad), atol=1e-9)


@given(shape=array_shapes(max_dims=3, min_side=0, max_side=4), seed=SEEDS, data=st.data())
def test_slices_and_single_entries(shape, seed, data):
    """Numbers, slices with any step, new axes and ellipses."""
    _assert_adjoint(data.draw(basic_indices(shape, allow_newaxis=True)), shape, seed)


@given(shape=array_shapes(max_dims=3, min_side=1, max_side=3), seed=SEEDS, data=st.data())
def test_arrays_of_indices_may_repeat(shape, seed, data):
    """An entry that is picked twice gets both gradients."""
    index = data.draw(integer_array_indices(shape))

    _assert_adjoint(index, shape, seed)
    rng = np.random.default_rng(seed)
    index_torch = tuple(torch.from_numpy(part) for part in index)
    assert_agrees(
        lambda x: x[index] ** 3, rng.normal(size=shape), rng=rng, twin=lambda x: x[index_torch] ** 3
    )


def test_masks_and_mixed_indices():
    """A mask, a list, a list beside a slice, a list beside a number."""
    for index in (np.array([True, False, True]), [0, 0, 2], (slice(1), [1, 1]), ([2, 2], 0), True):
        _assert_adjoint(index, (3, 4), 0)


MATMUL = [
    ((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)), ((5, 2, 3), (5, 3, 4)), ((1, 2, 3), (5, 3, 4)), ((4, 1, 2, 3), (5, 3, 2)),
    ((3,), (5, 3, 2)), ((5, 2, 3), (3,)), ((4, 5, 2, 3), (3,)), ((0, 3), (3, 2)), ((2, 0), (0, 3)),
    ((0,), (0,)), ((1, 1), (1, 1)), ((2, 3), (3, 0)), ((0, 2, 3), (3, 2)),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), MATMUL)
def test_matrix_products(left, right, rng):
    """Vectors on either side, batches on either side, broadcast batches, empty axes."""
    a, b = rng.normal(size=left), rng.normal(size=right)

    assert_agrees(lambda a, b: a @ b, a, b, rng=rng)


def test_an_array_on_the_left_leaves_the_operation_to_the_tensor(rng):
    """`array @ tensor`, `array * tensor` and the like are tensors, not arrays of objects."""
    a = rng.normal(size=(2, 2))
    x = Tensor(rng.normal(size=(2, 2)), requires_grad=True)

    for y in (a @ x, a + x, a - x, a * x, a / x, np.float64(2) * x):
        assert isinstance(y, Tensor)
        assert y.requires_grad
    np.testing.assert_allclose((a @ x).data, a @ x.data)
    np.testing.assert_allclose((a / x).data, a / x.data)
    np.testing.assert_allclose((a - x).data, a - x.data)


@pytest.mark.parametrize("name", [*UNARY, *BINARY])
def test_gradients_agree_with_central_differences(name, rng):
    """The second judge, which knows nothing of rules."""
    operation = (UNARY | BINARY)[name]
    a, b = _positive(rng, (3, 4)), _positive(rng, 4)
    dy = rng.normal(size=(3, 4))
    others = (b,) if name in BINARY else ()

    def value(v):
        return float(np.sum(dy * operation(Tensor(v), *others).data))

    x = Tensor(a, requires_grad=True)
    operation(x, *map(Tensor, others)).backward(dy)
    assert check_gradient(lambda v: value(v), a, x.grad, rng=rng)


def test_ties_and_kinks():
    """The slope of relu at 0 is 0; of two equal numbers each gets half, as in PyTorch."""
    x = Tensor([-1.0, 0.0, 2.0], requires_grad=True)
    x.relu().sum().backward()
    assert x.grad.tolist() == [0, 0, 1]

    rng = np.random.default_rng(0)
    assert_agrees(lambda a, b: a.maximum(b), np.array([1.0, 2, 3]), np.array([1.0, 3, 2]), rng=rng)
    assert_agrees(lambda x: x**2, np.zeros(2), rng=rng)
    assert_agrees(lambda x: x**0, np.zeros(2), rng=rng)
    assert_agrees(lambda x: x**1, np.zeros(2), rng=rng)


def test_logsumexp_and_sigmoid_stay_finite():
    """Where exp overflows, value and gradient are still right."""
    x = Tensor([[1000.0, 0.0], [-1000.0, -1001.0]], requires_grad=True)
    x.logsumexp().sum().backward()
    np.testing.assert_allclose(x.grad.sum(axis=1), 1)
    assert np.isfinite(x.grad).all()

    z = Tensor([-1000.0, 1000.0], requires_grad=True)
    z.sigmoid().sum().backward()
    assert z.grad.tolist() == [0, 0]


@pytest.mark.parametrize("name", [*UNARY, *BINARY])
def test_float32_stays(name, rng):
    """Value, gradient and second derivatives, whatever numbers and arrays take part."""
    arrays = [_positive(rng, (3, 4), np.float32)]
    if name in BINARY:
        arrays.append(_positive(rng, 4, np.float32))

    assert_agrees((UNARY | BINARY)[name], *arrays, rng=rng)


def test_numbers_and_arrays_take_on_the_dtype(rng):
    """Python numbers, float64 arrays, integers and masks do not lift a float32 tensor."""
    x = Tensor(np.ones(3, dtype=np.float32), requires_grad=True)
    for other in (2, 2.5, np.float64(2), rng.normal(size=3), np.arange(1, 4), np.array([True] * 3)):
        for y in (x + other, other * x, x / other, x.maximum(other), x - other, other - x):
            assert y.dtype == np.float32
    for y in (x.mean(), x @ np.ones((3, 2)), x[[0, 0]], x.logsumexp(), x.sigmoid(), x**2.0):
        assert y.dtype == np.float32
    assert Tensor([1, 2]).dtype == np.float64
    assert Tensor(True).dtype == np.float64


# The graph: leaves, shared values, memory.


def test_shared_values_collect_all_their_gradients():
    """In a * a, and in a diamond, both ways count."""
    a = Tensor(3.0, requires_grad=True)
    (a * a).backward()
    assert a.grad == 6

    x = Tensor(2.0, requires_grad=True)
    u = x * 3
    (u * u + u.exp() * 0 + u).backward()  # 9 x^2 + 3 x
    assert x.grad == 2 * 9 * 2 + 3


def test_a_second_backward_adds_and_does_not_change_the_first_array():
    """Gradients accumulate in leaves until somebody sets them to None."""
    x = Tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    first = x.grad
    loss = (x * x).sum()
    loss.backward(retain_graph=True)
    loss.backward()

    assert first.tolist() == [2, 4]
    assert x.grad.tolist() == [6, 12]
    x.grad = None
    x.sum().backward()
    assert x.grad.tolist() == [1, 1]


def test_gradients_of_two_leaves_are_two_arrays():
    """Both operands of a sum get the same dy; a change of one grad must not reach the other."""
    a, b = (Tensor([1.0], requires_grad=True) for _ in range(2))
    dy = np.ones(1)
    (a + b).backward(dy)
    a.grad *= 5

    assert b.grad == dy == 1


def test_only_leaves_get_a_grad():
    """Neither results nor constants do; a leaf can be its own result."""
    x, constant = Tensor([1.0], requires_grad=True), Tensor([2.0])
    h = x * constant
    h.exp().sum().backward()
    assert h.grad is None
    assert constant.grad is None

    x = Tensor(1.0, requires_grad=True)
    x.backward()
    assert x.grad == 1


def test_a_gradient_stops_at_detach():
    """A detached tensor has the numbers and not the past."""
    x = Tensor([3.0], requires_grad=True)
    h = x * x
    y = h.detach() * x
    y.sum().backward()

    assert x.grad == 9
    assert not h.detach().requires_grad


def test_without_a_gradient_nothing_is_recorded():
    """Constants, and everything under no_grad, have no parents; the result can be changed."""
    x = Tensor([1.0, 2.0], requires_grad=True)
    with no_grad():
        quiet = (x * 2).exp()
    plain = Tensor([1.0]) + 1

    for y in (quiet, plain):
        assert y.parents == ()
        assert not y.requires_grad
        y.data[0] = 5


def _live():
    """How many tensors there are; the garbage collector is off, so cycles would stay."""
    return sum(type(o) is Tensor for o in gc.get_objects())


@pytest.fixture
def _no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def _network_loss(x):
    """A bit of everything; every rule is used at least once on the way back."""
    h = ((x @ x.T).tanh() + x.sum(0)[:, None].exp()).relu().sigmoid().maximum(0.2)
    picked = h[[0, 0, 1]].reshape(-1).log() / 2 - h.mean() ** 2
    return (picked * 1.5).logsumexp() - h.mT.sum(axis=1).broadcast_to((2, 3)).sum()


@pytest.mark.usefixtures("_no_collector")
def test_a_dropped_loss_takes_its_graph_along():
    """No cycles: without the garbage collector, all tensors but the leaf are gone at once."""
    x = Tensor(np.eye(3), requires_grad=True)
    before = _live()
    loss = _network_loss(x)
    during, past = _live(), weakref.ref(loss.parents[0])
    del loss

    assert during > before + 20
    assert past() is None
    assert _live() == before


@pytest.mark.usefixtures("_no_collector")
def test_backward_frees_the_graph_even_if_the_loss_is_held():
    """Only the loss itself stays; with retain_graph all of it does."""
    x = Tensor(np.eye(3), requires_grad=True)
    before = _live()
    loss = _network_loss(x)
    during = _live()
    loss.backward(retain_graph=True)
    assert _live() == during
    loss.backward()

    assert _live() == before + 1
    assert loss.item() == loss.data


@pytest.mark.usefixtures("_no_collector")
def test_no_grad_keeps_nothing():
    """Under no_grad intermediate results go as they come."""
    x = Tensor(np.eye(3), requires_grad=True)
    before = _live()
    with no_grad():
        loss = _network_loss(x)

    assert _live() == before + 1
    assert loss.parents == ()


def test_a_deep_graph_is_dropped_without_recursion():
    """30,000 operations in a row go away, with and without a backward pass."""
    for walked in (True, False):
        x = Tensor(1.0, requires_grad=True)
        h = x
        for _ in range(30_000):
            h = -h
        if walked:
            h.backward()
            assert x.grad == 1
        del h


# Bad use.


def test_what_a_rule_needs_cannot_be_changed():
    """The data of a recorded result is read-only, so a change in place is an error, not a bug."""
    x = Tensor([1.0, 2.0], requires_grad=True)
    h = x.exp()
    with pytest.raises(ValueError, match="read-only"):
        h.data += 1
    with pytest.raises(ValueError, match="read-only"):
        h.detach().data[0] = 0
    with pytest.raises(TypeError, match="item assignment"):
        h[0] = 1
    old = h
    h += 1

    assert h is not old
    assert (old.data == np.exp([1.0, 2.0])).all()
    x.data -= 0.1  # a leaf can be updated


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda x: (x * 2).backward(), r"backward from shape \(2,\) wants dy"),
        (lambda x: (x * 2).backward(np.ones(3)), r"wants dy of shape \(2,\), got \(3,\)"),
        (lambda x: (x * 2).backward(1.0), r"wants dy of shape \(2,\), got \(\)"),
        (lambda x: x.detach().sum().backward(), "does not depend on any with requires_grad"),
        (lambda x: x + Tensor(np.ones(2, dtype=np.float32)), "float64 and float32 tensors do not"),
        (lambda x: x**x, "wants a number as exponent"),
        (lambda x: x @ np.ones((3, 2)), "mismatch"),
        (lambda x: x + np.ones(3), "broadcast"),
    ],
)
def test_bad_input_is_one_sentence(act, sentence):
    """What was got, what was wanted, and where."""
    with pytest.raises(ValueError, match=sentence):
        act(Tensor([1.0, 2.0], requires_grad=True))


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda x: Tensor(np.array([1j])), "real numbers, got an array of dtype complex128"),
        (lambda x: Tensor("one"), "real numbers"),
        (lambda x: Tensor(x), "give it the numbers"),
        (lambda x: x * 1j, "real numbers"),
        (lambda x: x + None, "real numbers"),
        (lambda x: np.exp(x), "ufunc"),
        (lambda x: np.asarray(x), "give it the numbers"),
        (lambda x: bool(x), "neither true nor false"),
        (lambda x: x > 0, "not supported"),
        (lambda x: list(x.sum()), "unsized"),
    ],
)
def test_wrong_types_are_refused(act, sentence):
    """Numbers that are not real, NumPy functions, truth values."""
    with pytest.raises(TypeError, match=sentence):
        act(Tensor([1.0, 2.0], requires_grad=True))


def test_backward_twice_needs_the_graph():
    """The second pass over a freed graph says so, also for another loss that shares a part."""
    x = Tensor([1.0], requires_grad=True)
    h = x.exp()
    loss, other = h.sum(), (h * 2).sum()
    loss.backward()
    before = x.grad.copy()

    for each in (loss, other):
        with pytest.raises(ValueError, match="freed by an earlier backward pass"):
            each.backward()
    assert (x.grad == before).all()


def test_looks():
    """Length, rows and the printed form are those of the array."""
    x = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)

    assert len(x) == 2
    assert [row.data.tolist() for row in x] == [[1, 2], [3, 4]]
    assert "requires_grad=True" in repr(x)
    assert x.sum().item() == 10
    assert (x.shape, x.ndim, x.dtype) == ((2, 2), 2, np.float64)
