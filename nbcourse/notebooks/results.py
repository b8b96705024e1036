"""Where executed notebooks and their costs are kept, and when they are out of date.

Two places: the jupyter-cache, in which Jupyter Book finds the executed notebook, and a record of
each in `_build/measured`, which its page prints and which knows what the results depend on.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nbcourse.notebooks.run import Run

CACHE = Path("_build/.jupyter_cache")  # the cache of `jupyter-book build --path-output .`
MEASURED = Path("_build/measured")
_LOCK = "requirements.lock"  # other versions of the libraries give other results


@dataclass(frozen=True)
class Record:
    """What running one notebook cost, and what its results depend on."""

    seconds: float
    peak_mib: float
    cores: int = 1
    code: str = ""  # digest of the notebook's code cells
    cached: str = ""  # where the cache keeps the executed notebook, relative to the cache
    files: dict[str, str] = field(default_factory=dict)  # files it read, with their digests


def load(stem: str, root: Path) -> Record | None:
    """The record of a notebook, if it was ever run."""
    file = root / MEASURED / f"{stem}.json"
    if not file.is_file():
        return None
    try:
        return Record(**json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError):  # written by another version of this module, or cut short
        return None


def is_fresh(path: Path, root: Path) -> bool:
    """Whether the results are there, and nothing that they depend on has changed.

    Reads no notebook library, since it decides in a moment that there is nothing to do.
    """
    record = load(path.stem, root)
    if record is None or not record.cached or not (root / CACHE / record.cached).is_file():
        return False
    try:
        code = code_digest(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError):  # not a notebook; running it will say so
        return False
    return record.code == code and record.files == file_digests(list(record.files), root)


def store(path: Path, run: Run, root: Path) -> Record:
    """Keep an executed notebook for Jupyter Book, and its record for the page and for next time."""
    from jupyter_cache import get_cache
    from jupyter_cache.base import CacheBundleIn

    cost = {"execution_seconds": run.seconds, "peak_mib": run.peak_mib}
    bundle = CacheBundleIn(run.nb, str(path.resolve()), data=cost)
    cache = get_cache(root / CACHE)
    entry = cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    record = Record(
        seconds=run.seconds,
        peak_mib=run.peak_mib,
        code=code_digest(run.nb),
        cached=f"executed/{entry.hashkey}/base.ipynb",
        files=file_digests([*run.files, _LOCK], root),
    )
    file = root / MEASURED / f"{path.stem}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asdict(record), indent=1) + "\n", encoding="utf-8")
    return record


def code_digest(nb: dict[str, Any]) -> str:
    """Digest of what the results depend on in the notebook itself: code, order, cell metadata."""
    cells = [
        ("".join(cell["source"]), cell["metadata"])
        for cell in nb["cells"]
        if cell["cell_type"] == "code"
    ]
    text = json.dumps([nb["metadata"].get("kernelspec"), cells], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def file_digests(files: list[str], root: Path) -> dict[str, str]:
    """Digest of each file below `root`; empty for a file that is gone."""
    return {name: _digest(root / name) for name in sorted(set(files))}


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16] if file.is_file() else ""
