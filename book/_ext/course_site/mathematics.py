r"""Mathematics, set by KaTeX when the site is built: a page needs no script to show a formula.

All formulas of the pages that changed are set in one run of Node and kept in
`_build/mathematics.json`, so that a later build sets only new ones. A formula that KaTeX cannot set
fails the build, with its page and its text. The option `math_macros` is the one place for macros.

HTML that Sphinx does not parse may carry formulas, too: as `<span class="math">\(x^2\)</span>`, or
`<div class="math">\[x^2\]</div>` for one on a line of its own.
"""

import hashlib
import html
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from . import javascript, mathfonts

SCRIPT = "katex.cjs"
_CLASS = "math notranslate nohighlight"
_MARKED = re.compile(
    r'(<(?P<tag>span|div) class="math\b[^"]*"[^>]*>)\s*'
    r"\\(?P<open>[(\[])(?P<tex>.+?)\\[)\]]\s*</(?P=tag)>",
    re.DOTALL,
)
_INNERMOST = re.compile(r"\\begin\{(\w+\*?)\}(?:(?!\\begin\{).)*?\\end\{\1\}", re.DOTALL)
logger = logging.getLogger(__name__)


class Formula(NamedTuple):
    """One formula, as TeX, and whether it stands on a line of its own."""

    tex: str
    display: bool


class Setting(NamedTuple):
    """A formula that was set, or why it could not be."""

    html: str = ""
    error: str = ""


def has_line_break(tex: str) -> bool:
    r"""Whether a formula has more than one line, outside of its environments.

    >>> has_line_break(r"a \\ b"), has_line_break(r"\begin{pmatrix} a \\ b \end{pmatrix}")
    (True, False)
    """
    rest, n_found = _INNERMOST.subn("", tex)
    while n_found:
        rest, n_found = _INNERMOST.subn("", rest)
    return r"\\" in rest


def display_formula(text: str, nowrap: bool = False) -> Formula:
    r"""The formula of a block: its lines are aligned, as are parts between empty lines.

    >>> display_formula(r"a &= 1 \\ b &= 2").tex
    '\\begin{split}a &= 1 \\\\ b &= 2\\end{split}'
    """
    if nowrap:
        return Formula(text.strip(), display=True)
    parts = [part.strip() for part in text.split("\n\n") if part.strip()]
    lines = [
        rf"\begin{{split}}{part}\end{{split}}" if has_line_break(part) else part for part in parts
    ]
    if len(lines) > 1:
        lines = [r"\begin{aligned}" + r"\\".join(lines) + r"\end{aligned}"]
    return Formula("".join(lines), display=True)


def formula_of(node: nodes.Node) -> Formula:
    """The formula of a node of the document."""
    if isinstance(node, nodes.math_block):
        return display_formula(node.astext(), bool(node.get("nowrap")))
    return Formula(node.astext(), display=False)


