"""Losses: one number that says how wrong the predictions are, averaged over the batch."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checks import (
    require_between,
    require_label_shape,
    require_labels,
    require_positive,
    require_same_shape,
)
from nbcourse.numpy_nn._function import as_float, differentiable
from nbcourse.numpy_nn.activations import log_softmax, sigmoid, softmax, softplus

Array = NDArray[Any]
Scalar = np.floating[Any]

__all__ = [
    "bce_with_logits",
    "cross_entropy",
    "focal",
    "gaussian_nll",
    "hinge",
    "huber",
    "mae",
    "mse",
]

_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


def _residual(where: str, prediction: Array, target: Array) -> Array:
    prediction = as_float(prediction, "prediction")
    # Same dtype as the prediction: a float64 target must not lift a float32 network.
    target = as_float(target, "target").astype(prediction.dtype, copy=False)
    require_same_shape(where, prediction=prediction, target=target)
    return prediction - target


@differentiable
def mse(prediction: Array, target: Array) -> Scalar:
    """Mean squared error over all elements; both arguments of one shape.

    The negative log-likelihood of Gaussian noise of fixed width, up to scale and constant.
    """
    return np.mean(_residual("mse", prediction, target) ** 2)


@mse.define_backward
def _mse_backward(dy: float, prediction: Array, target: Array) -> Array:
    r = _residual("mse", prediction, target)
    return dy * 2 * r / r.size


@differentiable
def mae(prediction: Array, target: Array) -> Scalar:
    """Mean absolute error over all elements; both arguments of one shape; slope 0 at 0.

    The negative log-likelihood of Laplace noise, up to scale and constant.
    """
    return np.mean(np.abs(_residual("mae", prediction, target)))


@mae.define_backward
def _mae_backward(dy: float, prediction: Array, target: Array) -> Array:
    r = _residual("mae", prediction, target)
    return dy * np.sign(r) / r.size


@differentiable
def huber(prediction: Array, target: Array, *, delta: float = 1.0) -> Scalar:
    """Squared error (halved) up to `delta`, linear beyond, averaged over all elements.

    Source: Huber (1964), Robust estimation of a location parameter, section 4.
    """
    require_positive("huber", delta=delta)
    r = np.abs(_residual("huber", prediction, target))
    return np.mean(np.where(r <= delta, 0.5 * r**2, delta * (r - 0.5 * delta)))


@huber.define_backward
def _huber_backward(dy: float, prediction: Array, target: Array, *, delta: float = 1.0) -> Array:
    r = _residual("huber", prediction, target)
    return dy * np.clip(r, -delta, delta) / r.size


@differentiable
def gaussian_nll(mu: Array, log_sigma: Array, target: Array) -> Scalar:
    """Mean negative log-likelihood, in nats, of `target` under N(mu, exp(log_sigma)^2).

    All three arguments have one shape. `backward` returns the pair (d_mu, d_log_sigma).

    Source: Nix and Weigend (1994), Estimating the mean and variance of the target distribution.
    """
    r = _residual("gaussian_nll", mu, target)
    log_sigma = as_float(log_sigma, "log_sigma")
    require_same_shape("gaussian_nll", mu=r, log_sigma=log_sigma)
    return np.mean(log_sigma + 0.5 * (r * np.exp(-log_sigma)) ** 2 + r.dtype.type(_HALF_LOG_2PI))


@gaussian_nll.define_backward
def _gaussian_nll_backward(
    dy: float, mu: Array, log_sigma: Array, target: Array
) -> tuple[Array, Array]:
    r = _residual("gaussian_nll", mu, target)
    precision = np.exp(-2 * as_float(log_sigma, "log_sigma"))
    return dy * r * precision / r.size, dy * (1 - r**2 * precision) / r.size


@differentiable
def bce_with_logits(logits: Array, target: Array) -> Scalar:
    """Mean binary cross-entropy, in nats, of probabilities sigmoid(logits).

    Both arguments have one shape; targets lie in [0, 1]. Computed as softplus(z) - t z, so no
    logarithm of 0 arises however sure the network is.
    """
    z = as_float(logits, "logits")
    t = as_float(target, "target").astype(z.dtype, copy=False)
    require_same_shape("bce_with_logits", logits=z, target=t)
    require_between("bce_with_logits", "the smallest target", float(t.min()), 0, 1)
    require_between("bce_with_logits", "the largest target", float(t.max()), 0, 1)
    return np.mean(softplus(z) - t * z)


@bce_with_logits.define_backward
def _bce_with_logits_backward(dy: float, logits: Array, target: Array) -> Array:
    p = sigmoid(logits)
    return dy * (p - np.asarray(target, dtype=p.dtype)) / p.size


def _checked_labels(where: str, logits: Array, labels: Array) -> Array:
    """Return class indices (n,) as they are, probabilities (n, n_classes) in the logits' dtype."""
    labels = np.asarray(labels)
    require_label_shape(where, logits, labels)
    if labels.ndim == 2:
        return labels.astype(logits.dtype, copy=False)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"{where} wants integer class labels, got dtype {labels.dtype}")
    require_labels(where, int(labels.min()), int(labels.max()), logits.shape[1])
    return labels


