"""The notebooks in nbgrader: valid for it, and graded by it as they should be.

nbgrader is a tool of its own, so it runs in processes and folders of its own.
"""

import json
import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from nbcourse.exercises import of_chapter
from nbcourse.notebooks.files import read
from nbcourse.practice import check, reference
from tests.course.nbgrader_course import (
    ROOT,
    SCORES,
    STUB,
    build,
    half_wrong,
    nbgrader,
    python,
    target,
)

NOTEBOOKS = sorted((ROOT / "solutions").glob("*.ipynb")) + sorted(ROOT.glob("exercises/*.ipynb"))
STEM = (
    "02_activations"  # goes through all of nbgrader; one is enough, the form is that of the others
)
NAME = f"{STEM}.ipynb"
Scores = dict[str, dict[str, float]]


@pytest.fixture(scope="module", autouse=True)
def _needs_nbgrader() -> None:
    """Where nbgrader is not installed these tests are skipped, but not in CI."""
    if find_spec("nbgrader") is None:
        message = "nbgrader is not installed here: pip install 'nbgrader>=0.9.5,<0.10'"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)


def faults(nb: Any) -> str:
    """What nbgrader's own validator says about the metadata of a notebook."""
    from nbgrader.nbgraderformat import MetadataValidator, SchemaTooOldError, ValidationError

    validator = MetadataValidator()
    assert validator.schema_version == 3
    try:
        validator.validate_nb(nb)
    except (ValidationError, SchemaTooOldError) as error:
        return str(error).splitlines()[0]
    return ""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_metadata_are_valid_for_nbgrader(path: Path) -> None:
    """Solutions and exercises, by the validator of `nbgrader validate`; every check is a grade."""
    nb = read(path)
    entries = [cell.metadata.get("nbgrader", {}) for cell in nb.cells]

    assert faults(nb) == ""
    points = {entry["grade_id"]: entry["points"] for entry in entries if entry.get("grade")}
    wanted = {f"{each.name}_check": each.points_total for each in of_chapter(path.stem)}
    assert points == wanted


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"grade_id": "twice"}, "Duplicate grade id: twice"),
        ({"grade_id": "not valid!"}, "'not valid!' does not match"),
        ({"schema_version": 2}, "Outdated schema version: 2"),
        ({"points": -1}, "-1 is less than the minimum"),
        ({"colour": "red"}, "Additional properties are not allowed"),
    ],
)
def test_the_validator_finds_planted_faults(change: dict[str, Any], fault: str) -> None:
    """It is really asked."""
    nb = read(ROOT / "exercises" / NAME)
    for cell in nb.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata["nbgrader"].update(change)

    assert fault in faults(nb)


@pytest.mark.parametrize(
    ("outputs", "score"),
    [
        (["4.5"], 4.5),
        (["<display>", "<stdout>", "4.5"], 4.5),
        (["<stderr>", "10.0"], 0),
        (["<error>"], 0),
        ([], 10),
        (["a table"], 10),
        (["np.float64(4.5)"], 10),
        (["nan"], 10),
        (["-1.0"], 10),
    ],
)
def test_what_nbgrader_reads_of_a_check(outputs: list[str], score: float) -> None:
    """Only a plain number is partial credit; what is no number counts as everything.

    So `check` returns a float under nbgrader, whatever happens, and lets nothing reach stderr.
    """
    import nbformat
    from nbgrader.utils import determine_grade

    make = nbformat.v4.new_output
    special = {
        "<display>": make("display_data", data={"text/plain": "7", "text/html": "<table>"}),
        "<stdout>": make("stream", name="stdout", text="3"),
        "<stderr>": make("stream", name="stderr", text="UserWarning"),
        "<error>": make("error", ename="SystemExit", evalue="0"),
    }
    cell = nbformat.v4.new_code_cell(
        "check(f)",
        metadata={"nbgrader": {"grade": True, "solution": False, "points": 10}},
        outputs=[
            special[text] if text in special else make("execute_result", data={"text/plain": text})
            for text in outputs
        ],
    )

    assert determine_grade(cell) == (score, 10)


