"""What follows from the role of a cell."""

import pytest
from nbformat.v4 import new_code_cell

from nbcourse.notebooks import roles

from .worked import cell


@pytest.mark.parametrize(
    ("role", "entry"),
    [
        ("statement", {"grade": False, "grade_id": "f_statement", "locked": True}),
        ("answer", {"grade": False, "grade_id": "f", "locked": False, "task": False}),
        ("check", {"grade": True, "grade_id": "f_check", "locked": True, "task": False}),
    ],
)
def test_graded_roles_have_an_entry_for_nbgrader(role, entry):
    """Schema 3, whatever an editor wrote there; points are kept."""
    made = roles.nbgrader_entry(cell(role, "f", "f", nbgrader={"points": 10.0, "checksum": "0"}))

    points = {"points": 10} if role == "check" else {}
    assert made == entry | points | {"schema_version": 3, "solution": role == "answer"}


@pytest.mark.parametrize("role", ["hint", "reference", "explanation", "other"])
def test_other_roles_are_unknown_to_nbgrader(role):
    """They may be changed and deleted."""
    assert roles.nbgrader_entry(cell(role, "f", "f")) == {}


@pytest.mark.parametrize("entry", [{}, {"points": "many"}, {"points": 2.5}, "ten", None])
def test_a_check_without_points_has_no_entry(entry):
    """It would be refused."""
    assert roles.nbgrader_entry(cell("check", "f", "check(f)", nbgrader=entry)) == {}


@pytest.mark.parametrize("entry", [None, "check", {}, {"role": 3}, {"role": ["check"]}])
def test_metadata_of_any_form_can_be_asked(entry):
    """A file may hold anything; the rules name it later."""
    strange = new_code_cell("1", metadata={"nbcourse": entry})

    assert (roles.role_of(strange), roles.exercise_of(strange)) == ("", "")
