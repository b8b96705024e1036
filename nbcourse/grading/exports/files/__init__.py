"""Scripts and settings that are handed out as they are, with a few names filled in."""

from importlib import resources


def read(name: str) -> str:
    """The text of one of the files beside this module."""
    return (resources.files(__package__) / name).read_text(encoding="utf-8")
