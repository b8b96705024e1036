"""Initializers: the variance they promise, from the generator they are given."""

import math
from itertools import pairwise

import numpy as np
import pytest

from nbcourse import initializers, propagation

DENSE, KERNEL = (300, 200), (60, 20, 3, 3)
VARIANCES = {
    "he_normal": lambda i, o: 2 / i,
    "he_uniform": lambda i, o: 2 / i,
    "lecun_normal": lambda i, o: 1 / i,
    "xavier_normal": lambda i, o: 2 / (i + o),
    "xavier_uniform": lambda i, o: 2 / (i + o),
    "normal": lambda i, o: 1e-4,
}


def near(samples, expected):
    """Return whether the mean of samples lies within five standard errors of `expected`."""
    return abs(np.mean(samples) - expected) < 5 * np.std(samples) / math.sqrt(len(samples))


@pytest.mark.parametrize("shape", [DENSE, KERNEL, (2, 500), (500, 2), (3, 4), (8, 1, 5, 5)])
@pytest.mark.parametrize("name", VARIANCES)
def test_mean_and_variance_are_as_promised(shape, name, rng):
    """Within five standard errors over 200 draws, for dense and convolution shapes."""
    initializer = initializers.by_name(name)
    n_draws = 200 if math.prod(shape) < 5000 else 4
    w = np.stack([initializer(shape, rng=rng) for _ in range(n_draws)])
    want = VARIANCES[name](*initializers.fans(shape))
    excess = 0.8 if name.endswith("uniform") else 2  # fourth moment over the variance^2, minus 1

    assert w.shape == (n_draws, *shape)
    assert abs(w.mean()) < 5 * np.sqrt(want / w.size)
    assert abs(np.mean(w**2) / want - 1) < 5 * np.sqrt(excess / w.size)


@pytest.mark.parametrize("name", ["lecun_normal", "xavier_normal", "xavier_uniform", "orthogonal"])
def test_gains_multiply(name):
    """The same draw, three times as large."""
    draw = getattr(initializers, name)
    plain = draw((6, 4), rng=np.random.default_rng(1))
    tripled = draw((6, 4), rng=np.random.default_rng(1), gain=3.0)

    np.testing.assert_allclose(tripled, 3 * plain)


@pytest.mark.parametrize("name", ["he_normal", "he_uniform"])
def test_he_keeps_the_signal_of_relu(name, rng):
    """Forward: the mean square after weights and ReLU is that of the values before, on average."""
    h = np.maximum(rng.normal(size=50), 0)
    draws = (getattr(initializers, name)((50, 40), rng=rng) for _ in range(3000))
    after = [np.mean(np.maximum(h @ W, 0) ** 2) for W in draws]

    assert near(after, np.mean(h**2))


def test_he_normal_keeps_the_gradient_of_relu_up_to_the_ends(rng):
    """Backward through three layers the mean square is multiplied by n_last / n_first."""
    sizes, x, dz = (40, 90, 60, 20), rng.normal(size=40), rng.normal(size=20)
    ratios = []
    for _ in range(3000):
        weights = [initializers.he_normal(shape, rng=rng) for shape in pairwise(sizes)]
        z1 = x @ weights[0]
        z2 = np.maximum(z1, 0) @ weights[1]
        d2 = (dz @ weights[2].T) * (z2 > 0)
        d1 = (d2 @ weights[1].T) * (z1 > 0)
        ratios.append(np.mean(d1**2) / np.mean(dz**2))

    assert near(ratios, 20 / 90)  # down to the sums of the first layer


@pytest.mark.parametrize(("n_in", "n_out"), [(80, 20), (20, 80), (50, 50)])
@pytest.mark.parametrize("name", ["xavier_normal", "xavier_uniform"])
def test_xavier_is_a_compromise(name, n_in, n_out, rng):
    """What a linear layer loses one way it gains the other: the two factors add up to 2."""
    x, dy = rng.normal(size=n_in), rng.normal(size=n_out)
    draws = [getattr(initializers, name)((n_in, n_out), rng=rng) for _ in range(2000)]
    forward = [np.mean((x @ W) ** 2) / np.mean(x**2) for W in draws]
    backward = [np.mean((W @ dy) ** 2) / np.mean(dy**2) for W in draws]

    assert near(forward, 2 * n_in / (n_in + n_out))
    assert near(backward, 2 * n_out / (n_in + n_out))


def test_kernels_keep_the_signal(rng):
    """A convolution with He's weights doubles the mean square, which ReLU then halves."""
    h = np.maximum(rng.normal(size=(5, 11, 11)), 0)
    windows = np.lib.stride_tricks.sliding_window_view(h, (3, 3), axis=(1, 2))
    ratios = []
    for _ in range(1500):
        kernel = initializers.he_normal((7, 5, 3, 3), rng=rng)
        out = np.einsum("oiab,ihwab->ohw", kernel, windows)
        ratios.append(np.mean(out**2) / np.mean(windows**2))

    assert near(ratios, 2)


