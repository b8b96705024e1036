"""The one form of a committed notebook: the same content always gives the same bytes.

    python -m nbcourse.notebooks.canonical [--execute] [--check] FILE ...

Kept are the sources, the closed list of metadata, execution counts and the text that the tests
compare. Dropped are pictures and outputs that nobody compares: the book computes them anew.
"""

import argparse
import copy
import hashlib
import itertools
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbcourse.notebooks.files import Cell, Notebook, NotebookError, notebook_path, read, text_of
from nbcourse.notebooks.roles import LOCKED, nbgrader_entry, role_of

METADATA: dict[str, Any] = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
NOT_COMPARED = "nbval-ignore-output"
PICTURES = ("text/html", "image/svg+xml", "image/png", "image/jpeg")


def canonicalize(nb: Notebook) -> Notebook:
    """A copy of the notebook in canonical form; a cell that never ran keeps no count."""
    nb = copy.deepcopy(nb)
    nb.nbformat, nb.nbformat_minor = 4, 5
    nb.metadata = type(nb)(copy.deepcopy(METADATA))
    nb.cells = [cell for cell in nb.cells if cell.source.strip()]
    counts = iter(range(1, len(nb.cells) + 1))
    taken: set[str] = set()
    for cell in nb.cells:
        cell.source = re.sub(r"[ \t]+$", "", cell.source, flags=re.MULTILINE).strip("\n")
        cell.metadata = _metadata(cell)
        cell.id = _identifier(cell, taken)
        if cell.cell_type == "code":
            ran = cell.execution_count is not None
            cell.execution_count = next(counts) if ran else None
            cell.outputs = _outputs(cell) if ran else []
    return nb


def to_text(nb: Notebook) -> str:
    """The notebook in canonical form, as the text of its file."""
    return text_of(canonicalize(nb))


def main(arguments: list[str] | None = None) -> int:
    """Rewrite the files, or check them; 1 when one is not canonical or does not run."""
    parser = argparse.ArgumentParser(prog="python -m nbcourse.notebooks.canonical")
    parser.add_argument("files", nargs="+", type=notebook_path)
    parser.add_argument("--execute", action="store_true", help="run first, and store the outputs")
    parser.add_argument("--check", action="store_true", help="change nothing, name what differs")
    options = parser.parse_args(arguments)
    try:
        complaints = [_process(path, options) for path in options.files]
    except NotebookError as failure:
        complaints = [str(failure)]
    print("\n".join(filter(None, complaints)), end="", file=sys.stderr)
    return int(any(complaints))


def _process(path: Path, options: argparse.Namespace) -> str:
    """Check or rewrite one file, and return what is wrong with it."""
    text = to_text(read(path))
    if options.check:
        return "" if path.read_text("utf-8") == text else f"{path} is not in canonical form\n"
    path.write_text(text, encoding="utf-8")
    if options.execute:
        _execute(path)
    return ""


def _execute(path: Path) -> None:
    """Run a notebook, keep the result for the book, and write its outputs into the file."""
    from nbcourse.notebooks import results
    from nbcourse.notebooks.run import run

    finished = run(path, Path.cwd())
    if path.resolve().parent == Path.cwd() / "book":
        results.store(path, finished, Path.cwd())
    path.write_text(to_text(finished.nb), encoding="utf-8")
    print(f"{path}: {finished.seconds:.1f} s, {finished.peak_mib:.0f} MiB")


def _metadata(cell: Cell) -> dict[str, Any]:
    """Tags, sorted, the options of the book, the role in an exercise and what follows from it.

    Nothing that an editor left behind. Only a cell that an exercise locks can be locked.
    """
    metadata = cell.metadata
    tags = sorted(set(metadata.get("tags", [])))
    kept: dict[str, Any] = {"tags": tags} if tags else {}
    kept |= {key: metadata[key] for key in ("mystnb", "nbcourse") if key in metadata}
    if entry := nbgrader_entry(cell):
        kept["nbgrader"] = entry
    if role_of(cell) in LOCKED:
        locks = ("deletable", "editable")
        kept |= {key: False for key in locks if metadata.get(key, True) is False}
    return kept


def _identifier(cell: Cell, taken: set[str]) -> str:
    """An id that depends on the content alone, so that no tool can shuffle it."""
    stem = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
    name = next(name for name in _numbered(stem) if name not in taken)
    taken.add(name)
    return name


def _numbered(stem: str) -> Iterator[str]:
    yield stem
    yield from (f"{stem}-{k}" for k in itertools.count(2))


def _outputs(cell: Cell) -> list[Any]:
    """The outputs that the tests compare: streams, text, glued numbers, expected errors."""
    if NOT_COMPARED in cell.metadata.get("tags", []):
        return []
    kept: list[Any] = []
    for output in cell.outputs:
        last = kept[-1] if kept else {}
        if output.output_type == "stream" and last.get("name") == output.name:
            last["text"] += output.text
        elif output.output_type in ("stream", "error"):
            kept.append(type(output)(output))
            kept[-1].update({"traceback": []} if "ename" in output else {})  # paths of this machine
        elif data := _text_only(output.data):
            kept.append(_display(output, data, cell.execution_count))
    return kept


def _text_only(data: dict[str, Any]) -> dict[str, Any]:
    return {
        kind: content
        for kind, content in data.items()
        if kind not in PICTURES and (kind.startswith("text/") or kind.endswith("/text/plain"))
    }


def _display(output: Any, data: dict[str, Any], count: int) -> Any:  # noqa: ANN401
    """An output with its text, and of its metadata only the name of a glued number."""
    metadata = {key: output.metadata[key] for key in ("scrapbook",) if key in output.metadata}
    display = {"output_type": output.output_type, "data": data, "metadata": metadata}
    result = {"execution_count": count} if output.output_type == "execute_result" else {}
    return type(output)(display | result)


if __name__ == "__main__":
    sys.exit(main())
