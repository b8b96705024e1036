"""How a kernel starts for the book and for the tests, and what it reports at the end.

IPython runs the files of a start-up folder in every kernel. `environment` makes such a folder. It
turns on the guard, and notes which files of the repository the notebook reads: when one of them
changes, the stored results are out of date.
"""

import os
import sys
from pathlib import Path
from typing import TypedDict

from nbcourse.notebooks import guard

_STARTUP = "from nbcourse.notebooks import kernel\nkernel.start({root!r})\ndel kernel\n"
_SETTINGS = """\
c.IPKernelApp.log_level = "ERROR"
c.HistoryManager.enabled = False
c.InteractiveShell.xmode = "Minimal"  # an expected error shows its sentence, not our paths
"""
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)
_NOT_SOURCES = ("_build", "__pycache__", "node_modules")

_roots: list[Path] = []  # the repository, once `start` ran
_opened: set[str] = set()


class Report(TypedDict):
    """What a kernel says at the end: peak memory, files read, and hosts asked for in vain."""

    peak_mib: float
    files: list[str]
    refused: list[str]


def environment(root: Path) -> dict[str, str]:
    """Environment variables of a kernel: guarded, offline and on one thread.

    Args:
        root: the repository; the start-up folder is written below its `_build`.
    """
    folder = root.resolve() / "_build" / "ipython"
    profile = folder / "profile_default"
    files = {
        profile / "startup" / "00-course.py": _STARTUP.format(root=str(root.resolve())),
        profile / "ipython_kernel_config.py": _SETTINGS,
    }
    for file, text in files.items():
        if not (file.is_file() and file.read_text(encoding="utf-8") == text):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    # No progress is kept: these runs are the book's, not a learner's.
    own = {"IPYTHONDIR": str(folder), "NBCOURSE_OFFLINE": "1", "NBCOURSE_PROGRESS": os.devnull}
    return _ONE_THREAD | own


def start(root: str) -> None:
    """Guard this kernel and watch the files that it opens below `root`. Runs before any cell."""
    if not _roots:
        _roots.append(Path(root))
        guard.refuse_network()
        sys.addaudithook(_watch)


def report() -> Report:
    """What this kernel used so far.

    Raises:
        RuntimeError: when the kernel started without the guard.
    """
    if not _roots:
        raise RuntimeError("this kernel started without the course's guard.")
    modules = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    files = {_source(_roots[0], path) for path in {*_opened, *filter(None, modules)}}
    return Report(
        peak_mib=round(_peak_mib(), 1), files=sorted(files - {""}), refused=list(guard.attempts)
    )


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and isinstance(arguments[0], str):
        _opened.add(os.path.abspath(arguments[0]))  # noqa: PTH100 (pathlib would open files itself)


def _source(root: Path, path: str) -> str:
    """The path relative to the repository, or nothing when it is not one of its sources."""
    if not Path(path).is_relative_to(root) or not Path(path).is_file():
        return ""
    relative = Path(path).relative_to(root)
    hidden = any(part.startswith(".") or part in _NOT_SOURCES for part in relative.parts)
    return "" if hidden else relative.as_posix()


def _peak_mib() -> float:
    """Largest resident memory of this process so far, in MiB."""
    status = Path("/proc/self/status")
    if status.is_file():  # Linux; getrusage would count the parent process before exec
        line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # bytes on macOS
