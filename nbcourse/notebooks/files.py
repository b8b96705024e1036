"""Reading and writing notebook files: the one place that needs nbformat."""

from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any, TypeAlias

Notebook: TypeAlias = Any  # nested dictionaries whose entries are attributes too
Cell: TypeAlias = Any


class NotebookError(Exception):
    """A notebook cannot be read, or did not run to its end; the message names it."""


def read(path: Path) -> Notebook:
    """The notebook in a file, brought to format 4.5, each source as one string.

    Raises:
        NotebookError: when the file does not hold a notebook.
    """
    import nbformat

    try:
        return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except (ValueError, AttributeError, KeyError) as error:
        raise NotebookError(f"{path} does not hold a notebook: {str(error)[:80]}") from error


def notebook_path(argument: str) -> Path:
    """An argument of a command, which must name a notebook that exists.

    Raises:
        ArgumentTypeError: when it does not.
    """
    path = Path(argument)
    if path.suffix != ".ipynb" or not path.is_file():
        raise ArgumentTypeError(f"{argument} is not a notebook file (.ipynb)")
    return path


def text_of(nb: Notebook) -> str:
    """The text of a notebook's file, as it is: keys sorted, one line a source line."""
    import nbformat

    text: str = nbformat.writes(nb, version=nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]
    return text.rstrip("\n") + "\n"


def code_cell(source: str) -> Cell:
    """A code cell that has not run."""
    import nbformat

    return nbformat.v4.new_code_cell(source)  # type: ignore[no-untyped-call]
