"""The quizzes in a real browser: answered by keyboard, kept, reset, and read without JavaScript."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.course import quiz_site
from tests.course.quiz_answers import (
    KEY,
    answer,
    check,
    faults_of_question,
    feedback,
    form,
    keep_guess,
    press,
    stored,
    tab_to,
    verdict,
    watch,
    words,
)
from tests.course.test_quizzes import SAMPLE

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a page with one of everything, opened as a file."""
    folder = tmp_path_factory.mktemp("quiz") / "site"
    quiz_site.write(folder, {quiz_site.PAGE: SAMPLE})
    assert quiz_site.build(folder).returncode == 0
    return (folder / "_build" / "html" / f"{quiz_site.PAGE}.html").as_uri()


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    """The page in a browser that has never seen it; our script must not fail in any test."""
    with browser.new_page() as page:
        faults = watch(page)
        page.goto(url)
        yield page
    assert faults == []


def test_choice_is_answered_by_keyboard(page: Page) -> None:
    """Tab, arrows, space and Enter: wrong, then right, each with its explanation."""
    question = form(page, "pieces-one-layer")
    tab_to(page, '[name="quiz-pieces-one-layer"]')
    page.keyboard.press("Enter")
    assert feedback(question) == "Choose an answer first."
    page.keyboard.press("Space")
    for value in ("0", "2", "1"):  # as they are shuffled
        field = question.locator(f'[value="{value}"]')
        assert field.is_checked()
        assert field.evaluate("field => field === document.activeElement")
        tab_to(page, '[data-id="pieces-one-layer"] [type="submit"]')
        page.keyboard.press("Space")
        assert verdict(question) == ("right" if value == "0" else "wrong")
        said = words(question.locator(f'[data-choice="{value}"] .quiz-why').text_content())
        assert feedback(question).endswith(said)
        tab_to(page, '[name="quiz-pieces-one-layer"]', "Shift+Tab")
        page.keyboard.press("ArrowDown")
        assert feedback(question) == ""


def test_several_choices_need_all_that_are_right(page: Page) -> None:
    """Half of the right answer is told from a wrong one."""
    question = form(page, "what-helps")
    for values, said in (
        (["0"], "✗ Right as far as it goes, but not complete."),
        (["1"], "✓ Right."),
        (["2"], "✗ Not right."),
    ):
        for value in values:
            press(question.locator(f'[value="{value}"]'), "Space")
        check(question)
        assert feedback(question).startswith(said)


def test_number_is_read_as_people_write_it(page: Page) -> None:
    """Enter in the field judges; near numbers have their own explanation."""
    question = form(page, "deep-pieces")
    right = ("1,024", " 1 024 pieces ", "2^10", "2**10", "2048/2", "1.024e3", "1.024 · 10^3")
    for typed, said in {
        **dict.fromkeys(right, "✓ Right. Each layer doubles"),
        "512": "✗ Not right. You counted tents.",
        "59,049": "✗ Not right. That is the bound",
        **dict.fromkeys(("1023", "1,02"), "✗ Not right."),
        **dict.fromkeys(("many", "", "1/0", "<b>"), "Type a number"),
    }.items():
        question.locator("input").fill("")
        question.locator("input").focus()
        page.keyboard.type(typed)
        assert feedback(question) == ""
        page.keyboard.press("Enter")
        assert feedback(question).startswith(said), typed
    assert page.url.endswith(f"{quiz_site.PAGE}.html")


def test_number_has_a_tolerance(page: Page) -> None:
    """Five percent, as the file says; a minus sign and a comma of any kind."""
    question = form(page, "order-of-error")
    for typed, want in {
        **dict.fromkeys(("-2.06", "−2,06", "-2", "-2.16"), "right"),
        **dict.fromkeys(("-2.17", "2"), "wrong"),
    }.items():
        question.locator("input").fill(typed)
        check(question)
        assert verdict(question) == want, typed


def test_order_is_made_by_keyboard(page: Page) -> None:
    """The focus stays on the button that moves, and each move is said."""
    question = form(page, "counting")
    items = question.locator("[data-place]")
    last = items.nth(3).locator(".quiz-text").text_content()
    tab_to(page, '[data-id="counting"] li:last-child [data-way="up"]')
    for k in (3, 2, 1):
        page.keyboard.press("Enter")
        assert feedback(question) == f"{words(last)} is now number {k} of 4."
    page.keyboard.press("Enter")
    assert feedback(question) == f"{words(last)} is already number 1 of 4."
    check(question)
    assert feedback(question).startswith("✗ Not right: ")
    assert faults_of_question(question) in ([], ["counting: the wrong answer is judged 'right'"])


def test_all_is_explained_after_the_right_answer_and_kept(page: Page) -> None:
    """The answer unfolds, the question is marked, also after the page is loaded again."""
    question = form(page, "pieces-one-layer")
    answer(question, right=False)
    check(question)
    assert question.locator("details").get_attribute("open") is None
    assert stored(page) == {}
    answer(question, right=True)
    check(question)
    assert question.locator("details").get_attribute("open") is not None
    shown = [each.is_visible() for each in question.locator("details .quiz-why").all()]
    assert sorted(shown) == [False, True, True]  # one of them was just said
    assert stored(page) == {"of": 5, "done": ["pieces-one-layer"], "guesses": {}}
    page.reload()
    assert question.locator(".quiz-done").is_visible()
    assert words(page.locator(".quiz-score").text_content()) == "1 of 5 answered right."
    press(page.locator(".quiz-again"), "Enter")
    assert question.locator(".quiz-done").is_hidden()
    assert stored(page)["done"] == []


