"""The code cells of a notebook file, as text; nothing in the file is run or trusted here."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from nbcourse.errors import UserError
from nbcourse.exercises import Chapter, find_chapter

MAX_BYTES = 20 * 2**20


@dataclass(frozen=True)
class CodeCell:
    """One code cell.

    Attributes:
        number: its place among all cells, from 1.
        source: its code, without the lines that only a notebook understands.
    """

    number: int
    source: str


def read(path: Path) -> list[CodeCell]:
    """The code cells of a notebook, in order.

    Raises:
        UserError: when the file is missing, too large, or no notebook.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise UserError(f"{path} has {size / 2**20:.0f} MiB, more than any notebook here")
        cells = json.loads(path.read_text(encoding="utf-8-sig"))["cells"]
        return [
            CodeCell(number, _python("".join(cell["source"])))
            for number, cell in enumerate(cells, start=1)
            if cell["cell_type"] == "code"
        ]
    except FileNotFoundError:
        raise UserError(f"there is no file {path}") from None
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise UserError(f"{path} is not a notebook: {str(error)[:80]}") from None


def locate(target: str) -> Path:
    """The notebook that an argument means: a path, or the number or topic of a chapter.

    Raises:
        UserError: when there is none.
    """
    if target.endswith(".ipynb") or Path(target).is_file():
        return Path(target)
    stem = find_chapter(target).stem
    for folder in (Path.cwd(), *Path.cwd().parents):
        for candidate in (folder / "exercises" / f"{stem}.ipynb", folder / f"{stem}.ipynb"):
            if candidate.is_file() and candidate.parent.name != "book":
                return candidate
    raise UserError(f"there is no exercises/{stem}.ipynb here or above; give the notebook's path")


def chapter_of(path: Path, cells: list[CodeCell]) -> Chapter:
    """The chapter of a notebook, by its name or else by the comments in its answers.

    Raises:
        UserError: when neither tells.
    """
    from nbcourse.exercises import chapters

    text = "\n".join(cell.source for cell in cells)
    asked = {name.lower() for name in re.findall(r"^# exercise: (\w+)", text, re.MULTILINE)}
    for chapter in chapters():
        if chapter.stem in path.stem or asked & set(chapter.names):
            return chapter
    raise UserError(f"{path} belongs to no chapter: no cell begins with `# exercise: NAME`")


def _python(source: str) -> str:
    """The source without magics and shell lines, which need a notebook."""
    if source.lstrip().startswith("%%"):
        return ""
    return "\n".join("pass" if line[:1] in ("%", "!") else line for line in source.splitlines())
