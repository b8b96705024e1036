"""Exercise: read the binary format in which MNIST is published, and refuse damaged files."""

import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.checking import Exercise, Given, agrees, given, holds, known, mutant
from nbcourse.data import read_idx
from nbcourse.exercises.mnist.drivers import read, read_damaged

Array = NDArray[Any]

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def _reference(data: bytes) -> Array:
    return read_idx(data)


def _with_frombuffer(data: bytes) -> Array:
    types = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
    if len(data) < 4 or data[0] != 0 or data[1] != 0 or data[2] not in types:
        raise ValueError("this is not an IDX file")
    n_axes = data[3]
    shape = np.frombuffer(data, dtype=">u4", count=n_axes, offset=4)
    dtype, start = np.dtype(types[data[2]]), 4 + 4 * n_axes
    if len(data) != start + dtype.itemsize * math.prod(shape.tolist()):
        raise ValueError("the file is too short or too long")
    numbers = np.frombuffer(data, dtype=dtype, offset=start)
    return numbers.reshape(shape.tolist()).astype(dtype.newbyteorder("="))


def _with_struct(data: bytes) -> Array:
    types = {8: ("B", np.uint8), 9: ("b", np.int8), 11: ("h", np.int16), 12: ("i", np.int32)}
    types |= {13: ("f", np.float32), 14: ("d", np.float64)}  # type: ignore[dict-item]
    try:
        zeros, kind, n_axes = struct.unpack(">HBB", data[:4])
        letter, dtype = types[kind]
        shape = struct.unpack(f">{n_axes}I", data[4 : 4 + 4 * n_axes])
        numbers = struct.unpack(f">{math.prod(shape)}{letter}", data[4 + 4 * n_axes :])
    except (struct.error, KeyError) as error:
        raise ValueError("this is not an IDX file, or it is damaged") from error
    if zeros:
        raise ValueError("an IDX file begins with two zero bytes")
    return np.array(numbers, dtype=dtype).reshape(shape)


def _by_hand(data: bytes) -> Array:
    types = {8: np.uint8, 9: np.int8, 11: np.int16, 12: np.int32, 13: np.float32, 14: np.float64}
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in types:
        raise ValueError("this is not an IDX file")
    dtype = np.dtype(types[data[2]])
    shape = [int.from_bytes(data[4 * k : 4 * k + 4], "big") for k in range(1, data[3] + 1)]
    size = dtype.itemsize
    body = data[4 + 4 * data[3] :]
    if len(data) < 4 + 4 * data[3] or len(body) != size * math.prod(shape):
        raise ValueError("the file is too short or too long")
    little = b"".join(body[k : k + size][::-1] for k in range(0, len(body), size))
    return np.frombuffer(little, dtype=dtype.newbyteorder("<")).astype(dtype).reshape(shape)


def _parse(
    data: bytes,
    *,
    zeros: bool = True,
    length: str = ">",
    types: dict[int, str] = _TYPES,
    start: int | None = None,
    exact: bool = True,
) -> Array:
    """A reader with one choice after another open, for the mistakes below."""
    if len(data) < 4 or (zeros and data[:2] != b"\0\0") or data[2] not in types:
        raise ValueError("this is not an IDX file")
    n_axes = data[3]
    if len(data) < 4 + 4 * n_axes:
        raise ValueError("the header is cut short")
    shape = struct.unpack(f"{length}{n_axes}I", data[4 : 4 + 4 * n_axes])
    body = data[4 + 4 * n_axes if start is None else start :]
    dtype = np.dtype(types[data[2]])
    wanted = dtype.itemsize * math.prod(shape)
    if len(body) < wanted or (exact and len(body) > wanted):
        raise ValueError("the file is too short or too long")
    return np.frombuffer(body[:wanted], dtype).reshape(shape).astype(dtype.newbyteorder("="))


@mutant(
    "You read the lengths in the header as little-endian: in 00 00 00 02 the first byte is the "
    "highest, so the length is 2."
)
def _little_endian_header(data: bytes) -> Array:
    return _parse(data, length="<")


