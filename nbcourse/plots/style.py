"""The look that every figure shares: colors, line styles, sizes, and an ink that follows the page.

Each color has a contrast of at least 3 to 1 both on white and on the dark page, and it always comes
with its own line style, so that a figure also reads in black and white.
"""

from typing import Any, NamedTuple, TypeAlias

import matplotlib as mpl
from cycler import cycler


class Palette(NamedTuple):
    """The colors of the course, by name (`COLORS.blue`) and by number (`COLORS[0]`)."""

    blue: str = "#0072B2"
    vermillion: str = "#D55E00"
    green: str = "#009E73"
    purple: str = "#B4629A"
    gray: str = "#7F7F7F"
    brown: str = "#9C6644"


Dashes: TypeAlias = str | tuple[int, tuple[int, ...]]

COLORS = Palette()
LINESTYLES: tuple[Dashes, ...] = ("-", "--", "-.", ":", (0, (6, 2)), (0, (3, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P")

SEQUENTIAL = "viridis"  # colormap of quantities that start somewhere
DIVERGING = "RdBu_r"  # colormap of quantities around zero
GRAY = "gray"  # colormap of photographs and digits: bright strokes on a dark square

INK = "#010203"  # `show` replaces this color by the text color of the page
DARK_PAGE = "#14181e"

_SIZES: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # ships with matplotlib: the same everywhere
    "font.size": 12,
    "axes.titlesize": 13,
    "axes.labelsize": 12,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "legend.fontsize": 11,
    "lines.linewidth": 2.0,
    "lines.markersize": 6,
    "axes.linewidth": 0.8,
    "grid.linewidth": 0.6,
}
_LOOK: dict[Any, Any] = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.alpha": 0.2,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "image.cmap": SEQUENTIAL,
    "image.interpolation": "none",
    "axes.prop_cycle": cycler(color=COLORS) + cycler(linestyle=LINESTYLES),
}
_INKED = (
    "text.color",
    "axes.edgecolor",
    "axes.labelcolor",
    "axes.titlecolor",
    "xtick.color",
    "ytick.color",
    "grid.color",
    "patch.edgecolor",
    "hatch.color",
)


def use_course_style() -> None:
    """Give every figure made from now on the look of the course."""
    mpl.rcParams.update(_SIZES | _LOOK | dict.fromkeys(_INKED, INK))
