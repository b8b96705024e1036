"""IDX files: the simple binary format in which MNIST was published."""

import hashlib
import math
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.data.records import DataError

__all__ = ["read_idx"]

_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MAX_BYTES = 1 << 30  # far above any file of the family; stops a forged header


def read_idx(source: str | Path | bytes, *, expected_sha256: str | None = None) -> NDArray[Any]:
    """Read an IDX file, raw or gzipped, from a path or from bytes.

    Two zero bytes, one byte for the type, one for the number of axes, the length of each axis as a
    big-endian 32-bit integer, then the numbers, big-endian.

    Args:
        source: the file, or its content.
        expected_sha256: hexadecimal sum of the raw (unzipped) content, checked when given.

    Raises:
        DataError: the content is no such file, is cut short or too long, or has another sum.
    """
    name = "the data" if isinstance(source, bytes) else str(source)
    raw = _unzip(_bytes(source, name), name)
    if expected_sha256 is not None:
        found = hashlib.sha256(raw).hexdigest()
        if found != expected_sha256.lower():
            raise DataError(
                f"{name} is damaged or altered: SHA-256 {found[:12]}..., "
                f"wanted {expected_sha256[:12]}..."
            )
    return _parse(raw, name)


def _bytes(source: str | Path | bytes, name: str) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        if Path(source).stat().st_size > _MAX_BYTES:
            raise DataError(f"{name} is too large for an IDX file: more than {_MAX_BYTES:,} bytes")
        return Path(source).read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {name}: {error.strerror}") from error


def _unzip(content: bytes, name: str) -> bytes:
    if content[:2] != b"\x1f\x8b":
        return content
    gzipped = zlib.decompressobj(wbits=31)  # 31: with gzip header and checksum
    try:
        raw = gzipped.decompress(content, _MAX_BYTES)
    except zlib.error as error:
        raise DataError(f"{name} is a damaged gzip file ({error})") from error
    if gzipped.unconsumed_tail:
        raise DataError(f"{name} unzips to more than {_MAX_BYTES:,} bytes, too many for IDX")
    if not gzipped.eof or gzipped.unused_data:
        state = "has trailing bytes" if gzipped.eof else "is truncated"
        raise DataError(f"{name} is a gzip file that {state}")
    return raw


def _parse(raw: bytes, name: str) -> NDArray[Any]:
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in _DTYPES or not 1 <= raw[3] <= 4:
        raise DataError(
            f"{name} is not an IDX file: it begins with {raw[:4].hex(' ') or 'nothing'}, "
            "wanted 00 00, a type from 08 to 0e, and 1 to 4 axes"
        )
    dtype, n_axes = np.dtype(_DTYPES[raw[2]]), raw[3]
    start = 4 + 4 * n_axes
    if len(raw) < start:
        raise DataError(f"{name} is truncated within its header: {len(raw)} of {start} bytes")
    shape = struct.unpack(f">{n_axes}I", raw[4:start])
    wanted = start + dtype.itemsize * math.prod(shape)
    if dtype.itemsize * math.prod(max(length, 1) for length in shape) > _MAX_BYTES:
        raise DataError(f"{name} claims to hold an array of shape {shape}, which is too large")
    if len(raw) != wanted:
        state = "truncated" if len(raw) < wanted else "longer than its header says"
        raise DataError(f"{name} is {state}: {len(raw):,} bytes, wanted {wanted:,}")
    return np.frombuffer(raw, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))
