"""A site of one page with a quiz, built on the spot: what the tests of quizzes look at."""

import subprocess
import sys
from pathlib import Path

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from nbcourse.notebooks.canonical import METADATA
from nbcourse.notebooks.facts import GLUE_MIME
from nbcourse.notebooks.files import text_of

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = Path(__file__).with_name("quiz_sample.yml")
PAGE = "02_sample"
NUMBERS = {"deep-pieces": "1024", "bound": "'59,049'", "order": "-2.06", "random-top": "68"}

_SETTINGS = f"""\
extensions = ["myst_nb", "book._ext.course_site.quizzes"]
html_static_path = [{str(ROOT / "book" / "_ext" / "static")!r}]
mathjax_path = "none.js"
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath"]
numfig = True
root_doc = {PAGE!r}
exclude_patterns = ["_build"]
epub_copyright = "none"
version = "0"
"""
_MATHEMATICS = "# A page\n\n$$\nT(x) = 2x\n$$ (eq-pieces)"


def notebook(numbers: dict[str, str]) -> str:
    """The text of a page that glued these numbers."""
    outputs = [
        new_output(
            "display_data",
            data={GLUE_MIME: value},
            metadata={"scrapbook": {"name": name, "mime_prefix": GLUE_MIME[:-10]}},
        )
        for name, value in numbers.items()
    ]
    cells = [
        new_markdown_cell(_MATHEMATICS),
        new_markdown_cell("## Predict\n\nHow many?\n\n```{predict}\n```"),
        new_code_cell("1", outputs=outputs, execution_count=1),
        new_markdown_cell("## Quiz\n\n```{quiz}\n```"),
    ]
    return text_of(new_notebook(cells=cells, metadata=METADATA))


def write(folder: Path, quizzes: dict[str, str], numbers: dict[str, str] | None = None) -> None:
    """The sources of a site: settings, and pages that glued numbers, each with its quiz."""
    (folder / "quizzes").mkdir(parents=True)
    (folder / "conf.py").write_text(_SETTINGS, encoding="utf-8")
    for page, quiz in quizzes.items():
        text = notebook(NUMBERS if numbers is None else numbers)
        (folder / f"{page}.ipynb").write_text(text, encoding="utf-8")
        (folder / "quizzes" / f"{page}.yml").write_text(quiz, encoding="utf-8")


def build(folder: Path, builder: str = "html") -> "subprocess.CompletedProcess[str]":
    """Run Sphinx, with warnings as errors, as the book does."""
    command = [sys.executable, "-m", "sphinx", "-W", "-n", "--keep-going", "-q", "-b", builder]
    paths = [
        "-d",
        str(folder / "_build" / "doctrees"),
        str(folder),
        str(folder / "_build" / builder),
    ]
    return subprocess.run([*command, *paths], cwd=ROOT, capture_output=True, text=True, check=False)
