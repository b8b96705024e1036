"""What is left out of the pages to draw them quickly: nothing that shows."""

import io
import re
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Route

from book._ext import vendor
from book._ext.course_site import lean, styles, unused
from nbcourse import plots
from tests.course.conftest import contents

RULE = re.compile(r'data-theme="(\w+)"\] \.highlight (?:\.(\w+) )?\{([^}]*)\}')


def colors(pygments: str) -> dict[tuple[str, str], str]:
    """The rules of each kind of token in each theme; that of all code has an empty name."""
    found = {}
    for theme, name, rule in RULE.findall(pygments):
        color = re.search(r"(?<!-)color: (#\w+)", rule)
        more = re.sub(r"(?:background(?:-color)?|color): [^;]+;?", "", rule).strip()
        if color:
            found[theme, name] = color[1] + more
    return found


def test_unmarked_code_has_the_color_of_all_code(html: Path) -> None:
    """In both themes; operators are the exception that the module names."""
    found = colors((html / "_static" / "pygments.css").read_text(encoding="utf-8"))
    for theme in ("light", "dark"):
        assert found[theme, ""]
        for kind in lean.PLAIN:
            assert found.get((theme, kind), found[theme, ""]) == found[theme, ""]
        assert found[theme, "k"] != found[theme, ""]  # a keyword would be noticed


def test_code_says_what_it_said(html: Path) -> None:
    """The words of code are there, with the marks that color it and without those that do not."""
    page = BeautifulSoup((html / "05_backpropagation.html").read_text("utf-8"), "html.parser")
    kinds = {tuple(span["class"]) for span in page.select(".highlight-ipython3 span[class]")}
    assert ("k",) in kinds
    assert not kinds & {(kind,) for kind in (*lean.PLAIN, lean.OPERATOR)}
    assert any("def backward" in code.get_text() for code in page.select("pre"))
    text = '<pre><span class="n">a</span><span class="k">in</span></pre><span class="n">b</span>'
    assert lean.plain_code(text) == '<pre>a<span class="k">in</span></pre><span class="n">b</span>'


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> lean.Figures:
    """What makes figures smaller, with nothing remembered."""
    vendor.vendor()
    maker = lean.Figures()
    maker.open(SimpleNamespace(outdir=str(tmp_path_factory.mktemp("site") / "html")))
    return maker


def figure() -> str:
    """A figure as notebooks have them, with lines, a band, points, text and a clipped picture."""
    rng = np.random.default_rng(0)
    fig, axes = plt.subplots(1, 2, figsize=(6, 3))
    x = np.linspace(0, 10, 200)
    axes[0].plot(x, np.sin(x) + 0.1 * rng.normal(size=200), label="sine")
    axes[0].fill_between(x, -1, np.cos(x), alpha=0.3)
    axes[0].set(xlabel="$x$", title="A title", ylim=(-0.8, 1.5))
    axes[0].legend()
    axes[1].scatter(*rng.normal(size=(2, 50)), marker="x")
    axes[1].imshow(rng.random((4, 4)), extent=(-1, 1, -1, 1))
    picture = plots.show(fig, alt="Lines, a band, points, and a small picture in a frame.")
    plt.close(fig)
    return picture.svg


def drawn(browser: Browser, svg: str) -> Image.Image:
    """What a figure looks like."""
    with browser.new_page(viewport={"width": 620, "height": 330}, device_scale_factor=2) as page:
        page.set_content(f"<!doctype html><body style='margin:0'>{svg}")
        return Image.open(io.BytesIO(page.screenshot())).convert("L")


@pytest.mark.browser
def test_a_smaller_figure_looks_the_same(browser: Browser, figures: lean.Figures) -> None:
    """And keeps its description; a planted change would be seen."""
    before = figure()
    after = figures.smaller(before)
    assert len(after) < 0.8 * len(before)
    label = 'aria-label="Lines, a band, points, and a small picture in a frame."'
    assert label in before
    assert label in after

    def changed(svg: str) -> float:
        difference = ImageChops.difference(drawn(browser, before), drawn(browser, svg))
        return sum(difference.point(lambda value: value > 64 and 255).histogram()[1:]) / 620 / 330

    assert changed(after) < 2e-3
    assert changed(after.replace("<path ", '<path transform="translate(3)" ')) > 2e-3


