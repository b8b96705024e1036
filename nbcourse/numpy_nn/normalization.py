"""Normalization: layers that give their outputs mean 0 and size 1, whatever the weights before.

One formula along different axes: `BatchNorm` takes the statistics of a feature over the batch,
`LayerNorm` and `RMSNorm` those of an example over its features.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checks import (
    require_between,
    require_channels,
    require_features,
    require_positive,
    require_same_shape,
    require_several,
)
from nbcourse.numpy_nn.layers import Buffer, Layer, Linear, Parameter

Array = NDArray[Any]

__all__ = ["BatchNorm", "LayerNorm", "RMSNorm", "fold_batchnorm"]


class BatchNorm(Layer):
    """Standardize each feature over the batch, then scale by gamma and shift by beta.

    Inputs are (n, n_features), or (n, n_features, ...), where all positions of the last axes count
    as further examples. Evaluation mode uses running statistics in place of those of the batch.
    They start at mean 0 and variance 1 and move by
    running = (1 - momentum) running + momentum (statistic of the batch)
    at each forward pass in training mode. The variance is the biased one (divided by n) to
    normalize with, the unbiased one (divided by n - 1) to remember; eps is inside the root.

    Source: Ioffe and Szegedy (2015), algorithms 1 and 2.

    Raises:
        InputError: in training mode, a feature has a single value, whose variance means nothing.
    """

    def __init__(
        self,
        n_features: int,
        *,
        momentum: float = 0.1,
        eps: float = 1e-5,
        dtype: Any = np.float64,  # noqa: ANN401 (whatever NumPy takes)
    ) -> None:
        require_between("BatchNorm", "momentum", momentum, 0, 1)
        require_positive("BatchNorm", n_features=n_features, eps=eps)
        self.momentum, self.eps = momentum, eps
        self.gamma = Parameter(np.ones(n_features, dtype=dtype))
        self.beta = Parameter(np.zeros(n_features, dtype=dtype))
        self.running_mean = Buffer(np.zeros(n_features, dtype=dtype))
        self.running_var = Buffer(np.ones(n_features, dtype=dtype))

    def forward(self, x: Array) -> Array:
        """Return gamma x_hat + beta, with the statistics that belong to the mode."""
        require_channels("BatchNorm", x, len(self.gamma.data))
        rows, self.by_batch = _rows(x), self.training
        if self.by_batch:
            require_several("BatchNorm", x)
            mean = rows.mean(axis=0)
            centered = rows - mean
            var = (centered * centered).mean(axis=0)
            self._remember(mean, var * len(rows) / (len(rows) - 1))
        else:
            centered, var = rows - self.running_mean.data, self.running_var.data
        self.std = np.sqrt(var + self.eps)
        self.x_hat = centered / self.std
        return _unrows(self.x_hat * self.gamma.data + self.beta.data, x.shape)

    def _remember(self, mean: Array, var: Array) -> None:
        for running, new in ((self.running_mean, mean), (self.running_var, var)):
            running.data += self.momentum * (new - running.data)

    def backward(self, dy: Array) -> Array:
        """Add to dgamma and dbeta; return dx, in training mode through the statistics as well."""
        rows = _rows(dy)
        self.gamma.add_grad((rows * self.x_hat).sum(axis=0))
        self.beta.add_grad(rows.sum(axis=0))
        dx_hat = rows * self.gamma.data
        if self.by_batch:
            dx_hat = _remove_mean_and_share(dx_hat, self.x_hat, axis=0)
        return _unrows(dx_hat / self.std, dy.shape)


class LayerNorm(Layer):
    """Standardize each example over its features, then scale by gamma and shift by beta.

    Inputs are (..., n_features). No example depends on another, and both modes are the same.

    Source: Ba, Kiros and Hinton (2016), Layer normalization, section 3.
    """

    def __init__(
        self,
        n_features: int,
        *,
        eps: float = 1e-5,
        dtype: Any = np.float64,  # noqa: ANN401 (whatever NumPy takes)
    ) -> None:
        require_positive("LayerNorm", n_features=n_features, eps=eps)
        self.eps = eps
        self.gamma = Parameter(np.ones(n_features, dtype=dtype))
        self.beta = Parameter(np.zeros(n_features, dtype=dtype))

    def forward(self, x: Array) -> Array:
        """Return gamma x_hat + beta."""
        require_features("LayerNorm", x, len(self.gamma.data))
        centered = x - x.mean(axis=-1, keepdims=True)
        var = (centered * centered).mean(axis=-1, keepdims=True)
        self.std = np.sqrt(var + self.eps)
        self.x_hat = centered / self.std
        return self.x_hat * self.gamma.data + self.beta.data

    def backward(self, dy: Array) -> Array:
        """Add to dgamma and dbeta; return dx, through the statistics as well."""
        batch_axes = tuple(range(dy.ndim - 1))
        self.gamma.add_grad((dy * self.x_hat).sum(axis=batch_axes))
        self.beta.add_grad(dy.sum(axis=batch_axes))
        dx_hat = dy * self.gamma.data
        return _remove_mean_and_share(dx_hat, self.x_hat, axis=-1) / self.std


class RMSNorm(Layer):
    """Divide each example by the root of the mean square of its features, then scale by gamma.

    Inputs are (..., n_features). No mean is subtracted, and there is no beta.

    Source: Zhang and Sennrich (2019), Root mean square layer normalization, equation 4.
    """

    def __init__(
        self,
        n_features: int,
        *,
        eps: float = 1e-5,
        dtype: Any = np.float64,  # noqa: ANN401 (whatever NumPy takes)
    ) -> None:
        require_positive("RMSNorm", n_features=n_features, eps=eps)
        self.eps = eps
        self.gamma = Parameter(np.ones(n_features, dtype=dtype))

    def forward(self, x: Array) -> Array:
        """Return gamma x_hat."""
        require_features("RMSNorm", x, len(self.gamma.data))
        self.rms = np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + self.eps)
        self.x_hat = x / self.rms
        return self.x_hat * self.gamma.data

    def backward(self, dy: Array) -> Array:
        """Add to dgamma; return dx, through the mean square as well."""
        self.gamma.add_grad((dy * self.x_hat).sum(axis=tuple(range(dy.ndim - 1))))
        dx_hat = dy * self.gamma.data
        return _remove_share(dx_hat, self.x_hat, axis=-1) / self.rms


def fold_batchnorm(linear: Linear, norm: BatchNorm) -> Linear:
    """Return one Linear that does what `linear` and then `norm` do in evaluation mode.

    Both are affine maps there, and so is their composition: W gamma / std and
    (b - running mean) gamma / std + beta.

    Raises:
        InputError: `norm` has another number of features than `linear` has outputs.
    """
    W, b = linear.W.data, linear.b.data
    require_same_shape("fold_batchnorm", b=b, running_mean=norm.running_mean.data)
    scale = norm.gamma.data / np.sqrt(norm.running_var.data + norm.eps)
    rng = np.random.default_rng(0)  # draws nothing: all weights are replaced
    folded = Linear(*W.shape, rng=rng, initializer="zeros", dtype=W.dtype)
    folded.W.data[...] = W * scale
    folded.b.data[...] = (b - norm.running_mean.data) * scale + norm.beta.data
    return folded


def _rows(x: Array) -> Array:
    """(n, n_features, ...) as one row of features for each example and position."""
    return x if x.ndim == 2 else np.moveaxis(x, 1, -1).reshape(-1, x.shape[1])


def _unrows(rows: Array, shape: tuple[int, ...]) -> Array:
    """The rows back in the shape that they came from."""
    if len(shape) == 2:
        return rows
    return np.moveaxis(rows.reshape(shape[0], *shape[2:], shape[1]), -1, 1)


def _remove_mean_and_share(d: Array, x_hat: Array, axis: int) -> Array:
    """Take from a gradient its mean along the axis, and its component along x_hat."""
    return _remove_share(d - d.mean(axis=axis, keepdims=True), x_hat, axis)


def _remove_share(d: Array, x_hat: Array, axis: int) -> Array:
    """Take from a gradient its component along x_hat, whose mean square is 1."""
    return d - x_hat * (d * x_hat).mean(axis=axis, keepdims=True)
