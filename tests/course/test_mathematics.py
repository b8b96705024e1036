"""Formulas are set at the build: all of them, as they are meant, and faults have a place."""

import io
import logging
import re
from types import SimpleNamespace

import pytest
from docutils import nodes
from fontTools.ttLib import TTFont
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page

from book._ext import vendor
from book._ext.course_site import javascript, mathematics, mathfonts
from book._ext.course_site.mathematics import Formula, Mathematics, display_formula


@pytest.fixture(scope="module")
def setter() -> Mathematics:
    """What sets formulas, with one macro."""
    vendor.vendor()
    setter = Mathematics()
    setter.macros = {r"\R": r"\mathbb{R}"}
    return setter


@pytest.mark.parametrize(
    "tex",
    [
        r"\begin{aligned} a &= 1 \\ b &= 2 \end{aligned}",
        r"\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}",
        r"\begin{cases} 1 & x > 0 \\ 0 & \text{otherwise} \end{cases}",
        r"\operatorname{ReLU}(x) \in \mathbb{R}",
        r"\R^{n \times n}",
    ],
)
def test_formulas_of_the_book_are_set(setter: Mathematics, tex: str) -> None:
    """For the eye, and as MathML for screen readers."""
    html = setter.html(display_formula(tex))
    assert html.startswith('<div class="math-box"><span class="katex-display">')
    assert "<math" in html
    assert 'class="katex-html" aria-hidden="true"' in html


def test_parts_and_lines_are_aligned() -> None:
    """As Sphinx writes them for MathJax; a matrix has lines of its own."""
    assert display_formula("a &= 1\n\nb &= 2").tex == r"\begin{aligned}a &= 1\\b &= 2\end{aligned}"
    assert display_formula(r"\begin{pmatrix} 1 \\ 0 \end{pmatrix}").tex.startswith(
        r"\begin{pmatrix}"
    )
    assert display_formula(r"\begin{align} a \end{align}", nowrap=True).tex.startswith(
        r"\begin{align}"
    )


def test_a_formula_that_cannot_be_set_is_reported_with_its_place(
    setter: Mathematics, caplog: pytest.LogCaptureFixture
) -> None:
    """The page and the text are named; the build treats a warning as an error."""
    node = nodes.math("", r"\frac{1}")
    node.source, node.line = "book/page.md", 7
    with caplog.at_level(logging.WARNING, logger="sphinx"):
        html = setter.html(mathematics.formula_of(node), node)
    (record,) = caplog.records
    assert r"\frac{1}" in record.getMessage()
    assert record.location is node
    assert "math-fault" in html


def test_marked_formulas_in_plain_html_are_set(setter: Mathematics) -> None:
    """Quizzes and live figures may have formulas; code that looks like one stays."""
    marked = (
        r'<span class="math">\(x &lt; 1\)</span> <div class="math">\[y\]</div> <code>\(z\)</code>'
    )
    context = {"body": marked}
    app = SimpleNamespace(add_css_file=lambda *_, **__: None)
    setter.fill(app, "page", "page.html", context, None)
    assert context["body"].count('<span class="katex">') == 2
    assert context["body"].count('<div class="math-box">') == 1
    assert r"<code>\(z\)</code>" in context["body"]
    assert context["math_fonts"] == mathfonts.SCRIPT


def test_a_page_without_formulas_loads_nothing_for_them(setter: Mathematics) -> None:
    """Neither the style sheet nor the fonts."""
    context = {"body": "<p>No formula.</p>"}
    setter.fill(SimpleNamespace(), "page", "page.html", context, None)
    assert context == {"body": "<p>No formula.</p>"}


