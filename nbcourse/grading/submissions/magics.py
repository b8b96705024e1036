"""What only a notebook understands, taken out of a cell: magics, shell lines, help marks."""

import ast
import re

# Cell magics whose body is Python; the body of any other is in another language, or a side effect.
_KEEP_BODY = ("time", "timeit", "capture", "prun", "matplotlib", "pylab", "load_ext", "autoreload")
# Line magics whose rest is Python.
_KEEP_REST = ("time", "timeit", "prun")
_OPTION = re.compile(r"^(-\w+(\s+\d+)?\s+)+")


def to_python(source: str) -> tuple[str, list[str]]:
    """The Python of a cell, with as many lines, and clauses on what was left out.

    A cell that is Python already is left alone, so that a `%` in a text or a product is safe.
    """
    if parses(source):
        return source, []
    match = re.match(r"\s*%%(\w+)[^\n]*(\n|$)", source)
    if match and match[1] not in _KEEP_BODY:
        return "", [f"%%{match[1]} was left out"]
    notes: list[str] = []
    if match:
        source = "\n" + source[match.end() :]
        notes.append(f"%%{match[1]} was left out, its cell kept")
        if parses(source):
            return source, notes
    lines = [_line(line, notes) for line in source.split("\n")]
    return "\n".join(lines), notes


def parses(source: str) -> bool:
    """Whether Python can read a text; nothing is run."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _line(line: str, notes: list[str]) -> str:
    indent = line[: len(line) - len(line.lstrip())]
    rest = line.strip()
    if match := re.match(r"(?:([\w, ]+?)\s*=\s*)?%(\w+)\s*(.*)$", rest):
        target, magic, argument = match.groups()
        notes.append(f"%{magic} was left out")
        expression = _OPTION.sub("", argument) if magic in _KEEP_REST else ""
        if expression and parses(expression):
            return f"{indent}{expression}"
        return f"{indent}{target} = None" if target else f"{indent}pass"
    if match := re.match(r"(?:([\w, ]+?)\s*=\s*)?!", rest):
        notes.append("a shell line was left out")
        return f"{indent}{match[1]} = []" if match[1] else f"{indent}pass"
    if re.fullmatch(r"\?{1,2}[\w.]+|[\w.]+\?{1,2}", rest):
        notes.append("a question for help was left out")
        return f"{indent}pass"
    return line
