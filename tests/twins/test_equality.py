"""The twins compute the same: values, gradients, 50-step trajectories, in float64."""

import dataclasses
from functools import partial

import numpy as np
import pytest

import nbcourse.numpy_nn
import nbcourse.torch_nn
from nbcourse.metrics import accuracy
from nbcourse.twins import differences, names
from nbcourse.twins.cases import FUNCTIONS, LAYERS, OPTIMIZERS, SCHEDULES
from nbcourse.twins.lanes import LANES

VALUES, TRAJECTORIES = 1e-12, 1e-10


@pytest.mark.parametrize(
    ("measure", "case"),
    [
        *(pytest.param(differences.function, case, id=str(case)) for case in FUNCTIONS),
        *(pytest.param(differences.layer, case, id=str(case)) for case in LAYERS),
    ],
)
def test_functions_and_layers_agree(measure, case):
    """Values and gradients agree to 1e-12, fifty steps to 1e-10, far tails included."""
    difference = measure(case)

    assert difference.forward <= VALUES
    assert difference.backward <= VALUES
    assert difference.trajectory <= TRAJECTORIES


@pytest.mark.parametrize("case", OPTIMIZERS, ids=str)
def test_optimizers_agree(case):
    """Fifty steps of each rule end within 1e-10 at every step of the way."""
    assert differences.optimizer(case).trajectory <= TRAJECTORIES


@pytest.mark.parametrize("case", SCHEDULES, ids=str)
def test_schedules_agree(case):
    """The learning rates of fifty steps agree to 1e-12, the weights under them to 1e-10."""
    difference = differences.schedule(case)

    assert difference.forward <= VALUES
    assert difference.trajectory <= TRAJECTORIES


def test_a_planted_difference_is_measured(monkeypatch):
    """A wrong gradient, NaN, and a wrong rule on one side show in the measure."""
    case = next(c for c in FUNCTIONS if c.name == "losses.mse")
    monkeypatch.setattr(nbcourse.numpy_nn.mse, "_backward", lambda dy, p, t: dy * (p - t) / p.size)
    assert differences.function(case).backward > 1e-3
    monkeypatch.setattr(nbcourse.numpy_nn.mse, "_backward", lambda dy, p, t: np.nan * p)
    assert np.isnan(differences.function(case).backward)
    assert not differences.function(case).trajectory <= TRAJECTORIES

    rule = next(c for c in OPTIMIZERS if c.name == "optimizers.Adam")
    monkeypatch.setattr(nbcourse.numpy_nn.optimizers.math, "sqrt", lambda x: 1.0)
    assert differences.optimizer(rule).trajectory > 1e-6


def test_every_public_name_is_compared():
    """No name of the twins is missing from the cases or from the tests of this folder."""
    cases = {
        c.name.split("(")[0].split(" ")[0] for c in (*FUNCTIONS, *LAYERS, *OPTIMIZERS, *SCHEDULES)
    }
    elsewhere = {  # compared below, or the base of what is compared
        "layers.Buffer",
        "layers.Layer",
        "layers.Parameter",
        "optimizers.Optimizer",
        "optimizers.clip_global_norm",
        "schedules.Schedule",
        "regularization.mixup",
        "regularization.random_shift",
        "models.get_weights",
        "models.set_weights",
        "models.summary",
        "training.evaluate",
        "training.fit",
        "training.predict",
        "training.train_epoch",
        "training.train_step",
    }

    assert set(names()) - cases == elsewhere


def _fit(lane, **options):
    nn, rng = lane.nn, np.random.default_rng(5)
    model = nn.MLP((4, 8, 3), rng=rng, dropout=0.1)
    x, y = rng.normal(size=(40, 4)), rng.integers(0, 3, 40)
    optimizer = nn.AdamW(model.parameters(), learning_rate=0.01)
    schedule = nn.WarmupCosine(optimizer, n_warmup=5, n_total=60)
    history = nn.fit(
        model, x, y, optimizer=optimizer, n_epochs=12, batch_size=8, rng=rng, schedule=schedule,
        validation=(x[:10], y[:10]), metrics={"share": accuracy},
        **options,
    )  # fmt: skip
    return model, history, x, y