@pytest.mark.parametrize("name", ["he_uniform", "xavier_uniform"])
def test_uniform_draws_are_bounded(name, rng):
    """No draw is beyond root three standard deviations."""
    w = initializers.by_name(name)(DENSE, rng=rng)

    assert np.abs(w).max() <= np.sqrt(3) * w.std() * 1.02


@pytest.mark.parametrize("shape", [(5, 5), (7, 4), (4, 7), (6, 2, 3, 3)])
def test_orthogonal_has_orthonormal_rows_or_columns(shape, rng):
    """Whichever are fewer."""
    w = initializers.orthogonal(shape, rng=rng, gain=2.0).reshape(shape[0], -1) / 2
    product = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w

    np.testing.assert_allclose(product, np.eye(min(w.shape)), atol=1e-12)


@pytest.mark.parametrize("shape", [(5, 5), (30, 4), (4, 30), (6, 2, 3, 3)])
def test_orthogonal_weights_have_the_variance_of_the_larger_side(shape, rng):
    """All squares add up to the smaller side, so their mean is one over the larger one."""
    w = initializers.orthogonal(shape, rng=rng)
    sides = (shape[0], math.prod(shape[1:]))

    assert math.isclose(np.mean(w**2), 1 / max(sides))


def looks_uniform(draw, n=400):
    """Whether determinants, corner entries and traces of 3 x 3 matrices are as uniform ones'.

    Of a uniform orthogonal matrix both signs are equally likely, for the determinant and for
    any entry; the mean of the squared trace is 1.
    """
    matrices = [draw() for _ in range(n)]
    signs = [np.sign(np.linalg.det(q)) for q in matrices]
    corners = [np.sign(q[0, 0]) for q in matrices]
    squares = [np.trace(q) ** 2 for q in matrices]
    return bool(near(signs, 0) and near(corners, 0) and near(squares, 1))


def test_orthogonal_draws_are_uniform(rng):
    """The sign correction makes them so."""
    assert looks_uniform(lambda: initializers.orthogonal((3, 3), rng=rng))


def test_draws_without_the_sign_correction_are_found_out(rng):
    """The planted case: Q of the decomposition as LAPACK returns it is not uniform."""
    assert not looks_uniform(lambda: np.linalg.qr(rng.normal(size=(3, 3)))[0])


def test_draws_of_one_determinant_are_found_out(rng):
    """Another planted case: rotations only."""

    def rotation():
        q = initializers.orthogonal((3, 3), rng=rng)
        return q * np.sign(np.linalg.det(q))

    assert not looks_uniform(rotation)


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "tanh"])
def test_gains_are_critical(name):
    """They are the gains at which a gradient neither vanishes nor explodes."""
    curves = {
        "relu": lambda z: np.maximum(z, 0),
        "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
        "tanh": np.tanh,
    }

    assert abs(initializers.gain_for(name) - propagation.critical_gain(curves[name])) < 1e-4


def test_gains_of_leaky_relu_run_from_relu_to_linear():
    """With the slope 0 it is ReLU, with the slope 1 the identity."""
    assert initializers.gain_for("leaky_relu", negative_slope=0) == initializers.gain_for("relu")
    assert initializers.gain_for("leaky_relu", negative_slope=1) == initializers.gain_for("linear")


def test_unknown_names_are_refused():
    """The sentence lists what there is."""
    with pytest.raises(ValueError, match="no gain is known for 'swish', only for linear, tanh"):
        initializers.gain_for("swish")
    with pytest.raises(ValueError, match="unknown initializer 'he', choose one of zeros"):
        initializers.by_name("he")


def test_every_initializer_has_a_name():
    """Whatever is public and draws weights can be asked for by name."""
    draws = set(initializers.__all__) - {"fans", "gain_for"}

    assert all(initializers.by_name(name) is getattr(initializers, name) for name in draws)


def test_zeros_are_zero():
    """All of them."""
    assert not initializers.zeros((3, 2)).any()


def test_the_generator_decides(rng):
    """The same state of the generator gives the same draw; another state another one."""
    draw = lambda seed: initializers.he_normal((3, 3), rng=np.random.default_rng(seed))  # noqa: E731

    assert (draw(1) == draw(1)).all()
    assert (draw(1) != draw(2)).any()


@pytest.mark.parametrize("shape", [(3,), (), (0, 3)])
def test_shapes_without_fans_are_refused(shape, rng):
    """A vector feeds no one."""
    with pytest.raises(ValueError, match="two or more axes of length >= 1"):
        initializers.he_normal(shape, rng=rng)
