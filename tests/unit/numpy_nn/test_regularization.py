"""Regularization: penalties and gradients, mixed and moved examples, hooks of the training."""

import importlib
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nbcourse import numpy_nn
from nbcourse.gradients import check_gradient
from nbcourse.loop import EarlyStopping

PENALTIES = ("l1_penalty", "l2_penalty")


@pytest.fixture(params=["numpy", "torch"])
def nn(request):
    """Return each twin in turn."""
    return importlib.import_module(f"nbcourse.{request.param}_nn")


def _of(nn, array):
    """Return the array as a twin takes it."""
    return array if nn is numpy_nn else torch.from_numpy(np.array(array))


def _numpy(array):
    return np.asarray(array)


# Penalties


def test_penalties_by_hand(nn):
    """Values and slopes for the weights 3, -4, 0 and the strength 2."""
    w = _of(nn, np.array([[3.0, -4.0, 0.0]]))

    assert float(nn.l1_penalty(w, strength=2.0)) == 14.0
    assert float(nn.l2_penalty(w, strength=2.0)) == 25.0
    if nn is numpy_nn:
        assert nn.l1_penalty.backward(1.0, w, strength=2.0).tolist() == [[2, -2, 0]]
        assert nn.l2_penalty.backward(1.0, w, strength=2.0).tolist() == [[6, -8, 0]]


@pytest.mark.parametrize("name", PENALTIES)
@pytest.mark.parametrize("shape", [(), (1,), (3, 4), (2, 1, 3)])
def test_penalty_gradients_agree_with_differences(name, shape, rng):
    """For any shape, away from the kink at 0."""
    penalty = getattr(numpy_nn, name)
    w = rng.uniform(0.5, 2, shape) * rng.choice([-1, 1], shape)
    grad = penalty.backward(0.7, w, strength=0.3)

    assert check_gradient(lambda v: 0.7 * float(penalty(v, strength=0.3)), w, grad, rng=rng)


@pytest.mark.parametrize("name", PENALTIES)
def test_penalty_of_nothing_is_zero(nn, name):
    """No weights, or the strength 0, cost nothing."""
    penalty = getattr(nn, name)

    assert float(penalty(_of(nn, np.zeros((0, 3))), strength=1.0)) == 0
    assert float(penalty(_of(nn, np.ones(3)), strength=0.0)) == 0


def _one_run(nn, *, weight_decay=0.0, penalty=None, dtype=None, n_epochs=4):
    rng = np.random.default_rng(3)
    options = {} if dtype is None else {"dtype": dtype}
    model = nn.MLP((4, 6, 3), rng=rng, **options)
    optimizer = nn.SGD(
        model.parameters(), learning_rate=0.1, momentum=0.9, weight_decay=weight_decay
    )
    history = nn.fit(
        model, rng.normal(size=(30, 4)), rng.integers(0, 3, 30), optimizer=optimizer,
        n_epochs=n_epochs, batch_size=7, rng=rng, penalty=penalty,
    )  # fmt: skip
    return nn.get_weights(model), history["train_loss"]


def test_l2_in_the_loss_is_weight_decay_of_sgd(nn):
    """The same weights and the same losses, with momentum too; without either they differ."""
    decayed, losses = _one_run(nn, weight_decay=0.03)
    penalized, penalized_losses = _one_run(nn, penalty=partial(nn.l2_penalty, strength=0.03))
    plain, _ = _one_run(nn)

    for name, w in decayed.items():
        np.testing.assert_allclose(penalized[name], w, rtol=0, atol=1e-13)
        assert np.abs(plain[name] - w).max() > 1e-4
    np.testing.assert_allclose(penalized_losses, losses, rtol=0, atol=1e-13)


