"""Prints the built site as one PDF, with Chromium.

    python -m book._ext.paper [--page NAME ...] [--output FILE]

Every page of the contents is printed in order, as the style sheet for paper has it. Then the parts
are joined: pages are numbered through, links from page to page lead to the place in the PDF, and
the contents stand in its outline.
"""

import argparse
import io
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from book._ext.browser import launch, program
from book._ext.server import serving

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pypdf import PdfReader, PdfWriter

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"
TARGET = ROOT / "_build" / "pdf" / "pages.pdf"
CONTENTS = ROOT / "book" / "_toc.yml"
NO_BROWSER = (
    "error: make print prints with Chromium, and there is none here. On Debian: "
    "apt-get install chromium fonts-dejavu"
)
PAPER = {
    "format": "A4",
    "margin": {"top": "18mm", "bottom": "20mm", "left": "16mm", "right": "16mm"},
    "print_background": True,
}
# Links to places that Chromium is to remember: it remembers only what a link on the page leads to.
_ANCHORS = """(names) => {
  const box = document.createElement("div");
  box.style.cssText = "position:absolute;width:0;height:0;overflow:hidden";
  for (const name of names) {
    const link = document.createElement("a");
    link.href = "#" + name;
    link.textContent = ".";
    box.append(link);
  }
  document.querySelector("article.bd-article").append(box);
}"""
_READY = """async () => {
  await document.fonts.ready;
  document.querySelectorAll("details.sd-dropdown").forEach((each) => (each.open = true));
  document.documentElement.dataset.theme = "light";
}"""


@dataclass
class Part:
    """One page of the site as it lies in the PDF."""

    name: str
    title: str
    first: int  # number of its first sheet, from 0
    places: dict[str, tuple[int, float]] = field(default_factory=dict)  # sheet and height


def wanted_places(site: Path) -> dict[str, set[str]]:
    """The anchors of each page that a link anywhere in the site leads to."""
    found: dict[str, set[str]] = {}
    for file in site.glob("*.html"):
        for target in re.findall(r'href="([^":]*#[^"]+)"', file.read_text(encoding="utf-8")):
            page, anchor = target.split("#", 1)
            found.setdefault(Path(page).stem or file.stem, set()).add(anchor)
    return found


def print_page(page: "Page", address: str, places: set[str], first: int) -> bytes:
    """Print one page of the site; its sheets are numbered from `first` + 1."""
    page.goto(address, wait_until="load")
    page.evaluate(_READY)
    page.evaluate(_ANCHORS, sorted(places))
    page.add_style_tag(
        content=f"html {{ counter-reset: page {first} }} "
        "@page { @bottom-center { content: counter(page); font: 9pt sans-serif; color: #595959 } }"
    )
    page.wait_for_load_state("networkidle")
    return page.pdf(**PAPER)


def add(writer: "PdfWriter", reader: "PdfReader", part: Part) -> None:
    """Append the sheets of one page and note where its anchors are."""
    for name, place in reader.named_destinations.items():
        sheet = reader.get_destination_page_number(place)
        if sheet is not None and sheet >= 0:
            anchor = unquote(name.removeprefix("/"))
            part.places[anchor] = (part.first + sheet, float(place.top or 0))
    for sheet in reader.pages:
        writer.add_page(sheet)


def target_of(link: Any, part: Part, address: str) -> tuple[str, str] | None:  # noqa: ANN401
    """The page and the anchor that an annotation of the PDF leads to, if it is one of the site."""
    if "/Dest" in link:
        return part.name, unquote(str(link["/Dest"]).removeprefix("/"))
    uri = str(link.get("/A", {}).get("/URI", ""))
    if not uri.startswith(address):
        return None
    parts = urlsplit(uri)
    return Path(parts.path).stem or "index", unquote(parts.fragment)


def connect(writer: "PdfWriter", parts: Sequence[Part], address: str) -> int:
    """Let links within the site lead to places in the PDF; return how many do.

    A link to a file of the site that is not in the PDF is taken away: its address is of no use.
    """
    from pypdf.generic import ArrayObject, FloatObject, NameObject, NullObject

    by_name = {part.name: part for part in parts}
    n_links = 0
    for number, sheet in enumerate(writer.pages):
        here = max((part for part in parts if part.first <= number), key=lambda part: part.first)
        kept = ArrayObject()
        for reference in sheet.get("/Annots") or []:
            link = reference.get_object()
            target = target_of(link, here, address)
            if target is not None:
                if target[0] not in by_name:
                    continue
                goal = by_name[target[0]]
                page, top = goal.places.get(target[1], (goal.first, 10_000.0))
                place = [writer.pages[page].indirect_reference, NameObject("/XYZ"), NullObject()]
                link[NameObject("/Dest")] = ArrayObject([*place, FloatObject(top), NullObject()])
                link.pop("/A", None)
                n_links += 1
            kept.append(reference)
        sheet[NameObject("/Annots")] = kept
    return n_links


def contents(file: Path = CONTENTS) -> list[tuple[str, list[str]]]:
    """The parts of the book and the names of their pages, in order."""
    import yaml

    toc = yaml.safe_load(file.read_text(encoding="utf-8"))
    found = [("", [toc["root"]])]
    for part in toc.get("parts", []):
        found.append((part["caption"], [chapter["file"] for chapter in part["chapters"]]))
    return found


def make(groups: Sequence[tuple[str, list[str]]], site: Path, target: Path) -> str:
    """Print, join, write, and return a sentence on the result."""
    from playwright.sync_api import sync_playwright
    from pypdf import PdfReader, PdfWriter

    writer, parts = PdfWriter(), []
    places = wanted_places(site)
    with serving(site) as address, sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(color_scheme="light")
        for caption, names in groups:
            chapter_of = None
            for name in names:
                first = len(writer.pages)
                pdf = print_page(page, f"{address}/{name}.html", places.get(name, set()), first)
                part = Part(name, page.title().rsplit(" — ", 1)[0], first)
                add(writer, PdfReader(io.BytesIO(pdf)), part)
                parts.append(part)
                if caption and chapter_of is None:
                    chapter_of = writer.add_outline_item(title=caption, page_number=first)
                writer.add_outline_item(title=part.title, page_number=first, parent=chapter_of)
        browser.close()
        n_links = connect(writer, parts, address)
    writer.add_metadata({"/Title": parts[0].title, "/Author": "The nbcourse authors"})
    writer.compress_identical_objects()
    target.parent.mkdir(parents=True, exist_ok=True)
    writer.write(target)
    size = target.stat().st_size / 1e6
    return f"{target}: {len(writer.pages)} sheets, {n_links} links within, {size:.1f} MB"


def main(arguments: Sequence[str] | None = None) -> str | None:
    """Print what was asked for; return the message of a failure."""
    parser = argparse.ArgumentParser(prog="python -m book._ext.paper")
    parser.add_argument("--page", action="append", help="only this page; may be repeated")
    parser.add_argument("--output", type=Path, default=TARGET)
    options = parser.parse_args(arguments)
    if program() is None:
        return NO_BROWSER
    if not (SITE / "index.html").is_file():
        return "error: there is no site in _build/html; run make book first"
    groups = [("", options.page)] if options.page else contents()
    print(make(groups, SITE, options.output))
    return None


if __name__ == "__main__":
    sys.exit(main())
