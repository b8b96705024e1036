"""Notebooks made on the spot."""

import json

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from nbcourse.notebooks.files import text_of


@pytest.fixture
def write(tmp_path):
    """A function that writes code cells (and, with `title`, a heading before) to a notebook."""

    def write_notebook(*sources, stem="sample", title="# Sample", tags=()):
        cells = [new_markdown_cell(title)]
        cells += [new_code_cell(source, metadata={"tags": list(tags)}) for source in sources]
        path = tmp_path / "book" / f"{stem}.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text_of(new_notebook(cells=cells)), encoding="utf-8")
        return path

    return write_notebook


@pytest.fixture
def change():
    """A function that edits a notebook file as JSON."""

    def change_file(path, edit):
        content = json.loads(path.read_text(encoding="utf-8"))
        edit(content)
        path.write_text(json.dumps(content), encoding="utf-8")

    return change_file
