"""The quizzes of the built site: every question of every chapter, answered in a real browser."""

import pytest
from playwright.sync_api import Browser

from tests.course.quiz_answers import faults_of_question, feedback, keep_guess, press, stored, watch
from tests.course.test_quizzes import FILES


@pytest.mark.browser
@pytest.mark.parametrize("name", [path.stem for path in FILES])
def test_every_question_of_a_chapter_can_be_answered(
    browser: Browser, address: str, name: str
) -> None:
    """Wrong, then right, by keyboard; the guesses kept and compared; nothing breaks."""
    with browser.new_page() as page:
        faults = watch(page)
        page.goto(f"{address}/{name}.html", wait_until="domcontentloaded")
        for question in page.locator(".quiz:not(.quiz-predictions) form").all():
            faults += faults_of_question(question)
        assert faults == []
        assert len(stored(page, name)["done"]) == 5
        for guess in page.locator(".quiz-predictions form").all():
            keep_guess(guess)
            press(guess.locator(".quiz-compare"), "Enter")
            if not feedback(guess).startswith("You guessed"):
                faults.append(f"{guess.get_attribute('data-id')}: {feedback(guess)!r}")
    assert faults == []
