"""Sentences for bad input: each check says what was got, what was wanted, and where."""

import math
from typing import Protocol

from nbcourse.errors import InputError


class HasShape(Protocol):
    """Anything with a shape: a NumPy array or a torch tensor."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        ...


def require_same_shape(where: str, **arrays: HasShape) -> None:
    """Raise InputError unless all named arrays have one non-empty shape."""
    shapes = {name: tuple(array.shape) for name, array in arrays.items()}
    if len(set(shapes.values())) > 1:
        got = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise InputError(f"{where} needs arguments of one shape, got {got}")
    require_examples(where, **arrays)


def require_examples(where: str, **arrays: HasShape) -> None:
    """Raise InputError when a named array holds no element."""
    for name, array in arrays.items():
        if 0 in array.shape:
            raise InputError(
                f"{where} needs at least one example, got {name} of shape {tuple(array.shape)}"
            )


def require_features(where: str, x: HasShape, n_in: int) -> None:
    """Raise InputError unless the last axis of `x` has length `n_in`."""
    if len(x.shape) < 1 or x.shape[-1] != n_in:
        raise InputError(f"{where} wants inputs of shape (..., {n_in}), got {tuple(x.shape)}")


def require_channels(where: str, x: HasShape, n_features: int) -> None:
    """Raise InputError unless axis 1 of `x` has length `n_features`."""
    if len(x.shape) < 2 or x.shape[1] != n_features:
        raise InputError(
            f"{where} wants inputs of shape (n, {n_features}) or (n, {n_features}, ...), "
            f"got {tuple(x.shape)}"
        )


def require_kept_shape(where: str, x: HasShape, y: HasShape) -> None:
    """Raise InputError unless layers gave back the shape that they got."""
    if tuple(x.shape) != tuple(y.shape):
        raise InputError(
            f"{where} wants layers that keep the shape of their input, "
            f"got {tuple(y.shape)} for {tuple(x.shape)}"
        )


def require_several(where: str, x: HasShape) -> None:
    """Raise InputError when a batch has fewer than two values for each feature (axis 1)."""
    shape = tuple(x.shape)
    if math.prod(shape[:1] + shape[2:]) < 2:
        raise InputError(
            f"{where} wants two or more values of each feature in training mode, got a batch of "
            f"shape {shape}; use larger batches, or evaluation mode"
        )


def require_rows(where: str, name: str, array: HasShape, n: int) -> None:
    """Raise InputError unless the array is two-dimensional and has n rows."""
    if len(array.shape) != 2 or array.shape[0] != n:
        raise InputError(
            f"{where} wants {name} of shape ({n}, n_columns), got {tuple(array.shape)}"
        )


def require_images(where: str, images: HasShape) -> None:
    """Raise InputError unless images are (n, ..., height, width), at least one pixel of them."""
    if len(images.shape) < 3:
        raise InputError(
            f"{where} wants images of shape (n, ..., height, width), got {tuple(images.shape)}"
        )
    require_examples(where, images=images)


def require_labels(where: str, lowest: int, highest: int, n_classes: int) -> None:
    """Raise InputError unless all labels lie in 0 .. n_classes - 1."""
    if lowest < 0 or highest >= n_classes:
        raise InputError(
            f"{where} wants labels from 0 to {n_classes - 1}, got labels from {lowest} to {highest}"
        )


def require_label_shape(where: str, logits: HasShape, labels: HasShape) -> None:
    """Raise InputError unless logits are (n, n_classes) and labels (n,) or (n, n_classes)."""
    shape = tuple(logits.shape)
    if len(shape) != 2:
        raise InputError(f"{where} wants logits of shape (n, n_classes), got {shape}")
    if tuple(labels.shape) not in (shape, shape[:1]):
        raise InputError(
            f"{where} wants labels of shape {shape[:1]} or {shape}, got {tuple(labels.shape)}"
        )
    require_examples(where, logits=logits)


def require_between(where: str, name: str, value: float, low: float, high: float) -> None:
    """Raise InputError unless low <= value <= high (NaN never is)."""
    if not low <= value <= high:
        raise InputError(f"{where} wants {name} between {low:g} and {high:g}, got {value}")


def require_positive(where: str, **values: float) -> None:
    """Raise InputError unless every named value is above 0 (NaN never is)."""
    for name, value in values.items():
        if not value > 0:
            raise InputError(f"{where} wants {name} above 0, got {value}")


def require_finite(where: str, name: str, all_finite: bool) -> None:
    """Raise InputError when an array holds NaN or infinity."""
    if not all_finite:
        raise InputError(f"{where} got NaN or infinity in {name}; remove or fill those values")
