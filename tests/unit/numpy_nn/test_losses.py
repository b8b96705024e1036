"""Losses: the right number, the right slope, and a sentence for wrong input."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nbcourse.numpy_nn as nn
from nbcourse.gradients import check_gradient

N, C = 5, 4


def _cases():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(N, C)), rng.normal(size=(N, C))
    labels = rng.integers(0, C, N)
    return {
        "mse": (x, y),
        "mae": (x, y),
        "huber": (x, y),
        "bce_with_logits": (x, rng.random((N, C))),
        "cross_entropy": (x, labels),
        "hinge": (x, np.where(y > 0, 1, -1)),
        "focal": (x, labels),
    }


CASES = _cases()


@pytest.mark.parametrize("name", CASES)
def test_backward_is_the_gradient(name, rng):
    """The gradient agrees with central differences, and scales with dy."""
    f, (x, target) = getattr(nn, name), CASES[name]

    check = check_gradient(
        lambda x: 3 * float(f(x, target)), x, f.backward(3.0, x, target), rng=rng
    )

    assert check, str(check)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("form", ["indices", "one-hot", "shares"])
def test_cross_entropy_backward_for_all_forms(smoothing, form, rng):
    """Indices, one-hot rows and shares, smoothed or not, have right gradients."""
    x, labels = CASES["cross_entropy"]
    target = {
        "indices": labels,
        "one-hot": np.eye(C)[labels],
        "shares": rng.dirichlet(np.ones(C), N),
    }[form]
    f = lambda x: float(nn.cross_entropy(x, target, label_smoothing=smoothing))  # noqa: E731
    grad = nn.cross_entropy.backward(1.0, x, target, label_smoothing=smoothing)

    assert check_gradient(f, x, grad, rng=rng)
    np.testing.assert_allclose(grad.sum(axis=1), 0, atol=1e-15)


def test_gaussian_nll_backward_is_a_pair(rng):
    """Gradients for the mean and for the log of the width are both right."""
    mu, log_sigma, y = (rng.normal(size=(N, 1)) for _ in range(3))
    d_mu, d_log_sigma = nn.gaussian_nll.backward(1.0, mu, log_sigma, y)

    assert check_gradient(lambda m: float(nn.gaussian_nll(m, log_sigma, y)), mu, d_mu, rng=rng)
    assert check_gradient(
        lambda s: float(nn.gaussian_nll(mu, s, y)), log_sigma, d_log_sigma, rng=rng
    )


def test_known_values():
    """Values that can be worked out on paper."""
    zero = np.zeros((2, 1))
    assert nn.mse(np.array([[1.0], [3.0]]), zero) == 5
    assert nn.mae(np.array([[1.0], [-3.0]]), zero) == 2
    assert nn.huber(np.array([[1.0], [3.0]]), zero) == 0.5 * (0.5 + 2.5)
    assert nn.hinge(np.array([0.5, 2.0]), np.array([1, -1])) == 0.5 * (0.5 + 3)
    assert nn.gaussian_nll(zero, zero, zero) == pytest.approx(0.5 * math.log(2 * math.pi))
    assert nn.bce_with_logits(zero, zero) == pytest.approx(math.log(2))
    assert nn.cross_entropy(np.zeros((2, 10)), np.array([3, 7])) == pytest.approx(math.log(10))


def test_sure_and_right_costs_nothing_sure_and_wrong_costs_the_logit():
    """Logits of +-1,000 give 0 and 1,000 nats, where exp alone would overflow."""
    logits = np.array([[1000.0, 0.0]])

    assert nn.cross_entropy(logits, np.array([0])) == 0
    assert nn.cross_entropy(logits, np.array([1])) == 1000
    assert nn.bce_with_logits(np.array([1000.0]), np.array([0.0])) == 1000
    assert np.isfinite(nn.cross_entropy.backward(1.0, logits, np.array([1]))).all()


def test_focal_without_focus_is_cross_entropy():
    """Gamma = 0 gives cross-entropy, value and gradient."""
    x, labels = CASES["focal"]

    assert nn.focal(x, labels, gamma=0.0) == pytest.approx(nn.cross_entropy(x, labels), abs=1e-14)
    np.testing.assert_allclose(
        nn.focal.backward(1.0, x, labels, gamma=0.0),
        nn.cross_entropy.backward(1.0, x, labels),
        atol=1e-15,
    )


@pytest.mark.parametrize("gamma", [0.0, 0.3, 2.0])
def test_focal_is_finite_when_the_network_is_sure(gamma):
    """Probabilities that round to 1 or to 0 give finite losses and gradients."""
    logits, labels = np.array([[800.0, 0.0], [0.0, 800.0]]), np.array([0, 0])

    assert np.isfinite(nn.focal(logits, labels, gamma=gamma))
    assert np.isfinite(nn.focal.backward(1.0, logits, labels, gamma=gamma)).all()


@given(st.floats(0.05, 5))
def test_huber_lies_between_its_neighbors(delta):
    """Huber is at most half the squared error and at most delta times the absolute error."""
    x, y = CASES["huber"]

    assert nn.huber(x, y, delta=delta) <= 0.5 * nn.mse(x, y) + 1e-12
    assert nn.huber(x, y, delta=delta) <= delta * nn.mae(x, y) + 1e-12


@pytest.mark.parametrize("name", CASES)
def test_losses_average_over_the_batch(name):
    """Doubling the batch changes neither the loss nor the sum of the gradient."""
    f, (x, target) = getattr(nn, name), CASES[name]
    x2, target2 = np.concatenate([x, x]), np.concatenate([target, target])

    assert f(x2, target2) == pytest.approx(f(x, target))
    assert f.backward(1.0, x2, target2).sum() == pytest.approx(f.backward(1.0, x, target).sum())


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_of_the_prediction_is_kept(name, dtype):
    """A float64 target does not lift a float32 prediction, nor its gradient."""
    f, (x, target) = getattr(nn, name), CASES[name]
    x, kept = x.astype(dtype), x.astype(dtype)

    assert f(x, target).dtype == dtype
    assert f.backward(1.0, x, target).dtype == dtype
    assert (x == kept).all()


@pytest.mark.parametrize(
    ("name", "args", "options", "sentence"),
    [
        ("mse", (np.zeros((3, 1)), np.zeros(3)), {}, r"one shape, got prediction \(3, 1\), target"),
        ("mse", (np.zeros((0, 1)), np.zeros((0, 1))), {}, "at least one example"),
        ("huber", (np.zeros(2), np.zeros(2)), {"delta": 0.0}, "delta above 0, got 0"),
        ("cross_entropy", (np.zeros(3), np.zeros(3, int)), {}, r"logits of shape \(n, n_classes\)"),
        ("cross_entropy", (np.zeros((3, 2)), np.zeros(2, int)), {}, r"labels of shape \(3,\)"),
        ("cross_entropy", (np.zeros((2, 3)), np.array([0, 3])), {}, "from 0 to 2, got .* 0 to 3"),
        ("cross_entropy", (np.zeros((2, 3)), np.array([0, -1])), {}, "got labels from -1 to 0"),
        ("cross_entropy", (np.zeros((0, 3)), np.zeros(0, int)), {}, "at least one example"),
        (
            "cross_entropy",
            (np.ones((1, 2)), np.array([0])),
            {"label_smoothing": 2},
            "between 0 and",
        ),
        (
            "bce_with_logits",
            (np.zeros(2), np.array([0.0, 2.0])),
            {},
            "largest target between 0 and",
        ),
        ("bce_with_logits", (np.zeros(1), np.array([np.nan])), {}, "got nan"),
        ("hinge", (np.zeros(2), np.array([1, 0])), {}, "targets -1 or"),
        ("focal", (np.zeros((2, 2)), np.eye(2)), {}, "focal wants class indices"),
        ("focal", (np.zeros((2, 2)), np.array([0, 1])), {"gamma": -1.0}, "gamma between 0"),
    ],
)
def test_bad_input_is_one_sentence(name, args, options, sentence):
    """Wrong shapes, labels out of range, NaN and empty batches are named, on both sides."""
    import torch

    import nbcourse.torch_nn

    with pytest.raises(ValueError, match=sentence):
        getattr(nn, name)(*args, **options)
    with pytest.raises(ValueError, match=sentence):
        getattr(nbcourse.torch_nn, name)(*map(torch.from_numpy, args), **options)


def test_fractional_labels_are_refused():
    """Class indices that are floats are a mistake, not rounded."""
    with pytest.raises(TypeError, match="integer class labels, got dtype float64"):
        nn.cross_entropy(np.zeros((2, 3)), np.array([0.0, 1.0]))
