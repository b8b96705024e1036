"""Chapters can be marked as read: a button at their end, ticks in the lists of chapters.

The marks stay in the reader's browser (`progress.js`). Nothing is sent anywhere.
"""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

SCRIPT = "progress.js"
_BUTTON = """
<p class="read-mark"><button type="button" aria-pressed="false" data-page="{page}">\
I have read this chapter</button></p>
<noscript><style>.read-mark{{display:none}}</style></noscript>
"""


def is_chapter(page: str) -> bool:
    """Whether a page is a chapter, by its name.

    >>> is_chapter("05_backpropagation"), is_chapter("solutions_05_backpropagation")
    (True, False)
    """
    return re.match(r"\d+_", page) is not None


def add_button(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the script, and put the button below a chapter."""
    del template, doctree
    if app.builder.name != "html":
        return
    app.add_js_file(SCRIPT, loading_method="defer")
    if is_chapter(page) and "body" in context:
        context["body"] += _BUTTON.format(page=page)


def setup(app: Sphinx) -> None:
    """Connect the hook."""
    app.connect("html-page-context", add_button)
