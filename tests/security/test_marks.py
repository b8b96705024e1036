"""Cheats earn nothing, harm nobody, and stop nothing; honest quirks cost nothing."""

import time
from pathlib import Path

import numpy as np
import pytest

from nbcourse.checking.seeds import Key
from nbcourse.exercises import of_chapter
from nbcourse.grading import work
from nbcourse.grading.records import Submission, to_dict
from nbcourse.practice.answers import read
from tests.security.cheats import CHEATS, ENDLESS, EVERY, WRONG

ROOT = Path(__file__).parents[2]
ASSIGNMENT = "03_losses"


def _solved():
    return [(cell.number, cell.source) for cell in read(ROOT / f"solutions/{ASSIGNMENT}.ipynb")]


def _grade(cells, jail, student="ada", **options):
    submission = Submission(student, ASSIGNMENT, cells=tuple(cells), **options)
    return work.grade_task(work.Task(submission), "secret", jail)


def _points(record):
    return {each.exercise: each.points for each in record.exercises}


@pytest.fixture(scope="module")
def full():
    """All points of the assignment."""
    return sum(exercise.points_total for exercise in of_chapter(ASSIGNMENT))


def test_the_solutions_get_full_marks(jail, full):
    """The positive control: right answers earn everything, on visible and on hidden inputs."""
    record = _grade(_solved(), jail)

    assert record.status == "graded"
    assert record.points == full
    assert all(each.passed for each in record.exercises)


def test_both_jails_say_the_same(jail, fresh_jail):
    """The warm and the fresh jail are two implementations of one interface."""
    half = [*_solved(), (99, "def logsumexp(z, *, axis=-1):\n    return z.sum(axis)\n")]
    one, other = (to_dict(_grade(half, each)) for each in (jail, fresh_jail))
    for record in (one, other):
        del record["seconds"]
        for exercise in record["exercises"]:
            del exercise["tier"]

    assert one == other


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda cheat: cheat.name)
def test_a_cheat_earns_nothing_and_harms_nobody(cheat, jail, full):
    """Wrong answers stay wrong, and the next submission is graded as if nothing had been."""
    record = _grade([(1, WRONG), (2, cheat.code)], jail)

    assert record.status == "graded"
    assert record.points <= _points_of_wrong(jail)
    assert _grade(_solved(), jail).points == full


def _points_of_wrong(jail):
    """What returning 0 earns: a statement or two that hold for it."""
    if not hasattr(_points_of_wrong, "known"):
        _points_of_wrong.known = _grade([(1, WRONG)], jail).points
        assert _points_of_wrong.known < 6
    return _points_of_wrong.known


@pytest.mark.parametrize("cheat", ENDLESS, ids=lambda cheat: cheat.name)
def test_what_never_ends_costs_its_budget_and_keeps_the_rest(cheat, jail, full):
    """One endless function of four: the others keep their marks, and it ends in time."""
    only = cheat.code.replace(EVERY, "('gaussian_nll',)")  # no other exercise builds on it
    exercise = next(e for e in of_chapter(ASSIGNMENT) if e.name == "gaussian_nll")
    start = time.perf_counter()
    record = _grade([*_solved(), (99, only)], jail)
    took = time.perf_counter() - start

    assert record.points == full - exercise.points_total
    assert took < 2 * (1 + 0.3) + 3  # two calls of a second each, and the rest of the notebook


