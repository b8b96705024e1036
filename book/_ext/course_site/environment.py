"""The directive `environment`: the packages of requirements.lock, and what each is for.

    ```{environment}
    ```

What a package is for is its own summary, from the metadata that is installed with it.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from .exercises import escape

NOT_INSTALLED = "not installed on the machine that built this page"
NO_SUMMARY = "says nothing about itself"
_WHERE = """\
This page was built with Python {built}; the course needs Python {wanted}.
{n_asked} packages are asked for by name in `pyproject.toml`, and these bring {n_brought} more.

"""
_TABLE = """\
```{{list-table}} {title}
:header-rows: 1
:widths: 3 2 7

* - package
  - version
  - what it is for
{rows}
```
"""


def locked(text: str) -> dict[str, str]:
    r"""The versions in the text of a lock file, by the names of the packages.

    >>> locked("# made by hand\nNumPy==2.4.6\n")
    {'NumPy': '2.4.6'}

    Raises:
        ValueError: a line is not of the form NAME==VERSION.
    """
    lines = [line.split("#", 1)[0].strip() for line in text.splitlines()]
    found = {}
    for line in filter(None, lines):
        name, equals, version = line.partition("==")
        if not (name and equals and version):
            raise ValueError(f"requirements.lock has the line {line!r}, wanted NAME==VERSION")
        found[name] = version
    return found


def normal(name: str) -> str:
    """A name as all spellings of it are compared (PEP 503).

    >>> normal("Ruamel_yaml.Clib")
    'ruamel-yaml-clib'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def asked_for(project: dict[str, object]) -> set[str]:
    """The packages that a project's own table names, with all of its extras."""
    extras = project.get("optional-dependencies", {})
    lists = [project.get("dependencies", []), *extras.values()]  # type: ignore[attr-defined]
    names = (re.match(r"[\w.-]+", wanted) for each in lists for wanted in each)
    return {normal(name[0]) for name in names if name} - {normal(str(project["name"]))}


def summary(name: str) -> str:
    """What an installed package says it is."""
    try:
        text = metadata.metadata(name).get("Summary") or NO_SUMMARY
    except metadata.PackageNotFoundError:
        return NOT_INSTALLED
    return " ".join(text.split()).rstrip(".")


def _rows(packages: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, version in packages:
        yield f"* - {escape(name)}\n  - {escape(version)}\n  - {escape(summary(name))}"


def page(root: Path) -> str:
    """What the directive shows, as Markdown."""
    versions = locked((root / "requirements.lock").read_text(encoding="utf-8"))
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = asked_for(project)
    packages = sorted(versions.items(), key=lambda pair: pair[0].lower())
    ours = [pair for pair in packages if normal(pair[0]) in asked]
    others = [pair for pair in packages if normal(pair[0]) not in asked]
    text = _WHERE.format(
        built=".".join(map(str, sys.version_info[:3])),
        wanted=project["requires-python"].removeprefix(">=") + " or newer",
        n_asked=len(ours),
        n_brought=len(others),
    )
    text += _TABLE.format(title="What the course asks for", rows="\n".join(_rows(ours)))
    brought = _TABLE.format(title="What these bring along", rows="\n".join(_rows(others)))
    return f"{text}\n::::{{dropdown}} What these bring along\n{brought}::::\n"


class EnvironmentDirective(SphinxDirective):
    """The tables of packages."""

    def run(self) -> list[nodes.Node]:
        """Let the parser of the page read the tables."""
        root = Path(self.env.srcdir).parent
        for name in ("requirements.lock", "pyproject.toml"):
            self.env.note_dependency(str(root / name))
        try:
            text = page(root)
        except (OSError, ValueError) as error:
            raise self.error(str(error)) from None
        box = nodes.container(classes=["environment"])
        source, line = self.get_source_info()
        lines = StringList(text.splitlines(), source=f"{source}:{line}")
        self.state.nested_parse(lines, self.content_offset, box)
        return box.children


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("environment", EnvironmentDirective)
