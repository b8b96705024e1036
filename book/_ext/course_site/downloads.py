"""What one can take away from a page: its notebook, its exercises, or everything in one archive.

Where `course_repository` is set in `_config.yml`, there are links to Colab and Binder, too.
"""

import html
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError

FOLDER = "downloads"  # in the site
ARCHIVE = "nbcourse.zip"
TOP = "nbcourse"  # the folder in the archive
# What somebody needs to run the notebooks, below the root of the repository.
PARTS = (
    "book/*.ipynb",
    "book/images/live/*.svg",
    "exercises/*.ipynb",
    "nbcourse/**/*",
    "LICENSE*",
    "NOTICE",
    "README.md",
    "pyproject.toml",
    "requirements.lock",
)
START = """\
# How to start

These are the chapters (folder `book`), the exercises (folder `exercises`) and the package that
both use. You need Python 3.11 or newer. In this folder:

    python3 -m venv .venv
    .venv/bin/pip install ".[torch,lab]" --constraint requirements.lock
    .venv/bin/jupyter lab

On Windows it is `.venv\\Scripts` in place of `.venv/bin`. Open `book/01_neuron.ipynb` first, then
`exercises/01_neuron.ipynb`.
"""
_REPOSITORY = re.compile(
    r"https://github\.com/(?P<name>[\w.-]+/[\w.-]+?)(?:/tree/(?P<branch>[\w./-]+?))?/?"
)
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)  # the same files make the same archive, to the byte


def launch_links(repository: str, file: str) -> dict[str, str]:
    """Where `file` of a repository on GitHub can be run, by the name of the service.

    >>> launch_links("https://github.com/ada/course", "book/a.ipynb")["Colab"]
    'https://colab.research.google.com/github/ada/course/blob/main/book/a.ipynb'
    >>> launch_links("", "book/a.ipynb")
    {}

    Raises:
        ValueError: the address is not one of GitHub.
    """
    if not repository:
        return {}
    if not (found := _REPOSITORY.fullmatch(repository)):
        raise ValueError(
            f"course_repository is {repository!r}, but https://github.com/OWNER/NAME is wanted, "
            "with /tree/BRANCH where the branch is not main"
        )
    name, branch = found["name"], found["branch"] or "main"
    return {
        "Colab": f"https://colab.research.google.com/github/{name}/blob/{branch}/{file}",
        "Binder": f"https://mybinder.org/v2/gh/{name}/{branch}?urlpath=lab/tree/{file}",
    }


def row(env: BuildEnvironment) -> list[nodes.Node]:
    """The line of links of the page that is being read; only pages on the web have it."""
    links = "".join(_links(env))
    text = f'<p class="downloads" role="group" aria-label="Downloads">{links}</p>'
    box = addnodes.only(expr="builder_html")
    box += nodes.raw("", text, format="html")
    return [box]


def _links(env: BuildEnvironment) -> Iterator[str]:
    page = env.docname
    if Path(env.doc2path(page)).suffix != ".ipynb":
        return
    yield _link(f"_sources/{page}.ipynb", "This notebook", f"{page}.ipynb")
    if exercise_notebook(env, page).is_file():
        yield _link(f"{FOLDER}/exercises/{page}.ipynb", "Its exercises", f"{page}_exercises.ipynb")
    yield _link(f"{FOLDER}/{ARCHIVE}", "All notebooks (zip)", ARCHIVE)
    repository = env.config.course_repository
    for service, address in launch_links(repository, f"book/{page}.ipynb").items():
        yield f'<a class="launch" href="{html.escape(address)}">Open in {service}</a>'


def _link(address: str, words: str, save_as: str) -> str:
    return f'<a href="{address}" download="{save_as}">{words}</a>'


def exercise_notebook(env: BuildEnvironment, page: str) -> Path:
    """Where the exercises of a chapter are, if it has any."""
    return Path(env.srcdir).parent / "exercises" / f"{page}.ipynb"


def members(root: Path) -> dict[str, bytes]:
    """The files of the archive and their content, by their names in it."""
    files = {path for pattern in PARTS for path in root.glob(pattern) if path.is_file()}
    found = {
        f"{TOP}/{path.relative_to(root).as_posix()}": path.read_bytes()
        for path in files
        if "__pycache__" not in path.parts
    }
    return {**found, f"{TOP}/START.md": START.encode()}


def write_archive(target: Path, content: dict[str, bytes]) -> None:
    """Write a zip that depends on nothing but `content`."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(content):
            entry = zipfile.ZipInfo(name, _FIXED_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # else it depends on the system
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content[name])


def publish(app: Sphinx, exception: Exception | None) -> None:
    """Put the archive and the notebooks of exercises beside the pages."""
    if exception is not None or app.builder.name != "html":
        return
    folder = Path(app.outdir) / FOLDER
    root = Path(app.srcdir).parent
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "exercises").mkdir(parents=True)
    for page in app.env.found_docs:
        if (notebook := exercise_notebook(app.env, page)).is_file():
            shutil.copyfile(notebook, folder / "exercises" / notebook.name)
    write_archive(folder / ARCHIVE, members(root))


def check_repository(app: Sphinx, config: Config) -> None:
    """Refuse an address that no link can be made of, before anything is built."""
    del app
    try:
        launch_links(config.course_repository, "")
    except ValueError as error:
        raise ConfigError(str(error)) from None


def setup(app: Sphinx) -> None:
    """Register the setting and what is written at the end."""
    app.add_config_value("course_repository", "", "env", [str])
    app.connect("config-inited", check_repository)
    app.connect("build-finished", publish)
