"""Formulas are set at the build: all of them, as they are meant, and faults have a place."""

import logging
from types import SimpleNamespace

import pytest
from docutils import nodes

from book._ext import vendor
from book._ext.course_site import mathematics
from book._ext.course_site.mathematics import Formula, Mathematics, display_formula


@pytest.fixture(scope="module")
def setter() -> Mathematics:
    """What sets formulas, with one macro."""
    vendor.vendor(vendor.TOOLS, vendor.TOOL_PACKAGES)
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
    assert context["math_fonts"] == mathematics.FONTS


def test_a_page_without_formulas_loads_nothing_for_them(setter: Mathematics) -> None:
    """Neither the style nor the fonts."""
    context = {"body": "<p>No formula.</p>"}
    setter.fill(SimpleNamespace(), "page", "page.html", context, None)
    assert context == {"body": "<p>No formula.</p>"}


def test_formulas_are_set_once(setter: Mathematics, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time nothing runs."""
    formula = Formula("x^2", display=False)
    first = setter.html(formula)
    monkeypatch.setattr(mathematics, "EXTENSION", None)  # what would run is not there
    assert setter.html(formula) == first
