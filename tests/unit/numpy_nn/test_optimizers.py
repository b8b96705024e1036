"""Optimizers: the rules on paper, the buffer they share, and what they refuse."""

import numpy as np
import pytest

import nbcourse.numpy_nn as nn

ALL = ("SGD", "Adagrad", "RMSprop", "Adam", "AdamW")


def _parameter(values, grad=None):
    p = nn.Parameter(np.array(values, dtype=float))
    if grad is not None:
        p.add_grad(np.array(grad, dtype=float))
    return p


@pytest.mark.parametrize("name", ALL)
def test_every_rule_goes_downhill(name):
    """Two hundred steps on a bowl end near its bottom."""
    p = _parameter([3.0, -2.0])
    optimizer = getattr(nn, name)([p], learning_rate=0.5 if name == "Adagrad" else 0.1)
    for _ in range(200):
        optimizer.zero_grad()
        p.add_grad(p.data.copy())
        optimizer.step()

    assert np.abs(p.data).max() < 0.2


def test_sgd_with_momentum_follows_the_convention():
    """V = mu v + g, w = w - eta v: the second step is eta (1 + mu) g for a constant g."""
    p = _parameter([0.0])
    optimizer = nn.SGD([p], learning_rate=0.1, momentum=0.5)
    path = []
    for _ in range(2):
        optimizer.zero_grad()
        p.add_grad(np.ones(1))
        optimizer.step()
        path.append(p.data.item())

    np.testing.assert_allclose(path, [-0.1, -0.25])


@pytest.mark.parametrize("name", ["Adam", "AdamW"])
def test_first_step_of_adam_is_the_learning_rate(name):
    """Bias correction makes the first step learning_rate times the sign, however small g is."""
    p = _parameter([0.0, 0.0], grad=[1e-3, -50.0])
    getattr(nn, name)([p], learning_rate=0.1, weight_decay=0.0).step()

    np.testing.assert_allclose(p.data, [-0.1, 0.1], rtol=1e-4)


def test_decoupled_decay_is_not_an_l2_penalty():
    """With a zero gradient AdamW shrinks by learning_rate decay w; Adam's penalty moves more."""
    coupled, decoupled = _parameter([1.0], [0.0]), _parameter([1.0], [0.0])
    nn.Adam([coupled], learning_rate=0.1, weight_decay=0.01).step()
    nn.AdamW([decoupled], learning_rate=0.1, weight_decay=0.01).step()

    assert decoupled.data.item() == pytest.approx(1 - 0.1 * 0.01)
    assert coupled.data.item() == pytest.approx(0.9, abs=1e-4)


def test_parameters_live_in_one_buffer():
    """Views of one array: their shapes and values stay, and the rule sees them all."""
    a, b = _parameter([[1.0, 2.0]], [[1.0, 1.0]]), _parameter([3.0], [2.0])
    nn.SGD([a, b], learning_rate=1.0).step()

    assert a.data.tolist() == [[0.0, 1.0]]
    assert b.data.tolist() == [1.0]
    assert a.data.base is b.data.base


def test_averages_do_not_decay_into_denormal_numbers():
    """A gradient that was once large and is 0 for ever leaves no denormal average behind."""
    p = nn.Parameter(np.zeros(3, dtype=np.float32))
    p.add_grad(np.array([1, 1e-15, 0], dtype=np.float32))
    optimizer, tiny = nn.Adam([p]), np.finfo(np.float32).tiny
    optimizer.step()
    optimizer.zero_grad()
    p.add_grad(np.zeros(3, dtype=np.float32))
    denormal = 0
    for _ in range(2000):
        optimizer.step()
        state = np.concatenate([optimizer.running["m"], optimizer.running["v"]])
        denormal += int(((state != 0) & (np.abs(state) < tiny)).sum())

    assert denormal == 0


@pytest.mark.parametrize("name", ALL)
def test_a_snapshot_goes_on_to_the_bit(name, rng):
    """A second optimizer that takes over a snapshot makes the very same next steps."""
    grads = rng.normal(size=(6, 4))
    p, options = _parameter(np.ones(4)), {"momentum": 0.9} if name == "SGD" else {}
    optimizer = getattr(nn, name)([p], **options)
    for i, g in enumerate(grads):
        if i == 3:
            q = _parameter(p.data.copy())
            second = getattr(nn, name)([q], **options)
            second.restore(optimizer.snapshot())
        for each, rule in [(p, optimizer)] + ([(q, second)] if i >= 3 else []):
            rule.zero_grad()
            each.add_grad(g)
            rule.step()

    assert (p.data == q.data).all()


def test_step_before_backward_is_refused():
    """A parameter without a gradient is named."""
    with pytest.raises(RuntimeError, match="parameter 1 has no gradient; call backward"):
        nn.SGD([_parameter([1.0], [1.0]), _parameter([1.0])]).step()


def test_an_abandoned_optimizer_is_refused():
    """A parameter belongs to the newest optimizer; the older one says so."""
    p = _parameter([1.0], [1.0])
    old = nn.SGD([p])
    nn.SGD([p]).step()

    with pytest.raises(RuntimeError, match="belongs to a newer optimizer"):
        old.step()


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    ("params", "options", "error", "sentence"),
    [
        ([[1.0]], {"learning_rate": 0.0}, ValueError, "learning_rate above 0, got 0"),
        ([[1.0]], {"learning_rate": float("nan")}, ValueError, "got nan"),
        ([[1.0]], {"weight_decay": -1.0}, ValueError, "weight_decay between 0"),
        ([], {}, ValueError, "at least one parameter"),
    ],
)
def test_bad_options_are_one_sentence(name, params, options, error, sentence):
    """Both twins refuse them in the same words."""
    import torch

    import nbcourse.torch_nn

    with pytest.raises(error, match=sentence):
        getattr(nn, name)([_parameter(p) for p in params], **options)
    with pytest.raises(error, match=sentence):
        getattr(nbcourse.torch_nn, name)(
            [torch.nn.Parameter(torch.tensor(p)) for p in params], **options
        )


def test_mixed_dtypes_are_refused():
    """One buffer has one dtype."""
    params = [nn.Parameter(np.zeros(1, t)) for t in (np.float32, np.float64)]

    with pytest.raises(TypeError, match=r"one dtype, got \['float32', 'float64'\]"):
        nn.SGD(params)


def test_nesterov_needs_momentum():
    """Looking ahead along no velocity is a mistake."""
    with pytest.raises(ValueError, match="momentum above 0"):
        nn.SGD([_parameter([1.0])], nesterov=True)


def test_clipping_keeps_the_direction(rng):
    """Above the bound all gradients shrink by one factor; below it they stay."""
    params = [_parameter(np.zeros(3), rng.normal(size=3)) for _ in range(2)]
    before = np.concatenate([p.grad for p in params])
    norm = nn.clip_global_norm(params, 1e9)
    assert norm == pytest.approx(np.linalg.norm(before))
    assert (np.concatenate([p.grad for p in params]) == before).all()
    nn.clip_global_norm(params, 0.5)

    np.testing.assert_allclose(np.concatenate([p.grad for p in params]), 0.5 * before / norm)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_clipping_reports_divergence(bad):
    """A gradient of NaN or infinity is not hidden by clipping it."""
    with pytest.raises(ValueError, match="the network has diverged"):
        nn.clip_global_norm([_parameter([0.0], [bad])], 1.0)
