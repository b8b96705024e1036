"""Exercise: the whole experiment: train a network, score every epoch, keep the best weights."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from nbcourse import metrics
from nbcourse import numpy_nn as nn
from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.data import load_mnist
from nbcourse.exercises.mnist import confusion_matrix, drivers, macro_f1, train_epoch

Array = NDArray[Any]
Rng = np.random.Generator
Sizes = tuple[int, int, int]
Weights = tuple[Array, ...]  # W1, b1, W2, b2
Trained = tuple[Weights, Array]

_WEIGHTS = "double"  # float64 whatever the images are, so there is no float32 to try


class _Options(TypedDict):
    sizes: Sizes
    validation: tuple[Array, Array]
    learning_rate: float
    n_epochs: int
    batch_size: int
    rng: Rng


def _reference(x: Array, labels: Array, **options: Unpack[_Options]) -> Trained:
    """The package's own network, optimizer, epochs and score."""
    model = nn.MLP(options["sizes"], rng=options["rng"])
    sgd = nn.SGD(model.parameters())
    sgd.learning_rate = options["learning_rate"]  # the constructor would refuse 0
    batches: dict[str, Any] = {"batch_size": options["batch_size"], "rng": options["rng"]}
    x_val, labels_val = options["validation"]
    kept, scores = [], []
    for _ in range(options["n_epochs"]):
        nn.train_epoch(model, x, labels, loss=nn.cross_entropy, optimizer=sgd, **batches)
        kept.append(tuple(p.data.copy() for p in model.parameters()))
        outputs = nn.predict(model, x_val)
        scores.append(metrics.macro_f1(outputs, labels_val, n_classes=options["sizes"][2]))
    return kept[int(np.argmax(scores))], np.array(scores)


def _start(sizes: Sizes, rng: Rng, power: float = 0.5) -> Weights:
    n_in, n_hidden, n_out = sizes
    W1 = rng.normal(0, (2 / n_in) ** power, size=(n_in, n_hidden))
    W2 = rng.normal(0, (2 / n_hidden) ** power, size=(n_hidden, n_out))
    return W1, np.zeros(n_hidden), W2, np.zeros(n_out)


def _epoch(weights: Weights, x: Array, labels: Array, o: _Options, k: int = 0) -> Weights:
    """One epoch, by an answer to the exercise before."""
    options = {"learning_rate": o["learning_rate"], "batch_size": o["batch_size"], "rng": o["rng"]}
    return train_epoch.EXERCISE.solutions[k](weights, x, labels, **options)


def _classes(weights: Weights, x: Array) -> Array:
    W1, b1, W2, b2 = weights
    return (np.maximum(x @ W1 + b1, 0) @ W2 + b2).argmax(axis=1)


def _score(weights: Weights, x: Array, labels: Array, k: int = 0) -> float:
    """Macro F1, by answers to two exercises before."""
    count, score = (module.EXERCISE.solutions[k] for module in (confusion_matrix, macro_f1))
    return float(score(count(_classes(weights, x), labels, n_classes=len(weights[3]))))


def _train(
    x: Array,
    labels: Array,
    *,
    start: Callable[..., Weights] = _start,
    epoch: Callable[..., Weights] = _epoch,
    score: Callable[..., float] = _score,
    choose: Callable[[list[float]], Any] = np.argmax,
    **options: Unpack[_Options],
) -> Trained:
    """The training with its parts open, for the mistakes below."""
    weights = start(options["sizes"], options["rng"])
    kept, scores = [], []
    for _ in range(options["n_epochs"]):
        weights = epoch(weights, x, labels, options)
        kept.append(weights)
        scores.append(score(weights, *options["validation"]))
    return kept[int(choose(scores))], np.array(scores)


def _epoch_by_epoch(x: Array, labels: Array, **options: Unpack[_Options]) -> Trained:
    return _train(x, labels, **options)


def _training_first(x: Array, labels: Array, **options: Unpack[_Options]) -> Trained:
    """All epochs first, then all scores, with other answers to the exercises before."""

    def after(weights: Weights, n_epochs: int) -> list[Weights]:
        now = _epoch(weights, x, labels, options, k=1)
        return [now, *(after(now, n_epochs - 1) if n_epochs > 1 else [])]

    kept = after(_start(options["sizes"], options["rng"]), options["n_epochs"])
    scores = [_score(weights, *options["validation"], k=1) for weights in kept]
    return max(zip(kept, scores, strict=True), key=lambda pair: pair[1])[0], np.array(scores)


