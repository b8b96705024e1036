"""The built site: complete, described, linked, served by itself alone; in a real browser too."""

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup
from docutils.nodes import make_id
from playwright.sync_api import Browser, Page, Route

from book._ext.course_site import numbering
from tests.course import site_checks
from tests.course.conftest import ROOT, contents

PHONE, DESKTOP = 390, 1280  # pixels
MAX_SHIFT = 0.02  # of the screen, by what comes late
MAX_BYTES = 500_000  # of a page and all that it loads by itself, compressed
SCREENSHOTS = ROOT / "_build" / "screenshots"
# Adds up what moves on a page while it loads.
WATCH_SHIFTS = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
COUNT_BYTES = """
[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .reduce((sum, entry) => sum + entry.encodedBodySize, 0)
"""


@pytest.fixture(scope="module")
def pages(html: Path) -> dict[str, BeautifulSoup]:
    """Every built page, parsed."""
    return site_checks.read_pages(html)


def figure_names(page: str) -> list[str]:
    """The ids of the figures that the notebook of a page names."""
    notebook = ROOT / "book" / f"{page}.ipynb"
    if not notebook.is_file():
        return []
    cells = nbformat.read(notebook, as_version=4).cells
    figures = (cell.metadata.get("mystnb", {}).get("figure", {}) for cell in cells)
    return [make_id(figure["name"]) for figure in figures if "name" in figure]


def test_every_page_of_the_contents_is_built_and_no_other(pages: dict[str, BeautifulSoup]) -> None:
    """The table of contents and the site name the same pages."""
    assert list(site_checks.inventory_faults(pages, contents())) == []


@pytest.mark.parametrize("name", contents())
def test_page_is_whole(pages: dict[str, BeautifulSoup], name: str) -> None:
    """A page has text, one heading, its figures with descriptions, and no leftovers of markup."""
    faults = [
        *site_checks.text_faults(pages[name]),
        *site_checks.picture_faults(pages[name], figure_names(name)),
    ]
    assert faults == []


def test_headings_carry_the_numbers_of_the_files(pages: dict[str, BeautifulSoup]) -> None:
    """Chapter 5 is `05_...`, whatever its place; appendices have letters."""
    heads = numbering.heads(contents())
    assert len(heads) > 2
    for name, head in heads.items():
        heading = pages[name].select_one("h1 .section-number")
        assert heading is not None
        assert heading.get_text().strip() == f"{head}."


def test_no_link_is_broken(pages: dict[str, BeautifulSoup], html: Path) -> None:
    """Every internal link, anchor, picture, script and style sheet exists."""
    assert list(site_checks.link_faults(pages, html)) == []


def test_pages_name_no_other_host(pages: dict[str, BeautifulSoup], html: Path) -> None:
    """Nothing that a browser fetches by itself is on another host."""
    faults = []
    for name, page in pages.items():
        faults += [f"{name}: {fault}" for fault in site_checks.off_host_faults(page)]
    for sheet in html.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8", errors="replace")
        faults += [f"{sheet.name}: {fault}" for fault in site_checks.off_host_css_faults(text)]
    assert faults == []


@pytest.fixture(scope="module", autouse=True)
def _fresh_screenshots() -> None:
    """Pictures of pages that are no more would mislead."""
    shutil.rmtree(SCREENSHOTS, ignore_errors=True)


def watch(page: Page, address: str) -> list[str]:
    """Collect what goes wrong on `page` from now on; requests to another host are stopped."""
    faults: list[str] = []

    def only_here(route: Route) -> None:
        if urlsplit(route.request.url).netloc == urlsplit(address).netloc:
            route.continue_()
        else:
            faults.append(f"asks for {route.request.url}")
            route.abort()

    page.route("**/*", only_here)
    page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
    page.on(
        "console",
        lambda said: faults.append(f"console: {said.text}") if said.type == "error" else None,
    )
    page.on(
        "response",
        lambda got: faults.append(f"{got.status} for {got.url}") if got.status >= 400 else None,
    )
    return faults


def drawing_faults(page: Page) -> list[str]:
    """Mathematics that is not set, a page that is wider than the screen."""
    n_unset = page.locator(".math:not(:has(.katex))").count()
    faults = [f"{n_unset} formulas are not set"] if n_unset else []
    if page.locator(".math").count():
        fonts = "[...document.fonts].some(font => font.family.startsWith('KaTeX'))"
        if not page.evaluate(fonts):
            faults.append("the style sheet of mathematics is missing")
    width, screen = page.evaluate("[document.scrollingElement.scrollWidth, window.innerWidth]")
    if width > screen:
        faults.append(f"is {width} px wide on a screen of {screen} px")
    return faults


def loading_faults(page: Page) -> list[str]:
    """A page that moves while it loads, or that weighs too much."""
    faults = []
    shift, n_bytes = page.evaluate("window.shift"), page.evaluate(COUNT_BYTES)
    if shift > MAX_SHIFT:
        faults.append(f"moves by {shift:.3f} while it loads, more than {MAX_SHIFT}")
    if n_bytes > MAX_BYTES:
        faults.append(f"weighs {n_bytes:,} bytes, more than {MAX_BYTES:,}")
    return faults


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", contents())
def test_page_works_in_a_browser(browser: Browser, address: str, name: str, scheme: str) -> None:
    """No error, no failed or foreign request, all drawn and light, on a desktop and on a phone."""
    sizes = {"light": (DESKTOP, 900), "dark": (PHONE, 844)}
    width, height = sizes[scheme]
    size = {"width": width, "height": height}
    with browser.new_page(color_scheme=scheme, viewport=size) as page:
        page.add_init_script(WATCH_SHIFTS)
        faults = watch(page, address)
        page.goto(f"{address}/{name}.html", wait_until="networkidle")
        assert page.locator("html").get_attribute("data-theme") == scheme
        faults += loading_faults(page)
        faults += drawing_faults(page)
        picture = SCREENSHOTS / f"{name}-{scheme}.jpeg"
        page.screenshot(path=picture, full_page=True, type="jpeg", quality=60)
        if scheme == "light":
            page.set_viewport_size({"width": PHONE, "height": 844})
            faults += drawing_faults(page)
    assert faults == []


