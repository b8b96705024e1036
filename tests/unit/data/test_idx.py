"""Tests of the IDX reader: round trips, and one sentence for each way to be wrong."""

import contextlib
import gzip
import hashlib
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcourse.data import DataError, idx, read_idx

IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
TYPES = [(0x08, "u1"), (0x09, "i1"), (0x0B, "i2"), (0x0C, "i4"), (0x0D, "f4"), (0x0E, "f8")]


@pytest.fixture
def good(to_idx: Callable[..., bytes]) -> bytes:
    """Give the content of a correct file."""
    return to_idx(IMAGES)


@pytest.mark.parametrize(("code", "dtype"), TYPES)
@pytest.mark.parametrize("shape", [(6,), (2, 3), (1, 2, 3), (3, 1, 2, 1), (0, 3)])
def test_every_type_and_shape_is_read_back(
    to_idx: Callable[..., bytes], code: int, dtype: str, shape: tuple[int, ...]
) -> None:
    """An array written as IDX comes back equal, native and writable."""
    array = np.arange(-3, np.prod(shape) - 3).astype(dtype).reshape(shape)

    found = read_idx(to_idx(array, code))

    np.testing.assert_array_equal(found, array, strict=True)
    assert found.dtype.isnative
    assert found.flags.writeable


def test_paths_bytes_raw_and_gzip_agree(good: bytes, tmp_path: Path) -> None:
    """The reader takes a path, a string or bytes, unzipped or not, whatever the file is called."""
    (tmp_path / "raw").write_bytes(good)
    (tmp_path / "zipped").write_bytes(gzip.compress(good))

    for source in (good, gzip.compress(good), tmp_path / "raw", str(tmp_path / "zipped")):
        np.testing.assert_array_equal(read_idx(source), IMAGES)


def test_sum_is_of_the_raw_bytes(good: bytes) -> None:
    """The expected sum belongs to the unzipped content, and its case does not matter."""
    expected = hashlib.sha256(good).hexdigest()

    for source in (good, gzip.compress(good, 1), gzip.compress(good, 9)):
        np.testing.assert_array_equal(read_idx(source, expected_sha256=expected.upper()), IMAGES)


def test_wrong_sum_is_refused(good: bytes) -> None:
    """One changed pixel is noticed when a sum is given."""
    expected = hashlib.sha256(good).hexdigest()
    with pytest.raises(DataError, match=r"damaged or altered: SHA-256 .*, wanted"):
        read_idx(good[:-1] + b"\xff", expected_sha256=expected)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not an IDX file: it begins with nothing"),
        (b"\x00\x00\x08", "is not an IDX file"),
        (b"\x00\x01\x08\x01" + bytes(4), "is not an IDX file"),
        (b"<!doctype html>", "it begins with 3c 21 64 6f"),
        (b"\x00\x00\x0a\x01" + bytes(4), "a type from 08 to 0e"),
        (b"\x00\x00\x08\x00", "1 to 4 axes"),
        (b"\x00\x00\x08\x05" + bytes(20), "1 to 4 axes"),
        (b"\x00\x00\x08\x03" + bytes(8), "truncated within its header: 12 of 16 bytes"),
        (b"\x00\x00\x08\x04" + b"\xff" * 16, "which is too large"),
        (b"\x00\x00\x0e\x01" + struct.pack(">I", 1 << 28), "which is too large"),
        (b"\x00\x00\x08\x03" + bytes(4) + b"\xff" * 8, "which is too large"),
    ],
)
def test_bad_headers_are_named(content: bytes, message: str) -> None:
    """Wrong magic, unknown type, bad axes, a short header and forged sizes each have a sentence."""
    with pytest.raises(DataError, match=message):
        read_idx(content)


def test_truncated_and_longer_files_are_named(good: bytes) -> None:
    """A missing or an additional byte is an error that gives both lengths."""
    with pytest.raises(DataError, match="is truncated: 39 bytes, wanted 40"):
        read_idx(good[:-1])
    with pytest.raises(DataError, match="longer than its header says: 41 bytes, wanted 40"):
        read_idx(good + b"\0")


def test_bad_gzip_is_named(good: bytes) -> None:
    """Damage, truncation and trailing bytes of a gzip file each have a sentence."""
    zipped = gzip.compress(good)
    flipped = zipped[:-8] + bytes([zipped[-8] ^ 1]) + zipped[-7:]  # in the checksum

    with pytest.raises(DataError, match="damaged gzip"):
        read_idx(flipped)
    with pytest.raises(DataError, match="gzip file that is truncated"):
        read_idx(zipped[:-3])
    with pytest.raises(DataError, match="gzip file that is truncated"):
        read_idx(zipped[:2])
    with pytest.raises(DataError, match="has trailing bytes"):
        read_idx(zipped + b"x")


def test_size_is_limited_before_memory_is_taken(
    good: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file or a gzip stream above the limit is refused without being expanded."""
    monkeypatch.setattr(idx, "_MAX_BYTES", 1000)
    (tmp_path / "large").write_bytes(bytes(1001))

    np.testing.assert_array_equal(read_idx(gzip.compress(good)), IMAGES)
    with pytest.raises(DataError, match="too many for IDX"):
        read_idx(gzip.compress(bytes(100_000)))
    with pytest.raises(DataError, match="too large for an IDX file"):
        read_idx(tmp_path / "large")


def test_unreadable_paths_are_named(tmp_path: Path) -> None:
    """A missing file and a folder are errors with the path in them."""
    with pytest.raises(DataError, match=r"cannot read .*absent: No such file"):
        read_idx(tmp_path / "absent")
    with pytest.raises(DataError, match=r"cannot read .*: Is a directory"):
        read_idx(tmp_path)


@given(st.binary(max_size=40), st.integers(1, 4), st.sampled_from([code for code, _ in TYPES]))
def test_no_content_raises_anything_else(tail: bytes, n_axes: int, code: int) -> None:
    """Whatever follows a correct magic number gives an array or a DataError."""
    with contextlib.suppress(DataError):
        assert read_idx(bytes([0, 0, code, n_axes]) + tail).ndim == n_axes
    with contextlib.suppress(DataError):
        read_idx(b"\x1f\x8b\x08" + tail)