def test_formulas_are_set_once(setter: Mathematics, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time nothing runs."""
    formula = Formula("x^2", display=False)
    first = setter.html(formula)
    monkeypatch.delattr(javascript, "run")
    assert setter.html(formula) == first


LIGHT = [
    ["x", False],
    [r"\hat x_i = 3", False],
    [r"a_i^2 + b^{n-1}_j - c'", False],
    [r"\log_2 n \; \text{if } x_{i_k} \in (0, 1],\, f(e^{-z^2/2})", False],
    [r"\tfrac{1}{n} \sum_i x_i \quad \sqrt{\hat v} + \epsilon", False],
    [r"\left( -\frac{t_i}{p_i} + \frac{1 - t_i}{1 - p_i} \right) p_i^2 = p_i - t_i", True],
    [
        r"\underbrace{(r - \bar p)^2}_{\text{bias}^2} + \begin{pmatrix} x_1 \\ x_2 \end{pmatrix}",
        True,
    ],
]


def drawn(browser: Browser, plain: bool, shift: str = "") -> tuple[list[list[float]], Image.Image]:
    """The boxes of some formulas in a browser, and their picture."""
    given = {"macros": {}, "formulas": LIGHT, "plain": plain}
    formulas = [each["html"] for each in javascript.run("katex.cjs", "katex", given)]
    files = mathfonts.made_of(javascript.TOOLS / "katex", formulas)
    body = "".join(f"<p>before {formula} behind</p>" for formula in formulas)
    style = f"p {{ line-height: 1.65; {shift} }} .katex .katex-line {{ white-space: nowrap; }}"
    with browser.new_page(viewport={"width": 700, "height": 700}, device_scale_factor=2) as page:
        page.set_content(
            f"<!doctype html><script>{files[mathfonts.SCRIPT].decode()}</script>"
            f"<style>{files[mathfonts.SHEET].decode()}{style}</style>{body}"
        )
        boxes = page.evaluate(BOXES)
        return boxes, Image.open(io.BytesIO(page.screenshot())).convert("L")


BOXES = """() => [...document.querySelectorAll("p, .katex-html .mathnormal")].map((each) => {
  const { x, y, width, height } = each.getBoundingClientRect();
  return [x, y, width, height];
})"""


@pytest.mark.browser
def test_the_boxes_that_are_taken_out_move_nothing(browser: Browser) -> None:
    """Every line is as high, every letter stands where it stood, to a twentieth of a point."""
    vendor.vendor()
    (plain, before), (light, after) = drawn(browser, plain=True), drawn(browser, plain=False)
    assert len(plain) == len(light) > 30
    moved = [
        abs(a - b)
        for old, new in zip(plain, light, strict=True)
        for a, b in zip(old, new, strict=True)
    ]
    assert max(moved) < 0.05
    # Moved by a part of a point, a line of the picture may be gray where it was black.
    difference = ImageChops.difference(before, after).point(lambda value: value > 128 and 255)
    changed = sum(difference.histogram()[1:]) / (before.width * before.height)
    assert changed < 1e-4
    planted, _ = drawn(browser, plain=False, shift="letter-spacing: 0.2px")
    assert max(abs(a[2] - b[2]) for a, b in zip(plain, planted, strict=True)) > 0.05


def test_simple_formulas_are_light(setter: Mathematics) -> None:
    """A letter has seven elements, an index no table."""
    assert setter.html(Formula("x", display=False)).count("<") == 2 * 7
    index = setter.html(Formula("x_i", display=False))
    assert "vlist" not in index
    assert "katex-strut" not in index
    assert "annotation" not in index


def test_each_character_has_its_font(setter: Mathematics) -> None:
    """The fonts of a page hold what its formulas show, and little else."""
    formulas = [r"\mathbf w + \mathbb E[x] \in \R", r"\sum_i \Bigl( \frac{a}{b} \Bigr)"]
    set_ones = [setter.html(display_formula(tex)) for tex in formulas]
    files = mathfonts.made_of(javascript.TOOLS / "katex", set_ones)
    fonts = {name: TTFont(io.BytesIO(data)) for name, data in files.items() if ".woff" in name}
    shown = mathfonts.characters(set_ones)
    assert "w" in shown["Main-Bold"]
    assert {"E", "R"} <= shown["AMS-Regular"]
    for face, name in (("Main-Bold", "w"), ("AMS-Regular", "ER"), ("Math-Italic", "xiab")):
        assert {ord(each) for each in name} <= set(fonts[mathfonts.file_of(face)].getBestCmap())
    assert "KaTeX_Fraktur-Regular.woff" not in files
    sheet, script = (files[name].decode() for name in (mathfonts.SHEET, mathfonts.SCRIPT))
    assert "Fraktur-Regular" not in sheet
    assert set(re.findall(r"url\((\S+?)\?v=", sheet)) == set(fonts)
    assert script.count('"KaTeX_') == len(fonts)
    assert all("Permission is hereby granted" in text for text in (sheet, script))


def test_every_font_of_katex_is_known() -> None:
    """A version that shows characters in another font is noticed."""
    rules = (javascript.TOOLS / "katex" / "katex.min.css").read_text(encoding="utf-8")
    known = set().union(*mathfonts.FACES.values())
    asked = re.findall(r"([^{}]+)\{[^{}]*font-family:\"?KaTeX_\w+", rules)
    assert len(asked) > 15
    for selectors in asked:
        for selector in selectors.split(","):
            names = set(re.findall(r"\.([\w-]+)", selector)) - {"katex"}
            if names and "@font-face" not in selector:
                assert names & (known | UNUSUAL), selector


# Bold and slanted kinds of rare alphabets, and what names the main font itself.
UNUSUAL = {
    "textrm", "mainrm", "mathboldfrak", "textboldfrak", "mathboldsf", "textboldsf",
    "mathitsf", "mathsfit", "textitsf",
}  # fmt: skip


@pytest.mark.browser
def test_all_formulas_are_read_aloud(browser: Browser, address: str) -> None:
    """What is laid out late is known to screen readers soon, folded parts included."""
    with browser.new_page(viewport={"width": 1280, "height": 900}) as page:
        page.goto(f"{address}/05_backpropagation.html")
        page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        page.wait_for_function("!document.documentElement.matches('.formulas-wait')", timeout=5000)
        n_formulas = page.locator("math").count()
        assert n_formulas > 100
        assert spoken_formulas(page) == n_formulas
        page.add_style_tag(content=".katex-mathml { content-visibility: hidden !important; }")
        assert spoken_formulas(page) == 0


@pytest.mark.browser
def test_without_scripts_formulas_have_fonts_and_words(browser: Browser, address: str) -> None:
    """The fonts come as files, and nothing waits for a script."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    loaded: list[str] = []
    page.on("response", lambda response: loaded.append(response.url))
    page.goto(f"{address}/05_backpropagation.html", wait_until="networkidle")
    assert any("KaTeX_Main-Regular.woff" in url for url in loaded)
    assert spoken_formulas(page) > 100
    context.close()


def spoken_formulas(page: Page) -> int:
    """How many formulas Chromium tells a screen reader of."""
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    return sum(node.get("role", {}).get("value") == "MathMLMath" for node in tree)