@mutant(
    "These are the weights of the last epoch, not of the best. If you did keep the best ones: "
    "later steps may have changed them in place, so keep copies."
)
def _last_weights(x: Array, labels: Array, **options: Unpack[_Options]) -> Trained:
    return _train(x, labels, choose=lambda scores: len(scores) - 1, **options)


@mutant("Of epochs with equal scores you keep the last; keep the first (compare with >, not >=).")
def _last_of_equals(x: Array, labels: Array, **options: Unpack[_Options]) -> Trained:
    return _train(x, labels, choose=lambda s: len(s) - 1 - np.argmax(s[::-1]), **options)


@mutant(
    "All weights start at 0, so the hidden units get no gradient and never learn. Only the biases "
    "start at 0."
)
def _starts_at_zero(x: Array, labels: Array, **options: Unpack[_Options]) -> Trained:
    return _train(x, labels, start=lambda *a: tuple(0 * w for w in _start(*a)), **options)


@mutant("2 / n_in is the variance of the first weights; rng.normal wants its square root.")
def _variance(x: Array, labels: Array, **options: Unpack[_Options]) -> Trained:
    return _train(x, labels, start=lambda sizes, rng: _start(sizes, rng, 1.0), **options)


@mutant(
    "Your network never moves on: train_epoch returns new weights and leaves the old ones alone, "
    "so assign its result."
)
def _forgets_result(x: Array, labels: Array, **options: Unpack[_Options]) -> Trained:
    return _train(x, labels, epoch=lambda *a: _epoch(*a) and a[0], **options)


@mutant(
    "Every epoch gets a generator that you made yourself, with the same seed, and so the same "
    "order. Hand the one rng on to every epoch."
)
def _same_order(x: Array, labels: Array, **options: Unpack[_Options]) -> Trained:
    def epoch(weights: Weights, x: Array, labels: Array, o: _Options) -> Weights:
        return _epoch(weights, x, labels, {**o, "rng": np.random.default_rng(0)})

    return _train(x, labels, epoch=epoch, **options)


@mutant("Your scores are those of the training images; score the validation part.")
def _scores_training(x: Array, labels: Array, **options: Unpack[_Options]) -> Trained:
    options["validation"] = x, labels
    return _train(x, labels, **options)


@mutant("You train on the validation images too, so their score says nothing about new images.")
def _trains_on_all(x: Array, labels: Array, **options: Unpack[_Options]) -> Trained:
    x_val, labels_val = options["validation"]
    return _train(np.concatenate([x, x_val]), np.concatenate([labels, labels_val]), **options)


@mutant("Your scores are accuracies; the score is macro_f1 of the confusion matrix.")
def _accuracy(x: Array, labels: Array, **options: Unpack[_Options]) -> Trained:
    return _train(x, labels, score=lambda w, x, y: np.mean(_classes(w, x) == y), **options)


@cache
def _digits() -> tuple[Array, Array]:
    """The embedded digits at half their size, (6000, 14 * 14), and their labels."""
    data = load_mnist()
    small = data.x_train.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4), dtype=np.float64)
    return small.reshape(-1, 196), data.y_train


def _options(rng: Rng, x_val: Array, labels_val: Array, **options: Any) -> dict[str, Any]:
    return {"validation": (x_val, labels_val), "seed": int(rng.integers(2**32)), **options}


def _black_images() -> Given:
    pair = np.zeros((4, 3)), np.array([0, 0, 1, 2])
    rates = {"learning_rate": 0.0, "n_epochs": 2, "batch_size": 2, "seed": 0}
    return given(np.eye(3), np.arange(3), sizes=(3, 4, 3), validation=pair, **rates)


def _small(rng: Rng) -> Given:
    """A run in which one epoch before the last is clearly the best, and a batch is not full."""
    for _ in range(200):
        n, n_val, n_in = int(rng.choice([11, 13, 17])), int(rng.integers(9, 14)), 5
        x, x_val = rng.normal(size=(n, n_in)), rng.normal(size=(n_val, n_in))
        labels, labels_val = rng.integers(3, size=n), rng.choice(3, size=n_val, p=(0.6, 0.3, 0.1))
        options = _options(rng, x_val, labels_val, sizes=(n_in, int(rng.integers(3, 6)), 3))
        case = given(x, labels, **options, learning_rate=0.5, n_epochs=5, batch_size=4)
        scores = drivers.scores_only(_reference, *case.args, **case.kwargs)
        if scores[:-1].max() > scores[-1] and np.sum(scores > scores.max() - 1e-6) == 1:
            break
    return case


