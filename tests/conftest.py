"""Fixtures for all tests."""

import numpy as np
import pytest
from hypothesis import settings

# Derandomized: a test run says the same today and tomorrow; widen by hand when hunting.
settings.register_profile("course", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("course")


@pytest.fixture
def rng():
    """Return a generator with a fixed seed, fresh for each test."""
    return np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _own_progress(tmp_path, monkeypatch):
    """No test writes to the user's file of progress."""
    monkeypatch.setenv("NBCOURSE_PROGRESS", str(tmp_path / "progress.json"))
