"""Notebook files: what honest tools write is read, and anything else gets one sentence."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcourse.grading.submissions import notebook
from nbcourse.grading.submissions.notebook import UnreadableError, read_notebook


def _notebook(*sources, **more):
    cells = [{"cell_type": "code", "source": source, "metadata": {}} for source in sources]
    return json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, **more}).encode()


READABLE = {
    "one text a cell": _notebook("x = 1"),
    "a list of lines": _notebook(["x", " = 1"]),
    "no metadata at all": b'{"cells": [{"cell_type": "code", "source": "x = 1"}]}',
    "a mark at the start": b"\xef\xbb\xbf" + _notebook("x = 1"),
    "UTF-16": json.dumps({"cells": [{"cell_type": "code", "source": "x = 1"}]}).encode("utf-16"),
    "format 3": json.dumps(
        {"worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1"]}]}], "nbformat": 3}
    ).encode(),
    "NaN in an output": _notebook("x = 1").replace(b'"metadata": {}', b'"outputs": [NaN]'),
    "a key twice": _notebook("x = 1").replace(b'"metadata": {}', b'"source": "x = 1"'),
    "cells of other kinds": _notebook("x = 1").replace(
        b'{"cells": [', b'{"cells": [7, null, {"cell_type": "markdown", "source": "!"}, '
    ),
}


@pytest.mark.parametrize("name", READABLE)
def test_what_tools_write_is_read(name):
    """Whatever is around it, the code is found."""
    assert [source for _, source in read_notebook(READABLE[name]).cells] == ["x = 1"]


UNREADABLE = {
    "it is empty": b"",
    "it is empty, zeros": b"\0" * 100,
    "it is a web page": b"<!DOCTYPE html><html>",
    "it is an archive": b"PK\3\4 and so on",
    "it is a PDF": b"%PDF-1.7",
    "it does not begin like a notebook": b"print('hello')",
    "it is no JSON": b'{"cells": [',
    "it is JSON, but has no cells": b'{"a": 1}',
    "it is JSON, but has no cells, either": b'{"cells": "no"}',
    "it is nested more than": b'{"cells": ' + b"[" * 100_000,
    "it is no JSON: a number of": b'{"cells": [' + b"9" * 10_000 + b"]}",
    "it has 3001 cells": json.dumps({"cells": [{}] * 3001}).encode(),
    "it has more than 2,097,152 characters": _notebook("x" * 3_000_000),
}


@pytest.mark.parametrize("words", UNREADABLE)
def test_what_is_no_notebook_gets_a_sentence(words):
    """A clause that says what it is; nothing else is ever raised."""
    with pytest.raises(UnreadableError) as error:
        read_notebook(UNREADABLE[words])

    assert words.split(",")[0] in str(error.value)


def test_size_is_bounded_before_anything_is_parsed(monkeypatch):
    """A notebook full of pictures is told to clear its outputs."""
    monkeypatch.setattr(notebook, "MAX_BYTES", 1000)
    with pytest.raises(UnreadableError, match="clear its outputs"):
        read_notebook(_notebook("x" * 2000))


def test_brackets_in_texts_are_no_depth():
    """Code may be full of them."""
    source = "x = '" + "[{" * 500 + "'"

    assert read_notebook(_notebook(source)).cells == ((1, source),)


def test_half_characters_and_zeros_are_replaced():
    """What cannot be compiled or stored does not stop the rest."""
    data = b'{"cells": [{"cell_type": "code", "source": "x = \'\\ud800\\u0000\'"}]}'
    ((_, source),) = read_notebook(data).cells

    assert source.encode()
    assert "\0" not in source


def test_cells_keep_their_numbers():
    """Counted among all cells, as the student sees them."""
    data = json.dumps(
        {
            "cells": [
                {"cell_type": "markdown", "source": "# title"},
                {"cell_type": "code", "source": "x = 1"},
                {"cell_type": "code", "source": "  \n"},
                {"cell_type": "code", "source": "y = 2"},
            ]
        }
    ).encode()

    assert read_notebook(data).cells == ((2, "x = 1"), (4, "y = 2"))


_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["cells", "cell_type", "source", "input", "worksheets", "x"]), inner
        )
    ),
    max_leaves=15,
)


@given(_json | st.dictionaries(st.just("cells"), st.lists(_json, max_size=4)))
def test_any_json_is_read_or_refused(content):
    """A notebook or UnreadableError, whatever stands where a cell should."""
    try:
        found = read_notebook(json.dumps(content).encode())
    except UnreadableError:
        return
    assert all(type(number) is int and type(source) is str for number, source in found.cells)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data):
    """No other error."""
    for each in (data, b'{"cells": [' + data, _notebook("x = 1")[: len(data)]):
        try:
            read_notebook(each)
        except UnreadableError:
            continue
