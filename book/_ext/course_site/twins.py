"""The directive `twins`: the source of a definition in both twins, in synchronized tabs.

    ```{twins} layers.Linear losses.mse
    ```

shows, for each name, the definition as it stands in `nbcourse/numpy_nn` and `nbcourse/torch_nn`,
with the backward pass that directly follows it.
"""

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from nbcourse.errors import UserError
from nbcourse.twins import TWINS, definition

_TAB = """\
::::{{tab-item}} {label}
:sync: {package}
```{{literalinclude}} /../{found.file}
:language: python
:lines: {found.line}-{found.last}
```
:::{{div}} twin-source
`{found.file}`, line {found.line}
:::
::::
"""


class TwinsDirective(SphinxDirective):
    """Synchronized NumPy | PyTorch tabs with the source of each name that is given."""

    required_arguments = 1
    optional_arguments = 20

    def run(self) -> list[nodes.Node]:
        """Write the tabs as MyST text and let the parser of the page read it."""
        try:
            text = "\n".join(self._tabs(name) for name in self.arguments)
        except UserError as error:
            raise self.error(str(error)) from None
        box = nodes.container(classes=["twins"])
        source, line = self.get_source_info()
        lines = StringList(text.splitlines(), source=f"{source}:{line}")
        self.state.nested_parse(lines, self.content_offset, box)
        return box.children

    def _tabs(self, name: str) -> str:
        """The tab set of one name."""
        tabs = ""
        for label, package in TWINS.items():
            tabs += _TAB.format(label=label, package=package, found=definition(name, label))
        return f":::::{{tab-set}}\n:sync-group: twin\n\n{tabs}:::::\n"


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("twins", TwinsDirective)
