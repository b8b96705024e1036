"""Training, on both twins: it learns, stops, resumes to the bit, and refuses bad data."""

import importlib

import numpy as np
import pytest

from nbcourse.data import two_moons
from nbcourse.errors import UserError
from nbcourse.loop import Checkpoint, EarlyStopping
from nbcourse.metrics import accuracy


@pytest.fixture(params=["numpy", "torch"])
def nn(request):
    """Return each twin in turn."""
    return importlib.import_module(f"nbcourse.{request.param}_nn")


class CutOffError(Exception):
    """Stands for a power failure in the middle of training."""


def _dropout_network(nn, rng):
    return nn.MLP((2, 8, 2), rng=rng, dropout=0.2)


def _norm_network(nn, rng):
    branch = [nn.BatchNorm(8), nn.Activation(nn.relu), nn.Linear(8, 8, rng=rng)]
    return nn.Sequential(
        [nn.Linear(2, 8, rng=rng), nn.Residual(branch), nn.LayerNorm(8), nn.Linear(8, 2, rng=rng)]
    )


def _run(
    nn, *, n_epochs=6, seed=0, checkpoint=None, fail_at=None, build=_dropout_network, **options
):
    rng = np.random.default_rng(seed)
    x, y = two_moons(60, rng=rng)
    model = build(nn, rng)
    optimizer = nn.Adam(model.parameters(), learning_rate=0.02)
    schedule = nn.Cosine(optimizer, n_total=200)
    calls = []

    def fragile(outputs, labels):
        calls.append(1)
        if len(calls) == fail_at:
            raise CutOffError
        return accuracy(outputs, labels)

    history = nn.fit(
        model, x, y, optimizer=optimizer, n_epochs=n_epochs, batch_size=16, rng=rng,
        validation=(x[:20], y[:20]), metrics={"accuracy": fragile}, schedule=schedule,
        checkpoint=checkpoint, **options,
    )  # fmt: skip
    return model, history


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_fit_learns_two_moons(nn, seed):
    """A small network tells the moons apart, from any of three starts."""
    rng = np.random.default_rng(seed)
    x, y = two_moons(300, rng=rng)
    model = nn.MLP((2, 16, 2), rng=rng)
    history = nn.fit(
        model, x, y, optimizer=nn.Adam(model.parameters(), learning_rate=0.01), n_epochs=40,
        batch_size=20, rng=rng,
    )  # fmt: skip
    result = nn.evaluate(model, x, y, metrics={"accuracy": accuracy})

    assert result["accuracy"] > 0.95
    assert history["train_loss"][-1] < history["train_loss"][0] / 2
    assert len(history) == 40


def test_the_same_seed_gives_the_same_weights(nn):
    """Nothing is drawn but from the generator that was passed in."""
    first, second = (nn.get_weights(_run(nn)[0]) for _ in range(2))

    assert all((first[name] == second[name]).all() for name in first)


@pytest.mark.parametrize("build", [_dropout_network, _norm_network])
@pytest.mark.parametrize("fail_at", [1, 3, 6])
def test_a_run_that_was_cut_off_resumes_to_the_bit(nn, tmp_path, fail_at, build):
    """Weights, running statistics and history are those of a run that was never cut off."""
    whole, history = _run(nn, build=build)
    checkpoint = Checkpoint(tmp_path / "run.npz")
    with pytest.raises(CutOffError):
        _run(nn, checkpoint=checkpoint, fail_at=fail_at, build=build)
    resumed, second = _run(nn, checkpoint=checkpoint, build=build)

    for name, w in nn.get_weights(whole).items():
        assert (w == nn.get_weights(resumed)[name]).all(), name
    assert (second["train_loss"] == history["train_loss"]).all()
    assert (second["learning_rate"] == history["learning_rate"]).all()


def test_resuming_restores_the_best_weights_too(nn, tmp_path):
    """Early stopping before and after the cut picks the same epoch and weights."""
    rule = EarlyStopping(patience=3, monitor="validation_accuracy", mode="max")
    whole, history = _run(nn, n_epochs=12, early_stopping=rule)
    checkpoint = Checkpoint(tmp_path / "run.npz", every=2)
    with pytest.raises(CutOffError):
        _run(nn, n_epochs=12, early_stopping=rule, checkpoint=checkpoint, fail_at=len(history))
    resumed, second = _run(nn, n_epochs=12, early_stopping=rule, checkpoint=checkpoint)

    assert second.best_epoch == history.best_epoch
    assert second.stopped_early == history.stopped_early
    assert all(
        (w == nn.get_weights(resumed)[name]).all() for name, w in nn.get_weights(whole).items()
    )


