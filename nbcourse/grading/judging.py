"""One notebook against the exercises: a guest answers, this side compares.

Silence, garbage, death or delay of the guest fails the call at which it happened. A fresh guest
runs the cells again and goes on with the next call.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from nbcourse.checking import seeds
from nbcourse.checking.calls import Reply
from nbcourse.checking.judge import Case, judge, plan
from nbcourse.checking.report import Report
from nbcourse.checking.spec import Exercise
from nbcourse.grading.conversation import Cells, Conversation
from nbcourse.grading.jail.session import Jail


@dataclass(frozen=True)
class Judgement:
    """What came of one exercise.

    Attributes:
        visible: the report on the inputs that everybody has.
        hidden: the report on the student's own; its points are the mark.
    """

    visible: Report
    hidden: Report

    @property
    def points(self) -> float:
        """The mark."""
        return self.hidden.points


@dataclass
class Graded:
    """What came of one notebook.

    Attributes:
        judgements: by the name of the exercise.
        cell_problems: what failed in which cell, in the student's words.
        guests: how many guests it took.
    """

    judgements: dict[str, Judgement] = field(default_factory=dict)
    cell_problems: dict[int, str] = field(default_factory=dict)
    guests: int = 0

    @property
    def points(self) -> float:
        """The sum of the marks."""
        return sum(judgement.points for judgement in self.judgements.values())


def grade(cells: Cells, exercises: Sequence[Exercise], jail: Jail, key: seeds.Key) -> Graded:
    """Judge one notebook on all exercises.

    Args:
        cells: its code cells, as pairs of a number and a source.
        exercises: what is asked.
        jail: where the cells run.
        key: whose hidden inputs.

    Raises:
        JailError: no guest can be started; no fault of the answers.
    """
    graded = Graded()
    with Conversation(cells, jail, most_guests=2 + 3 * len(exercises)) as conversation:
        for exercise in exercises:
            visible, hidden = visible_cases(exercise), plan(exercise, key)
            replies = conversation.ask(exercise, [*visible, *hidden])
            n = len(visible)
            graded.judgements[exercise.name] = Judgement(
                judge(exercise, visible, replies[:n]), _hidden(exercise, hidden, replies[n:])
            )
        graded.cell_problems = conversation.cell_problems
        graded.guests = conversation.guests
    return graded


_VISIBLE: dict[int, tuple[Exercise, list[Case]]] = {}


def visible_cases(exercise: Exercise) -> list[Case]:
    """The cases that everybody has, with what was computed for them so far.

    Kept by identity: an exercise is data that lives as long as the program.
    """
    if id(exercise) not in _VISIBLE:
        _VISIBLE[id(exercise)] = exercise, plan(exercise, seeds.VISIBLE)
    return _VISIBLE[id(exercise)][1]


def _hidden(exercise: Exercise, cases: Sequence[Case], replies: Sequence[Reply]) -> Report:
    """The report on hidden inputs: no diagnosis, and nothing that the answer said or printed."""
    mute = [replace(reply, printed="") for reply in replies]
    report = judge(replace(exercise, mutants=()), cases, mute, hidden=True)
    return replace(report, exercise=exercise)
