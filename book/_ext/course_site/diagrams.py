"""Mermaid diagrams: a page shows the picture that `make diagrams` drew of the source.

A fence ```` ```mermaid ```` is a diagram; JupyterLab draws the same fence. It must carry Mermaid's
own `accTitle:` and `accDescr:`, which become the description of the picture. The pictures are in
`book/images/diagrams`; each holds the digest of the source that it shows, and its colors are those
of the theme.
"""

import hashlib
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

PICTURES = Path(__file__).resolve().parents[2] / "images" / "diagrams"


def _told(diagram: str) -> tuple[str, str]:
    """The title and the description that a diagram gives itself."""
    title = re.search(r"^\s*accTitle:\s*(\S.*)$", diagram, re.MULTILINE)
    text = re.search(r"^\s*accDescr:\s*(\S.*)$", diagram, re.MULTILINE)
    if not (title and text):
        raise ValueError("a mermaid diagram needs a line 'accTitle: ...' and one 'accDescr: ...'")
    return title[1].strip(), text[1].strip()


def description(diagram: str) -> str:
    r"""The title and the description that a diagram gives itself, in one text.

    >>> description("flowchart LR\n accTitle: A neuron\n accDescr: x goes to y.\n x --> y")
    'A neuron: x goes to y.'

    Raises:
        ValueError: one of the two is missing.
    """
    return ": ".join(_told(diagram))


def name(diagram: str) -> str:
    r"""The name of the picture of a diagram, made of its title.

    >>> name("flowchart LR\n accTitle: The parts of a neuron\n accDescr: x goes to y.\n x --> y")
    'the-parts-of-a-neuron'
    """
    return nodes.make_id(_told(diagram)[0])


def digest(diagram: str) -> str:
    """The SHA-256 of a diagram's source."""
    return hashlib.sha256(diagram.strip().encode()).hexdigest()


def picture(diagram: str, folder: Path = PICTURES) -> str:
    """The SVG of a diagram.

    Raises:
        ValueError: there is none, or it shows another source.
    """
    file = folder / f"{name(diagram)}.svg"
    svg = file.read_text(encoding="utf-8") if file.is_file() else ""
    if f'data-source="{digest(diagram)}"' not in svg:
        raise ValueError(f"{file.name} does not show this diagram as it is now: run make diagrams.")
    return svg


class MermaidDirective(SphinxDirective):
    """A diagram as the picture that was drawn of it."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Put the picture in the page."""
        diagram = "\n".join(self.content)
        try:
            svg = picture(diagram)
        except ValueError as error:
            raise self.error(str(error)) from None
        self.env.note_dependency(str(PICTURES / f"{name(diagram)}.svg"))
        drawing = nodes.raw("", f'<div class="diagram">{svg}</div>', format="html")
        drawing["description"] = description(diagram)  # for LaTeX
        return [drawing]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("mermaid", MermaidDirective)
