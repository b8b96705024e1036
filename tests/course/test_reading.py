"""What a page does for its reader in a browser: marks, definitions, previews, search, paper."""

import functools
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, expect

from book._ext import paper
from tests.course import site_checks
from tests.course.conftest import ROOT
from tests.course.test_site import DESKTOP, PHONE, watch

pytestmark = pytest.mark.browser
CHAPTER = "02_activations"
WORD = re.compile(r"(?<!\w)[A-Za-z]{6,}(?!\w)")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page without history, of a desktop's size."""
    with browser.new_page(viewport={"width": DESKTOP, "height": 900}) as fresh:
        yield fresh


def test_a_chapter_is_marked_as_read_and_stays_so(page: Page, address: str) -> None:
    """The mark shows at the button, in the contents and in the list of chapters; and goes again."""
    faults = watch(page, address)
    page.goto(f"{address}/{CHAPTER}.html")
    button = page.get_by_role("button", name="I have read this chapter")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.focus()
    page.keyboard.press("Space")
    expect(button).to_have_attribute("aria-pressed", "true")
    for name in ("index", CHAPTER):
        page.goto(f"{address}/{name}.html")
        expect(page.locator(".bd-links .read-tick")).to_have_count(1)
    page.goto(f"{address}/index.html")
    row = page.locator(".chapters tr", has_text="Activations")
    expect(row.get_by_role("img", name="(read)")).to_be_visible()
    page.goto(f"{address}/{CHAPTER}.html")
    page.get_by_role("button", name="I have read this chapter").click()
    expect(page.locator(".read-tick")).to_have_count(0)
    assert faults == []


@pytest.mark.parametrize("stored", ["nonsense", '{"a": 1}', "null"])
def test_marks_survive_what_others_store(page: Page, address: str, stored: str) -> None:
    """Something else under our name is taken for nothing, and replaced."""
    faults = watch(page, address)
    page.add_init_script(
        "localStorage.getItem('nbcourse.read') ?? "
        f"localStorage.setItem('nbcourse.read', {stored!r})"
    )
    page.goto(f"{address}/{CHAPTER}.html")
    page.get_by_role("button", name="I have read this chapter").click()
    assert page.evaluate("localStorage.getItem('nbcourse.read')") == f'["{CHAPTER}"]'
    assert faults == []


def test_marks_work_without_storage(page: Page, address: str) -> None:
    """Where storing is forbidden the mark lasts as long as the page."""
    faults = watch(page, address)
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no') } })"
    )
    page.goto(f"{address}/{CHAPTER}.html")
    button = page.get_by_role("button", name="I have read this chapter")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert [fault for fault in faults if "progress" in fault] == []


def test_ticks_move_nothing(page: Page, address: str) -> None:
    """A page looks the same, to the pixel, with and without marks, except for the marks."""
    boxes = []
    for marks in ("[]", '["01_neuron", "02_activations", "03_losses"]'):
        page.goto(f"{address}/index.html")
        page.evaluate(f"localStorage.setItem('nbcourse.read', '{marks}')")
        page.reload()
        boxes.append(
            [link.bounding_box() for link in page.locator(".bd-links a, .chapters a").all()]
        )
    assert page.locator(".read-tick").count() == 6
    assert boxes[0] == boxes[1]


def test_a_term_shows_its_definition_to_everybody(page: Page, address: str) -> None:
    """By pointer and by keyboard; the pointer may go onto it; Escape closes it (WCAG 1.4.13)."""
    page.goto(f"{address}/{CHAPTER}.html")
    term = page.locator("a[data-definition]").first
    box = page.locator(".preview")
    term.hover()
    expect(box).to_be_visible()
    assert box.text_content() == term.get_attribute("data-definition")
    box.hover()
    page.wait_for_timeout(500)
    expect(box).to_be_visible()
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    page.mouse.move(0, 0)
    term.evaluate("term => { term.tabIndex = 0 }")
    page.keyboard.press("Tab")
    term.focus()
    expect(box).to_be_visible()
    assert term.get_attribute("aria-describedby") == box.get_attribute("id")
    assert box.get_attribute("role") == "tooltip"
    page.keyboard.press("Tab")
    expect(box).not_to_have_text(term.get_attribute("data-definition") or "")