@pytest.mark.parametrize("muted", ["", "1"])
@pytest.mark.parametrize("kind", ["no function", "no exercise", "a name", "borrowed", "stub"])
def test_a_check_that_could_not_judge_is_worth_nothing(
    monkeypatch: pytest.MonkeyPatch, kind: str, muted: str
) -> None:
    """It says so as a plain number, since a sentence, or nothing, would give all points."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.setenv("NBCOURSE_MUTED", muted)
    name = target(STEM)

    def stub(*args: Any, **kwargs: Any) -> None:
        raise NotImplementedError

    stub.__name__ = name
    answers = {"no function": 3, "no exercise": print, "a name": name, "stub": stub}
    worth: Any = check({**answers, "borrowed": reference(name)}[kind])

    assert type(worth) is float
    assert worth == 0


def test_nbgrader_has_no_place_for_more_than_all_points() -> None:
    """A sum of points that rounding lifts above the total would leave a notebook ungraded."""
    from nbgrader.utils import get_partial_grade

    with pytest.raises(ValueError, match="greater than maximum"):
        get_partial_grade({"data": {"text/plain": "10.000000000000002"}}, 10.0)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course folder of nbgrader in which everything was graded once."""
    folder = tmp_path_factory.mktemp("course")
    build(folder, NAME)
    return folder


@pytest.fixture(scope="module")
def scores(course: Path) -> Scores:
    """Of each student the points of each check, from nbgrader's database."""
    found: Scores = json.loads(python(course, "-c", SCORES))
    return found


def everything() -> dict[str, float]:
    """Full marks."""
    return {f"{each.name}_check": each.points_total for each in of_chapter(STEM)}


@pytest.mark.slow
def test_the_solutions_get_full_marks_and_the_stubs_none(scores: Scores) -> None:
    """From source through release and autograde to the gradebook; our stub and nbgrader's own."""
    assert scores["right"] == everything()
    assert scores["untouched"] == dict.fromkeys(everything(), 0)
    assert scores["untouched_release"] == dict.fromkeys(everything(), 0)


@pytest.mark.slow
def test_one_answer_alone_decides_on_its_points(scores: Scores) -> None:
    """A mistake gives partial credit, as much as our own judge gives; the rest is untouched."""
    name = target(STEM)

    assert scores["wrong"] == everything() | {f"{name}_check": half_wrong(name)[1]}


@pytest.mark.slow
def test_a_right_answer_may_print_and_warn(scores: Scores) -> None:
    """Although nbgrader takes any text on stderr for a failure."""
    assert scores["noisy"] == everything()


@pytest.mark.slow
def test_the_courses_own_function_is_no_answer(scores: Scores) -> None:
    """It is right, and not the student's."""
    assert scores["borrowed"] == everything() | {f"{target(STEM)}_check": 0}


@pytest.mark.slow
def test_nbgrader_would_release_the_same_notebook(course: Path) -> None:
    """Up to the text of the stub, our line on the origin, and what nbgrader adds for itself."""
    theirs = read(course / "release" / "ps" / NAME)
    ours = read(ROOT / "exercises" / NAME)
    added = {"checksum", "cell_type"}

    assert len(theirs.cells) == len(ours.cells)
    for their, our in zip(theirs.cells[1:], ours.cells[1:], strict=True):
        stub = re.compile(r"raise NotImplementedError\(.+\)$", re.MULTILINE)
        assert their.source == stub.sub(STUB, our.source)
        entry = their.metadata.get("nbgrader", {})
        kept = {key: value for key, value in entry.items() if key not in added}
        assert kept == our.metadata.get("nbgrader", {})


@pytest.mark.slow
def test_nbgrader_validate_says_what_a_student_should_read(course: Path) -> None:
    """Before handing in: the solutions pass, the stubs fail check by check."""
    files = [str(ROOT / folder / NAME) for folder in ("solutions", "exercises")]

    said = nbgrader(course, "validate", *files)

    assert said.startswith("Success! Your notebook passes all the tests.\n")
    assert said.count("Success!") == 1
    assert f"VALIDATION FAILED ON {len(everything())} CELL(S)" in said
