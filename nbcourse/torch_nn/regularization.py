"""Regularization: what is added to a training so that the network does well on new data."""

import math
import operator

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (PyTorch's own custom)
from torch import Tensor

from nbcourse.checks import (
    require_between,
    require_examples,
    require_images,
    require_positive,
    require_rows,
)

__all__ = ["l1_penalty", "l2_penalty", "mixup", "random_shift"]


def l1_penalty(w: Tensor, *, strength: float) -> Tensor:
    """Penalty strength * sum |w| on an array of any shape; slope 0 at 0."""
    require_between("l1_penalty", "strength", strength, 0, math.inf)
    return strength * w.abs().sum()


def l2_penalty(w: Tensor, *, strength: float) -> Tensor:
    """Penalty strength / 2 * sum w^2 on an array of any shape."""
    require_between("l2_penalty", "strength", strength, 0, math.inf)
    return 0.5 * strength * w.square().sum()


def mixup(
    x: Tensor, y_one_hot: Tensor, *, alpha: float, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Mix each example with another of the batch, inputs and targets in the same proportion."""
    require_positive("mixup", alpha=alpha)
    require_examples("mixup", x=x, y_one_hot=y_one_hot)
    require_rows("mixup", "y_one_hot", y_one_hot, len(x))
    t = y_one_hot.to(x.dtype)
    share, partner = rng.beta(alpha, alpha), torch.from_numpy(rng.permutation(len(x))).to(x.device)
    return share * x + (1 - share) * x[partner], share * t + (1 - share) * t[partner]


def random_shift(
    images: Tensor, *, max_shift: int, rng: np.random.Generator, fill: float = 0.0
) -> Tensor:
    """Move each image by up to `max_shift` pixels along both axes; `fill` comes in at the edges."""
    max_shift = operator.index(max_shift)
    require_images("random_shift", images)
    require_between("random_shift", "max_shift", max_shift, 0, math.inf)
    height, width = images.shape[-2:]
    planes = images.reshape(-1, height, width)
    shifts = rng.integers(-max_shift, max_shift + 1, (len(images), 2))
    shifts = shifts.repeat(len(planes) // len(images), axis=0)  # (planes, 2)
    padded = F.pad(planes, (max_shift,) * 4, value=fill)
    # All windows of the size of an image: (planes, 2 max_shift + 1, 2 max_shift + 1, height, width)
    windows = padded.unfold(1, height, 1).unfold(2, width, 1)
    down, right = torch.from_numpy(max_shift - shifts).to(images.device).T
    plane = torch.arange(len(planes), device=images.device)
    return windows[plane, down, right].reshape(images.shape)
