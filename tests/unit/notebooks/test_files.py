"""Reading and writing notebook files."""

from argparse import ArgumentTypeError

import pytest

from nbcourse.notebooks import files


@pytest.mark.parametrize("text", ["", "{", "[]", '"text"', '{"cells": 1'])
def test_a_file_that_is_no_notebook_is_named(tmp_path, text):
    """One sentence instead of a parser's traceback."""
    path = tmp_path / "broken.ipynb"
    path.write_text(text)

    with pytest.raises(files.NotebookError, match=r"broken\.ipynb does not hold a notebook"):
        files.read(path)


def test_writing_and_reading_again_changes_nothing(write):
    """Text and notebook correspond."""
    path = write("x = 1\nx")

    assert files.text_of(files.read(path)) == path.read_text()


@pytest.mark.parametrize("name", ["missing.ipynb", "notes.md"])
def test_arguments_must_be_notebooks_that_exist(tmp_path, name):
    """A typing error is reported as such."""
    (tmp_path / "notes.md").touch()

    with pytest.raises(ArgumentTypeError, match="is not a notebook file"):
        files.notebook_path(str(tmp_path / name))