@mutant(
    "The header is right, but the numbers after it are big-endian too: two-byte and four-byte "
    "numbers come out with their bytes reversed."
)
def _little_endian_numbers(data: bytes) -> Array:
    return _parse(data, types={kind: name.replace(">", "<") for kind, name in _TYPES.items()})


@mutant(
    "The numbers are right, but the array still has the byte order of the file (a dtype such as "
    ">f4). Convert it with astype to the machine's own."
)
def _keeps_byte_order(data: bytes) -> Array:
    found = _parse(data)
    return found.astype(found.dtype.newbyteorder(">"))


@mutant("You read every file as unsigned bytes; the third byte of the file says which type it is.")
def _only_bytes(data: bytes) -> Array:
    return _parse(data, types=dict.fromkeys(_TYPES, ">u1"))


@mutant(
    "Your header always has the 16 bytes of a file of images. Labels have one axis, so their "
    "header has 8 bytes; the fourth byte says how many axes there are."
)
def _only_images(data: bytes) -> Array:
    return _parse(data, start=16)


@mutant("You return all numbers in one row; give the array the lengths that the header names.")
def _flat(data: bytes) -> Array:
    return _parse(data).ravel()


@mutant("You accept files that do not begin with two zero bytes; raise ValueError for them.")
def _accepts_any_start(data: bytes) -> Array:
    return _parse(data, zeros=False)


@mutant(
    "You accept a file with bytes left over after the last number; a file longer than its header "
    "says is damaged too, so raise ValueError."
)
def _accepts_more(data: bytes) -> Array:
    return _parse(data, exact=False)


@mutant(
    "A file that lacks whole images passes: reshape(-1, ...) takes the number of images from the "
    "bytes that happen to be there. Compare it with the header."
)
def _accepts_fewer(data: bytes) -> Array:
    if len(data) < 4 + 4 * (data[3] if len(data) > 3 else 0):
        raise ValueError("the header is cut short")
    shape = struct.unpack(f">{data[3]}I", data[4 : 4 + 4 * data[3]])
    row = np.dtype(_TYPES.get(data[2], ">u1")).itemsize * math.prod(shape[1:])
    n_rows, rest = divmod(len(data) - 4 - 4 * data[3], max(row, 1))
    if rest or n_rows >= shape[0]:
        return _parse(data)
    return _parse(data[:4] + struct.pack(">I", n_rows) + data[8:])


@mutant(
    "On a damaged file your function fails with an error of its tools (of struct, or of an index); "
    "find the damage first, and raise ValueError."
)
def _other_errors(data: bytes) -> Array:
    n_axes = data[3]
    struct.unpack(f">{n_axes}I", data[4 : 4 + 4 * n_axes])
    return _parse(data)


def _file(kind: int, array: Array) -> Array:
    header = struct.pack(f">HBB{array.ndim}I", 0, kind, array.ndim, *array.shape)
    return np.frombuffer(header + array.astype(_TYPES[kind]).tobytes(), np.uint8).copy()


def _drawn(rng: np.random.Generator, kind: int, n_axes: int) -> Array:
    limits = np.iinfo(np.dtype(_TYPES[kind]).newbyteorder("="))
    shape = tuple(int(k) for k in rng.integers(1, 6, size=n_axes))
    return _file(kind, rng.integers(limits.min, limits.max, size=shape, endpoint=True))


def _bytes(rng: np.random.Generator) -> Given:
    return given(_drawn(rng, int(rng.choice([0x08, 0x09])), int(rng.integers(1, 5))))


def _longer(rng: np.random.Generator) -> Given:
    return given(_drawn(rng, int(rng.choice([0x0B, 0x0C])), int(rng.integers(1, 4))))


def _labels(rng: np.random.Generator) -> Given:
    return given(_file(0x08, rng.integers(10, size=rng.integers(1, 9))))


def _empty(rng: np.random.Generator) -> Given:
    return given(_file(0x08, np.zeros((0, *rng.integers(1, 9, size=2)))))


