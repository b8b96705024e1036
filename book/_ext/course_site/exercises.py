"""Exercises on the pages: the directive `exercises` of a chapter, and the pages of solutions.

    ```{exercises}
    ```

shows the statements of the chapter's exercises and where to work on them. A page named
`solutions_<chapter>` is filled with statements, hints and solutions, all folded. Both are taken
from `solutions/<chapter>.ipynb` and from the specifications: nothing is written twice.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from nbcourse.checking import Exercise
from nbcourse.exercises import of_chapter
from nbcourse.notebooks.files import read
from nbcourse.notebooks.roles import exercise_of, role_of

ROOT = Path(__file__).parents[3]
PREFIX = "solutions_"
_MARKERS = re.compile(r"^[ ]*### (BEGIN|END) SOLUTION\n?", re.MULTILINE)

_WHERE = """\
Work on them in the notebook {{download}}`{stem}.ipynb </../exercises/{stem}.ipynb>`: fill in a
function, run the next cell, and see which checks hold. In a terminal, `nbcourse check {number}`
does the same. Answers and hints: {{doc}}`solutions_{stem}`.
"""

_STATEMENT = """\
(exercise-{slug})=

:::{{rubric}} {number}. `{name}` {stars}
:heading-level: 3
:::

{text}
"""

_SOLUTION = """\
## {heading}

{text}

{hints}
::::{{dropdown}} Solution
```python
{code}
```

{explanation}
::::

::::{{dropdown}} Mistakes that the check recognizes
{mistakes}
::::
"""

_HINT = """\
::::{{dropdown}} Hint {k}
{text}
::::
"""


@dataclass
class Parts:
    """What a notebook of solutions says on one exercise, as Markdown and Python."""

    statement: str = ""
    answer: str = ""
    explanation: str = ""


def notebook_of(stem: str) -> Path:
    """The notebook of solutions to a chapter."""
    return ROOT / "solutions" / f"{stem}.ipynb"


def parts_of(path: Path) -> dict[str, Parts]:
    """What a notebook of solutions says, by exercise."""
    found: dict[str, Parts] = {}
    for cell in read(path).cells:
        name = exercise_of(cell)
        if not name:
            continue
        parts = found.setdefault(name, Parts())
        if role_of(cell) == "statement":
            parts.statement = cell.source
        elif role_of(cell) == "answer":
            parts.answer = _MARKERS.sub("", cell.source)
        elif role_of(cell) == "explanation":
            parts.explanation += cell.source + "\n"
    return found


def body(statement: str) -> str:
    """A statement without its heading."""
    return statement.split("\n", 1)[1].strip()


def statements(stem: str) -> str:
    """The statements of a chapter's exercises, as Markdown without headings of sections."""
    parts = parts_of(notebook_of(stem))
    texts = [
        _STATEMENT.format(
            slug=exercise.name.lower().replace("_", "-"),
            number=exercise.number,
            name=exercise.name,
            stars=exercise.difficulty,
            text=body(parts[exercise.name].statement),
        )
        for exercise in of_chapter(stem)
    ]
    where = _WHERE.format(stem=stem, number=stem.split("_")[0])
    return "\n".join([where, *texts])


def solutions(stem: str) -> str:
    """The page of solutions to a chapter, as Markdown."""
    parts = parts_of(notebook_of(stem))
    return "\n".join(_solution(exercise, parts[exercise.name]) for exercise in of_chapter(stem))


def _solution(exercise: Exercise, parts: Parts) -> str:
    hints = [_HINT.format(k=k, text=text) for k, text in enumerate(exercise.hints, start=1)]
    return _SOLUTION.format(
        heading=parts.statement.split("\n", 1)[0].lstrip("# "),
        text=body(parts.statement),
        hints="\n".join(hints),
        code=parts.answer,
        explanation=parts.explanation,
        mistakes="\n".join(_mistakes(exercise)),
    )


def _mistakes(exercise: Exercise) -> Iterator[str]:
    for mutant in exercise.mutants:
        yield f"- {escape(mutant.sentence)}"


def escape(text: str) -> str:
    r"""A plain sentence as Markdown that shows it as it is.

    >>> escape("dW = x.T * dy, not W[0]_i")
    'dW = x.T \\* dy, not W\\[0\\]\\_i'
    """
    return re.sub(r"([\\`*_{}\[\]<>#$|])", r"\\\1", text)


class ExercisesDirective(SphinxDirective):
    """The statements of the exercises of this chapter."""

    def run(self) -> list[nodes.Node]:
        """Let the parser of the page read the statements."""
        stem = self.env.docname
        self.env.note_dependency(str(notebook_of(stem)))
        box = nodes.container(classes=["exercises"])
        source, line = self.get_source_info()
        lines = StringList(statements(stem).splitlines(), source=f"{source}:{line}")
        self.state.nested_parse(lines, self.content_offset, box)
        return box.children


def fill(app: Sphinx, page: str, source: list[str]) -> None:
    """Add the solutions to a page that is named for them."""
    if page.startswith(PREFIX):
        stem = page.removeprefix(PREFIX)
        app.env.note_dependency(str(notebook_of(stem)))
        source[0] += "\n" + solutions(stem)


def setup(app: Sphinx) -> None:
    """Register the directive, and what fills the pages of solutions."""
    app.connect("source-read", fill)
    app.add_directive("exercises", ExercisesDirective)
