"""The shared look: colors that can be told apart and read on a light and on a dark page."""

import matplotlib as mpl
import pytest

from nbcourse import plots
from nbcourse.plots.style import DARK_PAGE


def luminance(color: str) -> float:
    """Relative luminance of a color (WCAG 2.2)."""
    channels = mpl.colors.to_rgb(color)
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colors (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_contrast_formula_knows_its_extremes() -> None:
    """Black on white has a contrast of 21 to 1, a color on itself of 1 to 1."""
    assert contrast("black", "white") == pytest.approx(21)
    assert contrast("#0072B2", "#0072B2") == 1


@pytest.mark.parametrize("color", plots.COLORS)
@pytest.mark.parametrize("page", ["#ffffff", DARK_PAGE])
def test_every_color_stands_out_on_both_pages(color: str, page: str) -> None:
    """Lines and markers need a contrast of at least 3 to 1."""
    assert contrast(color, page) >= 3


def test_a_color_that_would_fail_is_caught() -> None:
    """Matplotlib's yellow is too pale for a white page, its navy too dark for the dark page."""
    assert contrast("yellow", "white") < 3
    assert contrast("navy", DARK_PAGE) < 3


def test_colors_and_line_styles_and_markers_are_all_different() -> None:
    """A black and white print still tells six curves apart."""
    for cycle in (plots.COLORS, plots.LINESTYLES, plots.MARKERS):
        assert len(set(cycle)) == len(cycle) == 6


def test_curves_differ_in_color_and_in_line_style() -> None:
    """The style cycles through both together."""
    with mpl.rc_context():
        plots.use_course_style()
        _, ax = plots.subplots()
        lines = [ax.plot([0, 1])[0] for _ in plots.COLORS]

    assert [line.get_color() for line in lines] == list(plots.COLORS)
    assert len({line.get_linestyle() + str(line._unscaled_dash_pattern) for line in lines}) == 6


def test_colors_have_names_and_numbers() -> None:
    """Prose says blue, loops say zero."""
    assert plots.COLORS.blue == plots.COLORS[0]
