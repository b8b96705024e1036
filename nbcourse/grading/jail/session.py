"""One guest, from the trusted side: send it cells, then calls; end it at any moment."""

import os
import socket
from collections.abc import Callable
from typing import Protocol

from nbcourse.grading.guest.channel import Channel


class Session:
    """A locked process that runs one notebook.

    Attributes:
        channel: where values go and come.
    """

    def __init__(self, channel: Channel, end: Callable[[], None]) -> None:
        self.channel, self._end = channel, end
        self._open = True

    def close(self) -> None:
        """Kill the guest and all that it started; may be called twice."""
        if self._open:
            self._open = False
            try:
                self.channel.close()  # first: a guest ends when nobody talks to it
            finally:
                self._end()

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *details: object) -> None:
        self.close()


class Jail(Protocol):
    """What starts guests: warm, fresh, in a container, or (on request) none at all."""

    name: str  # how the walls are called in a grade record

    def open(self) -> Session:
        """Start a guest.

        Raises:
            JailError: it cannot be started; no fault of the answers.
        """
        ...

    def close(self) -> None:
        """End everything."""
        ...


def socket_pair() -> tuple[socket.socket, socket.socket]:
    """Our end and the guest's end of a connection."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)


def channel_of(end: socket.socket) -> Channel:
    """A channel that owns the descriptor of a socket."""
    descriptor = end.detach()
    os.set_inheritable(descriptor, False)
    return Channel(descriptor, descriptor)
