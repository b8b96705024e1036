"""The guard tells this computer from all others. That kernels obey it is tested in test_run."""

import pytest

from nbcourse.notebooks import guard


@pytest.fixture(autouse=True)
def _forget(monkeypatch):
    """Each test counts its own attempts."""
    monkeypatch.setattr(guard, "attempts", [])


@pytest.mark.parametrize(
    ("event", "arguments", "host"),
    [
        ("socket.connect", (None, ("192.0.2.1", 80)), "192.0.2.1"),
        ("socket.connect", (None, ("2001:db8::1", 80, 0, 0)), "2001:db8::1"),
        ("socket.sendto", (None, ("192.0.2.1", 53)), "192.0.2.1"),
        ("socket.sendmsg", (None, ("192.0.2.1", 53)), "192.0.2.1"),
        ("socket.getaddrinfo", ("example.org", 443, 0, 0, 0), "example.org"),
        ("socket.getaddrinfo", (b"example.org", 443, 0, 0, 0), "example.org"),
        ("socket.gethostbyname", ("example.org",), "example.org"),
        ("socket.gethostbyaddr", ("192.0.2.1",), "192.0.2.1"),
    ],
)
def test_other_computers_are_refused_and_remembered(event, arguments, host):
    """Connecting, sending and looking up a name all count."""
    with pytest.raises(guard.NetworkUseError, match=f"must not use the network.*{host}"):
        guard._refuse(event, arguments)
    assert len(guard.attempts) == 1


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("socket.connect", (None, ("127.0.0.1", 8888))),
        ("socket.connect", (None, ("::1", 8888, 0, 0))),
        ("socket.connect", (None, "/run/some.socket")),
        ("socket.sendmsg", (None, None)),
        ("socket.getaddrinfo", ("localhost", 80, 0, 0, 0)),
        ("socket.getaddrinfo", (None, 80, 0, 0, 0)),
        ("open", ("notes.txt", "r", 0)),
    ],
)
def test_this_computer_and_everything_else_are_left_alone(event, arguments):
    """Loopback, sockets of the file system, files."""
    guard._refuse(event, arguments)

    assert guard.attempts == []


def test_a_fallback_for_network_trouble_does_not_swallow_the_refusal():
    """Loaders try the next mirror on OSError; the guard's error is none."""
    assert not issubclass(guard.NetworkUseError, OSError)
