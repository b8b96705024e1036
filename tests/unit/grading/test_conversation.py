"""Conversations: whatever a guest does, every call gets a reply, and the next one a chance."""

import itertools
import os
import socket
import threading

import numpy as np
import pytest

from nbcourse.checking.judge import plan
from nbcourse.checking.seeds import VISIBLE
from nbcourse.grading import conversation as module
from nbcourse.grading.conversation import Conversation, reply_of
from nbcourse.grading.errors import JailError
from nbcourse.grading.guest.channel import Channel
from nbcourse.grading.jail.session import Session, channel_of
from tests.unit.checking.toy import DOUBLE

CASES = plan(DOUBLE, VISIBLE)
RIGHT = object()


class ScriptedJail:
    """Guests in threads that reply to call k as the script says; each script is one guest's."""

    name = "scripted"

    def __init__(self, *scripts, cells=()):
        self.scripts, self.cells, self.opened = list(scripts), cells, 0

    def open(self):
        """The next guest."""
        script = self.scripts[min(self.opened, len(self.scripts) - 1)]
        self.opened += 1
        ours, theirs = socket.socketpair()
        threading.Thread(target=self._serve, args=(theirs, script), daemon=True).start()
        return Session(channel_of(ours), lambda: None)

    def _serve(self, connection, script):
        channel = Channel(connection.fileno(), connection.fileno())
        try:
            for number, _ in channel.receive(5)["cells"]:
                if number in self.cells:
                    return
                channel.send({"cell": number, "problem": "", "printed": ""})
            actions = itertools.chain(script, itertools.repeat(script[-1]))
            while True:
                for request in channel.receive(5)["calls"]:
                    if not _act(channel, next(actions), request):
                        return
        except Exception:
            return
        finally:
            connection.close()


def _act(channel, action, request):
    """Reply as the script says; False to end."""
    if action == "die":
        return False
    if action == "be silent":
        threading.Event().wait(3)
        return False
    if isinstance(action, bytes):
        os.write(channel.outgoing, action)
    elif action is RIGHT:
        channel.send(_message(2 * request["args"][0], request))
    else:
        channel.send(action)
    return True


def _message(value, request):
    after = [request["args"], request["kwargs"]]
    return {"value": value, "failure": None, "after": after, "printed": ""}


def _ask(jail, most_guests=9):
    with Conversation([(1, "x = 1")], jail, most_guests=most_guests) as conversation:
        return conversation.ask(DOUBLE, CASES), conversation


def _kinds(replies):
    return [reply.failure.kind if reply.failure else "ok" for reply in replies]


def test_right_answers_take_one_guest():
    """And come back in order."""
    replies, conversation = _ask(ScriptedJail([RIGHT]))

    assert _kinds(replies) == ["ok"] * len(CASES)
    assert conversation.guests == 1
    for case, reply in zip(CASES, replies, strict=True):
        assert np.array_equal(reply.value, 2 * case.given.args[0])


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("die", "crash"),
        (b"this is no frame at all, and long enough to be read", "garbled"),
        ({"something": "else"}, "garbled"),
    ],
    ids=["it dies", "it sends garbage", "it sends a value of another kind"],
)
def test_what_goes_wrong_fails_its_call_only(action, kind):
    """A fresh guest goes on with the next check."""
    replies, conversation = _ask(ScriptedJail([RIGHT, action], [RIGHT]))
    failed = [k for k, each in enumerate(_kinds(replies)) if each != "ok"]

    assert _kinds(replies)[1] == kind
    names = [CASES[k].check.name for k in failed]
    assert set(names) == {CASES[1].check.name}  # more cases of that check are not tried
    assert set(_kinds(replies)[2:]) <= {"ok", "skipped"}
    assert conversation.guests <= 2


def test_silence_ends_with_the_time_of_the_call(monkeypatch):
    """The guest is killed, and a fresh one goes on."""
    monkeypatch.setattr(module, "GRACE", -0.8)  # of a limit of one second
    replies, _ = _ask(ScriptedJail(["be silent"], [RIGHT]))

    assert _kinds(replies)[0] == "time"
    assert "ok" in _kinds(replies)


def test_after_two_fatal_checks_the_rest_is_not_tried():
    """One crash after another costs two guests, not twenty."""
    replies, conversation = _ask(ScriptedJail(["die"]))

    assert _kinds(replies).count("crash") == 2
    assert set(_kinds(replies)) == {"crash", "skipped"}
    assert conversation.guests == 2


def test_guests_are_not_without_number():
    """When they are used up, every call that is left has failed."""
    replies, conversation = _ask(ScriptedJail(["die"]), most_guests=1)

    assert len(replies) == len(CASES)
    assert conversation.guests == 1


def test_a_cell_that_kills_is_left_out():
    """The next guest runs the others, and the student reads which it was."""
    jail = ScriptedJail([RIGHT], cells=(1,))
    jail.scripts = [[RIGHT], [RIGHT]]
    with Conversation([(1, "die()"), (2, "x = 1")], jail, most_guests=9) as conversation:
        jail_cells = conversation._cells
        replies = conversation.ask(DOUBLE, CASES)

    assert _kinds(replies) == ["ok"] * len(CASES)
    assert jail_cells == [(1, "die()"), (2, "x = 1")]
    assert list(conversation.cell_problems) == [1]
    assert conversation.guests == 2


def test_a_jail_that_cannot_open_stops_the_run():
    """It is no fault of the answers, and no zero."""

    class Broken:
        name = "broken"

        def open(self):
            raise JailError("planted")

    with pytest.raises(JailError, match="planted"):
        _ask(Broken())


@pytest.mark.parametrize(
    "message",
    [
        None, 7, [], {}, {"value": 1},
        {"value": 1, "failure": None, "after": None, "printed": "", "score": 100},
        {"value": 1, "failure": ["a"], "after": None, "printed": ""},
        {"value": 1, "failure": [1, 2, 3], "after": None, "printed": ""},
        {"value": 1, "failure": ["evil name; DROP", "m", "t"], "after": None, "printed": ""},
    ],
    ids=str,
)  # fmt: skip
def test_a_message_of_another_form_is_garbled(message):
    """No field of it is used."""
    assert reply_of(message).failure.kind == "garbled"


def test_words_of_a_guest_are_cut_and_kinds_are_known():
    """An exception of its own is called that; a known one keeps its name."""
    own = {
        "value": None,
        "failure": ["Mine", "m" * 9999, "t" * 9999],
        "after": None,
        "printed": "p" * 9999,
    }
    known = {**own, "failure": ["ValueError", "m", "t"]}

    reply = reply_of(own)
    assert reply.failure.kind == "an error of its own"
    assert len(reply.failure.message) + len(reply.failure.text) + len(reply.printed) < 3000
    assert reply_of(known).failure.kind == "ValueError"


@pytest.mark.parametrize("after", [7, [1], [[1], {}], [(1,), {2: 3}], [(1,), []]], ids=str)
def test_arguments_of_another_form_are_no_arguments(after):
    """Whether they were left alone is then not known."""
    reply = reply_of({"value": 1, "failure": None, "after": after, "printed": 5})

    assert reply.failure is None
    assert reply.after is None
    assert reply.printed == ""
