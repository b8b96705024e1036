"""Canaries: small attacks that have to fail, tried in a guest before any submission is.

A jail is not trusted because it was configured. It is trusted because, here and now, code in it
could not do these things.
"""

import socket
import tempfile
from pathlib import Path
from typing import Any

from nbcourse.grading.errors import JailError
from nbcourse.grading.guest.channel import ClosedError, FrameError, LateError
from nbcourse.grading.jail.command import ENVIRONMENT
from nbcourse.grading.jail.session import Jail
from nbcourse.grading.jail.stage import ROOT

# Each is the body of a function; it returns only if the attack went through.
CANARIES = {
    "read a file of the teacher": "return open(SECRET_FILE).read()",
    "write beside it": "open(SECRET_FILE + '.new', 'w').close()",
    "open a network socket": "import socket; socket.socket(socket.AF_INET)",
    "reach a socket of this machine": (
        "import socket; socket.socket(socket.AF_UNIX).connect(SOCKET_FILE)"
    ),
    "start a process": "import os; os.fork() or os._exit(0)",
    "start a program": "import os; os.execv('/usr/bin/env', ['env'])",
    "signal its parent": "import os; os.kill(os.getppid() or 1, 0)",
    "read the memory of its parent": "open(f'/proc/{__import__(\"os\").getppid()}/mem', 'rb')",
    "see an environment that is not its own": (
        f"import os; assert set(os.environ) - {set(ENVIRONMENT) | {'LC_CTYPE', 'PWD'}!r}"
    ),
    "find the reference solutions": "import nbcourse.numpy_nn",
    "change the mode of a file": "import os; os.chmod('/usr', 0o755)",
    # In the second tier all of /usr is visible, and all beside an interpreter from elsewhere.
    "read the course's own files (install it in a virtual environment)": (
        "return open(COURSE_FILE).read()"
    ),
}
_SECONDS = 5.0


def survivors(jail: Jail) -> list[str]:
    """Names of the attacks that went through; empty in a jail that holds.

    Raises:
        JailError: no guest can be started, or it does not answer at all.
    """
    with tempfile.TemporaryDirectory(prefix="nbcourse-canary-") as folder:
        Path(folder).chmod(0o755)
        secret, address = Path(folder, "secret"), Path(folder, "socket")
        secret.write_text("planted", encoding="utf-8")
        secret.chmod(0o644)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(address))
            address.chmod(0o777)
            server.listen()
            return _try_all(jail, _source(secret, address))


def _source(secret: Path, address: Path) -> str:
    """One cell that defines every canary."""
    files = {"SECRET_FILE": secret, "SOCKET_FILE": address, "COURSE_FILE": ROOT / "grading/keys.py"}
    lines = [f"{name} = {str(path)!r}" for name, path in files.items()]
    for k, body in enumerate(CANARIES.values()):
        lines += [f"def canary_{k}():", f"    {body}"]
    return "\n".join(lines)


def _try_all(jail: Jail, source: str) -> list[str]:
    """Try each in turn; a guest that dies of one did not get through, and is replaced."""
    through, names = [], list(CANARIES)
    k = 0
    while k < len(names):
        with jail.open() as session:
            try:
                session.channel.send({"cells": [[1, source]], "seconds": _SECONDS})
                if problem := session.channel.receive(2 * _SECONDS)["problem"]:
                    raise JailError(f"the canaries do not run: {problem}")
                while k < len(names):
                    session.channel.send({"calls": [_request(k)]})
                    if session.channel.receive(2 * _SECONDS)["failure"] is None:
                        through.append(names[k])
                    k += 1
            except FrameError as error:
                raise JailError(f"a guest does not answer as it should: {error}") from None
            except (ClosedError, LateError):
                k += 1
    return through


def _request(k: int) -> dict[str, Any]:
    return {
        "function": f"canary_{k}", "topic": "", "driver": "", "args": (), "kwargs": {},
        "seconds": _SECONDS,
    }  # fmt: skip


def prove(jail: Jail) -> Jail:
    """The jail itself, once every canary has failed in it.

    Raises:
        JailError: one went through; nothing untrusted may run there.
    """
    if through := survivors(jail):
        jail.close()
        raise JailError(f"the jail does not hold here: code in it could {', '.join(through)}")
    return jail
