"""What a class page counts: taken record by record, so that none of them is kept."""

import statistics
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from nbcourse.grading.records import ExerciseRecord, Record

_FEWEST = 3  # students, for a correlation that means something


@dataclass
class Item:
    """The points of one exercise, of all students.

    Attributes:
        total: points that can be reached.
        points: of each student.
        rest: the points of the same student on all other exercises.
        begun: how many students began it.
    """

    total: int
    points: "array[float]" = field(default_factory=lambda: array("d"))
    rest: "array[float]" = field(default_factory=lambda: array("d"))
    begun: int = 0

    @property
    def mean(self) -> float:
        """The mean of the points."""
        return statistics.fmean(self.points)

    @property
    def full(self) -> float:
        """The share of students with all points."""
        return sum(p >= self.total for p in self.points) / len(self.points)

    @property
    def unbegun(self) -> float:
        """The share of students who did not begin it."""
        return 1 - self.begun / len(self.points)

    @property
    def discrimination(self) -> float | None:
        """The correlation with the rest; None where one of the two is the same for everybody."""
        if len(self.points) < _FEWEST:
            return None
        try:
            return statistics.correlation(self.points, self.rest)
        except statistics.StatisticsError:
            return None


@dataclass
class CheckCount:
    """How often a check failed.

    Attributes:
        exercise, name: which check.
        tried: students who began the exercise.
        failed: of those, for how many it fails on "visible" and on "hidden" inputs.
    """

    exercise: str
    name: str
    tried: int = 0
    failed: Counter[str] = field(default_factory=Counter)

    def share(self, inputs: str) -> float:
        """The share of students for whom it fails."""
        return self.failed[inputs] / self.tried


@dataclass
class Tally:
    """Counts over all students of one assignment.

    Attributes:
        items: by the name of the exercise, in the order of the assignment.
        checks: by exercise and name.
        diagnoses: students by exercise and sentence.
        attempts: everything that was handed in.
        seconds: grading time of each attempt where it is known.
    """

    items: dict[str, Item] = field(default_factory=dict)
    checks: dict[tuple[str, str], CheckCount] = field(default_factory=dict)
    diagnoses: Counter[tuple[str, str]] = field(default_factory=Counter)
    attempts: int = 0
    seconds: "array[float]" = field(default_factory=lambda: array("d"))

    def add(self, attempts: Sequence[Record], counted: Record | None) -> None:
        """Count one student.

        Args:
            attempts: everything that the student handed in.
            counted: the attempt that counts, if any does.
        """
        self.attempts += len(attempts)
        self.seconds.extend(record.seconds for record in attempts if record.seconds > 0)
        graded = [e for e in counted.exercises if e.status == "graded"] if counted else []
        points = sum(exercise.points for exercise in graded)
        for exercise in graded:
            self._add(exercise, points)

    def _add(self, exercise: ExerciseRecord, points: float) -> None:
        item = self.items.setdefault(exercise.exercise, Item(exercise.points_total))
        item.points.append(exercise.points)
        item.rest.append(points - exercise.points)
        if not exercise.started:
            return
        item.begun += 1
        if exercise.diagnosis:
            self.diagnoses[exercise.exercise, exercise.diagnosis] += 1
        for name in {check.name: None for check in (*exercise.visible, *exercise.hidden)}:
            place = (exercise.exercise, name)
            self.checks.setdefault(place, CheckCount(*place)).tried += 1
        for inputs, checks in (("visible", exercise.visible), ("hidden", exercise.hidden)):
            for check in checks:
                self.checks[exercise.exercise, check.name].failed[inputs] += not check.passed

    def hardest(self, most: int = 10) -> list[CheckCount]:
        """The checks that fail most often; those that never fail are none of them."""
        failing = [count for count in self.checks.values() if count.failed.total()]
        return sorted(failing, key=lambda c: (-c.share("hidden"), -c.share("visible")))[:most]
