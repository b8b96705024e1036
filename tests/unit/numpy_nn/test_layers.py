"""Layers: gradients of inputs and weights, modes, and who owns which numbers."""

import numpy as np
import pytest

import nbcourse.numpy_nn as nn
from nbcourse.gradients import check_gradient


def _layers(rng):
    return {
        "linear": (nn.Linear(3, 4, rng=rng), (5, 3)),
        "linear on three axes": (nn.Linear(3, 4, rng=rng), (2, 5, 3)),
        "activation": (nn.Activation(nn.tanh), (5, 3)),
        "flatten": (nn.Flatten(), (5, 3, 2)),
        "sequential": (
            nn.Sequential(
                [nn.Linear(3, 4, rng=rng), nn.Activation(nn.silu), nn.Linear(4, 2, rng=rng)]
            ),
            (5, 3),
        ),
        "mlp": (nn.MLP((3, 4, 4, 2), rng=rng, activation="gelu"), (5, 3)),
        "residual": (
            nn.Residual(
                [nn.Linear(3, 4, rng=rng), nn.Activation(nn.tanh), nn.Linear(4, 3, rng=rng)]
            ),
            (5, 3),
        ),
        "residual with a norm inside": (
            nn.Sequential(
                [
                    nn.Residual(
                        [nn.BatchNorm(3), nn.Activation(nn.silu), nn.Linear(3, 3, rng=rng)]
                    ),
                    nn.Residual([nn.Residual([nn.Linear(3, 3, rng=rng)])]),
                ]
            ),
            (5, 3),
        ),
        "batch of one": (nn.MLP((3, 1, 2), rng=rng, activation="tanh"), (1, 3)),
    }


@pytest.mark.parametrize("name", _layers(np.random.default_rng(0)))
def test_backward_is_the_gradient(name, rng):
    """Gradients with respect to the input and every parameter agree with differences."""
    layer, shape = _layers(rng)[name]
    x = rng.normal(size=shape)
    dy = rng.normal(size=layer(x).shape)
    dx = layer.backward(dy)

    assert check_gradient(lambda x: float(np.sum(dy * layer(x))), x, dx, rng=rng)
    for parameter in layer.parameters():
        kept = parameter.data.copy()

        def loss(w, parameter=parameter):
            parameter.data[...] = w
            return float(np.sum(dy * layer(x)))

        check = check_gradient(loss, kept, parameter.grad, rng=rng)
        parameter.data[...] = kept
        assert check, str(check)


def test_gradients_add_up_until_zero_grad(rng):
    """Two backward passes add; after zero_grad the next one starts afresh."""
    layer, x = nn.Linear(3, 2, rng=rng), rng.normal(size=(4, 3))
    optimizer = nn.SGD(layer.parameters())
    assert layer.W.grad is None
    layer(x)
    layer.backward(np.ones((4, 2)))
    once = layer.W.grad.copy()
    layer.backward(np.ones((4, 2)))
    np.testing.assert_allclose(layer.W.grad, 2 * once)
    optimizer.zero_grad()
    assert layer.W.grad is None
    layer.backward(np.ones((4, 2)))

    np.testing.assert_allclose(layer.W.grad, once)


def test_dropout_keeps_the_mean_and_reuses_its_mask(rng):
    """About p of the inputs vanish, the mean stays, and backward drops the same ones."""
    layer, x = nn.Dropout(0.3, rng=rng), np.ones((200, 100))
    y = layer(x)
    dx = layer.backward(x)

    assert (y == 0).mean() == pytest.approx(0.3, abs=0.02)
    assert y.mean() == pytest.approx(1, abs=0.02)
    assert (dx == y).all()


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_dropout_is_scaled_in_training(p):
    """What is kept is x / (1 - p), so that on average over masks the output is x."""
    x = np.array([[-2.0, 0.5, 3.0]])
    layer = nn.Dropout(p, rng=np.random.default_rng(1))
    outputs = np.array([layer(x)[0] for _ in range(4000)])
    kept = outputs != 0
    error = np.abs(x[0]) * np.sqrt(p / (1 - p) / 4000)  # standard error of the mean

    np.testing.assert_allclose(outputs[kept], np.broadcast_to(x / (1 - p), outputs.shape)[kept])
    assert (np.abs(outputs.mean(axis=0) - x[0]) < 4 * error).all()
    assert (np.abs(outputs.var(axis=0) / (x[0] ** 2 * p / (1 - p)) - 1) < 0.1).all()


def test_dropout_passes_gradients_through_the_last_mask(rng):
    """Backward scales and drops as the forward pass before it did, not as an earlier one."""
    layer, x = nn.Dropout(0.5, rng=rng), rng.normal(size=(6, 5))
    layer(x)
    y = layer(x)
    dy = rng.normal(size=x.shape)

    np.testing.assert_allclose(layer.backward(dy), dy * y / x)
    assert check_gradient(lambda v: float(np.sum(dy * v * y / x)), x, layer.backward(dy), rng=rng)


