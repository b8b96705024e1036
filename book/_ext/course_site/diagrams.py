"""Mermaid diagrams, drawn by the site's own copy of Mermaid in the colors of the theme.

A fence ```` ```mermaid ```` is a diagram; JupyterLab draws the same fence. It must carry Mermaid's
own `accTitle:` and `accDescr:`, which become the description of the picture. The library is one
classic script, so that diagrams are drawn in pages opened as files, too.
"""

import html
import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

SCRIPTS = ("vendor/mermaid/mermaid.min.js", "diagrams.js")
# Not class="mermaid": the theme inverts the colors of that class in the dark.
_MARK = '<pre class="diagram"'


def description(diagram: str) -> str:
    r"""The title and the description that a diagram gives itself.

    >>> description("flowchart LR\n accTitle: A neuron\n accDescr: x goes to y.\n x --> y")
    'A neuron: x goes to y.'

    Raises:
        ValueError: one of the two is missing.
    """
    title = re.search(r"^\s*accTitle:\s*(\S.*)$", diagram, re.MULTILINE)
    text = re.search(r"^\s*accDescr:\s*(\S.*)$", diagram, re.MULTILINE)
    if not (title and text):
        raise ValueError("a mermaid diagram needs a line 'accTitle: ...' and one 'accDescr: ...'")
    return f"{title[1].strip()}: {text[1].strip()}"


class MermaidDirective(SphinxDirective):
    """A diagram as the text that the script replaces by a drawing."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Write the source of the diagram with its description."""
        diagram = "\n".join(self.content)
        try:
            label = html.escape(description(diagram))
        except ValueError as error:
            raise self.error(str(error)) from None
        text = f'{_MARK} role="img" aria-label="{label}">{html.escape(diagram)}</pre>'
        return [nodes.raw("", text, format="html")]


def add_scripts(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the scripts on this page, if there is a diagram on it."""
    del page, template, doctree
    if _MARK in context.get("body", ""):
        for script in SCRIPTS:
            app.add_js_file(script, loading_method="defer")


def setup(app: Sphinx) -> None:
    """Register the directive and the hook."""
    app.add_directive("mermaid", MermaidDirective)
    app.connect("html-page-context", add_scripts)
