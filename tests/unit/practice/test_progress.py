"""The file of progress: best result kept, damage survived, nothing written over."""

import json

import pytest

from nbcourse.checking import check_function
from nbcourse.errors import UserError
from nbcourse.practice import progress
from tests.unit.checking.toy import DOUBLE, by_sum, squares


def test_the_best_result_is_kept():
    """A later mistake does not undo what was done."""
    progress.record(check_function(DOUBLE, by_sum), "aaa")
    progress.record(check_function(DOUBLE, squares.function), "bbb")

    state = progress.state_of("double")
    assert (state.passed, state.points, state.tries) == (True, 10.0, ["bbb"])


def test_hidden_results_are_not_practice():
    """They belong to whoever grades."""
    from nbcourse.checking.seeds import Key

    progress.record(check_function(DOUBLE, by_sum, key=Key(secret="s")), "aaa")

    assert progress.load() == {}


def test_the_place_can_be_named(monkeypatch, tmp_path):
    """Unless it is, it is in the user's own folder."""
    monkeypatch.setenv(progress.PLACE, str(tmp_path / "sub" / "p.json"))
    progress.record_hint("double", 2)
    assert progress.state_of("double").hints == 2

    monkeypatch.delenv(progress.PLACE)
    assert progress.place().name == "progress.json"


@pytest.mark.parametrize("text", ["", "[]", '{"exercises": 3}', '{"exercises": {"a": {}}}', "\x00"])
def test_a_damaged_file_is_named_and_left_alone(text):
    """Reading says which file; checking goes on; nothing is lost."""
    progress.place().write_text(text)

    with pytest.raises(UserError, match="move it away"):
        progress.load()
    progress.record(check_function(DOUBLE, by_sum), "aaa")
    assert progress.place().read_text() == text
    assert progress.state_of("double").tries == []


def test_a_folder_that_cannot_be_written_stops_nobody(monkeypatch, tmp_path):
    """Progress is a convenience."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(progress.PLACE, str(tmp_path / "file" / "p.json"))

    progress.record(check_function(DOUBLE, by_sum), "aaa")


def test_the_file_is_plain_json():
    """Readable by anybody."""
    progress.record(check_function(DOUBLE, squares.function), "bbb")

    data = json.loads(progress.place().read_text())
    assert data["exercises"]["double"]["tries"] == ["bbb"]