@pytest.mark.browser
def test_every_icon_is_drawn(browser: Browser, address: str) -> None:
    """Each icon of the theme has its glyph, and it is not the font's box for what it lacks."""
    with browser.new_page(viewport={"width": DESKTOP, "height": 900}) as page:
        page.goto(f"{address}/01_neuron.html")
        icons = page.evaluate(
            """async () => {
              await document.fonts.ready;
              return [...document.querySelectorAll("[class*='fa-']")].map((icon) => [
                icon.className, getComputedStyle(icon, "::before").content,
              ]);
            }"""
        )
        assert page.evaluate("document.fonts.check('900 16px \"Font Awesome 6 Free\"', '\\uf0c9')")
    assert len(icons) > 5
    assert [name for name, content in icons if content in ("none", "normal")] == []


@pytest.mark.browser
def test_the_theme_works_without_its_script_of_icons(browser: Browser, address: str) -> None:
    """Colors, search and both side bars answer to a click."""
    with browser.new_page(viewport={"width": DESKTOP, "height": 900}) as page:
        page.goto(f"{address}/01_neuron.html")
        page.locator(".theme-switch-button:visible").first.click()
        page.locator(".theme-switch-button:visible").first.click()
        assert page.locator("html").get_attribute("data-mode") in ("dark", "light")
        page.locator(".search-button-field").click()
        assert page.locator("#pst-search-dialog").get_attribute("open") is not None
        page.keyboard.press("Escape")
        page.locator(".primary-toggle:visible").click()
        assert "pst-sidebar-hidden" in str(
            page.locator("#pst-primary-sidebar").get_attribute("class")
        )
        page.set_viewport_size({"width": PHONE, "height": 844})
        page.locator(".secondary-toggle:visible").click()
        assert page.locator("#pst-secondary-sidebar-modal").get_attribute("open") is not None


@pytest.mark.browser
def test_wide_formulas_can_be_reached_by_keyboard(browser: Browser, address: str) -> None:
    """A box that scrolls is a stop of the Tab key, and is none when its formula fits."""
    with browser.new_page(viewport={"width": DESKTOP, "height": 900}) as page:
        page.goto(f"{address}/05_backpropagation.html")
        wide = ".math-box"
        page.locator(wide).first.scroll_into_view_if_needed()
        page.evaluate(
            "document.querySelector('.math-box .katex').style.cssText = "
            "'display: block; width: 5000px'; dispatchEvent(new Event('resize'))"
        )
        page.set_viewport_size({"width": PHONE, "height": 844})
        page.wait_for_function("document.querySelector('.math-box').tabIndex === 0")
        page.evaluate("document.querySelector('.math-box .katex').style.cssText = ''")
        page.set_viewport_size({"width": 3 * DESKTOP, "height": 900})
        page.wait_for_function("document.querySelector('.math-box').tabIndex === -1")
        assert page.locator(wide).count() > 1


@pytest.mark.browser
def test_one_choice_of_twin_switches_every_tab(
    browser: Browser, address: str, pages: dict[str, BeautifulSoup]
) -> None:
    """Choosing PyTorch once shows PyTorch in all tabs of the page, and on the next page."""
    with_tabs = [name for name in contents() if len(pages[name].select(".sd-tab-set")) > 1]
    assert with_tabs, "no page has two sets of tabs"
    with browser.new_page() as page:
        for k, name in enumerate((with_tabs[0], with_tabs[-1])):
            page.goto(f"{address}/{name}.html")
            labels = page.locator(".sd-tab-label", has_text="PyTorch")
            if k == 0:
                labels.first.click()
            for label in labels.all():
                assert label.evaluate("label => document.getElementById(label.htmlFor).checked")


@pytest.mark.browser
def test_watch_notices_faults(browser: Browser, address: str) -> None:
    """A page with a foreign script, an error, a missing file, bad mathematics and no room fails."""
    with browser.new_page(viewport={"width": PHONE, "height": 844}) as page:
        page.add_init_script(WATCH_SHIFTS)
        faults = watch(page, address)
        page.goto(f"{address}/preface.html")
        page.set_content(
            "<script src='https://cdn.example.org/x.js'></script><img src='missing.png'>"
            "<script>console.error('planted'); throw Error('planted')</script>"
            "<p class='math'>\\(x\\)</p><div style='width: 2000px'>wide</div><p>moved</p>"
        )
        page.wait_for_load_state("networkidle")
        page.evaluate(
            "async () => { const frame = () => new Promise(requestAnimationFrame); await frame();"
            " document.body.prepend(Object.assign(document.createElement('div'),"
            " { style: 'height: 400px' })); await frame(); await frame(); }"
        )
        faults += drawing_faults(page) + loading_faults(page)
    found = "\n".join(faults)
    planted = (
        "asks for https://cdn",
        "console: planted",
        "script error",
        "404",
        "1 formulas are not set",
        "style sheet of mathematics",
        "wide",
        "moves by",
    )
    for fault in planted:
        assert fault in found
