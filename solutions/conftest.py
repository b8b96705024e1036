"""`pytest --nbval solutions` runs the solutions guarded, and compares all stored text."""

from nbcourse.notebooks.under_nbval import pytest_collection_modifyitems, pytest_configure

__all__ = ["pytest_collection_modifyitems", "pytest_configure"]
