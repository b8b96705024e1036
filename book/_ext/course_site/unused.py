"""Style sheets without the rules that no page has a use for.

The theme brings all of Bootstrap and more, and most of it concerns no page of this book. A rule
stays when each class, id and element that it asks for is a word anywhere in the pages or in their
scripts, which keeps a few too many and none too few.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import tinycss2

# Rules in which other rules stand.
_NESTED = frozenset({"media", "supports", "layer", "container"})
_WORD = re.compile(r"-?[A-Za-z_][\w-]*")


def words(texts: Iterable[str]) -> set[str]:
    """All words of some texts.

    >>> sorted(words(['<p class="bd-main one">', 'add("show")']))
    ['add', 'bd-main', 'class', 'one', 'p', 'show']
    """
    found: set[str] = set()
    for text in texts:
        found.update(_WORD.findall(text))
    return found


def _selectors(prelude: list[Any]) -> Iterator[list[Any]]:
    """The parts of a list of selectors."""
    part: list[Any] = []
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            yield part
            part = []
        else:
            part.append(token)
    yield part


def _wanted(selector: list[Any]) -> Iterator[str]:
    """The classes, ids and elements that a selector asks for, but not those inside `:not()`."""
    before = ""
    for token in selector:
        if token.type == "hash" or (token.type == "ident" and before != ":"):
            yield token.value
        before = token.value if token.type == "literal" else ""


def purged(rules: list[Any], known: set[str]) -> str:
    """The rules that may concern a page with the words `known`, as text."""
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [
                tinycss2.serialize(selector).strip()
                for selector in _selectors(rule.prelude)
                if known.issuperset(_wanted(selector))
            ]
            if selectors:
                kept.append(f"{','.join(selectors)}{{{tinycss2.serialize(rule.content).strip()}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword in _NESTED and rule.content:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            text = purged(inner, known)
            if text:
                condition = tinycss2.serialize(rule.prelude)
                kept.append(f"@{rule.at_keyword}{condition}{{{text}}}")
        elif rule.type == "error":
            raise ValueError(f"a style sheet cannot be read: {rule.message}")
        else:
            kept.append(tinycss2.serialize([rule]))
    return "\n".join(kept)


def without_unused(sheet: str, known: set[str]) -> str:
    """The style sheet without the rules that ask for words that are not `known`.

    >>> without_unused("@media print { .modal, p:not(.x) { color: red } } .a { top: 0 }", {"p"})
    '@media print {p:not(.x){color: red}}'

    Raises:
        ValueError: the sheet is not CSS.
    """
    rules = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    return purged(rules, known)


def words_of_site(site: Path) -> set[str]:
    """The words of all pages and scripts."""
    files = [*site.glob("*.html"), *site.rglob("*.js"), *site.rglob("*.mjs")]
    return words(file.read_text(encoding="utf-8") for file in files)


def digest(content: bytes) -> str:
    """A short sum of the content of a file.

    >>> digest(b"")
    'e3b0c442'
    """
    return hashlib.sha256(content).hexdigest()[:8]


def stamp(site: Path, name: str) -> None:
    """Let the pages ask for the file `name` by a sum of what it holds now.

    A style sheet that is made of the pages is ready only after them; a browser that remembers an
    older one must ask again.
    """
    version = digest((site / "_static" / name).read_bytes())
    address = re.compile(rf'(?<=_static/{re.escape(name)})(?:\?v=\w+)?(?=")')
    for page in site.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        new = address.sub(f"?v={version}", text)
        if new != text:
            page.write_text(new, encoding="utf-8")
