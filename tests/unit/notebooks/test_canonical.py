"""One content, one file: what the canonical form keeps, drops, and never changes twice."""

import json

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from nbcourse.notebooks import canonical
from nbcourse.notebooks.canonical import canonicalize, to_text

PNG = "iVBORw0KGgo="
SOURCES = st.text("a#= \t\n1", max_size=12)
TEXT = st.text("ab \n", max_size=6)
DISPLAYS = st.fixed_dictionaries(
    {"output_type": st.just("display_data"), "metadata": st.just({"needs_background": "light"})}
    | {"data": st.fixed_dictionaries({}, optional={"text/plain": TEXT, "image/png": st.just(PNG)})}
)
STREAMS = st.fixed_dictionaries(
    {"output_type": st.just("stream"), "name": st.sampled_from(["stdout", "stderr"]), "text": TEXT}
)
ERROR = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": ["/me/a.py"]}
POINTS = st.integers(0, 9) | st.floats(0, 9)
METADATA = st.fixed_dictionaries(
    {},
    optional={
        "tags": st.lists(st.sampled_from(["slow", "check", "nbval-ignore-output"]), unique=True),
        "mystnb": st.just({"figure": {"name": "fig-a", "caption": "A."}}),
        "collapsed": st.booleans(),
        "nbcourse": st.fixed_dictionaries(
            {"exercise": st.just("f"), "role": st.sampled_from(["statement", "check", "hint"])}
        ),
        "nbgrader": st.fixed_dictionaries({"grade": st.booleans()}, optional={"points": POINTS}),
        "deletable": st.booleans(),
    },
)
PROSE = st.fixed_dictionaries(
    {"cell_type": st.just("markdown"), "source": SOURCES, "metadata": METADATA}
)
CODE = st.fixed_dictionaries(
    {
        "cell_type": st.just("code"),
        "source": SOURCES,
        "metadata": METADATA,
        "outputs": st.lists(DISPLAYS | STREAMS | st.just(ERROR), max_size=3),
        "execution_count": st.none() | st.integers(1, 99),
    }
)
KERNELS = st.sampled_from([{}, {"kernelspec": {"name": "venv", "display_name": "mine"}}])
NOTEBOOKS = st.builds(
    lambda cells, metadata: nbformat.from_dict(
        {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}
    ),
    st.lists(CODE | PROSE, max_size=4),
    KERNELS,
)


def code(source="1", *outputs, count=7, **metadata):
    """A cell that ran."""
    return new_code_cell(source, outputs=list(outputs), execution_count=count, metadata=metadata)


def canonical_cells(*cells):
    """The cells after canonicalization."""
    return canonicalize(new_notebook(cells=list(cells))).cells


@given(notebook=NOTEBOOKS)
def test_doing_it_twice_changes_nothing(notebook):
    """The form is a fixed point, also through a file."""
    text = to_text(notebook)

    assert to_text(nbformat.reads(text, as_version=4)) == text


@given(notebook=NOTEBOOKS)
def test_the_form_is_a_valid_notebook_and_the_original_stays(notebook):
    """Other tools can read it; the argument is not touched."""
    before = json.dumps(notebook, sort_keys=True)

    nbformat.validate(json.loads(to_text(notebook)))

    assert json.dumps(notebook, sort_keys=True) == before


@given(notebook=NOTEBOOKS)
def test_what_an_editor_adds_does_not_show(notebook):
    """Random ids, other counts and an editor's metadata give the same bytes."""
    text = to_text(notebook)
    for k, cell in enumerate(notebook.cells):
        cell.id = f"editor-{k}"
        cell.metadata["editable"] = True
        if cell.cell_type == "code" and cell.execution_count is not None:
            cell.execution_count += 100

    assert to_text(notebook) == text


def test_counts_run_from_one_but_a_cell_that_did_not_run_gets_none():
    """A count must mean that the outputs are those of the source."""
    cells = canonical_cells(code("a", count=12), code("b", count=None), code("c", count=3))

    assert [cell.execution_count for cell in cells] == [1, None, 2]


def test_a_cell_that_did_not_run_keeps_no_outputs():
    """Outputs without a count are of unknown origin."""
    (cell,) = canonical_cells(code("a", new_output("stream", text="old"), count=None))

    assert cell.outputs == []


def test_pictures_go_and_their_text_stays():
    """A figure leaves its description, a picture without text leaves nothing."""
    figure = new_output(
        "execute_result",
        data={"text/html": "<svg/>", "image/png": PNG, "text/plain": "Figure: a line"},
    )
    bare = new_output("display_data", data={"image/png": PNG})

    (cell,) = canonical_cells(code("fig", figure, bare))

    (output,) = cell.outputs
    assert output.data == {"text/plain": "Figure: a line"}


def test_glued_numbers_keep_their_name():
    """The tests compare them, and the book would find them."""
    glued = new_output(
        "display_data",
        data={"application/papermill.record/text/plain": "0.5"},
        metadata={"scrapbook": {"name": "loss", "mime_prefix": "p"}, "other": 1},
    )

    (cell,) = canonical_cells(code("glue", glued))

    (output,) = cell.outputs
    assert output.data == {"application/papermill.record/text/plain": "0.5"}
    assert output.metadata == {"scrapbook": {"name": "loss", "mime_prefix": "p"}}


