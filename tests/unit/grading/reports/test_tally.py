"""What is counted over a class, against counts by hand."""

from dataclasses import replace

import pytest

from nbcourse.grading.reports.tally import Tally
from tests.unit.grading.reports.conftest import a_record, an_exercise


def tally_of(*points, **options):
    """The counts of students with these points in two exercises."""
    tally = Tally()
    for first, second in points:
        record = a_record(
            "ada", an_exercise("one", points=first, **options), an_exercise("two", points=second)
        )
        tally.add([record], record)
    return tally


def test_items_are_described():
    """Mean, share of full marks, share of those who did not begin."""
    tally = tally_of((10, 0), (10, 5), (4, 10))
    unbegun = a_record("ada", an_exercise("one", points=0, started=False))
    tally.add([unbegun], unbegun)
    item = tally.items["one"]
    assert (item.mean, item.full, item.unbegun, item.total) == (6, 0.5, 0.25, 10)
    assert list(tally.items) == ["one", "two"]


def test_discrimination_is_a_correlation_with_the_rest():
    """Two exercises that agree, and two that disagree, give one and minus one."""
    assert tally_of((1, 2), (2, 4), (3, 6)).items["one"].discrimination == pytest.approx(1)
    assert tally_of((1, 6), (2, 4), (3, 2)).items["two"].discrimination == pytest.approx(-1)


@pytest.mark.parametrize("points", [[(5, 1), (5, 2), (5, 3)], [(1, 5), (2, 5), (3, 5)], [(1, 1)]])
def test_discrimination_needs_differences(points):
    """Where everybody has the same, or hardly anybody is there, it is not defined."""
    assert tally_of(*points).items["one"].discrimination is None


def test_the_hardest_checks_come_first():
    """By the share of students for whom they fail, hidden inputs first."""
    tally = Tally()
    for visible, hidden in (
        ((True, False), (False, False)),
        ((True, True), (False, True)),
        ((True, True), (True, True)),
    ):
        record = a_record("ada", an_exercise(visible=visible, hidden=hidden))
        tally.add([record], record)
    found = [(c.name, c.failed["visible"], c.failed["hidden"], c.tried) for c in tally.hardest()]
    assert found == [("statement 0", 0, 2, 3), ("statement 1", 1, 1, 3)]
    assert len(tally.hardest(1)) == 1


def test_checks_that_never_fail_are_not_hard():
    """A list of the hardest has no place for them."""
    record = a_record("ada", an_exercise(visible=(True,), hidden=(True,)))
    tally = Tally()
    tally.add([record], record)
    assert tally.hardest() == []


def test_a_check_on_hidden_inputs_alone_is_counted():
    """A check need not be on both lists."""
    record = a_record("ada", an_exercise(visible=(), hidden=(False,)))
    tally = Tally()
    tally.add([record], record)
    assert [(c.share("hidden"), c.share("visible")) for c in tally.hardest()] == [(1, 0)]


def test_who_did_not_begin_fails_no_check():
    """Checks are counted among those who began."""
    record = a_record("ada", an_exercise(started=False))
    tally = Tally()
    tally.add([record], record)
    assert tally.hardest() == []


def test_diagnoses_are_counted_by_exercise():
    """The same sentence in two exercises is two mistakes."""
    tally = Tally()
    for name in ("one", "one", "two"):
        record = a_record("ada", an_exercise(name, diagnosis="wrong axis"))
        tally.add([record], record)
    assert tally.diagnoses == {("one", "wrong axis"): 2, ("two", "wrong axis"): 1}


def test_what_has_no_mark_is_not_counted():
    """Attempts and seconds are; points are those of the attempt that counts."""
    tally = Tally()
    failed = replace(an_exercise("two"), status="grader_error")
    counted = a_record("ada", an_exercise("one"), failed, seconds=0.5)
    tally.add([counted, a_record("ada", attempt=2)], counted)
    tally.add([a_record("bob", status="unreadable")], None)
    assert tally.attempts == 3
    assert list(tally.seconds) == [0.5]
    assert list(tally.items) == ["one"]
