"""Losses: one number that says how wrong the predictions are, averaged over the batch."""

import math
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (PyTorch's own custom)
from torch import Tensor

from nbcourse.checks import (
    require_between,
    require_label_shape,
    require_labels,
    require_positive,
    require_same_shape,
)

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


def _looks_at_values(x: Tensor) -> bool:
    # On a GPU a look at the values waits for the device; on meta there are none.
    return x.device.type == "cpu"


def mse(prediction: Tensor, target: Tensor) -> Tensor:
    """Mean squared error over all elements; both arguments of one shape."""
    require_same_shape("mse", prediction=prediction, target=target)
    return F.mse_loss(prediction, target.to(prediction.dtype))


def mae(prediction: Tensor, target: Tensor) -> Tensor:
    """Mean absolute error over all elements; both arguments of one shape; slope 0 at 0."""
    require_same_shape("mae", prediction=prediction, target=target)
    return F.l1_loss(prediction, target.to(prediction.dtype))


def huber(prediction: Tensor, target: Tensor, *, delta: float = 1.0) -> Tensor:
    """Squared error (halved) up to `delta`, linear beyond, averaged over all elements."""
    require_positive("huber", delta=delta)
    require_same_shape("huber", prediction=prediction, target=target)
    return F.huber_loss(prediction, target.to(prediction.dtype), delta=delta)


def gaussian_nll(mu: Tensor, log_sigma: Tensor, target: Tensor) -> Tensor:
    """Mean negative log-likelihood, in nats, of `target` under N(mu, exp(log_sigma)^2)."""
    require_same_shape("gaussian_nll", mu=mu, log_sigma=log_sigma, target=target)
    # torch's own gaussian_nll_loss takes the variance, which overflows before log_sigma does.
    scaled = (mu - target.to(mu.dtype)) * torch.exp(-log_sigma)
    return torch.mean(log_sigma + 0.5 * scaled**2) + 0.5 * math.log(2 * math.pi)


def bce_with_logits(logits: Tensor, target: Tensor) -> Tensor:
    """Mean binary cross-entropy, in nats, of probabilities sigmoid(logits)."""
    require_same_shape("bce_with_logits", logits=logits, target=target)
    target = target.to(logits.dtype)
    if _looks_at_values(target):
        low, high = torch.aminmax(target)
        require_between("bce_with_logits", "the smallest target", float(low), 0, 1)
        require_between("bce_with_logits", "the largest target", float(high), 0, 1)
    return F.binary_cross_entropy_with_logits(logits, target)


def _checked_labels(where: str, logits: Tensor, labels: Tensor) -> Tensor:
    """Return class indices (n,) as int64, or probabilities (n, n_classes) as they are."""
    require_label_shape(where, logits, labels)
    if labels.ndim == 2:
        return labels.to(logits.dtype)
    if labels.is_floating_point():
        raise TypeError(f"{where} wants integer class labels, got dtype {labels.dtype}")
    return labels.long()


def _cross_entropy(where: str, logits: Tensor, labels: Tensor, **options: Any) -> Tensor:  # noqa: ANN401
    try:
        return F.cross_entropy(logits, labels, **options)
    except (IndexError, RuntimeError):  # looked at only now: a look at each batch takes time
        if labels.ndim == 1 and _looks_at_values(labels):
            low, high = torch.aminmax(labels)
            require_labels(where, int(low), int(high), logits.shape[1])
        raise


def cross_entropy(logits: Tensor, labels: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
    """Mean cross-entropy, in nats, of softmax(logits) against the labels."""
    require_between("cross_entropy", "label_smoothing", label_smoothing, 0, 1)
    labels = _checked_labels("cross_entropy", logits, labels)
    return _cross_entropy("cross_entropy", logits, labels, label_smoothing=label_smoothing)


def hinge(scores: Tensor, target: Tensor) -> Tensor:
    """Mean of max(0, 1 - t s) for targets t in {-1, +1}; both arguments of one shape."""
    require_same_shape("hinge", scores=scores, target=target)
    if _looks_at_values(target) and bool((target.abs() != 1).any()):
        wrong = float(target[target.abs() != 1].flatten()[0])
        raise ValueError(f"hinge wants targets -1 or +1, got {wrong:g}")
    return torch.relu(1 - target.to(scores.dtype) * scores).mean()


def focal(logits: Tensor, labels: Tensor, *, gamma: float = 2.0) -> Tensor:
    """Cross-entropy with easy examples weighted down: mean of -(1 - p)^gamma log p."""
    require_between("focal", "gamma", gamma, 0, math.inf)
    labels = _checked_labels("focal", logits, labels)
    if labels.ndim == 2:
        raise ValueError(f"focal wants class indices of shape (n,), got {tuple(labels.shape)}")
    log_p = -_cross_entropy("focal", logits, labels, reduction="none")
    return torch.mean(-((-torch.expm1(log_p)) ** gamma) * log_p)