def test_start_again_restores_the_first_state(page: Page) -> None:
    """Fields are empty and items where they were."""
    places = "[...document.querySelectorAll('[data-place]')].map((item) => item.dataset.place)"
    before = page.evaluate(places)
    for question in page.locator(".quiz:not(.quiz-predictions) form").all():
        answer(question, right=True)
        check(question)
    assert page.evaluate(places) != before
    press(page.locator(".quiz-again"), "Enter")
    assert page.evaluate(places) == before
    assert not page.locator("details[open]").count()
    assert not page.locator(":checked").count()


def test_prediction_is_kept_compared_and_reset(page: Page) -> None:
    """The result is not shown before the guess is kept."""
    guess = form(page, "guess-deep")
    keep, compare, again = guess.locator("button").all()
    assert guess.locator("summary").is_hidden()
    assert compare.is_disabled()
    tab_to(page, '[data-id="guess-deep"] input')
    page.keyboard.type("100")
    page.keyboard.press("Enter")
    assert feedback(guess).startswith("Kept.")
    assert guess.locator("summary").is_hidden()
    page.reload()
    assert guess.locator("input").input_value() == "100"
    assert guess.locator("input").is_disabled()
    assert keep.is_disabled()
    press(compare, "Enter")
    told = "You guessed 100; it is 1,024 pieces. The guess was too low, by a factor of 10."
    assert feedback(guess).startswith(told)
    assert guess.locator("summary").is_visible()
    page.reload()
    assert feedback(guess).startswith(told)
    press(again, "Enter")
    assert feedback(guess) == ""
    assert stored(page)["guesses"] == {}
    assert guess.locator("input").input_value() == ""
    assert guess.locator("input").evaluate("field => field === document.activeElement")


def test_prediction_of_a_number_is_compared_in_words(page: Page) -> None:
    """How far off it was, where that is a factor."""
    guess = form(page, "guess-deep")
    for typed, said in {
        "1024": "1024, and it is 1,024 pieces.",
        "1,030": "1,030, and it is 1,024 pieces.",
        "1100": "1100; it is 1,024 pieces. The guess was too high.",
        "0": "0; it is 1,024 pieces. The guess was too low.",
        "-4": "-4; it is 1,024 pieces. The guess was too low.",
        "1e6": "1e6; it is 1,024 pieces. The guess was too high, by a factor of 980.",
    }.items():
        guess.locator("input").fill(typed)
        check(guess)
        press(guess.locator(".quiz-compare"), "Enter")
        assert feedback(guess).startswith(f"You guessed {said}"), typed
        press(guess.locator(".quiz-reset"), "Enter")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("0", "about as many as there are units; that is right. Random weights do not fold."),
        ("2", "one or two; it is: about as many as there are units. Every unit still bends once."),
    ],
)
def test_prediction_of_a_choice_is_compared_in_words(page: Page, value: str, said: str) -> None:
    """With the explanation of what was chosen, and of the result."""
    guess = form(page, "guess-random")
    press(guess.locator(f'[value="{value}"]'), "Space")
    check(guess)
    press(guess.locator(".quiz-compare"), "Enter")
    assert feedback(guess) == f"You guessed: {said} Up to 68."


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "null",
        "[]",
        '{"done": 3, "guesses": []}',
        '{"done": ["gone"], "guesses": {"guess-random": {"value": "9"}, "guess-deep": 4}}',
    ],
)
def test_what_is_kept_may_be_of_another_edition(page: Page, text: str) -> None:
    """What does not fit is forgotten."""
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY + quiz_site.PAGE, text])
    page.reload()
    assert words(page.locator(".quiz-score").text_content()) == "0 of 5 answered right."
    keep_guess(form(page, "guess-random"))
    assert feedback(form(page, "guess-random")).startswith("Kept.")


def test_quiz_works_where_nothing_can_be_kept(page: Page) -> None:
    """Storage may be blocked; then the answers last as long as the page."""
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked'); } })"
    )
    page.reload()
    question = form(page, "pieces-one-layer")
    assert faults_of_question(question) == []
    assert words(page.locator(".quiz-score").text_content()) == "1 of 5 answered right."


def test_without_javascript_questions_and_answers_can_be_read(browser: Browser, url: str) -> None:
    """No control that does nothing, and every answer in a fold."""
    with browser.new_page(java_script_enabled=False) as page:
        page.goto(url)
        for control in page.locator(".quiz-control").all():
            assert control.is_hidden()
        for question in page.locator(".quiz-question").all():
            assert question.locator(".quiz-ask").is_visible()
            why = question.locator(".quiz-why").last
            assert why.is_hidden()
            press(question.locator("summary"), "Enter")
            assert why.is_visible()


def test_on_paper_questions_stand_without_answers(page: Page) -> None:
    """A printed chapter can be worked on."""
    page.emulate_media(media="print")
    assert page.locator(".quiz-ask").first.is_visible()
    for hidden in page.locator(".quiz-control, .quiz-answer").all():
        assert hidden.is_hidden()


def test_wrong_judgment_is_noticed(page: Page) -> None:
    """The planted case: a page that does not know the right choice."""
    question = form(page, "pieces-one-layer")
    question.evaluate("form => form.querySelector('[data-right]').removeAttribute('data-right')")
    faults = "\n".join(faults_of_question(question))
    assert "the right answer is judged 'wrong'" in faults
    assert "is not marked as done" in faults


def test_error_of_the_script_is_noticed(browser: Browser, url: str) -> None:
    """The planted case: a question without the place in which it says anything."""
    with browser.new_page() as page:
        faults = watch(page)
        page.goto(url)
        question = form(page, "pieces-one-layer")
        question.evaluate("form => form.querySelector('.quiz-feedback').remove()")
        check(question)
        page.wait_for_timeout(100)
    assert len(faults) == 1
