"""Channels: whole values or one of three errors, and never a longer wait than was agreed."""

import os
import socket
import threading
import time

import numpy as np
import pytest

from nbcourse.grading.guest.channel import Channel, ClosedError, FrameError, LateError
from nbcourse.grading.guest.frames import encode


@pytest.fixture
def pair():
    """Two connected channels."""
    ends = socket.socketpair()
    channels = [Channel(end.fileno(), end.fileno()) for end in ends]
    yield channels
    for end in ends:
        end.close()


def test_a_value_crosses(pair):
    """Also one that is larger than what the kernel keeps on the way."""
    value = {"x": np.arange(10**6)}
    sender = threading.Thread(target=pair[0].send, args=(value,))
    sender.start()
    received = pair[1].receive(10)
    sender.join()

    assert np.array_equal(received["x"], value["x"])


def test_silence_ends_the_wait(pair):
    """After the agreed time, LateError."""
    start = time.monotonic()
    with pytest.raises(LateError):
        pair[0].receive(0.1)

    assert 0.05 < time.monotonic() - start < 1


def test_a_byte_now_and_then_does_not_prolong_the_wait(pair):
    """The deadline is for the whole frame."""
    frame, stop = encode(np.zeros(10**5)), threading.Event()

    def drip():
        for byte in frame:
            if stop.wait(0.01):
                return
            os.write(pair[1].outgoing, bytes([byte]))

    dripping = threading.Thread(target=drip)
    dripping.start()
    start = time.monotonic()
    with pytest.raises(LateError):
        pair[0].receive(0.3)
    took = time.monotonic() - start
    stop.set()
    dripping.join()

    assert took < 1


def test_the_end_of_the_other_side_is_noticed(pair):
    """In the middle of a frame as well."""
    os.write(pair[1].outgoing, encode("hello")[:-1])
    with socket.socket(fileno=os.dup(pair[1].outgoing)) as other:
        other.shutdown(socket.SHUT_RDWR)
    with pytest.raises(ClosedError):
        pair[0].receive(1)
    with pytest.raises(ClosedError):
        pair[0].send("anybody there?" * 10**6)


def test_garbage_is_refused(pair):
    """Bytes that are no frame raise FrameError at once."""
    os.write(pair[1].outgoing, b"hello, this is no frame")
    with pytest.raises(FrameError):
        pair[0].receive(1)


def test_who_does_not_read_does_not_block_us(pair):
    """Sending has a deadline, too."""
    with pytest.raises(LateError):
        pair[0].send(np.zeros(2**20), seconds=0.2)
