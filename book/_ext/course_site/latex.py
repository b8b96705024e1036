r"""The book for LaTeX (`make pdf`): numbers of chapters, pictures, diagrams.

LaTeX counts chapters from the first page on. Here each page sets the counter as `numbering` counts:
chapter 5 is `05_backpropagation`, appendices have letters, and other pages have no number.
"""

import subprocess
from collections.abc import Iterator

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms.images import ImageConverter

from .numbering import heads

CONVERTER = "rsvg-convert"


class VectorConverter(ImageConverter):
    """Turns SVG into PDF, which LaTeX can show."""

    default_priority = 190  # before those that would make an image of points
    conversion_rules = [("image/svg+xml", "application/pdf")]  # noqa: RUF012 (Sphinx's own form)

    def match(self, node: nodes.image) -> bool:
        """For LaTeX alone."""
        return self.app.builder.name == "latex" and super().match(node)

    def is_available(self) -> bool:
        """Whether the program is there, `book._ext.typeset` asks before all else."""
        return True

    def convert(self, _from: str, _to: str) -> bool:
        """Write the PDF `_to` of the SVG `_from`.

        Raises:
            ExtensionError: the program is not there, or refuses the picture.
        """
        command = [CONVERTER, "--format=pdf", f"--output={_to}", _from]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            why = getattr(error, "stderr", "") or error
            raise ExtensionError(f"{CONVERTER} cannot convert {_from}: {why}") from None
        return True


def counter(head: int | str | None) -> str:
    r"""The commands that give the next chapter this number or letter, or none.

    >>> counter(5)
    '\\setcounter{secnumdepth}{1}\\setcounter{chapter}{4}\\renewcommand{\\thechapter}{5}'
    >>> counter("B")
    '\\setcounter{secnumdepth}{1}\\setcounter{chapter}{1}\\renewcommand{\\thechapter}{B}'
    >>> counter(None)
    '\\setcounter{secnumdepth}{-1}'
    """
    if head is None:
        return r"\setcounter{secnumdepth}{-1}"
    before = head - 1 if isinstance(head, int) else ord(head) - ord("A")
    depth = r"\setcounter{secnumdepth}{1}"
    return rf"{depth}\setcounter{{chapter}}{{{before}}}\renewcommand{{\thechapter}}{{{head}}}"


def _command(head: int | str | None) -> nodes.raw:
    return nodes.raw("", counter(head), format="latex")


def _pages(doctree: nodes.document) -> Iterator[addnodes.start_of_file]:
    """The pages that stand at the head of a chapter; pages in pages do not."""
    for page in doctree.findall(addnodes.start_of_file):
        if not isinstance(page.parent, nodes.section):
            yield page


def prepare(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Set the counter before each page, and describe what is only drawn in HTML."""
    del docname
    if app.builder.name != "latex":
        return
    doctree.insert(0, _command(None))  # the first page is no chapter
    pages = list(_pages(doctree))
    numbers = heads(page["docname"] for page in pages)
    for page in pages:
        page.insert(0, _command(numbers.get(page["docname"])))
    for drawing in list(doctree.findall(nodes.raw)):
        if "description" in drawing:
            text = nodes.emphasis("", drawing["description"])
            drawing.replace_self(nodes.paragraph("", "", text))


def setup(app: Sphinx) -> None:
    """Register the converter and the hook."""
    app.add_post_transform(VectorConverter)
    app.connect("doctree-resolved", prepare)
