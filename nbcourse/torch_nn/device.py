"""Devices: where the numbers of the PyTorch twin live."""

import torch

from nbcourse.errors import UserError

__all__ = ["choose"]


def choose(name: str = "auto") -> torch.device:
    """Return the device of that name; "auto" takes cuda, else mps, else the CPU.

    Raises:
        UserError: the machine has no such device.
    """
    have = ["cpu"]
    if torch.backends.mps.is_available():
        have.insert(0, "mps")
    if torch.cuda.is_available():
        have.insert(0, "cuda")
    if name == "auto":
        return torch.device(have[0])
    if name.split(":")[0] not in [*have, "meta"]:
        raise UserError(f"this machine has no device {name!r}; it has {', '.join(have)}")
    return torch.device(name)
