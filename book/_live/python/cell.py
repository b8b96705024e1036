"""Runs the cells of a page, on MicroPython: all share one set of names, as in a notebook."""

import io
import sys

_MOST_FRAMES = 12  # of a traceback; a recursion without end has hundreds


def _no_input(prompt: str = "") -> None:
    raise RuntimeError("input does not work in a page: write the value into the code")


def _show(value: object) -> None:
    if value is not None:
        print(repr(value))


names = {"__name__": "__main__", "input": _no_input, "_show": _show}


def _showing_the_last(source: str) -> str:
    """The same program, in which a last line that is an expression shows its value."""
    lines = source.rstrip().split("\n")
    last = lines[-1]
    goes_on = len(lines) > 1 and lines[-2].endswith("\\")
    if not last or last[0] in " \t#" or goes_on:
        return source
    try:
        compile(last, "", "eval")
    except SyntaxError:
        return source
    lines[-1] = "_show(" + last + "\n)"  # a comment may end the line
    return "\n".join(lines)


def _described(error: BaseException) -> str:
    """The traceback without our own frames, and without the middle of a long one."""
    text = io.StringIO()
    sys.print_exception(error, text)
    lines = [line for line in text.getvalue().split("\n") if __file__ not in line]
    frames = [k for k, line in enumerate(lines) if line.startswith('  File "')]
    if len(frames) > _MOST_FRAMES:
        first, last = frames[_MOST_FRAMES // 2], frames[-_MOST_FRAMES // 2]
        lines[first:last] = [f"  ... {last - first} more lines ..."]
    return "\n".join(lines)


def run(source: str, name: str) -> str:
    """Run a cell; return an empty text, or the traceback of its error."""
    try:
        exec(compile(_showing_the_last(source), name, "exec"), names)
    except SystemExit:
        pass
    except BaseException as error:
        return _described(error)
    return ""
