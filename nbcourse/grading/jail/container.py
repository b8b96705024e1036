"""A container for each submission, by docker or podman: for macOS and Windows, where no jail is.

Not tested with an engine: the machines on which this was written have none. What is tested is the
command, and the conversation with a guest through a program that stands in for the engine.
"""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import asdict
from pathlib import Path

from nbcourse.grading.errors import JailError
from nbcourse.grading.guest.channel import Channel
from nbcourse.grading.guest.lockdown import Locks
from nbcourse.grading.jail import stage
from nbcourse.grading.jail.command import ENVIRONMENT, SPARE_UID
from nbcourse.grading.jail.session import Session

IMAGE = "nbcourse-guest"  # FROM python:3.11-slim, RUN pip install numpy
_INSIDE = "/stage"
_START_SECONDS = 60.0


class ContainerJail:
    """Starts a container for each guest: no network, read-only, no capabilities, bounded.

    Args:
        packages: what answers may import; the image has to have them.
        engine: name of the program; the first of docker and podman that is there, unless given.
        image: name of the image.

    Raises:
        JailError: there is no engine.
    """

    name = "container"

    def __init__(
        self, packages: tuple[str, ...] = ("numpy",), *, engine: str = "", image: str = IMAGE
    ) -> None:
        found = shutil.which(engine or "docker") or shutil.which(engine or "podman")
        if found is None:
            raise JailError("neither docker nor podman was found; one is needed for containers")
        self._engine, self._image, self._packages = found, image, packages
        self._folder = tempfile.TemporaryDirectory(prefix="nbcourse-stage-")
        self._modules = Path(self._folder.name) / "stage"
        stage.build(self._modules, ())

    def command(self) -> list[str]:
        """The command that starts one guest."""
        options = [
            "--rm", "--interactive", "--network=none", "--read-only", "--cap-drop=all",
            "--security-opt=no-new-privileges", "--pids-limit=64", "--memory=1g", "--cpus=1",
            f"--user={SPARE_UID}:{SPARE_UID}", f"--tmpfs={ENVIRONMENT['HOME']}:size=16m,mode=1777",
            f"--volume={self._modules}:{_INSIDE}:ro", f"--workdir={ENVIRONMENT['HOME']}",
        ]  # fmt: skip
        options += [f"--env={name}={value}" for name, value in ENVIRONMENT.items()]
        script = f"{_INSIDE}/modules/nbcourse/grading/guest/alone.py"
        return [self._engine, "run", *options, self._image, "python", "-I", "-B", script, "0", "1"]

    def open(self) -> Session:
        """Start a container.

        Raises:
            JailError: the engine refuses.
        """
        process = subprocess.Popen(
            self.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdin
        assert process.stdout
        assert process.stderr
        # The container is the wall; what it lets through, limits and seccomp of the engine bound.
        locks = Locks(namespaces=False, landlock=False, seccomp=False, limits=False)
        job = {
            "path": [f"{_INSIDE}/modules"],
            "packages": self._packages,
            "locks": asdict(locks),
            "program": "",
        }
        try:
            process.stdin.write(json.dumps(job).encode() + b"\n")
            process.stdin.flush()
            ready = process.stdout.read(1)
        except OSError:
            ready = b""

        def end() -> None:
            for stream in (process.stdin, process.stdout, process.stderr):
                with contextlib.suppress(BrokenPipeError):  # what was not sent yet
                    if stream:
                        stream.close()
            process.kill()
            process.wait()

        if ready != b"R":
            process.kill()
            words = process.stderr.read().decode("utf-8", "replace").strip()[:300]
            end()
            raise JailError(f"the container did not start: {words or 'it said nothing'}")
        incoming, outgoing = os.dup(process.stdout.fileno()), os.dup(process.stdin.fileno())
        return Session(Channel(incoming, outgoing), end)

    def close(self) -> None:
        """Remove the stage; containers remove themselves."""
        self._folder.cleanup()
