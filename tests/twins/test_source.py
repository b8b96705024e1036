"""Sources of the twins: found by name, with the backward pass that belongs to them."""

import pytest

from nbcourse.errors import UserError
from nbcourse.twins import TWINS, definition, names


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("twin", TWINS)
def test_every_name_has_a_source_on_both_sides(name, twin):
    """The text holds the name and begins where the line number says."""
    found = definition(name, twin)

    assert name.partition(".")[2] in found.text
    assert found.line > 1


def test_functions_come_with_their_backward_pass():
    """The attached gradient follows its function on the NumPy side alone."""
    assert "@softmax.define_backward" in definition("softmax", "NumPy").text
    assert "backward" not in definition("activations.softmax", "PyTorch").text


def test_unknown_names_are_answered_with_near_ones():
    """A slip in the name is answered with what was probably meant."""
    with pytest.raises(UserError, match=r"no 'adam'; did you mean optimizers\.Adam"):
        definition("adam", "NumPy")
    with pytest.raises(UserError, match=r"no 'zebra'; try layers\.Linear"):
        definition("zebra", "NumPy")


def test_methods_have_sources_too():
    """`layers.Linear.backward` is one method, on the side that has it."""
    found = definition("layers.Linear.backward", "NumPy")

    assert found.text.lstrip().startswith("def backward")
    assert found.last - found.line + 1 == len(found.text.splitlines())
    with pytest.raises(
        UserError, match=r"torch_nn/layers\.py has no definition of 'layers\.Linear"
    ):
        definition("layers.Linear.backward", "PyTorch")
