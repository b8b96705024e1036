"""Practice: what a learner does with the exercises, in a notebook and in a terminal.

session   `check`, `hint`, `reveal` and `reference`, as a notebook uses them
progress  a small local file on what is done
answers   the code cells of a notebook file
terminal  judge a whole notebook in a process of its own
worker    that process
matrix    the graders graded, for authors
skeleton  a new exercise, for authors
publish   exercise notebooks from solutions, for authors
"""

from nbcourse.practice.session import check, hint, reference, reveal

__all__ = ["check", "hint", "reference", "reveal"]
