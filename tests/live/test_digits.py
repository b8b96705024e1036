"""The network of chapter 12's figure is the one that nbcourse trains."""

import gzip
import json
import shutil

import numpy as np
import pytest

import nbcourse.numpy_nn as nn
from book._ext import network
from book._ext.node import node
from nbcourse.data import load_mnist
from nbcourse.metrics import accuracy
from tests.live.conftest import FIGURES, live_data, run

STEPS = """
import figure from "{figure}";
import {{ initial }} from "{state}";
let state = initial(figure);
for (const [name, ...given] of {steps}) state = figure.surface[name](state, ...given) ?? state;
console.log(JSON.stringify(state));
"""


@pytest.fixture(scope="module")
def data():
    """The data of the figure."""
    return live_data("digits_network")


def sample(data, name):
    """A sample image, (28, 28)."""
    content = network.base64.b64decode(data["samples"][name]["uint8"])
    return np.frombuffer(content, np.uint8).reshape(28, 28) / 255


def lines(ink, zoom):
    """Shares (28, 28) of the old lines in each new one, for the ink in each old line."""
    first = np.flatnonzero(ink)[0]
    mass = np.sum(ink * zoom * (np.arange(28) + 0.5 - first)) / ink.sum()
    offset = np.ceil(14 - mass)
    low = ((np.arange(28) - offset) / zoom + first)[:, None]
    old = np.arange(28)
    return zoom * np.clip(np.minimum(low + 1 / zoom, old + 1) - np.maximum(low, old), 0, None)


def centered(image):
    """An image scaled into a box of 20 pixels, its center of mass in the middle."""
    ink = image.sum(axis=1), image.sum(axis=0)
    longest = max(np.ptp(np.flatnonzero(each)) + 1 for each in ink)
    rows, columns = (lines(each, 20 / longest) for each in ink)
    return rows @ image @ columns.T


def moved(image, down, right):
    """An image moved by whole pixels, with black coming in."""
    wide = np.pad(image, 10)
    return wide[10 - down : 38 - down, 10 - right : 38 - right]


def random_pads(rng, n):
    """Drawings of a few rectangles in different grays."""
    for _ in range(n):
        pad = np.zeros((28, 28))
        for _ in range(3):
            top, left = rng.integers(0, 24, size=2)
            height, width = rng.integers(1, 12, size=2)
            pad[top : top + height, left : left + width] = round(float(rng.uniform(0.1, 1)), 2)
        yield pad


def cases(data):
    """States, and the image on the pad of each."""
    rng = np.random.default_rng(0)
    found = []
    for name in data["samples"]:
        down, right = (int(each) for each in rng.integers(-6, 7, size=2))
        state = {"sample": name, "down": down, "right": right}
        found.append((state, moved(sample(data, name), down, right)))
    found += [({"pad": pad.ravel().tolist()}, pad) for pad in random_pads(rng, 8)]
    return [({**state, "center": on}, image) for state, image in found for on in (True, False)]


def farthest(found, image, center, model):
    """The largest difference in what the figure shows of one image."""
    seen = centered(image) if center else image
    x, layers = seen.reshape(1, 784), []
    for layer in model.layers:
        x = layer(x)
        layers.append(x[0])
    pairs = (
        (found["pad"], image.ravel()),
        (found["seen"], seen.ravel()),
        (found["hidden"][0], layers[1]),
        (found["hidden"][1], layers[3]),
        (found["logits"], layers[4]),
        (found["probabilities"], nn.softmax(layers[4][None])[0]),
    )
    return max(np.abs(np.array(ours) - theirs).max() for ours, theirs in pairs)


def test_activations_are_those_of_the_package(compute, data):
    """Pad, input, hidden units, logits and probabilities, for samples and random pads."""
    model = network.model_of(data)
    states, images = zip(*cases(data), strict=True)
    for state, image, found in zip(states, images, compute("digits", states, data), strict=True):
        assert farthest(found, image, state["center"], model) < 1e-6
        assert found["answer"] == np.argmax(found["logits"])


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("x[i] * W[i * outputs + j]", "x[i] * W[j * inputs + i]"),
        ("Math.ceil(MIDDLE - mass)", "Math.floor(MIDDLE - mass)"),
        ("(k % SIDE) - right", "(k % SIDE) + right"),
    ],
)
def test_a_wrong_pass_is_noticed(planted, data, right, wrong):
    """The planted cases: weights in the wrong order, off by a pixel, the wrong way."""
    copy, model = planted("digits", right, wrong), network.model_of(data)
    states, images = zip(*cases(data), strict=True)
    found = [each["numbers"] for each in run(copy, states, data)["found"]]
    gaps = [
        farthest(each, image, state["center"], model)
        for each, image, state in zip(found, images, states, strict=True)
    ]
    assert max(gaps) > 0.01


