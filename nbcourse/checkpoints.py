"""Checkpoints: named arrays and plain facts in one file, written whole or not at all."""

import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nbcourse.errors import UserError

Arrays = dict[str, NDArray[Any]]

__all__ = ["load", "save"]

_FACTS = "facts.json"


def save(path: str | Path, arrays: Mapping[str, NDArray[Any]], facts: object = None) -> Path:
    """Write arrays and JSON-like facts to `path`, an .npz file without pickles.

    The file is written beside its place and then moved there, so that a crash leaves either the
    old checkpoint or the new one.

    Raises:
        UserError: the folder does not exist or cannot be written to.
    """
    path = Path(path)
    packed = np.frombuffer(json.dumps(facts, default=_encode).encode(), dtype=np.uint8)
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
            np.savez(file, **{_FACTS: packed, **arrays})  # type: ignore[arg-type]
        os.replace(file.name, path)  # noqa: PTH105 (one step on every system)
    except OSError as error:
        raise UserError(f"cannot write the checkpoint {path}: {error.strerror}") from error
    return path


def load(path: str | Path) -> tuple[Arrays, Any]:
    """Read what `save` wrote: the arrays and the facts.

    Raises:
        UserError: there is no such file, or it is no checkpoint of ours.
    """
    try:
        with Path(path).open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        facts = json.loads(arrays.pop(_FACTS).tobytes().decode(), object_hook=_decode)
    except FileNotFoundError as error:
        raise UserError(f"there is no checkpoint {path}") from error
    except (OSError, ValueError, KeyError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise UserError(f"{path} is not a checkpoint of this course, or it is damaged") from error
    return arrays, facts


def _encode(value: object) -> object:
    if isinstance(value, np.ndarray):
        return {"__array__": value.tolist(), "dtype": str(value.dtype)}
    raise TypeError(f"a checkpoint cannot hold a {type(value).__name__}")


def _decode(value: dict[str, Any]) -> object:
    if "__array__" in value:
        return np.array(value["__array__"], dtype=value["dtype"])
    return value
