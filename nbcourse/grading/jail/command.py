"""The command that starts a guest's interpreter: inside bubblewrap, or bare for the second tier."""

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbcourse.grading.errors import JailError
from nbcourse.grading.guest.lockdown import BOX
from nbcourse.grading.jail.stage import Stage, interpreter

SPARE_UID = 60999  # of nobody, so that limits that count by user count guests alone
_SYSTEM = ("/lib", "/lib64", "/lib32", "/libx32")
_ETC = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d")

# All that a guest's environment holds; nothing is inherited.
ENVIRONMENT = {
    "HOME": BOX,
    "TMPDIR": BOX,
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}


@dataclass(frozen=True)
class Launch:
    """How to start an interpreter for guests.

    Attributes:
        arguments: the program and its arguments.
        user: the uid and gid to become first; None stays who we are.
    """

    arguments: tuple[str, ...]
    user: int | None = None


def launch(
    stage: Stage,
    script: str,
    arguments: Sequence[str],
    *,
    bubblewrap: bool,
    box_mib: int = 0,
) -> Launch:
    """The command that runs a script of `nbcourse.grading.guest`, isolated from this program.

    Args:
        stage: what is visible inside.
        script: file name of the script.
        arguments: its arguments.
        bubblewrap: whether to build walls around it.
        box_mib: size of a folder to write in; 0 for none (each fork then gets its own).

    Raises:
        JailError: bubblewrap is wanted and missing, or root has no way to become somebody else.
    """
    executable, _, _ = interpreter()
    entry = str(Path(stage.path[0], "nbcourse/grading/guest", script))
    python = (executable, "-I", "-S", "-B", entry, *arguments)
    root = os.geteuid() == 0
    if not bubblewrap:
        return Launch(python, SPARE_UID if root else None)
    program = shutil.which("bwrap")
    if program is None:
        raise JailError("bubblewrap is not installed; on Debian: apt-get install bubblewrap")
    return Launch(
        (program, *_walls(stage, root, box_mib), "--", *(_setpriv() if root else ()), *python)
    )


def _walls(stage: Stage, root: bool, box_mib: int) -> Iterator[str]:
    """Bubblewrap's arguments: they are the policy."""
    yield from ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts")
    yield from ("--unshare-cgroup-try", "--die-with-parent", "--new-session")
    if not root:  # who is nobody special needs a user namespace to build the walls
        yield from ("--unshare-user", "--cap-drop", "ALL")
    yield from ("--ro-bind", "/usr", "/usr")
    for path in _SYSTEM:
        if Path(path).is_symlink():
            yield from ("--symlink", str(Path(path).readlink()), path)
        elif Path(path).is_dir():
            yield from ("--ro-bind", path, path)
    _, visible, hidden = interpreter()
    yield from _parents((*visible, *stage.readable, *_ETC))
    for path in _ETC:
        yield from ("--ro-bind-try", path, path)
    for path in visible:
        yield from ("--ro-bind", path, path)
    yield from _each("--tmpfs", hidden)
    for path in stage.readable:  # some of it may lie in what is hidden
        yield from ("--ro-bind", path, path)
    yield from _each("--remount-ro", hidden)
    yield from ("--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev")
    if box_mib:
        yield from ("--perms", "1777", "--size", str(box_mib * 2**20), "--tmpfs", BOX)
    else:
        yield from ("--perms", "0755", "--dir", BOX)
    yield from ("--chdir", BOX, "--remount-ro", "/")


def _each(option: str, paths: Sequence[str]) -> Iterator[str]:
    for path in paths:
        yield from (option, path)


def _parents(paths: Sequence[str]) -> Iterator[str]:
    """The folders above what is bound, open to everybody; bubblewrap's own are closed."""
    above = {parent for path in paths for parent in Path(path).parents}
    for folder in sorted(map(str, above - {Path("/")})):
        if not folder.startswith("/usr"):
            yield from ("--perms", "0755", "--dir", folder)


def _setpriv() -> tuple[str, ...]:
    """Bubblewrap begun by root is still root to the kernel; this is not."""
    program = shutil.which("setpriv")
    if program is None:
        raise JailError("setpriv (package util-linux) is needed to grade as root")
    return (
        program, "--reuid", str(SPARE_UID), "--regid", str(SPARE_UID), "--clear-groups",
        "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--",
    )  # fmt: skip
