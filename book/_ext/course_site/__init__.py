"""The Sphinx extension of this book: what Jupyter Book lacks, one small module each.

numbering  chapters are numbered by their file names, appendices by letters
twins      the directive `twins`: a definition in NumPy and in PyTorch, in synchronized tabs
exercises  the directive `exercises`: statements; and the pages of solutions
resources  the directive `resources`: what the notebook of a page costs, as measured
diagrams   Mermaid diagrams
live       figures that can be moved
quizzes    the directives `quiz` and `predict`
bibliography  the labels of the references
pages      the look, and no request to another host
"""

from sphinx.application import Sphinx

from . import (
    bibliography,
    diagrams,
    exercises,
    live,
    numbering,
    pages,
    quizzes,
    resources,
    twins,
)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register every part with Sphinx."""
    parts = (numbering, twins, exercises, quizzes, resources, diagrams, live, bibliography, pages)
    for part in parts:
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
