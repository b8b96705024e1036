"""A warm interpreter that forks one locked process for each submission.

Run as `python -I -S -B zygote.py CONTROL`, inside bubblewrap where there is one. It
imports what answers may use, and never sees a submission: for each it is handed two descriptors,
the guest's end of a socket and a leash. While the other side holds the leash the guest lives.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbcourse.grading.guest.lockdown import Locks


def main(control: int) -> None:
    """Warm up, announce readiness, then fork until the control socket closes."""
    server = socket.socket(fileno=control)
    job = _read_job(server)
    sys.path[:0] = job["path"]
    from nbcourse.grading.guest import answers, kernel, lockdown
    from nbcourse.grading.guest.warm import warm

    kernel.die_with_parent()
    locks = lockdown.Locks(**{**job["locks"], "readable": tuple(job["locks"]["readable"])})
    program = bytes.fromhex(job["program"])
    warm(job["packages"])
    answers.load_drivers()
    mapped = lockdown.mapped_bytes()
    if threading.active_count() != 1 or len(os.listdir("/proc/self/task")) != 1:  # noqa: PTH208
        sys.exit("the zygote has more than one thread; a fork of it could hang")
    gc.freeze()
    server.sendall(b"R")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # supervisors end unseen
    while True:
        message, descriptors, _, _ = socket.recv_fds(server, 1, 2)
        if not message:
            os._exit(0)
        if os.fork() == 0:
            _supervise(locks, program, mapped, server, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _read_job(server: socket.socket) -> dict[str, Any]:
    """What the other side wants of this zygote: one line of JSON, before any submission."""
    with server.makefile("rb") as stream:
        job: dict[str, Any] = json.loads(stream.readline())
        return job


def _supervise(
    locks: "Locks", program: bytes, mapped: int, server: socket.socket, job: int, leash: int
) -> None:
    """Fork the guest into namespaces of its own, and kill it when the leash is let go."""
    from nbcourse.grading.guest import kernel, lockdown
    from nbcourse.grading.guest.answers import serve
    from nbcourse.grading.guest.channel import Channel

    server.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        kernel.die_with_parent()
        lockdown.leave(locks)
        guest = os.fork()
        if guest == 0:
            kernel.die_with_parent()
            os.close(leash)
            lockdown.lock(locks, {job}, program, mapped)
            os.write(job, b"R")
            serve(Channel(job, job))
    except BaseException as error:
        os.write(job, b"E" + str(error).encode()[:200])
        os._exit(1)
    os.close(job)
    ended = os.pidfd_open(guest)
    poll = select.poll()
    poll.register(leash, select.POLLHUP | select.POLLIN)
    poll.register(ended, select.POLLIN)
    poll.poll()
    os.kill(guest, signal.SIGKILL)
    os.waitpid(guest, 0)
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
