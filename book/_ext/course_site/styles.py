"""One style sheet for what all pages share, without the icons that none of them shows.

The theme, its extensions and this book bring a dozen style sheets, and the theme's icons bring a
script of 1.5 MB or a font of 156 KB. Here the sheets are joined in `_static/site.css`, and the
font shrinks to the icons that the theme's templates name; as a part of the sheet it is there when
the page is first drawn. Rules that no page uses are left out at the end of a build. Style sheets of
single pages stay as they are.
"""

import base64
import io
import re
from pathlib import Path
from typing import Any

import myst_nb.static
from docutils import nodes
from fontTools import subset
from pydata_sphinx_theme.pygments import overwrite_pygments_css
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

from . import unused

SHEET = "site.css"
THEME = "sphinx_book_theme"
# In the order in which the theme loads them.
SHARED = (
    "basic.css",
    "styles/pydata-sphinx-theme.css",
    "pygments.css",
    "styles/sphinx-book-theme.css",
    "togglebutton.css",
    "copybutton.css",
    "mystnb.css",
    "sphinx-design.min.css",
    "course.css",
)
# Which page would load these? None: `theme.css` only imports `basic.css`.
DROPPED = ("styles/theme.css", "sphinx-thebe.css")
# The icons that the theme's templates show, by the names that Font Awesome gives them.
ICONS = (
    "angle-left",
    "angle-right",
    "arrow-up",
    "bars",
    "chevron-down",
    "circle-half-stroke",
    "code",
    "download",
    "file",
    "file-pdf",
    "list",
    "magnifying-glass",
    "moon",
    "sun",
)
_HASH = re.compile(r"\.[0-9a-f]{32,}\.css$")
_FONT = "vendor/fontawesome/webfonts/fa-solid-900.ttf"
_ICON_RULE = re.compile(r"(?:\.fa-[\w-]+:before,?)+\{content:\"[^\"]+\"\}")
_ICON_CODE = re.compile(r"\.fa-([\w-]+):before(?=[^{}]*\{content:\"\\([0-9a-f]+)\"\})")
# Characters of icons that the theme shows beside those: in admonitions, at downloads.
_OTHER_CODE = re.compile(r"\"\\(f[0-9a-f]{3})\"")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_FONT_FACE = re.compile(r"@font-face\{[^}]*Awesome[^}]*\}")
_LEFTOVER = re.compile(r"/\*# sourceMappingURL=.*?\*/|@charset [^;]*;")
_RELATIVE_URL = re.compile(r"url\(\s*[\"']?(?!data:|#|[\"']?data:)([^\"')]+)")


def icon_codes(theme: str) -> dict[str, str]:
    r"""The character of each icon, as hexadecimal digits, by name.

    >>> icon_codes('.fa-bars:before,.fa-navicon:before{content:"\\f0c9"}')
    {'bars': 'f0c9', 'navicon': 'f0c9'}
    """
    return dict(_ICON_CODE.findall(theme))


def icon_rules(codes: dict[str, str]) -> str:
    r"""The rules of our icons; their characters are not read aloud.

    >>> icon_rules({"bars": "f0c9"} | dict.fromkeys(ICONS, "f0c9")).splitlines()[3]
    '.fa-bars::before{content:"\\f0c9";content:"\\f0c9" / ""}'
    """
    missing = [name for name in ICONS if name not in codes]
    if missing:
        raise ExtensionError(
            f"the theme has no icons {', '.join(missing)}: see ICONS in styles.py."
        )
    return "\n".join(
        rf'.fa-{name}::before{{content:"\{codes[name]}";content:"\{codes[name]}" / ""}}'
        for name in ICONS
    )


