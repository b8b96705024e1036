"""Draw book/images/readme.png, the picture of the README: four things the book shows."""

from pathlib import Path

import numpy as np

import nbcourse.numpy_nn as nn
from nbcourse import plots
from nbcourse.data import load_mnist, train_validation_split, two_moons
from nbcourse.metrics import accuracy, confusion_matrix

PICTURE = Path(__file__).with_suffix(".png")


def decision(ax) -> None:
    """A network of sixteen hidden units tells two moons apart."""
    rng = np.random.default_rng(0)
    x, y = two_moons(200, rng=rng, noise=0.15)
    model = nn.MLP((2, 16, 16, 2), rng=rng)
    optimizer = nn.Adam(model.parameters(), learning_rate=0.01)
    nn.fit(model, x, y, optimizer=optimizer, n_epochs=60, batch_size=20, rng=rng)
    plots.decision_regions(ax, lambda points: model(points).argmax(axis=1), x, y)
    ax.set(title="A network bends a boundary", xticks=[], yticks=[])


def race(ax) -> None:
    """Plain gradient descent and momentum on a narrow valley."""
    curvature = np.array([1.0, 25.0])
    plots.contours(ax, lambda w: 0.5 * (w**2 @ curvature), (-5, 1.5), (-1.6, 1.6))
    for momentum, label in ((0.0, "gradient descent"), (0.8, "with momentum")):
        w = nn.Parameter(np.array([-4.5, 1.3]))
        optimizer = nn.SGD([w], learning_rate=0.035, momentum=momentum)
        path = [w.data.copy()]
        for _ in range(40):
            optimizer.zero_grad()
            w.add_grad(curvature * w.data)
            optimizer.step()
            path.append(w.data.copy())
        ax.plot(*np.array(path).T, marker=".", label=label)
    ax.set(title="Two ways down a valley", xticks=[], yticks=[])
    ax.legend(loc="lower left")


def digits(curves, matrix) -> None:
    """The article's network on the embedded digits: learning curves and confusions."""
    data, runs = load_mnist(), []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        x, y, x_val, y_val = train_validation_split(
            data.x_train, data.y_train, fraction=1 / 6, rng=rng
        )
        model = nn.MLP((784, 64, 64, 10), rng=rng)
        history = nn.fit(
            model, x, y, optimizer=nn.Adam(model.parameters()), n_epochs=10, batch_size=32,
            rng=rng, validation=(x_val, y_val), metrics={"accuracy": accuracy},
        )  # fmt: skip
        runs.append(100 * history["validation_accuracy"])
    plots.band(curves, np.arange(1, 11), np.array(runs), label="three seeds")
    curves.set(title="Learning, with its band", xlabel="epoch", ylabel="validation accuracy (%)")
    counts = confusion_matrix(nn.predict(model, data.x_test), data.y_test, n_classes=10)
    plots.confusion(matrix, counts, data.class_names)
    matrix.set_title("Which digits are confused")


def main(path: Path = PICTURE) -> None:
    """Draw the four panels and save them as one picture."""
    plots.use_course_style()
    fig, axes = plots.subplots(2, 2, width=10, height=7.6)
    decision(axes[0, 0])
    race(axes[0, 1])
    digits(axes[1, 0], axes[1, 1])
    fig.set_facecolor("white")
    fig.savefig(path, dpi=90, facecolor="white")


if __name__ == "__main__":
    main()