def _wrong_start(rng: np.random.Generator) -> Given:
    whole = _drawn(rng, 0x08, 2)
    first, second, kind, archive = (whole.copy() for _ in range(4))
    first[0], second[1] = rng.integers(1, 256, size=2)
    kind[2] = rng.choice([0x00, 0x07, 0x0A, 0x0F, 0x10])
    archive[:2] = 0x50, 0x4B
    return given(
        {
            f"a first byte of {first[0]}": first,
            f"a second byte of {second[1]}": second,
            f"the unknown type {kind[2]:#04x}": kind,
            "the start of a zip archive": archive,
        }
    )


def _wrong_length(rng: np.random.Generator) -> Given:
    n, height, width = (int(k) for k in rng.integers(2, 5, size=3))
    whole = _file(0x08, rng.integers(256, size=(n, height, width)))
    return given(
        {
            "no byte at all": whole[:0],
            "three bytes": whole[:3],
            "a header that is cut short": whole[: int(rng.integers(5, 16))],
            "one byte missing": whole[:-1],
            "one image missing": whole[: -height * width],
            "one byte too many": np.append(whole, np.uint8(0)),
        }
    )


def _refuses(value: dict[str, str], files: dict[str, Array]) -> str | None:
    for name in files:
        if value[name] != "raised ValueError":
            return f"for a file with {name} it {value[name]}; wanted ValueError"
    return None


def _content(text: str) -> Given:
    return given(np.frombuffer(bytes.fromhex(text), np.uint8).copy())


EXERCISE = Exercise(
    name="load_idx",
    number=1,
    signature="load_idx(data)",
    statement=(
        "The array that an IDX file holds, given its bytes: in the shape that the header names, of "
        "the type that it names, in the byte order of the machine. ValueError for damaged files."
    ),
    stars=2,
    minutes=30,
    points={"contract": 1, "known answers": 3, "properties": 6},
    reference=_reference,
    solutions=(_with_frombuffer, _with_struct, _by_hand),
    mutants=(
        _little_endian_header,
        _little_endian_numbers,
        _keeps_byte_order,
        _only_bytes,
        _only_images,
        _flat,
        _accepts_any_start,
        _accepts_more,
        _accepts_fewer,
        _other_errors,
    ),
    hints=(
        "data[k] is byte number k, as a whole number. Check the first four before anything else; "
        "a file can be shorter than that.",
        "The header has 4 + 4 * n_axes bytes. np.frombuffer reads numbers from bytes: its dtype "
        "'>u4' means big-endian, unsigned, four bytes; see also its count and offset.",
        "Know the shape and the type, and you know how long the file must be: compare with "
        "len(data), and raise ValueError unless equal. Then frombuffer from the end of the header, "
        "reshape, and astype to the type without the '>'.",
    ),
    checks=(
        known(
            "six pixels, byte by byte",
            _content("00000802 00000002 00000003 000102FD FEFF"),
            np.array([[0, 1, 2], [253, 254, 255]], dtype=np.uint8),
            driver=read,
        ),
        known(
            "two numbers of type 0D, as float32",
            _content("00000D01 00000002 3F800000 C0200000"),
            np.array([1.0, -2.5], dtype=np.float32),
            driver=read,
        ),
        known(
            "one number of type 0E, as float64",
            _content("00000E02 00000001 00000001 3FF8000000000000"),
            np.array([[1.5]]),
            driver=read,
        ),
        agrees("bytes, signed or not, with one to four axes", _bytes, driver=read),
        agrees("whole numbers of two and of four bytes", _longer, driver=read),
        agrees("labels: a single axis", _labels, cases=1, driver=read),
        agrees("a file with no images in it", _empty, cases=1, driver=read),
        holds("another start raises ValueError", _wrong_start, _refuses, driver=read_damaged),
        holds("a wrong length raises ValueError", _wrong_length, _refuses, driver=read_damaged),
    ),
    keeps_dtype=False,  # the result has the type that the file names
)
