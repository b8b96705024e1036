"""A notebook of solutions that obeys every rule, small enough to break in one place at a time."""

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

POINTS = {"double": 10, "Counter": 4}
DOUBLE = """\
# exercise: double
def double(x):
    \"\"\"Return twice x.\"\"\"
    ### BEGIN SOLUTION
    twice = x + x
    return twice
    ### END SOLUTION"""
COUNTER = """\
# exercise: Counter
class Counter:
    def __init__(self):
        ### BEGIN SOLUTION
        self.n_calls = 0
        ### END SOLUTION

    def step(self):
        ### BEGIN SOLUTION
        self.n_calls += 1
        ### END SOLUTION"""


STATEMENT = """\
## 1. `double` ☆

*About 5 minutes · 10 points*

Add x to itself."""
HARDER = """\
## 2. `Counter` ☆☆

*About 9 minutes · 4 points*

Count the steps."""


def cell(role, name, source, *outputs, **metadata):
    """A cell of an exercise; code that ran, or markdown."""
    metadata["nbcourse"] = {"exercise": name, "role": role}
    if role in ("statement", "explanation"):
        return new_markdown_cell(source, metadata=metadata)
    return new_code_cell(source, outputs=list(outputs), execution_count=3, metadata=metadata)


def solutions():
    """Two exercises, a function and a class, with one of everything."""
    printed = new_output("stream", text="double: all hold\n")
    return new_notebook(
        cells=[
            new_markdown_cell("# Exercises: Sample\n\nFill in, and run the next cell."),
            new_code_cell("import numpy as np\n\nfrom nbcourse.practice import check, hint"),
            cell("statement", "double", STATEMENT),
            cell("answer", "double", DOUBLE),
            cell("check", "double", "check(double)", printed),
            cell("hint", "double", "# hint(double)"),
            cell("explanation", "double", "Adding x to itself is exact.", tags=["solution"]),
            cell("statement", "Counter", HARDER),
            cell("reference", "Counter", '# Blocked?\n# double = reference("double")'),
            cell("answer", "Counter", COUNTER),
            cell("check", "Counter", "check(Counter)"),
            cell("hint", "Counter", "# hint(Counter)"),
            cell("explanation", "Counter", "State lives in self.", tags=["solution"]),
            new_markdown_cell("You can write functions now."),
        ]
    )  # fmt: skip


def place(nb, role, name="double"):
    """The index of the first cell of an exercise with this role."""
    wanted = {"exercise": name, "role": role}
    return next(k for k, each in enumerate(nb.cells) if each.metadata.get("nbcourse") == wanted)
