"""Frames: plain values as bytes, in a fixed binary form that a hostile sender cannot turn on us.

A frame is a header, a table of nodes and a heap of bytes. The nodes are the value in preorder,
each of a fixed size: a tag, a count or a dtype, and the length of its piece of the heap. Nothing
in it is recursive, named or executable, every length is checked before memory is asked for, and an
array is its dtype (one of a closed list), its shape and its raw little-endian numbers. Decoding
raises FrameError and nothing else.
"""

import math
import struct
from typing import Any, Final

import numpy as np

Value = Any  # plain: None, bool, int, float, complex, str, array, scalar; tuple, list, dict of them

MAGIC: Final = b"NBF1"
HEADER: Final = struct.Struct("<4sIQ")  # magic, number of nodes, bytes of heap
MAX_NODES: Final = 200_000
MAX_HEAP: Final = 80 * 2**20
MAX_DEPTH: Final = 12
MAX_NDIM: Final = 16
MAX_INT: Final = 512  # bytes of a whole number

_NODE: Final = struct.Struct("<BBIQ")  # tag, dtype or number of axes, count, bytes of heap
_FLOAT, _COMPLEX = struct.Struct("<d"), struct.Struct("<dd")
_NONE, _FALSE, _TRUE, _INT, _REAL, _IMAGINARY, _TEXT, _ARRAY, _SCALAR, _LIST, _TUPLE, _DICT = range(
    12
)
_DTYPES: Final = tuple(
    np.dtype(name)
    for name in (
        "?", "<i1", "<i2", "<i4", "<i8", "<u1", "<u2", "<u4", "<u8",
        "<f2", "<f4", "<f8", "<c8", "<c16",
    )
)  # fmt: skip
_CODES: Final = {dtype: code for code, dtype in enumerate(_DTYPES)}


class FrameError(ValueError):
    """Bytes that are no frame, or a value that has none."""


def encode(value: Value) -> bytes:
    """The frame of a plain value.

    Raises:
        FrameError: for a value that is not plain, or too large.
    """
    nodes: list[bytes] = []
    heap: list[bytes] = []
    stack = [(value, 0)]
    while stack:
        item, depth = stack.pop()
        if len(nodes) >= MAX_NODES or depth > MAX_DEPTH:
            raise FrameError("a value of too many parts, or nested too deep")
        children = _put(item, nodes, heap)
        stack.extend((child, depth + 1) for child in reversed(children))
    size = sum(map(len, heap))
    if size > MAX_HEAP:
        raise FrameError(f"a value of {size} bytes, more than {MAX_HEAP}")
    return b"".join([HEADER.pack(MAGIC, len(nodes), size), *nodes, *heap])


def _put(item: Value, nodes: list[bytes], heap: list[bytes]) -> list[Value]:
    """Append the node of one item; return its children. Types are tested exactly."""
    kind = type(item)
    if kind in (list, tuple):
        nodes.append(_NODE.pack(_LIST if kind is list else _TUPLE, 0, len(item), 0))
        return list(item)
    if kind is dict:
        if not all(type(key) in (str, int) for key in item):
            raise FrameError("a dictionary with keys that are neither text nor whole numbers")
        nodes.append(_NODE.pack(_DICT, 0, len(item), 0))
        return [part for pair in item.items() for part in pair]
    tag, code, count, data = _leaf(item, kind)
    nodes.append(_NODE.pack(tag, code, count, len(data)))
    heap.append(data)
    return []


def _leaf(item: Value, kind: type) -> tuple[int, int, int, bytes]:
    if item is None or kind is bool:
        return (_NONE if item is None else _TRUE if item else _FALSE), 0, 0, b""
    if kind is int:
        return _INT, 0, 0, _whole(item)
    if kind is float:
        return _REAL, 0, 0, _FLOAT.pack(item)
    if kind is complex:
        return _IMAGINARY, 0, 0, _COMPLEX.pack(item.real, item.imag)
    if kind is str:
        return _TEXT, 0, 0, item.encode("utf-8", "surrogatepass")
    if kind is np.ndarray or (issubclass(kind, np.generic) and kind.__module__ == "numpy"):
        return _numbers(item, _ARRAY if kind is np.ndarray else _SCALAR)
    raise FrameError(f"an object of type {kind.__name__[:40]}")


def _whole(item: int) -> bytes:
    length = item.bit_length() // 8 + 1
    if length > MAX_INT:
        raise FrameError(f"a whole number of {length} bytes")
    return item.to_bytes(length, "little", signed=True)


def _numbers(item: Any, tag: int) -> tuple[int, int, int, bytes]:  # noqa: ANN401
    dtype = item.dtype.newbyteorder("<")
    if dtype not in _CODES:
        raise FrameError(f"an array of dtype {item.dtype}")
    if item.ndim > MAX_NDIM:
        raise FrameError(f"an array of {item.ndim} axes")
    shape = struct.pack(f"<{item.ndim}Q", *item.shape)
    return tag, _CODES[dtype], item.ndim, shape + np.asarray(item).astype(dtype).tobytes()