def test_whole_trainings_agree():
    """Sixty steps of `fit` with dropout, schedule and validation give the same history."""
    runs = [_fit(lane) for lane in LANES]
    histories = [run[1] for run in runs]
    for key in ("train_loss", "validation_loss", "validation_share", "learning_rate"):
        ours, theirs = (history[key] for history in histories)
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=TRAJECTORIES)

    weights = [lane.nn.get_weights(run[0]) for lane, run in zip(LANES, runs, strict=True)]
    assert list(weights[0]) == list(weights[1])
    for name in weights[0]:
        np.testing.assert_allclose(weights[0][name], weights[1][name], rtol=0, atol=TRAJECTORIES)

    results = [
        lane.nn.evaluate(run[0], run[2], run[3]) for lane, run in zip(LANES, runs, strict=True)
    ]
    assert abs(results[0]["loss"] - results[1]["loss"]) <= TRAJECTORIES
    outputs = [
        lane.array(lane.nn.predict(run[0], run[2], batch_size=7))
        for lane, run in zip(LANES, runs, strict=True)
    ]
    np.testing.assert_allclose(*outputs, rtol=0, atol=TRAJECTORIES)


def test_training_through_batch_statistics_agrees():
    """Ninety steps with batch norm in residual blocks: losses, weights, running statistics."""
    states, losses = [], []
    for lane in LANES:
        nn, rng = lane.nn, np.random.default_rng(6)
        layers = [nn.Linear(4, 8, rng=rng)]
        for _ in range(3):
            branch = [nn.BatchNorm(8), nn.Activation(nn.relu), nn.Linear(8, 8, rng=rng)]
            layers.append(nn.Residual(branch))
        model = nn.Sequential([*layers, nn.BatchNorm(8), nn.Linear(8, 3, rng=rng)])
        x, y = rng.normal(size=(40, 4)), rng.integers(0, 3, 40)
        history = nn.fit(
            model, x, y, optimizer=nn.SGD(model.parameters(), learning_rate=0.05, momentum=0.9),
            n_epochs=15, batch_size=7, rng=rng, validation=(x, y),
        )  # fmt: skip
        states.append(nn.get_weights(model))
        losses.append(np.stack([history["train_loss"], history["validation_loss"]]))

    assert losses[0][0, -1] < losses[0][0, 0]
    np.testing.assert_allclose(*losses, rtol=0, atol=TRAJECTORIES)
    assert list(states[0]) == list(states[1])
    assert "1.0.running_var" in states[0]
    for name in states[0]:
        np.testing.assert_allclose(states[0][name], states[1][name], rtol=0, atol=TRAJECTORIES)


def test_a_planted_running_statistic_is_measured(monkeypatch):
    """A biased variance in the running statistics shows in the measured path."""
    case = next(c for c in LAYERS if c.name == "normalization.BatchNorm")
    right = nbcourse.numpy_nn.BatchNorm._remember
    n = len(case.x)
    monkeypatch.setattr(
        nbcourse.numpy_nn.BatchNorm,
        "_remember",
        lambda self, mean, var: right(self, mean, var * (n - 1) / n),
    )
    assert differences.layer(case).trajectory > 1e-3


def _augmented(nn, x, y, *, rng):
    moved = nn.random_shift(x.reshape(-1, 2, 2), max_shift=1, rng=rng, fill=-1.0)
    return nn.mixup(moved.reshape(-1, 4), y, alpha=0.4, rng=rng)