def test_l2_in_the_loss_is_not_decoupled_decay(nn):
    """Under Adam the penalty equals its `weight_decay`, and not that of AdamW."""
    ends = {}
    for name, rule, decay, penalty in (
        ("coupled", nn.Adam, 0.1, None),
        ("penalty", nn.Adam, 0.0, partial(nn.l2_penalty, strength=0.1)),
        ("decoupled", nn.AdamW, 0.1, None),
    ):
        rng = np.random.default_rng(1)
        model = nn.MLP((3, 4, 2), rng=rng)
        optimizer = rule(model.parameters(), learning_rate=0.02, weight_decay=decay)
        nn.fit(
            model, rng.normal(size=(12, 3)), rng.integers(0, 2, 12), optimizer=optimizer,
            n_epochs=10, batch_size=4, rng=rng, penalty=penalty,
        )  # fmt: skip
        ends[name] = nn.get_weights(model)["0.W"]

    np.testing.assert_allclose(ends["penalty"], ends["coupled"], rtol=0, atol=1e-9)
    assert np.abs(ends["penalty"] - ends["decoupled"]).max() > 1e-3


def test_l1_makes_more_weights_small_than_l2(nn):
    """The L1 penalty leaves more weights near 0 than an L2 penalty of more than its strength."""
    small = {}
    for name, strength in (("l1_penalty", 0.02), ("l2_penalty", 0.05)):
        weights, _ = _one_run(
            nn, penalty=partial(getattr(nn, name), strength=strength), n_epochs=150
        )
        small[name] = np.mean(np.abs(weights["0.W"]) < 0.02)

    assert small["l1_penalty"] > small["l2_penalty"] + 0.1


def test_penalties_keep_float32(nn):
    """A float32 network stays float32 under a penalty."""
    dtype = np.float32 if nn is numpy_nn else torch.float32
    weights, _ = _one_run(nn, penalty=partial(nn.l1_penalty, strength=0.01), dtype=dtype)

    assert {str(w.dtype) for w in weights.values()} == {"float32"}


# Mixup


@given(st.integers(1, 8), st.floats(0.05, 5), st.integers(0, 2**32 - 1))
def test_mixup_mixes_inputs_and_targets_alike(n, alpha, seed):
    """Each row is share * own + (1 - share) * another's, with one share and partner for both."""
    draws = np.random.default_rng(seed)
    share, partner = draws.beta(alpha, alpha), draws.permutation(n)
    x, t = np.arange(2.0 * n).reshape(n, 2), np.eye(n)
    mixed, targets = numpy_nn.mixup(x, t, alpha=alpha, rng=np.random.default_rng(seed))

    np.testing.assert_allclose(mixed, share * x + (1 - share) * x[partner])
    np.testing.assert_allclose(targets, share * t + (1 - share) * t[partner])
    np.testing.assert_allclose(targets @ x, mixed, atol=1e-9)  # x is linear in the targets here
    np.testing.assert_allclose(targets.sum(axis=1), 1)


def test_mixup_keeps_shape_type_and_input(nn, rng):
    """Images of any shape, float32 stays, integers become floats, nothing is overwritten."""
    x, t = rng.normal(size=(5, 2, 3, 3)).astype(np.float32), np.eye(4, dtype=int)[[0, 1, 2, 3, 0]]
    kept = x.copy()
    mixed, targets = nn.mixup(_of(nn, x), _of(nn, t), alpha=0.4, rng=rng)

    assert _numpy(mixed).shape == (5, 2, 3, 3)
    assert _numpy(mixed).dtype == _numpy(targets).dtype == np.float32
    assert (x == kept).all()
    assert set(t.ravel()) == {0, 1}


def test_a_small_alpha_leaves_examples_nearly_alone(nn):
    """The share is mostly near 0 or 1 for alpha = 0.05, and uniform for alpha = 1."""
    shares = {}
    for alpha in (0.05, 1.0):
        rng, drawn = np.random.default_rng(0), []
        x, t = _of(nn, np.array([[0.0], [1.0]])), _of(nn, np.eye(2))
        while len(drawn) < 400:
            mixed = _numpy(nn.mixup(x, t, alpha=alpha, rng=rng)[0])
            drawn.append(float(mixed[1, 0]))
        shares[alpha] = np.array(drawn)
    far = {alpha: np.mean((s > 0.1) & (s < 0.9)) for alpha, s in shares.items()}

    assert far[0.05] < 0.15
    assert 0.3 < far[1.0] < 0.5  # 0.8 of the shares, where the partner is not the example itself


