"""The Sphinx extension of this book: what Jupyter Book lacks, one small module each.

numbering  chapters are numbered by their file names, appendices by letters
twins      the directive `twins`: a definition in NumPy and in PyTorch, in synchronized tabs
exercises  the directive `exercises`: statements; and the pages of solutions
resources  the directive `resources`: what the notebook of a page costs, as measured
diagrams   Mermaid diagrams
live       figures that can be moved
bibliography  the labels of the references
mathematics  formulas, set when the site is built
styles     one style sheet for what all pages share
pages      the look, no request to another host, and no script that a page has no use for
"""

from sphinx.application import Sphinx

from . import (
    bibliography,
    diagrams,
    exercises,
    live,
    mathematics,
    numbering,
    pages,
    resources,
    styles,
    twins,
)

PARTS = (
    numbering,
    twins,
    exercises,
    resources,
    diagrams,
    live,
    bibliography,
    mathematics,
    styles,
    pages,
)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register every part with Sphinx."""
    for part in PARTS:
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
