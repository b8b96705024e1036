"""Typesets the book with XeLaTeX, as _build/pdf/nbcourse.pdf.

    python -m book._ext.typeset --check
    python -m book._ext.typeset

With `--check` it only says whether the programs are there. Otherwise it runs them on what Sphinx
has written to `_build/latex`, and refuses a book in which a character is missing or a link leads
nowhere.
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "_build" / "latex" / "nbcourse.tex"
TARGET = ROOT / "_build" / "pdf" / "nbcourse.pdf"
PROGRAMS = {"latexmk": "latexmk", "xelatex": "texlive-xetex", "rsvg-convert": "librsvg2-bin"}
PACKAGES = (
    "texlive-xetex texlive-latex-extra texlive-fonts-recommended latexmk librsvg2-bin fonts-dejavu"
)
_MISSING = re.compile(r"Missing character: There is no (\S+)")
_UNDEFINED = re.compile(r"(?:Reference|Citation|Hyper reference) [`'\"]([^'\"]+)['\"].*?undefined")
_ERROR = re.compile(r"^! .+(?:\n.*){0,4}", re.MULTILINE)


def missing_programs() -> str:
    """One sentence about the programs that are not there; empty when all are."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if not missing:
        return ""
    return (
        f"error: make pdf typesets with XeLaTeX, and there is no {', no '.join(missing)} here. "
        f"On Debian: apt-get install --no-install-recommends {PACKAGES}. "
        "Or print the pages with Chromium: make print"
    )


def faults(log: str) -> list[str]:
    r"""What XeLaTeX complained of and a reader would notice, each once.

    >>> faults("Missing character: There is no ✗ in font DejaVu!\n" * 2)
    ['no font has the character ✗']
    >>> faults("LaTeX Warning: Hyper reference `a' on page 3 undefined on input line 7.")
    ['a link leads to a, which is nowhere']
    """
    found = [f"no font has the character {each}" for each in _MISSING.findall(log)]
    found += [f"a link leads to {each}, which is nowhere" for each in _UNDEFINED.findall(log)]
    found += [error.strip() for error in _ERROR.findall(log)]
    return list(dict.fromkeys(found))


def typeset(source: Path = SOURCE, target: Path = TARGET) -> None:
    """Make the PDF of `source`, in as many runs as its references need.

    Raises:
        RuntimeError: XeLaTeX failed or left something out; the message says what.
    """
    command = ["latexmk", "-xelatex", "-interaction=nonstopmode", "-halt-on-error", source.name]
    result = subprocess.run(command, cwd=source.parent, capture_output=True, check=False)
    file = source.with_suffix(".log")
    log = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    found = faults(log)
    if result.returncode and not found:
        found = [result.stderr.decode(errors="replace").strip()[-500:] or "latexmk failed"]
    if found:
        raise RuntimeError(f"{source.name}: {'; '.join(found[:10])}")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source.with_suffix(".pdf"), target)


def main(arguments: Sequence[str] | None = None) -> str | None:
    """Typeset the book; return a sentence when that did not work."""
    parser = argparse.ArgumentParser(prog="python -m book._ext.typeset")
    parser.add_argument("--check", action="store_true", help="only look for the programs")
    options = parser.parse_args(arguments)
    problem = missing_programs()
    if problem or options.check:
        return problem or None
    try:
        typeset()
    except RuntimeError as error:
        return f"error: {error}"
    print(TARGET)
    return None


if __name__ == "__main__":
    sys.exit(main())
