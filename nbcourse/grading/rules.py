"""Rules of the "write it yourself" kind: what an answer's source suggests, for a person to judge.

Nothing here changes a mark. What an answer may not use is missing in the jail; this tells a person
where an answer tried, or went around. Source is parsed and never run.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from nbcourse.checking.packages import ALWAYS
from nbcourse.checking.spec import Exercise
from nbcourse.grading.records import Flag

_COURSE = ("nbcourse.practice", "matplotlib", "tqdm", "IPython", "warnings", "time", "random")
_DYNAMIC = {"getattr", "setattr", "exec", "eval", "compile", "__import__", "globals", "vars"}
_HIDING = {"importlib", "ctypes", "base64", "codecs", "marshal", "pickle", "inspect", "gc", "sys"}
_MOST = 20  # flags of one answer


@dataclass
class _Source:
    """What a notebook defines, and under which names it knows modules."""

    parts: dict[str, list[tuple[int, ast.AST]]] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    imports: dict[str, tuple[int, str]] = field(default_factory=dict)


def flags(cells: Sequence[tuple[int, str]], exercise: Exercise) -> tuple[Flag, ...]:
    """What a person should look at in the answer to an exercise.

    Looked at are the definitions of the answer, and of everything that it uses by name.

    Args:
        cells: the code cells, as pairs of a number and a source.
        exercise: what is asked, with the packages that it allows and what it forbids.
    """
    source = _read(tuple(cells))
    if exercise.name not in source.parts:
        return ()
    found: dict[tuple[str, str], Flag] = {}
    for number, node in _reachable(exercise.name, source):
        for flag in _look(number, node, source, exercise):
            found.setdefault((flag.kind, flag.message), flag)
    return tuple(found.values())[:_MOST]


@lru_cache(maxsize=1)  # one notebook is asked about for each of its exercises
def _read(cells: tuple[tuple[int, str], ...]) -> _Source:
    source = _Source()
    for number, text in cells:
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # the student is told of it as of any cell that fails
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name.split(".")[0]
                    source.modules[name] = alias.name if alias.asname else name
                    source.imports[name] = number, alias.name
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    name = alias.asname or alias.name
                    source.modules[name] = f"{node.module}.{alias.name}"
                    source.imports[name] = number, node.module
        for node in tree.body:
            for name in _defined(node):
                source.parts.setdefault(name, []).append((number, node))
    return source


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name))
    elif isinstance(node, ast.If | ast.For | ast.While | ast.With | ast.Try):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                yield from _defined(child)


def _reachable(name: str, source: _Source) -> Iterator[tuple[int, ast.AST]]:
    """The definitions of a name, and of all names that they use."""
    waiting, seen = [name], {name}
    while waiting:
        for number, node in source.parts.get(waiting.pop(), ()):
            yield number, node
            used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            fresh = sorted((used & set(source.parts)) - seen)
            waiting += fresh
            seen |= set(fresh)


def _look(number: int, node: ast.AST, source: _Source, exercise: Exercise) -> Iterator[Flag]:
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            module = source.modules.get(each.id, "")
            if module and not _allowed(module, exercise):
                yield Flag("package", f"uses {module}", number)
            if each.id in _DYNAMIC:
                yield Flag("dynamic access", f"uses {each.id}", number)
            if module == "nbcourse.practice.reference":
                yield Flag("reference", "asks for the course's own function", number)
        if isinstance(each, ast.Attribute):
            name = _dotted(each, source.modules)
            if any(name == bad or name.startswith(f"{bad}.") for bad in exercise.forbidden):
                yield Flag("shortcut", f"uses {name}, which does the exercise", number)
            if each.attr.startswith("__") and each.attr not in _HARMLESS:
                yield Flag("dynamic access", f"uses {each.attr}", number)
        if isinstance(each, ast.Import | ast.ImportFrom):
            yield from _of_import(number, each, exercise)


_HARMLESS = {"__init__", "__name__", "__class__", "__doc__", "__enter__", "__exit__", "__len__"}


def _of_import(
    number: int, node: ast.Import | ast.ImportFrom, exercise: Exercise
) -> Iterator[Flag]:
    names = (
        [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
    )
    for name in names:
        if not _allowed(name, exercise):
            yield Flag("package", f"imports {name} inside the answer", number)


def _allowed(name: str, exercise: Exercise) -> bool:
    top = name.split(".")[0]
    if any(name == bad or name.startswith(f"{bad}.") for bad in exercise.forbidden):
        return False
    if top in _HIDING:
        return False
    allowed = (*exercise.packages, *ALWAYS, *_COURSE)
    return top in allowed or any(name == each or name.startswith(f"{each}.") for each in allowed)


def _dotted(node: ast.expr, modules: Mapping[str, str]) -> str:
    """The full name of an attribute of a module: `np.linalg.solve` is numpy.linalg.solve."""
    if isinstance(node, ast.Attribute):
        base = _dotted(node.value, modules)
        return f"{base}.{node.attr}" if base else ""
    return modules.get(node.id, "") if isinstance(node, ast.Name) else ""