def _smoothed(labels: Array, logits: Array, smoothing: float) -> Array:
    """Return target probabilities (n, n_classes), that share of them spread over all classes."""
    n_classes = logits.shape[1]
    rows = labels if labels.ndim == 2 else np.eye(n_classes, dtype=logits.dtype)[labels]
    return (1 - smoothing) * rows + smoothing / n_classes


@differentiable
def cross_entropy(logits: Array, labels: Array, *, label_smoothing: float = 0.0) -> Scalar:
    """Mean cross-entropy, in nats, of softmax(logits) against the labels.

    Logits are (n, n_classes); labels are class indices (n,) or probabilities (n, n_classes).
    Smoothing moves that share of each target onto the uniform distribution.

    Source: Szegedy et al. (2016), section 7, for the smoothing.
    """
    require_between("cross_entropy", "label_smoothing", label_smoothing, 0, 1)
    logits = as_float(logits, "logits")
    labels = _checked_labels("cross_entropy", logits, labels)
    log_p = log_softmax(logits)
    if labels.ndim == 1 and not label_smoothing:
        return -log_p[np.arange(len(labels)), labels].sum() / log_p.dtype.type(len(labels))
    return -np.sum(_smoothed(labels, logits, label_smoothing) * log_p, axis=1).mean()


@cross_entropy.define_backward
def _cross_entropy_backward(
    dy: float, logits: Array, labels: Array, *, label_smoothing: float = 0.0
) -> Array:
    d_logits, labels = softmax(logits), np.asarray(labels)
    if labels.ndim == 1 and not label_smoothing:
        d_logits[np.arange(len(labels)), labels] -= 1
    else:
        t = _smoothed(labels, d_logits, label_smoothing)
        d_logits = d_logits * t.sum(axis=1, keepdims=True) - t
    d_logits *= dy / len(labels)
    return d_logits


@differentiable
def hinge(scores: Array, target: Array) -> Scalar:
    """Mean of max(0, 1 - t s) for targets t in {-1, +1}; both arguments of one shape.

    Source: Cortes and Vapnik (1995), Support-vector networks, section 3.
    """
    scores = as_float(scores, "scores")
    t = as_float(target, "target").astype(scores.dtype, copy=False)
    require_same_shape("hinge", scores=scores, target=t)
    if not np.all(np.abs(t) == 1):
        raise ValueError(f"hinge wants targets -1 or +1, got {t[np.abs(t) != 1].flat[0]:g}")
    return np.mean(np.maximum(0, 1 - t * scores))


@hinge.define_backward
def _hinge_backward(dy: float, scores: Array, target: Array) -> Array:
    scores = as_float(scores, "scores")
    t = as_float(target, "target").astype(scores.dtype, copy=False)
    return dy * np.where(t * scores < 1, -t, 0) / scores.size


@differentiable
def focal(logits: Array, labels: Array, *, gamma: float = 2.0) -> Scalar:
    """Cross-entropy with easy examples weighted down: mean of -(1 - p)^gamma log p.

    p is the probability given to the right class. Logits (n, n_classes), class indices (n,).

    Source: Lin et al. (2017), Focal loss for dense object detection, equation 4.
    """
    log_p = _log_p_of_label(logits, labels, gamma)
    return np.mean(-((-np.expm1(log_p)) ** gamma) * log_p)


def _log_p_of_label(logits: Array, labels: Array, gamma: float) -> Array:
    require_between("focal", "gamma", gamma, 0, math.inf)
    logits = as_float(logits, "logits")
    labels = _checked_labels("focal", logits, labels)
    if labels.ndim == 2:
        raise ValueError(f"focal wants class indices of shape (n,), got shape {labels.shape}")
    return log_softmax(logits)[np.arange(len(labels)), labels]


@focal.define_backward
def _focal_backward(dy: float, logits: Array, labels: Array, *, gamma: float = 2.0) -> Array:
    logits = as_float(logits, "logits")
    log_p = _log_p_of_label(logits, labels, gamma)
    p, q = np.exp(log_p), -np.expm1(log_p)  # q = 1 - p without cancellation
    log_p_over_q = np.divide(log_p, q, out=np.full_like(q, -1), where=q > 0)  # limit -1 at q = 0
    d_log_p = q**gamma * (gamma * p * log_p_over_q - 1)
    t = _smoothed(np.asarray(labels), logits, 0.0)
    return dy * d_log_p[:, None] * (t - softmax(logits)) / len(logits)