# Shifts


def _shift_by_hand(image, down, right, fill):
    moved = np.full_like(image, fill)
    for i, j in np.ndindex(image.shape):
        if 0 <= i + down < len(image) and 0 <= j + right < image.shape[1]:
            moved[i + down, j + right] = image[i, j]
    return moved


@given(
    st.integers(1, 4),
    st.integers(1, 6),
    st.integers(1, 6),
    st.integers(0, 7),
    st.integers(0, 2**32 - 1),
)
def test_shifts_are_those_of_a_loop(n, height, width, max_shift, seed):
    """Every image is moved by its own draw, without coming back on the other side."""
    rng = np.random.default_rng(seed)
    images = 1 + rng.random((n, height, width))
    shifts = np.random.default_rng(seed).integers(-max_shift, max_shift + 1, (n, 2))
    wanted = [_shift_by_hand(a, *s, 0.25) for a, s in zip(images, shifts, strict=True)]
    rng = np.random.default_rng(seed)

    moved = numpy_nn.random_shift(images, max_shift=max_shift, rng=rng, fill=0.25)
    np.testing.assert_array_equal(moved, wanted)


def test_all_shifts_occur_equally_often(nn):
    """The nine shifts of at most one pixel each take about a ninth."""
    images = np.zeros((9000, 3, 3))
    images[:, 1, 1] = 1
    moved = _numpy(nn.random_shift(_of(nn, images), max_shift=1, rng=np.random.default_rng(0)))

    assert np.abs(moved.mean(axis=0) - 1 / 9).max() < 0.012
    assert (moved.sum(axis=(1, 2)) == 1).all()


def test_channels_move_together(nn, rng):
    """All axes between the first and the last two share the shift of their image."""
    images = rng.random((6, 1, 5, 4)) * np.array([1.0, 10.0, 100.0])[:, None, None]
    moved = _numpy(nn.random_shift(_of(nn, images), max_shift=2, rng=rng))

    np.testing.assert_allclose(10 * moved[:, 0], moved[:, 1])
    np.testing.assert_allclose(100 * moved[:, 0], moved[:, 2])


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
def test_shifts_keep_type_and_input(nn, rng, dtype):
    """The pixels keep their type; a shift of 0 is a copy; the images are not overwritten."""
    images = np.arange(12).reshape(1, 3, 4).astype(dtype)
    kept = images.copy()
    given_images = _of(nn, images)
    moved = nn.random_shift(given_images, max_shift=2, rng=rng)
    still = nn.random_shift(given_images, max_shift=0, rng=rng)
    _numpy(still)[...] = 7

    assert _numpy(moved).dtype == dtype
    assert (_numpy(given_images) == kept).all()


# Hooks of the training


def test_augment_gets_the_batch_and_the_generator(nn):
    """It is called once a step, with the generator of the run, and its results are trained on."""
    seen = []

    def augment(x, y, *, rng):
        seen.append((len(x), rng))
        return 0 * x, y

    rng = np.random.default_rng(0)
    model = nn.MLP((2, 3), rng=rng)
    before = nn.get_weights(model)
    nn.fit(
        model, rng.normal(size=(10, 2)), rng.integers(0, 3, 10), n_epochs=1, batch_size=4,
        rng=rng, optimizer=nn.SGD(model.parameters()), augment=augment,
    )  # fmt: skip
    after = nn.get_weights(model)

    assert seen == [(4, rng), (4, rng), (2, rng)]
    assert (before["0.W"] == after["0.W"]).all()  # inputs of 0 give no gradient
    assert not (before["0.b"] == after["0.b"]).all()


