"""Elements of HTML as nodes of a document: a quiz on a page, plain text where nobody can answer.

A node of the class `Markup` or `Phrase` is one element. What only a browser can use (`interactive`)
is left out of e-books and paper; there the element of another one is the harmless `plain`.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


class Markup(nodes.General, nodes.Element):
    """One element of HTML with what is in it."""


class Phrase(nodes.General, nodes.TextElement):
    """The same with text in it, which Sphinx must know: references stand in texts alone."""


def element(tag: str, *children: nodes.Node | str, **attributes: str) -> nodes.Element:
    """An element; `class_` and `for_` stand for the words that Python keeps, `_` for a hyphen.

    >>> element("p", "text", class_="quiz-ask", data_kind="number")["html"]
    {'class': 'quiz-ask', 'data-kind': 'number'}
    """
    named = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    ids = [named.pop("id")] if "id" in named else []
    parts = [nodes.Text(child) if isinstance(child, str) else child for child in children]
    kind = Phrase if any(isinstance(part, nodes.Text | nodes.Inline) for part in parts) else Markup
    node = kind("", tag=tag, html=named, plain=_PLAIN.get(tag, tag), ids=ids)
    node += parts
    return node


def control(tag: str, *children: nodes.Node | str, **attributes: str) -> nodes.Element:
    """An element that only a browser with JavaScript can use."""
    kind = f"quiz-control {attributes.pop('class_', '')}".strip()
    node = element(tag, *children, class_=kind, **attributes)
    node["interactive"] = True
    return node


_PLAIN = {"form": "div", "fieldset": "div", "legend": "p", "label": "span"}
_EMPTY = ("input",)


def _visit_html(translator: Any, node: nodes.Element) -> None:  # noqa: ANN401 (Sphinx's own class)
    """Write the start tag; an e-book has no forms."""
    is_page = translator.builder.name != "epub"
    if node.get("interactive") and not is_page:
        raise nodes.SkipNode
    tag = node["tag"] if is_page else node["plain"]
    write = translator.emptytag if tag in _EMPTY else translator.starttag
    translator.body.append(write(node, tag, "", **node["html"]))
    node["closing"] = "" if tag in _EMPTY else f"</{tag}>\n"


def _depart_html(translator: Any, node: nodes.Element) -> None:  # noqa: ANN401
    translator.body.append(node["closing"])


def _visit_other(translator: Any, node: nodes.Element) -> None:  # noqa: ANN401
    """On paper and in plain text there is only what is in it."""
    del translator
    if node.get("interactive"):
        raise nodes.SkipNode


def _depart_other(translator: Any, node: nodes.Element) -> None:  # noqa: ANN401
    del translator, node


def setup(app: Sphinx) -> None:
    """Register the nodes with every builder."""
    other = (_visit_other, _depart_other)
    html = (_visit_html, _depart_html)
    for node in (Markup, Phrase):
        app.add_node(node, html=html, latex=other, text=other, man=other, texinfo=other)
