"""MNIST: 70,000 handwritten digits; a sample of them ships with the package."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

import numpy as np

from nbcourse.data import mnist_files
from nbcourse.data.mnist_files import MIRRORS, cache_folder, fetch_mnist, find_files, read_files
from nbcourse.data.records import DataError, Dataset, from_images

__all__ = ["Available", "available", "cache_folder", "load_mnist"]

LICENSE = "CC BY-SA 3.0, copyright Yann LeCun and Corinna Cortes"
_EMBEDDED = "embedded/mnist/mnist_small_6k_1k.npz"
_EMBEDDED_SHA256 = "c38910324abd9b3d89c13c523446e497900dfb92e053e264967ffd5f457a5083"


def load_mnist(
    *, full: bool | Literal["auto"] = False, mirrors: Sequence[str] = MIRRORS
) -> Dataset:
    """Load the digits: 784 pixels in [0, 1] and a class from 0 to 9 each.

    By default the 6,000 + 1,000 images that ship with the package, equally many of each class: no
    network, the same for all. With `full=True` all 60,000 + 10,000, from the first place that has
    them: the folder named by NBCOURSE_DATA, the cache, the mirrors (unless NBCOURSE_OFFLINE is
    set). With `full="auto"` the full set where it can be had, else the embedded one; mirrors that
    failed in this process are not asked again.

    Raises:
        DataError: the full set was asked for and cannot be had, or a file is damaged.
    """
    if full not in (False, True, "auto"):
        raise ValueError(f"load_mnist wants full to be False, True or 'auto', got {full!r}")
    if not full:
        return _embedded()
    if local := _from_folder() or _from_cache():
        return local
    try:
        if full == "auto":
            fetch_mnist(mirrors=[m for m in mirrors if m not in mnist_files.dead_mirrors])
        else:
            fetch_mnist(mirrors=mirrors)
    except DataError:
        if full == "auto":
            return _embedded()
        raise
    return _read(find_files(cache_folder()), "full set from the cache")


def _embedded() -> Dataset:
    try:
        content = resources.files("nbcourse.data").joinpath(_EMBEDDED).read_bytes()
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() != _EMBEDDED_SHA256:
        raise DataError("the embedded MNIST subset is missing or damaged; install nbcourse again")
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        arrays = (file["x_train"], file["y_train"], file["x_test"], file["y_test"])
    return from_images(arrays, name="MNIST", source="embedded subset")


def _from_folder() -> Dataset | None:
    folder = mnist_files.data_folder()
    found = find_files(folder) if folder else []
    return _read(found, f"full set from {folder}") if found else None


def _from_cache() -> Dataset | None:
    found = find_files(cache_folder())
    try:
        return _read(found, "full set from the cache") if found else None
    except DataError:  # damaged on the disk: to be fetched again
        return None


def _read(paths: Sequence[Path], source: str) -> Dataset:
    x_train, y_train, x_test, y_test = read_files(paths)
    return from_images((x_train, y_train, x_test, y_test), name="MNIST", source=source)


@dataclass(frozen=True)
class Available:
    """One data set that can be loaded: what it is, how large, under which license, and where."""

    name: str
    content: str
    license: str
    place: str


def available() -> list[Available]:
    """List the data sets, and where each is found on this machine."""
    folder = mnist_files.data_folder()
    places = [*([folder] if folder else []), cache_folder()]
    place = next((str(p) for p in places if find_files(p)), "not fetched yet")
    return [
        Available("mnist-small", "6,000 + 1,000 digits, 1.2 MB", LICENSE, "embedded"),
        Available("mnist", "60,000 + 10,000 digits, 11.6 MB", LICENSE, place),
    ]
