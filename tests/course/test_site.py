"""The built site: complete, described, linked, served by itself alone; in a real browser too."""

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


def open_page(page: Page, url: str) -> None:
    """Go to `url` and wait until mathematics and diagrams are drawn."""
    page.goto(url, wait_until="load")
    page.evaluate("async () => { await window.MathJax?.startup?.promise }")
    page.wait_for_function(
        "() => [...document.querySelectorAll('pre.diagram')].every(d => d.querySelector('svg'))"
    )


def drawing_faults(page: Page) -> list[str]:
    """Mathematics that could not be set, a page that is wider than the screen."""
    n_errors = page.locator("mjx-merror, [data-mjx-error]").count()
    faults = [f"{n_errors} formulas with an error"] if n_errors else []
    if page.locator(".math").count() and not page.locator("mjx-container").count():
        faults.append("mathematics is not set")
    width, screen = page.evaluate("[document.scrollingElement.scrollWidth, window.innerWidth]")
    if width > screen:
        faults.append(f"is {width} px wide on a screen of {screen} px")
    return faults


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", contents())
def test_page_works_in_a_browser(browser: Browser, address: str, name: str, scheme: str) -> None:
    """No error, no failed or foreign request, everything drawn, on a desktop and on a phone."""
    size = {"width": DESKTOP, "height": 900}
    with browser.new_page(color_scheme=scheme, viewport=size) as page:
        faults = watch(page, address)
        open_page(page, f"{address}/{name}.html")
        assert page.locator("html").get_attribute("data-theme") == scheme
        faults += drawing_faults(page)
        page.set_viewport_size({"width": PHONE, "height": 844})
        faults += drawing_faults(page)
        page.wait_for_load_state("networkidle")
    assert faults == []


@pytest.mark.browser
def test_one_choice_of_twin_switches_every_tab(
    browser: Browser, address: str, pages: dict[str, BeautifulSoup]
) -> None:
    """Choosing PyTorch once shows PyTorch in all tabs of the page, and on the next page."""
    with_tabs = [name for name in contents() if len(pages[name].select(".sd-tab-set")) > 1]
    assert with_tabs, "no page has two sets of tabs"
    with browser.new_page() as page:
        for k, name in enumerate((with_tabs[0], with_tabs[-1])):
            open_page(page, f"{address}/{name}.html")
            labels = page.locator(".sd-tab-label", has_text="PyTorch")
            if k == 0:
                labels.first.click()
            for label in labels.all():
                assert label.evaluate("label => document.getElementById(label.htmlFor).checked")


@pytest.mark.browser
def test_watch_notices_faults(browser: Browser, address: str) -> None:
    """A page with a foreign script, an error, a missing file, bad mathematics and no room fails."""
    with browser.new_page(viewport={"width": PHONE, "height": 844}) as page:
        faults = watch(page, address)
        page.goto(f"{address}/preface.html")
        page.set_content(
            "<script src='https://cdn.example.org/x.js'></script><img src='missing.png'>"
            "<script>console.error('planted'); throw Error('planted')</script>"
            "<p class='math'>x</p><div style='width: 2000px'>wide</div>"
        )
        page.wait_for_load_state("networkidle")
        faults += drawing_faults(page)
    found = "\n".join(faults)
    planted = ("asks for https://cdn", "console: planted", "script error", "404", "not set", "wide")
    for fault in planted:
        assert fault in found
