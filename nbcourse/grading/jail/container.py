"""A container for each guest, by docker or podman: where Linux has an engine, and no tier holds.

Tried with podman 4.3 and runc 1.1, as root. The tests need no engine: they look at the command, and
talk with a guest through a program that stands in for one.
"""

import contextlib
import json
import os
import secrets
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path

from nbcourse.grading.errors import JailError
from nbcourse.grading.guest.channel import Channel
from nbcourse.grading.guest.lockdown import Locks
from nbcourse.grading.jail import stage, syscalls
from nbcourse.grading.jail.command import ENVIRONMENT, SPARE_UID
from nbcourse.grading.jail.session import Session

IMAGE = "nbcourse-guest"  # of deploy/container/Dockerfile
_INSIDE = "/stage"
_PYTHON = "/usr/local/bin/python"  # in the image
_GRACE = 2.0  # seconds in which a guest may end by itself


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
        self._folder = stage.new_folder()
        self._modules = Path(self._folder.name) / "stage"
        try:
            self._program = syscalls.program().hex()
            stage.build(self._modules, ())
        except BaseException:
            self._folder.cleanup()
            raise

    def command(self, name: str) -> list[str]:
        """The command that starts one guest in a container of this name."""
        options = [
            "--rm", "--interactive", f"--name={name}",
            "--network=none", "--read-only", "--cap-drop=all", "--security-opt=no-new-privileges",
            "--pids-limit=64", "--memory=1g", "--cpus=1",
            f"--user={SPARE_UID}:{SPARE_UID}", f"--tmpfs={ENVIRONMENT['HOME']}:size=16m,mode=1777",
            f"--volume={self._modules}:{_INSIDE}:ro", f"--workdir={ENVIRONMENT['HOME']}",
        ]  # fmt: skip
        # Engines and images add variables of their own; the guest gets ours alone.
        clean = ["/usr/bin/env", "-i", *(f"{key}={value}" for key, value in ENVIRONMENT.items())]
        script = f"{_INSIDE}/modules/nbcourse/grading/guest/alone.py"
        guest = [*clean, _PYTHON, "-I", "-B", script, "0", "1"]
        return [self._engine, "run", *options, self._image, *guest]

    def open(self) -> Session:
        """Start a container.

        Raises:
            JailError: the engine refuses.
        """
        name, pipe = f"nbcourse-{secrets.token_hex(8)}", subprocess.PIPE
        process = subprocess.Popen(self.command(name), stdin=pipe, stdout=pipe, stderr=pipe)
        assert process.stdin
        assert process.stdout
        assert process.stderr
        # Its file system holds nothing but the image; our own filter and limits go on top.
        job = {
            "path": [f"{_INSIDE}/modules"],
            "packages": self._packages,
            "locks": asdict(Locks(namespaces=False, landlock=False)),
            "program": self._program,
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
            try:
                process.wait(_GRACE)  # it ends when nobody talks to it
            except subprocess.TimeoutExpired:
                subprocess.run([self._engine, "kill", name], capture_output=True, check=False)
                process.kill()  # the engine's program alone: the container would go on
                process.wait()

        if ready != b"R":
            process.kill()
            said = process.stderr.read() or process.stdout.read()
            end()
            words = said.decode("utf-8", "replace").strip()[:300] or "it said nothing"
            raise JailError(f"the container did not start: {words}")
        incoming, outgoing = os.dup(process.stdout.fileno()), os.dup(process.stdin.fileno())
        return Session(Channel(incoming, outgoing), end)

    def close(self) -> None:
        """Remove the stage; containers remove themselves."""
        self._folder.cleanup()
