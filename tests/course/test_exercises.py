"""The exercises of the course: they follow from the solutions, and give none of them away."""

import re
from pathlib import Path

import pytest

from nbcourse.exercises import chapters, of_chapter
from nbcourse.notebooks.files import read
from nbcourse.notebooks.leaks import leaks
from nbcourse.practice.publish import published
from nbcourse.practice.terminal import judge_notebook

ROOT = Path(__file__).resolve().parents[2]
SOLUTIONS = sorted((ROOT / "solutions").glob("*.ipynb"))

every_solution = pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)


def stems(folder: str) -> list[str]:
    """The names of the chapters' notebooks in a folder."""
    names = sorted(path.stem for path in (ROOT / folder).glob("*.ipynb"))
    return [name for name in names if re.match(r"\d\d_", name)] if folder == "book" else names


@pytest.mark.parametrize("folder", ["solutions", "exercises"])
def test_exercises_belong_to_chapters_of_the_book(folder: str) -> None:
    """No notebook without a chapter, no chapter without its exercises."""
    assert len(stems("book")) >= 7
    assert stems(folder) == stems("book")


def test_every_notebook_has_specifications() -> None:
    """Whoever judges, judges all of them."""
    assert [chapter.stem for chapter in chapters()] == stems("book")


@every_solution
def test_exercises_are_what_follows_from_the_solutions(path: Path) -> None:
    """Byte by byte (python -m nbcourse.practice.publish), also the metadata of the solutions."""
    for file, text in published(path, of_chapter(path.stem)).items():
        assert file.read_bytes() == text.encode(), f"{file.parent.name}/{file.name} is out of date"


@every_solution
def test_no_line_of_a_solution_is_in_the_exercises(path: Path) -> None:
    """In the files as they are, whatever made them."""
    assert leaks(read(path), read(ROOT / "exercises" / path.name)) == []


@every_solution
def test_a_leak_would_be_noticed(path: Path) -> None:
    """There is something to find: the solutions, taken for exercises, leak in every answer."""
    found = leaks(read(path), read(path))

    assert len(found) > len(of_chapter(path.stem))


@every_solution
def test_every_solution_passes_everything(path: Path) -> None:
    """As a student's notebook would be judged, on visible and on hidden inputs."""
    run = judge_notebook(path, student="ana", secret="s")

    assert run.cell_problems == {}
    assert [result.name for result in run.results if not result.passed] == []


@every_solution
def test_every_untouched_exercise_fails_everything(path: Path) -> None:
    """And is said to be not written yet, not to be wrong."""
    run = judge_notebook(ROOT / "exercises" / path.name)

    assert run.cell_problems == {}
    for result in run.results:
        (report,) = result.reports
        assert not report["started"], result.name
        assert not any(check["passed"] for check in report["checks"]), result.name
