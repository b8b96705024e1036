"""Tests of the public face of `nbcourse.data`."""

import subprocess
import sys

from nbcourse import data


def test_public_names_are_sorted_and_documented() -> None:
    """`__all__` is sorted, complete and holds only documented names."""
    assert data.__all__ == sorted(data.__all__)
    for name in data.__all__:
        assert getattr(data, name).__doc__, name


def test_import_loads_nothing_heavy() -> None:
    """Importing the data, and loading the embedded digits, needs neither pooch nor requests."""
    program = (
        "import sys, nbcourse.data as data; data.load_mnist(); "
        "print([m for m in ('pooch', 'requests', 'tqdm', 'torch', 'matplotlib') "
        "if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (found.stdout.strip(), found.stderr) == ("[]", "")
