"""Tiny Sphinx projects with the extension of the course, built in a moment."""

import logging
import warnings
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """\
import sys
sys.path.insert(0, {extension!r})
extensions = ["myst_nb", "sphinx_design", "sphinx_external_toc", "sphinxcontrib.bibtex"]
extensions += ["sphinx_copybutton", "sphinx_togglebutton", "course_site"]
bibtex_bibfiles = []
nb_execution_mode = "off"
myst_enable_extensions = ["colon_fence", "dollarmath"]
html_title = "Tiny"
html_math_renderer = "katex"
html_sourcelink_suffix = ""
"""


def build(folder: Path, sources: dict[str, str], builder: str = "html", **settings: Any) -> Path:
    """Build pages from their Markdown, with warnings as errors, and return the site's folder."""
    book = folder / "book"
    book.mkdir(exist_ok=True)
    (book / "conf.py").write_text(
        CONFIG.format(extension=str(ROOT / "book" / "_ext")), encoding="utf-8"
    )
    for name, text in sources.items():
        (book / name).write_text(text, encoding="utf-8")
    names = [Path(name) for name in sources if Path(name).suffix in (".md", ".ipynb")]
    pages = [name.stem for name in names if name.stem != "index"]
    entries = "".join(f"- file: {page}\n" for page in pages)
    toc = "root: index\n" + (f"entries:\n{entries}" if pages else "")
    (book / "_toc.yml").write_text(toc, encoding="utf-8")
    target = folder / "_build" / builder
    with docutils_namespace(), warnings.catch_warnings():
        # Where torch was imported, somebody looks at all of its names, and some are deprecated.
        warnings.simplefilter("ignore", FutureWarning)
        app = Sphinx(
            book,
            book,
            target,
            folder / "_build" / "doctrees",
            builder,
            confoverrides=settings,
            status=None,
            warningiserror=True,
        )
        try:
            app.build()
        finally:  # what Sphinx has set up would turn warnings of others into errors, too
            logging.getLogger("sphinx").handlers.clear()
    return target
