"""The tools behind the chapters: everything about notebook files, nothing about neural networks.

facts      `glue`: numbers that the prose quotes from the cell that computed them
guard      no notebook touches the network
kernel     how a kernel starts for the book and for the tests, and what it reports at the end
run        runs one notebook in a kernel of its own, and says plainly what failed
results    where executed notebooks and their costs are kept, and when they are out of date
execute    runs the notebooks whose results are missing: `python -m nbcourse.notebooks.execute`
files      reading and writing them
canonical  the one form of a committed notebook: `python -m nbcourse.notebooks.canonical`
anatomy    the rules of a chapter, each a small function
roles      what a cell of an exercise notebook is for, and what nbgrader is told of it
regions    solution regions: the lines of which a student gets a single one instead
exercise_rules  the rules of a notebook of solutions
release    from solutions to exercises, a pure function
leaks      lines of a solution that are found in the notebook a student gets
under_nbval  the same kernel when pytest compares the stored outputs
"""

from nbcourse.notebooks.facts import glue

__all__ = ["glue"]
