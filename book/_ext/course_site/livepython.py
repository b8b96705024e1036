"""The directive `live-python`: a cell of Python that is edited and run in the page.

    ```{live-python} One step of a neuron
    print(1 + 1)
    ```

JupyterLab and paper show the code, and so does a page without JavaScript. On a page with it an
editor of the same size stands there from the start. All cells of a page share one interpreter,
MicroPython, which is loaded when the first of them is run. It has `nbcourse.scalar`, and no NumPy.
"""

import html
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

_MARK = '<div class="live-python"'
_NO_SCRIPT = (
    "<noscript><style>.live-python{display:none}.live-python-code{display:block}</style></noscript>"
)


def editor(code: str, number: int, title: str) -> str:
    """The HTML of one cell: label, editor, buttons, status and output."""
    key, name = f"live-python-{number}", f"cell {number}"
    label = html.escape(f"Python {name}: {title}" if title else f"Python {name}")
    rows = code.count("\n") + 1
    buttons = "".join(
        f'<button type="button" class="live-python-{word.lower()}" disabled>{word}'
        f'<span class="live-python-name"> {name}</span></button>'
        for word in ("Run", "Stop", "Reset")
    )
    return (
        f'{_MARK} data-name="{name}">'
        f'<div class="live-python-head"><label for="{key}">{label}</label>'
        f'<span class="live-python-hint" id="{key}-hint">Shift+Enter runs it, Tab leaves it</span>'
        "</div>"
        # A line break after the tag is dropped by HTML, so code may begin with an empty line.
        f'<textarea class="live-python-editor" id="{key}" aria-describedby="{key}-hint"'
        f' rows="{rows}" wrap="off" spellcheck="false" autocapitalize="off" autocomplete="off">\n'
        f"{html.escape(code)}</textarea>"
        f'<div class="live-python-buttons">{buttons}'
        '<span class="live-python-status" role="status"></span></div>'
        f'<pre class="live-python-log" role="log" aria-label="Output of Python {name}"></pre>'
        "</div>"
    )


class LivePythonDirective(SphinxDirective):
    """Code that a reader can change and run where it stands."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Write the code block, and after it the editor that takes its place on a page."""
        code = "\n".join(self.content)
        if not code.strip():
            raise self.error("live-python wants a program")
        try:
            compile(code, "live-python", "exec")
        except SyntaxError as error:
            raise self.error(f"live-python: {error.msg}, line {error.lineno}") from None
        number = self.env.new_serialno("live-python") + 1
        block = nodes.literal_block(code, code, language="python")
        self.set_source_info(block)
        box = nodes.container("", block, classes=["live-python-code"])
        text = editor(code, number, " ".join(self.arguments))
        return [box, nodes.raw("", text + _NO_SCRIPT, format="html")]


def add_scripts(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the script of the cells on this page, if there are any."""
    del page, template, doctree
    if _MARK in context.get("body", ""):
        root = context["pathto"]("_static/live/", resource=True)
        app.add_js_file("live/python/cells.js", loading_method="defer", **{"data-live-root": root})
        app.add_css_file("livepython.css", priority=900)


def setup(app: Sphinx) -> None:
    """Register the directive and the hook."""
    app.add_directive("live-python", LivePythonDirective)
    app.connect("html-page-context", add_scripts)
