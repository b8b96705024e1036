"""Solution regions: found, replaced, and never overlooked because of a misspelling."""

import pytest

from nbcourse.notebooks import regions

SOURCE = """\
def f(x):
    ### BEGIN SOLUTION
    return x
    ### END SOLUTION

y = 1
"""


def test_a_region_becomes_one_line_at_its_indentation():
    """What surrounds it stays."""
    stub = '    raise NotImplementedError("f: write your answer here")'

    assert regions.blank(SOURCE, "f") == f"def f(x):\n{stub}\n\ny = 1"


def test_every_region_of_a_source_is_replaced_once():
    """A class has one a method."""
    assert regions.blank(SOURCE + SOURCE, "f").count("raise") == 2


def test_lines_are_hidden_or_open():
    """The markers are neither."""
    assert regions.hidden_lines(SOURCE) == ["    return x"]
    assert regions.open_lines(SOURCE) == ["def f(x):", "", "y = 1"]


@pytest.mark.parametrize(
    ("lines", "clause"),
    [
        (["B"], "BEGIN SOLUTION in line 1 without an END"),
        (["E"], "END SOLUTION in line 1 before any BEGIN"),
        (["E", "B"], "END SOLUTION in line 1 before any BEGIN"),
        (["B", "x", "B", "E"], "line 3 inside the region of line 1"),
        (["B", "E", "E"], "END SOLUTION in line 3 before any BEGIN"),
        (["## BEGIN SOLUTION"], "has '## BEGIN SOLUTION' in line 1, which is not exactly"),
    ],
)
def test_markers_that_do_not_match_are_found(lines, clause):
    """Unbalanced, nested, in the wrong order, misspelled."""
    letters = {"B": regions.BEGIN, "E": regions.END}
    source = "\n".join(letters.get(line, line) for line in lines)

    assert clause in next(regions.marker_faults(source))


def test_balanced_markers_are_no_fault():
    """Blanks at the end of a line are nothing that anybody sees."""
    source = SOURCE.replace("END SOLUTION", "END SOLUTION  ")

    assert list(regions.marker_faults(source + SOURCE)) == []


@pytest.mark.parametrize(
    "line",
    [
        "## BEGIN SOLUTION",
        "#### BEGIN SOLUTION",
        "###BEGIN SOLUTION",
        "### begin solution",
        "# END SOLUTION",
        "    # end of solution",
        "### BEGIN SOLUTIONS",
        "### BEGIN  SOLUTION",
        "### BEGIN_SOLUTION",
        "### BEGN SOLUTION",
        "### END SOLUTIO",
        "### END SOLUTION.",
        "return x  ### END SOLUTION",
        "x = 1  # end solution",
        "BEGIN SOLUTION",
        '"### BEGIN SOLUTION"',
    ],
)
def test_misspelled_markers_are_noticed(line):
    """They would leave a solution in place."""
    assert regions.is_near_miss(line)


@pytest.mark.parametrize(
    "line",
    [
        regions.BEGIN,
        f"        {regions.END}",
        "# the solution of a linear system",
        "## 2. `solve` ☆",
        "# begin with the last layer",
        "# end of the loop",
        "At the end, the solution is found.",
        "x = solution[-1]",
        "",
        "#",
    ],
)
def test_other_lines_are_left_alone(line):
    """A comment may speak of beginnings, ends and solutions."""
    assert not regions.is_near_miss(line)
