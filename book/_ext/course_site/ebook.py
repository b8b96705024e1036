"""The e-book (`make epub`): formulas as MathML, pictures for live figures, and no scripts.

Readers of e-books show MathML by themselves. What only a script can draw is left out of the file.
"""

import html
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

MATH = "mathml"


def mathml(tex: str, *, block: bool = False) -> str:
    r"""A formula as MathML.

    >>> mathml("x_1").split("<mrow>")[1]
    '<msub><mi>x</mi><mn>1</mn></msub></mrow></math>'
    """
    from latex2mathml.converter import convert

    # The library aligns in `align*` only; for us the two are the same.
    tex = re.sub(r"(begin|end)\{aligned\}", r"\1{align*}", tex)
    return str(convert(tex, display="block" if block else "inline"))


def visit_math(writer: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in a line."""
    writer.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def visit_math_block(writer: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula of its own, with its number."""
    writer.body.append(writer.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node["number"]:
        number = get_node_equation_number(writer, node)
        writer.body.append(f'<span class="eqno">({number})</span>')
    writer.body.append(mathml(node.astext(), block=True) + "</div>\n")
    raise nodes.SkipNode


def prepare(app: Sphinx) -> None:
    """Leave out what is fetched for pages only, and add the e-book's own style sheet."""
    if app.builder.name == "epub":
        app.config.html_extra_path = []
        app.add_css_file("ebook.css", priority=950)


def as_xml(text: str) -> str:
    """A piece of HTML in the form of XML, without scripts.

    >>> as_xml("<table class=a><tr><td>1<br>2</td></tr></table><script>x</script>")
    '<table class="a"><tr><td>1<br/>2</td></tr></table>'
    """
    text = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    text = re.sub(r"var\(--[\w-]+, ([^)]+)\)", r"\1", text)  # there is no theme to take colors from
    if not fault(f"<div>{text}</div>"):
        return text  # such as SVG, in which capital letters matter
    from bs4 import BeautifulSoup

    return BeautifulSoup(text, "html.parser").decode(formatter="minimal")


def tidy(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Turn the HTML that others put on a page into XML."""
    del page
    if app.builder.name == "epub":
        for raw in list(doctree.findall(nodes.raw)):
            text = as_xml(raw.astext()) if raw.get("format") == "html" else ""
            raw.replace_self(nodes.raw("", text, format="html"))


def open_tabs(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Show all tabs: there is nothing to choose with. Name no style sheet that is not packed."""
    del page, template, doctree
    if app.builder.name != "epub":
        return
    body = re.sub(r"<input\b[^>]*sd-tab[^>]*>", "", context.get("body", ""))
    context["body"] = re.sub(r' for="sd-tab-item-\d+"', "", body)
    sheets = context.get("css_files", [])
    context["css_files"] = [sheet for sheet in sheets if "mystnb." not in str(sheet.filename)]


def fault(text: str) -> str:
    """Why a page is not well-formed XML, as an e-book must be; nothing when it is.

    >>> fault("<p>a<br></p>")
    'mismatched tag: line 1, column 10'
    >>> fault("<p>a&nbsp;b &lt; c<br/></p>")
    ''
    """
    named = re.sub(
        r"&(?!(?:amp|lt|gt|quot|apos);)\w+;", lambda found: html.unescape(found[0]), text
    )
    try:
        ElementTree.fromstring(named)
    except ElementTree.ParseError as error:
        return str(error)
    return ""


def check(app: Sphinx, exception: Exception | None) -> None:
    """Refuse an e-book with a page that strict readers would not open."""
    if exception is not None or app.builder.name != "epub":
        return
    pages = sorted(Path(app.outdir).glob("*.xhtml"))
    faults = {page.name: fault(page.read_text(encoding="utf-8")) for page in pages}
    found = [f"{name}: {what}" for name, what in faults.items() if what]
    if found:
        raise SphinxError("pages of the e-book are not well-formed: " + "; ".join(found))


def setup(app: Sphinx) -> None:
    """Register the way of writing formulas and the hooks."""
    app.add_html_math_renderer(MATH, (visit_math, None), (visit_math_block, None))
    app.add_config_value("epub_math_renderer", MATH, "", [str])
    app.connect("builder-inited", prepare)
    app.connect("doctree-resolved", tidy, priority=900)
    app.connect("html-page-context", open_tabs, priority=900)
    app.connect("build-finished", check)
