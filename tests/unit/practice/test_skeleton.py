"""A new exercise: written in its two places, and failing until it is filled in."""

import importlib.util
import shutil

import pytest

from nbcourse.errors import UserError
from nbcourse.exercises import of_chapter
from nbcourse.notebooks.files import read
from nbcourse.practice.matrix import complaints, examine
from nbcourse.practice.skeleton import create


@pytest.fixture
def course(tmp_path, pytestconfig):
    """A copy of what the command writes to."""
    (tmp_path / "nbcourse" / "exercises" / "backpropagation").mkdir(parents=True)
    (tmp_path / "solutions").mkdir()
    name = "05_backpropagation.ipynb"
    shutil.copy(pytestconfig.rootpath / "solutions" / name, tmp_path / "solutions" / name)
    return tmp_path


def test_the_skeleton_fails_its_own_tests(course):
    """Nobody can publish it by mistake."""
    module, _ = create("05", "chain_rule", course)
    spec = importlib.util.spec_from_file_location("skeleton", module)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)

    found = "\n".join(complaints(examine(loaded.EXERCISE, n_right=1, n_wrong=1)))
    assert "0 mutants" in found
    assert "the reference fails" in found
    assert loaded.EXERCISE.number == len(of_chapter("05")) + 1


def test_its_cells_stand_before_the_last_one(course):
    """In the order and with the roles that the release expects."""
    _, notebook = create("backpropagation", "chain_rule", course)
    cells = read(notebook).cells

    roles = [c.metadata["nbcourse"]["role"] for c in cells[-6:-1]]
    assert roles == ["statement", "answer", "check", "hint", "explanation"]
    assert "nbcourse" not in cells[-1].metadata


@pytest.mark.parametrize(
    ("chapter", "name", "words"),
    [
        ("05", "linear_backward", "there is an exercise"),
        ("05", "lambda", "no name"),
        ("05", "../evil", "no name"),
        ("99", "chain_rule", "no chapter '99'"),
        ("03", "chain_rule", "is not the course"),
    ],
)
def test_what_cannot_be_made_is_refused(course, chapter, name, words):
    """And nothing is written."""
    before = sorted(course.rglob("*"))

    with pytest.raises(UserError, match=words):
        create(chapter, name, course)
    assert sorted(course.rglob("*")) == before