class Mathematics:
    """Sets formulas, and remembers them from build to build."""

    def __init__(self) -> None:
        self.macros: dict[str, str] = {}
        self._version = ""
        self._settings: dict[str, Setting] = {}
        self._waiting: set[Formula] = set()

    def open(self, app: Sphinx) -> None:
        """Remember what earlier builds set."""
        self.macros = app.config.math_macros
        self._version = javascript.version(SCRIPT)
        file = self._file(app)
        if file.is_file():
            stored = json.loads(file.read_text(encoding="utf-8"))
            self._settings = {key: Setting(html=text) for key, text in stored.items()}

    def collect(self, app: Sphinx, doctree: nodes.document) -> None:
        """Note the formulas of a page that was read."""
        del app
        for kind in (nodes.math, nodes.math_block):
            self._waiting.update(formula_of(node) for node in doctree.findall(kind))

    def set_collected(self, app: Sphinx, env: BuildEnvironment) -> None:
        """Set what was noted, all in one run."""
        del app, env
        self.set(self._waiting)
        self._waiting.clear()

    def set(self, formulas: Iterable[Formula]) -> None:
        """Set those of `formulas` that are not set yet.

        Raises:
            RuntimeError: Node did not run; its own last words are in the message.
        """
        missing = sorted({each for each in formulas if self._key(each) not in self._settings})
        if not missing:
            return
        given = {"macros": self.macros, "formulas": missing}
        for formula, setting in zip(missing, javascript.run(SCRIPT, "katex", given), strict=True):
            self._settings[self._key(formula)] = Setting(**setting)

    def html(self, formula: Formula, place: Any = None) -> str:  # noqa: ANN401 (a node or a page)
        """The HTML of a formula; one that cannot be set is reported for `place`."""
        self.set([formula])
        setting = self._settings[self._key(formula)]
        if setting.error:
            logger.warning(
                "KaTeX cannot set %s (%s)", formula.tex, setting.error, location=place, type="math"
            )
            return f'<code class="math-fault">{html.escape(formula.tex)}</code>'
        if formula.display:
            return f'<div class="math-box">{setting.html}</div>'
        return setting.html

    def visit_inline(self, translator: Any, node: nodes.math) -> None:  # noqa: ANN401
        """Write a formula in the text."""
        translator.body.append(translator.starttag(node, "span", "", CLASS=_CLASS))
        translator.body.append(self.html(formula_of(node), node) + "</span>")
        raise nodes.SkipNode

    def visit_display(self, translator: Any, node: nodes.math_block) -> None:  # noqa: ANN401
        """Write a formula on a line of its own, with its number if it has one."""
        translator.body.append(translator.starttag(node, "div", CLASS=_CLASS))
        translator.body.append(self.html(formula_of(node), node))
        if node["number"] and not node["nowrap"]:
            number = get_node_equation_number(translator, node)
            translator.body.append(f'<span class="eqno">({number})')
            translator.add_permalink_ref(node, _("Link to this equation"))
            translator.body.append("</span>")
        translator.body.append("</div>\n")
        raise nodes.SkipNode

    def fill(
        self,
        app: Sphinx,
        page: str,
        template: str,
        context: dict[str, Any],
        doctree: nodes.document | None,
    ) -> None:
        """Set marked formulas in the HTML of a page, and load the style that formulas need."""
        del template, doctree
        if "body" not in context:
            return
        found = list(_MARKED.finditer(context["body"]))
        self.set(_marked(match) for match in found)
        context["body"] = _MARKED.sub(
            lambda match: f"{match[1]}{self.html(_marked(match), page)}</{match['tag']}>",
            context["body"],
        )
        shown = context["body"] + str(context.get("toc", ""))
        if 'class="katex' in shown:
            app.add_css_file(mathfonts.SHEET, priority=800)
            context["math_fonts"] = mathfonts.SCRIPT

    def close(self, app: Sphinx, exception: Exception | None) -> None:
        """Keep what was set for the next build, and write the style sheet of formulas."""
        good = {key: setting.html for key, setting in self._settings.items() if not setting.error}
        if exception is None and app.builder.name == "html":
            mathfonts.write(Path(app.outdir), good.values())
        self._file(app).write_text(json.dumps(good), encoding="utf-8")

    @staticmethod
    def _file(app: Sphinx) -> Path:
        return Path(app.outdir).parent / "mathematics.json"

    def _key(self, formula: Formula) -> str:
        content = json.dumps([self._version, self.macros, *formula])
        return hashlib.sha256(content.encode()).hexdigest()


def _marked(match: re.Match[str]) -> Formula:
    """The formula of a mark in HTML."""
    return Formula(html.unescape(match["tex"]).strip(), display=match["open"] == "[")


def setup(app: Sphinx) -> None:
    """Let KaTeX set what MathJax would set in the browser."""
    mathematics = Mathematics()
    app.add_config_value("math_macros", {}, "env", dict)
    app.add_html_math_renderer(
        "katex", (mathematics.visit_inline, None), (mathematics.visit_display, None)
    )
    app.connect("builder-inited", mathematics.open)
    app.connect("doctree-read", mathematics.collect)
    app.connect("env-updated", mathematics.set_collected)
    app.connect("html-page-context", mathematics.fill)
    app.connect("build-finished", mathematics.close)
