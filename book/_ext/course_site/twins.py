"""The directive `twins`: the source of a definition in both twins, in synchronized tabs.

    ```{twins} layers.Linear losses.mse
    ```

shows, for each name, the definition as it stands in `nbcourse/numpy_nn` and `nbcourse/torch_nn`,
with the backward pass that directly follows it.
"""

import ast
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

REPOSITORY = Path(__file__).resolve().parents[3]
TWINS = (("NumPy", "numpy_nn"), ("PyTorch", "torch_nn"))

_TAB = """\
::::{{tab-item}} {label}
:sync: {package}
```{{literalinclude}} /../{path}
:language: python
:lines: {first}-{last}
```
:::{{div}} twin-source
`{path}`, line {first}
:::
::::
"""


class Definition(NamedTuple):
    """Where a definition stands: a file below the repository, its first and its last line."""

    path: str
    first: int
    last: int


def locate(name: str, package: str, repository: Path = REPOSITORY) -> Definition:
    """Find `module.definition` (or `module.Class.method`) in `nbcourse/<package>`.

    A backward pass attached right below (`@definition.define_backward`) belongs to it.

    Raises:
        LookupError: there is no such module, or no such definition in it.
    """
    module, *names = name.split(".")
    path = f"nbcourse/{package}/{module}.py"
    file = repository / path
    if not names or not file.is_file():
        raise LookupError(f"twins: {name!r} is not module.definition of a module like {path}")
    body: list[ast.stmt] = ast.parse(file.read_text(encoding="utf-8")).body
    for wanted in names:
        at = next((k for k, node in enumerate(body) if getattr(node, "name", "") == wanted), None)
        if at is None:
            raise LookupError(f"twins: {path} defines no {'.'.join(names)!r}")
        node, followers = body[at], body[at + 1 :]
        body = getattr(node, "body", [])
    last = node
    for follower in takewhile(lambda other: _is_attached(other, names[-1]), followers):
        last = follower
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    return Definition(path, first, last.end_lineno or last.lineno)


def _is_attached(node: ast.stmt, name: str) -> bool:
    """Whether `node` is a function decorated with `@name.something`."""
    return any(
        isinstance(decorator, ast.Attribute)
        and isinstance(decorator.value, ast.Name)
        and decorator.value.id == name
        for decorator in getattr(node, "decorator_list", [])
    )


class TwinsDirective(SphinxDirective):
    """Synchronized NumPy | PyTorch tabs with the source of each name that is given."""

    required_arguments = 1
    optional_arguments = 20

    def run(self) -> list[nodes.Node]:
        """Write the tabs as MyST text and let the parser of the page read it."""
        try:
            text = "\n".join(self._tabs(name) for name in self.arguments)
        except LookupError as error:
            raise self.error(str(error)) from None
        box = nodes.container(classes=["twins"])
        source, line = self.get_source_info()
        lines = StringList(text.splitlines(), source=f"{source}:{line}")
        self.state.nested_parse(lines, self.content_offset, box)
        return box.children

    def _tabs(self, name: str) -> str:
        """The tab set of one name."""
        tabs = ""
        for label, package in TWINS:
            found = locate(name, package)
            tabs += _TAB.format(label=label, package=package, **found._asdict())
        return f":::::{{tab-set}}\n:sync-group: twin\n\n{tabs}:::::\n"


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("twins", TwinsDirective)
