"""Choosing: the strongest jail that holds, or a refusal that says what to do."""

import importlib

import pytest

from nbcourse.grading.errors import JailError
from nbcourse.grading.jail import choose
from nbcourse.grading.jail.canaries import CANARIES, prove, survivors

module = importlib.import_module("nbcourse.grading.jail.choose")


@pytest.fixture
def no_bubblewrap(monkeypatch):
    """A machine without it."""
    from nbcourse.grading.jail import command

    which = command.shutil.which
    monkeypatch.setattr(command.shutil, "which", lambda n: None if n == "bwrap" else which(n))


def test_an_unknown_name_is_refused():
    """With the names there are."""
    with pytest.raises(JailError, match="choose one of auto, 1, 2, fresh"):
        choose("castle")


def test_a_missing_layer_is_a_failure_where_tier_1_is_required(no_bubblewrap, monkeypatch):
    """And not a weaker tier in silence."""
    monkeypatch.setenv(module.REQUIRE, "1")
    monkeypatch.setattr(module, "_second", lambda packages: pytest.fail("it was not asked for"))
    with pytest.raises(JailError, match="bubblewrap is not installed"):
        choose("auto")


def test_nothing_is_graded_without_any_wall(no_bubblewrap, monkeypatch):
    """The refusal names both tiers, what to install, and the explicit way out."""
    monkeypatch.delenv(module.REQUIRE, raising=False)
    monkeypatch.setattr("nbcourse.grading.guest.kernel.landlock_abi", lambda: 2)
    with pytest.raises(JailError) as error:
        choose("auto")

    for words in ("Tier 1", "bubblewrap", "Tier 2", "Landlock 3, this kernel has 2", "--unsafe"):
        assert words in str(error.value)


@pytest.mark.parametrize("name", ["1", "2", "fresh", "container"])
def test_other_systems_are_told_so(monkeypatch, name):
    """No jail starts from there."""
    monkeypatch.setattr(module.sys, "platform", "darwin")
    with pytest.raises(JailError, match="it needs Linux, this is darwin"):
        choose(name)


def test_other_systems_are_told_what_to_do(monkeypatch):
    """The grader runs in a Linux container there."""
    monkeypatch.setattr(module.sys, "platform", "darwin")
    with pytest.raises(JailError, match="run the grader in a Linux container"):
        choose("auto")


class _Leaky:
    """A jail that runs its guests in a thread of this very process: no jail at all."""

    name = "leaky"

    def __init__(self):
        self.closed = False

    def open(self):
        """A guest that does what it is told, as us."""
        import socket
        import threading

        from nbcourse.grading.guest.channel import Channel
        from nbcourse.grading.jail.session import Session, channel_of

        ours, theirs = socket.socketpair()

        def serve():
            channel, namespace = Channel(theirs.fileno(), theirs.fileno()), {}
            exec(channel.receive(5)["cells"][0][1], namespace)
            channel.send({"cell": 1, "problem": "", "printed": ""})
            while True:
                try:
                    (request,) = channel.receive(5)["calls"]
                except Exception:
                    theirs.close()
                    return
                failure = None
                if request["function"] not in ("canary_4", "canary_5"):  # fork, exec: not in here
                    try:
                        namespace[request["function"]]()
                    except BaseException as error:
                        failure = [type(error).__name__, str(error), ""]
                channel.send({"value": 0, "failure": failure, "after": None, "printed": ""})

        thread = threading.Thread(target=serve)
        thread.start()
        return Session(channel_of(ours), lambda: None)

    def close(self):
        """Remember it."""
        self.closed = True


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_jail_that_leaks_is_found_out():
    """Canaries that come through are named, and the jail is closed."""
    jail = _Leaky()
    through = survivors(jail)

    assert {"read a file of the teacher", "find the reference solutions"} <= set(through)
    assert any(name.startswith("read the course's own files") for name in through)
    with pytest.raises(JailError, match="code in it could read a file of the teacher"):
        prove(jail)
    assert jail.closed


def test_there_is_a_canary_for_every_kind_of_wall():
    """Files, network, processes, kernel, environment, answers."""
    assert len(CANARIES) >= 10
