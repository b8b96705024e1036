"""Normalization: statistics and their gradients, invariances, two modes, folding, buffers."""

import importlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nbcourse.numpy_nn as nn
from nbcourse.gradients import check_gradient

LAYERS = {
    "batch norm": (lambda: nn.BatchNorm(3), (6, 3)),
    "batch norm of two examples": (lambda: nn.BatchNorm(3), (2, 3)),
    "batch norm of one feature": (lambda: nn.BatchNorm(1), (6, 1)),
    "batch norm on images": (lambda: nn.BatchNorm(3), (4, 3, 2, 5)),
    "batch norm of one image": (lambda: nn.BatchNorm(3), (1, 3, 2, 2)),
    "batch norm with a large eps": (lambda: nn.BatchNorm(3, eps=1.0), (6, 3)),
    "layer norm": (lambda: nn.LayerNorm(4), (6, 4)),
    "layer norm on three axes": (lambda: nn.LayerNorm(4), (2, 3, 4)),
    "layer norm of one example": (lambda: nn.LayerNorm(4), (4,)),
    "rms norm": (lambda: nn.RMSNorm(4), (6, 4)),
    "rms norm on three axes": (lambda: nn.RMSNorm(4), (2, 3, 4)),
}


@pytest.fixture(params=["numpy", "torch"])
def twin(request):
    """Return each twin in turn, and what makes one of its tensors of an array."""
    module = importlib.import_module(f"nbcourse.{request.param}_nn")
    if request.param == "numpy":
        return module, np.array
    from_numpy = importlib.import_module("torch").from_numpy
    return module, lambda values: from_numpy(np.array(values))


def _shaken(layer, rng):
    """Give gammas, betas and running statistics numbers that hide nothing."""
    for state in (*layer.parameters(), *layer.buffers()):
        state.data[...] = rng.uniform(0.5, 2, size=state.data.shape)
    return layer


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("name", LAYERS)
def test_backward_is_the_gradient(name, training, rng):
    """Through the statistics of a batch as well, gradients agree with differences."""
    build, shape = LAYERS[name]
    layer = _shaken(build(), rng).train(training)
    x, dy = rng.normal(1, 2, size=shape), rng.normal(size=shape)
    layer(x)
    dx = layer.backward(dy)

    assert check_gradient(lambda v: float(np.sum(dy * layer(v))), x, dx, rng=rng)
    for parameter in layer.parameters():
        kept = parameter.data.copy()

        def loss(w, parameter=parameter):
            parameter.data[...] = w
            return float(np.sum(dy * layer(x)))

        assert check_gradient(loss, kept, parameter.grad, rng=rng)
        parameter.data[...] = kept


@pytest.mark.parametrize("shape", [(8, 3), (4, 3, 2, 5)])
def test_features_of_a_batch_are_standardized(shape, rng):
    """Each feature has mean 0 and mean square 1; gamma and beta then set both."""
    layer, x = nn.BatchNorm(3, eps=1e-12), rng.normal(5, 3, size=shape)
    axes = (0, *range(2, len(shape)))
    y = layer(x)
    np.testing.assert_allclose(y.mean(axis=axes), 0, atol=1e-12)
    np.testing.assert_allclose((y**2).mean(axis=axes), 1, rtol=1e-9)

    layer.gamma.data[...], layer.beta.data[...] = [1, 2, 3], [-1, 0, 1]
    y = layer(x)
    np.testing.assert_allclose(y.mean(axis=axes), [-1, 0, 1], atol=1e-12)
    np.testing.assert_allclose(y.std(axis=axes), [1, 2, 3], rtol=1e-9)


