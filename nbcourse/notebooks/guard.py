"""No notebook touches the network: connecting elsewhere, or resolving a name, is an error.

The guard is an audit hook of Python. Nothing can remove it, and the channels of the kernel itself,
which are sockets of a C library, do not pass through it. Other processes are not guarded.
"""

import sys
from ipaddress import ip_address

_CONNECTING = {"socket.connect", "socket.sendto", "socket.sendmsg"}  # arguments: socket, address
_RESOLVING = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}  # host, ...

attempts: list[str] = []  # hosts that were asked for, also where the error was caught


class NetworkUseError(RuntimeError):
    """A notebook asked for another computer. Not an OSError, which a fallback would swallow."""


def refuse_network() -> None:
    """Guard this process from now on, for good."""
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in _RESOLVING:
        host = arguments[0]
    elif event in _CONNECTING and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if not is_local(host):
        attempts.append(str(host))
        raise NetworkUseError(f"a notebook must not use the network, but asked for {host!r}.")


def is_local(host: object) -> bool:
    """Whether a host, given by name or by number, is this computer.

    >>> is_local("localhost"), is_local("127.0.0.1"), is_local("::1"), is_local("192.0.2.1")
    (True, True, True, False)
    """
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        address = ip_address(str(name))
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