def test_trainings_with_penalty_and_augmentation_agree():
    """An L1 penalty, shifts, mixup and label smoothing give the same history and weights."""
    runs = []
    for lane in LANES:
        nn, rng = lane.nn, np.random.default_rng(6)
        model = nn.MLP((4, 8, 3), rng=rng, dropout=0.1)
        history = nn.fit(
            model, rng.normal(size=(40, 4)), np.eye(3)[rng.integers(0, 3, 40)], n_epochs=10,
            optimizer=nn.SGD(model.parameters(), learning_rate=0.1, momentum=0.9), batch_size=8,
            rng=rng, loss=partial(nn.cross_entropy, label_smoothing=0.1),
            penalty=partial(nn.l1_penalty, strength=1e-3), augment=partial(_augmented, nn),
        )  # fmt: skip
        runs.append((history["train_loss"], nn.get_weights(model)))
    (ours, weights), (theirs, twins) = runs

    np.testing.assert_allclose(ours, theirs, rtol=0, atol=TRAJECTORIES)
    for name, w in weights.items():
        np.testing.assert_allclose(w, twins[name], rtol=0, atol=TRAJECTORIES)


@pytest.mark.parametrize("seed", range(5))
def test_mixup_and_shifts_agree(seed):
    """The same generator mixes and moves the same examples on both sides, to the last bit."""
    rng = np.random.default_rng(seed)
    images, one_hot = rng.normal(size=(7, 2, 5, 4)), np.eye(3)[rng.integers(0, 3, 7)]
    results = []
    for lane in LANES:
        rng = np.random.default_rng(seed)
        x, t = lane.tensor(images), lane.tensor(one_hot)
        moved = lane.nn.random_shift(x, max_shift=2, rng=rng, fill=0.5)
        results.append([moved, *lane.nn.mixup(x, t, alpha=0.3, rng=rng)])

    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_array_equal(ours, theirs.numpy())


def test_summaries_are_the_same_text():
    """Both twins describe the same network in the same words."""
    tables = [
        lane.nn.MLP((784, 64, 10), rng=np.random.default_rng(0), dropout=0.5).summary()
        for lane in LANES
    ]

    assert tables[0] == tables[1]
    assert "50,240" in tables[0]


def test_the_same_seed_gives_the_same_first_weights_bit_for_bit():
    """Both twins draw from the one module `initializers`."""
    ours, theirs = (
        lane.nn.get_weights(lane.nn.MLP((5, 4, 3), rng=np.random.default_rng(7))) for lane in LANES
    )

    for name, w in ours.items():
        assert (w == theirs[name]).all()


def test_weights_move_between_the_twins():
    """What one side saves, the other loads."""
    source = nbcourse.numpy_nn.MLP((5, 4, 3), rng=np.random.default_rng(1))
    target = nbcourse.torch_nn.MLP((5, 4, 3), rng=np.random.default_rng(2))
    nbcourse.torch_nn.set_weights(target, nbcourse.numpy_nn.get_weights(source))
    x = np.random.default_rng(3).normal(size=(6, 5))

    got = nbcourse.torch_nn.predict(target, x).numpy()
    np.testing.assert_allclose(got, source(x), rtol=0, atol=VALUES)


@pytest.mark.parametrize("max_norm", [0.1, 100.0])
def test_clipping_agrees(max_norm):
    """Norm and clipped gradients agree, whether or not the bound is reached."""
    norms, grads = [], []
    for lane in LANES:
        params = [lane.parameter(np.ones((2, 3))), lane.parameter(np.ones(4))]
        for i, p in enumerate(params):
            g = np.random.default_rng(i).normal(size=np.shape(lane.array(p.data)))
            if hasattr(p, "add_grad"):
                p.add_grad(g)
            else:
                p.grad = lane.tensor(g)
        norms.append(lane.nn.clip_global_norm(params, max_norm))
        grads.append(np.concatenate([lane.array(p.grad).ravel() for p in params]))

    assert abs(norms[0] - norms[1]) <= VALUES
    np.testing.assert_allclose(*grads, rtol=0, atol=VALUES)
    assert np.linalg.norm(grads[0]) <= max_norm * (1 + 1e-12)


def test_a_difference_cannot_be_changed():
    """Results are records."""
    difference = differences.schedule(SCHEDULES[0])

    with pytest.raises(dataclasses.FrozenInstanceError):
        difference.forward = 0.0
