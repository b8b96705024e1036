"""The book's notebooks run when they must, in the right order, and failures are told."""

import pytest

from nbcourse.notebooks import execute, results
from nbcourse.notebooks.files import NotebookError, read
from nbcourse.notebooks.run import Run


@pytest.fixture
def started(monkeypatch):
    """The stems of the notebooks that ran, without any kernel; those called bad... fail."""
    stems = []

    def run(path, root):
        stems.append(path.stem)
        if path.stem.startswith("bad"):
            raise NotebookError(f"{path.name}, cell 2: ValueError: planted")
        return Run(read(path), float(len(stems)), 90.0, [])

    monkeypatch.setattr(execute, "run", run)
    return stems


def test_what_ran_does_not_run_again(started, write, tmp_path):
    """The second call finds nothing to do."""
    paths = [write("1", stem="one"), write("2", stem="two")]

    assert execute.execute(paths, root=tmp_path) == {}
    assert execute.execute(paths, root=tmp_path) == {}
    assert sorted(started) == ["one", "two"]


def test_the_longest_notebook_starts_first_and_an_unknown_one_before_it(started, write, tmp_path):
    """So that no long notebook is left for the end, when one core idles."""
    paths = [write(f"{k}", stem=stem) for k, stem in enumerate(["short", "long", "new"])]
    for path, seconds in zip(paths[:2], [1.0, 50.0], strict=True):
        results.store(path, Run(read(path), seconds, 90.0, []), tmp_path)
    (tmp_path / "requirements.lock").touch()

    execute.execute(paths, root=tmp_path, jobs=1)

    assert started == ["new", "long", "short"]


def test_one_failure_does_not_hide_another(started, write, tmp_path):
    """All messages come back, and the healthy notebook is stored."""
    paths = [write("1", stem=stem) for stem in ("bad_one", "good", "bad_two")]

    failures = execute.execute(paths, root=tmp_path)

    assert sorted(path.stem for path in failures) == ["bad_one", "bad_two"]
    assert results.is_fresh(paths[1], tmp_path)
    assert not results.is_fresh(paths[0], tmp_path)


def test_contents_are_read_in_order_and_only_notebooks_are_taken(write, tmp_path):
    """The table of contents names pages without suffix, in parts and as a flat list."""
    for stem in ("notation", "01_neuron", "12_mnist", "forgotten"):
        write("1", stem=stem)
    contents = tmp_path / "book" / "_toc.yml"
    contents.write_text(
        "format: jb-book\nroot: index\nparts:\n- caption: One\n  chapters:\n"
        "  - file: notation\n  - file: 12_mnist\n    sections:\n    - file: 01_neuron\n"
    )

    assert [path.stem for path in execute.in_contents(contents)] == [
        "notation",
        "12_mnist",
        "01_neuron",
    ]


def test_the_command_fails_with_the_message_and_no_traceback(
    started, write, tmp_path, monkeypatch, capsys
):
    """The exit code is 1 when a notebook failed, 0 otherwise."""
    monkeypatch.chdir(tmp_path)
    good, bad = write("1", stem="good"), write("1", stem="bad")

    assert execute.main([str(good)]) == 0
    assert execute.main([str(good), str(bad)]) == 1
    assert "bad.ipynb, cell 2: ValueError: planted" in capsys.readouterr().err
