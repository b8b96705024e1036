"""The fonts of formulas: the characters that the formulas of this book show, and no others.

KaTeX brings twenty fonts of 300 KB. A browser asks for each when it meets the first character of it
and lays the page out again when it comes; if it is told to wait, it lays out the whole page in one
long go. Here the few hundred characters that are used come in one script, which is there before the
first formula. Without scripts, the style sheet names the same fonts as files.
"""

import base64
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path

from fontTools import subset

from . import javascript, unused

SHEET = "mathematics.css"
SCRIPT = "mathematics.js"
# The fonts of KaTeX and the classes inside of which each shows characters; the first shows any.
FACES = {
    "Main-Regular": frozenset[str](),
    "Main-Bold": frozenset({"mathbf", "textbf"}),
    "Main-Italic": frozenset({"mathit", "textit"}),
    "Math-Italic": frozenset({"mathnormal"}),
    "Math-BoldItalic": frozenset({"boldsymbol"}),
    "AMS-Regular": frozenset({"amsrm", "mathbb", "textbb"}),
    "Caligraphic-Regular": frozenset({"mathcal"}),
    "Fraktur-Regular": frozenset({"mathfrak", "textfrak"}),
    "SansSerif-Regular": frozenset({"mathsf", "textsf"}),
    "Script-Regular": frozenset({"mathscr", "textscr"}),
    "Size1-Regular": frozenset({"size1", "small-op", "delim-size1"}),
    "Size2-Regular": frozenset({"size2", "large-op"}),
    "Size3-Regular": frozenset({"size3"}),
    "Size4-Regular": frozenset({"size4", "delim-size4"}),
    "Typewriter-Regular": frozenset({"mathtt", "texttt"}),
}
_FACE = re.compile(r"@font-face\{[^}]*?KaTeX_([\w-]+)\.woff2[^}]*\}")
_SOURCE = re.compile(r"src:[^}]+")
# A font made of bytes is ready at once, one with an address only after the first layout.
_ADD = """\
for (const [family, style, weight, data] of FACES) {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  document.fonts.add(new FontFace(family, bytes, { style, weight }));
}
"""
# They need no closing tag, and KaTeX gives them none.
_VOID = frozenset({"path", "line", "img"})


class _Characters(HTMLParser):
    """Collects the characters of each font from what KaTeX made for the eye."""

    def __init__(self) -> None:
        super().__init__()
        self.of_face: defaultdict[str, set[str]] = defaultdict(set)
        self._classes: list[set[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the classes of an element."""
        if tag not in _VOID:
            self._classes.append(set((dict(attrs).get("class") or "").split()))

    def handle_endtag(self, tag: str) -> None:
        """Forget them again."""
        if tag not in _VOID:
            self._classes.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without content shows no character."""

    def handle_data(self, data: str) -> None:
        """Note the characters of each font that may show them."""
        classes = set().union(*self._classes)
        if "katex-html" not in classes:
            return
        for face, marks in FACES.items():
            if not marks or marks & classes:
                self.of_face[face].update(data)


def characters(formulas: Iterable[str]) -> dict[str, set[str]]:
    """The characters that formulas show in each font.

    >>> characters(['<span class="katex-html"><i class="mathbf">w</i>=</span>'])["Main-Bold"]
    {'w'}
    """
    parser = _Characters()
    for formula in formulas:
        parser.feed(formula)
    parser.close()
    return dict(parser.of_face)


def file_of(face: str) -> str:
    """The name of the file of a font.

    >>> file_of("Main-Regular")
    'KaTeX_Main-Regular.woff'
    """
    return f"KaTeX_{face}.woff"


def small_font(font: Path, shown: set[str]) -> bytes:
    """The part of `font` that has the characters `shown`, as a font for the web."""
    options = subset.Options(flavor="woff", layout_features=[], notdef_outline=True, hinting=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(sorted(shown)))
    small = io.BytesIO()
    with subset.load_font(str(font), options) as whole:
        subsetter.subset(whole)
        subset.save_font(whole, small, options)
    return small.getvalue()


def made_of(katex: Path, formulas: Iterable[str]) -> dict[str, bytes]:
    """The files of the site: style sheet, script, fonts with the characters of `formulas`."""
    shown = characters(formulas)
    fonts: dict[str, bytes] = {}
    scripted = []

    def face(match: re.Match[str]) -> str:
        name = match[1]
        if not shown.get(name):
            return ""
        font = small_font(katex / "fonts" / f"KaTeX_{name}.ttf", shown[name])
        fonts[file_of(name)] = font
        family, style, weight = (
            re.search(rf"{kind}:([^;}}]+)", match[0])[1].strip('"')  # type: ignore[index]
            for kind in ("font-family", "font-style", "font-weight")
        )
        scripted.append([family, style, weight, base64.b64encode(font).decode()])
        address = f"{file_of(name)}?v={unused.digest(font)}"
        return _SOURCE.sub(f'src:url({address}) format("woff")', match[0])

    rules = _FACE.sub(face, (katex / "katex.min.css").read_text(encoding="utf-8"))
    note = (katex / "LICENSE").read_text(encoding="utf-8").strip()
    head = f"/*! Rules and characters of KaTeX.\n\n{note}\n*/\n"
    later = (javascript.EXTENSION / "static" / "formulas.js").read_text(encoding="utf-8")
    script = head + _ADD.replace("FACES", json.dumps(scripted)) + later
    return {SHEET: (head + rules).encode(), SCRIPT: script.encode(), **fonts}


def write(site: Path, formulas: Iterable[str]) -> None:
    """Write the files to the pages' folder."""
    for name, content in made_of(javascript.TOOLS / "katex", formulas).items():
        (site / "_static" / name).write_bytes(content)
        unused.stamp(site, name)
