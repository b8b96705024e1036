"""Tables of a network's layers, as text."""

from collections.abc import Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """One layer: its name, the shape of its output without the batch, its parameter count."""

    layer: str
    shape: tuple[int, ...]
    n_params: int


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a text table that ends with the total number of parameters.

    >>> print(table([Row("Linear", (10,), 7850)]))
    layer       output shape      parameters
    Linear      (batch, 10)            7,850
    total                              7,850
    """
    lines = [_line("layer", "output shape", "parameters")]
    for row in rows:
        shape = "(" + ", ".join(["batch", *map(str, row.shape)]) + ")"
        lines.append(_line(row.layer, shape, f"{row.n_params:,}"))
    lines.append(_line("total", "", f"{sum(row.n_params for row in rows):,}"))
    return "\n".join(lines)


def _line(layer: str, shape: str, n_params: str) -> str:
    return f"{layer:<12}{shape:<16}{n_params:>12}"
