"""Exercise: look for good settings at random, on a logarithmic scale, by validation alone."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.exercises.mnist import drivers

Array = NDArray[Any]
Rng = np.random.Generator
Settings = dict[str, float]
Evaluate = Callable[[Settings, str], float]
Space = Mapping[str, tuple[float, float]]
Found = tuple[Settings | None, float]

_NAMES = ("learning_rate", "weight_decay", "noise", "init_scale")
_TENTH = {"validation": [-1.0], "test": [-2.0]}  # peaks at 0.1 and 0.01


def _with_logs(evaluate: Evaluate, space: Space, *, budget: int, rng: Rng) -> Found:
    best, best_score = {}, -math.inf
    for _ in range(budget):
        settings = {
            name: math.exp(rng.uniform(math.log(low), math.log(high)))
            for name, (low, high) in space.items()
        }
        score = evaluate(settings, "validation")
        if score > best_score:
            best, best_score = settings, score
    return best, best_score


def _with_ratios(evaluate: Evaluate, space: Space, *, budget: int, rng: Rng) -> Found:
    tried = []
    for _ in range(budget):
        settings = {name: low * (high / low) ** rng.random() for name, (low, high) in space.items()}
        tried.append((evaluate(settings, "validation"), settings))
    score, settings = max(tried, key=lambda pair: pair[0])
    return settings, score


def _all_at_once(evaluate: Evaluate, space: Space, *, budget: int, rng: Rng) -> Found:
    low, high = np.log10(list(space.values())).T
    values = 10 ** rng.uniform(low, high, size=(budget, len(space)))
    rows = [dict(zip(space, map(float, row), strict=True)) for row in values]
    scores = [evaluate(row, "validation") for row in rows]
    return rows[int(np.argmax(scores))], max(scores)


def _search(
    evaluate: Evaluate,
    space: Space,
    budget: int,
    rng: Rng,
    *,
    draw: Callable[[float, float], float] | None = None,
    part: str = "validation",
    sign: int = 1,
) -> tuple[Found, Settings]:
    """A search with one choice after another open, for the mistakes below; and its last trial."""
    draw = draw or (lambda low, high: low * (high / low) ** rng.random())
    tried = [{name: draw(*ends) for name, ends in space.items()} for _ in range(budget)]
    scores = [evaluate(settings, part) for settings in tried]
    k = int(np.argmax([sign * score for score in scores]))
    return (tried[k], scores[k]), tried[-1]


@mutant(
    "You draw evenly between the ends, so hardly a value falls into the small decades. Draw the "
    "logarithm evenly, and take the exponential."
)
def _evenly(evaluate: Evaluate, space: Space, *, budget: int, rng: Rng) -> Found:
    return _search(evaluate, space, budget, rng, draw=rng.uniform)[0]


@mutant(
    "You take the ends for exponents. They are values: 10 to the power of them leaves the range; "
    "draw between their logarithms."
)
def _ends_as_exponents(evaluate: Evaluate, space: Space, *, budget: int, rng: Rng) -> Found:
    return _search(evaluate, space, budget, rng, draw=lambda *ends: 10 ** rng.uniform(*ends))[0]


@mutant(
    "One random number serves all settings of a trial, so that you only search a diagonal. Draw "
    "one for each setting."
)
def _diagonal(evaluate: Evaluate, space: Space, *, budget: int, rng: Rng) -> Found:
    u = iter(np.repeat(rng.random(budget), len(space)).tolist())
    return _search(evaluate, space, budget, rng, draw=lambda a, b: a * (b / a) ** next(u))[0]


@mutant("You keep the lowest score, as if it were a loss; here a higher score is better.")
def _lowest(evaluate: Evaluate, space: Space, *, budget: int, rng: Rng) -> Found:
    return _search(evaluate, space, budget, rng, sign=-1)[0]


@mutant(
    "Your best score starts at 0, so that nothing is found where all scores are negative. Start "
    "from minus infinity."
)
def _starts_at_zero(evaluate: Evaluate, space: Space, *, budget: int, rng: Rng) -> Found:
    (best, score), _ = _search(evaluate, space, budget, rng)
    return (best, score) if score > 0 else (None, 0)


@mutant("You choose by the test part. It chooses nothing: ask for the validation part.")
def _chooses_by_test(evaluate: Evaluate, space: Space, *, budget: int, rng: Rng) -> Found:
    return _search(evaluate, space, budget, rng, part="test")[0]


@mutant(
    "The search is right, but in the end you measure the winner on the test part. Whether to open "
    "it is not the search's business: return the validation score."
)
def _opens_test(evaluate: Evaluate, space: Space, *, budget: int, rng: Rng) -> Found:
    (best, _), _ = _search(evaluate, space, budget, rng)
    return best, evaluate(best or {}, "test")


@mutant(
    "All trials share one dictionary, so best changes with every trial after it, and in the end "
    "holds the last one. Make a new dictionary for each trial."
)
def _one_dictionary(evaluate: Evaluate, space: Space, *, budget: int, rng: Rng) -> Found:
    (_, score), last = _search(evaluate, space, budget, rng)
    return last, score


@mutant(
    "You evaluate a trial again when it is the best so far. Each evaluation trains a network: keep "
    "its score in a variable."
)
def _evaluates_again(evaluate: Evaluate, space: Space, *, budget: int, rng: Rng) -> Found:
    best, score = None, -math.inf
    for _ in range(budget):
        (settings, first), _ = _search(evaluate, space, 1, rng)
        if first > score and settings:
            best, score = settings, evaluate(settings, "validation")
    return best, score


@mutant("You make a generator of your own with a fixed seed; draw from the rng that is passed in.")
def _own_seed(evaluate: Evaluate, space: Space, *, budget: int, rng: Rng) -> Found:
    del rng
    return _search(evaluate, space, budget, np.random.default_rng(0))[0]


def _case(rng: Rng, n_settings: int, budget: int) -> Given:
    """Ranges of two to five decades; each part has its peak somewhere within them."""
    space, peaks = {}, {"validation": [0.0] * n_settings, "test": [0.0] * n_settings}
    for k, name in enumerate(_NAMES[:n_settings]):
        low = rng.uniform(-5, -2)
        high = low + rng.uniform(2, 5)
        space[name] = (float(10**low), float(10**high))
        for peak in peaks.values():
            peak[k] = float(rng.uniform(low, high))
    return given(space, peaks=peaks, budget=budget, seed=int(rng.integers(2**32)))


def _few(rng: Rng) -> Given:
    return _case(rng, int(rng.integers(1, 4)), int(rng.integers(5, 20)))


def _many(rng: Rng) -> Given:
    return _case(rng, 3, 400)


def _seeds(rng: Rng) -> Given:
    case = _case(rng, 2, 5)
    options = case.kwargs | {"seeds": [int(seed) for seed in rng.integers(2**32, size=2)]}
    del options["seed"]
    return given(*case.args, **options)


def _fixed(rng: Rng) -> Given:
    case = _case(rng, 2, int(rng.integers(1, 3)))
    space = {name: (high, high) for name, (_, high) in case.args[0].items()}
    return given(space, **case.kwargs)


def _best_of_tried(value: dict[str, Any], space: Space, **options: Any) -> str | None:
    scores = [drivers.height(row, options["peaks"]["validation"]) for row in value["tried"]]
    if not scores:
        return "it asked for no score at all"
    k = int(np.argmax(scores))
    if value["best"] is None or abs(value["score"] - scores[k]) > 1e-12:
        return f"the best score of trial {k + 1} was {scores[k]:.4f}, it returned {value['score']}"
    best = [value["best"].get(name, math.nan) for name in space]
    if not np.allclose(best, value["tried"][k], rtol=1e-12, atol=0):
        return f"the best score is that of trial {k + 1}, the settings are not"
    return None


def _validation_only(value: dict[str, Any], space: Space, **options: Any) -> str | None:
    n_others = sum(part != "validation" for part in value["asked for"])
    return f"{n_others} evaluations were not on the validation part" if n_others else None


def _within_budget(value: dict[str, Any], space: Space, **options: Any) -> str | None:
    n, budget = len(value["tried"]), options["budget"]
    return None if n == budget else f"{n} evaluations for a budget of {budget}"


def _log_uniform(value: dict[str, Any], space: Space, **options: Any) -> str | None:
    logs = np.log(np.array(value["tried"]))
    even = (np.arange(len(logs)) + 0.5) / len(logs)
    for k, (name, (low, high)) in enumerate(space.items()):
        u = np.sort((logs[:, k] - math.log(low)) / math.log(high / low))
        if u[0] < -1e-9 or u[-1] > 1 + 1e-9:
            worst = np.exp(logs[:, k]).min() if u[0] < -1e-9 else np.exp(logs[:, k]).max()
            return f"a {name} of {worst:.3g} was tried; the range is {low:.3g} to {high:.3g}"
        # Kolmogorov's distance: 2.4 / sqrt(n) is passed by chance once in 50,000 times.
        if np.abs(u - even).max() > 2.4 / math.sqrt(len(logs)):
            middle, below = math.sqrt(low * high), np.mean(u < 0.5)
            return f"{below:.0%} of the values of {name} are below {middle:.3g}, wanted about half"
    if np.abs(np.corrcoef(logs.T) - np.eye(len(space))).max() > 5 / math.sqrt(len(logs)):
        return "the settings of a trial depend on each other"
    return None


def _by_generator(value: dict[str, bool], space: Space, **options: Any) -> str | None:
    if not value["equal generators, equal settings"]:
        return "two generators in the same state gave different settings; draw from rng alone"
    if value["other generators, the same settings"]:
        return "another generator gave the same settings; draw from rng"
    return None


EXERCISE = Exercise(
    name="random_search",
    number=5,
    signature="random_search(evaluate, space, *, budget, rng)",
    statement=(
        "(settings, score): the best of `budget` settings, drawn log-uniformly from the ranges "
        "(low, high) in space, and its score on the validation part; higher is better."
    ),
    stars=2,
    minutes=30,
    points={"contract": 1, "known answers": 2, "properties": 6, "complexity": 1},
    reference=_with_logs,
    solutions=(_with_logs, _with_ratios, _all_at_once),
    mutants=(
        _evenly,
        _ends_as_exponents,
        _diagonal,
        _lowest,
        _starts_at_zero,
        _chooses_by_test,
        _opens_test,
        _one_dictionary,
        _evaluates_again,
        _own_seed,
    ),
    hints=(
        "A trial has three steps: draw a new dictionary of settings, ask evaluate for its score "
        "once, keep both if the score is the highest so far.",
        "Log-uniform: the logarithm is uniform. Draw it between log(low) and log(high) with "
        "rng.uniform, and take exp of what you drew.",
        "Start with a best score of -math.inf. In a loop over range(budget), build the settings by "
        "going through space.items(), call evaluate(settings, 'validation') and compare.",
    ),
    checks=(
        known(
            "a range from 0.01 to 0.01 has one value",
            given({"learning_rate": (0.01, 0.01)}, peaks=_TENTH, budget=1, seed=0),
            ({"learning_rate": 0.01}, -1.0),  # one decade from the peak at 0.1
            driver=drivers.search_result,
        ),
        agrees("ranges of one value", _fixed, cases=2, driver=drivers.search),
        holds(
            "what it returns is the best of what it tried",
            _few,
            _best_of_tried,
            cases=4,
            driver=drivers.search,
        ),
        holds("it never asks for the test part", _few, _validation_only, driver=drivers.search),
        holds(
            "values are log-uniform and independent",
            _many,
            _log_uniform,
            cases=2,
            driver=drivers.search,
        ),
        holds("rng alone decides", _seeds, _by_generator, cases=1, driver=drivers.search_twice),
        holds(
            "one evaluation a trial",
            _few,
            _within_budget,
            group="complexity",
            driver=drivers.search,
        ),
    ),
    keeps_dtype=False,  # settings are numbers, not arrays
)
