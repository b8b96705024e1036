"""Figures that read on paper, in the dark and by ear: one style, and pictures with a description.

style     colors, line styles and the settings that every figure shares
pictures  `subplots` makes a figure, `show` turns it into something a notebook displays
charts    the few kinds of chart that several chapters draw
"""

from nbcourse.plots.charts import band, confusion, contours, decision_regions, image_grid
from nbcourse.plots.pictures import Picture, show, subplots
from nbcourse.plots.style import (
    COLORS,
    DIVERGING,
    GRAY,
    INK,
    LINESTYLES,
    MARKERS,
    SEQUENTIAL,
    use_course_style,
)

__all__ = [
    "COLORS",
    "DIVERGING",
    "GRAY",
    "INK",
    "LINESTYLES",
    "MARKERS",
    "SEQUENTIAL",
    "Picture",
    "band",
    "confusion",
    "contours",
    "decision_regions",
    "image_grid",
    "show",
    "subplots",
    "use_course_style",
]
