"""Exercise: the expected error of a way to learn, split into bias, variance and noise."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, Tolerance, agrees, given, holds, known, mutant

Array = NDArray[Any]
Rng = np.random.Generator
Parts = tuple[Any, Any, Any]  # squared bias, variance, error


def _reference(predictions: Array, truth: Array, *, noise_variance: float) -> Parts:
    squared_bias = np.mean((predictions.mean(axis=0) - truth) ** 2)
    variance = predictions.var(axis=0).mean()
    return squared_bias, variance, squared_bias + variance + noise_variance


def _with_deviations(predictions: Array, truth: Array, *, noise_variance: float) -> Parts:
    mean = predictions.mean(axis=0)
    variance = np.mean((predictions - mean) ** 2)
    error = np.mean((predictions - truth) ** 2) + noise_variance
    return np.mean((truth - mean) ** 2), variance, error


def _with_loops(predictions: Array, truth: Array, *, noise_variance: float) -> Parts:
    n_models, n_points = predictions.shape
    squared_bias = variance = 0.0
    for column, right in zip(predictions.T.tolist(), truth.tolist(), strict=True):
        mean = sum(column) / n_models
        squared_bias += (mean - right) ** 2 / n_points
        variance += sum((p - mean) ** 2 for p in column) / n_models / n_points
    return squared_bias, variance, squared_bias + variance + noise_variance


def _with_pairs(predictions: Array, truth: Array, *, noise_variance: float) -> Parts:
    """The variance is half the mean squared difference of two models."""
    pairs = predictions[:, None] - predictions[None]
    variance = np.mean(pairs**2) / 2
    error = np.mean(np.square(predictions - truth)) + noise_variance
    bias = np.einsum("mp->p", predictions - truth) / len(predictions)
    return np.dot(bias, bias) / len(truth), variance, error


def _sum_up(squared_bias: Any, variance: Any, noise_variance: float) -> Parts:
    return squared_bias, variance, squared_bias + variance + noise_variance


def _squared_bias(predictions: Array, truth: Array) -> Any:
    return np.mean((predictions.mean(axis=0) - truth) ** 2)


@mutant(
    "Your variance divides by n_models - 1. The models are all there is here: divide by n_models, "
    "or the three parts do not add up to the error that is measured."
)
def _divides_by_less(predictions: Array, truth: Array, *, noise_variance: float) -> Parts:
    variance = predictions.var(axis=0, ddof=1).mean()
    return _sum_up(_squared_bias(predictions, truth), variance, noise_variance)


@mutant("The bias is not squared: positive and negative biases cancel, and the units do not fit.")
def _forgets_square(predictions: Array, truth: Array, *, noise_variance: float) -> Parts:
    bias = np.mean(predictions.mean(axis=0) - truth)
    return _sum_up(bias, predictions.var(axis=0).mean(), noise_variance)


@mutant("Square the bias at each point, and average then. You average first, and biases cancel.")
def _averages_first(predictions: Array, truth: Array, *, noise_variance: float) -> Parts:
    squared_bias = np.mean(predictions - truth) ** 2
    return _sum_up(squared_bias, predictions.var(axis=0).mean(), noise_variance)


@mutant(
    "Your bias is the mean squared error of the single models, and holds the variance already. "
    "Average the predictions first, then compare with the truth."
)
def _bias_of_each(predictions: Array, truth: Array, *, noise_variance: float) -> Parts:
    squared_bias = np.mean((predictions - truth) ** 2)
    return _sum_up(squared_bias, predictions.var(axis=0).mean(), noise_variance)


@mutant(
    "Your variance is that over the points of one model. It is the models that vary, at each "
    "point: axis 0."
)
def _varies_over_points(predictions: Array, truth: Array, *, noise_variance: float) -> Parts:
    variance = predictions.var(axis=1).mean()
    return _sum_up(_squared_bias(predictions, truth), variance, noise_variance)


@mutant("Both averages run along the wrong axis: a row is a model, so average over axis 0.")
def _wrong_axis(predictions: Array, truth: Array, *, noise_variance: float) -> Parts:
    squared_bias = np.mean((predictions.mean(axis=1) - truth) ** 2)
    return _sum_up(squared_bias, predictions.var(axis=1).mean(), noise_variance)


@mutant("Your variance is that of all predictions in one heap: take it at each point for itself.")
def _one_heap(predictions: Array, truth: Array, *, noise_variance: float) -> Parts:
    return _sum_up(_squared_bias(predictions, truth), predictions.var(), noise_variance)


@mutant("You return the standard deviation: the parts add up as squares only, so take variances.")
def _takes_root(predictions: Array, truth: Array, *, noise_variance: float) -> Parts:
    deviation = predictions.std(axis=0).mean()
    return _sum_up(_squared_bias(predictions, truth), deviation, noise_variance)


@mutant("The noise is missing in the error: targets scatter about the truth, whatever the model.")
def _forgets_noise(predictions: Array, truth: Array, *, noise_variance: float) -> Parts:
    variance = predictions.var(axis=0).mean()
    return _sum_up(_squared_bias(predictions, truth), variance, 0)


@mutant("The noise is added twice: once to a part, and once more to the error.")
def _noise_twice(predictions: Array, truth: Array, *, noise_variance: float) -> Parts:
    variance = predictions.var(axis=0).mean()
    return _sum_up(_squared_bias(predictions, truth), variance, 2 * noise_variance)


@mutant(
    "Your variance holds the noise of the targets: it is that of the models alone. The noise joins "
    "in the error."
)
def _noise_in_variance(predictions: Array, truth: Array, *, noise_variance: float) -> Parts:
    variance = predictions.var(axis=0).mean() + noise_variance
    return _sum_up(_squared_bias(predictions, truth), variance, 0)


@mutant("You return a number for each point: average all three over the points.")
def _keeps_points(predictions: Array, truth: Array, *, noise_variance: float) -> Parts:
    squared_bias = (predictions.mean(axis=0) - truth) ** 2
    return _sum_up(squared_bias, predictions.var(axis=0), noise_variance)


@mutant("noise_variance is a square already: add it as it is.")
def _squares_noise(predictions: Array, truth: Array, *, noise_variance: float) -> Parts:
    variance = predictions.var(axis=0).mean()
    return _sum_up(_squared_bias(predictions, truth), variance, noise_variance**2)


@mutant(
    "Your error is that of the average of all models, which lacks the variance: it is one model "
    "that will be used, and it is one of many."
)
def _error_of_average(predictions: Array, truth: Array, *, noise_variance: float) -> Parts:
    squared_bias = _squared_bias(predictions, truth)
    return squared_bias, predictions.var(axis=0).mean(), squared_bias + noise_variance


@mutant("You sum over the points: average over them.")
def _sums_points(predictions: Array, truth: Array, *, noise_variance: float) -> Parts:
    bias = predictions.mean(axis=0) - truth
    return _sum_up(np.sum(bias**2), predictions.var(axis=0).sum(), noise_variance)


@mutant(
    "The mean of the squares minus the square of the mean loses its digits when the predictions "
    "are large and close to each other: square the deviations from the mean."
)
def _cancels(predictions: Array, truth: Array, *, noise_variance: float) -> Parts:
    means = predictions.mean(axis=0)
    variance = np.mean(np.mean(predictions**2, axis=0) - means**2)
    return _sum_up(_squared_bias(predictions, truth), variance, noise_variance)


@mutant("The parts come in the wrong order: squared bias, variance, error.")
def _wrong_order(predictions: Array, truth: Array, *, noise_variance: float) -> Parts:
    squared_bias, variance, error = _reference(predictions, truth, noise_variance=noise_variance)
    return variance, squared_bias, error


def _case(rng: Rng, n_models: int, n_points: int) -> Given:
    truth = 2 * rng.normal(size=n_points)
    bias, spread = rng.normal(size=n_points), rng.uniform(0.5, 2, size=n_points)
    predictions = truth + bias + spread * rng.normal(size=(n_models, n_points))
    return given(predictions, truth, noise_variance=round(float(rng.uniform(0.2, 0.8)), 3))


def _draw(rng: Rng) -> Given:
    return _case(rng, *(int(k) for k in rng.permutation([3, 4, 5, 6, 7])[:2]))


def _square(rng: Rng) -> Given:
    return _case(rng, 5, 5)


def _one_model(rng: Rng) -> Given:
    return _case(rng, 1, int(rng.integers(2, 6)))


def _one_point(rng: Rng) -> Given:
    return _case(rng, int(rng.integers(2, 6)), 1)


def _high_up(rng: Rng) -> Given:
    case = _case(rng, 6, 4)
    predictions, truth = case.args
    return given(predictions + 1e6, truth + 1e6, noise_variance=0.0)


def _polynomials(rng: Rng) -> Given:
    """Polynomials of one degree, each fitted to a sample of its own from one noisy curve."""
    x, degree = np.linspace(-1, 1, 15), int(rng.choice([1, 3, 6]))
    truth = np.sin(3 * x)
    fits = []
    for _ in range(40):
        where = rng.uniform(-1, 1, size=20)
        targets = np.sin(3 * where) + 0.3 * rng.normal(size=20)
        fits.append(np.polyval(np.polyfit(where, targets, degree), x))
    return given(np.array(fits), truth, noise_variance=0.09)


def _adds_up(
    value: Parts, predictions: Array, truth: Array, *, noise_variance: float
) -> str | None:
    squared_bias, variance, error = value
    if not abs(squared_bias + variance + noise_variance - error) <= 1e-8 * max(1, abs(error)):
        total = squared_bias + variance + noise_variance
        return f"bias, variance and noise add up to {total:.6g}, your error is {error:.6g}"
    measured = np.mean((predictions - truth) ** 2) + noise_variance
    if not abs(error - measured) <= 1e-8 * max(1, measured):
        return f"the models err by {measured:.6g} on average, your error is {error:.6g}"
    return None


EXERCISE = Exercise(
    name="bias_variance",
    number=6,
    signature="bias_variance(predictions, truth, *, noise_variance)",
    statement=(
        "(squared bias, variance, expected squared error), three numbers averaged over the "
        "points, from predictions (n_models, n_points) and the truth (n_points,) without noise."
    ),
    stars=2,
    minutes=25,
    points={"contract": 1, "known answers": 3, "properties": 5, "stability": 1},
    reference=_reference,
    solutions=(_with_deviations, _with_loops, _with_pairs),
    mutants=(
        _divides_by_less,
        _forgets_square,
        _averages_first,
        _bias_of_each,
        _varies_over_points,
        _wrong_axis,
        _one_heap,
        _takes_root,
        _forgets_noise,
        _noise_twice,
        _noise_in_variance,
        _keeps_points,
        _squares_noise,
        _error_of_average,
        _sums_points,
        _cancels,
        _wrong_order,
    ),
    hints=(
        "Think of one point, that is, of one column: the models predict one number each. Their "
        "mean has a distance to the truth, and they scatter about their mean.",
        "Average over the models, axis 0, to get the mean prediction at each point. The squared "
        "bias and the variance are numbers a point at first; the average over the points is last.",
        "squared_bias is the mean of (predictions.mean(axis=0) - truth)**2, variance the mean of "
        "predictions.var(axis=0). The error is their sum plus the noise, which nobody can predict.",
    ),
    checks=(
        known(
            "two models at two points, worked by hand",
            given(np.array([[1.0, 4.0], [3.0, 8.0]]), np.array([1.0, 7.0]), noise_variance=0.5),
            (1.0, 2.5, 4.0),
        ),
        known(
            "a single model has no variance",
            given(np.array([[2.0, 5.0]]), np.array([1.0, 7.0]), noise_variance=0.0),
            (2.5, 0.0, 2.5),
        ),
        agrees("the parts are right for random predictions", _draw, cases=4),
        agrees("as many models as points, where no shape warns", _square, cases=2),
        agrees("a single model at random", _one_model, cases=1),
        agrees("a single point", _one_point, cases=1),
        agrees("polynomials fitted to 40 samples", _polynomials, cases=2),
        holds("the parts add up to what is measured", _draw, _adds_up),
        agrees(
            "predictions near a million",
            _high_up,
            group="stability",
            tolerance=Tolerance(factor=2.0**20),
        ),
    ),
)