def test_empty_pad_shows_no_numbers(compute, data):
    """The first state is the same with the data and without, and so is a pad of zeros."""
    blank = {"pad": [0.0] * 784}
    with_data, without = (compute("digits", [{}, blank], each) for each in (data, None))
    assert with_data == without
    assert all(each["empty"] and "logits" not in each for each in with_data)


def test_rounded_weights_read_as_well(data):
    """The network of the file is at most half a point worse on the test digits."""
    digits = load_mnist()
    x = digits.x_test.astype(float)
    rounded = accuracy(nn.predict(network.model_of(data), x), digits.y_test)
    assert rounded > data["test_accuracy"] - 0.005
    assert data["validation_accuracy"] > 0.92
    coarse = {
        name: {**each, "int16": network.packed(np.sign(network.unpacked(each)))["int16"]}
        for name, each in data["weights"].items()
    }  # the planted case: only the signs are kept
    worse = network.model_of({**data, "weights": coarse})
    assert accuracy(nn.predict(worse, x), digits.y_test) < data["test_accuracy"] - 0.005


def test_centering_keeps_what_is_centered():
    """The digits of MNIST stay as they are, to the pixel, and come back when they were moved."""
    images = load_mnist().x_test[::10].reshape(-1, 28, 28).astype(float)
    whole = 0
    for image in images:
        np.testing.assert_allclose(centered(image), image, atol=1e-9)
        elsewhere = moved(image, 2, -2)
        if np.count_nonzero(elsewhere) == np.count_nonzero(image):  # nothing left the pad
            np.testing.assert_allclose(centered(elsewhere), image, atol=1e-9)
            whole += 1
    assert whole > len(images) / 2


def test_file_is_small_and_its_samples_are_as_named(data):
    """Under 250 KB when packed; a digit for each name, and mistakes that are mistakes."""
    packed = gzip.compress(json.dumps(data).encode())
    assert len(packed) < 250_000
    model = network.model_of(data)
    for name, each in data["samples"].items():
        read = int(model(sample(data, name).reshape(1, 784)).argmax())
        if name.isdecimal():
            assert each["label"] == int(name)
        else:
            assert read != each["label"]


def test_build_trains_only_when_a_source_changed(tmp_path, monkeypatch):
    """The digest of the sources decides."""
    fresh = nn.MLP(network.SIZES, rng=np.random.default_rng(1))
    calls = []
    monkeypatch.setattr(network, "trained", lambda: calls.append(1) or (fresh, 0.1))
    target = tmp_path / "data" / "digits_network.json"
    assert network.build(target)
    assert not network.build(target)
    other = tmp_path / "other.py"
    shutil.copy(network.__file__, other)
    monkeypatch.setattr(network, "sources", lambda: [other])
    assert network.build(target)
    assert not network.build(target)
    other.write_text("changed", encoding="utf-8")
    assert network.build(target)
    assert len(calls) == 3
    assert [each.name for each in target.parent.iterdir()] == [target.name]


def test_address_leaves_the_drawing_out(data):
    """784 numbers are too long for an address; what one chose is in it."""
    (found,) = run(
        FIGURES / "digits.mjs", [{"pad": [0.5] * 784, "cursor": [1, 2], "down": 3}], data
    )["found"]
    assert found["search"] == "?other=1&digits.down=3"
    assert found["again"] == {**found["state"], "pad": [], "cursor": []}


def drawn(steps):
    """The state after pointer and keys."""
    code = STEPS.format(
        figure=(FIGURES / "digits.mjs").as_uri(),
        state=(FIGURES.parent / "kit" / "state.mjs").as_uri(),
        steps=json.dumps(steps),
    )
    state = json.loads(node("--input-type=module", "-e", code))
    state["pad"] = np.array(state["pad"]).reshape(-1, 28)
    return state


def test_pointer_draws_a_line():
    """A stroke has no gaps however far the pointer jumps."""
    state = drawn([["pointer", 32, 48, "down"], ["pointer", 212, 48, "move"]])
    assert np.all(state["pad"][2, 3:25] == 1)
    assert np.all(state["pad"][6:] == 0)


def test_keys_draw_and_erase():
    """Arrows move the cursor, Space draws there, Delete erases, other keys are not taken."""
    keys = ["ArrowUp", "ArrowLeft", " ", "Tab"]
    state = drawn([["key", key] for key in keys])
    assert state["cursor"] == [13, 13]
    assert state["pad"][13, 13] == 1
    state = drawn([["key", key] for key in [*keys, "Delete"]])
    assert state["pad"].max() == 0
