"""Which packages an answer uses, read from its compiled code without running it."""

import dis
import inspect
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from nbcourse.checking.spec import Exercise

ALWAYS = ("math", "itertools", "functools", "collections", "operator", "typing", "dataclasses")
_BUILTIN = frozenset(sys.stdlib_module_names) | {"builtins", "__main__"}


def misused(answer: Callable[..., Any], exercise: Exercise) -> list[str]:
    """What an answer uses and the exercise does not allow, sorted.

    This is advice for honest students, who learn nothing from a call that does the exercise. Who
    hides such a call is not stopped here, but where answers are graded: there the packages are
    missing.
    """
    found: set[str] = set()
    for function in _functions(answer):
        own = f"{function.__module__}."  # helpers beside it
        used = (name for name in _used(function) if not name.startswith(own))
        found |= {name for name in used if _barred(name, exercise)}
    return sorted(name for name in found if not any(name.startswith(f"{o}.") for o in found))


def _functions(answer: object) -> Iterator[FunctionType]:
    """The function itself, or the methods of a class."""
    if inspect.isfunction(answer):
        yield answer
    elif inspect.isclass(answer):
        yield from (m for m in vars(answer).values() if inspect.isfunction(m))


def _used(function: FunctionType) -> Iterator[str]:
    """Dotted names of the modules, and of their members, that the code refers to."""
    for code in _nested(function.__code__):
        base = ""
        for step in dis.get_instructions(code):
            name = step.argval
            if step.opname == "IMPORT_NAME":
                base = str(name)
                yield base
            elif step.opname in ("IMPORT_FROM", "LOAD_ATTR", "LOAD_METHOD") and base:
                base = f"{base}.{name}"
                yield base
            elif step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                base = _origin(function.__globals__.get(name))
                if base:
                    yield base
            elif step.opname not in ("PRECALL", "CACHE", "PUSH_NULL", "STORE_FAST", "LOAD_CONST"):
                base = ""


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)


def _origin(value: object) -> str:
    """The dotted name of a module, or of a function that a module gave."""
    if isinstance(value, ModuleType):
        return value.__name__
    if getattr(value, "is_course_reference", False):  # the switch that the course itself offers
        return ""
    module = getattr(value, "__module__", None)
    name = getattr(value, "__name__", None)
    if isinstance(module, str) and isinstance(name, str) and module != "__main__":
        return f"{module}.{name}"
    return ""


def _barred(name: str, exercise: Exercise) -> bool:
    top = name.split(".")[0]
    if any(name == each or name.startswith(f"{each}.") for each in exercise.forbidden):
        return True
    if top in exercise.packages or top in ALWAYS:
        return False
    return top in _third_party() or top == "nbcourse"


def _third_party() -> set[str]:
    """Top-level names that do not belong to Python, among what is loaded or well known."""
    loaded = {name.split(".")[0] for name in sys.modules}
    return (loaded | {"scipy", "torch", "sklearn", "tensorflow", "jax"}) - _BUILTIN
