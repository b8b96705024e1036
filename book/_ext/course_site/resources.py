"""The directive `resources`: what running the notebook of a page costs, as measured for this build.

Below the measurement stand the downloads. The record `<name of the page>.json` in `_build/measured`
is written when the notebook is executed. A page is built anew when its record changes: then its
results did, too.
"""

import json
from pathlib import Path
from typing import TypedDict

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from . import downloads

NOT_MEASURED = "not measured yet: run make book"


class Record(TypedDict):
    """One measurement: wall seconds, peak memory of the kernel in MiB, cores it could use."""

    seconds: float
    peak_mib: float
    cores: int


def sentence(record: Record) -> str:
    """The measurement in words.

    >>> sentence({"seconds": 11.2, "peak_mib": 183.0, "cores": 1})
    'Runs in 11 s on one core, with 183 MiB of memory and no network.'
    """
    seconds = f"{record['seconds']:.0f} s" if record["seconds"] >= 1 else "less than 1 s"
    cores = "one core" if record["cores"] == 1 else f"{record['cores']} cores"
    memory = f"{record['peak_mib']:.0f} MiB"
    return f"Runs in {seconds} on {cores}, with {memory} of memory and no network."


def record_file(app: Sphinx, page: str) -> Path:
    """Where the measurement of a page is kept."""
    return Path(app.outdir).parent / "measured" / f"{page}.json"


def depend_on_record(app: Sphinx, page: str, source: list[str]) -> None:
    """Let Sphinx read this page again when its notebook was executed again."""
    del source
    file = record_file(app, page)
    if file.is_file():
        app.env.note_dependency(str(file))


class ResourcesDirective(SphinxDirective):
    """One line: seconds, cores, memory; and one of downloads."""

    def run(self) -> list[nodes.Node]:
        """Read the record of this page."""
        file = record_file(self.env.app, self.env.docname)
        text = NOT_MEASURED
        if file.is_file():
            text = sentence(json.loads(file.read_text(encoding="utf-8")))
        return [nodes.paragraph(text, text, classes=["resources"]), *downloads.row(self.env)]


def setup(app: Sphinx) -> None:
    """Register the directive and the dependency."""
    app.connect("source-read", depend_on_record)
    app.add_directive("resources", ResourcesDirective)
