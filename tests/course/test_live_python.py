"""Python in the pages: edited, run, stopped, broken and mended, with the mouse and without."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.course.test_site import PHONE, watch

pytestmark = pytest.mark.browser

ENDLESS = "n = 0\nwhile True:\n    n += 1"
FIRST_RESULT = 5.0  # seconds; 0.3 on a quiet machine, and tests run on busy ones


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """Chapter 5 with its two live cells; nothing may have gone wrong when the test ends."""
    with browser.new_page() as page:
        faults = watch(page, address)
        page.goto(f"{address}/05_backpropagation.html")
        yield page
    assert faults == []


def cell(page: Page, number: int = 1) -> Locator:
    """One live cell, when it is ready."""
    found = page.locator(".live-python").nth(number - 1)
    expect(found).to_have_attribute("data-ready", "true")
    return found


def write(one: Locator, code: str) -> None:
    """Replace the text of a cell."""
    one.locator("textarea").fill(code)


def run(one: Locator, code: str | None = None) -> str:
    """Run a cell to its end, and return what it shows."""
    if code is not None:
        write(one, code)
    one.get_by_role("button", name="Run").click()
    expect(one).to_have_attribute("data-state", "ended", timeout=30_000)
    return one.locator(".live-python-log").inner_text()


def status(one: Locator) -> Locator:
    """The sentence on what a cell is doing."""
    return one.get_by_role("status")


def test_nothing_is_loaded_before_the_first_run(page: Page) -> None:
    """The first Run loads one file, later ones none; the first result is there soon."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    first, second = cell(page), cell(page, 2)
    assert page.evaluate("typeof nbcoursePython") == "undefined"

    assert "dw = -0.2384" in run(first)
    seconds = float(first.get_attribute("data-first") or "inf") / 1000
    print(f"first result of Python in a page: {seconds:.2f} s")
    assert seconds < FIRST_RESULT
    assert "as by hand: True" in run(second)
    files = [url.rsplit("/", 1)[1] for url in asked if "/live/" in url]
    assert files == ["worker.js"]


def test_edited_cells_share_their_names(page: Page) -> None:
    """An error planted in the first cell is found by the second; Reset brings the text back."""
    first, second = cell(page), cell(page, 2)
    original = first.locator("textarea").input_value()
    run(first, original.replace(" + dq * t", ""))
    assert "as by hand: False" in run(second)

    first.get_by_role("button", name="Reset").click()
    assert first.locator("textarea").input_value() == original
    assert "NameError" in run(second)  # Python started afresh
    assert "dw = -0.2384" in run(first)
    assert "as by hand: True" in run(second)


def test_page_answers_while_a_cell_runs_for_ever(page: Page) -> None:
    """Scrolling, typing and the other cell's buttons work; Stop ends the loop and the state."""
    first, second = cell(page), cell(page, 2)
    run(first, "kept = 1")
    write(first, ENDLESS)
    first.get_by_role("button", name="Run").click()
    expect(status(first)).to_have_text("Running.")

    frames = page.evaluate(
        """() => new Promise(done => {
             let last = performance.now(), worst = 0, n = 0;
             const step = now => {
               worst = Math.max(worst, now - last); last = now;
               ++n < 30 ? requestAnimationFrame(step) : done(worst);
             };
             requestAnimationFrame(step);
           })"""
    )
    assert frames < 1000, f"a frame took {frames:.0f} ms"
    write(second, "print('second')")
    second.get_by_role("button", name="Run").click()
    expect(status(second)).to_have_text("Waiting for its turn.")

    first.get_by_role("button", name="Stop").click()
    for one in (first, second):
        expect(status(one)).to_contain_text("Stopped.")
        expect(one.get_by_role("button", name="Stop")).to_be_disabled()
    assert "NameError" in run(first, "kept")
    assert run(second).strip() == "second"


def test_an_error_is_told_once_and_mended(page: Page) -> None:
    """One traceback with the line of the cell, as text; the next run is clean."""
    first = cell(page)
    said = run(first, "a = '<b>'\nprint(a)\n1 / 0")
    assert said.count("Traceback") == 1
    assert said.startswith("<b>\n")
    assert 'File "cell 1", line 3' in said
    assert said.rstrip().endswith("ZeroDivisionError: divide by zero")
    expect(status(first)).to_have_text("Ended with an error.")

    assert run(first, "a + '!'").strip() == "'<b>!'"
    assert "SyntaxError" in run(first, "x = = 3")
    assert "no module named 'numpy'" in run(first, "import numpy")
    assert "write the value" in run(first, "input()")
    assert "RuntimeError" in run(first, "def f(): return f()\nf()")
    assert run(first, "print('ok', end='')") == "ok"
    expect(status(first)).to_contain_text("Done in")


def test_endless_output_is_cut_with_a_sentence(page: Page) -> None:
    """The page keeps a readable amount, and Stop still works."""
    first = cell(page)
    write(first, "while True:\n    print('again and again')")
    first.get_by_role("button", name="Run").click()
    expect(status(first)).to_contain_text("The output was cut after 20,000", timeout=20_000)
    assert len(first.locator(".live-python-log").inner_text()) <= 20_000
    first.get_by_role("button", name="Stop").click()
    expect(status(first)).to_contain_text("Stopped.")
    expect(status(first)).to_contain_text("cut after 20,000 characters")


