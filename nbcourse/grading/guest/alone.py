"""A guest in an interpreter of its own: slower than a fork of the zygote, and simpler to trust.

Run as `python -I -S -B alone.py IN OUT`, two descriptors that may be the same socket. The first
line that comes in is JSON on what it may use; then it locks itself and answers.
"""

import json
import os
import sys


def main(incoming: int, outgoing: int) -> None:
    """Import what answers may use, lock, and answer."""
    job = json.loads(_line(incoming))
    sys.path[:0] = job["path"]
    from nbcourse.grading.guest import answers, lockdown
    from nbcourse.grading.guest.channel import Channel
    from nbcourse.grading.guest.warm import warm

    warm(job["packages"])
    answers.load_drivers()
    locks = lockdown.Locks(**{**job["locks"], "readable": tuple(job["locks"]["readable"])})
    try:
        if locks.any:
            from nbcourse.grading.guest import kernel

            kernel.die_with_parent()
            mapped = lockdown.mapped_bytes()
            program = bytes.fromhex(job["program"])
            lockdown.lock(locks, {incoming, outgoing}, program, mapped)
        os.write(outgoing, b"R")
    except OSError as error:
        os.write(outgoing, b"E" + str(error).encode()[:200])
        os._exit(1)
    answers.serve(Channel(incoming, outgoing))


def _line(descriptor: int) -> bytes:
    """One line, and not a byte more: what follows belongs to the channel."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(descriptor, 1)
        if not byte:
            os._exit(1)
        line += byte
    return line


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