def test_answers_to_the_visible_inputs_are_worth_little(jail):
    """Who knows the visible answers by heart fails on the hidden ones."""
    exercise = next(e for e in of_chapter(ASSIGNMENT) if e.name == "logsumexp")
    from nbcourse.checking.judge import expected_value
    from nbcourse.grading.judging import visible_cases

    lines = ["import numpy as np", "answers = {}"]
    for case in visible_cases(exercise):
        z = case.given.args[0]
        right = np.asarray(expected_value(exercise, case)) if case.check.holds is None else None
        if right is not None and isinstance(z, np.ndarray):
            key = (str(z.dtype), z.shape, z.tobytes(), repr(case.given.kwargs))
            lines.append(
                f"answers[{key!r}] = np.frombuffer({right.tobytes()!r}, {str(right.dtype)!r})"
                f".reshape({right.shape!r})"
            )
    lines += [
        "def logsumexp(z, **kwargs):",
        "    return answers[(str(z.dtype), z.shape, z.tobytes(), repr(kwargs))]",
    ]
    record = _grade([(1, "\n".join(lines))], jail)
    result = next(each for each in record.exercises if each.exercise == "logsumexp")

    by_heart = [
        c for c in result.hidden if c.passed and c.group not in ("known answers", "contract")
    ]
    assert not any(check.group == "properties" for check in by_heart)
    assert result.points < exercise.points_total / 2


def test_no_word_of_the_answer_is_in_the_hidden_part(jail):
    """An error in the hidden phase is reported by its kind; a kind of its own is not named."""
    code = (
        "import numpy as np\n"
        "class Leak(Exception): pass\n"
        "def logsumexp(z, **kwargs):\n"
        "    print('LEAK', z)\n"
        "    name = 'LEAK' + str(abs(int(z.ravel()[0] * 1e6)))\n"
        "    raise type(name, (Exception,), {})('LEAK' + str(z))\n"
    )
    record = _grade([(1, code)], jail)
    result = next(each for each in record.exercises if each.exercise == "logsumexp")

    assert "LEAK" in str(result.visible)
    assert "LEAK" not in str(result.hidden)


def test_hidden_inputs_are_the_students_own_and_come_again():
    """Another student, attempt or secret: other inputs. The same: the same, for an appeal."""
    from nbcourse.checking.judge import plan

    exercise = of_chapter(ASSIGNMENT)[1]

    def inputs(**key):
        cases = plan(exercise, Key(**{"secret": "s", "student": "ada", "attempt": 1} | key))
        return [np.asarray(c.given.args[0]).tobytes() for c in cases if c.check.holds is None]

    assert inputs() == inputs()
    for other in ({"student": "bob"}, {"attempt": 2}, {"secret": "t"}):
        assert inputs(**other) != inputs()


QUIRKS = {
    "a syntax error elsewhere": "def broken(:\n",
    "an error elsewhere": "1 / 0\n",
    "warnings": "import warnings\nwarnings.warn('beware')\n",
    "stderr": "import sys\nprint('hello', file=sys.stderr)\n",
    "prints": "for k in range(20000): print(k)\n",
    "a plot": (
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2])\nplt.show()\n"
    ),
    "a progress bar": "from tqdm import tqdm\nfor k in tqdm(range(3)): pass\n",
    "a check": "from nbcourse.practice import check, hint\ncheck(logsumexp)\nhint(logsumexp, 1)\n",
    "an unused package that is not there": "import pandas as pd\n",
    "threads": "import threading\nt = threading.Thread(target=print)\nt.start()\nt.join()\n",
    "a temporary file": "import tempfile\nwith tempfile.TemporaryFile() as f: f.write(b'x')\n",
    "asyncio": "import asyncio\nasyncio.run(asyncio.sleep(0))\n",
}


@pytest.mark.parametrize("quirk", QUIRKS)
def test_honest_quirks_cost_nothing(quirk, jail, full):
    """Full marks for what is right, whatever stands around it."""
    assert _grade([*_solved(), (99, QUIRKS[quirk])], jail).points == full


def test_the_last_definition_counts(jail, full):
    """A copied cell, an older version above: what a notebook ends with is what it says."""
    old = (0, "def logsumexp(z, axis=-1):\n    return 0\n")

    assert _grade([old, *_solved(), *_solved()], jail).points == full


def test_a_failure_of_ours_is_no_zero(jail, monkeypatch):
    """When the grader itself fails, the record says so, and has no points."""

    def fail(*arguments, **options):
        raise RuntimeError("planted")

    monkeypatch.setattr(work, "grade", fail)
    record = _grade(_solved(), jail)

    assert record.status == "grader_error"
    assert "planted" in record.problem
    assert record.exercises == ()
