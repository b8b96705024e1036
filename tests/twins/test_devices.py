"""The PyTorch twin keeps every tensor on one device: tried on `meta`, and on a GPU if there is one.

On `meta` tensors have shapes and no numbers, and an operation between `meta` and the CPU raises, so
a forgotten `.to(device)` is caught on a machine without any GPU.
"""

from functools import partial

import numpy as np
import pytest
import torch

import nbcourse.torch_nn as nn
from nbcourse.errors import UserError
from nbcourse.torch_nn import device
from nbcourse.twins.cases import FUNCTIONS, LAYERS, SCHEDULES
from nbcourse.twins.lanes import find

DEVICES = ["meta"]
if torch.cuda.is_available():
    DEVICES.append("cuda")
if torch.backends.mps.is_available():
    DEVICES.append("mps")
OPTIMIZERS = ("SGD", "Adagrad", "RMSprop", "Adam", "AdamW")


def _on(x, where):
    dtype = torch.float32 if where == "mps" and x.dtype == np.float64 else None
    return torch.from_numpy(x).to(where, dtype)


@pytest.mark.parametrize("where", DEVICES)
@pytest.mark.parametrize("case", FUNCTIONS, ids=str)
def test_functions_stay_on_the_device(case, where):
    """Result and gradient live where the arguments live."""
    args = [_on(a, where) for a in case.args]
    args[0].requires_grad_()
    value = find(nn, case.name)(*args, **case.options)
    value.sum().backward()

    assert value.device.type == args[0].grad.device.type == where


@pytest.mark.parametrize("where", DEVICES)
@pytest.mark.parametrize("case", LAYERS, ids=str)
def test_layers_stay_on_the_device(case, where):
    """A layer that was moved runs there, forward and backward."""
    layer, x = case.build(nn, np.random.default_rng(0)).to(where), _on(case.x, where)
    if where == "mps":
        layer = layer.float()
    value = layer(x)

    assert value.device.type == where


def _model(where, generator=None):
    rng = np.random.default_rng(0)
    return nn.MLP(
        (4, 6, 3), rng=rng, dropout=0.2, device=where, dtype=torch.float32, generator=generator
    )


@pytest.mark.parametrize("where", DEVICES)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_stays_on_the_device(name, where):
    """An epoch of each optimizer under a schedule leaves loss and weights on the device."""
    model, rng = _model(where), np.random.default_rng(1)
    optimizer = getattr(nn, name)(model.parameters())
    schedule = find(nn, SCHEDULES[-1].name)(optimizer, **SCHEDULES[-1].options)
    x = torch.zeros(20, 4, device=where)
    y = torch.zeros(20, dtype=torch.int64, device=where)
    loss = nn.train_epoch(
        model, x, y, loss=nn.cross_entropy, optimizer=optimizer, batch_size=8, rng=rng,
        schedule=schedule,
    )  # fmt: skip

    assert loss.device.type == where
    assert {p.device.type for p in model.parameters()} == {where}
    assert nn.predict(model, x).device.type == where


@pytest.mark.parametrize("where", DEVICES)
def test_regularization_stays_on_the_device(where):
    """Mixed and moved examples stay where they are, and so does a step with a penalty."""
    rng, x = np.random.default_rng(0), torch.zeros(6, 2, 2, device=where)
    moved = nn.random_shift(x, max_shift=1, rng=rng)
    mixed, t = nn.mixup(moved.reshape(6, 4), torch.ones(6, 3, device=where), alpha=0.2, rng=rng)
    model = _model(where)
    loss = nn.train_step(
        model, mixed, t, loss=partial(nn.cross_entropy, label_smoothing=0.1),
        optimizer=nn.SGD(model.parameters()), penalty=partial(nn.l2_penalty, strength=0.1),
    )  # fmt: skip

    assert {a.device.type for a in (moved, mixed, t, loss)} == {where}
    assert {a.dtype for a in (moved, mixed, t, loss)} == {torch.float32}


def test_data_on_another_device_is_noticed():
    """The planted case: a network on `meta` and data on the CPU do raise."""
    model = _model("meta")
    optimizer = nn.Adam(model.parameters())

    with pytest.raises((RuntimeError, NotImplementedError), match=r"device|meta"):
        nn.train_step(
            model, torch.zeros(2, 4), torch.zeros(2, dtype=torch.int64),
            loss=nn.cross_entropy, optimizer=optimizer,
        )  # fmt: skip


def test_dropout_can_draw_on_the_device():
    """With a generator of its own, dropout draws where it runs, and repeatably."""
    x = torch.ones(4, 1000)
    draws = [
        nn.Dropout(0.3, rng=np.random.default_rng(0), generator=torch.Generator().manual_seed(2))(x)
        for _ in range(2)
    ]

    assert torch.equal(*draws)
    assert 0.6 < float((draws[0] > 0).float().mean()) < 0.8
    assert float(draws[0].max()) == pytest.approx(1 / 0.7)


def test_a_missing_device_is_one_sentence():
    """Asking for a device that is not there names what is there."""
    missing = "mps" if torch.cuda.is_available() else "cuda"

    with pytest.raises(UserError, match=f"no device '{missing}'; it has .*cpu"):
        device.choose(missing)
    assert device.choose("cpu").type == "cpu"
    assert device.choose().type in ("cpu", "cuda", "mps")
