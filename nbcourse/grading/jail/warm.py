"""The warm jail: one isolated interpreter with everything imported, forked for each submission."""

import json
import os
import socket
import subprocess
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nbcourse.grading.errors import JailError
from nbcourse.grading.guest.lockdown import Locks
from nbcourse.grading.jail import stage, syscalls
from nbcourse.grading.jail.command import ENVIRONMENT, Launch, launch
from nbcourse.grading.jail.session import Session, channel_of, socket_pair

_START_SECONDS = 60.0


class WarmJail:
    """Starts a guest in a few milliseconds, since nothing has to be imported.

    Must be made in the main thread: the kernel kills bubblewrap when the thread that started it
    ends.

    Args:
        packages: what answers may import besides the standard library.
        bubblewrap: whether to build walls around the interpreter.
        locks: the locks of a guest; the folders it may read are filled in.
    """

    def __init__(
        self,
        packages: tuple[str, ...] = ("numpy",),
        *,
        bubblewrap: bool = True,
        locks: Locks | None = None,
    ) -> None:
        self.name = "1" if bubblewrap else "2"
        self._folder = stage.new_folder()
        try:
            built = stage.build(Path(self._folder.name) / "stage", packages)
            self._server, self._process = self._start(built, bubblewrap, locks or Locks())
        except BaseException:
            self._folder.cleanup()
            raise

    def _start(
        self, built: stage.Stage, bubblewrap: bool, locks: Locks
    ) -> tuple[socket.socket, subprocess.Popen[bytes]]:
        ours, theirs = socket_pair()
        with tempfile.TemporaryFile() as errors:
            try:
                descriptor = theirs.fileno()
                command = launch(built, "zygote.py", [str(descriptor)], bubblewrap=bubblewrap)
                process = popen(command, [descriptor], errors)
            except BaseException:
                ours.close()
                raise
            finally:
                theirs.close()
            ours.settimeout(_START_SECONDS)
            try:
                ours.sendall(json.dumps(job(built, locks)).encode() + b"\n")
                ready = ours.recv(1)
            except OSError:
                ready = b""
            if ready != b"R":
                process.kill()
                process.wait()
                ours.close()
                errors.seek(0)
                raise JailError(f"the jail did not start: {last_line(errors.read())}")
            return ours, process

    def open(self) -> Session:
        """Fork a guest.

        Raises:
            JailError: the zygote has gone.
        """
        ours, theirs = socket_pair()
        guests_leash, leash = os.pipe()
        try:
            socket.send_fds(self._server, [b"G"], [theirs.fileno(), guests_leash])
        except OSError as error:
            ours.close()
            os.close(leash)
            raise JailError(f"the jail has gone ({error})") from None
        finally:
            theirs.close()
            os.close(guests_leash)
        try:
            wait_until_locked(ours)
        except JailError:
            ours.close()
            os.close(leash)
            raise
        return Session(channel_of(ours), lambda: os.close(leash))

    def close(self) -> None:
        """End the zygote, and with it every guest."""
        self._server.close()
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()


def wait_until_locked(connection: socket.socket) -> None:
    """Wait for the guest's word that it is locked; nothing of a submission has run until then.

    Raises:
        JailError: it could not be.
    """
    connection.settimeout(_START_SECONDS)
    try:
        word = connection.recv(1)
        if word != b"R":
            raise JailError(f"a guest could not be locked: {last_line(connection.recv(300))}")
    except OSError as error:
        raise JailError(f"a guest could not be locked: {error}") from None


def job(built: stage.Stage, locks: Locks) -> dict[str, Any]:
    """What an interpreter for guests is told before it sees any submission."""
    _, visible, _ = stage.interpreter()
    readable = (*built.readable, *visible, "/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/dev")
    return {
        "path": built.path,
        "packages": built.packages,
        "locks": asdict(locks) | {"readable": readable},
        "program": syscalls.program().hex() if locks.seccomp else "",
    }


def popen(command: Launch, descriptors: list[int], errors: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401
    """Start a command with nothing of ours but the given descriptors."""
    who: dict[str, Any] = {}
    if command.user is not None:
        who = {"user": command.user, "group": command.user, "extra_groups": []}
    try:
        return subprocess.Popen(
            command.arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            pass_fds=descriptors,
            env=ENVIRONMENT,
            cwd="/",
            **who,
        )
    except OSError as error:
        raise JailError(f"the jail did not start: {error}") from None


def last_line(output: bytes) -> str:
    """The last line that a program said, for an error message."""
    lines = output.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:300] if lines else "it said nothing"
