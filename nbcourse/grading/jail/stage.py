"""The folder that guests see: the judge's own small modules, drivers, stand-ins, packages."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbcourse
from nbcourse.grading.errors import JailError

ROOT = Path(nbcourse.__file__).parent
STANDINS = Path(__file__).parents[1] / "standins"
_PREFIX = "nbcourse-stage-"
_DAY = 86_400  # seconds


@dataclass(frozen=True)
class Stage:
    """What a guest needs to exist.

    Attributes:
        folder: holds copies of the public modules, and links to the packages.
        path: folders for its `sys.path`.
        readable: everything that must be visible, as resolved paths.
        packages: what answers may import besides the standard library.
    """

    folder: Path
    path: tuple[str, ...]
    readable: tuple[str, ...]
    packages: tuple[str, ...]


def new_folder() -> "tempfile.TemporaryDirectory[str]":
    """A folder for a stage, readable for the spare user; those that killed processes left, go."""
    for old in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        if _is_left_over(old):
            shutil.rmtree(old, ignore_errors=True)
    folder = tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-")
    Path(folder.name).chmod(0o755)
    return folder


def _is_left_over(folder: Path) -> bool:
    """Whether it is ours, a day old, and its process has ended (one in a container may look so)."""
    try:
        pid, facts = int(folder.name.removeprefix(_PREFIX).split("-")[0]), folder.lstat()
        if facts.st_uid != os.getuid() or time.time() - facts.st_mtime < _DAY:
            return False
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError):
        return False
    return False


def build(folder: Path, packages: Iterable[str]) -> Stage:
    """Fill a folder with what guests may see, and nothing else of the course.

    References, specifications and the NumPy half of the course stay outside: they are the
    answers.

    Raises:
        JailError: a package is not installed.
    """
    names = tuple(dict.fromkeys(packages))
    modules, links = folder / "modules", folder / "packages"
    for source, target in _public_modules():
        (modules / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, modules / target)
    links.mkdir(parents=True)
    real: set[Path] = set()
    for place in sorted({place for name in names for place in places(name)}):
        (links / place.name).symlink_to(place)
        real.add(place.resolve())
    for each in (folder, *folder.rglob("*")):
        if not each.is_symlink():  # readable for the spare user, too
            each.chmod(0o755 if each.is_dir() else 0o644)
    path = (str(modules), str(links))
    return Stage(folder, path, (str(folder), *sorted(map(str, real))), names)


def _public_modules() -> Iterator[tuple[Path, Path]]:
    """Pairs of a file and its place in the stage."""
    for name in ("__init__.py", "errors.py"):
        yield ROOT / name, Path("nbcourse", name)
    yield ROOT / "grading" / "__init__.py", Path("nbcourse/grading/__init__.py")
    for package in (Path("checking"), Path("grading/guest")):
        for file in sorted((ROOT / package).glob("*.py")):
            yield file, Path("nbcourse") / package / file.name
    yield STANDINS / "empty.py", Path("nbcourse/exercises/__init__.py")
    yield STANDINS / "practice.py", Path("nbcourse/practice/__init__.py")
    for file in sorted((ROOT / "exercises").glob("*/drivers.py")):
        topic = Path("nbcourse/exercises") / file.parent.name
        yield file, topic / "drivers.py"
        yield STANDINS / "empty.py", topic / "__init__.py"
    for absent in ("matplotlib", "tqdm"):
        yield STANDINS / f"{absent}.py", Path(absent, "__init__.py")
    yield STANDINS / "matplotlib.py", Path("matplotlib/pyplot.py")
    for name in ("auto", "notebook"):
        yield STANDINS / "tqdm.py", Path("tqdm", f"{name}.py")


@cache
def places(package: str) -> frozenset[Path]:
    """The files and folders of a package, and of what it requires.

    Raises:
        JailError: it is not installed.
    """
    if importlib.util.find_spec(package) is None:
        raise JailError(f"answers may use {package}, which is not installed here")
    found: dict[str, frozenset[Path]] = {}
    distributions = importlib.metadata.packages_distributions().get(package, [])
    waiting = list(distributions)
    while waiting:
        name = re.split(r"[\s;<>=!~\[(]", waiting.pop())[0].lower().replace("_", "-")
        if name in found:
            continue
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # required only on other systems
        found[name] = frozenset(_top_level(distribution))
        waiting += [each for each in distribution.requires or () if "extra ==" not in each]
    return frozenset().union(*found.values())


def _top_level(distribution: importlib.metadata.Distribution) -> Iterator[Path]:
    for file in distribution.files or ():
        first = file.parts[0]
        if first != ".." and not first.endswith((".dist-info", ".pth")):
            place = Path(str(distribution.locate_file(first)))
            if place.exists() and first != "__pycache__":
                yield place


def interpreter() -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The Python outside of any virtual environment, its folders, and what to hide in them."""
    executable = str(Path(sys.executable).resolve())
    base = Path(sys.base_prefix).resolve()
    library = Path(sysconfig.get_path("stdlib", vars={"installed_base": str(base)})).resolve()
    visible = (str(base),) if not base.is_relative_to("/usr") else ()
    hidden = [library / "site-packages", library / "dist-packages"]
    hidden.append(Path("/usr/lib/python3/dist-packages"))
    shared = {str(folder) for folder in hidden if folder.is_dir()}
    return executable, visible, tuple(sorted(shared))
