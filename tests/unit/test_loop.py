"""The loop: when it stops, what it keeps, and what it says."""

import math

import numpy as np
import pytest

from nbcourse.loop import Checkpoint, EarlyStopping, History, run


class Scripted:
    """A trainer whose validation losses are written down beforehand; its weight is the epoch."""

    def __init__(self, losses):
        self.losses, self.weight = list(losses), np.zeros(1)

    def train_epoch(self):
        """Pretend to train."""
        self.weight = self.weight + 1
        return 1.0

    def validate(self):
        """Return the next loss of the script."""
        return {"loss": self.losses[int(self.weight[0]) - 1]}

    def learning_rate(self):
        """Return any rate."""
        return 0.1

    def snapshot(self):
        """Return the weight."""
        return {"model/w": self.weight.copy()}

    def restore(self, arrays):
        """Take the weight back."""
        self.weight = arrays["model/w"].copy()

    def generators(self):
        """Return no generator."""
        return []


def _stopped(losses, **rule):
    trainer = Scripted(losses)
    history = run(trainer, n_epochs=len(losses), early_stopping=EarlyStopping(**rule))
    return history, int(trainer.weight[0])


def test_stops_after_patience_and_restores_the_best():
    """Two epochs without improvement end the run; the weights are those of the best epoch."""
    history, weight = _stopped([3.0, 2.0, 1.0, 1.5, 1.4, 0.5], patience=2)

    assert (len(history), history.best_epoch, history.stopped_early) == (5, 2, True)
    assert weight == 3


def test_of_equal_epochs_the_first_is_best():
    """A tie is no improvement."""
    history, weight = _stopped([1.0, 1.0, 1.0], patience=2)

    assert (history.best_epoch, weight) == (0, 1)


def test_a_tie_with_the_best_does_not_reset_patience():
    """Epochs that only equal the best count towards the stop."""
    history, weight = _stopped([2.0, 1.0, 1.0, 1.0, 0.5], patience=2)

    assert (len(history), history.best_epoch, history.stopped_early) == (4, 1, True)
    assert weight == 2


def test_without_a_stop_the_best_weights_return_too():
    """When the epochs run out before patience does, the best epoch still counts."""
    history, weight = _stopped([3.0, 1.0, 2.0], patience=5)

    assert (len(history), history.best_epoch, history.stopped_early) == (3, 1, False)
    assert weight == 2


def test_nan_is_never_best():
    """NaN neither starts nor improves a record."""
    history, weight = _stopped([math.nan, 2.0, math.nan, 1.0, 3.0], patience=3)

    assert (history.best_epoch, weight) == (3, 4)


def test_only_nan_stops_too():
    """A run that never measures a number ends after patience."""
    history, _ = _stopped([math.nan] * 5, patience=2)

    assert history.best_epoch is None
    assert len(history) == 2


def test_small_gains_can_be_ignored():
    """min_delta asks for more than noise; mode max turns the comparison round."""
    assert _stopped([1.0, 0.99, 0.98], patience=2, min_delta=0.1)[0].best_epoch == 0
    assert _stopped([1.0, 2.0, 1.5], patience=5, mode="max")[0].best_epoch == 1


def test_a_finished_run_is_not_repeated(tmp_path):
    """A checkpoint of a finished run answers at once, with the same history."""
    checkpoint = Checkpoint(tmp_path / "done.npz")
    first = run(Scripted([3.0, 2.0]), n_epochs=2, checkpoint=checkpoint)
    trainer = Scripted([])
    second = run(trainer, n_epochs=2, checkpoint=checkpoint)

    assert second.epochs == first.epochs
    assert trainer.weight[0] == 2


@pytest.mark.parametrize(
    "make",
    [
        lambda: EarlyStopping(patience=0),
        lambda: EarlyStopping(mode="best"),
        lambda: Checkpoint("x.npz", every=0),
    ],
)
def test_bad_settings_are_refused(make):
    """Settings that make no sense are refused where they are made."""
    with pytest.raises(ValueError, match=r"above 0|mode 'min' or 'max', got 'best'"):
        make()


def test_history_has_columns():
    """Columns come out as arrays."""
    history = History([{"train_loss": 2.0}, {"train_loss": 1.0}])

    assert history["train_loss"].tolist() == [2.0, 1.0]
