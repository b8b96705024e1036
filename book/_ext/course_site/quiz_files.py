"""The files of quizzes, `book/quizzes/<chapter>.yml`: read, and refused in one sentence when wrong.

questions:                 # five; at least one number, at least two kinds
  - id: corners            # kebab-case, unique in the file
    kind: choice           # choice, number or order
    ask: How many ...?     # texts are MyST Markdown, parsed by the page
    choices:               # three to five, one of them right (several: `many: true`)
      - {text: $m$, right: true, why: Each unit ...}
  - id: deep
    kind: number
    answer: {glue: name}   # computed by the notebook of the page, never typed
    tolerance: 0.01        # relative; or `within: 0.5`, absolute
    unit: pieces
    why: ...
    near: [{value: answer / 2, why: You forgot ...}]
  - {id: step, kind: order, items: [first, second, third], why: ...}
predictions: [...]         # one or two, of the kind number or choice
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from nbcourse.errors import UserError

from .quiz_numbers import NumberError, evaluate

_N_QUESTIONS = 5
_N_PREDICTIONS = (1, 2)
_N_CHOICES = (3, 5)
_N_ITEMS = (3, 6)
_KINDS = ("choice", "number", "order")


class QuizError(UserError):
    """A quiz that is missing or malformed; the sentence names its file and the question."""


@dataclass(frozen=True)
class Choice:
    """One of the answers of which the reader picks."""

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True)
class Near:
    """A wrong number that is recognized: glued, or computed from the answer."""

    why: str
    glue: str = ""
    formula: str = ""


@dataclass(frozen=True)
class Number:
    """The number that is asked for."""

    glue: str
    tolerance: float | None = None
    within: float | None = None
    unit: str = ""
    near: tuple[Near, ...] = ()


@dataclass(frozen=True)
class Question:
    """One question or prediction; what a kind does not need is empty."""

    id: str
    kind: str
    ask: str
    why: str = ""
    many: bool = False
    choices: tuple[Choice, ...] = ()
    number: Number | None = None
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Quiz:
    """What one file holds."""

    questions: tuple[Question, ...]
    predictions: tuple[Question, ...]


@dataclass
class Entry:
    """A mapping of the file, from which entries are taken until none is left."""

    name: str  # for sentences
    rest: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, content: object) -> "Entry":
        """The mapping that `content` must be."""
        if not isinstance(content, dict):
            raise QuizError(f"{name} is not a list of named entries")
        return cls(name, dict(content))

    def take(self, key: str, kind: type, words: str, default: Any = None) -> Any:  # noqa: ANN401
        """The entry `key`, which has this type; needed when there is no default."""
        if key not in self.rest:
            if default is None:
                raise QuizError(f"{self.name} has no {key!r}")
            return default
        value = self.rest.pop(key)
        if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
            raise QuizError(f"{self.name} has {value!r} as {key!r}, which is not {words}")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty."""
        value = str(self.take(key, str, "a text (put it in quotes?)", default)).strip()
        if not value and default is None:
            raise QuizError(f"{self.name} has nothing in {key!r}")
        return value

    def list(self, key: str, sizes: tuple[int, int]) -> list[Any]:
        """A list whose length lies between two numbers."""
        values: list[Any] = self.take(key, list, "a list")
        low, high = sizes
        if not low <= len(values) <= high:
            wanted = str(low) if low == high else f"{low} to {high}"
            raise QuizError(f"{self.name} has {len(values)} {key}, not {wanted}")
        return values

    def finish(self) -> None:
        """Refuse what nobody took."""
        if self.rest:
            raise QuizError(f"{self.name} has {next(iter(self.rest))!r}, which is no entry of it")


