"""The list of references: labeled by author and year, as the text cites them."""

from collections.abc import Iterable, Iterator
from typing import Any

from pybtex.plugin import register_plugin
from pybtex.style.formatting.unsrt import Style
from pybtex.style.labels import BaseLabelStyle
from sphinx.application import Sphinx


def label(family_names: list[str], year: str) -> str:
    """Return `Adams, 1970`, `Adams and Baker, 1970` or `Adams et al., 1970`.

    >>> label(["McCulloch", "Pitts"], "1943")
    'McCulloch and Pitts, 1943'
    """
    names = " and ".join(family_names) if len(family_names) < 3 else f"{family_names[0]} et al."
    return ", ".join(part for part in (names, year) if part)


class AuthorYearLabels(BaseLabelStyle):  # type: ignore[misc]
    """Labels by author and year; those that would be the same get a letter."""

    def format_labels(self, sorted_entries: Iterable[Any]) -> Iterator[str]:
        """Return one label for each entry."""
        plain = [self._label(entry) for entry in sorted_entries]
        for at, text in enumerate(plain):
            twins = [k for k, other in enumerate(plain) if other == text]
            yield text + ("" if len(twins) == 1 else "abcdefgh"[twins.index(at)])

    @staticmethod
    def _label(entry: Any) -> str:  # noqa: ANN401 (pybtex has no types)
        people = entry.persons.get("author") or entry.persons.get("editor") or []
        families = [
            " ".join(str(name) for name in [*person.rich_prelast_names, *person.rich_last_names])
            for person in people
        ]
        return label(families, entry.fields.get("year", ""))


class CourseStyle(Style):  # type: ignore[misc]
    """Entries in the order of their authors, with labels by author and year."""

    default_sorting_style = "author_year_title"
    default_label_style = AuthorYearLabels


def setup(app: Sphinx) -> None:
    """Register the style under the name that _config.yml uses."""
    del app
    register_plugin("pybtex.style.formatting", "course", CourseStyle)