def test_everything_can_be_done_with_the_keyboard(page: Page) -> None:
    """Tab comes in and leaves; Enter indents; Shift+Enter runs; Stop leaves the focus on Run."""
    first = cell(page)
    editor, keyboard = first.locator("textarea"), page.keyboard
    editor.focus()
    keyboard.press("Control+A")
    keyboard.press("Delete")
    for line in ("for k in range(2):", "if k:"):
        keyboard.type(line)
        keyboard.press("Enter")
    keyboard.type("print('one')")
    keyboard.press("Enter")
    keyboard.press("Backspace")
    keyboard.press("Backspace")
    keyboard.type("print('end')")
    text = "for k in range(2):\n    if k:\n        print('one')\nprint('end')"
    assert editor.input_value() == text
    keyboard.press("Shift+Enter")
    expect(first).to_have_attribute("data-state", "ended", timeout=30_000)
    assert first.locator(".live-python-log").inner_text() == "one\nend\n"
    expect(editor).to_be_focused()

    keyboard.press("Tab")
    expect(first.get_by_role("button", name="Run")).to_be_focused()
    keyboard.press("Shift+Tab")
    keyboard.press("Control+A")
    keyboard.type("while True: pass")
    keyboard.press("Control+Z")  # typing can be undone
    assert editor.input_value() != "while True: pass"
    keyboard.press("Control+A")
    keyboard.type("while True: pass")
    keyboard.press("Control+Enter")
    expect(status(first)).to_have_text("Running.")
    keyboard.press("Tab")
    keyboard.press("Tab")
    expect(first.get_by_role("button", name="Stop")).to_be_focused()
    keyboard.press("Enter")
    expect(first).to_have_attribute("data-state", "ended")
    expect(first.get_by_role("button", name="Run")).to_be_focused()


def test_cells_are_named_for_those_who_hear_the_page(page: Page) -> None:
    """Label, hint, buttons that say whose they are, a status and a log."""
    first = cell(page)
    editor = page.get_by_label("Python cell 1: A neuron and its loss")
    expect(editor).to_have_count(1)
    described = editor.get_attribute("aria-describedby")
    assert "Tab leaves it" in page.locator(f"#{described}").text_content()
    for name in ("Run cell 1", "Stop cell 1", "Reset cell 1"):
        expect(first.get_by_role("button", name=name, exact=True)).to_have_count(1)
    expect(first.get_by_role("log", name="Output of Python cell 1")).to_have_count(1)


def test_nothing_moves_when_the_page_comes_alive(browser: Browser, address: str) -> None:
    """The cells take the same room before and after their script, on a phone as well."""
    for width in (PHONE, 1280):
        places = []
        for script in (False, True):
            with browser.new_page(viewport={"width": width, "height": 800}) as page:
                if not script:
                    page.route("**/python/cells.js*", lambda route: route.abort())
                page.goto(f"{address}/05_backpropagation.html")
                if script:
                    cell(page)
                boxes = [box.bounding_box() for box in page.locator(".live-python").all()]
                places.append([(box["width"], box["height"]) for box in boxes if box])
                editor = page.locator(".live-python textarea").first
                inner, outer = editor.evaluate("e => [e.scrollHeight, e.clientHeight]")
                assert inner <= outer  # no line is hidden below the edge
        assert len(places[0]) == 2
        assert places[0] == places[1]


def test_without_javascript_there_is_a_block_of_code(browser: Browser, address: str) -> None:
    """With colors, and without buttons that do nothing."""
    context = browser.new_context(java_script_enabled=False)
    with context.new_page() as page:
        page.goto(f"{address}/05_backpropagation.html")
        block = page.locator(".live-python-code").first
        expect(block).to_be_visible()
        assert "dz = ds / (1 + exp(-z)) + dq * t" in (block.text_content() or "")
        expect(page.locator(".live-python").first).to_be_hidden()
    context.close()


def test_it_works_in_a_page_that_was_opened_as_a_file(browser: Browser, html: Path) -> None:
    """No server, no fetch: an expression, an endless loop, and the package's engine."""
    errors: list[str] = []
    with browser.new_page() as page:
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto((html / "06_autograd.html").as_uri())
        first = cell(page)
        assert "y = 48.0  da = 48.0  db = 28.0" in run(first)
        write(first, ENDLESS)
        first.get_by_role("button", name="Run").click()
        expect(status(first)).to_have_text("Running.")
        first.get_by_role("button", name="Stop").click()
        expect(status(first)).to_contain_text("Stopped.")
        assert "answers: " in run(cell(page, 2))
    assert errors == []


def test_a_missing_file_is_told_and_tried_again(browser: Browser, address: str) -> None:
    """The planted case: the network fails at the first Run, and is back at the second."""
    with browser.new_page() as page:
        page.route("**/python/worker.js", lambda route: route.abort())
        page.goto(f"{address}/05_backpropagation.html")
        first = cell(page)
        assert run(first, "print(1)") == ""
        expect(status(first)).to_contain_text("could not be loaded")
        page.unroute("**/python/worker.js")
        assert run(first).strip() == "1"