def read_quiz(path: Path) -> Quiz:
    """The quiz in a file.

    Raises:
        QuizError: the file is missing, is no YAML, or breaks a rule.
    """
    chapter, name = path.stem, f"book/quizzes/{path.name}"
    if not path.is_file():
        raise QuizError(f"The chapter {chapter} has no quiz: {name} is missing.")
    try:
        return _quiz(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or "it cannot be read"
        raise QuizError(f"{name}{line}: this is no YAML ({what}).") from None
    except QuizError as error:
        raise QuizError(f"{name}: {error}.") from None


def _quiz(content: object) -> Quiz:
    entry = Entry.of("the file", content)
    questions = entry.list("questions", (_N_QUESTIONS, _N_QUESTIONS))
    predictions = entry.list("predictions", _N_PREDICTIONS)
    entry.finish()
    quiz = Quiz(
        tuple(_question(f"question {k}", each) for k, each in enumerate(questions, 1)),
        tuple(_question(f"prediction {k}", each) for k, each in enumerate(predictions, 1)),
    )
    for fault in _faults(quiz):
        raise QuizError(fault)
    return quiz


def _faults(quiz: Quiz) -> Iterator[str]:
    """What is wrong with the whole, though each question is well-formed."""
    ids = [question.id for question in quiz.questions + quiz.predictions]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        yield f"the id {name!r} stands twice"
    kinds = {question.kind for question in quiz.questions}
    if "number" not in kinds:
        yield "no question asks for a number"
    if len(kinds) == 1:
        yield "all questions are of one kind"
    for prediction in quiz.predictions:
        if prediction.kind == "order":
            yield f"the prediction {prediction.id!r} is an order, not a number or a choice"


def _question(name: str, content: object) -> Question:
    entry = Entry.of(name, content)
    slug = entry.text("id")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        raise QuizError(f"{name} has the id {slug!r}, which is not in kebab-case")
    entry.name = f"{name}, {slug!r},"
    kind, ask = entry.text("kind"), entry.text("ask")
    if kind not in _KINDS:
        raise QuizError(f"{entry.name} is of the kind {kind!r}, not one of {', '.join(_KINDS)}")
    needs_why = kind != "choice"
    why = entry.text("why", default=None if needs_why else "")
    parts = _PARTS[kind](entry, why)
    entry.finish()
    return Question(id=slug, kind=kind, ask=ask, why=why, **parts)


def _choices(entry: Entry, why: str) -> dict[str, Any]:
    many = entry.take("many", bool, "true or false", default=False)
    choices = tuple(
        _choice(f"{entry.name} choice {k},", each, why if "prediction" in entry.name else "")
        for k, each in enumerate(entry.list("choices", _N_CHOICES), 1)
    )
    n_right = sum(choice.right for choice in choices)
    if n_right == 0 or (n_right > 1 and not many):
        raise QuizError(f"{entry.name} has {n_right} right choices, not one (or set many: true)")
    if len({choice.text for choice in choices}) < len(choices):
        raise QuizError(f"{entry.name} has the same choice twice")
    return {"many": many, "choices": choices}


def _choice(name: str, content: object, why: str) -> Choice:
    """One choice; those of a prediction may share its explanation."""
    entry = Entry.of(name, content)
    choice = Choice(
        text=_one_paragraph(name, entry.text("text")),
        why=entry.text("why", default="" if why else None),
        right=entry.take("right", bool, "true or false", default=False),
    )
    entry.finish()
    return choice


def _number(entry: Entry, why: str) -> dict[str, Any]:
    del why
    if "tolerance" in entry.rest and "within" in entry.rest:
        raise QuizError(f"{entry.name} has both 'tolerance' and 'within'")
    sizes: dict[str, float | None] = {"tolerance": None, "within": None}
    for key in sizes.keys() & entry.rest.keys():
        sizes[key] = float(entry.take(key, int | float, "a number"))
        if not sizes[key] >= 0:
            raise QuizError(f"{entry.name} has a {key!r} below 0")
    answer = entry.rest.pop("answer", None)
    number = Number(
        glue=_glued(entry.name, answer),
        unit=entry.text("unit", default=""),
        near=tuple(
            _near(f"{entry.name} near answer {k},", each)
            for k, each in enumerate(entry.take("near", list, "a list", default=()), 1)
        ),
        **sizes,
    )
    return {"number": number}


def _glued(name: str, answer: object) -> str:
    """The name under which the notebook glues a number."""
    if isinstance(answer, dict) and answer.keys() == {"glue"} and isinstance(answer["glue"], str):
        return answer["glue"]
    raise QuizError(f"{name} does not take its answer from the notebook (answer: {{glue: name}})")


def _near(name: str, content: object) -> Near:
    entry = Entry.of(name, content)
    value, why = entry.rest.pop("value", None), entry.text("why")
    entry.finish()
    if isinstance(value, dict):
        return Near(why=why, glue=_glued(name, value))
    try:
        evaluate(str(value), 1.25)  # any number: does it have a value at all?
    except NumberError as fault:
        raise QuizError(f"{name} has a value that {fault}") from None
    return Near(why=why, formula=str(value))


def _items(entry: Entry, why: str) -> dict[str, Any]:
    del why
    items = tuple(entry.list("items", _N_ITEMS))
    for item in items:
        if not isinstance(item, str):
            raise QuizError(f"{entry.name} has the item {item!r}, which is not a text")
        _one_paragraph(entry.name, item)
    if len(set(items)) < len(items):
        raise QuizError(f"{entry.name} has the same item twice")
    return {"items": items}


def _one_paragraph(name: str, text: str) -> str:
    """A text that stands in a label, which holds no blocks."""
    if re.search(r"\n\s*\n|^\s*([-*+#>]|\d+[.)])\s|`{3}|:{3}", text):
        raise QuizError(f"{name} has a text of more than one paragraph of plain Markdown")
    return text


_PARTS: dict[str, Callable[[Entry, str], dict[str, Any]]] = {
    "choice": _choices,
    "number": _number,
    "order": _items,
}