def test_options_of_the_loss_reach_its_gradient(nn):
    """`partial(cross_entropy, label_smoothing=1.0)` pulls all logits together."""
    rng = np.random.default_rng(0)
    model = nn.MLP((2, 3), rng=rng)
    x, y = rng.normal(size=(30, 2)), rng.integers(0, 3, 30)
    nn.fit(
        model, x, y, n_epochs=150, batch_size=30, rng=rng,
        optimizer=nn.SGD(model.parameters(), learning_rate=1.0),
        loss=partial(nn.cross_entropy, label_smoothing=1.0),
    )  # fmt: skip

    assert np.ptp(_numpy(nn.predict(model, x)), axis=1).max() < 1e-3


def test_early_stopping_in_fit_returns_the_best_weights(nn):
    """After an early stop the network scores on the validation data what its best epoch scored."""
    rng = np.random.default_rng(0)
    model = nn.MLP((2, 30, 2), rng=rng)
    x, y = rng.normal(size=(24, 2)), rng.integers(0, 2, 24)
    x_val, y_val = rng.normal(size=(50, 2)), rng.integers(0, 2, 50)
    history = nn.fit(
        model, x, y, optimizer=nn.Adam(model.parameters(), learning_rate=0.05), n_epochs=60,
        batch_size=8, rng=rng, validation=(x_val, y_val),
        early_stopping=EarlyStopping(patience=4),
    )  # fmt: skip
    losses = history["validation_loss"]

    assert history.stopped_early
    assert len(history) < 60
    assert history.best_epoch == losses.argmin() == len(history) - 1 - 4
    assert nn.evaluate(model, x_val, y_val)["loss"] == pytest.approx(losses.min(), abs=1e-12)


# Bad input


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda nn, a, rng: nn.l1_penalty(a, strength=-1.0), "l1_penalty wants strength between 0"),
        (lambda nn, a, rng: nn.l2_penalty(a, strength=np.nan), "strength between 0 and inf, got n"),
        (lambda nn, a, rng: nn.mixup(a, a, alpha=0.0, rng=rng), "mixup wants alpha above 0, got 0"),
        (
            lambda nn, a, rng: nn.mixup(a, a[0], alpha=1.0, rng=rng),
            r"y_one_hot of shape \(4, n_columns\), got \(3,\)",
        ),
        (
            lambda nn, a, rng: nn.mixup(a, a[:2], alpha=1.0, rng=rng),
            r"y_one_hot of shape \(4, n_columns\), got \(2, 3\)",
        ),
        (lambda nn, a, rng: nn.mixup(a[:0], a[:0], alpha=1.0, rng=rng), "at least one example"),
        (
            lambda nn, a, rng: nn.random_shift(a, max_shift=1, rng=rng),
            r"images of shape \(n, \.\.\., height, width\), got \(4, 3\)",
        ),
        (
            lambda nn, a, rng: nn.random_shift(a[None], max_shift=-1, rng=rng),
            "max_shift between 0 and inf, got -1",
        ),
        (
            lambda nn, a, rng: nn.random_shift(a[None, :0], max_shift=1, rng=rng),
            "at least one example",
        ),
    ],
)
def test_bad_input_is_one_sentence(nn, act, sentence, rng):
    """Both twins refuse in the same words."""
    with pytest.raises(ValueError, match=sentence):
        act(nn, _of(nn, np.ones((4, 3))), rng)


def test_half_a_pixel_is_refused(nn, rng):
    """Shifts are whole pixels."""
    with pytest.raises(TypeError, match="integer"):
        nn.random_shift(_of(nn, np.ones((1, 2, 2))), max_shift=0.5, rng=rng)


def test_a_penalty_without_gradient_is_refused(rng):
    """The NumPy twin cannot differentiate any function, and says so."""
    model = numpy_nn.MLP((2, 2), rng=rng)

    def step(penalty):
        numpy_nn.train_step(
            model, np.ones((1, 2)), np.zeros(1, int), loss=numpy_nn.cross_entropy,
            optimizer=numpy_nn.SGD(model.parameters()), penalty=penalty,
        )  # fmt: skip

    with pytest.raises(TypeError, match="has no backward pass; make it `differentiable`"):
        step(np.sum)
    with pytest.raises(TypeError, match="may fix options by name only"):
        step(partial(numpy_nn.l1_penalty, np.ones(2)))
