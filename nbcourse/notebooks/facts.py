"""Numbers in prose: a cell glues a result under a name, and a sentence quotes it by that name.

A cell says `glue("final_loss", history.loss[-1])`, a sentence says {glue:text}`final_loss:.2f`.
"""

from typing import Protocol, SupportsFloat

GLUE_MIME = "application/papermill.record/text/plain"  # what MyST-NB looks for; it shows nowhere


class HasItem(Protocol):
    """A NumPy or torch scalar."""

    def item(self) -> object:
        """The Python number."""
        ...


def glue(name: str, value: str | SupportsFloat | HasItem, *, digits: int = 4) -> None:
    """Store a number, or a word, under `name`, for the prose of the same notebook.

    Floats keep `digits` significant digits: the notebook tests compare the stored value, and no two
    processors agree on all sixteen.

    Raises:
        TypeError: when the value is neither a number nor a string.
    """
    from IPython.display import publish_display_data

    publish_display_data(  # type: ignore[no-untyped-call]
        {GLUE_MIME: _text(name, value, digits)},
        metadata={"scrapbook": {"name": name, "mime_prefix": GLUE_MIME.removesuffix("text/plain")}},
    )


def _text(name: str, value: object, digits: int) -> str:
    """The literal that stands for the value.

    >>> _text("loss", 0.123456, 4), _text("epochs", 10, 4), _text("best", "Adam", 4)
    ('0.1235', '10', "'Adam'")
    """
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, float):
        return repr(float(f"{plain:.{digits}g}"))
    if isinstance(plain, int | str):
        return repr(plain)
    raise TypeError(f"glue({name!r}, ...) takes a number or a string, got {type(value).__name__}.")
