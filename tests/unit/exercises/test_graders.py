"""The graders graded: the kill matrix of every exercise, and what a specification must hold."""

import ast
import importlib
import inspect
import sys
from pathlib import Path

import pytest

from nbcourse import exercises
from nbcourse.checking.judge import all_checks
from nbcourse.checking.matrix import examine
from nbcourse.checking.spec import CONTRACT, GROUPS
from nbcourse.errors import InputError
from nbcourse.exercises import all_exercises, chapters, find, find_chapter, of_chapter
from nbcourse.practice.matrix import complaints

FOLDER = Path(exercises.__file__).parent
EVERY = all_exercises()

every_exercise = pytest.mark.parametrize("exercise", EVERY, ids=lambda exercise: exercise.name)


@every_exercise
def test_right_answers_pass_and_every_mutant_fails_with_its_own_sentence(exercise):
    """Right: on 20 sets of inputs, in float64 and float32. Wrong: on 3 sets, all diagnosed."""
    assert complaints(examine(exercise)) == []


@every_exercise
def test_points_are_given_for_the_groups_that_are_checked(exercise):
    """No group without checks has points, and none with checks goes without."""
    groups = {check.group for check in all_checks(exercise)} | {CONTRACT}

    assert set(exercise.points) == groups <= set(GROUPS)
    assert exercise.points_total in (10, 20)
    assert all(points > 0 for points in exercise.points.values())


@every_exercise
def test_names_and_sentences_are_its_own(exercise):
    """Nobody reads the same sentence twice, or a check that has two names."""
    checks = [check.name for check in all_checks(exercise)]
    sentences = [mutant.sentence for mutant in exercise.mutants]

    for texts in (checks, sentences, list(exercise.hints)):
        assert len(set(texts)) == len(texts)
    assert exercise.signature.startswith(f"{exercise.name}(")
    assert 1 <= exercise.stars <= 3
    assert all(text.strip().endswith((".", "?")) for text in [*sentences, *exercise.hints])


@every_exercise
def test_it_is_probed_by_the_reference_and_by_hand(exercise):
    """A diagnosis needs an oracle, and an oracle needs a judge."""
    assert any(check.by_reference for check in exercise.checks)
    assert "known answers" in exercise.points


def test_there_are_enough_exercises():
    """At least 28, at least four a chapter, the last of each building on earlier ones."""
    assert len(EVERY) >= 28
    for chapter in chapters():
        inside = of_chapter(chapter.stem)
        assert len(inside) >= 4, chapter.stem
        assert [exercise.number for exercise in inside] == list(range(1, len(inside) + 1))
        assert inside[-1].builds_on, chapter.stem


def test_what_an_exercise_builds_on_comes_before_it():
    """In the same chapter or an earlier one."""
    place = {exercise.name: k for k, exercise in enumerate(EVERY)}

    assert len(place) == len(EVERY)
    for exercise in EVERY:
        assert all(place[name] < place[exercise.name] for name in exercise.builds_on)


def test_every_difficulty_occurs():
    """From one star to three."""
    assert {exercise.stars for exercise in EVERY} == {1, 2, 3}


def imports_of(path):
    """Return the top-level packages that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("drivers.py")), ids=lambda p: p.parent.name)
def test_drivers_hold_nothing_worth_stealing(path):
    """They run beside answers that nobody trusts: NumPy and the standard library only."""
    assert imports_of(path) - set(sys.stdlib_module_names) <= {"numpy"}


def test_a_driver_that_knows_the_answer_is_noticed():
    """A specification imports more, and this test sees it."""
    assert "nbcourse" in imports_of(FOLDER / "backpropagation" / "linear_backward.py")


def _of_specifications(driver):
    """Whether a driver is public code: of the judge, or of a module for drivers."""
    return driver.__module__ == "nbcourse.checking.spec" or driver.__module__.endswith(".drivers")


@every_exercise
def test_drivers_come_from_their_module(exercise):
    """What calls an answer can be sent to where answers run."""
    for check in exercise.checks:
        assert _of_specifications(check.driver), check.name
        assert getattr(importlib.import_module(check.driver.__module__), check.driver.__name__)


@every_exercise
def test_it_lives_where_its_name_says(exercise):
    """Module and exercise have one name; `find` relies on it."""
    module = importlib.import_module(f"nbcourse.exercises.{exercise.topic}.{exercise.name.lower()}")

    assert module.EXERCISE.name == exercise.name
    assert find(exercise.name) is exercise
    assert all(inspect.getsource(solution) for solution in exercise.solutions)


def test_chapters_are_found_by_number_topic_and_stem():
    """And a wrong name is answered with the right ones."""
    assert find_chapter("05") is find_chapter("5") is find_chapter("backpropagation")
    with pytest.raises(InputError, match="there are 01_neuron"):
        find_chapter("five")
    with pytest.raises(InputError, match="no exercise asks for 'nothing'"):
        find("nothing")
