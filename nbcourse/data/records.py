"""Data sets in memory: read-only arrays, and where they came from."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.errors import UserError

Array = NDArray[Any]

__all__ = ["DataError", "Dataset", "from_images"]


class DataError(UserError, ValueError):
    """A data file is missing, damaged, or not what it should be."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Training and test examples; the arrays are read-only.

    Attributes:
        x_train: inputs (n_train, n_features), float32 in [0, 1] for images.
        y_train: class indices (n_train,), int64.
        x_test: inputs (n_test, n_features).
        y_test: class indices (n_test,).
        name: what the data are.
        source: where these arrays came from.
        image_shape: shape of one image before it was flattened.
        class_names: name of each class.
    """

    x_train: Array = field(repr=False)
    y_train: Array = field(repr=False)
    x_test: Array = field(repr=False)
    y_test: Array = field(repr=False)
    name: str
    source: str
    image_shape: tuple[int, int]
    class_names: tuple[str, ...]

    def describe(self) -> str:
        """Return one line, such as `MNIST: embedded subset, 6,000 + 1,000 images`."""
        return f"{self.name}: {self.source}, {len(self.x_train):,} + {len(self.x_test):,} images"


def from_images(arrays: tuple[Array, Array, Array, Array], *, name: str, source: str) -> Dataset:
    """Build a set of digits from uint8 images (n, 28, 28) and labels (n,), train then test."""
    x_train, y_train, x_test, y_test = arrays
    for images, labels in ((x_train, y_train), (x_test, y_test)):
        if images.ndim != 3 or labels.shape != images.shape[:1]:
            raise DataError(
                f"{name} from {source} wants images (n, height, width) and as many labels, "
                f"got shapes {images.shape} and {labels.shape}"
            )
    return Dataset(
        _pixels(x_train),
        _frozen(y_train.astype(np.int64)),
        _pixels(x_test),
        _frozen(y_test.astype(np.int64)),
        name=name,
        source=source,
        image_shape=(x_train.shape[1], x_train.shape[2]),
        class_names=tuple("0123456789"),
    )


def _pixels(images: Array) -> Array:
    return _frozen(images.reshape(len(images), -1).astype(np.float32) / np.float32(255))


def _frozen(array: Array) -> Array:
    array.setflags(write=False)
    return array
