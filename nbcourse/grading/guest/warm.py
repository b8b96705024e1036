"""Imports and first calls that every guest would pay for, made once before the fork."""

import importlib
import os
from typing import Any

_CACHE = "TORCHINDUCTOR_CACHE_DIR"


def warm(packages: list[str]) -> None:
    """Import the packages, and make the first calls that load more behind the scenes."""
    for name in packages:
        importlib.import_module(name)
    import numpy as np

    np.random.default_rng(0).normal(size=3) @ np.ones(3)
    np.linalg.eigvalsh(np.eye(2))
    np.array2string(np.ones(2))
    if "torch" in packages:
        _warm_torch()


def _warm_torch() -> None:
    # Its compiler makes sure of a folder as it is loaded, and nothing here can be written.
    os.environ[_CACHE] = "/"
    torch: Any = importlib.import_module("torch")

    torch.set_num_threads(1)  # a pool of threads would not survive the fork
    parameter = torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.Adam([parameter])  # loads a second's worth of modules
    (parameter**2).sum().backward()
    optimizer.step()
    del os.environ[_CACHE]
