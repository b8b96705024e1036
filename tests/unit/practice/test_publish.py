"""Publishing: solutions get their metadata, students their notebooks, and nothing goes stale."""

from types import SimpleNamespace

import pytest
from nbformat.v4 import new_markdown_cell

from nbcourse.errors import InputError
from nbcourse.notebooks.canonical import to_text
from nbcourse.notebooks.files import NotebookError, read
from nbcourse.practice import publish
from tests.unit.notebooks.worked import place, solutions


def specification(name, number, stars, minutes, points):
    """What is read of an exercise's specification."""
    return SimpleNamespace(
        name=name, number=number, difficulty="☆" * stars, minutes=minutes, points_total=points
    )


DOUBLE = specification("double", 1, 1, 5, 10)
COUNTER = specification("Counter", 2, 2, 9, 4)
THIRD = specification("third", 3, 1, 5, 1)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A repository with one notebook of solutions, as its author wrote it."""
    for name in ("solutions", "exercises"):
        (tmp_path / name).mkdir()
    (tmp_path / "solutions" / "05_sample.ipynb").write_text(to_text(solutions()), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(publish, "of_chapter", lambda stem: (DOUBLE, COUNTER))
    return tmp_path


@pytest.fixture
def write(folder):
    """A function that edits the notebook of solutions and returns its path."""

    def write_solutions(edit=lambda nb: None):
        nb = solutions()
        edit(nb)
        path = folder / "solutions" / "05_sample.ipynb"
        path.write_text(to_text(nb), encoding="utf-8")
        return path

    return write_solutions


def replace(role, old, new, name="double"):
    """An edit of one cell."""

    def edit(nb):
        cell = nb.cells[place(nb, role, name)]
        assert old in cell.source
        cell.source = cell.source.replace(old, new)

    return edit


def test_publishing_writes_both_notebooks_and_then_has_nothing_to_do(folder, capsys):
    """`--check` names what differs until then, and changes nothing itself."""
    before = (folder / "solutions" / "05_sample.ipynb").read_bytes()

    assert publish.main(["--check"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert [line.split(" is ")[0] for line in said] == [
        "solutions/05_sample.ipynb",
        "exercises/05_sample.ipynb",
    ]
    assert (folder / "solutions" / "05_sample.ipynb").read_bytes() == before

    assert publish.main([]) == 0
    assert publish.main(["--check"]) == 0
    assert capsys.readouterr().out.count("wrote") == 2
    assert publish.main([]) == 0
    assert capsys.readouterr().out == ""


def test_points_come_from_the_specifications(folder):
    """In both notebooks."""
    publish.main([])

    for name in ("solutions", "exercises"):
        nb = read(folder / name / "05_sample.ipynb")
        points = [
            cell.metadata["nbgrader"]["points"]
            for cell in nb.cells
            if "points" in cell.metadata.get("nbgrader", {})
        ]
        assert points == [10, 4]


def test_a_change_of_one_byte_is_noticed(folder, capsys):
    """Nobody edits the exercises by hand."""
    publish.main([])
    path = folder / "exercises" / "05_sample.ipynb"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")

    assert publish.main(["--check"]) == 1
    assert capsys.readouterr().err == (
        "exercises/05_sample.ipynb is out of date: run python -m nbcourse.practice.publish\n"
    )


def test_exercises_without_a_source_are_named(folder, capsys):
    """Whether the source was renamed or never was."""
    publish.main([])
    (folder / "exercises" / "06_lost.ipynb").touch()

    assert publish.main(["--check"]) == 1
    assert "exercises/06_lost.ipynb has no source" in capsys.readouterr().err


def test_a_faulty_notebook_is_named_and_writes_nothing(folder, write, capsys):
    """Exit code 1, and no half-hidden solution on the disk."""
    path = write(replace("answer", "### END", "## END"))
    before = path.read_bytes()

    assert publish.main([str(path)]) == 1
    assert "05_sample.ipynb, cell 4 (double) has '## END SOLUTION'" in capsys.readouterr().err
    assert path.read_bytes() == before
    assert not list((folder / "exercises").iterdir())


def test_a_chapter_without_specifications_is_named(folder, monkeypatch, capsys):
    """The message is that of the specifications."""

    def refuse(stem):
        raise InputError(f"there is no chapter {stem!r} with exercises")

    monkeypatch.setattr(publish, "of_chapter", refuse)

    assert publish.main([]) == 1
    assert "there is no chapter '05_sample' with exercises" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (
            replace("statement", "☆", "☆☆"),
            "05_sample.ipynb, cell 3 (double) has the line '## 1. `double` ☆☆', "
            "but the exercise says '## 1. `double` ☆'.",
        ),
        (replace("statement", "## 1.", "## 2."), "has the line '## 2. `double` ☆', but"),
        (replace("statement", "`double`", "double"), "has the line '## 1. double ☆', but"),
        (replace("statement", "About 5", "About 6"), "but the exercise says '*About 5 minutes"),
        (replace("statement", "10 points", "11 points"), "· 11 points*', but the exercise"),
        (replace("statement", "☆\n\n*", "☆\n*"), "has the line '', but the exercise says '*About"),
        (replace("statement", "4 points", "5 points", "Counter"), "cell 8 (Counter) has the"),
    ],
)
def test_a_header_that_contradicts_the_specification_is_named(write, edit, sentence):
    """Number, name, stars, minutes and points stand once in the specification."""
    path = write(edit)

    with pytest.raises(NotebookError) as raised:
        publish.published(path, [DOUBLE, COUNTER])

    assert sentence in str(raised.value)


def test_one_point_is_no_plural():
    """The line is read by people."""
    assert publish.header(THIRD) == ("## 3. `third` ☆", "*About 5 minutes · 1 point*")


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ([DOUBLE, COUNTER, THIRD], "05_sample.ipynb lacks the exercises third."),
        ([COUNTER, DOUBLE], "has its exercises in the order double, Counter, not by their numbers"),
        ([DOUBLE], "cell 11 (Counter) checks an unknown exercise"),
    ],
)
def test_notebook_and_specifications_have_the_same_exercises(write, wanted, sentence):
    """In the same order."""
    with pytest.raises(NotebookError) as raised:
        publish.published(write(), wanted)

    assert sentence in str(raised.value)


def test_what_a_release_would_give_away_is_not_published(write, monkeypatch):
    """Should the release ever overlook a line, this is the second lock."""

    def careless(nb, path, *, points):
        return solutions()

    monkeypatch.setattr(publish, "release", careless)

    with pytest.raises(NotebookError, match=r"05_sample\.ipynb gives away 'twice = x \+ x'"):
        publish.published(write(), [DOUBLE, COUNTER])


def test_only_solutions_are_published(folder, write):
    """A chapter of the book must not be overwritten, nor an exercise released again."""
    path = folder / "05_sample.ipynb"
    path.write_text(write(lambda nb: nb.cells.append(new_markdown_cell("a"))).read_text("utf-8"))

    with pytest.raises(NotebookError, match="is not in a folder solutions"):
        publish.published(path, [DOUBLE, COUNTER])
