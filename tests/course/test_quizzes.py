"""The quizzes: their files, what is made of them, and the sentences about those that are wrong."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from bs4 import BeautifulSoup

from book._ext.course_site import quiz_numbers, quizzes
from book._ext.course_site.quiz_files import Question, QuizError, read_quiz
from tests.course import quiz_site
from tests.course.conftest import ROOT, contents

FILES = sorted((ROOT / "book" / "quizzes").glob("*.yml"))
CHAPTERS = [name for name in contents() if name[:2].isdigit()]
SAMPLE = quiz_site.SAMPLE.read_text(encoding="utf-8")

every_file = pytest.mark.parametrize("path", [*FILES, quiz_site.SAMPLE], ids=lambda path: path.stem)


def test_every_chapter_has_a_quiz_and_every_quiz_a_chapter() -> None:
    """A file of another name would never be read."""
    assert [path.stem for path in FILES] == CHAPTERS


@every_file
def test_file_is_well_formed(path: Path) -> None:
    """Five questions with explanations, numbers from the notebook, one or two predictions."""
    quiz = read_quiz(path)
    assert quiz.predictions


def longest_is_right(question: Question) -> bool:
    """Whether whoever takes the longest choice is right."""
    return max(question.choices, key=lambda choice: len(choice.text)).right


def by_length(files: list[Path]) -> float:
    """The share of the questions of one right choice that the longest choice answers."""
    asked = [each for path in files for each in read_quiz(path).questions]
    asked = [each for each in asked if each.kind == "choice" and not each.many]
    return sum(map(longest_is_right, asked)) / max(len(asked), 1)


def test_longest_choice_is_not_the_right_one() -> None:
    """Length gives nothing away: by it one is right in less than half of the book's questions."""
    assert by_length(FILES) < 0.5


def test_a_quiz_that_length_answers_would_be_noticed(tmp_path: Path) -> None:
    """The planted case."""
    path = tmp_path / "02_sample.yml"
    path.write_text(SAMPLE.replace("text: $m + 1$", "text: one more than units, $m + 1$"))
    assert by_length([path]) == 1


Edit = Callable[[dict[str, Any]], object]


def put(value: Any, *keys: str | int) -> Edit:
    """An edit that puts a value at a place of the file."""

    def edit(content: Any) -> None:
        for key in keys[:-1]:
            content = content[key]
        content[keys[-1]] = value

    return edit


def drop(*keys: str | int) -> Edit:
    """An edit that takes an entry out."""

    def edit(content: Any) -> None:
        for key in keys[:-1]:
            content = content[key]
        del content[keys[-1]]

    return edit


