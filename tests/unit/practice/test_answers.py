"""Reading a student's notebook: as text, whatever the file holds."""

import json

import pytest

from nbcourse.errors import UserError
from nbcourse.practice.answers import chapter_of, locate, read


def _notebook(path, *sources, kind="code"):
    cells = [{"cell_type": kind, "source": source} for source in sources]
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return path


def test_code_cells_are_read_with_their_places(tmp_path):
    """Sources may be a text or a list of lines."""
    path = _notebook(tmp_path / "a.ipynb", "x = 1", ["y = 2\n", "z = 3"])

    assert [(c.number, c.source) for c in read(path)] == [(1, "x = 1"), (2, "y = 2\nz = 3")]


def test_lines_that_only_a_notebook_understands_are_left_out(tmp_path):
    """Magics and shell lines; whole cells of another language."""
    path = _notebook(tmp_path / "a.ipynb", "%matplotlib inline\n!pip list\nx = 5 % 2", "%%bash\nls")

    assert [c.source for c in read(path)] == ["pass\npass\nx = 5 % 2", ""]


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"cells": 3}', '{"cells": [{"cell_type": "code"}]}', "[" * 100_000, "\xff", "<p>"],
)
def test_what_is_no_notebook_is_named(tmp_path, content):
    """One sentence, whatever the file holds."""
    path = tmp_path / "a.ipynb"
    path.write_text(content, encoding="latin-1")

    with pytest.raises(UserError, match="is not a notebook"):
        read(path)


def test_missing_and_huge_files_are_named(tmp_path, monkeypatch):
    """A file of any size is not read into memory."""
    with pytest.raises(UserError, match="there is no file"):
        read(tmp_path / "none.ipynb")
    monkeypatch.setattr("nbcourse.practice.answers.MAX_BYTES", 10)
    with pytest.raises(UserError, match="MiB"):
        read(_notebook(tmp_path / "a.ipynb", "x" * 100))


def test_a_chapter_is_found_from_below_the_course(tmp_path, monkeypatch):
    """By number or topic, in `exercises` here or above."""
    (tmp_path / "exercises").mkdir()
    path = _notebook(tmp_path / "exercises" / "05_backpropagation.ipynb", "")
    (tmp_path / "deeper").mkdir()
    monkeypatch.chdir(tmp_path / "deeper")

    assert locate("05") == locate("5") == locate("backpropagation") == path
    with pytest.raises(UserError, match="there is no exercises/03_losses"):
        locate("03")
    with pytest.raises(UserError, match="there is no chapter '99'"):
        locate("99")
    assert locate("other.ipynb").name == "other.ipynb"


def test_a_renamed_notebook_is_known_by_its_cells(tmp_path):
    """Names of files are hints only."""
    path = _notebook(tmp_path / "my homework (2).ipynb", "# exercise: linear_backward\nx = 1")

    assert chapter_of(path, read(path)).topic == "backpropagation"
    other = _notebook(tmp_path / "poem.ipynb", "x = 1")
    with pytest.raises(UserError, match="belongs to no chapter"):
        chapter_of(other, read(other))
