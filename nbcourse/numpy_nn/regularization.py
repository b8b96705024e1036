"""Regularization: what is added to a training so that the network does well on new data."""

import math
import operator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from nbcourse.checks import (
    require_between,
    require_examples,
    require_images,
    require_positive,
    require_rows,
)
from nbcourse.numpy_nn._function import as_float, differentiable

Array = NDArray[Any]
Scalar = np.floating[Any]

__all__ = ["l1_penalty", "l2_penalty", "mixup", "random_shift"]


@differentiable
def l1_penalty(w: Array, *, strength: float) -> Scalar:
    """Penalty strength * sum |w| on an array of any shape; slope 0 at 0.

    Source: Tibshirani (1996), Regression shrinkage and selection via the lasso.
    """
    require_between("l1_penalty", "strength", strength, 0, math.inf)
    return strength * np.abs(as_float(w, "w")).sum()


@l1_penalty.define_backward
def _l1_penalty_backward(dy: float, w: Array, *, strength: float) -> Array:
    return dy * strength * np.sign(as_float(w, "w"))


@differentiable
def l2_penalty(w: Array, *, strength: float) -> Scalar:
    """Penalty strength / 2 * sum w^2 on an array of any shape.

    Its gradient is strength * w, what `weight_decay=strength` adds in `SGD`.

    Source: Hoerl and Kennard (1970), Ridge regression.
    """
    require_between("l2_penalty", "strength", strength, 0, math.inf)
    return 0.5 * strength * np.square(as_float(w, "w")).sum()


@l2_penalty.define_backward
def _l2_penalty_backward(dy: float, w: Array, *, strength: float) -> Array:
    return dy * strength * as_float(w, "w")


def mixup(
    x: Array, y_one_hot: Array, *, alpha: float, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Mix each example with another of the batch, inputs and targets in the same proportion.

    Inputs are (n, ...), targets (n, n_classes); returns both in these shapes. One share is drawn
    for the whole batch, from the distribution Beta(alpha, alpha): with a small alpha it is mostly
    near 0 or 1, with alpha = 1 uniform.

    Source: Zhang et al. (2018), mixup: Beyond empirical risk minimization, section 2.
    """
    require_positive("mixup", alpha=alpha)
    x = as_float(x, "x")
    t = as_float(y_one_hot, "y_one_hot").astype(x.dtype, copy=False)
    require_examples("mixup", x=x, y_one_hot=t)
    require_rows("mixup", "y_one_hot", t, len(x))
    share, partner = rng.beta(alpha, alpha), rng.permutation(len(x))
    return share * x + (1 - share) * x[partner], share * t + (1 - share) * t[partner]


def random_shift(
    images: Array, *, max_shift: int, rng: np.random.Generator, fill: float = 0.0
) -> Array:
    """Move each image by up to `max_shift` pixels along both axes; `fill` comes in at the edges.

    Images are (n, ..., height, width) and stay so; all channels of an image move together. Pixels
    that leave on one side do not come back on the other.
    """
    images, max_shift = np.asarray(images), operator.index(max_shift)
    require_images("random_shift", images)
    require_between("random_shift", "max_shift", max_shift, 0, math.inf)
    height, width = images.shape[-2:]
    planes = images.reshape(-1, height, width)
    shifts = rng.integers(-max_shift, max_shift + 1, (len(images), 2))
    shifts = shifts.repeat(len(planes) // len(images), axis=0)  # (planes, 2)
    edge = (max_shift, max_shift)
    padded = np.pad(planes, ((0, 0), edge, edge), constant_values=fill)
    # All windows of the size of an image: (planes, 2 max_shift + 1, 2 max_shift + 1, height, width)
    windows = sliding_window_view(padded, (height, width), axis=(1, 2))
    down, right = (max_shift - shifts).T
    return windows[np.arange(len(planes)), down, right].reshape(images.shape)
