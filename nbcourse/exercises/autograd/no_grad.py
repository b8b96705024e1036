"""Exercise: a context in which nothing is recorded, and after which all is as it was."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, ClassVar

import numpy as np

from nbcourse.checking import Check, Exercise, Given, Mutant, agrees, given, known
from nbcourse.exercises.autograd.drivers import play

Tape = dict[str, Any]  # with the switch under "recording"
Script = list[Any]


class _Remembering:
    def __init__(self, tape: Tape) -> None:
        self.tape = tape

    def __enter__(self) -> None:
        self.before = self.tape["recording"]
        self.tape["recording"] = False

    def __exit__(self, *error: Any) -> None:
        self.tape["recording"] = self.before


@contextmanager
def _generator(tape: Tape) -> Iterator[None]:
    before = tape["recording"]
    tape["recording"] = False
    try:
        yield
    finally:
        tape["recording"] = before


class _NotingHowToUndo(ExitStack):
    def __init__(self, tape: Tape) -> None:
        super().__init__()
        self.tape = tape

    def __enter__(self) -> "_NotingHowToUndo":
        self.callback(self.tape.update, recording=self.tape["recording"])
        self.tape.update(recording=False)
        return super().__enter__()


class _OnAfterwards(_Remembering):
    def __exit__(self, *error: Any) -> None:
        self.tape["recording"] = True


@contextmanager
def _without_finally(tape: Tape) -> Iterator[None]:
    before = tape["recording"]
    tape["recording"] = False
    yield
    tape["recording"] = before


class _Swallows:
    def __init__(self, tape: Tape) -> None:
        self.tape = tape

    def __enter__(self) -> None:
        self.before = self.tape["recording"]
        self.tape["recording"] = False

    def __exit__(self, *error: Any) -> bool:
        self.tape["recording"] = self.before
        return True


class _WhenMade(_Remembering):
    def __init__(self, tape: Tape) -> None:
        self.tape, self.before = tape, tape["recording"]
        tape["recording"] = False

    def __enter__(self) -> None:
        pass


class _RemembersTooEarly(_Remembering):
    def __init__(self, tape: Tape) -> None:
        self.tape, self.before = tape, tape["recording"]

    def __enter__(self) -> None:
        self.tape["recording"] = False


class _Flips(_Remembering):
    def __enter__(self) -> None:
        self.tape["recording"] = not self.tape["recording"]

    def __exit__(self, *error: Any) -> None:
        self.tape["recording"] = not self.tape["recording"]


class _StaysOff(_Remembering):
    def __exit__(self, *error: Any) -> None:
        pass


class _AnotherTape(_Remembering):
    def __enter__(self) -> None:
        self.tape = {**self.tape, "recording": False}

    def __exit__(self, *error: Any) -> None:
        pass


class _OneMemory(_Remembering):
    memory: ClassVar[Tape] = {}

    def __enter__(self) -> None:
        self.memory["before"] = self.tape["recording"]
        self.tape["recording"] = False

    def __exit__(self, *error: Any) -> None:
        self.tape["recording"] = self.memory["before"]


class _ClearsTheTape(_Remembering):
    def __enter__(self) -> None:
        self.before = self.tape["recording"]
        self.tape.clear()
        self.tape["recording"] = False


_MUTANTS = (
    Mutant(
        _OnAfterwards,
        "Afterwards the tape is always recording. It may have been off before, as inside another "
        "block: put back what you found.",
    ),
    Mutant(
        _without_finally,
        "After an error inside the block the tape stays off, and nothing is ever recorded again. "
        "What has to happen in any case belongs into __exit__, or, in a generator, into finally.",
    ),
    Mutant(
        _Swallows,
        "An error inside the block disappears. __exit__ says with True that it has dealt with it: "
        "return nothing.",
    ),
    Mutant(
        _WhenMade,
        "The tape goes off as soon as no_grad(tape) is called. That may be long before the block "
        "begins: switch in __enter__.",
    ),
    Mutant(
        _RemembersTooEarly,
        "You remember the state of the time when the object was made. It may have changed since: "
        "look in __enter__.",
    ),
    Mutant(
        _Flips,
        "You turn the switch over. Inside another block that turns recording on; set it to False.",
    ),
    Mutant(_StaysOff, "Nothing is ever recorded again: afterwards the old state must be back."),
    Mutant(
        _AnotherTape,
        "The tape goes on recording, because you switch a copy. Change the dictionary you were "
        "given.",
    ),
    Mutant(
        _OneMemory,
        "All blocks share one memory, and an inner block overwrites what the outer one needs. Keep "
        "the old state in self, or in a variable of the function.",
    ),
    Mutant(
        _ClearsTheTape,
        "What else is on the tape gets lost. Change the one entry 'recording' and nothing more.",
    ),
)

_KINDS = ("block", "block", "failing block")


def _nested(rng: np.random.Generator) -> Given:
    """Blocks in blocks, one of them left by an error."""
    first, second, third = (_KINDS[int(k)] for k in rng.permutation(3))
    script: Script = [[first, [second, ["block"]], [third]], ["block"]]
    return given(bool(rng.integers(2)), script)


def _by_hand(rng: np.random.Generator) -> Given:
    """The switch is set by hand in between, inside and outside of blocks."""
    a, b, c = (("on", "off")[int(k)] for k in rng.integers(2, size=3))
    return given(bool(rng.integers(2)), [a, ["block", "on", ["block", b], c], ["block"]])


def _made_before(rng: np.random.Generator) -> Given:
    """Somebody turns the switch between the call and the block."""
    recording = bool(rng.integers(2))
    return given(recording, ["make", "off" if recording else "on", ["block"]])


def _known(name: str, recording: bool, script: Script, states: dict[str, bool]) -> Check:
    expected = states | {"nothing else on the tape has changed": True}
    return known(name, given(recording, script), expected, driver=play)


EXERCISE = Exercise(
    name="no_grad",
    number=5,
    signature="no_grad(tape)",
    statement=(
        "A context for `with no_grad(tape):`, a class or a function. Inside, the entry "
        "tape['recording'] is False; afterwards, also after an error, it is what it was before."
    ),
    stars=2,
    minutes=20,
    points={"contract": 1, "known answers": 4, "properties": 5},
    reference=_Remembering,
    solutions=(_Remembering, _generator, _NotingHowToUndo),
    mutants=_MUTANTS,
    hints=(
        "`with no_grad(tape):` makes an object, calls its `__enter__` before the first line of the "
        "block, and its `__exit__` behind the last one, or when an error leaves the block.",
        "`__enter__` has to remember what it found before it switches off, and `__exit__` puts "
        "that back. Each object remembers for itself, so blocks inside each other do not meet.",
        "`__init__` keeps tape in self. `__enter__` copies tape['recording'] to self.before and "
        "sets the entry to False. `__exit__(self, *error)` sets the entry to self.before and "
        "returns nothing: then an error goes on its way.",
    ),
    checks=(
        _known("one block", True, [["block"]], {"1. inside": False, "2. behind it": True}),
        _known("off before", False, [["block"]], {"1. inside": False, "2. behind it": False}),
        _known(
            "a block in a block",
            True,
            [["block", ["block"]]],
            {
                "1. inside": False,
                "2. inside": False,
                "3. behind it": False,
                "4. behind it": True,
            },
        ),
        _known(
            "an error inside: the switch is back, and the error comes out",
            True,
            [["failing block"]],
            {"1. inside": False, "2. behind it": True, "3. the error came out": True},
        ),
        agrees("blocks in blocks, with errors", _nested, cases=4, driver=play),
        agrees("the switch set by hand in between", _by_hand, cases=4, driver=play),
        agrees("made before, entered later", _made_before, cases=2, driver=play),
    ),
    keeps_dtype=False,  # truth values have no dtype
)
