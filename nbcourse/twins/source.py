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
    "normalization",
    "optimizers",
    "schedules",
    "regularization",
    "models",
    "training",
)


@dataclass(frozen=True)
class Definition:
    """A piece of source: which twin, which file of the project, first and last line, text."""

    twin: str
    file: str
    line: int
    last: int
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
    """Return the definition of `module.Name`, of `module.Name.method`, or of an unambiguous `Name`.

    A NumPy function comes with the backward pass that is attached to it.

    Raises:
        UserError: there is no such public name, or it has no such method.
    """
    module, attribute, method = _resolve(name)
    path = _PACKAGE / TWINS[twin] / f"{module}.py"
    source = path.read_text(encoding="utf-8")
    nodes = [node for node in ast.parse(source).body if _defines(node, attribute)]
    if method and nodes:
        nodes = [node for node in getattr(nodes[0], "body", []) if _defines(node, method)]
    if not nodes:
        raise UserError(f"{TWINS[twin]}/{path.name} has no definition of {name!r}")
    first = min([nodes[0].lineno, *(d.lineno for d in getattr(nodes[0], "decorator_list", []))])
    last = nodes[-1].end_lineno or first
    text = "\n".join(source.splitlines()[first - 1 : last])
    return Definition(twin, path.relative_to(_PACKAGE.parent).as_posix(), first, last, text)


def _resolve(name: str) -> tuple[str, str, str]:
    """Split a name into module, public name and method (empty for none)."""
    known = names()
    for full in known:
        module, _, attribute = full.partition(".")
        for stem in (full, attribute):
            if name == stem or name.startswith(f"{stem}."):
                return module, attribute, name[len(stem) + 1 :]
    near = [full for full in known if name.lower().rpartition(".")[2] in full.lower()]
    hint = f"; did you mean {' or '.join(near[:3])}?" if near else "; try layers.Linear"
    raise UserError(f"the twins have no {name!r}{hint}")


def _defines(node: ast.stmt, name: str) -> bool:
    """Whether a statement defines the name or attaches a backward pass to it."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        attached = {f"{name}.define_backward"}
        return node.name == name or bool(attached & {ast.unparse(d) for d in node.decorator_list})
    if isinstance(node, ast.Assign):
        return name in {ast.unparse(target) for target in node.targets}
    return isinstance(node, ast.ImportFrom) and name in {alias.name for alias in node.names}
