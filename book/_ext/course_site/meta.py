"""What other programs read of a page: a description, a card for links to it, and a map of the site.

Addresses in them must be whole, so they are written only where `html.baseurl` is set in
`_config.yml`; title and description are always there.
"""

import html
import posixpath
import re
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from docutils import nodes
from sphinx.application import Sphinx

CARD = "_static/card.png"
CARD_SIZE = (1200, 630)  # pixels, what most programs show without cutting
LONGEST = 160  # characters; search engines cut what is longer
_GOAL = "Goal:"


def shorten(text: str, longest: int = LONGEST) -> str:
    """The sentences of `text` that fit, or else as many words as fit.

    >>> shorten("One. Two three.", 8)
    'One.'
    >>> shorten("One two three", 10)
    'One two …'
    """
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    sentences = re.match(rf"(.{{1,{longest - 1}}}[.?])(?= )", text)
    return sentences[1] if sentences else text[: longest - 1].rsplit(" ", 1)[0] + " …"


def description(doctree: nodes.document) -> str:
    """The goal of a chapter, or the first paragraph of another page, in a line."""
    paragraphs = list(doctree.findall(nodes.paragraph))
    texts = [paragraph.astext() for paragraph in paragraphs]
    goals = [text.removeprefix(_GOAL) for text in texts if text.startswith(_GOAL)]
    plain = [
        text
        for paragraph, text in zip(paragraphs, texts, strict=True)
        if isinstance(paragraph.parent, nodes.section) and not paragraph["classes"]
    ]
    return shorten(next(iter([*goals, *plain, *texts]), ""))


def tags(base: str, address: str, title: str, text: str, site: str) -> str:
    """The tags for the head of a page.

    Args:
        base: the address of the site, or nothing.
        address: of the page in the site.
        title: of the page, as plain text.
        text: its description.
        site: the name of the site.
    """
    named = {"description": text, "twitter:card": "summary"}
    properties = {
        "og:title": title,
        "og:site_name": site,
        "og:type": "article",
        "og:description": text,
    }
    if base:
        named["twitter:card"] = "summary_large_image"
        properties |= {
            "og:url": posixpath.join(base, address),
            "og:image": posixpath.join(base, CARD),
            "og:image:alt": f"{site}: a curve made of straight pieces",
            "og:image:width": str(CARD_SIZE[0]),
            "og:image:height": str(CARD_SIZE[1]),
        }
    pairs = [("name", *pair) for pair in named.items() if pair[1]]
    pairs += [("property", *pair) for pair in properties.items() if pair[1]]
    return "".join(
        f'\n<meta {kind}="{key}" content="{html.escape(value)}" />' for kind, key, value in pairs
    )


def add_tags(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Write the tags of a page that has content."""
    del template
    if doctree is None or app.builder.name != "html":
        return
    title = html.unescape(re.sub(r"<[^>]*>", "", str(context.get("title", ""))))
    found = tags(
        app.config.html_baseurl,
        app.builder.get_target_uri(page),
        title,
        description(doctree),
        app.config.html_title,
    )
    context["metatags"] = context.get("metatags", "") + found


def site_map(base: str, addresses: list[str]) -> str:
    """The map of a site as search engines read it (sitemaps.org)."""
    entries = "".join(
        f"<url><loc>{escape(posixpath.join(base, address))}</loc></url>\n" for address in addresses
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n'
    )


def draw_card(target: Path, title: str) -> None:
    """Draw the picture that stands beside a link to the site: its title over a piecewise curve."""
    import numpy as np
    from matplotlib.figure import Figure

    figure = Figure(figsize=(CARD_SIZE[0] / 100, CARD_SIZE[1] / 100), dpi=100, facecolor="#fbfaf7")
    axes = figure.add_axes((0.06, 0.08, 0.88, 0.5))
    x = np.linspace(-np.pi, np.pi, 400)
    corners = np.linspace(-np.pi, np.pi, 7)
    axes.plot(x, np.sin(x), color="#595959", linestyle=":", linewidth=3)
    axes.plot(corners, np.sin(corners), color="#0067a3", linewidth=6)
    axes.plot(corners, np.sin(corners), "o", color="#b84a00", markersize=13)
    axes.set_axis_off()
    figure.text(0.06, 0.76, title, fontsize=40, fontweight="bold", color="#1a1a1a")
    figure.text(
        0.06, 0.65, "A course in which every number is computed", fontsize=24, color="#595959"
    )
    figure.savefig(target, metadata={"Software": None})


def write_files(app: Sphinx, exception: Exception | None) -> None:
    """Write the map and the picture, if the site has an address."""
    base = app.config.html_baseurl
    if exception is not None or app.builder.name != "html" or not base:
        return
    pages = sorted(app.env.found_docs)
    folder = Path(app.outdir)
    text = site_map(base, [app.builder.get_target_uri(page) for page in pages])
    (folder / "sitemap.xml").write_text(text, encoding="utf-8")
    draw_card(folder / CARD, app.config.html_title)


def setup(app: Sphinx) -> None:
    """Connect the hooks."""
    app.connect("html-page-context", add_tags)
    app.connect("build-finished", write_files)
