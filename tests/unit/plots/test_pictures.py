"""Figures become pictures: described, in the ink of the page, and alike on every machine."""

import io
import re
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from nbcourse import plots

ALT = "A line that rises from zero to one."


def line_figure(color: str | None = None) -> Figure:
    """A figure with a title, a legend, a curve and a bar."""
    with mpl.rc_context():
        plots.use_course_style()
        fig, ax = plots.subplots()
        ax.plot([0, 1], [0, 1], label="curve", color=color)
        ax.bar([0.5], [0.5], color=plots.COLORS.green)
        ax.set(title="Rising", xlabel="x")
        ax.legend()
        return fig


def bundle(picture: plots.Picture) -> dict[str, str]:
    """What a notebook receives."""
    return picture._repr_mimebundle_()


def test_a_picture_comes_as_svg_for_pages_png_for_print_and_text_for_the_rest() -> None:
    """All three forms are there, and the text is the description."""
    forms = bundle(plots.show(line_figure(), alt=ALT))

    assert set(forms) == {"text/html", "image/png", "text/plain"}
    assert forms["text/html"].startswith("<svg")
    assert forms["image/png"].startswith("iVBOR")
    assert forms["text/plain"] == f"Figure: {ALT}"


@pytest.mark.parametrize("alt", ["", "   ", "a plot", " short description "])
def test_a_figure_without_description_is_refused(alt: str) -> None:
    """Fewer than twenty characters describe nothing."""
    with pytest.raises(ValueError, match=r"at least 20 characters, got"):
        plots.show(line_figure(), alt=alt)


def test_the_description_is_escaped_and_on_one_line() -> None:
    """Quotes, signs and line breaks cannot leave the attribute."""
    svg = plots.show(line_figure(), alt='Loss < 1 & "falling"\n   over ten epochs').svg

    assert 'aria-label="Loss &lt; 1 &amp; &quot;falling&quot; over ten epochs"' in svg


def test_ink_is_the_text_color_of_the_page() -> None:
    """Text, axes and grid inherit; curves keep their colors; the background is the page's."""
    svg = plots.show(line_figure(color=plots.COLORS.vermillion), alt=ALT).svg

    colors = set(re.findall(r"(?:fill|stroke): (#\w{6}|currentColor|none)", svg))
    assert colors == {"currentColor", "none", "#d55e00", "#009e73"}


def test_black_is_ink_too() -> None:
    """A figure drawn without the style, in black, also follows the page."""
    fig = line_figure(color="k")

    assert "#000000" not in plots.show(fig, alt=ALT).svg


def test_svg_leaves_the_rest_of_the_page_alone() -> None:
    """No style sheet, no script, no document type, nothing from another host."""
    svg = plots.show(line_figure(), alt=ALT).svg

    for intruder in ("<style", "<script", "<!DOCTYPE", "<?xml", "<metadata", "<!--"):
        assert intruder not in svg
    assert re.findall(r"https?://[^\"]+", svg) == ["http://www.w3.org/2000/svg"]


def test_svg_grows_to_its_natural_width_and_no_further() -> None:
    """It fills a phone and does not blow up on a wide screen."""
    svg = plots.show(line_figure(), alt=ALT).svg

    assert "width:100%;max-width:460.8pt" in svg  # 6.4 inches


def test_references_inside_the_svg_resolve() -> None:
    """Every id that is used is defined once."""
    svg = plots.show(line_figure(), alt=ALT).svg

    used = set(re.findall(r'(?:url\(|href=")#([^")]+)', svg))
    defined = re.findall(r' id="([^"]+)"', svg)
    assert used
    assert sorted(used) == sorted(defined)


def test_two_figures_on_a_page_share_no_id() -> None:
    """Glyphs and clip paths of different figures cannot mix."""
    one = plots.show(line_figure(), alt=ALT).svg
    other = plots.show(line_figure(color="k"), alt=ALT).svg

    ids = [set(re.findall(r' id="([^"]+)"', svg)) for svg in (one, other)]
    assert not ids[0] & ids[1]


def test_the_same_figure_gives_the_same_bytes() -> None:
    """No date, no counter and no random id gets into a picture."""
    one, other = (plots.show(line_figure(), alt=ALT) for _ in range(2))

    assert one == other


def test_rounding_moves_the_curve_by_less_than_a_hundredth_of_a_point() -> None:
    """Paths are shortened, not changed."""
    svg = plots.show(line_figure(), alt=ALT).svg

    numbers = re.findall(r'd="([^"]+)"', svg)
    assert all(len(decimals) <= 2 for path in numbers for decimals in re.findall(r"\.(\d+)", path))


def test_png_has_a_white_background_and_twice_the_resolution_of_a_screen() -> None:
    """Print needs opaque paper and sharp lines."""
    pixels = imread(io.BytesIO(plots.show(line_figure(), alt=ALT).png))

    assert pixels.shape[:2] == (720, 1280)
    assert pixels[0, 0].tolist() == [1, 1, 1, 1]


def test_nothing_is_displayed_behind_the_back_of_the_cell() -> None:
    """Figures are made without pyplot, which would show them a second time."""
    code = (
        "import sys; from nbcourse import plots; plots.use_course_style();"
        "fig, ax = plots.subplots(1, 2); plots.show(fig, alt='Two empty pairs of axes.');"
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(("shape", "expected"), [((1, 1), ()), ((1, 3), (3,)), ((2, 2), (2, 2))])
def test_subplots_squeezes_its_axes_as_pyplot_does(
    shape: tuple[int, int], expected: tuple[int, ...]
) -> None:
    """One pair of axes comes alone, a row as an array."""
    _, axes = plots.subplots(*shape)

    assert np.shape(axes) == expected
