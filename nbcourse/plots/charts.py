"""The few kinds of chart that several chapters draw: bands over seeds, grids of images, regions."""

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray

from nbcourse.plots.pictures import subplots
from nbcourse.plots.style import COLORS, GRAY, INK, MARKERS

Array: TypeAlias = NDArray[Any]

_ON_RASTER = ("white", "#101010")  # text over a colored cell keeps its color on every page
_DARK_CELL = 0.68  # share from which white text is easier to read than black


def band(
    ax: Axes,
    x: ArrayLike,
    runs: ArrayLike,
    *,
    label: str,
    color: str | None = None,
    percentiles: tuple[float, float] = (0, 100),
) -> Line2D:
    """Draw the mean of `runs` (n_seeds, n_x) and the band between two percentiles.

    The default band reaches from the lowest to the highest run.

    Raises:
        ValueError: when `runs` does not have one row per seed and one column per `x`.
    """
    values, positions = np.asarray(runs), np.asarray(x)
    if values.ndim != 2 or values.shape[1] != positions.size:
        raise ValueError(f"runs must be (n_seeds, {positions.size}), got {values.shape}.")
    (line,) = ax.plot(positions, values.mean(axis=0), label=label, color=color)
    low, high = np.percentile(values, percentiles, axis=0)
    ax.fill_between(positions, low, high, color=line.get_color(), alpha=0.2, linewidth=0)
    return line


def image_grid(
    images: ArrayLike,
    titles: Sequence[str] = (),
    *,
    n_columns: int,
    width: float = 6.4,
    cmap: str = GRAY,
) -> Figure:
    """A figure of gray images (n, height, width) in `n_columns` columns, each under its title.

    Raises:
        ValueError: when there are no images, or titles for another number of them.
    """
    stack = np.asarray(images)
    if stack.ndim != 3 or len(stack) == 0:
        raise ValueError(f"images must be (n, height, width) with n > 0, got {stack.shape}.")
    if titles and len(titles) != len(stack):
        raise ValueError(f"got {len(titles)} titles for {len(stack)} images.")
    n_rows = math.ceil(len(stack) / n_columns)
    side = width / n_columns
    title_room = 0.45 if any(titles) else 0.05
    figure, axes = subplots(n_rows, n_columns, width=width, height=n_rows * (side + title_room))
    for ax in np.ravel(axes):
        ax.set_axis_off()
    limits = {"vmin": stack.min(), "vmax": stack.max()}
    for k, (ax, image) in enumerate(zip(np.ravel(axes), stack, strict=False)):
        ax.imshow(image, cmap=cmap, **limits)
        ax.set_title(titles[k] if titles else "", fontsize=11)
    return figure


def confusion(ax: Axes, matrix: ArrayLike, labels: Sequence[str]) -> None:
    """Draw counts (true class, predicted class), shaded by their share of the true class."""
    counts = np.asarray(matrix)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(counts.shape):
        color = _ON_RASTER[int(share[row, column] < _DARK_CELL)]
        text = f"{counts[row, column]}" if counts[row, column] else ""
        ax.text(column, row, text, ha="center", va="center", color=color, fontsize=9)
    ax.set_xticks(range(len(labels)), labels)
    ax.set_yticks(range(len(labels)), labels)
    ax.set(xlabel="predicted class", ylabel="true class")
    ax.grid(visible=False)


def decision_regions(
    ax: Axes,
    predict: Callable[[Array], Array],
    X: Array,
    y: Array,
    *,
    n_grid: int = 200,
    margin: float = 0.5,
) -> None:
    """Tint the plane by the class that `predict` (m, 2) -> (m,) gives it, over the points X (n, 2).

    Classes are 0, 1, ...; each has a color and a marker of its own.
    """
    n_classes = int(np.max(y)) + 1
    (x_low, y_low), (x_high, y_high) = X.min(axis=0) - margin, X.max(axis=0) + margin
    _, _, points = _plane((x_low, x_high), (y_low, y_high), n_grid)
    regions = np.asarray(predict(points)).reshape(n_grid, n_grid)
    tints = ListedColormap([to_rgba(color, 0.22) for color in COLORS[:n_classes]])
    extent = (x_low, x_high, y_low, y_high)
    ax.imshow(
        regions,
        origin="lower",
        extent=extent,
        aspect="auto",
        cmap=tints,
        vmin=0,
        vmax=n_classes - 1,
    )
    for k in range(n_classes):
        points_x, points_y = X[y == k].T
        ax.scatter(points_x, points_y, s=22, marker=MARKERS[k], color=COLORS[k], label=f"class {k}")
    ax.grid(visible=False)


def contours(
    ax: Axes,
    f: Callable[[Array], Array],
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    *,
    levels: int | ArrayLike = 12,
    n_grid: int = 200,
) -> None:
    """Draw the level lines of `f` (m, 2) -> (m,); `levels` is their number or their heights."""
    xs, ys, points = _plane(xlim, ylim, n_grid)
    heights = np.asarray(f(points)).reshape(n_grid, n_grid)
    if isinstance(levels, int):
        levels = np.quantile(heights, np.linspace(0, 1, levels + 2)[1:-1])  # evenly spread lines
    ax.contour(xs, ys, heights, np.unique(levels), colors=INK, linewidths=0.8, alpha=0.4)
    ax.grid(visible=False)


def _plane(
    xlim: tuple[float, float], ylim: tuple[float, float], n_grid: int
) -> tuple[Array, Array, Array]:
    """Coordinates of a square grid of points, and the points themselves (n_grid**2, 2)."""
    xs, ys = np.linspace(*xlim, n_grid), np.linspace(*ylim, n_grid)
    return xs, ys, np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
