"""Runs one notebook in a kernel of its own, and says plainly what failed."""

import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from nbcourse.notebooks import kernel
from nbcourse.notebooks.files import Notebook, NotebookError, code_cell, read

TIMEOUT = 120  # seconds a cell may take
_REPORT = "import json\nfrom nbcourse.notebooks import kernel\nprint(json.dumps(kernel.report()))"


@dataclass(frozen=True)
class Run:
    """An executed notebook, the wall seconds of its cells, and what its kernel reported."""

    nb: Notebook
    seconds: float
    peak_mib: float
    files: list[str]


@dataclass
class _Progress:
    """Follows the execution: the cell that is running, and when the first and the last began."""

    index: int = 0
    began: list[float] = field(default_factory=list)

    def cell_starts(self, cell: object, cell_index: int) -> None:
        """Called by nbclient before each code cell."""
        del cell
        self.index = cell_index
        self.began.append(time.perf_counter())


def run(path: Path, root: Path) -> Run:
    """Execute the notebook at `path`, with `root` as the repository.

    Raises:
        NotebookError: a cell raised, took too long, asked for the network or killed the kernel.
    """
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    nb = read(path)
    nb.cells.append(code_cell(_REPORT))
    progress = _Progress()
    try:
        _execute(nb, path, progress, {**os.environ, **kernel.environment(root)})
    except CellExecutionError as error:
        raise _failed(path, nb, progress, f"{error.ename}: {error.evalue}") from None
    except CellTimeoutError:
        raise _failed(path, nb, progress, f"took more than {TIMEOUT} s") from None
    except DeadKernelError:
        raise _failed(path, nb, progress, "the kernel died (out of memory?)") from None
    report: kernel.Report = json.loads(nb.cells.pop().outputs[0].text)
    if report["refused"]:
        hosts = ", ".join(sorted(set(report["refused"])))
        raise NotebookError(f"{path.name} used the network: {hosts}")
    seconds = round(progress.began[-1] - progress.began[0], 2)
    return Run(nb, seconds, report["peak_mib"], report["files"])


def _execute(nb: Notebook, path: Path, progress: _Progress, env: dict[str, str]) -> None:
    """Run all cells of `nb` in the folder of its file; outputs are stored in `nb`."""
    from nbclient import NotebookClient

    NotebookClient(
        nb,
        timeout=TIMEOUT,
        kernel_name="python3",
        record_timing=False,  # times in the cell metadata would change the key of the cache
        resources={"metadata": {"path": str(path.resolve().parent)}},
        on_cell_start=progress.cell_starts,
    ).execute(env=env)


def _failed(path: Path, nb: Notebook, progress: _Progress, reason: str) -> NotebookError:
    """The error, with the source of the cell below it."""
    source = nb.cells[progress.index].source
    code = "\n".join(f"    {line}" for line in source.splitlines())
    return NotebookError(f"{path.name}, cell {progress.index + 1}: {reason}\n{code}")
