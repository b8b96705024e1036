"""Tests of the record: its line of text, its arrays, and what it refuses."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nbcourse.data import DataError, Dataset
from nbcourse.data.records import from_images
from nbcourse.errors import UserError


def digits(n_train: int = 3, n_test: int = 2) -> tuple[NDArray[Any], ...]:
    """Give images that hold every pixel value, and labels."""
    pixels = (np.arange((n_train + n_test) * 784) % 256).astype(np.uint8).reshape(-1, 28, 28)
    labels = np.arange(n_train + n_test, dtype=np.uint8)
    return pixels[:n_train], labels[:n_train], pixels[n_train:], labels[n_train:]


def build(arrays: tuple[NDArray[Any], ...]) -> Dataset:
    """Build a set from four arrays."""
    x_train, y_train, x_test, y_test = arrays
    return from_images((x_train, y_train, x_test, y_test), name="Digits", source="a test")


def test_pixels_are_divided_by_255_and_rows_flattened() -> None:
    """Pixels become float32 in [0, 1], one image a row; labels become int64."""
    arrays = digits()
    data = build(arrays)

    assert (data.x_train.dtype, data.y_train.dtype) == (np.float32, np.int64)
    assert (data.x_train.shape, data.x_test.shape) == ((3, 784), (2, 784))
    assert (data.x_train.min(), data.x_train.max()) == (0.0, 1.0)
    assert data.image_shape == (28, 28)
    np.testing.assert_array_equal(np.rint(data.x_test * 255).reshape(2, 28, 28), arrays[2])
    np.testing.assert_array_equal(data.y_test, [3, 4])


def test_arrays_and_record_are_read_only() -> None:
    """No one can change a data set by accident; what it was built from stays as it was."""
    arrays = digits()
    data = build(arrays)

    for name in ("x_train", "y_train", "x_test", "y_test"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(data, name)[0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.name = "other"  # type: ignore[misc]
    assert all(array.flags.writeable for array in arrays)


def test_describe_is_one_line() -> None:
    """The line names the set, where it came from, and how many images it holds."""
    assert build(digits(3000, 2)).describe() == "Digits: a test, 3,000 + 2 images"


def test_record_is_shown_without_its_pixels() -> None:
    """The representation is short, and two records compare without an error."""
    data = build(digits())

    assert len(repr(data)) < 200
    assert data == data
    assert data != build(digits())


@pytest.mark.parametrize("broken", [0, 1, 2, 3])
def test_shapes_that_do_not_fit_are_refused(broken: int) -> None:
    """Images that are not three-dimensional, and labels of another number, are an error."""
    arrays = list(digits())
    arrays[broken] = arrays[broken][:1].ravel()[:-1]
    with pytest.raises(DataError, match="as many labels, got shapes"):
        build(tuple(arrays))


def test_data_errors_are_shown_without_a_traceback() -> None:
    """A DataError is both a ValueError and an error that a user can mend."""
    assert issubclass(DataError, ValueError)
    assert issubclass(DataError, UserError)
