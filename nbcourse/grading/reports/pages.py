"""What all pages share: templates, a strict policy, words for numbers.

A page is HTML that needs nothing besides itself: no script, no request. The policy lets a browser
apply the one style sheet whose hash it names, and nothing else. Templates escape every value;
before that, characters that hide or turn text become visible.
"""

import base64
import hashlib
from functools import cache
from importlib import resources
from pathlib import Path

import jinja2
from markupsafe import Markup

from nbcourse.grading.text import visible

_UNSANDBOXED = "unsandboxed"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("nbcourse.grading.reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_finalize,
    )
    style = (resources.files(__package__) / "templates/style.css").read_text(encoding="utf-8")
    environment.globals["style"] = Markup(style)  # our own file
    environment.globals["policy"] = policy(style)
    return environment


def _finalize(value: object) -> object:
    """What a template prints: a text with nothing that hides; markup of our own as it is."""
    return visible(value) if type(value) is str else value


def policy(style: str) -> str:
    """The content security policy of a page with this style sheet inside."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )


@cache
def template(name: str) -> jinja2.Template:
    """A template, compiled once."""
    return _environment().get_template(f"{name}.html")


def write(path: Path, text: str) -> None:
    """Write a page; its folder is there."""
    path.write_text(text, encoding="utf-8", newline="\n")


def name_of(identity: str, name: str) -> str:
    """A student's name for people, with the id."""
    return f"{name} ({identity})" if name else identity


def percent(share: float) -> str:
    """A share as a percentage without decimals."""
    return f"{100 * share:.0f} %"


def days(number: int) -> str:
    """A number of days in words."""
    return "1 day" if number == 1 else f"{number} days"


def isolation_warning(tier: str) -> str:
    """A sentence when some code was run without walls around it, else ""."""
    if _UNSANDBOXED not in tier:
        return ""
    return (
        "graded without isolation (unsandboxed). The marks can be trusted no more than the code"
        " that was graded."
    )