def test_a_checkpoint_of_another_network_is_refused(nn, tmp_path):
    """One sentence names the file."""
    checkpoint = Checkpoint(tmp_path / "run.npz")
    _run(nn, n_epochs=1, checkpoint=checkpoint)
    rng = np.random.default_rng(0)
    model = nn.MLP((2, 3, 2), rng=rng)

    with pytest.raises(UserError, match=r"run\.npz is of another network or optimizer"):
        nn.fit(
            model, np.zeros((4, 2)), np.zeros(4, int), optimizer=nn.Adam(model.parameters()),
            n_epochs=2, batch_size=2, rng=rng, checkpoint=checkpoint,
        )  # fmt: skip


def test_the_best_epoch_comes_back_with_its_running_statistics(nn):
    """Early stopping restores buffers too: the validation loss is that of the best epoch."""
    rng = np.random.default_rng(0)
    x, y = two_moons(60, rng=rng)
    model = _norm_network(nn, rng)
    optimizer = nn.Adam(model.parameters(), learning_rate=0.3)  # too large: it gets worse again
    history = nn.fit(
        model, x, y, optimizer=optimizer, n_epochs=15, batch_size=16, rng=rng,
        validation=(x[:20], y[:20]), early_stopping=EarlyStopping(patience=2),
    )  # fmt: skip

    assert history.best_epoch < len(history) - 1
    best = history["validation_loss"][history.best_epoch]
    assert nn.evaluate(model, x[:20], y[:20])["loss"] == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize(
    ("x", "y", "options", "sentence"),
    [
        (np.zeros((4, 2)), np.zeros(3, int), {}, "as many targets as inputs, got 3 for 4"),
        (np.zeros((0, 2)), np.zeros(0, int), {}, "at least one example"),
        (np.full((4, 2), np.nan), np.zeros(4, int), {}, "NaN or infinity in x"),
        (np.zeros((4, 3)), np.zeros(4, int), {}, r"inputs of shape \(\.\.\., 2\), got"),
        (np.zeros((4, 2)), np.full(4, 7), {}, "labels from 0 to 1, got labels from 7 to 7"),
        (np.zeros((4, 2)), np.zeros(4, int), {"n_epochs": 0}, "n_epochs above 0"),
        (np.zeros((4, 2)), np.zeros(4, int), {"batch_size": 0}, "batch_size above 0"),
        (
            np.zeros((4, 2)),
            np.zeros(4, int),
            {"early_stopping": EarlyStopping()},
            "watches 'validation_loss', but only",
        ),
    ],
)
def test_bad_data_is_one_sentence(nn, x, y, options, sentence):
    """Both twins refuse in the same words."""
    rng = np.random.default_rng(0)
    model = nn.MLP((2, 2), rng=rng)
    settings = {"n_epochs": 1, "batch_size": 2} | options

    with pytest.raises(ValueError, match=sentence):
        nn.fit(model, x, y, optimizer=nn.Adam(model.parameters()), rng=rng, **settings)


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_divergence_is_one_sentence(nn):
    """A loss that is no longer finite ends the run and names the epoch and the rate."""
    rng = np.random.default_rng(0)
    model = nn.MLP((2, 8, 1), rng=rng)

    with pytest.raises(ValueError, match=r"training diverged: .* than 1000"):
        nn.fit(
            model, rng.normal(size=(64, 2)), rng.normal(size=(64, 1)), loss=nn.mse,
            optimizer=nn.SGD(model.parameters(), learning_rate=1e3), n_epochs=40, batch_size=4,
            rng=rng,
        )  # fmt: skip


def test_text_as_inputs_is_refused():
    """A wrong dtype is named."""
    nn = importlib.import_module("nbcourse.numpy_nn")
    model = nn.MLP((2, 2), rng=np.random.default_rng(0))

    with pytest.raises(TypeError, match="x must hold real numbers, got an array of dtype <U1"):
        nn.evaluate(model, np.array([["a", "b"]]), np.zeros(1, int))


def test_modes_are_left_as_they_were(nn):
    """Evaluation switches dropout off, and on again."""
    model = nn.MLP((2, 4, 2), rng=np.random.default_rng(0), dropout=0.5)
    model.train()
    first = nn.predict(model, np.ones((3, 2)))
    second = nn.predict(model, np.ones((3, 2)))

    assert (first == second).all()
    assert all(module.training for module in model.modules())


def test_an_unknown_column_names_the_known_ones(nn):
    """A slip in a history's key is answered with the keys there are."""
    history = _run(nn, n_epochs=1)[1]

    with pytest.raises(KeyError, match="validation_accuracy"):
        history["accuracy"]


def test_progress_shows_epochs(nn, capsys):
    """The bar counts epochs and shows the validation metrics."""
    _run(nn, n_epochs=2, progress=True)
    shown = capsys.readouterr().err

    assert "2/2" in shown
    assert "validation_accuracy" in shown
