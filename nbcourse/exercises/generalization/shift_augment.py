"""Exercise: move images by whole pixels, with zeros where nothing comes in."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, known, mutant

Array = NDArray[Any]
Rng = np.random.Generator


def _with_slices(images: Array, *, dx: Array, dy: Array) -> Array:
    _, h, w = images.shape
    shifted = np.zeros_like(images)
    for image, new, right, down in zip(images, shifted, dx.tolist(), dy.tolist(), strict=True):
        if abs(right) < w and abs(down) < h:
            part = image[max(-down, 0) : h - max(down, 0), max(-right, 0) : w - max(right, 0)]
            top, left = max(down, 0), max(right, 0)
            new[top : top + part.shape[0], left : left + part.shape[1]] = part
    return shifted


def _with_indices(images: Array, *, dx: Array, dy: Array) -> Array:
    """Every pixel asks where it comes from."""
    n, h, w = images.shape
    rows = np.arange(h)[None, :, None] - dy[:, None, None]
    columns = np.arange(w)[None, None, :] - dx[:, None, None]
    inside = (rows >= 0) & (rows < h) & (columns >= 0) & (columns < w)
    number = np.arange(n)[:, None, None]
    found = images[number, np.clip(rows, 0, h - 1), np.clip(columns, 0, w - 1)]
    return np.where(inside, found, images.dtype.type(0))


def _with_matrices(images: Array, *, dx: Array, dy: Array) -> Array:
    """A diagonal of ones beside the main one moves rows, and columns from the other side."""
    _, h, w = images.shape
    pairs = zip(images, dx.tolist(), dy.tolist(), strict=True)
    moved = [
        np.eye(h, k=-down, dtype=image.dtype) @ image @ np.eye(w, k=right, dtype=image.dtype)
        for image, right, down in pairs
    ]
    return np.array(moved)


def _with_padding(images: Array, *, dx: Array, dy: Array) -> Array:
    """Cut a window out of an image with a wide frame of zeros."""
    _, h, w = images.shape
    frame = int(max(np.abs(dx).max(), np.abs(dy).max()))
    framed = np.pad(images, ((0, 0), (frame, frame), (frame, frame)))
    pairs = zip(framed, frame - dx, frame - dy, strict=True)
    return np.array([image[top : top + h, left : left + w] for image, left, top in pairs])


@mutant("What leaves on one side comes back on the other: np.roll wraps around. Fill with zeros.")
def _wraps(images: Array, *, dx: Array, dy: Array) -> Array:
    pairs = zip(images, dx, dy, strict=True)
    return np.array([np.roll(image, (down, right), axis=(0, 1)) for image, right, down in pairs])


@mutant("dx and dy are exchanged: rows come first in an array, so dy belongs to the axis 1.")
def _swaps_axes(images: Array, *, dx: Array, dy: Array) -> Array:
    return _with_indices(images, dx=dy, dy=dx)


@mutant("Your images move the other way: a positive dx moves to the right, a positive dy down.")
def _wrong_sign(images: Array, *, dx: Array, dy: Array) -> Array:
    return _with_indices(images, dx=-dx, dy=-dy)


@mutant("A positive dy moves down, not up: rows are counted from the top.")
def _moves_up(images: Array, *, dx: Array, dy: Array) -> Array:
    return _with_indices(images, dx=dx, dy=-dy)


@mutant("You write into the images of the caller: make a new array of zeros and fill that.")
def _changes_argument(images: Array, *, dx: Array, dy: Array) -> Array:
    images[...] = _with_indices(images, dx=dx, dy=dy)
    return images


@mutant("The last row is always empty: a slice leaves its end out, so it must end at the height.")
def _loses_last_row(images: Array, *, dx: Array, dy: Array) -> Array:
    shifted = _with_indices(images, dx=dx, dy=dy)
    shifted[:, -1] = 0
    return shifted


@mutant("All images move as the first one does: image n has its own dx[n] and dy[n].")
def _first_for_all(images: Array, *, dx: Array, dy: Array) -> Array:
    return _with_indices(images, dx=np.full_like(dx, dx[0]), dy=np.full_like(dy, dy[0]))


@mutant(
    "An image that stays is wiped out: with a shift of 0 a slice like [-0:] or [0:] takes all. "
    "Treat 0 apart, or compute both ends of the slice."
)
def _wipes_at_zero(images: Array, *, dx: Array, dy: Array) -> Array:
    shifted = _with_indices(images, dx=dx, dy=dy)
    shifted[(dx == 0) | (dy == 0)] = 0
    return shifted


@mutant(
    "With a shift beyond the image, height - dy is negative, and a negative end of a slice counts "
    "from the back. Such an image is all zeros."
)
def _negative_end(images: Array, *, dx: Array, dy: Array) -> Array:
    _, h, w = images.shape
    shifted = np.zeros_like(images)
    for image, new, right, down in zip(images, shifted, dx.tolist(), dy.tolist(), strict=True):
        from_rows = slice(0, h - down) if down >= 0 else slice(-down, h)
        to_rows = slice(down, h) if down >= 0 else slice(0, h + down)
        from_columns = slice(0, w - right) if right >= 0 else slice(-right, w)
        to_columns = slice(right, w) if right >= 0 else slice(0, w + right)
        new[to_rows, to_columns] = image[from_rows, from_columns]
    return shifted


@mutant(
    "A pixel that leaves at the top or on the left comes back on the other side: a negative index "
    "counts from the end. Check both ends."
)
def _checks_one_end(images: Array, *, dx: Array, dy: Array) -> Array:
    _, h, w = images.shape
    shifted = np.zeros_like(images)
    for k, r, c in np.ndindex(images.shape):
        row, column = r + dy[k], c + dx[k]
        if row < h and column < w:
            shifted[k, row, column] = images[k, r, c]
    return shifted


@mutant("You limit the shift to the size of the image, so a row or a column of it always stays.")
def _limits_shift(images: Array, *, dx: Array, dy: Array) -> Array:
    _, h, w = images.shape
    return _with_indices(images, dx=np.clip(dx, 1 - w, w - 1), dy=np.clip(dy, 1 - h, h - 1))


@mutant("You repeat the pixels at the edge where nothing comes in: fill with zeros.")
def _repeats_edge(images: Array, *, dx: Array, dy: Array) -> Array:
    n, h, w = images.shape
    rows = np.clip(np.arange(h)[None, :, None] - dy[:, None, None], 0, h - 1)
    columns = np.clip(np.arange(w)[None, None, :] - dx[:, None, None], 0, w - 1)
    return images[np.arange(n)[:, None, None], rows, columns]


@mutant("Images that go left or up do not move: treat negative shifts as well.")
def _only_positive(images: Array, *, dx: Array, dy: Array) -> Array:
    return _with_indices(images, dx=np.maximum(dx, 0), dy=np.maximum(dy, 0))


@mutant("Your images are float64 whatever came in: use np.zeros_like(images), not np.zeros.")
def _doubles_precision(images: Array, *, dx: Array, dy: Array) -> Array:
    return _with_indices(images, dx=dx, dy=dy).astype(np.float64)


def _case(rng: Rng, n: int, h: int, w: int, dx: Array, dy: Array) -> Given:
    images = rng.uniform(0.1, 1, size=(n, h, w))
    return given(images, dx=np.asarray(dx), dy=np.asarray(dy))


def _signs(rng: Rng, n: int) -> Array:
    return rng.choice([-1, 1], size=n)


def _draw(rng: Rng) -> Given:
    h, w = (int(k) for k in rng.permutation([4, 5, 6, 7])[:2])
    dx, dy = rng.integers(-2, 3, size=(2, 6))
    return _case(rng, 6, h, w, dx, dy)


def _square(rng: Rng) -> Given:
    dx, dy = rng.permutation([1, 2, 3]), rng.permutation([1, 2, 3])
    return _case(rng, 3, 6, 6, dx * _signs(rng, 3), dy * _signs(rng, 3))


def _stays(rng: Rng) -> Given:
    zeros = np.zeros(3, dtype=int)
    other = rng.integers(1, 3, size=3) * _signs(rng, 3)
    return _case(rng, 3, 5, 4, *((zeros, zeros), (zeros, other), (other, zeros))[rng.integers(3)])


def _too_far(rng: Rng) -> Given:
    # Each image leaves its frame, in one direction or in both, by up to three times its size.
    h, w = (int(k) for k in rng.integers(3, 6, size=2))
    dx, dy = rng.integers(w, 3 * w, size=4), rng.integers(h, 3 * h, size=4)
    one, other = rng.integers(0, 2, size=2)
    dx[:2] = one
    dy[2:] = other
    dx[0], dy[0] = w, h
    return _case(rng, 4, h, w, dx * _signs(rng, 4), dy * _signs(rng, 4))


def _whole_numbers(rng: Rng) -> Given:
    images = rng.integers(1, 256, size=(3, 4, 5)).astype(np.uint8)
    return given(images, dx=rng.integers(-2, 3, size=3), dy=rng.integers(-2, 3, size=3))


def _pixel(rng: Rng) -> Given:
    return _case(rng, 3, 1, 1, rng.permutation([-1, 0, 1]), np.zeros(3, dtype=int))


_NINE = np.arange(1.0, 10.0).reshape(1, 3, 3)

EXERCISE = Exercise(
    name="shift_augment",
    number=3,
    signature="shift_augment(images, *, dx, dy)",
    statement=(
        "Images (n, height, width) moved by whole pixels: image k by dx[k] to the right and by "
        "dy[k] down, negative numbers the other way. What leaves is lost, what is empty is 0."
    ),
    stars=2,
    minutes=25,
    points={"contract": 1, "known answers": 3, "properties": 6},
    reference=_with_indices,
    solutions=(_with_slices, _with_indices, _with_matrices, _with_padding),
    mutants=(
        _wraps,
        _swaps_axes,
        _wrong_sign,
        _moves_up,
        _changes_argument,
        _loses_last_row,
        _first_for_all,
        _wipes_at_zero,
        _negative_end,
        _checks_one_end,
        _limits_shift,
        _repeats_edge,
        _only_positive,
        _doubles_precision,
    ),
    hints=(
        "Draw a small image on paper and move it by dx = 1. Which of the old columns is the first "
        "of the new ones, and which does not arrive?",
        "Start with zeros, np.zeros_like(images), and copy the part that stays. Pixel [r, c] of "
        "the new image is the old one's [r - dy, c - dx], where the old one has such a pixel.",
        "For dy >= 0 the old rows 0 to h - dy become the new rows dy to h; for dy < 0 the old rows "
        "-dy to h become the new rows 0 to h + dy. The same for columns. When a shift is as large "
        "as the image, nothing is copied.",
    ),
    checks=(
        known(
            "one to the right and one down",
            given(_NINE, dx=np.array([1]), dy=np.array([1])),
            np.array([[[0.0, 0.0, 0.0], [0.0, 1.0, 2.0], [0.0, 4.0, 5.0]]]),
        ),
        known(
            "two images: one moves left, one moves up",
            given(np.concatenate([_NINE, _NINE]), dx=np.array([-1, 0]), dy=np.array([0, -2])),
            np.array(
                [
                    [[2.0, 3.0, 0.0], [5.0, 6.0, 0.0], [8.0, 9.0, 0.0]],
                    [[7.0, 8.0, 9.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
                ]
            ),
        ),
        agrees("every image moves by its own dx and dy", _draw, cases=4),
        agrees("square images, where no shape warns", _square),
        agrees("a shift of 0", _stays, cases=4),
        agrees("a shift as large as the image, or larger", _too_far),
        agrees("whole numbers stay whole numbers", _whole_numbers, cases=2),
        agrees("images of one pixel", _pixel, cases=1),
    ),
)
