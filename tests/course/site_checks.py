"""What must be true of the built pages, as functions that return one sentence for each fault."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

Pages = Mapping[str, BeautifulSoup]

SHORTEST_PAGE = 100  # words
HELPER_PAGES = {"genindex", "search", "404"}
ERROR = "Traceback (most recent call last)"
LEFTOVERS = (
    ERROR,
    "not measured yet",
    "{glue:",
    "{numref}",
    "{eq}",
    "{ref}",
    "{doc}",
    "{cite",
    "{twins}",
    "```",
    ":::{",
)
# What a browser fetches by itself; links that a reader may follow are not among them.
FETCHED = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
}
FETCHED_LINKS = {
    "stylesheet",
    "icon",
    "preload",
    "modulepreload",
    "prefetch",
    "preconnect",
    "dns-prefetch",
}
_OFF_HOST = re.compile(r"^\s*(?:https?:)?//", re.IGNORECASE)
_OFF_HOST_IN_CSS = re.compile(
    r"""(?:url\(\s*|@import\s+)["']?\s*((?:https?:)?//[^"')\s]+)""", re.IGNORECASE
)
_OFF_HOST_IN_SCRIPT = re.compile(
    r"""(?:\bfrom|\bimport|\bimport\(|\bfetch\(|importScripts\(|\.src\s*=)\s*["'`]((?:https?:)?//[^"'`]+)"""
)


def read_pages(root: Path) -> dict[str, BeautifulSoup]:
    """Every page of the site below `root`, parsed, by its name without the ending."""
    return {
        name: BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")
        for file in sorted(root.rglob("*.html"))
        if not (name := file.relative_to(root).with_suffix("").as_posix()).startswith("_static/")
        and name not in HELPER_PAGES
    }


def article(page: BeautifulSoup) -> Tag:
    """The part of a page that its author wrote (the whole page, should the theme change)."""
    return page.select_one("article.bd-article") or page


def inventory_faults(pages: Pages, contents: Sequence[str]) -> Iterator[str]:
    """Pages that the contents name and that were not built, and the other way round."""
    missing = [name for name in contents if name not in pages]
    unlisted = [name for name in pages if name not in contents]
    yield from (f"{name} is in the contents, but was not built" for name in missing)
    yield from (f"{name} is not in the contents (an old page? make clean)" for name in unlisted)


def text_faults(page: BeautifulSoup) -> Iterator[str]:
    """A page that says nearly nothing, lacks its one heading, or shows markup or an error."""
    body = article(page)
    headings = body.find_all("h1")
    if len(headings) != 1:
        yield f"has {len(headings)} headings h1, wanted 1"
    n_words = len(body.get_text(" ").split())
    if n_words < SHORTEST_PAGE:
        yield f"has {n_words} words, wanted at least {SHORTEST_PAGE}"
    if body.select_one(".system-message, .problematic"):
        yield "shows a message of the builder"
    for code in body.select("pre, code"):  # code may contain anything, but not an error
        if ERROR in code.get_text():
            yield f"shows {ERROR!r}"
    prose = "".join(
        text for text in body.find_all(string=True) if not text.find_parent(["pre", "code"])
    )
    yield from (f"shows {leftover!r}" for leftover in LEFTOVERS if leftover in prose)


def picture_faults(page: BeautifulSoup, figures: Iterable[str] = ()) -> Iterator[str]:
    """Pictures without a description, figures without picture or caption, missing figures.

    `figures` are the names that the source gives to its figures.
    """
    body = article(page)
    for image in body.find_all("img"):
        if not str(image.get("alt") or "").strip():
            yield f"the image {image.get('src', '')[:80]} has no alt text"
    for svg in body.find_all("svg"):
        hidden = svg.get("aria-hidden") == "true" or svg.find_parent(attrs={"aria-hidden": "true"})
        drawing = svg.select_one("g.live-drawing") or svg  # beside it a live figure has handles
        described = drawing.get("role") == "img" and str(drawing.get("aria-label") or "").strip()
        if not hidden and not described:
            yield 'an svg lacks role="img" with an aria-label, or aria-hidden'
    for figure in body.find_all("figure"):
        if not figure.select_one("img, svg"):
            yield f"the figure {figure.get('id', '')} shows no picture"
        if not figure.find("figcaption"):
            yield f"the figure {figure.get('id', '')} has no caption"
    built = {str(figure.get("id")) for figure in body.find_all("figure")}
    yield from (f"the figure {name} is missing" for name in figures if name not in built)


def link_faults(pages: Pages, root: Path) -> Iterator[str]:
    """Links, pictures, scripts and style sheets of the site that lead nowhere in it."""
    anchors = {name: _anchors(page) for name, page in pages.items()}
    for name, page in pages.items():
        for target in sorted(set(_targets(page))):
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            here = (root / name).parent
            file = (here / unquote(parts.path)).resolve() if parts.path else root / f"{name}.html"
            if not file.exists():
                yield f"{name} leads to {target}, which does not exist"
                continue
            page_name = _name(file, root)
            known = anchors.get(page_name)
            if parts.fragment and known is not None and unquote(parts.fragment) not in known:
                yield f"{name} leads to {target}, but {page_name} has no such anchor"


def off_host_faults(page: BeautifulSoup) -> Iterator[str]:
    """What the browser would fetch from another host while it shows this page."""
    for tag in page.find_all(True):
        for attribute in FETCHED.get(tag.name, ()):
            if _OFF_HOST.search(str(tag.get(attribute) or "")):
                yield f"<{tag.name}> fetches {tag[attribute]}"
        if tag.get("style"):
            yield from (f"a style fetches {url}" for url in _OFF_HOST_IN_CSS.findall(tag["style"]))
    for link in page.find_all("link", href=True):
        if FETCHED_LINKS & set(link.get("rel") or []) and _OFF_HOST.search(link["href"]):
            yield f"<link> fetches {link['href']}"
    for style in page.find_all("style"):
        yield from off_host_css_faults(style.get_text())
    for script in page.find_all("script"):
        yield from (
            f"a script fetches {url}" for url in _OFF_HOST_IN_SCRIPT.findall(script.get_text())
        )


def off_host_css_faults(text: str) -> Iterator[str]:
    """What a style sheet would fetch from another host."""
    yield from (f"a style sheet fetches {url}" for url in _OFF_HOST_IN_CSS.findall(text))


def _anchors(page: BeautifulSoup) -> set[str]:
    """Every place of a page that a link can lead to."""
    ids = {str(tag["id"]) for tag in page.find_all(id=True)}
    return (
        ids | {str(tag["name"]) for tag in page.find_all("a", attrs={"name": True})} | {"", "top"}
    )


def _targets(page: BeautifulSoup) -> Iterator[str]:
    """The addresses in a page, followed or fetched."""
    for tag in page.find_all(["a", "link"], href=True):
        if tag["href"] != "#":
            yield tag["href"]
    for tag in page.find_all(["img", "script", "source", "iframe"], src=True):
        yield tag["src"]


def _name(file: Path, root: Path) -> str:
    """The name of a page from its file."""
    inside = (
        file.resolve().relative_to(root.resolve()) if file.is_relative_to(root.resolve()) else file
    )
    return inside.with_suffix("").as_posix()
