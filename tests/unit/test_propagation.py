"""Signal propagation: the maps against closed forms, quadrature rules and real networks."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nbcourse.numpy_nn as nn
from nbcourse.errors import InputError
from nbcourse.initializers import lecun_normal, orthogonal
from nbcourse.propagation import (
    chi,
    correlation_map,
    critical_gain,
    depth_scale,
    fixed_point,
    gaussian_mean,
    mean_squares,
    variance_map,
)

VARIANCES = st.floats(1e-6, 1e3)
GAINS = st.floats(0.1, 5)


def leaky(z):
    """Return z above 0 and a fifth of it below."""
    return np.where(z > 0, z, 0.2 * z)


@pytest.mark.parametrize("power", range(7))
def test_moments_of_a_normal_distribution(power):
    """1, 0, q, 0, 3 q^2, 0, 15 q^3."""
    want = [1, 0, 1, 0, 3, 0, 15][power] * 2.5 ** (power / 2)

    assert math.isclose(gaussian_mean(lambda z: z**power, 2.5), want, abs_tol=1e-10)


@given(VARIANCES)
def test_half_of_the_square_is_left_by_relu(q):
    """At any size, to rounding."""
    assert math.isclose(gaussian_mean(lambda z: nn.relu(z) ** 2, q), q / 2, rel_tol=1e-12)


@pytest.mark.parametrize("f", [np.tanh, nn.sigmoid, nn.gelu, nn.softplus])
def test_means_agree_with_gauss_hermite(f):
    """Another rule, for signals of moderate size."""
    points, weights = np.polynomial.hermite_e.hermegauss(100)
    want = weights @ f(math.sqrt(0.8) * points) / weights.sum()

    assert math.isclose(gaussian_mean(f, 0.8), want, rel_tol=1e-9, abs_tol=1e-12)


def test_saturated_curves_are_still_resolved():
    """tanh^2 of a signal of size 10: against a grid that is fifty times as fine."""
    z = np.linspace(-12, 12, 120_001)
    weights = np.exp(-(z**2) / 2)
    want = weights @ np.tanh(10 * z) ** 2 / weights.sum()

    assert math.isclose(gaussian_mean(lambda z: np.tanh(z) ** 2, 100.0), want, rel_tol=1e-10)


@given(VARIANCES, GAINS, st.floats(0, 2))
def test_straight_curves_have_straight_maps(q, sigma_w, sigma_b):
    """For the identity, ReLU and leaky ReLU the map is known."""
    for phi, share in ((lambda z: z, 1), (nn.relu, 0.5), (leaky, (1 + 0.04) / 2)):
        got = variance_map(phi, q, sigma_w=sigma_w, sigma_b=sigma_b)

        assert math.isclose(got, share * sigma_w**2 * q + sigma_b**2, rel_tol=1e-9)
        assert math.isclose(chi(phi, q, sigma_w=sigma_w), share * sigma_w**2, rel_tol=1e-6)


def test_small_signals_of_tanh():
    """The map is sigma_w^2 (q - 2 q^2) up to the third order."""
    q = 1e-3

    assert abs(variance_map(np.tanh, q, sigma_w=1.2) / 1.44 - (q - 2 * q**2)) < 10 * q**3


@pytest.mark.parametrize("name", ["relu", "tanh", "sigmoid", "gelu", "elu"])
def test_a_wide_layer_does_what_the_map_says(name, rng):
    """Monte Carlo: mean square of the next sums over many draws, within five standard errors."""
    phi, n = getattr(nn, name), 400
    z = math.sqrt(1.3) * rng.normal(size=(300, n))
    after = [
        np.mean(
            (phi(row) @ lecun_normal((n, 50), rng=rng, gain=1.4) + 0.3 * rng.normal(size=50)) ** 2
        )
        for row in z
    ]
    want = variance_map(phi, 1.3, sigma_w=1.4, sigma_b=0.3)

    assert abs(np.mean(after) - want) < 5 * np.std(after) / math.sqrt(len(after))


@given(st.floats(0.3, 4), st.floats(0, 1), VARIANCES)
def test_fixed_points_are_fixed(sigma_w, sigma_b, q):
    """The map repeats them, or they are 0 for a dying signal; tanh never explodes."""
    settled = fixed_point(np.tanh, sigma_w=sigma_w, sigma_b=sigma_b, q=q)

    assert 0 <= settled < math.inf
    if settled > 0:
        again = variance_map(np.tanh, settled, sigma_w=sigma_w, sigma_b=sigma_b)
        assert math.isclose(again, settled, rel_tol=1e-9)
    else:
        assert sigma_w <= 1 + 1e-6


@pytest.mark.parametrize("start", [1e-3, 0.3, 40.0])
def test_fixed_points_are_where_the_iteration_ends(start):
    """Two hundred layers come to the same number, from below and from above."""
    q = start
    for _ in range(200):
        q = variance_map(np.tanh, q, sigma_w=1.5, sigma_b=0.1)

    settled = fixed_point(np.tanh, sigma_w=1.5, sigma_b=0.1, q=start)

    assert math.isclose(settled, q, rel_tol=1e-9)


def test_signals_die_stay_or_explode():
    """ReLU below, at and above its critical gain."""
    assert fixed_point(nn.relu, sigma_w=1.4) == 0
    assert fixed_point(nn.relu, sigma_w=math.sqrt(2), q=0.7) == 0.7
    assert fixed_point(nn.relu, sigma_w=1.43) == math.inf


def test_where_gelu_goes_depends_on_the_start():
    """Its fixed point repels: smaller signals die and larger ones explode."""
    assert fixed_point(nn.gelu, sigma_w=1.5, q=0.5) == 0
    assert fixed_point(nn.gelu, sigma_w=1.5, q=5.0) == math.inf


def test_chi_at_the_ends_is_the_limit():
    """For a dead signal the slope at 0, for an exploded one that far out."""
    assert math.isclose(chi(np.tanh, 0.0, sigma_w=0.9), 0.81, rel_tol=1e-6)
    assert math.isclose(chi(nn.relu, math.inf, sigma_w=2.0), 2.0, rel_tol=1e-6)
    assert math.isclose(chi(nn.gelu, math.inf, sigma_w=2.0), 2.0, rel_tol=1e-3)


@pytest.mark.parametrize("name", ["tanh", "elu"])
def test_chi_is_the_slope_of_the_correlation_map(name):
    """At the correlation 1 and the fixed point, by a one-sided difference."""
    phi, options = getattr(nn, name), {"sigma_w": 1.2, "sigma_b": 0.3}
    q = fixed_point(phi, **options)
    step = 1e-4
    slope = (1 - correlation_map(phi, 1 - step, q, **options)) / step

    assert math.isclose(slope, chi(phi, q, sigma_w=1.2), rel_tol=1e-2)


@given(st.floats(-1, 1))
def test_correlations_of_relu_have_a_closed_form(c):
    """The arc-cosine kernel of Cho and Saul (2009)."""
    angle = math.acos(c)
    want = (math.sin(angle) + (math.pi - angle) * c) / math.pi

    assert abs(correlation_map(nn.relu, c, 2.0, sigma_w=1.7) - want) < 2e-4


@given(st.floats(-1, 1), VARIANCES)
def test_correlations_of_the_identity_stay(c, q):
    """Without biases; with them, the biases are common to both and pull towards 1."""
    assert math.isclose(correlation_map(lambda z: z, c, q, sigma_w=0.7), c, abs_tol=1e-9)
    assert correlation_map(lambda z: z, c, q, sigma_w=0.7, sigma_b=1.0) >= c - 1e-9


def test_correlations_of_a_real_layer(rng):
    """Monte Carlo, for two signals of one variance."""
    n, q, c = 3000, 0.9, 0.4
    z = rng.normal(size=(2, n))
    z[1] = c * z[0] + math.sqrt(1 - c**2) * z[1]
    after = np.tanh(math.sqrt(q) * z) @ lecun_normal((n, n), rng=rng, gain=1.3)

    assert abs(np.corrcoef(after)[0, 1] - correlation_map(np.tanh, c, q, sigma_w=1.3)) < 0.08


@pytest.mark.parametrize(
    ("phi", "want"),
    [
        (nn.relu, math.sqrt(2)),
        (np.tanh, 1.0),
        (lambda z: z, 1.0),
        (leaky, math.sqrt(2 / 1.04)),
        (lambda z: np.tanh(z) / 2, 2.0),
        (np.sin, 1.0),
    ],
)
def test_critical_gains_that_are_known(phi, want):
    """To four digits."""
    assert abs(critical_gain(phi) - want) < 1e-4


@pytest.mark.parametrize("sigma_b", [0.05, 0.3])
def test_critical_gains_with_biases_have_a_chi_of_one(sigma_b):
    """And they lie above those without."""
    gain = critical_gain(np.tanh, sigma_b=sigma_b)
    settled = fixed_point(np.tanh, sigma_w=gain, sigma_b=sigma_b)

    assert gain > 1
    assert math.isclose(chi(np.tanh, settled, sigma_w=gain), 1, rel_tol=1e-6)


def test_no_critical_gain_is_said():
    """A constant has no slope at all."""
    with pytest.raises(InputError, match="critical_gain found no gain"):
        critical_gain(np.ones_like)


@given(st.floats(0.01, 20))
def test_after_a_depth_scale_comes_a_factor_of_e(value):
    """Whichever way it goes."""
    scale = depth_scale(value)

    assert scale == math.inf or math.isclose(abs(scale * math.log(value)), 1)


def test_an_infinite_depth_scale():
    """At the edge nothing is lost."""
    assert depth_scale(1.0) == math.inf


def test_mean_squares_of_a_network_by_hand():
    """Two layers, small enough to work out."""
    first, second = (nn.Linear(2, 2, rng=np.random.default_rng(0)) for _ in range(2))
    first.W.data[...], second.W.data[...] = [[1, -1], [2, 0]], [[1, 1], [0, 3]]
    layers = [first, nn.Activation(nn.relu), second]
    forward, backward = mean_squares(layers, np.array([[1.0, 1.0]]), np.array([[1.0, 2.0]]))

    # x = (1, 1), z = (3, -1), h = (3, 0), y = (3, 3); dy = (1, 2), dh = (3, 6), dz = (3, 0)
    np.testing.assert_allclose(forward, [5, 4.5, 9])
    np.testing.assert_allclose(backward, [4.5, 22.5, 2.5])


@pytest.mark.parametrize("gain", [0.8, 1.3])
def test_real_tanh_networks_follow_the_theory(gain, rng):
    """Variance and gradient of every layer of a wide network, within 15 percent."""
    n, depth = 600, 8
    model = nn.MLP((n,) * (depth + 1), rng=rng, activation="tanh")
    for layer in model.layers[::2]:
        layer.W.data[...] = lecun_normal((n, n), rng=rng, gain=gain)
    x = rng.choice([-1.0, 1.0], size=(16, n))
    forward, backward = (a[::2] for a in mean_squares(model.layers, x, rng.normal(size=(16, n))))
    q = [gain**2]
    for _ in range(depth - 1):
        q.append(variance_map(np.tanh, q[-1], sigma_w=gain))
    factors = [chi(np.tanh, v, sigma_w=gain) for v in q[:-1]]

    np.testing.assert_allclose(forward, q, rtol=0.15)
    np.testing.assert_allclose(backward[:-1] / backward[1:], factors, rtol=0.15)


def test_orthogonal_weights_keep_every_length(rng):
    """In a linear network, both ways, exactly."""
    layers = [nn.Linear(30, 30, rng=rng) for _ in range(20)]
    for layer in layers:
        layer.W.data[...] = orthogonal((30, 30), rng=rng)
    x, dy = rng.normal(size=(2, 4, 30))
    forward, backward = mean_squares(layers, x, dy)

    np.testing.assert_allclose(forward, np.mean(x**2))
    np.testing.assert_allclose(backward, np.mean(dy**2))


def test_tiny_signals_in_float32_are_measured(rng):
    """Their squares are no numbers of float32, and are not computed there."""
    layer = nn.Linear(5, 5, rng=rng, dtype=np.float32)
    layer.W.data[...] = 1e-30
    ones = np.ones((1, 5), dtype=np.float32)
    forward, _ = mean_squares([layer], ones, ones)

    assert math.isclose(forward[0], 25e-60, rel_tol=1e-5)


def test_wrong_gradients_are_refused(rng):
    """A gradient must have the shape of the output."""
    with pytest.raises(InputError, match=r"dy of the output's shape \(4, 3\), got \(4, 2\)"):
        mean_squares([nn.Linear(2, 3, rng=rng)], np.ones((4, 2)), np.ones((4, 2)))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: gaussian_mean(np.tanh, -1.0), "gaussian_mean wants q between 0 and inf, got -1"),
        (lambda: variance_map(np.tanh, 1.0, sigma_w=0.0), "variance_map wants sigma_w above 0"),
        (
            lambda: variance_map(np.tanh, 1.0, sigma_w=1.0, sigma_b=-1.0),
            "variance_map wants sigma_b between 0 and inf",
        ),
        (lambda: fixed_point(np.tanh, sigma_w=1.0, q=0.0), "fixed_point wants q above 0"),
        (lambda: chi(np.tanh, 1.0, sigma_w=-1.0), "chi wants sigma_w above 0"),
        (
            lambda: correlation_map(np.tanh, 1.5, 1.0, sigma_w=1.0),
            "correlation_map wants c between -1 and 1, got 1.5",
        ),
        (lambda: depth_scale(0.0), "depth_scale wants chi above 0"),
    ],
)
def test_bad_input_is_refused(call, sentence):
    """One sentence says what was wanted."""
    with pytest.raises(InputError, match=sentence):
        call()
