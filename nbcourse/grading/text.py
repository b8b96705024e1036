"""Texts that students wrote, made fit to be shown: nothing in them hides, turns or floods."""

import re

_KEPT = {"\n", "\t", "\u200c", "\u200d"}  # the last two join letters and parts of emoji
_SPACES = re.compile(r"\s+")


def visible(text: str) -> str:
    """A text in which control, direction and other invisible characters are written as escapes.

    Lines and tabs stay. What comes out can be encoded as UTF-8 and stands in any page or table;
    it is not escaped for HTML.
    """
    if text.isprintable():
        return text
    return "".join(map(_shown, text.replace("\r\n", "\n")))


def _shown(character: str) -> str:
    if character.isprintable() or character in _KEPT:
        return character
    if character.isspace() and character > "\x1f" and character not in "\x85\u2028\u2029":
        return " "
    return character.encode("unicode_escape").decode("ascii")


def short(text: str, limit: int) -> str:
    """A text of at most `limit` characters; one that was longer says how much is left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text) - limit} more characters)"


def line(text: str) -> str:
    """A visible text on one line."""
    return _SPACES.sub(" ", visible(text)).strip()


def amount(value: float, digits: int = 2) -> str:
    """A number of points for people to read: at most `digits` decimals, and no zeros at the end."""
    return f"{round(value, digits) + 0.0:.{digits}f}".rstrip("0").rstrip(".")