def test_figures_of_the_book_say_how_high_they_are(html: Path) -> None:
    """So that none moves the page when it is drawn late."""
    n_figures = 0
    for name in contents():
        text = (html / f"{name}.html").read_text(encoding="utf-8")
        for style in re.findall(r'<svg\b[^>]*? style="([^"]*max-width:[\d.]+pt[^"]*)"', text):
            assert style.startswith("aspect-ratio:"), name
            n_figures += 1
    assert n_figures > 50


@pytest.mark.parametrize(
    ("sheet", "left"),
    [
        (".a{b:c}.x{b:c}", ".a{b:c}"),
        (".a .x,.a>p{b:c}", ".a>p{b:c}"),
        (".a:not(.x)::before{b:c}", ".a:not(.x)::before{b:c}"),
        ("#x{b:c}", ""),
        ("@media print{.x{b:c}}", ""),
        ("@media print{.x{b:c}p{d:e}}", "@media print{p{d:e}}"),
        ("@font-face{font-family:x}", "@font-face{font-family:x}"),
        (":root{--x:1}*{d:e}[hidden]{f:g}", ":root{--x:1}\n*{d:e}\n[hidden]{f:g}"),
    ],
)
def test_only_rules_of_words_on_the_pages_stay(sheet: str, left: str) -> None:
    """What is asked for inside of `:not()` need not be there."""
    assert unused.without_unused(sheet, {"a", "p"}) == left


def test_a_broken_style_sheet_is_refused() -> None:
    """Rather than cut in two."""
    with pytest.raises(ValueError, match="cannot be read"):
        unused.without_unused("p{a:b} }", {"p"})


STYLES = """() => {
  const seen = {};
  for (const each of document.querySelectorAll("body *")) {
    const kind = `${each.parentElement.className} ${each.tagName} ${each.className}`;
    if (kind in seen) continue;
    const style = getComputedStyle(each);
    const names = [...style].filter((name) => !name.startsWith("--"));
    seen[kind] = names.map((name) => `${name}:${style[name]}`).join(";");
  }
  return seen;
}
"""


def answer(sheet: str, route: Route) -> None:
    """Give a page this style sheet."""
    route.fulfill(body=sheet, content_type="text/css")


@pytest.mark.browser
@pytest.mark.parametrize("name", ["index", "02_activations"])
def test_pages_look_as_they_would_with_all_rules(
    browser: Browser, address: str, html: Path, name: str
) -> None:
    """Each kind of element has the style that it has with the whole style sheet of the theme."""
    static = html / "_static"
    sheets = {part: styles._source(static, part).read_text("utf-8") for part in styles.SHARED}
    whole = styles.trimmed(sheets, static / styles._FONT)
    assert len((static / styles.SHEET).read_text("utf-8")) < 0.5 * len(whole)
    found = []
    for sheet in (None, whole, whole + ".bd-article p{margin-top:9px}"):
        with browser.new_page(viewport={"width": 1280, "height": 900}) as page:
            if sheet is not None:
                page.route(re.compile(rf"/{styles.SHEET}"), partial(answer, sheet))
            page.goto(f"{address}/{name}.html", wait_until="networkidle")
            found.append(page.evaluate(STYLES))
    ours, with_all, planted = found
    assert len(ours) > 50
    assert [kind for kind in ours if ours[kind] != with_all[kind]] == []
    assert ours != planted


def test_pages_ask_for_the_sheets_as_they_are(html: Path) -> None:
    """By their sums: a browser that remembers older ones asks again."""
    for sheet in (styles.SHEET, "mathematics.css", "mathematics.js"):
        digest = unused.digest((html / "_static" / sheet).read_bytes())
        asked = {
            version
            for page in html.glob("*.html")
            for version in re.findall(rf"_static/{sheet}(\S*?)\"", page.read_text("utf-8"))
        }
        assert asked == {f"?v={digest}"}
