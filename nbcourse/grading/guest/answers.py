"""A guest at work: it runs the cells of one notebook, then the calls it is asked for, in order.

It holds no secret: the inputs of a call come after the cells ran, what is right for them never.
Whatever it sends is only an answer, which the other side compares.
"""

import importlib
import linecache
import os
import pkgutil
import random
import sys
import types
from typing import Any

import numpy as np

from nbcourse.checking.calls import Failure, Reply, attempt, call
from nbcourse.checking.spec import Given
from nbcourse.checking.spec import call as plain_call
from nbcourse.grading.guest.channel import Channel, ClosedError
from nbcourse.grading.guest.frames import FrameError, Value

CELL_SECONDS = 10.0
_DRIVERS = "nbcourse.exercises.{}.drivers"


def load_drivers() -> None:
    """Import every driver there is, before the first fork."""
    import nbcourse.exercises

    for topic in pkgutil.iter_modules(nbcourse.exercises.__path__):
        importlib.import_module(_DRIVERS.format(topic.name))


def serve(channel: Channel) -> None:
    """Answer until the other side closes; never returns to the interpreter that forked us."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    try:
        while True:
            job = channel.receive(None)
            for number, source in job.get("cells", ()):
                channel.send(_run(number, source, job["seconds"], vars(module)))
            for request in job.get("calls", ()):
                _answer(channel, request, vars(module))
    except (ClosedError, FrameError):
        pass
    finally:
        os._exit(0)  # whatever threads and exit handlers the answers left behind


def _run(number: int, source: str, seconds: float, namespace: dict[str, Any]) -> Value:
    """Run one cell; an error in it does not stop the others."""
    random.seed(number)  # the answers' own generators, made repeatable
    np.random.seed(number)  # noqa: NPY002
    place = f"<cell {number}>"
    linecache.cache[place] = (len(source), None, source.splitlines(keepends=True), place)
    # No patience: the host kills a guest soon after the limit.
    _, failure, printed = attempt(
        lambda: exec(compile(source, place, "exec"), namespace), seconds, patience=1.0
    )
    return {"cell": number, "problem": failure.message if failure else "", "printed": printed}


def _answer(channel: Channel, request: dict[str, Any], namespace: dict[str, Any]) -> None:
    """Make one call and send what came of it."""
    function = namespace.get(request["function"])
    if not callable(function):
        missing = Failure("missing", f"there is no function {request['function']}")
        reply = Reply(failure=missing)
    else:
        given = Given(*request["args"], **request["kwargs"])
        reply = call(_driver(request), function, given, request["seconds"], patience=1.0)
    try:
        channel.send(_message(reply))
    except FrameError as problem:
        failure = Failure("not plain", f"it returned {problem}, which cannot be checked")
        channel.send(_message(Reply(failure=failure)))


def _driver(request: dict[str, Any]) -> Any:  # noqa: ANN401
    if not request["driver"]:
        return plain_call
    return getattr(importlib.import_module(_DRIVERS.format(request["topic"])), request["driver"])


def _message(reply: Reply) -> Value:
    failure = reply.failure
    after = reply.after
    return {
        "value": reply.value,
        "failure": None if failure is None else [failure.kind, failure.message, failure.text],
        "after": None if after is None else [after.args, after.kwargs],
        "printed": reply.printed,
    }
