"""The Sphinx extension of this book: what Jupyter Book lacks, one small module each.

numbering  chapters are numbered by their file names, appendices by letters
twins      the directive `twins`: a definition in NumPy and in PyTorch, in synchronized tabs
exercises  the directive `exercises`: statements; and the pages of solutions
quizzes    the directives `quiz` and `predict`
resources  the directive `resources`: what the notebook of a page costs, as measured
diagrams   Mermaid diagrams
live       figures that can be moved
livepython cells of Python that run in the page
downloads  the archive of all notebooks, and the line of links beside `resources`
progress   chapters can be marked as read
glossary   definitions and previews where a link is pointed at
environment  the directive `environment`: the packages of requirements.lock
meta       what search engines and other programs read in the head of a page; the site map
latex      numbers and pictures for LaTeX
ebook      formulas of the e-book, and what it leaves out
bibliography  the labels of the references
mathematics  formulas, set when the site is built
styles     one style sheet for what all pages share
lean       fewer elements for what looks the same
pages      the look, no request to another host, and no script that a page has no use for
"""

from sphinx.application import Sphinx

from . import (
    bibliography,
    diagrams,
    downloads,
    ebook,
    environment,
    exercises,
    glossary,
    latex,
    lean,
    live,
    livepython,
    mathematics,
    meta,
    numbering,
    pages,
    progress,
    quizzes,
    resources,
    styles,
    twins,
)

PARTS = (
    numbering,
    twins,
    exercises,
    quizzes,
    downloads,
    resources,
    diagrams,
    live,
    livepython,
    progress,
    glossary,
    environment,
    meta,
    ebook,
    latex,
    bibliography,
    mathematics,
    styles,
    pages,
    lean,
)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register every part with Sphinx."""
    for part in PARTS:
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
