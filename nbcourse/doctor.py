"""Doctor: what the course needs, what this machine has, and what to do about the difference."""

import importlib.metadata
import os
import platform
import sys
from dataclasses import dataclass

__all__ = ["Finding", "examine"]

# Distribution, whether the course cannot do without it, and what pip is to be given.
_PACKAGES = (
    ("numpy", True, "numpy"),
    ("matplotlib", True, "matplotlib"),
    ("torch", False, "torch"),
    ("jupyterlab", False, "jupyterlab"),
    ("jupyter-book", False, "'jupyter-book<2'"),
    ("nbval", False, "nbval"),
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: the thing.
        found: what was found, in a few words.
        state: True for good, False for missing and needed, None for missing and optional.
        advice: what to do, empty when nothing.
    """

    what: str
    found: str
    state: bool | None
    advice: str = ""


def examine() -> list[Finding]:
    """Look at Python, the packages, the device, the data, the cache and the jail."""
    return [_python(), *(_package(*p) for p in _PACKAGES), _device(), *_data(), _cache(), _jail()]


def _python() -> Finding:
    good = sys.version_info >= (3, 11)
    return Finding(
        "Python", platform.python_version(), good, "" if good else "install 3.11 or newer"
    )


def _package(name: str, needed: bool, what: str) -> Finding:
    try:
        return Finding(name, importlib.metadata.version(name), True)
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "not installed", False if needed else None, f"pip install {what}")


def _device() -> Finding:
    try:
        from nbcourse.torch_nn import device
    except ImportError:
        return Finding("device", "CPU, by NumPy alone", None, "install torch to use a GPU")
    return Finding("device", str(device.choose("auto")), True)


def _data() -> list[Finding]:
    from nbcourse.data import DataError, available, load_mnist

    try:
        small = Finding("digits", load_mnist().describe(), True)
    except DataError as error:
        small = Finding("digits", str(error), False, "install nbcourse again")
    try:
        place = next(entry.place for entry in available() if entry.name == "mnist")
    except DataError as error:
        return [small, Finding("full MNIST", str(error), None, "set or unset NBCOURSE_DATA")]
    missing = place == "not fetched yet"
    advice = "nbcourse data fetch mnist" if missing else ""
    return [small, Finding("full MNIST", place, None if missing else True, advice)]


def _cache() -> Finding:
    from nbcourse.data.mnist_files import cache_folder

    folder = cache_folder()
    place = folder
    while not place.exists():
        place = place.parent
    good = place.is_dir() and os.access(place, os.W_OK)
    advice = "" if good else "name a writable folder in NBCOURSE_CACHE"
    return Finding("cache", str(folder), True if good else None, advice)


def _jail() -> Finding:
    """Where untrusted notebooks could be graded; proven by small attacks that have to fail."""
    from nbcourse.grading.errors import JailError
    from nbcourse.grading.jail import choose
    from nbcourse.grading.jail.canaries import CANARIES

    try:
        jail = choose("auto")
    except JailError as error:
        advice = "only to grade others' notebooks: Linux with bubblewrap and libseccomp2"
        return Finding("jail", str(error), None, advice)
    jail.close()
    return Finding("jail", f"tier {jail.name}, held against {len(CANARIES)} attacks", True)
