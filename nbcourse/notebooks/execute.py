"""Runs the notebooks whose results are missing or out of date, several at a time, longest first.

    python -m nbcourse.notebooks.execute [--jobs 2] [FILE ...]

Without files, the notebooks in the contents of the book. Call it in the root of the repository.
"""

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from tqdm import tqdm

from nbcourse.notebooks import results
from nbcourse.notebooks.files import NotebookError, notebook_path
from nbcourse.notebooks.run import run

CONTENTS = Path("book/_toc.yml")


def in_contents(contents: Path) -> list[Path]:
    """The notebooks that the table of contents names and that exist, in its order."""
    import yaml

    pages = _files(yaml.safe_load(contents.read_text(encoding="utf-8")))
    notebooks = (contents.parent / f"{page.removesuffix('.ipynb')}.ipynb" for page in pages)
    return [path for path in notebooks if path.is_file()]


def execute(paths: list[Path], *, root: Path, jobs: int = 2) -> dict[Path, str]:
    """Run what is out of date, store the results, and return the message of each failure."""
    stale = [path for path in paths if not results.is_fresh(path, root)]
    stale.sort(key=lambda path: -_expected_seconds(path, root))
    failures = {}
    with (
        ThreadPoolExecutor(max_workers=jobs) as pool,
        tqdm(total=len(stale), desc="notebooks", unit="notebook", disable=not stale) as bar,
    ):
        pending = {pool.submit(run, path, root): path for path in stale}
        for future in as_completed(pending):
            path = pending[future]
            try:
                record = results.store(path, future.result(), root)
                bar.write(f"{path.stem}: {record.seconds:.1f} s, {record.peak_mib:.0f} MiB")
            except NotebookError as failure:
                failures[path] = str(failure)
            bar.update()
    return failures


def main(arguments: list[str] | None = None) -> int:
    """Parse, run, print; 1 when a notebook failed."""
    parser = argparse.ArgumentParser(prog="python -m nbcourse.notebooks.execute")
    parser.add_argument("files", nargs="*", type=notebook_path, help="default: the whole book")
    parser.add_argument("--jobs", type=int, default=2, help="kernels at a time (default: 2)")
    options = parser.parse_args(arguments)
    failures = execute(options.files or in_contents(CONTENTS), root=Path.cwd(), jobs=options.jobs)
    for message in failures.values():
        print(f"\n{message}", file=sys.stderr)
    return int(bool(failures))


def _expected_seconds(path: Path, root: Path) -> float:
    """What it took last time; a notebook that never ran may be the longest."""
    record = results.load(path.stem, root)
    return record.seconds if record else float("inf")


def _files(node: Any) -> Iterator[str]:  # noqa: ANN401 (whatever YAML holds)
    """All file names of a table of contents, in order."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("root", "file"):
                yield value
            else:
                yield from _files(value)
    elif isinstance(node, list):
        for entry in node:
            yield from _files(entry)


if __name__ == "__main__":
    sys.exit(main())
