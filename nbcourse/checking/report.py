"""The result of judging one answer: readable as text, as a table in a page, and as JSON."""

import html
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from nbcourse.checking.spec import Exercise

_CELL = "padding:.25em .75em .25em 0;text-align:left;vertical-align:top;white-space:normal"
_CODE = "font-family:monospace;white-space:pre-wrap;overflow-wrap:anywhere"


@dataclass(frozen=True)
class Outcome:
    """One check: whether it holds and, when it does not, on which case it failed first.

    Attributes:
        name: the statement that was tried.
        group: its group.
        passed: whether it holds on every case.
        message: what is wrong.
        arguments: the arguments of the failing case; empty where inputs are hidden.
        expected: what is right for them.
        got: what was returned.
    """

    name: str
    group: str
    passed: bool
    message: str = ""
    arguments: str = ""
    expected: str = ""
    got: str = ""


@dataclass(frozen=True)
class Report:
    """All outcomes of one exercise.

    Attributes:
        exercise: what was asked.
        outcomes: one for each check, the contract first.
        hidden: whether the inputs were the hidden ones.
        started: whether any call did more than raise NotImplementedError.
        diagnosis: the sentence of the known mistake that explains every reply, or "".
        printed: the first of what the answer printed.
    """

    exercise: Exercise
    outcomes: tuple[Outcome, ...]
    hidden: bool
    started: bool
    diagnosis: str
    printed: str = ""

    @property
    def n_passed(self) -> int:
        """How many checks hold."""
        return sum(outcome.passed for outcome in self.outcomes)

    @property
    def passed(self) -> bool:
        """Whether every check holds."""
        return self.n_passed == len(self.outcomes)

    @property
    def points(self) -> float:
        """Points reached: those of a group are shared equally by its checks."""
        total = Fraction(0)
        for group, points in self.exercise.points.items():
            mine = [outcome.passed for outcome in self.outcomes if outcome.group == group]
            total += Fraction(points * sum(mine), len(mine)) if mine else 0
        return float(total)

    @property
    def headline(self) -> str:
        """One line: what was tried, and with how much success."""
        level = "hidden" if self.hidden else "visible"
        name, n = self.exercise.name, len(self.outcomes)
        if not self.started:
            return f"{name}: not written yet (0 of {n} {level} checks hold)"
        points = f"{self.points:.3g} of {self.exercise.points_total} points"
        if self.passed:
            return f"{name}: all {n} {level} checks hold ({points})"
        return f"{name}: {self.n_passed} of {n} {level} checks hold ({points})"

    @property
    def footnote(self) -> str:
        """What this result does not say, or what to do next."""
        if not self.started:
            return f"Write it, run its cell, then this one. For help: hint({self.exercise.name})"
        if not self.passed:
            return f"For help: hint({self.exercise.name})"
        return "" if self.hidden else "Grading tries the same statements on other, hidden inputs."

    def __repr__(self) -> str:
        return self.text()

    def text(self) -> str:
        """The report as plain text of at most 100 columns (values may be longer)."""
        lines = [self.headline]
        if self.started:
            for outcome in self.outcomes:
                lines.append(f"  {'ok  ' if outcome.passed else 'FAIL'} {outcome.name}")
                lines += [f"         {label}: {text}" for label, text in self._details(outcome)]
        if self.diagnosis:
            lines.append(f"Which mistake it was: {self.diagnosis}")
        if self.printed:
            lines.append(f"It printed: {' '.join(self.printed.split())[:80]}")
        return "\n".join([*lines, *filter(None, [self.footnote])])

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data, for JSON."""
        return {
            "exercise": self.exercise.name,
            "level": "hidden" if self.hidden else "visible",
            "passed": self.passed,
            "started": self.started,
            "points": self.points,
            "points_total": self.exercise.points_total,
            "diagnosis": self.diagnosis,
            "checks": [asdict(outcome) for outcome in self.outcomes],
        }

    def _details(self, outcome: Outcome) -> list[tuple[str, str]]:
        """What went wrong: in full for the first check that fails, in a sentence for the others."""
        if outcome.passed:
            return []
        sentence = [("wrong", outcome.message)] if outcome.message else []
        failed = [each for each in self.outcomes if not each.passed]
        if outcome is not failed[0]:
            return sentence
        labels = ("called with", outcome.arguments), ("expected", outcome.expected)
        return [pair for pair in (*labels, ("got", outcome.got)) if pair[1]] + sentence

    def _repr_html_(self) -> str:
        """A table that works without style sheets: words beside the signs, no fixed color."""
        head = f"<p><strong>{html.escape(self.headline)}</strong></p>"
        rows = "".join(_row(outcome, self._details(outcome)) for outcome in self.outcomes)
        caption = html.escape(f"Checks of {self.exercise.name}")
        heads = "".join(
            f'<th scope="col" style="{_CELL}">{title}</th>'
            for title in ("Result", "Check", "Details")
        )
        table = (
            '<table style="border-collapse:collapse;text-align:left">'
            f'<caption style="text-align:left;opacity:.75">{caption}</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )
        notes = []
        if self.diagnosis:
            notes.append(
                f"<p><strong>Which mistake it was:</strong> {html.escape(self.diagnosis)}</p>"
            )
        if self.printed:
            notes.append(f"<p>It printed: <code>{html.escape(self.printed[:400])}</code></p>")
        if self.footnote:
            notes.append(f"<p>{html.escape(self.footnote)}</p>")
        return f"<div>{head}{table if self.started else ''}{''.join(notes)}</div>"


def _row(outcome: Outcome, wrong: list[tuple[str, str]]) -> str:
    """One row: a sign and a word, the statement, and what went wrong."""
    result = "✓ holds" if outcome.passed else "✗ fails"
    details = "<br>".join(
        f'{label}: <span style="{_CODE}">{html.escape(text)}</span>' for label, text in wrong
    )
    line = "border-top:1px solid currentColor"
    return (
        f'<tr style="{line}"><th scope="row" style="{_CELL};white-space:nowrap">{result}</th>'
        f'<td style="{_CELL}">{html.escape(outcome.name)}</td>'
        f'<td style="{_CELL}">{details}</td></tr>'
    )
