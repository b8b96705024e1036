"""Collections: every shape in which a class hands in; whose, of what, which attempt, when."""

import json
import os
import zipfile

import pytest

from nbcourse.grading.records import Student
from nbcourse.grading.roster import Roster
from nbcourse.grading.submissions import collect, single

ROSTER = Roster(
    (
        Student("ada", "Ada Lovelace", "ada@x.org", ("77",)),
        Student("bob", "Bob Builder", "bob@x.org"),
        Student("smith-1", "Ann Smith"),
        Student("smith-2", "Ben Smith"),
    )
)


def _notebook(code="def logsumexp(z): return z"):
    cells = [{"cell_type": "code", "source": code}]
    return json.dumps({"cells": cells}).encode()


def _collect(tmp_path, entries, *, zipped=False, **options):
    if zipped:
        with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
            for name, data in entries.items():
                archive.writestr(name, data)
        return collect(tmp_path / "all.zip", ROSTER, **options)
    for k, (name, data) in enumerate(entries.items()):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (1_800_000_000 + k, 1_800_000_000 + k))
    return collect(tmp_path, ROSTER, **options)


SHAPES = {
    "a flat folder": "03_losses_ada.ipynb",
    "an id in capitals": "ADA.ipynb",
    "a folder a student": "ada/whatever.ipynb",
    "a folder with a name": "Ada Lovelace/03_losses.ipynb",
    "Canvas": "lovelaceada_77_123456_03_losses-2.ipynb",
    "Canvas, late": "lovelaceada_LATE_77_123456_03_losses.ipynb",
    "Moodle": "Ada Lovelace_4711_assignsubmission_file_/03_losses.ipynb",
    "nbgrader": "submitted/ada/03_losses/03_losses.ipynb",
}


@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "archive"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_owner_is_found(tmp_path, shape, zipped):
    """By the roster, wherever the platform put the name."""
    found = _collect(tmp_path, {SHAPES[shape]: _notebook()}, zipped=zipped)

    assert [(s.student, s.assignment) for s in found.submissions] == [("ada", "03_losses")]
    assert found.unassigned == ()


def test_gradescope_says_who_and_when(tmp_path):
    """In the file beside its folders."""
    metadata = (
        "submission_1:\n  :submitters:\n  - :name: Bob Builder\n    :sid: 'bob'\n"
        "    :email: bob@x.org\n  :created_at: 2027-03-01 12:00:00 -08:00\n"
    )
    found = _collect(
        tmp_path,
        {
            "assignment_9/submission_metadata.yml": metadata.encode(),
            "assignment_9/submission_1/x.ipynb": _notebook(),
        },
    )

    assert [(s.student, s.submitted) for s in found.submissions] == [
        ("bob", "2027-03-01T20:00:00+00:00")
    ]


def test_nbgraders_timestamp_counts(tmp_path):
    """And not when the file was copied."""
    found = _collect(
        tmp_path,
        {
            "submitted/ada/03_losses/timestamp.txt": b"2027-02-03 12:23:11.000000 UTC",
            "submitted/ada/03_losses/x.ipynb": _notebook(),
        },
    )

    assert found.submissions[0].submitted == "2027-02-03T12:23:11+00:00"


@pytest.mark.parametrize("name", ["x.ipynb", "eve.ipynb", "smith.ipynb", "ada_bob.ipynb"])
def test_what_belongs_to_nobody_is_listed(tmp_path, name):
    """Unknown names, and those that could be two students."""
    found = _collect(tmp_path, {name: _notebook(), "ada.ipynb": _notebook()})

    assert [s.student for s in found.submissions] == ["ada"]
    assert [u.origin for u in found.unassigned] == [name]


def test_attempts_are_counted_in_time(tmp_path):
    """Copies of one notebook are one attempt; another assignment has its own."""
    found = _collect(
        tmp_path,
        {
            "ada/v2.ipynb": _notebook("def logsumexp(z): return 1"),
            "ada/v1.ipynb": _notebook("def logsumexp(z): return 2"),
            "ada/copy of v1.ipynb": _notebook("def logsumexp(z): return 2"),
            "ada/other.ipynb": _notebook("def sigmoid(z): return 3"),
        },
    )

    assert [(s.assignment, s.attempt, s.origin) for s in found.submissions] == [
        ("01_neuron", 1, "ada/other.ipynb"),
        ("03_losses", 1, "ada/v2.ipynb"),
        ("03_losses", 2, "ada/v1.ipynb"),
    ]


def test_the_assignment_is_found_by_its_answers(tmp_path):
    """By marks or by names of functions; metadata, titles and file names are not needed."""
    found = _collect(
        tmp_path,
        {
            "ada.ipynb": _notebook("# exercise: sigmoid\n..."),
            "bob.ipynb": _notebook("softmax_xent = lambda logits, labels: 0"),
            "smith-1.ipynb": _notebook("print('hello')"),
        },
    )

    assert {s.student: s.assignment for s in found.submissions} == {
        "ada": "01_neuron",
        "bob": "03_losses",
    }
    assert found.unassigned[0].reason == "it answers no exercise of any assignment"


def test_an_unreadable_file_of_a_student_is_kept(tmp_path):
    """With its reason, as a submission without a mark; where nothing says of what, it is listed."""
    found = _collect(tmp_path, {"03_losses_ada.ipynb": b"", "bob.ipynb": b"<html>"})

    assert [(s.student, s.problem) for s in found.submissions] == [("ada", "it is empty")]
    assert "web page" in found.unassigned[0].reason


def test_an_assignment_that_is_given_needs_no_finding(tmp_path):
    """Also for what cannot be read."""
    found = _collect(tmp_path, {"bob.ipynb": b"<html>"}, assignment="03_losses")

    assert found.submissions[0].assignment == "03_losses"


def test_strange_names_do_no_harm(tmp_path):
    """Line breaks, turned text, emoji and very long names end in origins of one plain line."""
    names = ["ada/\u202egnp.ipynb", "ada/a\nb.ipynb", "ada/😀.ipynb", "ada/" + "x" * 200 + ".ipynb"]
    found = _collect(tmp_path, {n: _notebook(f"def logsumexp(): {k}") for k, n in enumerate(names)})

    assert len(found.submissions) == len(names)
    assert all(s.origin.isprintable() and len(s.origin) <= 200 for s in found.submissions)


def test_one_notebook_needs_no_roster():
    """As the command grades it."""
    submission = single(_notebook(), name="x.ipynb", student="somebody")

    assert (submission.student, submission.assignment) == ("somebody", "03_losses")
