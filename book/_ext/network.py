"""Trains the network that the figure of chapter 12 shows, when its sources have changed.

    python -m book._ext.network

It is the article's network, 784-64-64-10, as chapter 12 trains it with its first seed. Weights as
16-bit numbers, accuracies and some test images go to `_build/live/data/digits_network.json`, from
where `book/_ext/live.py` takes them.
"""

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import nbcourse
import nbcourse.numpy_nn as nn
from nbcourse.data import load_mnist, train_validation_split
from nbcourse.metrics import accuracy

Array = NDArray[Any]

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "_build" / "live" / "data" / "digits_network.json"
SIZES = (784, 64, 64, 10)
N_MISTAKES = 2  # the most confident ones are among the samples
LARGEST = 32767  # of a signed 16-bit number


def sources() -> list[Path]:
    """The files that the weights depend on."""
    package = Path(nbcourse.__file__).parent
    return [
        Path(__file__).resolve(),
        package / "initializers.py",
        package / "loop.py",
        *sorted((package / "data").rglob("*.py")),
        *sorted((package / "data").rglob("*.npz")),
        *sorted((package / "numpy_nn").glob("*.py")),
    ]


def digest() -> str:
    """A digest of all sources."""
    total = hashlib.sha256()
    for file in sources():
        total.update(file.name.encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


def trained() -> tuple[nn.MLP, float]:
    """The network of the article, trained as in chapter 12, and its validation accuracy."""
    digits = load_mnist()
    x, y, x_val, y_val = train_validation_split(
        digits.x_train, digits.y_train, fraction=1 / 6, rng=np.random.default_rng(0)
    )
    rng = np.random.default_rng(0)
    model = nn.MLP(SIZES, rng=rng)
    nn.fit(
        model,
        x.astype(np.float64),
        y,
        loss=nn.cross_entropy,
        optimizer=nn.Adam(model.parameters(), learning_rate=1e-3),
        n_epochs=10,
        batch_size=32,
        rng=rng,
    )
    return model, accuracy(nn.predict(model, x_val.astype(np.float64)), y_val)


def packed(values: Array) -> dict[str, Any]:
    """An array as 16-bit whole numbers times a scale."""
    scale = float(np.abs(values).max()) / LARGEST or 1.0
    whole = np.rint(values / scale).astype("<i2")
    return {
        "shape": list(values.shape),
        "scale": scale,
        "int16": base64.b64encode(whole.tobytes()).decode(),
    }


def unpacked(given: dict[str, Any]) -> Array:
    """The array that `packed` has rounded."""
    whole = np.frombuffer(base64.b64decode(given["int16"]), dtype="<i2")
    return whole.reshape(given["shape"]) * given["scale"]


def model_of(content: dict[str, Any]) -> nn.MLP:
    """The network with the weights of the file."""
    model = nn.MLP(content["sizes"], rng=np.random.default_rng(0))
    nn.set_weights(model, {name: unpacked(each) for name, each in content["weights"].items()})
    return model


def samples(model: nn.MLP) -> dict[str, dict[str, Any]]:
    """The first test image of each digit, and the most confident mistakes."""
    digits = load_mnist()
    p = nn.softmax(nn.predict(model, digits.x_test.astype(np.float64)))
    wrong = np.flatnonzero(p.argmax(axis=1) != digits.y_test)
    surest = wrong[np.argsort(-p[wrong].max(axis=1), kind="stable")][:N_MISTAKES]
    picked = {str(label): int(np.argmax(digits.y_test == label)) for label in range(10)}
    picked |= {f"misread{k}": int(index) for k, index in enumerate(surest, start=1)}
    return {
        name: {
            "label": int(digits.y_test[index]),
            "uint8": base64.b64encode(
                np.rint(255 * digits.x_test[index]).astype(np.uint8).tobytes()
            ).decode(),
        }
        for name, index in picked.items()
    }


def build(target: Path = TARGET) -> bool:
    """Train and write the file unless it is up to date; return whether anything was done."""
    now = digest()
    if target.is_file() and json.loads(target.read_text(encoding="utf-8"))["sources"] == now:
        return False
    model, validation = trained()
    digits = load_mnist()
    content: dict[str, Any] = {
        "sources": now,
        "sizes": list(SIZES),
        "weights": {name: packed(each) for name, each in nn.get_weights(model).items()},
        "validation_accuracy": validation,
        "test_accuracy": accuracy(
            nn.predict(model, digits.x_test.astype(np.float64)), digits.y_test
        ),
    }
    content["samples"] = samples(model_of(content))
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_suffix(f".{os.getpid()}")  # another process may do the same
    beside.write_text(json.dumps(content) + "\n", encoding="utf-8")
    beside.replace(target)
    print(f"network of chapter 12: {100 * validation:.1f} % of the validation digits")
    return True


if __name__ == "__main__":
    build()
