"""The rules of a notebook: `python -m nbcourse.notebooks.anatomy FILE ...` names each breach.

A rule is a function whose docstring is its explanation. It yields what it finds, cell by cell.

page       a notebook seen as headings, sections and prose
structure  a chapter's sections, and what each must hold
cells      code cells: they ran, they are plain Python, their outputs can be compared
prose      sentences: numbers come from cells
rules      all of them, and `check`
"""

from nbcourse.notebooks.anatomy.rules import check

__all__ = ["check"]
