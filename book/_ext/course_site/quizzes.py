"""The quizzes of the chapters: the directives `quiz` and `predict`.

    ```{quiz}
    ```

asks the questions of `book/quizzes/<page>.yml`; `predict` asks the reader for guesses, which are
compared with the result later. All HTML is made here, once; `static/quiz.js` only judges. Without
JavaScript the questions stand there with their answers folded; on paper without their answers.

Why not jupyterquiz, the library for quizzes in notebooks? It draws its questions by a script, so
that there is none without JavaScript, none in the search and none in an e-book; its numbers are
typed, where ours are what the notebook of the page computed, with a tolerance and with the known
wrong numbers that follow from the answer; and it knows neither orders nor predictions.
"""

import hashlib
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from myst_nb.core.variables import RetrievalError
from myst_nb.ext.glue.utils import retrieve_glue_data
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from . import quiz_markup
from .quiz_files import Question, Quiz, QuizError, read_quiz
from .quiz_markup import control, element
from .quiz_numbers import NumberError, evaluate, parse, shown, slack

FOLDER = "quizzes"
_MARK = 'data-quiz="'
_NO_SCRIPT = (
    "<noscript><style>.quiz-control{display:none}"
    ".quiz-choices label::before{content:'☐'}"
    ".quiz .quiz-answer{visibility:visible}</style></noscript>"
)


class _QuizDirective(SphinxDirective):
    """What both have in common: the file of the page, and how a question is shown."""

    fold = "Answer and explanation"
    field = "Your answer:"

    def run(self) -> list[nodes.Node]:
        """Read the file of the page and show what this directive is for."""
        path = Path(self.env.srcdir) / FOLDER / f"{self.env.docname}.yml"
        self.env.note_dependency(str(path))
        try:
            box = self.box(read_quiz(path))
        except QuizError as error:
            raise self.error(str(error)) from None
        box["html"] |= {"data-quiz": self.env.docname}
        return [box, nodes.raw("", _NO_SCRIPT, format="html")]

    def box(self, quiz: Quiz) -> nodes.Element:
        """The element that holds everything."""
        raise NotImplementedError

    def form(self, question: Question, title: str, *buttons: nodes.Node) -> nodes.Element:
        """One question: what is asked, what to answer with, what is said to it, and the answer."""
        name = f"quiz-{question.id}"
        ask = element("div", *self.blocks(question.ask), class_="quiz-ask", id=f"{name}-ask")
        done = control("span", " ✓ answered right", class_="quiz-done", hidden="")
        several = " (several may be right)" if question.many else ""
        legend = element("legend", title + several, done, id=f"{name}-title")
        fields = {"choice": self.choices, "number": self.number, "order": self.order}
        shape, answer, data = fields[question.kind](question)
        group = {"aria_labelledby": f"{name}-title {name}-ask"}
        return element(
            "form",
            element("fieldset", legend, ask, shape, **group),
            control("p", *buttons, class_="quiz-buttons"),
            control("div", class_="quiz-feedback", role="status"),
            self.folded(question, answer),
            class_="quiz-question",
            id=name,
            method="dialog",  # in which Enter leads nowhere, even before the script is there
            autocomplete="off",
            data_id=question.id,
            data_kind=question.kind,
            **data,
        )

    def folded(self, question: Question, answer: list[nodes.Node]) -> nodes.Element:
        """The answer, as it is found without JavaScript, and from which the script quotes."""
        parts = [element("summary", self.fold), *answer]
        if question.why:
            parts.append(element("div", *self.blocks(question.why), class_="quiz-why quiz-main"))
        return element("details", *parts, class_="quiz-answer")

    def choices(self, question: Question) -> tuple[nodes.Node, list[nodes.Node], dict[str, str]]:
        """Radio buttons, or boxes where several are right."""
        kind = "checkbox" if question.many else "radio"
        fields, answers = [], []
        places = shuffled(self.env.docname, question.id, len(question.choices))
        for value, choice in ((str(place), question.choices[place]) for place in places):
            button = control("input", type=kind, name=f"quiz-{question.id}", value=value)
            # A label that is only a formula would have no words for who does not see it.
            heard = control("span", f"Answer {len(fields) + 1}: ", class_="quiz-heard")
            words = element("span", *self.inline(choice.text), class_="quiz-text")
            fields.append(element("li", element("label", button, heard, words)))
            verdict = element("span", "✓ Right: " if choice.right else "✗ Wrong: ")
            head = element("p", verdict, *self.inline(choice.text), class_="quiz-verdict")
            why = element("div", *self.blocks(choice.why), class_="quiz-why")
            right = {"data_right": ""} if choice.right else {}
            answers.append(element("li", head, why, data_choice=value, **right))
        many = {"data_many": ""} if question.many else {}
        shape = element("ul", *fields, class_="quiz-choices")
        return shape, [element("ul", *answers, class_="quiz-choices")], many

    def number(self, question: Question) -> tuple[nodes.Node, list[nodes.Node], dict[str, str]]:
        """A field for a number; right and near numbers come from the notebook of the page."""
        asked = question.number
        assert asked is not None
        answer = self.glued(question, asked.glue)
        allowed = slack(answer, asked.tolerance, asked.within)
        unit = f" {asked.unit}" if asked.unit else ""
        name = f"quiz-{question.id}-number"
        # The numeric keyboard of a telephone may have digits and a point, and nothing else.
        keys = "decimal" if set(shown(answer)) <= set("0123456789.,") else "text"
        field = control("input", type="text", inputmode=keys, id=name, size="10")
        label = control("label", self.field, for_=name)
        shape = element("p", label, " ", field, control("span", unit), class_="quiz-number")
        near = []
        for each in asked.near:
            if each.glue:
                value = self.glued(question, each.glue)
            else:
                value = self.computed(question, each.formula, answer)
            if abs(value - answer) <= allowed:
                clause = f"has the near answer {shown(value)}, which counts as right"
                raise self.fault(question, clause)
            head = element("p", f"If you got {shown(value)}{unit}:", class_="quiz-verdict")
            why = element("div", *self.blocks(each.why), class_="quiz-why")
            near.append(element("li", head, why, data_near=repr(value)))
        head = element("p", f"{shown(answer)}{unit}", class_="quiz-verdict quiz-result")
        others = [element("ul", *near, class_="quiz-choices")] if near else []
        data = {"data_answer": repr(answer), "data_slack": repr(allowed), "data_unit": asked.unit}
        return shape, [head, *others], data

    def order(self, question: Question) -> tuple[nodes.Node, list[nodes.Node], dict[str, str]]:
        """A list whose items can be moved up and down."""
        items = []
        for place in shuffled(self.env.docname, question.id, len(question.items)):
            name = f"quiz-{question.id}-{place}"
            text = self.inline(question.items[place])
            words = element("span", *text, class_="quiz-text", id=name)
            buttons = [_mover(name, "up", "↑"), _mover(name, "down", "↓")]
            items.append(element("li", words, *buttons, data_place=str(place)))
        right = [element("li", *self.inline(item)) for item in question.items]
        return element("ol", *items, class_="quiz-items"), [element("ol", *right)], {}

    def glued(self, question: Question, name: str) -> float:
        """A number that the notebook of this page computed."""
        try:
            data = retrieve_glue_data(self.state.document, name).data
            return parse(data["text/plain"])
        except RetrievalError:
            clause = f"asks for {name!r}, which no cell of the page glues"
        except (ValueError, SyntaxError, KeyError):
            clause = f"asks for {name!r}, which the page glues, but not as a number"
        raise self.fault(question, clause)

    def computed(self, question: Question, formula: str, answer: float) -> float:
        """A number that follows from the answer."""
        try:
            return evaluate(formula, answer)
        except NumberError as fault:
            raise self.fault(question, f"has a near answer that {fault}") from None

    def fault(self, question: Question, clause: str) -> QuizError:
        """The sentence that stops the build."""
        return QuizError(f"book/{FOLDER}/{self.env.docname}.yml: {question.id!r} {clause}.")

    def blocks(self, text: str) -> list[nodes.Node]:
        """A text, parsed as the page is."""
        source, line = self.get_source_info()
        node = nodes.container()
        lines = StringList(text.splitlines(), source=f"{source}:{line}")
        self.state.nested_parse(lines, self.content_offset, node)
        return list(node.children)

    def inline(self, text: str) -> list[nodes.Node]:
        """A text of one paragraph without the paragraph, for a place that holds no blocks."""
        blocks = self.blocks(text)
        if len(blocks) == 1 and isinstance(blocks[0], nodes.paragraph):
            return list(blocks[0].children)
        raise QuizError(f"book/{FOLDER}/{self.env.docname}.yml: {text!r} is not one paragraph.")


