"""Results are found again by the book, and known to be out of date when anything changed."""

import json

import pytest
from nbformat.v4 import new_output

from nbcourse.notebooks import results
from nbcourse.notebooks.files import read
from nbcourse.notebooks.run import Run


@pytest.fixture
def stored(write, tmp_path):
    """A notebook whose results are stored; they depend on one file."""
    path = write("x = 1", "x + 1")
    (tmp_path / "table.json").write_text("[1]")
    nb = read(path)
    nb.cells[2].outputs = [new_output("display_data", data={"text/plain": "2"})]
    results.store(path, Run(nb, 1.5, 90.0, ["table.json"]), tmp_path)
    return path


def test_results_are_fresh_after_storing(stored, tmp_path):
    """Nothing changed, so nothing runs again."""
    assert results.is_fresh(stored, tmp_path)


def test_prose_may_change(stored, tmp_path, change):
    """A corrected sentence costs no execution."""
    change(stored, lambda nb: nb["cells"][0].update(source=["# Another title"]))

    assert results.is_fresh(stored, tmp_path)


@pytest.mark.parametrize(
    "edit",
    [
        lambda nb: nb["cells"][1].update(source=["x = 2"]),
        lambda nb: nb["cells"][1]["metadata"].update(tags=["slow"]),
        lambda nb: nb["cells"].pop(),
        lambda nb: nb["cells"].reverse(),
        lambda nb: nb["metadata"].update(kernelspec={"name": "other", "display_name": "other"}),
    ],
    ids=["code", "metadata", "fewer", "order", "kernel"],
)
def test_changed_cells_put_the_results_out_of_date(stored, tmp_path, change, edit):
    """Code, its options, its order and its kernel matter."""
    change(stored, edit)

    assert not results.is_fresh(stored, tmp_path)


@pytest.mark.parametrize("content", ["[2]", None])
def test_changed_files_put_the_results_out_of_date(stored, tmp_path, content):
    """So does a file that the notebook read, changed or gone."""
    (tmp_path / "table.json").unlink()
    if content:
        (tmp_path / "table.json").write_text(content)

    assert not results.is_fresh(stored, tmp_path)


def test_new_versions_of_the_libraries_put_the_results_out_of_date(stored, tmp_path):
    """Another NumPy may give another number."""
    (tmp_path / "requirements.lock").write_text("numpy==9.9.9\n")

    assert not results.is_fresh(stored, tmp_path)


def test_a_lost_cache_puts_the_results_out_of_date(stored, tmp_path):
    """The record alone shows no page."""
    for notebook in (tmp_path / results.CACHE).rglob("base.ipynb"):
        notebook.unlink()

    assert not results.is_fresh(stored, tmp_path)


@pytest.mark.parametrize("text", ["", "{}", '{"seconds": 1, "unknown": 2}'])
def test_a_damaged_record_is_no_record(stored, tmp_path, text):
    """Cut short, empty, or of another version."""
    (tmp_path / results.MEASURED / "sample.json").write_text(text)

    assert results.load("sample", tmp_path) is None
    assert not results.is_fresh(stored, tmp_path)


def test_a_file_that_is_no_notebook_is_not_fresh(stored, tmp_path):
    """Running it will say what is wrong."""
    stored.write_text("{")

    assert not results.is_fresh(stored, tmp_path)


def test_the_record_holds_what_the_page_prints(stored, tmp_path):
    """Seconds, peak memory, cores."""
    record = json.loads((tmp_path / results.MEASURED / "sample.json").read_text())

    assert (record["seconds"], record["peak_mib"], record["cores"]) == (1.5, 90.0, 1)


def test_the_book_finds_the_executed_notebook(stored, tmp_path):
    """The same steps as MyST-NB: read the file, match it, merge the outputs."""
    import nbformat
    from jupyter_cache import get_cache

    cache = get_cache(tmp_path / results.CACHE)
    notebook = nbformat.reads(stored.read_text(), as_version=4)

    record = cache.match_cache_notebook(notebook)
    _, merged = cache.merge_match_into_notebook(notebook)

    assert record.data["execution_seconds"] == 1.5
    assert merged.cells[2].outputs[0].data["text/plain"] == "2"


def test_storing_again_replaces_the_outputs(stored, tmp_path):
    """A run after a change of the package must not leave the old result in the cache."""
    from jupyter_cache import get_cache

    nb = read(stored)
    nb.cells[2].outputs = [new_output("display_data", data={"text/plain": "3"})]
    results.store(stored, Run(nb, 1.0, 80.0, []), tmp_path)

    _, merged = get_cache(tmp_path / results.CACHE).merge_match_into_notebook(read(stored))
    assert merged.cells[2].outputs[0].data["text/plain"] == "3"
