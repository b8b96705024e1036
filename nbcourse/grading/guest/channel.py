"""Frames over a pair of file descriptors, with a deadline for each."""

import os
import select
import time

from nbcourse.grading.guest.frames import HEADER, FrameError, Value, decode, encode, sizes


class ClosedError(EOFError):
    """The other side has gone."""


class LateError(TimeoutError):
    """The other side did not answer in time."""


class Channel:
    """Sends and receives values; `os.read` and `os.write` only, which the jail allows."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self.incoming, self.outgoing = incoming, outgoing
        os.set_blocking(incoming, False)
        os.set_blocking(outgoing, False)

    def send(self, value: Value, seconds: float = 10.0) -> None:
        """Send one value.

        Raises:
            FrameError: it has no frame.
            ClosedError: the other side has gone.
            LateError: the other side does not read.
        """
        rest, deadline = memoryview(encode(value)), time.monotonic() + seconds
        while rest:
            try:
                rest = rest[os.write(self.outgoing, rest[: 2**16]) :]
            except BlockingIOError:
                _wait(self.outgoing, select.POLLOUT, deadline)
            except (BrokenPipeError, ConnectionError):
                raise ClosedError from None

    def receive(self, seconds: float | None) -> Value:
        """The next value; None waits for ever.

        Raises:
            FrameError: what came is no frame.
            ClosedError: the other side has gone.
            LateError: no whole frame came in time.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        header = self._read(HEADER.size, deadline)
        return decode(header + self._read(sizes(header), deadline))

    def _read(self, n_bytes: int, deadline: float | None) -> bytes:
        parts, left = [], n_bytes
        while left:
            try:
                part = os.read(self.incoming, min(left, 2**20))
            except BlockingIOError:
                _wait(self.incoming, select.POLLIN, deadline)
                continue
            except ConnectionError:
                part = b""
            if not part:
                raise ClosedError
            parts.append(part)
            left -= len(part)
            if left and deadline is not None and time.monotonic() > deadline:
                raise LateError  # a byte now and then does not keep us waiting
        return b"".join(parts)

    def close(self) -> None:
        """Close both descriptors."""
        for descriptor in {self.incoming, self.outgoing}:
            os.close(descriptor)


def _wait(descriptor: int, event: int, deadline: float | None) -> None:
    poll = select.poll()
    poll.register(descriptor, event)
    left = None if deadline is None else 1000 * (deadline - time.monotonic())
    if (left is not None and left <= 0) or not poll.poll(left):
        raise LateError


__all__ = ["Channel", "ClosedError", "FrameError", "LateError"]