def test_outputs_that_nobody_compares_are_not_stored():
    """A time would change the file at every run."""
    time = new_output("stream", text="1.234 s")

    (cell,) = canonical_cells(code("timeit", time, tags=["nbval-ignore-output"]))

    assert cell.outputs == []


def test_errors_keep_their_sentence_and_lose_their_traceback():
    """The traceback shows paths of one machine."""
    error = new_output("error", ename="ValueError", evalue="no", traceback=["/home/me/a.py"])

    (cell,) = canonical_cells(code("raise", error))

    assert cell.outputs[0].evalue == "no"
    assert cell.outputs[0].traceback == []


def test_pieces_of_a_stream_are_joined():
    """How a kernel flushes is chance."""
    pieces = [new_output("stream", name="stdout", text=text) for text in ("a\n", "b\n")]

    (cell,) = canonical_cells(code("print", *pieces))

    assert [output.text for output in cell.outputs] == ["a\nb\n"]


def test_metadata_is_a_short_list():
    """Of the notebook: kernel and language. Of a cell: tags, sorted, and options of the book."""
    figure = {"figure": {"name": "fig-a"}}
    cell = code("1", tags=["slow", "check"], mystnb=figure, editable=False)
    notebook = new_notebook(cells=[cell], metadata={"execution": {"allow_errors": True}})

    result = canonicalize(notebook)

    assert result.metadata == canonical.METADATA
    assert result.cells[0].metadata == {"tags": ["check", "slow"], "mystnb": figure}


def test_the_role_in_an_exercise_is_kept_and_the_entry_for_nbgrader_follows_from_it():
    """Authors type the role alone; points and locks are kept where they belong."""
    entry = {"grade": False, "points": 10.0, "schema_version": 1, "checksum": "0" * 32}
    check = code("check(f)", nbcourse={"exercise": "f", "role": "check"}, nbgrader=entry)
    hint = code("# hint(f)", nbcourse={"exercise": "f", "role": "hint"}, nbgrader=entry)
    for cell in (check, hint):
        cell.metadata |= {"editable": False, "deletable": False, "trusted": True}

    check, hint = canonical_cells(check, hint)

    assert check.metadata == {
        "deletable": False,
        "editable": False,
        "nbcourse": {"exercise": "f", "role": "check"},
        "nbgrader": {
            "grade": True,
            "grade_id": "f_check",
            "locked": True,
            "points": 10,
            "schema_version": 3,
            "solution": False,
            "task": False,
        },
    }
    assert hint.metadata == {"nbcourse": {"exercise": "f", "role": "hint"}}


def test_an_entry_for_nbgrader_without_a_role_goes():
    """Another tool wrote it."""
    (cell,) = canonical_cells(code("1", nbgrader={"grade": True, "grade_id": "x", "points": 1}))

    assert cell.metadata == {}


def test_blanks_at_line_ends_and_empty_cells_go():
    """What nobody sees should not differ."""
    cells = canonical_cells(code("\nx = 1  \n\ny = 2\t\n\n"), code("  \n"), new_markdown_cell(""))

    assert [cell.source for cell in cells] == ["x = 1\n\ny = 2"]


def test_equal_cells_get_different_ids_and_other_cells_keep_theirs():
    """An id depends on the cell alone; only repetitions are counted."""
    one, other, again = canonical_cells(code("a"), code("b"), code("a"))
    (alone,) = canonical_cells(code("b"))

    assert again.id == f"{one.id}-2"
    assert other.id == alone.id


def test_the_command_rewrites_and_then_finds_nothing_to_say(write, change, capsys):
    """`--check` names a file until it was rewritten, and changes nothing itself."""
    path = write("x = 1   ")
    before = path.read_text()

    assert canonical.main(["--check", str(path)]) == 1
    assert f"{path} is not in canonical form" in capsys.readouterr().err
    assert path.read_text() == before
    assert canonical.main([str(path)]) == 0
    assert canonical.main(["--check", str(path)]) == 0
    assert path.read_text().endswith("}\n")


def test_the_command_names_a_broken_file(tmp_path, capsys):
    """Exit code 1 and a sentence."""
    path = tmp_path / "broken.ipynb"
    path.write_text("{")

    assert canonical.main([str(path)]) == 1
    assert "broken.ipynb does not hold a notebook" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_execute_stores_outputs_in_the_file_and_in_the_cache_of_the_book(
    write, tmp_path, monkeypatch
):
    """After that the book does not run the notebook again."""
    from nbcourse.notebooks import results

    monkeypatch.chdir(tmp_path)
    path = write("x = 2", "print(x + 1)")

    assert canonical.main(["--execute", str(path)]) == 0

    cells = json.loads(path.read_text())["cells"]
    assert [cell.get("execution_count") for cell in cells] == [None, 1, 2]
    assert cells[2]["outputs"][0]["text"] == ["3\n"]
    assert results.is_fresh(path, tmp_path)
    assert canonical.main(["--check", str(path)]) == 0


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_notebook_that_fails_keeps_its_outputs(write, tmp_path, monkeypatch, capsys):
    """An error does not destroy what was stored."""
    monkeypatch.chdir(tmp_path)
    path = write("1 / 0")

    assert canonical.main(["--execute", str(path)]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert "ZeroDivisionError" not in path.read_text()
