"""The same kernel when pytest compares the stored outputs: imported by the conftest of the book.

nbval starts its kernels with the environment of pytest, so the guard is switched on there. Pictures
are not stored (see `canonical`), so they are not compared; the text that comes with them is.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from nbcourse.notebooks.canonical import PICTURES
from nbcourse.notebooks.kernel import environment


class _Config(Protocol):
    """What is used of pytest's configuration."""

    rootpath: Path


def pytest_configure(config: _Config) -> None:
    """Kernels that start from now on are guarded, offline and on one thread."""
    os.environ.update(environment(config.rootpath))


def pytest_collection_modifyitems(items: Iterable[object]) -> None:
    """Let nbval skip pictures in every notebook that it collected."""
    for item in items:
        notebook: Any = getattr(item, "parent", None)
        if hasattr(notebook, "skip_compare"):
            notebook.skip_compare = tuple({*notebook.skip_compare, *PICTURES})
