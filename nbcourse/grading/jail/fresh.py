"""The fresh jail: for each submission a new interpreter in walls of its own.

A second implementation of the same interface, an order of magnitude slower: to cross-check the
warm jail, and to fall back on when a zygote fails.
"""

import json
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbcourse.grading.errors import JailError
from nbcourse.grading.guest.lockdown import Locks
from nbcourse.grading.jail import stage
from nbcourse.grading.jail.command import launch
from nbcourse.grading.jail.session import Session, channel_of, socket_pair
from nbcourse.grading.jail.warm import job, last_line, popen, wait_until_locked

_START_SECONDS = 60.0
UNSANDBOXED = "unsandboxed"


class FreshJail:
    """Starts a guest in a tenth of a second (with torch, seconds).

    Args:
        packages: what answers may import besides the standard library.
        bubblewrap: whether to build walls around each guest.
        locks: the locks of a guest; bubblewrap's namespaces stand for its own.
    """

    def __init__(
        self,
        packages: tuple[str, ...] = ("numpy",),
        *,
        bubblewrap: bool = True,
        locks: Locks | None = None,
    ) -> None:
        self._bubblewrap = bubblewrap
        self._locks = replace(locks or Locks(), namespaces=False)
        self.name = "fresh" if bubblewrap else "fresh, 2" if self._locks.any else UNSANDBOXED
        self._folder = stage.new_folder()
        self._stage = stage.build(Path(self._folder.name) / "stage", packages)

    def open(self) -> Session:
        """Start a guest.

        Raises:
            JailError: the kernel refuses to build the walls, or nothing answers.
        """
        ours, theirs = socket_pair()
        with tempfile.TemporaryFile() as errors:
            try:
                process = self._launch(theirs.fileno(), errors)
            except BaseException:
                ours.close()
                raise
            finally:
                theirs.close()
            ours.settimeout(_START_SECONDS)
            try:
                ours.sendall(json.dumps(job(self._stage, self._locks)).encode() + b"\n")
                wait_until_locked(ours)
            except (OSError, JailError) as error:
                _end(process)
                ours.close()
                errors.seek(0)
                said = last_line(errors.read())
                raise JailError(f"the jail did not start: {error}; {said}") from None
        return Session(channel_of(ours), lambda: _end(process))

    def _launch(self, descriptor: int, errors: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401
        command = launch(
            self._stage,
            "alone.py",
            [str(descriptor), str(descriptor)],
            bubblewrap=self._bubblewrap,
            box_mib=self._locks.box_mib,
        )
        return popen(command, [descriptor], errors)

    def close(self) -> None:
        """Remove the stage; guests were ended one by one."""
        self._folder.cleanup()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
