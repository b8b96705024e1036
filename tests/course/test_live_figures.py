"""Every live figure in a browser: by mouse, by keyboard alone, by address, without scripts."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect

from benchmarks.frames import page_of
from tests.course.conftest import ROOT
from tests.course.test_site import PHONE, watch
from tests.live.conftest import FIGURES, data_of, figure_names, run

pytestmark = pytest.mark.browser

FRAME = 16.0  # ms a frame may take on a quiet core; the fastest of several is compared with it


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page on which nothing may have gone wrong when the test ends."""
    with browser.new_page() as page:
        faults = watch(page, address)
        yield page
    assert faults == []


def open_figure(page: Page, address: str, name: str, search: str = "") -> Locator:
    """Go to a figure's chapter and wait until it is alive."""
    page.goto(f"{address}/{page_of(name)}.html{search}", wait_until="load")
    figure = page.locator(f'.live[data-figure="{name}"]')
    expect(figure).to_have_attribute("data-ready", "true")
    figure.scroll_into_view_if_needed()
    return figure


def settle(figure: Locator) -> dict[str, Any]:
    """Wait until a figure rests; its state, and what it computed, infinities as text."""
    figure.evaluate(
        """async (element) => {
          const { dataset, live } = element;
          const rests = () => dataset.drawn && dataset.drawn === dataset.settled && !live.waiting;
          for (let k = 0; k < 200 && !rests(); k++)
            await new Promise((resolve) => setTimeout(resolve, 50));
        }"""
    )
    text = figure.evaluate(
        """({ live }) => JSON.stringify({ state: live.state, numbers: live.numbers },
          (_, x) => typeof x === "number" && !Number.isFinite(x)
            ? String(x).replace("Infinity", "inf") : ArrayBuffer.isView(x) ? [...x] : x)"""
    )
    return json.loads(text)


def leaves(value: Any) -> Iterator[Any]:
    """All numbers and texts in nested lists and dictionaries, in their order."""
    if isinstance(value, dict):
        value = [value[key] for key in sorted(value)]
    if isinstance(value, list):
        for each in value:
            yield from leaves(each)
    else:
        yield value


def distance(found: Any, expected: Any) -> float:
    """The largest difference of two nested results, infinite where their shapes differ."""
    ours, theirs = list(leaves(found)), list(leaves(expected))
    if len(ours) != len(theirs):
        return math.inf
    farthest = 0.0
    for a, b in zip(ours, theirs, strict=True):
        if a == b:
            continue
        try:
            gap = abs(float(a) - float(b)) / max(1.0, abs(float(b)))
        except (TypeError, ValueError):
            return math.inf
        farthest = max(farthest, gap)
    return farthest


def compare(name: str, said: dict[str, Any]) -> None:
    """Compare what a page computed with what Node does; that is compared with NumPy elsewhere."""
    figure = run(FIGURES / f"{name}.mjs", [said["state"]], data_of(name))["found"][0]
    assert distance(said["numbers"], figure["numbers"]) < 1e-6


@pytest.mark.parametrize("name", figure_names())
def test_by_keyboard_alone(page: Page, address: str, name: str) -> None:
    """Tab reaches every control, keys move them, and numbers, address and words follow."""
    figure = open_figure(page, address, name)
    first = settle_untouched(figure)
    controls = figure.locator("input, select, button, [tabindex='0']:not(.live-table)")
    wanted = controls.count()
    controls.first.focus()
    reached = 1
    for _ in range(wanted - 1):
        press(page)
        page.keyboard.press("Tab")
        reached += figure.evaluate("element => element.contains(document.activeElement)")
    assert reached == wanted
    figure.locator(".live-reset").focus()
    page.keyboard.press("Enter")
    assert settle(figure)["state"] == first
    move_by_keys(page, figure)
    said = settle(figure)
    assert said["state"] != first
    compare(name, said)
    expect(figure.locator(".live-said")).to_have_text(
        figure.locator(".live-summary").inner_text(), use_inner_text=True
    )
    again = open_figure(page, address, name, "?" + page.url.partition("?")[2])
    if "?" in page.url:
        again.evaluate("element => element.live.change(element.live.state)")
        kept = {key for key in said["state"] if key not in silent(name)}
        state = settle(again)["state"]
        assert {key: state[key] for key in kept} == {key: said["state"][key] for key in kept}


def silent(name: str) -> set[str]:
    """Controls whose value is too long for an address."""
    controls = run(FIGURES / f"{name}.mjs", [{}], data_of(name))["controls"]
    return {each["key"] for each in controls if each.get("silent")}


def settle_untouched(figure: Locator) -> dict[str, Any]:
    """The state before anything was touched."""
    return figure.evaluate("element => element.live.state")


def press(page: Page) -> None:
    """Use what has the focus, as its kind wants it."""
    kind = page.evaluate(
        "() => { const e = document.activeElement; return e.type ?? e.getAttribute('class') }"
    )
    if kind in ("range", "select-one", "live-handle"):
        page.keyboard.press("ArrowRight")
    elif kind == "checkbox":
        page.keyboard.press("Space")