# Questions of the sample: a choice, a choice of several, two numbers, an order.
Q, P = "questions", "predictions"
PLANTED: list[tuple[Edit, str]] = [
    (drop(P), "the file has no 'predictions'"),
    (put({}, "answers"), "the file has 'answers', which is no entry of it"),
    (drop(Q, 4), "the file has 4 questions, not 5"),
    (put([], P), "the file has 0 predictions, not 1 to 2"),
    (put("text", Q, 1), "question 2 is not a list of named entries"),
    (drop(Q, 0, "id"), "question 1 has no 'id'"),
    (put("Deep Pieces", Q, 2, "id"), "question 3 has the id 'Deep Pieces', which is not in kebab"),
    (put("counting", P, 0, "id"), "the id 'counting' stands twice"),
    (put("riddle", Q, 0, "kind"), "question 1, 'pieces-one-layer', is of the kind 'riddle'"),
    (drop(Q, 0, "ask"), "question 1, 'pieces-one-layer', has no 'ask'"),
    (put("", Q, 0, "ask"), "question 1, 'pieces-one-layer', has nothing in 'ask'"),
    (put("x", Q, 0, "hint"), "question 1, 'pieces-one-layer', has 'hint', which is no entry of it"),
    (drop(Q, 0, "choices", 2), "has 2 choices, not 3 to 5"),
    (drop(Q, 0, "choices", 1, "why"), "question 1, 'pieces-one-layer', choice 2, has no 'why'"),
    (put(0.5, Q, 0, "choices", 1, "text"), "has 0.5 as 'text', which is not a text (put it in"),
    (put("$m + 1$", Q, 0, "choices", 1, "text"), "has the same choice twice"),
    (put("a\n\nb", Q, 0, "choices", 1, "text"), "choice 2, has a text of more than one paragraph"),
    (put("yes", Q, 0, "choices", 1, "right"), "has 'yes' as 'right', which is not true or false"),
    (drop(Q, 0, "choices", 0, "right"), "has 0 right choices, not one"),
    (drop(Q, 1, "many"), "question 2, 'what-helps', has 2 right choices, not one"),
    (put(1024, Q, 2, "answer"), "'deep-pieces', does not take its answer from the notebook"),
    (drop(Q, 2, "answer"), "'deep-pieces', does not take its answer from the notebook"),
    (drop(Q, 2, "why"), "question 3, 'deep-pieces', has no 'why'"),
    (put(0.1, Q, 2, "tolerance"), "has both 'tolerance' and 'within'"),
    (put(-1, Q, 2, "within"), "has a 'within' below 0"),
    (put("1 %", Q, 3, "tolerance"), "has '1 %' as 'tolerance', which is not a number"),
    (put("answer.real", Q, 3, "near", 0, "value"), "near answer 1, has a value that is not arith"),
    (put("answer / 0", Q, 3, "near", 0, "value"), "near answer 1, has a value that has no value"),
    (drop(Q, 3, "near", 0, "why"), "near answer 1, has no 'why'"),
    (put(["a", "b"], Q, 4, "items"), "question 5, 'counting', has 2 items, not 3 to 6"),
    (put(["a", "b", "a"], Q, 4, "items"), "question 5, 'counting', has the same item twice"),
    (put(["a", "b", 3], Q, 4, "items"), "has the item 3, which is not a text"),
    (lambda quiz: quiz[P].append(quiz[Q].pop()) or quiz[P].pop(0), "has 4 questions"),
    (lambda quiz: quiz[P].__setitem__(0, {**quiz[Q][4], "id": "x"}), "'x' is an order, not a"),
    (
        lambda quiz: [quiz[Q].__setitem__(k, {**quiz[Q][0], "id": f"x{k}"}) for k in (2, 3)],
        "no question asks for a number",
    ),
    (
        lambda quiz: [quiz[Q].__setitem__(k, {**quiz[Q][2], "id": f"x{k}"}) for k in (0, 1, 3, 4)],
        "all questions are of one kind",
    ),
]


@pytest.mark.parametrize(("edit", "clause"), PLANTED, ids=[clause for _, clause in PLANTED])
def test_malformed_file_is_refused_in_one_sentence(tmp_path: Path, edit: Edit, clause: str) -> None:
    """The sentence names the file and the question."""
    content = copy.deepcopy(yaml.safe_load(SAMPLE))
    edit(content)
    path = tmp_path / "02_sample.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")

    with pytest.raises(QuizError) as caught:
        read_quiz(path)

    assert str(caught.value).startswith("book/quizzes/02_sample.yml: ")
    assert clause in str(caught.value)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_what_is_no_yaml_is_refused_with_its_line(tmp_path: Path) -> None:
    """An author's most frequent slip is a colon in a text."""
    path = tmp_path / "02_sample.yml"
    path.write_text("questions:\n  - ask: Which one: this?\n", encoding="utf-8")
    with pytest.raises(QuizError, match=r"02_sample\.yml, line 2: this is no YAML \(mapping"):
        read_quiz(path)


@pytest.mark.parametrize(
    "formula",
    ["__import__('os')", "answer.real", "[1][0]", "other", "'a'", "f(answer)", "1 if answer else 2",
     "9 ** 9 ** 9 ** 9", "(-answer) ** 0.5", "log(0)", "answer +", "True", "1e999"],
)  # fmt: skip
def test_formula_is_arithmetic_and_nothing_else(formula: str) -> None:
    """A file of texts cannot run anything, and cannot keep the build busy."""
    with pytest.raises(quiz_numbers.NumberError):
        quiz_numbers.evaluate(formula, 12)


