"""Draws the diagrams of the book with Mermaid, in a browser, and keeps them as pictures.

    python -m book._ext.diagrams

Mermaid is a script of 3.5 MB: too much to send with a page for a picture that never changes. Each
picture names its colors as the theme does, so that it follows the theme's light and dark.
"""

import html
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

from book._ext import browser
from book._ext.course_site.diagrams import PICTURES, description, digest, name

BOOK = Path(__file__).resolve().parents[1]
MERMAID = BOOK.parent / "_build" / "tools" / "mermaid" / "mermaid.min.js"
_FENCE = re.compile(r"^```mermaid\n(.*?)^```", re.MULTILINE | re.DOTALL)
_COLOR = re.compile(r"(?:rgba?|hsla?)\([^)]*\)|#[0-9a-fA-F]{3,8}\b(?=[;\"'\s])")
# What stands in the picture: a color of the theme, and one for where there is no theme.
INK = "var(--pst-color-text-base, #222832)"
MUTED = "var(--pst-color-text-muted, #48566b)"
GROUND = "var(--pst-color-background, #ffffff)"
SURFACE = "var(--pst-color-surface, #f3f4f5)"
ACCENT = "var(--pst-color-primary, #0a7d91)"
# What Mermaid is told in the place of each: colors that it uses as they are, and nothing else has.
_STANDINS = {
    INK: "#010203",
    MUTED: "#020304",
    GROUND: "#030405",
    SURFACE: "#040506",
    ACCENT: "#050607",
}
_OPTIONS = {
    "startOnLoad": False,
    "securityLevel": "strict",
    "htmlLabels": False,
    "flowchart": {"htmlLabels": False},
    "theme": "base",
    "fontFamily": "sans-serif",
    "themeVariables": {
        "background": _STANDINS[GROUND],
        "primaryColor": _STANDINS[SURFACE],
        "mainBkg": _STANDINS[SURFACE],
        "primaryTextColor": _STANDINS[INK],
        "primaryBorderColor": _STANDINS[ACCENT],
        "nodeBorder": _STANDINS[ACCENT],
        "lineColor": _STANDINS[MUTED],
        "arrowheadColor": _STANDINS[MUTED],
        "textColor": _STANDINS[INK],
        "titleColor": _STANDINS[INK],
        "edgeLabelBackground": _STANDINS[GROUND],
        "clusterBkg": _STANDINS[GROUND],
        "clusterBorder": _STANDINS[MUTED],
        "useGradient": False,
        "dropShadow": "none",
    },
}
# Keeps of Mermaid's style sheet the rules that this picture uses, without its font.
_DRAW = """async ([options, id, source]) => {
  mermaid.initialize(options);
  document.body.innerHTML = (await mermaid.render(id, source)).svg;
  const svg = document.querySelector("svg"), style = svg.querySelector("style");
  const rules = [...style.sheet.cssRules].filter(
    (rule) => rule instanceof CSSStyleRule && svg.parentNode.querySelector(rule.selectorText));
  for (const rule of rules) // the theme's font; and no line shows through the text on it
    for (const property of ["font-family", "opacity"]) rule.style.removeProperty(property);
  const used = rules.filter((rule) => rule.style.length);
  style.textContent = used.map((rule) => rule.cssText).join("\\n");
  for (const { id } of svg.querySelectorAll("marker"))
    if (!svg.querySelector(`[marker-end*="#${id}"], [marker-start*="#${id}"]`))
      svg.getElementById(id).remove();
  for (const empty of svg.querySelectorAll("linearGradient, filter, defs:empty")) empty.remove();
  svg.querySelectorAll("title, desc").forEach((element) => element.remove());
  return svg.outerHTML;
}"""


def sources(folder: Path = BOOK) -> Iterator[str]:
    """The diagrams of the book."""
    for file in sorted(folder.glob("*.md")):
        yield from _FENCE.findall(file.read_text(encoding="utf-8"))
    for file in sorted(folder.glob("*.ipynb")):
        for cell in nbformat.read(file, as_version=4).cells:
            if cell.cell_type == "markdown":
                yield from _FENCE.findall(cell.source)


def themed(svg: str) -> str:
    """The picture with the theme's colors in the place of those that Mermaid was told.

    Raises:
        RuntimeError: it has a color of its own, which would not follow the theme.
    """
    for color, standin in _STANDINS.items():
        red, green, blue = (int(standin[k : k + 2], 16) for k in (1, 3, 5))
        svg = svg.replace(f"rgb({red}, {green}, {blue})", color).replace(standin, color)
        svg = svg.replace(f"rgba({red}, {green}, {blue}, 0.5)", color)
    without = re.sub(r"var\([^)]*\)", "", svg)
    if own := _COLOR.findall(without):
        raise RuntimeError(f"a diagram has colors of its own: {', '.join(sorted(set(own)))}")
    return svg


def draw(page: Any, diagram: str) -> str:  # noqa: ANN401 (Playwright's page)
    """The picture of a diagram, drawn in `page`, in which Mermaid is loaded."""
    svg = themed(page.evaluate(_DRAW, [_OPTIONS, name(diagram), diagram]))
    found = re.search(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"', svg)
    if found is None:
        raise RuntimeError(f"{name(diagram)} has no size")
    attributes = {
        "xmlns": "http://www.w3.org/2000/svg",
        "id": name(diagram),
        "viewBox": found[0].split('"')[1],
        "width": str(round(float(found[1]))),
        "height": str(round(float(found[2]))),
        "role": "img",
        "aria-label": description(diagram),
        "data-source": digest(diagram),
    }
    head = " ".join(f'{key}="{html.escape(value)}"' for key, value in attributes.items())
    return f"<svg {head}>{svg.split('>', 1)[1]}\n"


def load(page: Any) -> None:  # noqa: ANN401
    """Load Mermaid in `page`."""
    page.set_content("<body></body>")
    page.add_script_tag(path=str(MERMAID))


def main(folder: Path = PICTURES) -> None:
    """Draw every diagram, and remove pictures of diagrams that are no more."""
    from playwright.sync_api import sync_playwright

    diagrams = list(sources())
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        running = browser.launch(playwright)
        page = running.new_page()
        load(page)
        for diagram in diagrams:
            (folder / f"{name(diagram)}.svg").write_text(draw(page, diagram), encoding="utf-8")
        running.close()
    for file in folder.glob("*.svg"):
        if file.stem not in {name(diagram) for diagram in diagrams}:
            file.unlink()
    print(f"diagrams: {json.dumps([name(diagram) for diagram in diagrams])}")


if __name__ == "__main__":
    try:
        main()
    except (RuntimeError, ValueError) as error:
        sys.exit(f"error: {error}")
