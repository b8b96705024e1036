"""Answers the questions of a page in a browser, with the keyboard alone."""

import json
import re

from playwright.sync_api import Error, Locator, Page

from tests.course.quiz_site import PAGE

KEY = "nbcourse.quiz."


def words(text: str | None) -> str:
    """A text with its white space brought to single blanks."""
    return " ".join((text or "").split())


def tab_to(page: Page, selector: str, key: str = "Tab") -> None:
    """Press Tab until something that matches has the focus."""
    for _ in range(200):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no number of {key} leads to {selector}")


def press(target: Locator, key: str) -> None:
    """A key on what then has the focus."""
    target.focus()
    target.page.keyboard.press(key)


def verdict(form: Locator) -> str:
    """What a question says of its answer: right, wrong, or nothing."""
    return form.get_attribute("data-verdict") or ""


def feedback(form: Locator) -> str:
    """The text that is read out."""
    region = form.locator(".quiz-feedback[role=status]")
    return words(region.evaluate("e => [...e.children].map((c) => c.textContent).join(' ')"))


def check(form: Locator) -> None:
    """Press the button that judges, or keeps a guess."""
    press(form.locator("button[type=submit]"), "Enter")


def choose(form: Locator, values: set[str]) -> None:
    """Choose exactly these."""
    for field in form.locator("input").all():
        if field.is_checked() != (field.get_attribute("value") in values):
            is_radio = field.get_attribute("type") == "radio"
            if not (is_radio and field.is_checked()):
                press(field, "Space")


def right_choices(form: Locator) -> set[str]:
    """The values of the right choices."""
    entries = form.locator("[data-right]").all()
    return {entry.get_attribute("data-choice") or "" for entry in entries}


def wrong_choices(form: Locator) -> set[str]:
    """One wrong choice; where all are right, one of them alone."""
    every = {field.get_attribute("value") or "" for field in form.locator("input").all()}
    right = right_choices(form)
    return {min(every - right or right)}


def sort(form: Locator) -> None:
    """Bring the items in order, each up by its own button."""
    for place in range(form.locator("[data-place]").count()):
        item = form.locator(f'[data-place="{place}"]')
        where = "item => [...item.parentElement.children].indexOf(item)"
        for _ in range(item.evaluate(where) - place):
            press(item.locator('[data-way="up"]'), "Space")


def explanations(form: Locator, values: set[str]) -> list[str]:
    """What stands in the folded answer on these choices."""
    entries = [form.locator(f'[data-choice="{value}"] .quiz-why') for value in sorted(values)]
    return [words(entry.text_content()) for entry in entries]


def answer(form: Locator, *, right: bool) -> list[str]:
    """Answer a question right or wrong; the explanations that have to follow."""
    kind = form.get_attribute("data-kind")
    if kind == "choice":
        values = right_choices(form) if right else wrong_choices(form)
        choose(form, values)
        expected = explanations(form, values)
    elif kind == "number":
        value = float(form.get_attribute("data-answer") or "nan")
        form.locator("input").fill("")
        press(form.locator("input"), "End")
        form.page.keyboard.type(repr(value if right else 3 * value + 7))
        expected = []
    else:
        if right:
            sort(form)
        expected = []
    main = form.locator(".quiz-main")
    if right and main.count():
        expected.append(words(main.text_content()))
    return expected


def faults_of_question(form: Locator) -> list[str]:
    """What is wrong with the judgment of a question that is answered wrong, and then right."""
    name = form.get_attribute("data-id")
    faults = []
    for right in (False, True):
        expected = answer(form, right=right)
        check(form)
        want = "right" if right else "wrong"
        if verdict(form) != want:
            faults.append(f"{name}: the {want} answer is judged {verdict(form)!r}")
        said = feedback(form)
        if not re.match("✓ Right" if right else "✗ Not right", said):
            faults.append(f"{name}: to the {want} answer it says {said!r}")
        faults += [f"{name}: does not explain {each!r}" for each in expected if each not in said]
    if form.locator(".quiz-done").is_hidden():
        faults.append(f"{name}: is not marked as done")
    return faults


def keep_guess(form: Locator) -> None:
    """Guess something, and keep it."""
    answer(form, right=False)
    check(form)


def form(page: Page, name: str) -> Locator:
    """The question of this id."""
    return page.locator(f'form[data-id="{name}"]')


def stored(page: Page, name: str = PAGE) -> dict[str, object]:
    """What the browser keeps of a page."""
    return json.loads(page.evaluate("key => localStorage.getItem(key)", KEY + name) or "{}")


def watch(page: Page) -> list[str]:
    """Collect the errors of our script from now on; the theme of the sample has scripts, too."""
    faults: list[str] = []

    def note(error: Error) -> None:
        if "quiz.js" in (error.stack or ""):
            faults.append(str(error))

    page.on("pageerror", note)
    return faults
