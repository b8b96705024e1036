"""From a matplotlib figure to a picture that a notebook displays, described in words.

Figures are made without pyplot: nothing is displayed unless `show` is the last line of a cell. In a
page the picture is an SVG drawn in the text color, so it follows the light and the dark theme.
"""

import base64
import hashlib
import html
import io
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from nbcourse.plots.style import INK

_SHORTEST_ALT = 20  # characters; less cannot say what a figure shows
_SVG_SETTINGS: dict[Any, Any] = {"svg.fonttype": "path", "svg.hashsalt": "nbcourse"}
_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
_PNG_DPI = 200


@dataclass(frozen=True)
class Picture:
    """A finished figure as SVG text and PNG bytes, with the description `alt`."""

    svg: str
    png: bytes
    alt: str

    def __repr__(self) -> str:
        return f"Figure: {self.alt}"

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        return {
            "text/html": self.svg,
            "image/png": base64.b64encode(self.png).decode("ascii"),
            "text/plain": repr(self),
        }


def subplots(
    n_rows: int = 1,
    n_cols: int = 1,
    *,
    width: float = 6.4,
    height: float = 3.6,
    sharex: bool = False,
    sharey: bool = False,
) -> tuple[Figure, Any]:
    """A figure of `width` x `height` inches and its axes, as `pyplot.subplots` returns them."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(n_rows, n_cols, sharex=sharex, sharey=sharey)


def show(fig: Figure, *, alt: str) -> Picture:
    """The figure as a picture; `alt` says in a sentence what there is to see.

    Raises:
        ValueError: when `alt` is too short to describe a figure.
    """
    if len(alt.strip()) < _SHORTEST_ALT:
        raise ValueError(
            f"alt must describe the figure in at least {_SHORTEST_ALT} characters, got {alt!r}."
        )
    description = " ".join(alt.split())
    return Picture(_inline_svg(_svg(fig), description), _png(fig), description)


def _svg(fig: Figure) -> str:
    buffer = io.StringIO()
    with mpl.rc_context(_SVG_SETTINGS):
        fig.savefig(buffer, format="svg", transparent=True, metadata=_NO_METADATA)
    return buffer.getvalue()


def _png(fig: Figure) -> bytes:
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=_PNG_DPI, facecolor="white", metadata={"Software": None})
    return buffer.getvalue()


def _inline_svg(document: str, alt: str) -> str:
    """The SVG document as an element of a page: inheriting color, clashing with nothing."""
    _, body = re.split(r"<svg\b[^>]*>", document, maxsplit=1)
    view_box = re.search(r'viewBox="([^"]+)"', document)
    assert view_box is not None  # matplotlib always writes one
    width = float(view_box[1].split()[2])
    # The style sheet would apply to the whole page; the root carries its two settings instead.
    body = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style\b.*?</style>", "", body, flags=re.S)
    body = re.sub(rf"(?i){INK}\b|#000000\b", "currentColor", body)
    body = _private_ids(body.replace("xlink:href", "href"))
    style = (
        f"width:100%;max-width:{width:g}pt;height:auto;fill:currentColor;"
        "stroke-linejoin:round;stroke-linecap:butt"
    )
    body = re.sub(r' d="[^"]+"', _shorter_path, body)
    return (
        f'<svg role="img" aria-label="{html.escape(alt)}" viewBox="{view_box[1]}" '
        f'xmlns="http://www.w3.org/2000/svg" style="{style}">{body}'
    )


def _shorter_path(match: re.Match[str]) -> str:
    """A path with hundredths of a point, which no eye can tell from the six digits it had."""
    rounded = re.sub(r"\d+\.\d+", lambda number: f"{float(number[0]):.2f}", match[0])
    return re.sub(r"\s+", " ", rounded.replace(".00", ""))


def _private_ids(body: str) -> str:
    """Keep the ids that are referred to, with a prefix that only this figure has."""
    prefix = "f" + hashlib.sha256(body.encode()).hexdigest()[:8]
    used = set(re.findall(r'(?:url\(|href=")#([^")]+)', body))

    def rename(match: re.Match[str]) -> str:
        return f' id="{prefix}-{match[1]}"' if match[1] in used else ""

    body = re.sub(r' id="([^"]+)"', rename, body)
    return re.sub(r'(url\(|href=")#', rf"\1#{prefix}-", body)
