"""Schedules: end points, corners, and going on from the middle."""

import numpy as np
import pytest

import nbcourse.numpy_nn as nn


def _optimizer(rate=0.2):
    return nn.SGD([nn.Parameter(np.zeros(1))], learning_rate=rate)


def _rates(schedule, n):
    rates = []
    for _ in range(n):
        rates.append(schedule.optimizer.learning_rate)
        schedule.step()
    return np.array(rates)


def test_cosine_goes_from_full_to_final_and_stays():
    """Full rate at step 0, half way at half time, final rate at the end and after."""
    rates = _rates(nn.Cosine(_optimizer(), n_total=10, final=0.1), 15)

    np.testing.assert_allclose(rates[[0, 5, 10, 14]], [0.2, 0.11, 0.02, 0.02])
    assert (np.diff(rates[:11]) < 0).all()


def test_warmup_climbs_then_falls():
    """A straight climb to the full rate at its last step, then the cosine."""
    rates = _rates(nn.WarmupCosine(_optimizer(1.0), n_warmup=4, n_total=12), 14)

    np.testing.assert_allclose(rates[:5], [0.25, 0.5, 0.75, 1.0, 1.0])
    assert (np.diff(rates[4:13]) < 0).all()
    assert rates[12] == pytest.approx(0, abs=1e-15)


def test_step_and_exponential_decay():
    """Drops come where they are due."""
    np.testing.assert_allclose(
        _rates(nn.StepDecay(_optimizer(1.0), every=2, gamma=0.5), 5), [1, 1, 0.5, 0.5, 0.25]
    )
    np.testing.assert_allclose(
        _rates(nn.ExponentialDecay(_optimizer(1.0), gamma=0.9), 3), [1, 0.9, 0.81]
    )
    assert set(_rates(nn.Constant(_optimizer()), 5)) == {0.2}


@pytest.mark.parametrize("twin", ["numpy", "torch"])
def test_a_schedule_goes_on_from_the_middle(twin):
    """restore(n) leaves the rate as n steps do, on both sides."""
    import torch

    import nbcourse.torch_nn

    if twin == "numpy":
        first, second = (nn.Cosine(_optimizer(), n_total=9) for _ in range(2))
    else:
        make = lambda: nbcourse.torch_nn.SGD([torch.zeros(1)], learning_rate=0.2)  # noqa: E731
        first, second = (nbcourse.torch_nn.Cosine(make(), n_total=9) for _ in range(2))
        first.optimizer.step()
        second.optimizer.step()
    for _ in range(4):
        first.step()
    second.restore(4)
    assert second.n_steps == first.n_steps == 4
    assert second.optimizer.learning_rate == first.optimizer.learning_rate
    first.step()
    second.step()

    assert second.optimizer.learning_rate == first.optimizer.learning_rate


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("StepDecay", {"every": 0}, "every above 0"),
        ("Cosine", {"n_total": 0}, "n_total above 0"),
        ("Cosine", {"n_total": 5, "final": 2.0}, "final between 0 and 1"),
        ("WarmupCosine", {"n_warmup": 5, "n_total": 5}, "steps_after_warmup above 0"),
        ("ExponentialDecay", {"gamma": -1.0}, "gamma above 0"),
    ],
)
def test_bad_options_are_one_sentence(name, options, sentence):
    """What was got and what was wanted."""
    with pytest.raises(ValueError, match=sentence):
        getattr(nn, name)(_optimizer(), **options)
