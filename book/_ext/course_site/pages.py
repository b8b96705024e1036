"""The look of the pages; nothing from another host, and no outdated roles in the bibliography."""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

STATIC = Path(__file__).resolve().parents[1] / "static"
# Roles that ARIA 1.2 no longer allows on the entries of a bibliography (sphinxcontrib-bibtex).
_OLD_ROLES = (' role="doc-biblioentry"', ' role="list"')


def add_look(app: Sphinx, config: Config) -> None:
    """Publish the style sheet, the icon and the script of diagrams."""
    config.html_static_path.append(str(STATIC))
    config.html_favicon = str(STATIC / "favicon.svg")
    app.add_css_file("course.css", priority=900)


def keep_local(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Drop style sheets and scripts of other hosts, and thebe, which needs such a host."""
    del app, page, template, doctree
    for kind in ("css_files", "script_files"):
        context[kind] = [asset for asset in context[kind] if not _is_unwanted(asset)]
    if "body" in context:
        for role in _OLD_ROLES:
            context["body"] = context["body"].replace(role, "")


def _is_unwanted(asset: Any) -> bool:  # noqa: ANN401 (str, or a private class of Sphinx)
    """Whether an asset is of another host or of sphinx-thebe."""
    filename = str(getattr(asset, "filename", asset) or "")
    body = str(getattr(asset, "attributes", {}).get("body") or "")
    return filename.startswith(("http:", "https:", "//")) or "thebe" in filename + body.lower()


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
    app.connect("html-page-context", keep_local, priority=900)
    app.connect("build-finished", publish_look)
