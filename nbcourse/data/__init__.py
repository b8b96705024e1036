"""Data: digits that ship with the package, toy sets in the plane, batches and splits.

`load_mnist` gives the embedded digits, or all of MNIST when asked; `idx` reads the files in which
MNIST was published; `synthetic` makes problems in the plane; `batches` deals examples out.
"""

from nbcourse.data.batches import batches, train_validation_split
from nbcourse.data.idx import read_idx
from nbcourse.data.mnist import Available, available, load_mnist
from nbcourse.data.mnist_files import fetch_mnist
from nbcourse.data.records import DataError, Dataset
from nbcourse.data.synthetic import (
    blobs,
    linearly_separable,
    noisy_line,
    noisy_sine,
    spirals,
    two_moons,
    xor,
)

__all__ = [
    "Available",
    "DataError",
    "Dataset",
    "available",
    "batches",
    "blobs",
    "fetch_mnist",
    "linearly_separable",
    "load_mnist",
    "noisy_line",
    "noisy_sine",
    "read_idx",
    "spirals",
    "train_validation_split",
    "two_moons",
    "xor",
]
