"""The look of the pages, nothing from another host, and no script that a page has no use for."""

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

EXTENSION = Path(__file__).resolve().parents[1]
STATIC = EXTENSION / "static"
# Roles that ARIA 1.2 no longer allows on the entries of a bibliography (sphinxcontrib-bibtex), a
# name that hides what folded code says of itself (myst-nb), and what thebe, which we lack, reads.
_UNWANTED = re.compile(
    r' role="doc-biblioentry"| role="list"|(?<=<summary) aria-label="Toggle hidden content"'
    r'|<script type="text/x-thebe-config">.*?</script>|<script>kernelName = [^<]*</script>',
    re.DOTALL,
)
_CODE = re.compile(r'class="highlight')
_FOLDED = re.compile(r'class="[^"]*\b(?:toggle|dropdown)\b')
# What must be on a page for a script of these names, or with this in its text, to be of use there.
_USE = {
    "design-tabs.js": re.compile(r'class="sd-tab-set'),
    "clipboard.min.js": _CODE,
    "copybutton.js": _CODE,
    "togglebutton": _FOLDED,
    "toggleHint": _FOLDED,
    "toggleOpenOnPrint": _FOLDED,
}
# Options of the search as one types, and of a chooser of versions, neither of which we have; and
# thebe, which needs another host.
_UNUSED = ("DOCUMENTATION_OPTIONS.", "thebe")
# The corner of a table heads nothing.
_CORNER = re.compile(r'<th class="head[^>]*>\s*(?:<p></p>)?\s*</th>')


def add_look(app: Sphinx, config: Config) -> None:
    """Publish style sheet, icon and script, and put our templates before the theme's."""
    config.templates_path.insert(0, str(EXTENSION / "templates"))
    config.html_static_path.append(str(STATIC))
    config.html_favicon = str(STATIC / "favicon.svg")
    app.add_css_file("course.css", priority=900)
    app.add_js_file("scrolling.js")


def keep_useful(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Drop assets of other hosts and those without use here; no script holds up the page."""
    del app, template, doctree
    body = context.get("body", "")
    context["css_files"] = [each for each in context["css_files"] if not _is_foreign(each)]
    scripts = [each for each in context["script_files"] if not _is_foreign(each)]
    scripts = [each for each in scripts if _is_useful(each, body)]
    # The page of the search runs a script of its own in between.
    context["script_files"] = scripts if page == "search" else [_deferred(each) for each in scripts]
    if body:
        context["body"] = _CORNER.sub("<td></td>", _UNWANTED.sub("", body))


def _words(asset: Any) -> str:  # noqa: ANN401 (str, or a private class of Sphinx)
    """The name and the text of a script."""
    text = str(getattr(asset, "attributes", {}).get("body") or "")
    return str(getattr(asset, "filename", asset) or "") + text


def _is_foreign(asset: Any) -> bool:  # noqa: ANN401
    """Whether an asset is of another host."""
    filename = str(getattr(asset, "filename", asset) or "")
    return filename.startswith(("http:", "https:", "//"))


def _is_useful(script: Any, body: str) -> bool:  # noqa: ANN401
    """Whether a script does anything on a page with this body."""
    words = _words(script)
    if any(part in words.lower() or part in words for part in _UNUSED):
        return False
    return all(use.search(body) for part, use in _USE.items() if part in words)


def _deferred(script: Any) -> Any:  # noqa: ANN401
    """The same script, run when the page is there."""
    attributes = getattr(script, "attributes", {})
    if not getattr(script, "filename", None) or {"async", "defer", "type"} & set(attributes):
        return script
    return type(script)(script.filename, priority=script.priority, **attributes, defer="defer")


def publish_look(app: Sphinx, exception: Exception | None) -> None:
    """Bring changed files of the look to the site; Sphinx does so only when a page changed, too."""
    target = Path(app.outdir) / "_static"
    if exception is not None or app.builder.name != "html" or not target.is_dir():
        return
    for file in STATIC.iterdir():
        content = file.read_bytes()
        copy = target / file.name
        if not copy.is_file() or copy.read_bytes() != content:
            copy.write_bytes(content)


def setup(app: Sphinx) -> None:
    """Connect the hooks."""
    app.connect("config-inited", add_look)
    app.connect("html-page-context", keep_useful, priority=900)
    app.connect("build-finished", publish_look, priority=400)
