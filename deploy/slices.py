"""Deals submissions into slices, each a folder of its own: `slices/0`, `slices/1`, ...

    python deploy/slices.py SUBMISSIONS N SLICES

What stands beside each other in SUBMISSIONS stays together, so a student's folder is in one slice.
Files are linked where the file system can, else copied; either way they keep their times, which
say when they were handed in.
"""

import argparse
import itertools
import os
import shutil
import sys
from pathlib import Path

EVERYWHERE = ("submission_metadata.yml",)  # of Gradescope: whose each folder is


def deal(submissions: Path, n: int, slices: Path) -> list[int]:
    """Fill the slices; how many entries each got.

    Raises:
        SystemExit: there are no submissions, or there are slices already; with a sentence.
    """
    if not submissions.is_dir():
        sys.exit(f"{submissions} is no folder; unpack an archive first")
    if slices.exists():
        sys.exit(f"{slices} is there already; remove it first, or name another folder")
    entries = sorted(submissions.iterdir(), key=lambda entry: entry.name)
    shared = [entry for entry in entries if entry.name in EVERYWHERE]
    own = [entry for entry in entries if entry.name not in EVERYWHERE]
    bounds = [len(own) * k // n for k in range(n + 1)]
    for k, (first, last) in enumerate(itertools.pairwise(bounds)):
        place = slices / str(k)
        place.mkdir(parents=True)
        for entry in (*own[first:last], *shared):
            _put(entry, place / entry.name)
    return [last - first for first, last in itertools.pairwise(bounds)]


def _put(source: Path, target: Path) -> None:
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, target, symlinks=True, copy_function=_link)
    else:
        _link(str(source), str(target))


def _link(source: str, target: str) -> str:
    """A second name for a file, or a copy with its time; a symbolic link stays one."""
    try:
        os.link(source, target, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(source, target, follow_symlinks=False)
    return target


def main(arguments: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("submissions", type=Path)
    parser.add_argument("n", type=int)
    parser.add_argument("slices", type=Path)
    options = parser.parse_args(arguments)
    if options.n < 1:
        parser.error(f"there is at least one slice, not {options.n}")
    sizes = deal(options.submissions, options.n, options.slices)
    print(f"{sum(sizes)} entries in {options.n} slices of {min(sizes)} to {max(sizes)}")


if __name__ == "__main__":
    main()
