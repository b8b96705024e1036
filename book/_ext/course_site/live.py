"""Live figures: a picture in `images/live` becomes, on a page, the figure that it is a picture of.

The source says

    ```{figure} images/live/hinges.svg
    :name: live-hinges
    :alt: ...

    The caption.
    ```

which JupyterLab, paper and e-books show as it stands. On a page the same place holds the figure's
own HTML, made by `book/_ext/live.py`, and its script, which no other page loads.
"""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

FOLDER = "images/live/"
_MARK = '<div class="live" data-figure="'
_NO_SCRIPT = "<noscript><style>.live-controls{display:none}</style></noscript>"


def parts_folder(app: Sphinx) -> Path:
    """Where the HTML of the figures is."""
    return Path(app.outdir).parent / "live"


class LiveFigures(SphinxPostTransform):
    """Replaces the pictures of live figures in pages of HTML."""

    default_priority = 5  # before Sphinx decides which file of a picture a builder can show
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:  # noqa: ANN401 (Sphinx's own signature)
        """Put the figure's HTML in the place of its picture."""
        del kwargs
        if self.app.builder.name == "epub":
            return
        for image in list(self.document.findall(nodes.image)):
            uri = str(image["uri"])
            if FOLDER not in uri:
                continue
            part = parts_folder(self.app) / f"{Path(uri).stem}.html"
            html = part.read_text(encoding="utf-8")
            image.replace_self(nodes.raw("", html + _NO_SCRIPT, format="html"))


def depend_on_parts(app: Sphinx, doctree: nodes.document) -> None:
    """Let Sphinx write a page again when one of its figures changed."""
    for image in doctree.findall(nodes.image):
        if FOLDER in str(image["uri"]):
            name = Path(str(image["uri"])).stem
            app.env.note_dependency(str(parts_folder(app) / f"{name}.html"))


def add_scripts(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the scripts of the figures of this page, if there are any."""
    del page, template, doctree
    pieces = context.get("body", "").split(_MARK)[1:]
    root = context["pathto"]("_static/live/", resource=True) if pieces else ""
    for name in dict.fromkeys(piece.split('"', 1)[0] for piece in pieces):
        app.add_js_file(f"live/{name}.js", loading_method="defer", **{"data-live-root": root})
    if pieces:
        app.add_css_file("live.css", priority=900)


def setup(app: Sphinx) -> None:
    """Register the transform and the hooks."""
    app.add_post_transform(LiveFigures)
    app.connect("doctree-read", depend_on_parts)
    app.connect("html-page-context", add_scripts)
