"""Initializers: the variance they promise, from the generator they are given."""

import numpy as np
import pytest

from nbcourse import initializers

DENSE, KERNEL = (300, 200), (60, 20, 3, 3)


@pytest.mark.parametrize("shape", [DENSE, KERNEL])
@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("he_normal", lambda i, o: 2 / i),
        ("he_uniform", lambda i, o: 2 / i),
        ("xavier_normal", lambda i, o: 2 / (i + o)),
        ("xavier_uniform", lambda i, o: 2 / (i + o)),
        ("normal", lambda i, o: 1e-4),
    ],
)
def test_mean_and_variance_are_as_promised(shape, name, variance, rng):
    """Within five standard errors, for dense and convolution shapes."""
    w = initializers.by_name(name)(shape, rng=rng)
    want = variance(*initializers.fans(shape))

    assert w.shape == shape
    assert abs(w.mean()) < 5 * np.sqrt(want / w.size)
    assert abs(w.var() / want - 1) < 5 * np.sqrt(2 / w.size)


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


def test_orthogonal_draws_are_uniform(rng):
    """With the sign correction both determinants come up about equally often."""
    signs = [np.sign(np.linalg.det(initializers.orthogonal((3, 3), rng=rng))) for _ in range(400)]

    assert abs(np.mean(signs)) < 5 / np.sqrt(400)


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
