"""MNIST: 70,000 handwritten digits; a sample of them ships with the package."""

import hashlib
import io
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nbcourse.data.idx import read_idx
from nbcourse.data.records import DataError, Dataset, from_images

Array = NDArray[Any]

__all__ = ["Available", "available", "fetch_mnist", "load_mnist"]

LICENCE = "CC BY-SA 3.0, copyright Yann LeCun and Corinna Cortes"
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
_EMBEDDED = "embedded/mnist/mnist_small_6k_1k.npz"
_EMBEDDED_SHA256 = "c38910324abd9b3d89c13c523446e497900dfb92e053e264967ffd5f457a5083"


@dataclass(frozen=True)
class _File:
    """One published file: SHA-256 of the .gz as mirrors serve it, and of the bytes inside."""

    name: str
    gz_sha256: str
    raw_sha256: str


_FILES = (
    _File(
        "train-images-idx3-ubyte",
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    _File(
        "train-labels-idx1-ubyte",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    _File(
        "t10k-images-idx3-ubyte",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    _File(
        "t10k-labels-idx1-ubyte",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)
_dead_mirrors: set[str] = set()  # tried in this process without success


def load_mnist(
    *, full: bool | Literal["auto"] = False, mirrors: Sequence[str] = MIRRORS
) -> Dataset:
    """Load the digits: 784 pixels in [0, 1] and a class from 0 to 9 each.

    By default the 6,000 + 1,000 images that ship with the package: no network, the same for all.
    With `full=True` all 60,000 + 10,000, from the first place that has them: the folder named by
    NBCOURSE_DATA, the cache, the mirrors (not when NBCOURSE_OFFLINE is set). With `full="auto"`
    the full set where it can be had, else the embedded one.

    Raises:
        DataError: the full set was asked for and cannot be had, or a file is damaged.
    """
    if full is False:
        return _embedded()
    try:
        return _full(mirrors)
    except DataError:
        if full == "auto":
            return _embedded()
        raise


def _embedded() -> Dataset:
    content = resources.files("nbcourse.data").joinpath(_EMBEDDED).read_bytes()
    if hashlib.sha256(content).hexdigest() != _EMBEDDED_SHA256:
        raise DataError("the embedded MNIST subset is damaged; install nbcourse again")
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        arrays = (file["x_train"], file["y_train"], file["x_test"], file["y_test"])
    return from_images(arrays, name="MNIST", source="embedded subset")


def _full(mirrors: Sequence[str]) -> Dataset:
    folder = os.environ.get("NBCOURSE_DATA")
    if folder:
        if not Path(folder).is_dir():
            raise DataError(f"NBCOURSE_DATA names {folder}, which is not a folder")
        if found := _find(Path(folder)):
            return _read(found, f"full set from {folder}")
    found = _find(_cache())
    if not found:
        fetch_mnist(mirrors=mirrors)
        found = _find(_cache())
    if not found:
        raise DataError(f"MNIST is not complete in {_cache()} after fetching it")
    return _read(found, "full set from the cache")


def _cache() -> Path:
    if folder := os.environ.get("NBCOURSE_CACHE"):
        return Path(folder) / "mnist"
    import pooch  # heavy, and needed for the full set alone

    return Path(pooch.os_cache("nbcourse")) / "mnist"


def _find(folder: Path) -> list[Path]:
    """Return the four files, raw or gzipped, if all lie in `folder` or in `folder/mnist`."""
    for place in (folder, folder / "mnist"):
        found = [
            path
            for file in _FILES
            for path in (place / file.name, place / f"{file.name}.gz")
            if path.is_file()
        ]
        names = {path.name.removesuffix(".gz") for path in found}
        if len(names) == len(_FILES):
            return [next(p for p in found if p.name.startswith(file.name)) for file in _FILES]
    return []


def _read(paths: list[Path], source: str) -> Dataset:
    x_train, y_train, x_test, y_test = (
        read_idx(path, expected_sha256=file.raw_sha256)
        for path, file in zip(paths, _FILES, strict=True)
    )
    return from_images((x_train, y_train, x_test, y_test), name="MNIST", source=source)


def fetch_mnist(*, mirrors: Sequence[str] = MIRRORS, progress: bool = False) -> Path:
    """Download the full set into the cache, unless it is there; return the folder.

    Mirrors are tried in order, each once a process. A file whose sum is wrong is not kept.

    Raises:
        DataError: no mirror gave the files, the cache cannot be written, or NBCOURSE_OFFLINE is
            set.
    """
    folder = _cache()
    if _find(folder):
        return folder
    if os.environ.get("NBCOURSE_OFFLINE"):
        raise DataError(
            f"the full MNIST is not in {folder}, and NBCOURSE_OFFLINE forbids to fetch it; "
            "put the four files there or name their folder in NBCOURSE_DATA"
        )
    _require_writable(folder)
    failures = []
    for mirror in mirrors:
        if mirror in _dead_mirrors:
            failures.append(f"{mirror} (failed before)")
            continue
        try:
            _fetch_all(mirror, folder, progress)
        except (OSError, ValueError) as error:  # requests' errors are OSErrors; a wrong sum is not
            _dead_mirrors.add(mirror)
            failures.append(f"{mirror} ({type(error).__name__})")
        else:
            return folder
    raise DataError(
        f"could not fetch the full MNIST from {', '.join(failures) or 'any mirror'}; check the "
        "network, or put the four files into a folder and name it in NBCOURSE_DATA"
    )


def _require_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise DataError(
            f"cannot write to the cache {folder}: {error.strerror}; "
            "name another folder in NBCOURSE_CACHE"
        ) from error


def _fetch_all(mirror: str, folder: Path, progress: bool) -> None:
    import pooch

    pooch.get_logger().setLevel(logging.ERROR)  # its line a file would show up in the book
    download = pooch.HTTPDownloader(timeout=20, progressbar=progress)
    for file in _FILES:
        name = f"{file.name}.gz"
        pooch.retrieve(
            mirror + name,
            known_hash=f"sha256:{file.gz_sha256}",
            fname=name,
            path=folder,
            downloader=download,
        )


@dataclass(frozen=True)
class Available:
    """One data set that can be loaded: what it is, how large, under which licence, and where."""

    name: str
    content: str
    licence: str
    place: str


def available() -> list[Available]:
    """List the data sets, and where each is found on this machine."""
    folder = os.environ.get("NBCOURSE_DATA")
    places = [Path(folder)] if folder else []
    place = next((str(p) for p in [*places, _cache()] if _find(p)), "not fetched yet")
    return [
        Available("mnist-small", "6,000 + 1,000 digits, 1.2 MB", LICENCE, "embedded"),
        Available("mnist", "60,000 + 10,000 digits, 11.6 MB", LICENCE, place),
    ]