def icon_font(font: Path, characters: set[int]) -> str:
    """The part of `font` that has `characters`, as a rule of a style sheet."""
    options = subset.Options(flavor="woff", layout_features=[], notdef_outline=True, hinting=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    small = io.BytesIO()
    with subset.load_font(str(font), options) as whole:
        subsetter.subset(whole)
        subset.save_font(whole, small, options)
    data = base64.b64encode(small.getvalue()).decode()
    return (
        '@font-face{font-family:"Font Awesome 6 Free";font-style:normal;font-weight:900;'
        f'src:url(data:font/woff;base64,{data}) format("woff")}}'
    )


def trimmed(sheets: dict[str, str], font: Path) -> str:
    """The style sheets in one, with the few icons that there are.

    Raises:
        ExtensionError: a sheet of another folder loads a file, which would no longer be found.
    """
    for name, sheet in sheets.items():
        loaded = _RELATIVE_URL.findall(_FONT_FACE.sub("", sheet))
        if loaded and "/" in name:
            raise ExtensionError(f"{SHEET} would not find {loaded[0]}: leave {name} out of SHARED.")
    joined = '@charset "utf-8";' + _LEFTOVER.sub("", "\n".join(sheets.values()))
    codes = icon_codes(joined)
    joined = _FONT_FACE.sub("", _ICON_RULE.sub("", joined))
    characters = {int(codes[name], 16) for name in ICONS if name in codes}
    characters |= {int(code, 16) for code in _OTHER_CODE.findall(joined)}
    characters |= {ord(character) for character in _PRIVATE.findall(joined)}
    face = icon_font(font, characters)
    return "\n".join((joined, face, icon_rules(codes)))


class Sheet:
    """Writes the shared style sheet once in each build, before the first page needs it."""

    def __init__(self) -> None:
        self.is_written = False

    def add(self, app: Sphinx, config: Config) -> None:
        """Load the sheet on every page, before those of single pages."""
        self.is_written = False
        if config.html_theme == THEME:
            app.add_css_file(SHEET, priority=10)

    def drop_parts(
        self,
        app: Sphinx,
        page: str,
        template: str,
        context: dict[str, Any],
        doctree: nodes.document | None,
    ) -> None:
        """Load none of the parts of the sheet on this page."""
        del page, template, doctree
        if not _is_site(app):
            context["css_files"] = [s for s in context["css_files"] if SHEET not in _filename(s)]
            return
        if not self.is_written:
            self.write(app)
        context["css_files"] = [each for each in context["css_files"] if not _is_shared(each)]

    def renew(self, app: Sphinx, exception: Exception | None) -> None:
        """Keep the rules that pages use; also when none was written: a sheet may have changed."""
        if exception is not None or not _is_site(app):
            return
        if not self.is_written:
            self.write(app)
        site = Path(app.outdir)
        file = site / "_static" / SHEET
        known = unused.words_of_site(site)
        file.write_text(unused.without_unused(file.read_text(encoding="utf-8"), known), "utf-8")
        unused.stamp(site, SHEET)

    def write(self, app: Sphinx) -> None:
        """Join the sheets as Sphinx has just put them in the site."""
        static = Path(app.outdir) / "_static"
        overwrite_pygments_css(app, None)
        sheets = {name: _source(static, name).read_text(encoding="utf-8") for name in SHARED}
        (static / SHEET).write_text(trimmed(sheets, static / _FONT), encoding="utf-8")
        self.is_written = True


def _is_site(app: Sphinx) -> bool:
    """Whether these are pages of the theme whose sheets we know; an e-book's are not."""
    return app.builder.name == "html" and app.config.html_theme == THEME


def _source(static: Path, name: str) -> Path:
    """Where a style sheet is; that of notebooks comes to the site only when all else is done."""
    return Path(myst_nb.static.__path__[0]) / name if name == "mystnb.css" else static / name


def _filename(sheet: Any) -> str:  # noqa: ANN401 (str, or a private class of Sphinx)
    return str(getattr(sheet, "filename", sheet))


def _is_shared(sheet: Any) -> bool:  # noqa: ANN401
    name = _HASH.sub(".css", _filename(sheet).removeprefix("_static/"))
    return name in (*SHARED, *DROPPED)


def setup(app: Sphinx) -> None:
    """Connect the hooks."""
    sheet = Sheet()
    app.connect("config-inited", sheet.add)
    app.connect("html-page-context", sheet.drop_parts, priority=950)
    app.connect("build-finished", sheet.renew, priority=600)  # after `pages.publish_look`
