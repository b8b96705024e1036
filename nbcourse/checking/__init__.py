"""Judging one function by its values: specifications, calls, comparison, diagnosis, reports.

spec      what an exercise asks: checks, right answers, mutants, hints
seeds     the inputs of a check, drawn from a keyed seed
calls     one call of an untrusted function: a plain value, or what went wrong
values    plain values: the only things that are ever compared
compare   expected and got, side by side, with a tolerance that is stated
judge     the verdict: a pure function of inputs, replies and specification
diagnose  which known mistake explains the replies
report    the result, as text, HTML and JSON

NumPy and the standard library only: the same judge runs in a notebook, a terminal and a browser.
"""

from nbcourse.checking.compare import Tolerance
from nbcourse.checking.judge import check_function
from nbcourse.checking.report import Report
from nbcourse.checking.spec import (
    Check,
    Exercise,
    Given,
    Mutant,
    agrees,
    given,
    holds,
    known,
    mutant,
)

__all__ = [
    "Check",
    "Exercise",
    "Given",
    "Mutant",
    "Report",
    "Tolerance",
    "agrees",
    "check_function",
    "given",
    "holds",
    "known",
    "mutant",
]