def move_by_keys(page: Page, figure: Locator) -> None:
    """Change one thing: a handle or surface where there is one, and the first control."""
    handle = figure.locator(".live-handle, .live-surface")
    if handle.count():
        handle.first.focus()
        for key in ("ArrowRight", "ArrowUp", "Space"):
            page.keyboard.press(key)
    field = figure.locator("input[type=range]")
    if field.count():
        field.first.focus()
        page.keyboard.press("ArrowRight")


@pytest.mark.parametrize("name", figure_names())
def test_by_mouse(page: Page, address: str, name: str) -> None:
    """Handles are dragged, sliders moved, Run runs; each frame is quick; Reset brings all back."""
    figure = open_figure(page, address, name)
    first = settle_untouched(figure)
    times: list[float] = []
    slider = figure.locator("input[type=range]").first
    if slider.count():
        box = place(slider)
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        for k in range(1, 13):
            page.mouse.move(box["x"] + box["width"] * (0.5 + k / 30), box["y"] + box["height"] / 2)
            times.append(figure.evaluate("element => element.live.frameTime ?? Infinity"))
        page.mouse.up()
    drag(page, figure)
    button = figure.locator(".live-run")
    if button.count():
        button.click()
        page.wait_for_timeout(300)
        if button.get_attribute("aria-pressed") == "true":
            button.click()
    said = settle(figure)
    assert said["state"] != first
    compare(name, said)
    times.append(figure.evaluate("element => element.live.frameTime"))
    assert min(times) < FRAME
    figure.locator(".live-reset").click()
    assert settle(figure)["state"] == first
    assert not re.search(rf"[?&]{name}\.", page.url)


def place(target: Locator) -> FloatRect:
    """Where something is on the screen, when the page has found its height and rests."""
    before = None
    for _ in range(50):
        target.scroll_into_view_if_needed()
        target.page.wait_for_timeout(60)
        box = target.bounding_box()
        if box is not None and box == before:
            return box
        before = box
    raise AssertionError("the page does not rest")


def drag(page: Page, figure: Locator) -> None:
    """Drag the first handle, or across the surface, where there is one."""
    target = figure.locator(".live-handle, .live-surface").first
    if not target.count():
        return
    box = place(target)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y + 10, steps=4)
    page.mouse.up()


@pytest.mark.parametrize("name", figure_names())
def test_calm_readers_get_the_end_at_once(browser: Browser, address: str, name: str) -> None:
    """Where the system asks for less motion, Run shows the last state without the way to it."""
    with browser.new_page(
        reduced_motion="reduce", viewport={"width": PHONE, "height": 844}
    ) as page:
        figure = open_figure(page, address, name)
        if not figure.locator(".live-run").count():
            pytest.skip("this figure does not move by itself")
        figure.locator(".live-run").click()
        said = settle(figure)
        assert figure.locator(".live-run").get_attribute("aria-pressed") == "false"
        assert int(figure.get_attribute("data-drawn") or 0) == 1
        compare(name, said)


def test_without_scripts_the_picture_and_the_numbers_are_there(
    browser: Browser, address: str
) -> None:
    """No control that does nothing; the table unfolds without a script."""
    context = browser.new_context(java_script_enabled=False)
    with context.new_page() as page:
        page.goto(f"{address}/{page_of('hinges')}.html")
        figure = page.locator('.live[data-figure="hinges"]')
        expect(figure.locator(".live-picture")).to_be_visible()
        expect(figure.locator(".live-controls")).to_be_hidden()
        figure.locator(".live-data summary").click()
        expect(figure.locator(".live-table")).to_contain_text("corner at")
    context.close()


def test_a_figure_opened_as_a_file_lives(browser: Browser, address: str) -> None:
    """Scripts and data are classic scripts, which a browser also loads from a folder."""
    del address  # only for the build
    with browser.new_page() as page:
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        figure = open_figure(page, (ROOT / "_build" / "html").as_uri(), "digits")
        figure.locator("select").first.focus()
        page.keyboard.press("ArrowDown")
        compare("digits", settle(figure))
    assert errors == []


def test_missing_data_are_said(browser: Browser, address: str) -> None:
    """The planted case: the network's weights cannot be loaded; the reader is told, and retries."""
    with browser.new_page() as page:
        page.route("**/data/*.js", lambda route: route.abort())
        figure = open_figure(page, address, "digits")
        select = figure.locator("select").first
        select.focus()
        page.keyboard.press("ArrowDown")
        expect(figure.locator(".live-summary")).to_contain_text("could not be loaded")
        page.unroute("**/data/*.js")
        page.keyboard.press("ArrowDown")
        expect(figure.locator(".live-summary")).not_to_contain_text("could not be loaded")


def test_wrong_numbers_are_noticed() -> None:
    """The planted case: one number that is off, one that is missing, one that is text."""
    right = {"a": [1.0, 2.0], "b": "inf"}
    assert distance(right, right) == 0
    assert distance({"a": [1.0, 2.001], "b": "inf"}, right) > 1e-6
    assert distance({"a": [1.0], "b": "inf"}, right) == math.inf
    assert distance({"a": [1.0, "x"], "b": "inf"}, right) == math.inf