@pytest.mark.parametrize(
    ("formula", "value"),
    [("answer / 2", 4), ("-answer + 1", -7), ("2 * sqrt(2 * answer)", 8), ("answer ** 2 - 4", 60)],
)
def test_formula_has_its_value(formula: str, value: float) -> None:
    """With the answer in it."""
    assert quiz_numbers.evaluate(formula, 8) == value


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site of one page, built without a warning, as pages and as an e-book."""
    folder = tmp_path_factory.mktemp("quiz") / "site"
    quiz_site.write(folder, {quiz_site.PAGE: SAMPLE})
    for builder in ("html", "epub", "text"):
        result = quiz_site.build(folder, builder)
        assert (result.returncode, result.stderr) == (0, "")
    return folder / "_build"


def parsed(file: Path) -> BeautifulSoup:
    """A page."""
    return BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")


def test_page_holds_the_questions_and_their_answers(sample: Path) -> None:
    """Everything is there before any script runs; numbers are those of the notebook."""
    page = parsed(sample / "html" / f"{quiz_site.PAGE}.html")
    forms = page.select("form.quiz-question")
    assert len(forms) == 5 + 2
    for form in forms:
        assert form.select_one("fieldset > legend")
        assert form.select_one("details.quiz-answer .quiz-why")
        for name in str(form.fieldset["aria-labelledby"]).split():
            assert page.find(id=name)
        for field in form.select("input[type=text]"):
            assert page.select_one(f'label[for="{field["id"]}"]')
    (deep,) = page.select('form[data-id="deep-pieces"]')
    assert deep["data-answer"] == "1024.0"
    assert [each["data-near"] for each in deep.select("[data-near]")] == ["512.0", "59049.0"]
    assert deep.select_one(".quiz-result").get_text().strip() == "1,024 pieces"
    ids = [each["id"] for each in page.select("[id]")]
    assert len(ids) == len(set(ids))


def test_texts_are_read_as_the_page_is(sample: Path) -> None:
    """Formulas, glued numbers and references are what they are in a paragraph."""
    page = parsed(sample / "html" / f"{quiz_site.PAGE}.html")
    assert page.select_one(".quiz-choices label .math")
    assert page.select_one(".quiz-why .pasted-text").get_text() == "68"
    for place in (".quiz-ask", ".quiz-choices label", ".quiz-items li", ".quiz-verdict"):
        assert page.select_one(f'{place} a[href="#equation-eq-pieces"]')


def test_items_are_shuffled_in_the_same_way_always(sample: Path) -> None:
    """Another build of the same files is the same site."""
    page = parsed(sample / "html" / f"{quiz_site.PAGE}.html")
    places = [int(item["data-place"]) for item in page.select("[data-place]")]
    assert places != sorted(places) == [0, 1, 2, 3]
    assert places == quizzes.shuffled(quiz_site.PAGE, "counting", 4)


def test_script_is_loaded_where_there_is_a_quiz(sample: Path) -> None:
    """And on no other page."""
    assert "quiz.js" in (sample / "html" / f"{quiz_site.PAGE}.html").read_text(encoding="utf-8")
    assert "quiz.js" not in (sample / "html" / "genindex.html").read_text(encoding="utf-8")


def test_e_book_and_plain_text_hold_questions_without_controls(sample: Path) -> None:
    """Nobody can press a button there."""
    page = parsed(sample / "epub" / f"{quiz_site.PAGE}.xhtml")
    assert len(page.select(".quiz-question details")) == 5 + 2
    assert not page.select("form, input, button, [role=status]")
    text = (sample / "text" / f"{quiz_site.PAGE}.txt").read_text(encoding="utf-8")
    assert "1,024 pieces" in text
    assert "Check" not in text


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a build of faulty pages says."""
    folder = tmp_path_factory.mktemp("quiz") / "faulty"
    faulty = {
        "02_missing": SAMPLE,
        "03_unknown": SAMPLE.replace("glue: order", "glue: chaos"),
        "04_word": SAMPLE.replace("glue: order", "glue: winner"),
        "05_close": SAMPLE.replace("answer / 2", "answer + 0"),
        "06_blocks": SAMPLE.replace("text: one or two", "text: <div>one</div>"),
        "07_zero": SAMPLE.replace("-answer", "1 / (answer + 2.06)"),
        quiz_site.PAGE: SAMPLE,
    }
    numbers = {**quiz_site.NUMBERS, "winner": "'Adam'"}
    quiz_site.write(folder, faulty, numbers)
    (folder / "quizzes" / "02_missing.yml").unlink()
    result = quiz_site.build(folder)
    assert result.returncode != 0
    return result.stderr


@pytest.mark.parametrize(
    "sentence",
    [
        "The chapter 02_missing has no quiz: book/quizzes/02_missing.yml is missing.",
        "03_unknown.yml: 'order-of-error' asks for 'chaos', which no cell of the page glues.",
        "04_word.yml: 'order-of-error' asks for 'winner', which the page glues, but not as a",
        "05_close.yml: 'deep-pieces' has the near answer 1,024, which counts as right.",
        "06_blocks.yml: '<div>one</div>' is not one paragraph.",
        "07_zero.yml: 'order-of-error' has a near answer that has no value: 1 / (answer + 2.06).",
    ],
)
def test_build_fails_with_one_sentence(sentences: str, sentence: str) -> None:
    """It names the chapter and the question."""
    assert sentence in sentences
    assert "Traceback" not in sentences
