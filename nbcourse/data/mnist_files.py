"""The four files in which MNIST was published: sums, where to find them, how to fetch them."""

import logging
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.data.idx import read_idx
from nbcourse.data.records import DataError

Arrays = tuple[NDArray[np.uint8], ...]

__all__ = ["FILES", "MIRRORS", "PublishedFile", "cache_folder", "fetch_mnist", "find_files"]

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
TIMEOUT = 20.0  # seconds without an answer after which a mirror counts as dead
dead_mirrors: set[str] = set()  # failed in this process; `full="auto"` leaves them alone


@dataclass(frozen=True)
class PublishedFile:
    """One published file: SHA-256 of the .gz as mirrors serve it, and of the bytes inside."""

    name: str
    gz_sha256: str
    raw_sha256: str


FILES = (
    PublishedFile(
        "train-images-idx3-ubyte",
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    PublishedFile(
        "train-labels-idx1-ubyte",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    PublishedFile(
        "t10k-images-idx3-ubyte",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    PublishedFile(
        "t10k-labels-idx1-ubyte",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)


def data_folder() -> Path | None:
    """Return the folder named by NBCOURSE_DATA, if any; raise DataError when it is none."""
    name = os.environ.get("NBCOURSE_DATA")
    if not name:
        return None
    folder = Path(name).expanduser()
    if not folder.is_dir():
        raise DataError(f"NBCOURSE_DATA names {name}, which is not a folder")
    return folder


def cache_folder() -> Path:
    """Return the folder for fetched files: below NBCOURSE_CACHE, else the user's own cache."""
    if name := os.environ.get("NBCOURSE_CACHE"):
        return Path(name).expanduser() / "mnist"
    import pooch  # heavy, and needed for the full set alone

    return Path(pooch.os_cache("nbcourse")) / "mnist"


def find_files(folder: Path) -> list[Path]:
    """Return the four files, gzipped or raw, if all lie in `folder` or in `folder/mnist`."""
    for place in (folder, folder / "mnist"):
        found = [
            next(filter(_is_file, (place / f"{file.name}.gz", place / file.name)), None)
            for file in FILES
        ]
        if all(found):
            return [path for path in found if path]
    return []


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder that may not be entered
        return False


def read_files(paths: Sequence[Path]) -> Arrays:
    """Read training images and labels, test images and labels; check their sums."""
    return tuple(
        read_idx(path, expected_sha256=file.raw_sha256)
        for path, file in zip(paths, FILES, strict=True)
    )


def fetch_mnist(*, mirrors: Sequence[str] = MIRRORS, progress: bool = False) -> Path:
    """Download the full set into the cache, unless it is there unharmed; return the folder.

    Mirrors are tried in order. A file whose sum is wrong is not kept.

    Raises:
        DataError: no mirror gave the files, the cache cannot be written, or NBCOURSE_OFFLINE is
            set.
    """
    folder = cache_folder()
    if _is_intact(folder):
        return folder
    if os.environ.get("NBCOURSE_OFFLINE"):
        raise _missing("NBCOURSE_OFFLINE forbids fetching it")
    _require_writable(folder)
    failures = []
    for mirror in mirrors:
        try:
            _fetch_all(mirror, folder, progress)
        except (OSError, ValueError) as error:
            dead_mirrors.add(mirror)
            failures.append(f"{mirror} ({_reason(error)})")
        else:
            dead_mirrors.discard(mirror)
            return folder
    raise _missing(f"it could not be fetched from {', '.join(failures) or 'any mirror'}")


def _is_intact(folder: Path) -> bool:
    try:
        return bool(read_files(find_files(folder)))
    except ValueError:  # damaged (a DataError), or not all there
        return False


def _missing(why: str) -> DataError:
    named = os.environ.get("NBCOURSE_DATA")
    places = " or ".join([*([named] if named else []), str(cache_folder())])
    return DataError(
        f"the full MNIST is not in {places}, and {why}; put its four files into a folder and "
        "name that folder in NBCOURSE_DATA"
    )


def _reason(error: Exception) -> str:
    if not isinstance(error, OSError):  # pooch's for a wrong sum; those of requests are OSErrors
        return "wrong checksum"
    return error.strerror or type(error).__name__


def _require_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise DataError(
            f"cannot write to the cache {folder}: {error.strerror}; "
            "name another folder in NBCOURSE_CACHE"
        ) from error


def _fetch_all(mirror: str, folder: Path, progress: bool) -> None:
    import pooch

    pooch.get_logger().setLevel(logging.ERROR)  # its line a file would show up in the book
    download: Any = pooch.HTTPDownloader(timeout=TIMEOUT, progressbar=progress)
    for file in FILES:
        name = f"{file.name}.gz"
        pooch.retrieve(
            f"{mirror.rstrip('/')}/{name}",
            known_hash=f"sha256:{file.gz_sha256}",
            fname=name,
            path=folder,
            downloader=download,
        )
