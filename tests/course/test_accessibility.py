"""No barrier that axe can find on any page: in light and in dark, on a desktop and on a phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from book._ext import vendor
from tests.course.conftest import ROOT, contents

AXE = vendor.TOOLS / "axe-core" / "axe.min.js"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
# Their layout differs most: a start page, mathematics and twins, solutions, a list of references.
ON_A_PHONE = ("index", "05_backpropagation", "solutions_05_backpropagation", "appendix_references")
STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# What a theme can change: all else is the same in the dark.
OF_COLOR = ("color-contrast", "link-in-text-block")
# Most of a page is not for axe, or for it many times the same: the visible half of formulas, which
# is hidden from screen readers and has the color of the text; the inside of pictures; and words of
# code, of each kind of which one is left. Screen readers read a formula in the head of a table, axe
# does not: it is given the formula's text.
PRUNE = """
document.querySelectorAll(".katex-html").forEach((half) => half.remove());
document.querySelectorAll("th math").forEach((math) => math.replaceWith(math.textContent));
document.querySelectorAll("svg[role=img]").forEach((picture) => picture.replaceChildren());
const seen = new Set();
for (const token of document.querySelectorAll("pre span[class]")) {
  const kind = token.className + Boolean(token.closest(".cell_output"));
  if (seen.has(kind)) token.replaceWith(...token.childNodes);
  seen.add(kind);
}
"""
RUN = "async (options) => (await axe.run(document, { ...options, resultTypes: ['violations'] }))"


@pytest.fixture(scope="module")
def page(browser: Browser, html: Path) -> Iterator[Page]:
    """One page for all visits, in which axe is loaded."""
    del html  # built: then axe is there, too
    with browser.new_page(viewport=DESKTOP, color_scheme="light", reduced_motion="reduce") as page:
        page.add_init_script(path=AXE)
        yield page


def barriers(page: Page, rules: tuple[str, ...] = ()) -> list[str]:
    """What axe finds on the page as it is shown now, one sentence each."""
    kind, values = ("rule", rules) if rules else ("tag", STANDARDS)
    result = page.evaluate(RUN, {"runOnly": {"type": kind, "values": [*values]}})
    return [
        f"{violation['id']}: {violation['help']}: {node['target'][-1]} {node['html'][:120]}"
        for violation in result["violations"]
        for node in violation["nodes"][:5]
    ]


def visit(page: Page, url: str, size: dict[str, int]) -> None:
    """Show a page, without what axe has no use for."""
    page.set_viewport_size(size)
    page.goto(url, wait_until="load")
    page.evaluate(f"() => {{ {PRUNE} }}")


def show_dark(page: Page) -> None:
    """Switch the page to the dark, as its button does."""
    page.evaluate("document.documentElement.dataset.theme = 'dark'")


@pytest.mark.browser
@pytest.mark.parametrize("name", contents())
def test_page_has_no_barrier(page: Page, address: str, name: str) -> None:
    """Every rule in the light, those of color also in the dark."""
    visit(page, f"{address}/{name}.html", DESKTOP)
    found = [f"light: {barrier}" for barrier in barriers(page)]
    show_dark(page)
    found += [f"dark: {barrier}" for barrier in barriers(page, OF_COLOR)]
    assert found == []


@pytest.mark.browser
@pytest.mark.parametrize("name", ON_A_PHONE)
def test_page_has_no_barrier_on_a_phone(page: Page, address: str, name: str) -> None:
    """Every rule, in the dark, on a small screen."""
    visit(page, f"{address}/{name}.html", PHONE)
    show_dark(page)
    assert barriers(page) == []


@pytest.mark.browser
def test_planted_barriers_are_found(page: Page, address: str) -> None:
    """A picture without text, a button without a name, gray on gray in the dark."""
    visit(page, f"{address}/preface.html", DESKTOP)
    page.evaluate(
        "document.querySelector('article').insertAdjacentHTML('beforeend', "
        "`<img src='x.png'><button></button><p style='color: #444'>Hard to read in the dark.</p>`)"
    )
    show_dark(page)
    found = " ".join(barriers(page))
    for rule in ("image-alt:", "button-name:", "color-contrast:"):
        assert rule in found


def test_axe_looks_at_every_page_of_the_phone_list() -> None:
    """The pages that are named here exist."""
    assert set(ON_A_PHONE) <= set(contents())
    assert AXE.is_relative_to(ROOT)