def test_dropout_is_off_in_evaluation_and_at_zero(rng):
    """In evaluation mode, and for p = 0, inputs and gradients pass unchanged."""
    x = rng.normal(size=(3, 3))
    off, none = nn.Sequential([nn.Dropout(0.5, rng=rng)]), nn.Dropout(0.0, rng=rng)
    off.eval()

    for layer in (off, none):
        assert layer(x) is x
        assert layer.backward(x) is x
    off.train()
    assert off(x) is not x


def test_dropout_of_everything_is_zero(rng):
    """P = 1 gives zeros, not NaN."""
    for dtype in (np.float64, np.float32):
        assert (nn.Dropout(1.0, rng=rng)(np.ones((2, 2), dtype=dtype)) == 0).all()


def test_names_are_those_of_the_twin(rng):
    """Parameters are called as PyTorch would call them."""
    assert [name for name, _ in nn.MLP((2, 3, 1), rng=rng).named_parameters()] == [
        "0.W",
        "0.b",
        "2.W",
        "2.b",
    ]


def test_a_residual_branch_that_gives_zero_is_the_identity(rng):
    """With its last layer zero, a residual passes inputs and gradients as they are."""
    last = nn.Linear(4, 3, rng=rng, initializer="zeros")
    block = nn.Residual([nn.Linear(3, 4, rng=rng), nn.Activation(nn.relu), last])
    x, dy = rng.normal(size=(2, 5, 3))

    assert (block(x) == x).all()
    assert (block.backward(dy) == dy).all()
    assert last.W.grad.any()  # and the zeros get gradients: the branch can learn


def test_a_residual_may_be_the_first_layer(rng):
    """Training saves the first layer's dx only where nothing is added to it."""
    model = nn.Sequential([nn.Residual([nn.Linear(3, 3, rng=rng)]), nn.Linear(3, 2, rng=rng)])
    optimizer = nn.SGD(model.parameters())
    loss = nn.train_epoch(
        model, rng.normal(size=(6, 3)), np.array([0, 1] * 3), loss=nn.cross_entropy,
        optimizer=optimizer, batch_size=3, rng=rng,
    )  # fmt: skip

    assert np.isfinite(loss)


def test_forward_does_not_change_its_input(rng):
    """The input of a layer is still what it was."""
    x = rng.normal(size=(4, 3))
    kept = x.copy()
    model = nn.MLP((3, 5, 2), rng=rng, dropout=0.5)
    model.backward(np.ones_like(model(x)))

    assert (x == kept).all()


def test_an_empty_batch_passes(rng):
    """No examples in, no examples out, and zero gradients."""
    model = nn.MLP((3, 5, 2), rng=rng)

    assert model(np.zeros((0, 3))).shape == (0, 2)
    assert model.backward(np.zeros((0, 2))).shape == (0, 3)
    assert not model.parameters()[0].grad.any()


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda rng: nn.Linear(3, 2, rng=rng)(np.zeros((4, 5))), r"\(\.\.\., 3\), got \(4, 5\)"),
        (lambda rng: nn.Dropout(1.5, rng=rng), "p between 0 and 1, got 1.5"),
        (lambda rng: nn.Linear(3, 2, rng=rng, initializer="best"), "unknown initializer 'best'"),
        (lambda rng: nn.MLP((3,), rng=rng), "at least two sizes"),
        (lambda rng: nn.MLP((3, 0, 2), rng=rng), "smallest_size above 0, got 0"),
        (lambda rng: nn.MLP((3, 2), rng=rng, activation="step"), "unknown activation 'step'"),
        (
            lambda rng: nn.Residual([nn.Linear(3, 1, rng=rng)])(np.zeros((4, 3))),
            r"Residual wants layers that keep .* got \(4, 1\) for \(4, 3\)",
        ),
        (lambda rng: nn.set_weights(nn.MLP((3, 2), rng=rng), {}), "set_weights wants arrays"),
    ],
)
def test_bad_input_is_one_sentence(act, sentence, rng):
    """What was got, what was wanted, and where."""
    with pytest.raises(ValueError, match=sentence):
        act(rng)


@pytest.mark.parametrize("what", ["forward", "backward"])
def test_the_base_class_refuses(what):
    """A layer without a pass says which one is missing."""
    with pytest.raises(NotImplementedError, match=f"Layer has no {what} pass"):
        getattr(nn.Layer(), what)(np.zeros(1))


def test_summary_lists_every_layer(rng):
    """Shapes and parameter counts; the mode of the network is left as it was."""
    model = nn.MLP((784, 64, 64, 10), rng=rng, dropout=0.5)
    text = model.summary()

    assert text.splitlines()[-1].split() == ["total", "55,050"]
    assert len(text.splitlines()) == 1 + len(model.layers) + 1
    assert model.layers[2].training
