"""Checkpoints: what goes in comes out; damage and wrong places are one sentence."""

import numpy as np
import pytest

from nbcourse import checkpoints
from nbcourse.errors import UserError


def test_arrays_and_facts_come_back(tmp_path):
    """Dtypes, shapes, numbers, and facts that hold arrays survive."""
    arrays = {"a/b": np.arange(6, dtype=np.float32).reshape(2, 3), "n": np.array(3)}
    state = np.random.Generator(np.random.MT19937(0)).bit_generator.state
    checkpoints.save(tmp_path / "x.npz", arrays, {"state": state, "loss": [1.0, float("nan")]})
    back, facts = checkpoints.load(tmp_path / "x.npz")

    assert {k: (v.dtype, v.tolist()) for k, v in back.items()} == {
        k: (v.dtype, v.tolist()) for k, v in arrays.items()
    }
    assert (facts["state"]["state"]["key"] == state["state"]["key"]).all()
    assert np.isnan(facts["loss"][1])


def test_a_crash_while_writing_leaves_the_old_one(tmp_path, monkeypatch):
    """The file is replaced in one step or not at all."""
    path = checkpoints.save(tmp_path / "x.npz", {"a": np.ones(3)})

    def fail(*_):
        raise OSError(28, "No space left")

    monkeypatch.setattr(checkpoints.os, "replace", fail)
    with pytest.raises(UserError, match="No space left"):
        checkpoints.save(path, {"a": np.zeros(3)})

    assert checkpoints.load(path)[0]["a"].sum() == 3


@pytest.mark.parametrize("content", [b"", b"PK\3\4 no zip", b"not a checkpoint at all"])
def test_damage_is_one_sentence(tmp_path, content):
    """Anything that is no checkpoint is called so, by its path."""
    path = tmp_path / "x.npz"
    path.write_bytes(content)

    with pytest.raises(UserError, match=r"x\.npz is not a checkpoint of this course, or it is"):
        checkpoints.load(path)


def test_a_truncated_checkpoint_is_refused(tmp_path):
    """A file that lost its end is damaged."""
    path = checkpoints.save(tmp_path / "x.npz", {"a": np.ones(1000)})
    path.write_bytes(path.read_bytes()[:2000])

    with pytest.raises(UserError, match="damaged"):
        checkpoints.load(path)


def test_pickles_are_never_read(tmp_path):
    """An array of objects, which only a pickle can hold, is refused unread."""
    path = tmp_path / "x.npz"
    np.savez(path, evil=np.array([{"a": 1}], dtype=object))

    with pytest.raises(UserError, match="not a checkpoint"):
        checkpoints.load(path)


def test_missing_places_are_one_sentence(tmp_path):
    """No file to read, no folder to write to."""
    with pytest.raises(UserError, match="there is no checkpoint"):
        checkpoints.load(tmp_path / "none.npz")
    with pytest.raises(UserError, match="cannot write the checkpoint"):
        checkpoints.save(tmp_path / "none" / "x.npz", {})