class QuizDirective(_QuizDirective):
    """The questions of this page."""

    def box(self, quiz: Quiz) -> nodes.Element:
        """Questions with a button each, and how many are answered."""
        n = len(quiz.questions)
        forms = [
            self.form(question, f"Question {k} of {n}", control("button", "Check", type="submit"))
            for k, question in enumerate(quiz.questions, 1)
        ]
        score = element("span", f"0 of {n} answered right.", class_="quiz-score")
        again = control("button", "Start again", type="button", class_="quiz-again")
        end = control("p", score, " ", again, class_="quiz-end")
        return element("div", *forms, end, class_="quiz")


class PredictDirective(_QuizDirective):
    """The predictions of this page."""

    fold = "Result and explanation"
    field = "Your guess:"

    def box(self, quiz: Quiz) -> nodes.Element:
        """Guesses, which are kept before they are compared."""
        n = len(quiz.predictions)
        forms = []
        for k, question in enumerate(quiz.predictions, 1):
            buttons = (
                control("button", "Keep my guess", type="submit"),
                " ",
                control("button", "Compare", type="button", class_="quiz-compare", disabled=""),
                " ",
                control("button", "Guess again", type="button", class_="quiz-reset", disabled=""),
            )
            title = f"Your guess, {k} of {n}" if n > 1 else "Your guess"
            forms.append(self.form(question, title, *buttons))
        return element("div", *forms, class_="quiz quiz-predictions")


def _mover(name: str, way: str, arrow: str) -> nodes.Element:
    """The button that moves an item; its name for ears is the way and the item's text."""
    return control(
        "button",
        arrow,
        type="button",
        id=f"{name}-{way}",
        aria_label=f"Move {way}",
        aria_labelledby=f"{name}-{way} {name}",
        data_way=way,
    )


def shuffled(page: str, name: str, n: int) -> list[int]:
    """The places 0 to n - 1 in an order that is the same at every build, and not the first one.

    >>> shuffled("02_activations", "step", 4)
    [3, 1, 0, 2]
    """
    keys = [hashlib.sha256(f"{page} {name} {k}".encode()).digest() for k in range(n)]
    places = sorted(range(n), key=keys.__getitem__)
    return places if places != sorted(places) else places[::-1]


def add_scripts(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the script and the style sheet on a page with a quiz."""
    del page, template, doctree
    if _MARK in context.get("body", ""):
        app.add_js_file("quiz.js", loading_method="defer")
        app.add_css_file("quiz.css", priority=900)


def setup(app: Sphinx) -> None:
    """Register the node, the directives and the hook."""
    quiz_markup.setup(app)
    app.add_directive("quiz", QuizDirective)
    app.add_directive("predict", PredictDirective)
    app.connect("html-page-context", add_scripts)
