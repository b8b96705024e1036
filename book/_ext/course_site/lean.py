"""Pages that a phone draws quickly: fewer elements that say and show the same.

A long chapter has thousands of pieces of code in colors of their own; most are names and
brackets, whose color is that of all code, or operators, which anybody knows by their shape. And
matplotlib nests each stroke of a figure three deep, and writes more digits than an eye could find.
A figure says how high it is, so that a browser need not draw one that is far away.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from . import javascript

SCRIPT = "svgo.mjs"
# Names, brackets and spaces look like all code in both styles of the theme (a test compares);
# operators would be green.
PLAIN = ("n", "p", "w")
OPERATOR = "o"
_CODE = re.compile(r"<pre>.*?</pre>", re.DOTALL)
_PLAIN_TOKEN = re.compile(rf'<span class="(?:{"|".join((*PLAIN, OPERATOR))})">([^<]*)</span>')
_FIGURE = re.compile(r'<svg role="img" aria-label="[^"]*" viewBox=.*?</svg>', re.DOTALL)
_SIZE = re.compile(r'(<svg\b[^>]*? style=")(?=[^>]* viewBox="0 0 ([\d.]+) ([\d.]+)")')


def plain_code(page: str) -> str:
    """The page without the marks on those parts of its code that look like all code.

    >>> plain_code('<pre><span class="n">x</span> <span class="k">in</span> y</pre>')
    '<pre>x <span class="k">in</span> y</pre>'
    """
    return _CODE.sub(lambda code: _PLAIN_TOKEN.sub(r"\1", code[0]), page)


def sized(figure: str) -> str:
    """The figure with its proportions as a style, known to the browser without a look inside.

    >>> sized('<svg role="img" style="width:100%" viewBox="0 0 20 10"></svg>')
    '<svg role="img" style="aspect-ratio:20/10;width:100%" viewBox="0 0 20 10"></svg>'
    """
    return _SIZE.sub(r"\1aspect-ratio:\2/\3;", figure, count=1)


class Figures:
    """Makes the figures of notebooks smaller, and remembers them from build to build."""

    def __init__(self) -> None:
        self._version = ""
        self._small: dict[str, str] = {}

    def open(self, app: Sphinx) -> None:
        """Remember what earlier builds made."""
        self._version = javascript.version(SCRIPT)
        file = self._file(app)
        self._small = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}

    def smaller(self, page: str) -> str:
        """The page with smaller figures.

        Raises:
            RuntimeError: Node failed; its own last words are in the message.
        """
        missing = {
            self._key(figure): figure
            for figure in _FIGURE.findall(page)
            if self._key(figure) not in self._small
        }
        if missing:
            small = javascript.run(SCRIPT, "svgo", list(missing.values()))
            self._small |= {key: sized(figure) for key, figure in zip(missing, small, strict=True)}
        return _FIGURE.sub(lambda figure: self._small[self._key(figure[0])], page)

    def close(self, app: Sphinx, exception: Exception | None) -> None:
        """Keep what was made for the next build."""
        if exception is None and app.builder.name == "html":
            self._file(app).write_text(json.dumps(self._small), encoding="utf-8")

    @staticmethod
    def _file(app: Sphinx) -> Path:
        return Path(app.outdir).parent / "figures.json"

    def _key(self, figure: str) -> str:
        return hashlib.sha256((self._version + figure).encode()).hexdigest()


def setup(app: Sphinx) -> None:
    """Make the pages lean when all else has been written to them."""
    figures = Figures()

    def lighten(app: Sphinx, context: dict[str, Any]) -> None:
        if app.builder.name == "html" and "body" in context:
            context["body"] = figures.smaller(plain_code(context["body"]))

    hook = lambda app, _page, _template, context, _doctree: lighten(app, context)  # noqa: E731
    app.connect("builder-inited", figures.open)
    app.connect("html-page-context", hook, priority=940)
    app.connect("build-finished", figures.close)
