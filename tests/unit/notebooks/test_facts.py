"""Glued numbers: rounded, readable by MyST-NB, shown nowhere."""

from ast import literal_eval

import numpy as np
import pytest

from nbcourse.notebooks import glue


@pytest.fixture
def glued(monkeypatch):
    """A function that glues, and returns the data and the metadata of the one output."""

    def glue_and_catch(*arguments, **options):
        outputs = []
        monkeypatch.setattr(
            "IPython.display.publish_display_data",
            lambda data, metadata: outputs.append((data, metadata)),
        )
        glue(*arguments, **options)
        (output,) = outputs
        return output

    return glue_and_catch


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (0.123456, 0.1235),
        (np.float32(97.4321), 97.43),
        (np.float64(-3.3e-17), -3.3e-17),
        (np.array(2.5), 2.5),
        (np.int64(60000), 60000),
        (101770, 101770),
        (True, True),
        ("Adam", "Adam"),
    ],
)
def test_values_are_stored_as_plain_literals_with_four_digits(glued, value, stored):
    """No NumPy type and no sixteenth digit reaches the notebook."""
    data, _ = glued("name", value)

    assert literal_eval(data["application/papermill.record/text/plain"]) == stored


def test_noisy_results_can_keep_fewer_digits(glued):
    """A result that depends on the processor is glued as far as it is certain."""
    data, _ = glued("accuracy", 93.4567, digits=2)

    assert data["application/papermill.record/text/plain"] == "93.0"


def test_the_book_finds_the_value_under_its_name(glued):
    """MyST-NB itself reads the output, and shows nothing of it on the page."""
    from logging import getLogger

    from myst_nb.ext.glue import extract_glue_data
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    data, metadata = glued("loss", 0.5)
    cell = new_code_cell(outputs=[new_output("display_data", data=data, metadata=metadata)])

    found = extract_glue_data(new_notebook(cells=[cell]), [0], getLogger())

    assert found["loss"]["data"]["text/plain"] == "0.5"
    assert cell.outputs == []


@pytest.mark.parametrize("value", [None, [1.0, 2.0], {"a": 1}, 1j])
def test_what_a_sentence_cannot_quote_is_refused(value):
    """Lists and missing results are named in the error."""
    with pytest.raises(TypeError, match=r"glue\('name', \.\.\.\) takes a number or a string, got"):
        glue("name", value)
