"""Frames: every plain value comes back equal, and other bytes do nothing but raise one error."""

import struct

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from nbcourse.grading.guest import frames
from nbcourse.grading.guest.frames import HEADER, MAX_HEAP, MAX_NODES, FrameError, decode, encode

_arrays = npst.arrays(
    dtype=st.sampled_from(["?", "i1", "i8", "u2", "f2", "f4", "f8", "c8", "c16", ">f8", ">i4"]),
    shape=npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
)
_leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**100), 2**100)
    | st.floats()
    | st.complex_numbers()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | _arrays
    | st.floats(width=32).map(np.float32)
)
_values = st.recursive(
    _leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=5) | st.integers(0, 9), inner, max_size=4)
    ),
    max_leaves=12,
)


def _same(a, b):
    """Equal in type and content, NaN included; the byte order of an array may differ."""
    if isinstance(a, np.ndarray | np.generic):
        return (
            type(a) is type(b)
            and a.dtype.newbyteorder("<") == b.dtype.newbyteorder("<")
            and a.shape == b.shape
            and a.astype(b.dtype).tobytes() == b.tobytes()
        )
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(_same(a[key], b[key]) for key in a)
    return type(a) is type(b) and repr(a) == repr(b)


@given(_values)
def test_a_plain_value_comes_back_equal(value):
    """Types, dtypes, shapes, numbers to the bit, order of keys."""
    frame = encode(value)

    assert _same(value, decode(frame))
    assert frames.sizes(frame[: HEADER.size]) == len(frame) - HEADER.size


@settings(max_examples=300)
@given(_values, st.data())
def test_changed_bytes_raise_one_kind_of_error_or_give_a_value(value, data):
    """Whatever is changed, cut or added: a value or a FrameError, and nothing else."""
    frame = bytearray(encode(value))
    for _ in range(data.draw(st.integers(1, 4))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(frame)))
    for hostile in (bytes(frame), bytes(frame[:end]), bytes(frame) + b"x"):
        try:
            decode(hostile)
        except FrameError:
            continue


@given(st.binary(max_size=200))
@example(b"")
@example(frames.MAGIC)
def test_random_bytes_are_no_frame(data):
    """Bytes from anywhere raise FrameError."""
    with pytest.raises(FrameError):
        decode(data)


def _frame(*nodes, heap=b"", n_nodes=None, n_heap=None):
    packed = b"".join(struct.pack("<BBIQ", *node) for node in nodes)
    n_nodes = len(nodes) if n_nodes is None else n_nodes
    return (
        HEADER.pack(frames.MAGIC, n_nodes, len(heap) if n_heap is None else n_heap) + packed + heap
    )


HOSTILE = {
    "no node": _frame(),
    "more nodes than there are": _frame((0, 0, 0, 0), n_nodes=5),
    "two values": _frame((0, 0, 0, 0), (0, 0, 0, 0)),
    "a list that never fills": _frame((9, 0, 2, 0), (0, 0, 0, 0)),
    "a list of four billion": _frame((9, 0, 2**32 - 1, 0)),
    "an unknown kind": _frame((77, 0, 0, 0)),
    "an unknown dtype": _frame((7, 99, 0, 0)),
    "objects": _frame((7, 14, 1, 16), heap=struct.pack("<QQ", 1, 0)),
    "a shape that overflows": _frame((7, 11, 3, 24), heap=struct.pack("<QQQ", 2**62, 4, 0)),
    "a gigantic empty array": _frame((7, 11, 2, 16), heap=struct.pack("<QQ", 2**63, 0)),
    "a shape beyond the bytes": _frame((7, 11, 1, 16), heap=struct.pack("<Qd", 2, 1.0)),
    "a heap that is not there": _frame((6, 0, 0, 2**40), n_heap=0),
    "bytes left over": _frame((0, 0, 0, 0), heap=b"x"),
    "a truth value of 7": _frame((7, 0, 1, 9), heap=struct.pack("<QB", 1, 7)),
    "a scalar with axes": _frame((8, 11, 1, 16), heap=struct.pack("<Qd", 1, 1.0)),
    "a whole number without bytes": _frame((3, 0, 0, 0)),
    "a whole number of a kilobyte": _frame((3, 0, 0, 1024), heap=bytes(1024)),
    "a dictionary with a list as key": _frame((11, 0, 1, 0), (9, 0, 0, 0), (0, 0, 0, 0)),
    "a key twice": _frame(
        (11, 0, 2, 0), (6, 0, 0, 1), (0, 0, 0, 0), (6, 0, 0, 1), (0, 0, 0, 0), heap=b"aa"
    ),
    "a hundred thousand nested lists": _frame(*[(9, 0, 1, 0)] * 100_000, (0, 0, 0, 0)),
    "too many nodes": HEADER.pack(frames.MAGIC, MAX_NODES + 1, 0),
    "too large a heap": HEADER.pack(frames.MAGIC, 1, MAX_HEAP + 1),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_frame_is_refused(name):
    """Nothing is allocated by what a frame only announces."""
    with pytest.raises(FrameError):
        decode(HOSTILE[name])


@pytest.mark.parametrize(
    "value",
    [object(), {1.5: 0}, np.array([object()]), np.longdouble(1), 2**5000, {("a",): 1}, print],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_plain_has_no_frame(value):
    """An error names the type; no method of the value is called."""
    with pytest.raises(FrameError):
        encode(value)


def test_depth_and_size_are_bounded():
    """What would be refused by the other side is not sent."""
    nest = 0
    for _ in range(frames.MAX_DEPTH + 2):
        nest = [nest]
    with pytest.raises(FrameError, match="nested too deep"):
        encode(nest)
    with pytest.raises(FrameError, match="bytes"):
        encode([np.zeros(2**20)] * 11)
    with pytest.raises(FrameError, match="too many parts"):
        encode([0] * (MAX_NODES + 1))


def test_decoded_arrays_can_be_written():
    """They are copies, not views of what was received."""
    array = decode(encode(np.zeros(3)))
    array += 1

    assert array.tolist() == [1, 1, 1]
