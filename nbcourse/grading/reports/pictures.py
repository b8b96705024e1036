"""Pictures of a class page, as numbers that its template draws."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from nbcourse.grading.text import amount

_BINS = 10
_STEP, _WIDTH, _TALLEST, _TOP = 52, 44, 140, 20  # in the units of the picture


@dataclass(frozen=True)
class Bar:
    """One bar of a histogram.

    Attributes:
        x, y, width, height: its place.
        middle: where its labels stand.
        count: how many it stands for.
        label: short, for the picture.
        range: in full, for the table.
    """

    x: int
    y: int
    width: int
    height: int
    middle: int
    count: int
    label: str
    range: str


@dataclass(frozen=True)
class Histogram:
    """A histogram, and the same in words.

    Attributes:
        bars: from the fewest points to the most.
        sentence: the middle and the spread.
        alternative: what the picture shows, for who does not see it.
    """

    bars: tuple[Bar, ...]
    sentence: str
    alternative: str
    width: int = _BINS * _STEP
    height: int = _TOP + _TALLEST + 24
    floor: int = _TOP + _TALLEST


def histogram(points: Sequence[float], total: float) -> Histogram | None:
    """The distribution of points in ten ranges; None when there are none.

    Args:
        points: of each student; what is below 0 or above all points counts in the last range there.
        total: all points.
    """
    if not points:
        return None
    counts = [0] * _BINS
    for value in points:
        share = value / total if total > 0 else 1.0
        counts[min(_BINS - 1, max(0, int(share * _BINS)))] += 1
    most = max(counts)
    bars = tuple(_bar(k, count, most) for k, count in enumerate(counts))
    highest = bars[counts.index(most)]
    return Histogram(
        bars,
        _sentence(points, total),
        f"Histogram of the points of {len(points)} students in ten ranges. Most students, {most},"
        f" have {highest.range}. The table that follows has all numbers.",
    )


def _bar(k: int, count: int, most: int) -> Bar:
    height = round(_TALLEST * count / most)
    low, high = 100 * k // _BINS, 100 * (k + 1) // _BINS
    last = k == _BINS - 1
    return Bar(
        x=k * _STEP + (_STEP - _WIDTH) // 2,
        y=_TOP + _TALLEST - height,
        width=_WIDTH,
        height=height,
        middle=k * _STEP + _STEP // 2,
        count=count,
        label=f"{low}–{high}",
        range=f"{low} % to {'100 %' if last else f'below {high} %'}",
    )


def _sentence(points: Sequence[float], total: float) -> str:
    ordered = sorted(points)
    text = (
        f"Mean {amount(statistics.fmean(points))}, median {amount(statistics.median(ordered))} of"
        f" {amount(total)} points; lowest {amount(ordered[0])}, highest {amount(ordered[-1])}"
    )
    if len(ordered) > 3:
        low, _, high = statistics.quantiles(ordered, n=4, method="inclusive")
        text += f"; the middle half has {amount(low)} to {amount(high)}"
    return f"{text}."
