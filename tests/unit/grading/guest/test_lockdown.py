"""Locks, as far as they can be tried without a jail; the rest is in tests/security."""

import subprocess
import sys

PROGRAM = """
import os
from nbcourse.grading.guest import lockdown

kept = {0, 1} if KEEP == "pipes" else {os.dup(1)}
extra = os.open("/dev/null", os.O_RDONLY)
lockdown._close_all_but(kept)
found = []
for number in range(64):
    try:
        found.append((number, os.readlink(f"/proc/self/fd/{number}") == "/dev/null"))
    except OSError:
        pass
os.write(max(kept), repr(found).encode())
"""


def _descriptors(keep):
    """Those that are open after closing all but some, and which of them lead nowhere."""
    command = [sys.executable, "-c", f"KEEP = {keep!r}\n{PROGRAM}"]
    done = subprocess.run(command, stdin=subprocess.PIPE, capture_output=True, check=True)
    return eval(done.stdout)


def test_only_what_is_kept_stays_open():
    """A container's guest talks through 0 and 1; what is left of 0, 1 and 2 leads nowhere."""
    assert _descriptors("pipes") == [(0, False), (1, False), (2, True)]


def test_a_guest_with_a_socket_keeps_it_alone():
    """Its standard streams lead nowhere."""
    streams = [(number, True) for number in (0, 1, 2)]
    assert _descriptors("socket") == [*streams, (3, False)]
