"""Definitions where a term is pointed at: links to the glossary carry the text of their entry.

`previews.js` shows it, and shows the equations and figures of the same page that a link leads to.
"""

import html
import re
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

PAGE = "glossary"
SCRIPT = "previews.js"
_LINK = re.compile(rf'(<a class="reference internal" href="{PAGE}\.html#(term-[^"]+)")')


def definitions(doctree: nodes.document) -> dict[str, str]:
    """What the first paragraph of each entry of a glossary says, by the anchor of its term."""
    found = {}
    for item in doctree.findall(nodes.definition_list_item):
        text = next(item.findall(nodes.paragraph), nodes.paragraph()).astext()
        for term in item.findall(nodes.term):
            for anchor in term["ids"]:
                found[anchor] = " ".join(text.split())
    return found


def depend_on_glossary(app: Sphinx, doctree: nodes.document) -> None:
    """Let Sphinx write a page again when it uses terms and the glossary changed."""
    used = any(link.get("reftype") == "term" for link in doctree.findall(addnodes.pending_xref))
    if used and PAGE in app.env.found_docs:
        app.env.note_dependency(str(app.env.doc2path(PAGE)))


def add_definitions(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put the definition into each link to a term, and load the script."""
    del template, doctree
    if app.builder.name != "html":
        return
    app.add_js_file(SCRIPT, loading_method="defer")
    if page == PAGE or PAGE not in app.env.found_docs or "body" not in context:
        return
    known = definitions(app.env.get_doctree(PAGE)) if _LINK.search(context["body"]) else {}

    def with_definition(link: re.Match[str]) -> str:
        text = known.get(html.unescape(link[2]))
        return f'{link[1]} data-definition="{html.escape(text)}"' if text else link[1]

    context["body"] = _LINK.sub(with_definition, context["body"])


def setup(app: Sphinx) -> None:
    """Connect the hooks."""
    app.connect("doctree-read", depend_on_glossary)
    app.connect("html-page-context", add_definitions)
