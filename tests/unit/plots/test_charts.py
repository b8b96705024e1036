"""The charts that several chapters draw show what they are given."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from nbcourse import plots


@pytest.fixture
def ax() -> Axes:
    """Fresh axes."""
    return plots.subplots()[1]


def test_band_draws_the_mean_and_reaches_from_the_lowest_to_the_highest_run(ax: Axes) -> None:
    """The line is the mean over seeds; the band holds every run."""
    runs = np.array([[0.0, 4.0], [2.0, 5.0], [4.0, 9.0]])

    line = plots.band(ax, [10, 20], runs, label="Adam", color=plots.COLORS.purple)

    np.testing.assert_allclose(line.get_ydata(), [2, 6])
    heights = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (0, 9)
    assert line.get_label() == "Adam"


def test_band_can_leave_the_outliers_out(ax: Axes) -> None:
    """Percentiles narrow the band."""
    runs = np.arange(101.0)[:, None] * np.ones(2)

    plots.band(ax, [0, 1], runs, label="middle", percentiles=(10, 90))

    heights = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (10, 90)


@pytest.mark.parametrize("shape", [(5,), (5, 4), (3, 5, 1)])
def test_band_refuses_runs_of_another_shape(ax: Axes, shape: tuple[int, ...]) -> None:
    """One row a seed, one column a position."""
    with pytest.raises(ValueError, match=r"runs must be \(n_seeds, 5\), got"):
        plots.band(ax, range(5), np.zeros(shape), label="wrong")


def test_image_grid_shows_every_image_under_its_title() -> None:
    """Five images in three columns leave one place empty."""
    images = np.arange(5)[:, None, None] * np.ones((5, 4, 4))

    axes = plots.image_grid(images, list("abcde"), n_columns=3).axes

    assert [ax.get_title() for ax in axes[:5]] == list("abcde")
    assert [float(ax.images[0].get_array()[0, 0]) for ax in axes[:5]] == [0, 1, 2, 3, 4]
    assert len(axes) == 6
    assert not axes[5].images


def test_image_grid_uses_one_scale_for_all_images() -> None:
    """A dark image stays dark next to a bright one."""
    fig = plots.image_grid(np.stack([np.zeros((2, 2)), np.ones((2, 2))]), n_columns=2)

    assert {ax.images[0].get_clim() for ax in fig.axes} == {(0, 1)}


@pytest.mark.parametrize(
    ("images", "titles", "message"),
    [
        (np.zeros((2, 784)), (), "images must be"),
        (np.zeros((0, 4, 4)), (), "images must be"),
        (np.zeros((2, 4, 4)), ["one"], "1 titles for 2 images"),
    ],
)
def test_image_grid_refuses_what_it_cannot_show(
    images: np.ndarray, titles: list[str], message: str
) -> None:
    """Flat images, no images, too few titles."""
    with pytest.raises(ValueError, match=message):
        plots.image_grid(images, titles, n_columns=2)


def test_confusion_writes_the_counts_and_leaves_zeros_out(ax: Axes) -> None:
    """The reader sees errors, not a field of zeros."""
    plots.confusion(ax, [[7, 0], [2, 5]], ["cat", "dog"])

    assert [text.get_text() for text in ax.texts] == ["7", "", "2", "5"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["cat", "dog"]


def test_confusion_accepts_a_class_that_never_occurs(ax: Axes) -> None:
    """An empty row is shaded as nothing, without a warning."""
    plots.confusion(ax, [[3, 1], [0, 0]], ["cat", "dog"])

    assert float(ax.images[0].get_array()[1].sum()) == 0


def test_decision_regions_tint_the_plane_as_the_classifier_says(ax: Axes) -> None:
    """The tint to the left is that of class 0; points lie over it in their own markers."""
    X = np.array([[-1.0, 0.0], [1.0, 0.0], [-1.0, 1.0], [1.0, 1.0]])
    y = np.array([0, 1, 0, 1])

    plots.decision_regions(ax, lambda points: (points[:, 0] > 0).astype(int), X, y)

    image = ax.images[0]
    colors = image.to_rgba(image.get_array(), norm=True)
    np.testing.assert_allclose(colors[0, 0, :3], to_rgba(plots.COLORS[0])[:3], atol=0.01)
    np.testing.assert_allclose(colors[0, -1, :3], to_rgba(plots.COLORS[1])[:3], atol=0.01)
    assert [len(points.get_offsets()) for points in ax.collections] == [2, 2]


def test_contours_lie_where_the_function_has_that_height(ax: Axes) -> None:
    """The level line 1 of x**2 + y**2 is the unit circle."""
    plots.contours(ax, lambda p: (p**2).sum(axis=1), (-2, 2), (-2, 2), levels=[1.0])

    (path,) = ax.collections[0].get_paths()
    np.testing.assert_allclose(np.hypot(*path.vertices.T), 1, atol=1e-3)


def test_contours_spread_their_levels_evenly_over_the_plane(ax: Axes) -> None:
    """A number of levels gives that many lines, also for a function with a steep wall."""
    plots.contours(ax, lambda p: np.exp(4 * p[:, 0]), (-2, 2), (-2, 2), levels=7)

    assert len(ax.collections[0].levels) == 7