def test_gradients_at_the_input_of_batch_norm_have_no_mean_and_no_share(rng):
    """In training, dx sums to 0 over the batch and is orthogonal to x_hat, feature by feature."""
    layer, x = nn.BatchNorm(3, eps=1e-12), rng.normal(size=(9, 3))
    x_hat = layer(x)
    dx = layer.backward(rng.normal(size=(9, 3)))

    np.testing.assert_allclose(dx.sum(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose((dx * x_hat).sum(axis=0), 0, atol=1e-9)


def test_weights_before_batch_norm_may_have_any_scale(rng):
    """The output is the same, dW shrinks by the factor, and dW is orthogonal to each column."""
    linear, norm = nn.Linear(4, 3, rng=rng), nn.BatchNorm(3, eps=1e-14)
    x, dy = rng.normal(size=(10, 4)), rng.normal(size=(10, 3))
    y = norm(linear(x))
    linear.backward(norm.backward(dy))
    W, dW = linear.W.data.copy(), linear.W.grad.copy()
    linear.W.data *= 7
    linear.W.has_grad = False
    scaled = norm(linear(x))
    linear.backward(norm.backward(dy))

    np.testing.assert_allclose(scaled, y, atol=1e-11)
    np.testing.assert_allclose(linear.W.grad, dW / 7, atol=1e-11)
    np.testing.assert_allclose((W * dW).sum(axis=0), 0, atol=1e-11)


@given(shift=st.floats(-100, 100), factor=st.floats(0.1, 100), seed=st.integers(0, 99))
def test_layer_norm_ignores_shift_and_scale_of_an_example(shift, factor, seed):
    """Adding a number to all features, or multiplying them, changes nothing."""
    x = np.random.default_rng(seed).normal(size=(3, 6))
    layer = nn.LayerNorm(6, eps=1e-12)

    np.testing.assert_allclose(layer(factor * x + shift), layer(x), atol=1e-8)


@given(factor=st.floats(0.1, 100), seed=st.integers(0, 99))
def test_rms_norm_ignores_the_scale_of_an_example_but_not_a_shift(factor, seed):
    """Multiplying all features changes nothing; adding a number does."""
    x = np.random.default_rng(seed).normal(size=(3, 6))
    layer = nn.RMSNorm(6, eps=1e-12)

    np.testing.assert_allclose(layer(factor * x), layer(x), atol=1e-8)
    assert np.abs(layer(x + 10) - layer(x)).max() > 0.1


@pytest.mark.parametrize("layer", [nn.LayerNorm(4), nn.RMSNorm(4)], ids=["layer", "rms"])
def test_examples_do_not_see_each_other(layer, rng):
    """Each row is normalized as if it were alone, in both modes."""
    x = rng.normal(size=(5, 4))
    alone = np.concatenate([layer(row[None]) for row in x])

    assert (layer(x) == alone).all()
    assert (layer.eval()(x) == alone).all()


def test_rows_of_layer_norm_and_rms_norm_have_size_one(rng):
    """Mean square 1 in each row; mean 0 for layer norm alone."""
    x = rng.normal(2, 3, size=(5, 8))
    by_layer, by_rms = nn.LayerNorm(8, eps=1e-12)(x), nn.RMSNorm(8, eps=1e-12)(x)

    np.testing.assert_allclose(by_layer.mean(axis=1), 0, atol=1e-12)
    for y in (by_layer, by_rms):
        np.testing.assert_allclose((y**2).mean(axis=1), 1, rtol=1e-9)
    assert np.abs(by_rms.mean(axis=1)).min() > 0.1


def test_running_statistics_follow_the_convention(twin):
    """(1 - momentum) running + momentum new, with the unbiased variance: by hand."""
    module, tensor = twin
    layer = module.BatchNorm(2, momentum=0.25)
    layer(tensor([[1.0, 10.0], [3.0, 10.0], [5.0, 40.0]]))  # means 3, 20; variances 4, 300
    np.testing.assert_allclose(layer.running_mean.data, [0.75, 5])
    np.testing.assert_allclose(layer.running_var.data, [0.75 + 1, 0.75 + 75])

    layer(tensor([[1.0, 10.0], [3.0, 10.0], [5.0, 40.0]]))
    np.testing.assert_allclose(layer.running_mean.data, [0.75 * 0.75 + 0.75, 0.75 * 5 + 5])


def test_evaluation_uses_what_training_remembered(twin):
    """With momentum 1 the last batch is remembered; evaluation changes nothing any more."""
    module, tensor = twin
    layer = module.BatchNorm(1, momentum=1.0, eps=1e-12)
    layer(tensor([[0.0], [2.0]]))  # mean 1, unbiased variance 2
    layer.eval()

    for _ in range(2):  # a batch of one is fine now
        np.testing.assert_allclose(module.predict(layer, tensor([[3.0]])), [[np.sqrt(2)]])
    np.testing.assert_allclose(layer.running_mean.data, [1])


def test_buffers_are_named_saved_and_loaded_but_not_trained(twin):
    """Names as in both twins; weights travel with the statistics; optimizers see none of them."""
    module, tensor = twin
    rng = np.random.default_rng(0)

    def build():
        inner = [module.BatchNorm(3), module.Linear(3, 3, rng=rng)]
        return module.Sequential([module.Linear(2, 3, rng=rng), module.Residual(inner)])

    model, other = build(), build()
    model(tensor(rng.normal(size=(5, 2))))
    assert [name for name, _ in model.named_buffers()] == ["1.0.running_mean", "1.0.running_var"]
    assert [name for name, _ in model.named_parameters()] == [
        "0.W", "0.b", "1.0.gamma", "1.0.beta", "1.1.W", "1.1.b",
    ]  # fmt: skip

    saved = module.get_weights(model)
    module.set_weights(other, saved)
    x = tensor(rng.normal(size=(1, 2)))
    assert len(saved) == 8
    assert (module.predict(other, x) == module.predict(model, x)).all()
    saved["1.0.running_mean"] += 1  # a copy: the model does not notice
    assert (module.predict(other, x) == module.predict(model, x)).all()
    assert len(list(model.parameters())) == 6
    del saved["1.0.running_var"]
    with pytest.raises(ValueError, match="set_weights wants arrays"):
        module.set_weights(other, saved)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_folding_changes_no_output(twin, seed):
    """One Linear does what Linear and BatchNorm did in evaluation, to 1e-10."""
    module, tensor = twin
    rng = np.random.default_rng(seed)
    linear, norm = module.Linear(6, 4, rng=rng), module.BatchNorm(4)
    weights = {name: rng.uniform(0.2, 3, size=4) for name in module.get_weights(norm)}
    module.set_weights(norm, weights)
    model = module.Sequential([linear, norm])
    x = tensor(rng.normal(size=(9, 6)))
    folded = module.predict(module.fold_batchnorm(linear, norm), x)

    assert abs(folded - module.predict(model, x)).max() < 1e-10
    assert module.get_weights(linear)["b"].max() == 0  # the original is as it was


@pytest.mark.parametrize("name", LAYERS)
def test_float32_stays(name, rng):
    """Output, gradients and running statistics remain float32."""
    build, shape = LAYERS[name]
    layer = build()
    for state in (*layer.parameters(), *layer.buffers()):
        state.__init__(state.data.astype(np.float32))
    x = rng.normal(size=shape).astype(np.float32)
    y = layer(x)

    assert y.dtype == layer.backward(y).dtype == np.float32
    assert layer.eval()(x).dtype == np.float32
    assert {s.data.dtype for s in (*layer.parameters(), *layer.buffers())} == {np.dtype("float32")}


def test_dtype_is_that_asked_for(twin):
    """`dtype` reaches gamma, beta and the buffers."""
    module, _ = twin
    dtype = np.float32 if module is nn else importlib.import_module("torch").float32
    for layer in (
        module.BatchNorm(2, dtype=dtype),
        module.LayerNorm(2, dtype=dtype),
        module.RMSNorm(2, dtype=dtype),
    ):
        assert {a.dtype.name for a in module.get_weights(layer).values()} == {"float32"}


@pytest.mark.parametrize("name", LAYERS)
def test_forward_and_backward_change_neither_input_nor_gradient(name, rng):
    """What comes in is still what it was."""
    build, shape = LAYERS[name]
    layer, x, dy = build(), rng.normal(size=shape), rng.normal(size=shape)
    kept = x.copy(), dy.copy()
    layer(x)
    layer.backward(dy)

    assert (x == kept[0]).all()
    assert (dy == kept[1]).all()


def test_constant_features_give_zero_and_not_nan():
    """With variance 0, eps keeps the division finite."""
    x = np.full((4, 3), 7.0)
    for layer in (nn.BatchNorm(3), nn.LayerNorm(3)):
        assert (layer(x) == 0).all()
        assert np.isfinite(layer.backward(np.ones((4, 3)))).all()
    assert (nn.RMSNorm(3)(0 * x) == 0).all()


def test_an_empty_batch_passes_in_evaluation():
    """No examples in, no examples out."""
    assert nn.BatchNorm(3).eval()(np.zeros((0, 3))).shape == (0, 3)
    assert nn.LayerNorm(3)(np.zeros((0, 3))).shape == (0, 3)


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (
            lambda module, x: module.BatchNorm(3)(x((1, 3))),
            r"two or more values of each feature in training mode, got a batch of shape \(1, 3\)",
        ),
        (lambda module, x: module.BatchNorm(3)(x((0, 3))), r"got a batch of shape \(0, 3\)"),
        (lambda module, x: module.BatchNorm(3)(x((4, 5))), r"\(n, 3, \.\.\.\), got \(4, 5\)"),
        (lambda module, x: module.BatchNorm(3)(x((3,))), r"\(n, 3\) or .* got \(3,\)"),
        (lambda module, x: module.LayerNorm(3)(x((4, 5))), r"\(\.\.\., 3\), got \(4, 5\)"),
        (lambda module, x: module.RMSNorm(3)(x((4, 5))), r"\(\.\.\., 3\), got \(4, 5\)"),
        (lambda module, _: module.BatchNorm(3, eps=0.0), "eps above 0, got 0"),
        (lambda module, _: module.BatchNorm(3, momentum=1.5), "momentum between 0 and 1, got 1.5"),
        (lambda module, _: module.BatchNorm(0), "n_features above 0, got 0"),
        (lambda module, _: module.LayerNorm(3, eps=-1.0), "eps above 0, got -1"),
        (lambda module, _: module.RMSNorm(0), "n_features above 0, got 0"),
        (
            lambda module, _: module.fold_batchnorm(
                module.Linear(4, 3, rng=np.random.default_rng(0)), module.BatchNorm(5)
            ),
            r"fold_batchnorm needs arguments of one shape, got b \(3,\), running_mean \(5,\)",
        ),
    ],
)
def test_bad_input_is_one_sentence(act, sentence, twin):
    """What was got, what was wanted, and where: the same words in both twins."""
    module, tensor = twin

    with pytest.raises(ValueError, match=sentence):
        act(module, lambda shape: tensor(np.zeros(shape)))
