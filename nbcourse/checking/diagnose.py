"""Which known mistake was made: the mutant whose replies agree with the student's on every call."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nbcourse.checking import calls
from nbcourse.checking.calls import Reply
from nbcourse.checking.compare import compare
from nbcourse.checking.spec import Exercise, Mutant
from nbcourse.checking.values import cast, numbers

if TYPE_CHECKING:
    from nbcourse.checking.judge import Case


def diagnose(exercise: Exercise, cases: Sequence["Case"], replies: Sequence[Reply]) -> str:
    """The sentence of the mutant that explains all replies, or "".

    Called only when the answer is wrong; that every mutant differs from the reference on these
    very inputs is what the kill matrix proves.
    """
    if all(reply.failure is not None for reply in replies):
        kinds = {reply.failure.kind for reply in replies if reply.failure}
        if kinds <= {calls.NOT_WRITTEN, "time", "SystemExit", "not plain"}:
            return ""
    # A slip of the dtype beside the known mistake is reported by its own check, and ignored here.
    both = list(zip(cases, replies, strict=True))
    numeric = [(case, reply) for case, reply in both if not case.check.only_dtype]
    for pairs in (both, numeric):
        for mutant in exercise.mutants:
            if _explains(mutant, pairs):
                return mutant.sentence
    return ""


def _explains(mutant: Mutant, pairs: Sequence[tuple["Case", Reply]]) -> bool:
    """Whether a mutant gives the same replies; the first difference decides.

    Where every call fails, its kind alone says little: the messages must be the same, too.
    """
    in_words = all(reply.failure for _, reply in pairs)
    for case, mine in pairs:
        theirs = _reply_of(mutant, case)
        if not alike(theirs, mine, case):
            return False
        if (
            in_words
            and theirs.failure
            and mine.failure
            and theirs.failure.text != mine.failure.text
        ):
            return False
    return True


def _reply_of(mutant: Mutant, case: "Case") -> Reply:
    """What a mutant replies to a case; kept with the case, which many answers may share."""
    if mutant.name not in case.memo:
        check = case.check
        case.memo[mutant.name] = calls.call(
            check.driver, mutant.function, case.given, check.seconds
        )
    reply: Reply = case.memo[mutant.name]
    return reply


def alike(theirs: Reply, mine: Reply, case: "Case") -> bool:
    """Whether two replies to one case are the same: value or failure, and the arguments."""
    if theirs.failure and mine.failure:
        return theirs.failure.kind == mine.failure.kind
    if theirs.failure or mine.failure:
        return False
    size = numbers(case.given.args) + numbers(case.given.kwargs)
    tolerance, dtype = case.check.tolerance, case.check.dtype
    found = compare(mine.value, theirs.value, tolerance, size=size)
    if found and found.kind == "value" and dtype != "float64":
        # Both may have widened their arguments, and still know them only to this precision.
        values = cast(mine.value, dtype), cast(theirs.value, dtype)
        found = compare(*values, tolerance, size=size)
    return not found and _same_arguments(theirs, mine, case)


def _same_arguments(theirs: Reply, mine: Reply, case: "Case") -> bool:
    from nbcourse.checking.judge import unchanged

    untouched = [unchanged(case.given, reply.after) for reply in (theirs, mine)]
    return untouched[0] == untouched[1]
