"""The command that examines graders: silent about good ones, exact about bad ones."""

from dataclasses import replace

from nbcourse.checking import agrees, given
from nbcourse.checking.matrix import examine
from nbcourse.practice.matrix import complaints, main
from tests.unit.checking.toy import DOUBLE


def test_a_proven_grader_is_listed(capsys):
    """By exercise."""
    assert main(["linear_backward"]) == 0
    assert "all graders are proven" in capsys.readouterr().out


def test_everything_short_is_named():
    """A blind grader, with few mutants."""
    blind = agrees("zero", lambda rng: given(0.0))
    weak = replace(DOUBLE, checks=(blind,), keeps_dtype=False, hints=("One.",))
    found = "\n".join(complaints(examine(weak, n_right=1, n_wrong=1)))

    assert "squares survives 1 times" in found
    assert "squares is diagnosed 0 times only" in found
    assert "has 2 mutants; at least 5 are wanted" in found
    assert "has 1 hints" in found
