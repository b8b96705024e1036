"""Sources: the definition of a name in both twins, read from the files without running them."""

import ast
from dataclasses import dataclass
from pathlib import Path

from nbcourse.errors import UserError

__all__ = ["TWINS", "Definition", "definition", "names"]

TWINS = {"NumPy": "numpy_nn", "PyTorch": "torch_nn"}
_PACKAGE = Path(__file__).parents[1]
_MODULES = (
    "activations",
    "losses",
    "layers",
    "optimizers",
    "schedules",
    "models",
    "training",
)


@dataclass(frozen=True)
class Definition:
    """A piece of source: which twin, which file (relative to the project), first line, text."""

    twin: str
    file: str
    line: int
    text: str


def names() -> list[str]:
    """Every public name of the twins as `module.Name`."""
    return [f"{module}.{name}" for module in _MODULES for name in _public(module)]


def _public(module: str) -> list[str]:
    tree = ast.parse((_PACKAGE / "numpy_nn" / f"{module}.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return []


def definition(name: str, twin: str) -> Definition:
    """Return the definition of `module.Name`, or of a `Name` that only one module has.

    A NumPy function comes with the backward pass that is attached to it.

    Raises:
        UserError: there is no such public name.
    """
    known = names()
    matches = [full for full in known if name in (full, full.partition(".")[2])]
    if len(matches) != 1:
        near = [full for full in known if name.lower().rpartition(".")[2] in full.lower()]
        hint = f"; did you mean {' or '.join(near[:3])}?" if near else "; try layers.Linear"
        raise UserError(f"the twins have no {name!r}{hint}")
    module, _, attribute = matches[0].partition(".")
    path = _PACKAGE / TWINS[twin] / f"{module}.py"
    source = path.read_text(encoding="utf-8")
    nodes = [n for n in ast.parse(source).body if _defines(n, attribute)]
    if not nodes:
        raise UserError(f"{path.name} imports {attribute!r} and does not define it")
    start = min([nodes[0].lineno, *(d.lineno for d in getattr(nodes[0], "decorator_list", []))])
    text = "\n".join(source.splitlines()[start - 1 : nodes[-1].end_lineno])
    file = path.relative_to(_PACKAGE.parent).as_posix()
    return Definition(twin, file, start, text)


def _defines(node: ast.stmt, name: str) -> bool:
    """Whether a statement defines the name or attaches a backward pass to it."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        attached = {f"{name}.define_backward"}
        return node.name == name or bool(attached & {ast.unparse(d) for d in node.decorator_list})
    if isinstance(node, ast.Assign):
        return name in {ast.unparse(target) for target in node.targets}
    return isinstance(node, ast.ImportFrom) and name in {alias.name for alias in node.names}