def _easy(rng: Rng) -> Given:
    """Three far clouds, which several epochs get all right."""
    for _ in range(200):
        y, y_val = rng.permutation(np.arange(9) % 3), np.array([0, 1, 2, 2])
        x, x_val = (4 * np.eye(3)[k] + rng.normal(0, 0.3, (len(k), 3)) for k in (y, y_val))
        options = _options(rng, x_val, y_val, sizes=(3, 6, 3), learning_rate=0.3)
        case = given(x, y, **options, n_epochs=6, batch_size=3)
        scores = drivers.scores_only(_reference, *case.args, **case.kwargs)
        if np.sum(scores == 1) > 1:
            break
    return case


def _one_example(rng: Rng) -> Given:
    sizes, labels = (int(rng.integers(1, 4)), 1, 2), rng.integers(2, size=(2, 1))
    x, x_val = rng.normal(size=(2, 1, sizes[0]))
    options = _options(rng, x_val, labels[1], sizes=sizes)
    return given(x, labels[0], **options, learning_rate=0.1, n_epochs=1, batch_size=1)


def _some_digits(rng: Rng) -> Given:
    """1,000 images sorted by class, as some files are; 200 to validate, 1,000 for the judge."""
    x, labels = _digits()
    train, val, unseen = np.split(rng.permutation(len(x))[:2200], [1000, 1200])
    train = train[np.argsort(labels[train], kind="stable")]
    options = {"sizes": (196, 32, 10), "learning_rate": 0.2, "n_epochs": 10, "batch_size": 20}
    seeds = [int(seed) for seed in rng.integers(2**32, size=3)]
    pair = x[val], labels[val]
    return given(x[train], labels[train], validation=pair, unseen=unseen, seeds=seeds, **options)


def _reads_digits(value: list[Weights], x: Array, labels: Array, **options: Any) -> str | None:
    images, right = (array[options["unseen"]] for array in _digits())
    share = np.mean([_classes(weights, images) == right for weights in value])
    if not share >= 0.8:
        return f"three networks read {share:.1%} of 1,000 new digits, wanted at least 80 %"
    return None


EXERCISE = Exercise(
    name="train",
    number=7,
    signature="train(x, labels, *, sizes, validation, learning_rate, n_epochs, batch_size, rng)",
    statement=(
        "(weights, scores): the weights (W1, b1, W2, b2) after the epoch with the best macro F1 on "
        "the validation part, and the macro F1 after each epoch, (n_epochs,)."
    ),
    stars=3,
    minutes=40,
    points={"contract": 2, "known answers": 3, "properties": 8, "training": 7},
    reference=_reference,
    solutions=(_epoch_by_epoch, _training_first),
    mutants=(
        _last_weights,
        _last_of_equals,
        _starts_at_zero,
        _variance,
        _forgets_result,
        _same_order,
        _scores_training,
        _trains_on_all,
        _accuracy,
    ),
    hints=(
        "Three parts: draw the first weights; in each epoch, train and score; return the best. "
        "Your train_epoch, confusion_matrix and macro_f1 do most of it.",
        "W1 is rng.normal(0, sqrt(2 / n_in), (n_in, n_hidden)), then W2 likewise with n_hidden; "
        "the biases are zeros. Draw nothing else: train_epoch gets the same rng every time.",
        "After weights = train_epoch(weights, ...): logits of the validation images, argmax over "
        "the classes, matrix, score. If it is higher than every score in the list so far, keep "
        "copies of the weights; append it.",
    ),
    checks=(
        known(
            "black images and no step: class 0 for all",
            _black_images(),
            np.array([2 / 9, 2 / 9]),  # (2/3 + 0 + 0) / 3
            driver=drivers.scores_only,
        ),
        agrees("weights and scores of a short run", _small, driver=drivers.trained, dtype=_WEIGHTS),
        agrees("of equal scores the first", _easy, driver=drivers.trained, dtype=_WEIGHTS),
        agrees("one image, one hidden unit", _one_example, driver=drivers.trained, dtype=_WEIGHTS),
        holds(
            "at least 80 % of new digits, mean of three seeds",
            _some_digits,
            _reads_digits,
            group="training",
            cases=1,
            driver=drivers.trained_on_seeds,
            seconds=5.0,
        ),
    ),
    builds_on=("train_epoch", "confusion_matrix", "macro_f1"),
    keeps_dtype=False,  # weights are drawn in float64
)
