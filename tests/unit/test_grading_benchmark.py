"""The benchmark of grading: the same submissions for all, and what a kept result has to show."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.grading import notebooks, result, submissions
from benchmarks.grading.result import FRESH, NBGRADER, OTTER, TORCH, WARM, misses, row, text
from benchmarks.grading.run import QUICK, Settings, _of_class
from benchmarks.grading.specs import EXERCISES, POINTS

RESULT = Path(__file__).parents[2] / "benchmarks" / "results" / "grading.json"


def _row(tool, ratio, points=POINTS):
    times = {"n": 20, "median_s": 0.01 * ratio, "min_s": 0.01 * ratio, "p90_s": 0.01 * ratio}
    return {"tool": tool, **times, "start_s": 1.0, "points": points, "ratio": ratio}


def _class(n, mib):
    sizes = {"trusted_mib": mib, "worker_mib": 60.0}
    return {"n": n, "seconds": n / 50, "per_second": 50.0, **sizes, "wrong": 0}


KEPT = {
    "machine": {},
    "settings": {},
    "speed": [
        _row(WARM, 1.0), _row(FRESH, 12.0), _row(TORCH, 3.0, 2), _row(NBGRADER, 90.0),
        _row(OTTER, 150.0),
    ],
    "parts": {"fork and lock": 0.005, "cells": 0.001, "calls": 0.002, "judging": 0.002},
    "endless": [
        {"tool": WARM, "seconds": 1.1, "points": 8, "limit_s": None},
        {"tool": NBGRADER, "seconds": 21.0, "points": 8, "limit_s": 10},
        {"tool": OTTER, "seconds": None, "points": None, "limit_s": 20},
    ],
    "classes": [_class(1000, 70.0), _class(10_000, 80.0)],
    "cluster": {"n": 400, "one_s": 8.0, "two_s": 4.5, "ratio": 1.78, "same_table": True},
    "cheats": [{"cheat": "patch", "points": {WARM: 0, NBGRADER: 10, OTTER: 10}}],
    "kills": {"n_trials": 20, "n_kills": 31, "n_identical": 20},
    "skipped": [],
}  # fmt: skip


def _set(*path):
    """A change of one value in a result."""
    *places, last, value = path

    def change(found):
        for place in places:
            found = found[place]
        found[last] = value

    return change


PLANTED = {
    "nbgrader was not measured": lambda found: found["speed"].pop(3),
    "it has no kills": lambda found: found.pop("kills"),
    "gives 8 points to a right submission": _set("speed", 0, "points", 8),
    "nbgrader takes only 4.0 times as long": _set("speed", 3, "ratio", 4.0),
    "the parts of a submission were not measured": _set("parts", {}),
    "an infinite loop does not end": _set("endless", 0, "seconds", 9.0),
    "0 points are left": _set("endless", 0, "points", 0),
    "have other points than they should": _set("classes", 1, "wrong", 3),
    "trusted_mib grows from 70 to 99": _set("classes", 1, "trusted_mib", 99.0),
    "two classes of different sizes are wanted": lambda found: found["classes"].pop(),
    "a cluster gives another table": _set("cluster", "same_table", False),
    "two workers do 1.2 times the work of one": _set("cluster", "ratio", 1.2),
    "patch: 10 points": _set("cheats", 0, "points", WARM, 10),
    "19 of 20 killed runs": _set("kills", "n_identical", 19),
    "20 of 20 killed runs": _set("kills", "n_kills", 0),
}


def test_a_result_as_promised_has_no_misses():
    """With otter and without it."""
    without = KEPT | {"speed": KEPT["speed"][:-1], "endless": KEPT["endless"][:-1]}

    assert misses(KEPT) == []
    assert misses(without) == []


@pytest.mark.parametrize("sentence", PLANTED)
def test_what_is_not_as_promised_is_named(sentence):
    """One planted fault, one sentence."""
    broken = copy.deepcopy(KEPT)
    PLANTED[sentence](broken)
    (found,) = misses(broken)

    assert sentence in found


def test_the_kept_result_is_as_promised():
    """Once it is there: a full run, of all tools, with every promise kept."""
    if RESULT.exists():
        kept = json.loads(RESULT.read_text(encoding="utf-8"))

        assert misses(kept) == []
        assert kept["settings"] == json.loads(json.dumps(vars(Settings())))
        assert kept["skipped"] == []
        assert {each["tool"] for each in kept["speed"]} == {WARM, FRESH, TORCH, NBGRADER, OTTER}


def test_a_table_shows_what_did_not_end():
    """And how many points a cheat earns, tool by tool."""
    shown = text(KEPT)

    assert "had not ended after 20 s" in shown
    assert "patch" in shown.splitlines()[-1]
    assert shown.splitlines()[-1].split()[-3:] == ["0", "10", "10"]


def test_a_row_has_quantiles_when_there_is_enough_to_count():
    """And the fewest points of all, so that one failure shows."""
    few = row("a", [1.0, 3.0], start_s=0.5, points=[10, 8])
    many = row("b", np.arange(1.0, 12.0), start_s=0.5, points=[10] * 11)

    assert (few["median_s"], few["min_s"], few["p90_s"], few["points"]) == (2.0, 1.0, None, 8)
    assert (many["median_s"], many["p90_s"]) == (6.0, 10.0)
    assert [each["ratio"] for each in result.with_ratios([few, many])] == [1.0, 3.0]


@pytest.mark.parametrize(
    ("answers", "right"),
    [(submissions.RIGHT, 10), (submissions.WRONG, 0), (submissions.SLIP, 8)],
    ids=["right", "wrong", "slip"],
)
def test_the_other_graders_get_the_same_tests(answers, right):
    """Ten asserts, which say of an answer what our own checks say."""
    namespace, passed = {}, 0
    for code in answers.values():
        exec(code, namespace)
    for exercise in EXERCISES:
        for line in notebooks.tests(exercise):
            try:
                exec(line, namespace)
                passed += 1
            except AssertionError:
                continue

    assert passed == right


def test_hidden_tests_are_marked_for_removal():
    """In nbgrader's source; a student's notebook has answers in the place of the solutions."""
    source = notebooks.nbgrader_source()
    student = notebooks.nbgrader_source(dict(submissions.WRONG))
    cells = {cell.id: cell.source for cell in source.cells}

    assert len(cells) == len(student.cells) == 1 + 3 * len(EXERCISES)
    assert sum("BEGIN HIDDEN TESTS" in code for code in cells.values()) == len(EXERCISES)
    assert sum("BEGIN SOLUTION" in code for code in cells.values()) == len(EXERCISES)
    assert not any("BEGIN SOLUTION" in cell.source for cell in student.cells)
    assert sum(c.metadata.nbgrader.get("points", 0) for c in source.cells[1:]) == POINTS


def test_a_class_is_as_described():
    """Two percent never end, a tenth have a slip, and no two are equal."""
    handed_in = submissions.class_of(200)
    code = ["\n".join(source for _, source in each.cells) for each in handed_in]

    assert sum("while True" in each for each in code) == 4
    assert sum("np.sum" in each for each in code) == 20
    assert len({each.digest for each in handed_in}) == 200
    assert not any(
        "while True" in source
        for each in submissions.class_of(200, endless=False)
        for _, source in each.cells
    )


def test_wrong_points_in_a_class_are_counted():
    """A class with one mark too many, and one that is as it should be."""
    sizes = {"n": 100, "seconds": 2.0, "trusted_mib": 70.0, "worker_mib": 60.0}
    good = _of_class({**sizes, "points": {"10.0": 88, "8.0": 12}})
    bad = _of_class({**sizes, "points": {"10.0": 89, "8.0": 10, "0.0": 1}})

    assert (good["wrong"], good["per_second"]) == (0, 50.0)
    assert bad["wrong"] == 2


def test_quick_measures_less_of_the_same():
    """Every number is smaller, so that it ends in minutes on a busy machine."""
    for name, full in vars(Settings()).items():
        quick = getattr(QUICK, name)
        assert (max(quick) < max(full)) if name == "classes" else (quick < full or name == "quick")
