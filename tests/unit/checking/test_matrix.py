"""The matrix: it proves a good grader, and finds the fault of a bad one."""

from dataclasses import replace

from nbcourse.checking import Mutant, agrees, given
from nbcourse.checking.matrix import examine
from tests.unit.checking.toy import DOUBLE, squares


def test_a_good_grader_is_proven():
    """No right answer rejected, every mutant killed with its own sentence."""
    matrix = examine(DOUBLE, n_right=3, n_wrong=2)

    assert matrix.rejected == ()
    assert matrix.n_right == 12
    assert all(row.killed == row.diagnosed == row.n_keys == 2 for row in matrix.rows)


def test_a_right_answer_that_is_rejected_is_named():
    """A wrong function among the right ones."""
    matrix = examine(replace(DOUBLE, solutions=(squares.function,)), n_right=2, n_wrong=1)

    assert len(matrix.rejected) == 2
    assert "squares is rejected on 2 of 2 keys in float64" in matrix.rejected[0]


def test_a_wrong_oracle_is_named():
    """The reference must pass what is worked by hand."""
    matrix = examine(replace(DOUBLE, reference=squares.function), n_right=1, n_wrong=1)

    assert any("the reference fails: three becomes six" in text for text in matrix.rejected)


def test_a_blind_grader_lets_mutants_live():
    """Checks at zero cannot tell doubling from squaring."""
    blind = agrees("zero", lambda rng: given(0.0))
    matrix = examine(replace(DOUBLE, checks=(blind,), keeps_dtype=False), n_right=1, n_wrong=1)

    assert matrix.rows[0].killed == 0


def test_a_shared_sentence_is_noticed():
    """Two mutants that compute the same cannot both be diagnosed."""
    twin = Mutant(lambda x: x**2, "You took a power.")
    matrix = examine(replace(DOUBLE, mutants=(squares, twin)), n_right=1, n_wrong=1)

    assert [row.diagnosed for row in matrix.rows] == [1, 0]
