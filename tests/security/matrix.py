"""The attack matrix: every attack under every set of layers; a program, run as an ordinary user.

`python matrix.py` prints a JSON object: configuration, then attack, then whether it went through.
"""

import json
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), *filter(None, os.environ.get("SITE", "").split(":"))]

from attacks import ATTACKS, Attack

from nbcourse.grading.guest.channel import ClosedError, LateError
from nbcourse.grading.guest.lockdown import Locks
from nbcourse.grading.jail.fresh import FreshJail
from nbcourse.grading.jail.session import Jail
from nbcourse.grading.jail.warm import WarmJail

NONE = Locks(namespaces=False, landlock=False, seccomp=False, limits=False)
ALL = Locks()
CONFIGURATIONS: dict[str, Callable[[], Jail]] = {
    "no walls": lambda: FreshJail(bubblewrap=False, locks=NONE),
    "tier 1": WarmJail,
    "tier 1, fresh": FreshJail,
    "tier 2": lambda: WarmJail(bubblewrap=False, locks=replace(ALL, namespaces=False)),
    "without bubblewrap": lambda: WarmJail(bubblewrap=False, locks=replace(ALL, box="/tmp")),
    "without inner namespaces": lambda: WarmJail(locks=replace(ALL, namespaces=False)),
    "without Landlock": lambda: WarmJail(locks=replace(ALL, landlock=False)),
    "without seccomp": lambda: WarmJail(locks=replace(ALL, seccomp=False)),
    "without limits": lambda: WarmJail(locks=replace(ALL, limits=False)),
}


@contextmanager
def surroundings() -> Iterator[str]:
    """What the attacks aim at: a secret, a folder, a socket, a port; as a cell that names them."""
    with tempfile.TemporaryDirectory(prefix="nbcourse-attack-", dir="/var/tmp") as folder:
        secret, scratch, address = (Path(folder, n) for n in ("secret", "scratch", "socket"))
        secret.write_text("planted", encoding="utf-8")
        scratch.mkdir()
        with socket.socket(socket.AF_UNIX) as by_path, socket.socket() as by_port:
            by_path.bind(str(address))
            by_path.listen(64)
            by_port.bind(("127.0.0.1", 0))
            by_port.listen(64)
            names = {
                "SECRET_FILE": str(secret),
                "SCRATCH": str(scratch),
                "SOCKET_FILE": str(address),
                "PORT": by_port.getsockname()[1],
            }
            yield "\n".join(f"{name} = {value!r}" for name, value in names.items())


def goes_through(jail: Jail, attack: Attack, names: str) -> bool:
    """Whether an attack succeeds in a fresh guest."""
    body = attack.body.replace("\n", "\n    ")
    source = f"{names}\ndef attack():\n    {body}\n"
    request = {
        "function": "attack", "topic": "", "driver": "", "args": (), "kwargs": {}, "seconds": 5.0,
    }  # fmt: skip
    with jail.open() as session:
        try:
            session.channel.send({"cells": [[1, source]], "seconds": 5.0})
            problem = session.channel.receive(10)["problem"]
            assert not problem, f"{attack.name}: {problem}"
            session.channel.send({"calls": [request]})
            return session.channel.receive(10)["failure"] is None
        except (ClosedError, LateError):
            return False


def measure(names: list[str]) -> dict[str, dict[str, bool]]:
    """The rows of these configurations."""
    found = {}
    for name in names:
        jail = CONFIGURATIONS[name]()
        try:
            with surroundings() as cell:
                found[name] = {a.name: goes_through(jail, a, cell) for a in ATTACKS}
        finally:
            jail.close()
    return found


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1:] or list(CONFIGURATIONS))))
