"""The twins compared: sources side by side, and their differences measured.

`source` reads the two definitions of a name (without PyTorch); `cases` has inputs for every public
name, `lanes` runs them on either side, `differences` says how far apart the results are.
"""

from typing import TYPE_CHECKING

from nbcourse.twins.source import TWINS, Definition, definition, names

if TYPE_CHECKING:
    from nbcourse.twins.differences import Difference

__all__ = ["TWINS", "Definition", "definition", "measure", "names"]


def measure() -> "list[Difference]":
    """Measure the differences of all cases, see `nbcourse.twins.differences`; needs PyTorch."""
    from nbcourse.twins import differences  # PyTorch only when asked for

    return differences.measure()
