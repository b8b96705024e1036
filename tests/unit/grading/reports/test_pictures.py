"""The histogram: worked out by hand, and the same in words."""

import pytest

from nbcourse.grading.reports.pictures import histogram


def test_points_fall_into_ten_ranges():
    """The borders belong to the range above; all points belong to the last one."""
    picture = histogram([0, 3.9, 4, 20, 36, 40, 40], 40)
    assert [bar.count for bar in picture.bars] == [2, 1, 0, 0, 0, 1, 0, 0, 0, 3]
    assert picture.bars[0].range == "0 % to below 10 %"
    assert picture.bars[9].range == "90 % to 100 %"


def test_bars_stand_on_the_floor():
    """The tallest has the full height, and none leaves the picture."""
    picture = histogram([1, 1, 1, 9], 10)
    assert [bar.height for bar in picture.bars if bar.count] == [140, 47]
    assert all(bar.y + bar.height == picture.floor for bar in picture.bars)
    assert max(bar.x + bar.width for bar in picture.bars) <= picture.width


def test_points_outside_count_at_the_ends():
    """A person may give less than nothing and more than all."""
    picture = histogram([-5, 50], 40)
    assert [bar.count for bar in picture.bars if bar.count] == [1, 1]
    assert picture.bars[0].count == picture.bars[9].count == 1


def test_the_picture_is_described():
    """Mean, median and quartiles in a sentence; the highest bar for who does not see it."""
    picture = histogram([10, 20, 20, 30, 40], 40)
    assert picture.sentence == (
        "Mean 24, median 20 of 40 points; lowest 10, highest 40; the middle half has 20 to 30."
    )
    assert picture.alternative.startswith("Histogram of the points of 5 students")
    assert "Most students, 2, have 50 % to below 60 %" in picture.alternative


@pytest.mark.parametrize(("points", "total"), [([7.0], 10), ([0.0, 0.0], 0)])
def test_small_classes_have_a_picture(points, total):
    """One student, or nothing to reach."""
    assert sum(bar.count for bar in histogram(points, total).bars) == len(points)


def test_without_points_there_is_no_picture():
    """Nobody has a mark."""
    assert histogram([], 40) is None
