"""The network 784-64-64-10 on MNIST in Keras 3, as it is usually written, with an honest split."""

import argparse
import json
import os
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np

from nbcourse.data import load_mnist, train_validation_split


class Stopwatch(keras.callbacks.Callback):
    """Notes the seconds that the training part of each epoch takes, validation excluded."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        """Training of an epoch begins."""
        self.start = time.perf_counter()

    def on_test_begin(self, logs: object = None) -> None:
        """Validation begins, so the training of this epoch is over."""
        self.seconds.append(time.perf_counter() - self.start)

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        """The epoch is over; without validation, so is its training only now."""
        if len(self.seconds) == epoch:
            self.seconds.append(time.perf_counter() - self.start)


def build() -> keras.Model:
    """Return the compiled network: two hidden layers of 64 ReLU units, softmax, Adam."""
    model = keras.Sequential(
        [
            keras.Input((784,)),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    loss = keras.losses.CategoricalCrossentropy()
    model.compile(optimizer=keras.optimizers.Adam(), loss=loss, metrics=["accuracy"])
    return model


def run(*, n_epochs: int, seed: int, held_out: float = 1 / 12) -> dict[str, Any]:
    """Train on full MNIST, choose nothing by the test set, and judge on it once at the end."""
    keras.utils.set_random_seed(seed)
    digits, one_hot = load_mnist(full=True), keras.utils.to_categorical
    x, y, validation = digits.x_train, digits.y_train, None
    if held_out:
        rng = np.random.default_rng(seed)
        x, y, x_val, y_val = train_validation_split(x, y, fraction=held_out, rng=rng)
        validation = (x_val, one_hot(y_val, 10))
    model, watch = build(), Stopwatch()
    history = model.fit(
        x,
        one_hot(y, 10),
        batch_size=32,
        epochs=n_epochs,
        validation_data=validation,
        callbacks=[watch],
        verbose=0,
    )
    _, test_accuracy = model.evaluate(digits.x_test, one_hot(digits.y_test, 10), verbose=0)
    return {
        "name": f"Keras on {keras.backend.backend()}",
        "versions": {name: version(name) for name in ("keras", keras.backend.backend())},
        "n_train": len(x),
        "seed": seed,
        "seconds_per_epoch": watch.seconds,
        "validation_accuracy": history.history.get("val_accuracy"),
        "test_accuracy": float(test_accuracy),
    }


def main() -> None:
    """Parse the options, run, print the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with the four files of MNIST")
    parser.add_argument("--epochs", type=int, default=10, help="times through the training data")
    parser.add_argument("--seed", type=int, default=0, help="seed of split, weights and order")
    parser.add_argument(
        "--held-out", type=float, default=1 / 12, help="share for validation; 0 trains on all"
    )
    parser.add_argument("--json", type=Path, help="write the result to this file as well")
    options = parser.parse_args()
    if options.data:
        os.environ["NBCOURSE_DATA"] = str(options.data)
    result = run(n_epochs=options.epochs, seed=options.seed, held_out=options.held_out)
    text = json.dumps(result, indent=1)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