def sizes(header: bytes) -> int:
    """How many bytes follow a header.

    Raises:
        FrameError: it is none, or announces more than a frame may have.
    """
    if len(header) != HEADER.size:
        raise FrameError(f"a header of {len(header)} bytes")
    magic, n_nodes, n_heap = HEADER.unpack(header)
    if magic != MAGIC:
        raise FrameError("bytes that do not begin like a frame")
    if not 1 <= n_nodes <= MAX_NODES or n_heap > MAX_HEAP:
        raise FrameError(f"a frame that announces {n_nodes} nodes and {n_heap} bytes")
    return int(n_nodes * _NODE.size + n_heap)


def decode(frame: bytes) -> Value:
    """The value of a frame; arrays are fresh and writable.

    Raises:
        FrameError: for any other bytes.
    """
    if len(frame) - HEADER.size != sizes(frame[: HEADER.size]):
        raise FrameError("a frame of another length than it announces")
    _, n_nodes, _ = HEADER.unpack_from(frame)
    start = HEADER.size + n_nodes * _NODE.size
    at = start
    root: list[Value] = []
    open_: list[tuple[int, int, list[Value]]] = [(_LIST, 1, root)]  # tag, wanted, what there is
    for tag, code, count, length in _NODE.iter_unpack(memoryview(frame)[HEADER.size : start]):
        if not open_:
            raise FrameError("more nodes than values")
        data, at = frame[at : at + length], at + length
        if at > len(frame):
            raise FrameError("a node that reaches beyond the frame")
        if tag in (_LIST, _TUPLE, _DICT):
            _open(open_, tag, code, count, length, n_nodes)
        else:
            open_[-1][2].append(_value(tag, code, count, data))
        _close(open_)
    if open_ or at != len(frame):
        raise FrameError("a frame with parts missing or left over")
    return root[0]


def _open(
    open_: list[tuple[int, int, list[Value]]],
    tag: int,
    code: int,
    count: int,
    length: int,
    n_nodes: int,
) -> None:
    if code or length or count > n_nodes:
        raise FrameError("a container of an impossible size")
    if len(open_) > MAX_DEPTH + 1:
        raise FrameError("values nested too deep")
    open_.append((tag, count * (2 if tag == _DICT else 1), []))


def _close(open_: list[tuple[int, int, list[Value]]]) -> None:
    """Hand every container that is full to the one around it."""
    while open_ and len(open_[-1][2]) == open_[-1][1]:
        tag, _, items = open_.pop()
        if open_:
            open_[-1][2].append(_container(tag, items))


def _container(tag: int, items: list[Value]) -> Value:
    if tag == _LIST:
        return items
    if tag == _TUPLE:
        return tuple(items)
    keys = items[::2]
    if not all(type(key) in (str, int) for key in keys) or len(set(keys)) != len(keys):
        raise FrameError("a dictionary with keys of the wrong type, or twice the same")
    return dict(zip(keys, items[1::2], strict=True))


def _value(tag: int, code: int, count: int, data: bytes) -> Value:
    if tag in (_ARRAY, _SCALAR):
        return _array(tag, code, count, data)
    if code or count:
        raise FrameError("a number or text with a dtype")
    if tag in (_NONE, _FALSE, _TRUE) and not data:
        return {_NONE: None, _FALSE: False, _TRUE: True}[tag]
    if tag == _INT and 1 <= len(data) <= MAX_INT:
        return int.from_bytes(data, "little", signed=True)
    if tag == _REAL and len(data) == _FLOAT.size:
        return _FLOAT.unpack(data)[0]
    if tag == _IMAGINARY and len(data) == _COMPLEX.size:
        return complex(*_COMPLEX.unpack(data))
    if tag == _TEXT:
        return data.decode("utf-8", "replace")
    raise FrameError(f"a node of an unknown kind ({tag}) or a wrong length")


def _array(tag: int, code: int, ndim: int, data: bytes) -> Value:
    if code >= len(_DTYPES) or ndim > MAX_NDIM or len(data) < 8 * ndim:
        raise FrameError("an array of an unknown dtype, or of too many axes")
    shape = struct.unpack_from(f"<{ndim}Q", data)
    dtype = _DTYPES[code]
    if math.prod(shape) * dtype.itemsize != len(data) - 8 * ndim or max(shape, default=0) > 2**40:
        raise FrameError("an array whose shape does not fit its bytes")
    if dtype.kind == "b" and data[8 * ndim :].translate(None, b"\0\1"):
        raise FrameError("truth values that are neither 0 nor 1")
    array = np.frombuffer(data, dtype, offset=8 * ndim).reshape(shape).copy()
    if tag == _ARRAY:
        return array
    if ndim:
        raise FrameError("a scalar with axes")
    return array[()]