def test_a_tap_follows_the_link_of_a_term(browser: Browser, address: str) -> None:
    """On a touch screen nothing hovers; the glossary opens at the term."""
    context = browser.new_context(has_touch=True, viewport={"width": PHONE, "height": 844})
    page = context.new_page()
    page.goto(f"{address}/{CHAPTER}.html")
    page.locator("a[data-definition]").first.tap()
    page.wait_for_url(re.compile(r"glossary\.html#term-"))
    context.close()


def test_equations_and_figures_are_shown_where_they_are_named(page: Page, address: str) -> None:
    """A copy of the target, without its ids; a link to another page shows none."""
    page.goto(f"{address}/{CHAPTER}.html")
    ids = page.locator("[id]").count()
    box = page.locator(".preview")
    for link, inside in (
        ("a.reference.internal[href='#equation-eq-activations-collapse']", ".katex"),
        ("a.reference.internal[href='#tab-activations-zoo']", "table"),
    ):
        page.locator(link).first.hover()
        expect(box.locator(inside)).to_be_visible()
        assert page.locator("[id]").count() <= ids + 1
        page.keyboard.press("Escape")
        page.mouse.move(0, 0)
    page.locator("a[href^='01_neuron.html']").first.hover()
    page.wait_for_timeout(600)
    expect(box).to_be_hidden()


KINDS = {"code": "pre", "caption": "figcaption"}


@functools.cache
def exclusive_words(html: Path) -> dict[str, tuple[str, str]]:
    """For each kind of text a word that is in no other and in one chapter only, and the chapter."""
    chapters = sorted(html.glob("[0-9]*.html"))
    places: dict[str, set[tuple[str, str]]] = {}
    for file in chapters:
        body = site_checks.article(BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser"))
        for name, selector in KINDS.items():
            for tag in body.select(selector):
                for word in WORD.findall(tag.extract().get_text(" ")):
                    places.setdefault(word.lower(), set()).add((name, file.stem))
        for hidden in body.select("script, style, svg, .sr-only"):
            hidden.extract()
        for word in WORD.findall(body.get_text(" ")):
            places.setdefault(word.lower(), set()).add(("text", file.stem))
    only = [(*where.pop(), word) for word, where in sorted(places.items()) if len(where) == 1]
    return {kind: (word, page) for kind, page, word in only}


@pytest.mark.parametrize("kind", ["text", *KINDS])
def test_search_finds_words(page: Page, html: Path, address: str, kind: str) -> None:
    """Words that occur only in text, only in code and only in a caption are found."""
    word, chapter = exclusive_words(html)[kind]
    faults = watch(page, address)
    page.goto(f"{address}/search.html?q={word}")
    results = page.locator("#search-results a[href*='.html']")
    expect(results.first).to_be_visible()
    hrefs = [result.get_attribute("href") or "" for result in results.all()]
    assert any(f"{chapter}.html" in href for href in hrefs), (word, hrefs)
    assert faults == []


def test_paper_has_every_page_and_its_links(html: Path, tmp_path: Path) -> None:
    """Two pages in one PDF: sheets are numbered through, and a link leads into the other page."""
    from pypdf import PdfReader

    target = tmp_path / "two.pdf"
    pages = ["--page", "glossary", "--page", CHAPTER]
    # In a process of its own: another Playwright runs in this one.
    command = [sys.executable, "-m", "book._ext.paper", *pages, "--output", str(target)]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    reader = PdfReader(io.BytesIO(target.read_bytes()))
    n_sheets = len(reader.pages)
    assert str(n_sheets) in reader.pages[-1].extract_text().splitlines()
    titles = [item.title for item in reader.outline]
    assert titles[0] == "Glossary"
    assert len(titles) == 2
    begins = reader.get_destination_page_number(reader.outline[1])
    numbers = {sheet.indirect_reference.idnum: k for k, sheet in enumerate(reader.pages)}
    crossings = set()
    for k, sheet in enumerate(reader.pages):
        for annotation in sheet.get("/Annots") or []:
            link = annotation.get_object()
            assert "127.0.0.1" not in str(link.get("/A", ""))
            if "/Dest" in link:
                target_sheet = numbers[link["/Dest"][0].idnum]
                crossings.add((k >= begins, target_sheet >= begins))
    assert crossings == {(False, True), (True, False), (True, True)}
    text = reader.pages[-1].extract_text() + "".join(each.extract_text() for each in reader.pages)
    assert "I have read this chapter" not in text


def test_without_a_browser_paper_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence, with the command."""
    monkeypatch.setattr(paper, "program", lambda: None)
    assert "apt-get install chromium" in (paper.main([]) or "")
