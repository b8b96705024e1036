"""Seeds of the inputs: the same for everybody where visible, keyed by a secret where hidden."""

import hashlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Key:
    """Whose inputs are drawn: reproducible for an appeal, different for everyone, unknown before.

    Attributes:
        secret: known to the teacher alone; empty for practice.
        student: an id from the roster.
        attempt: counted from 1; each attempt gets inputs of its own.
    """

    secret: str = ""
    student: str = ""
    attempt: int = 1


VISIBLE = Key()


def generator(key: Key, exercise: str, check: str, case: int) -> np.random.Generator:
    """The generator from which one case of one check draws its arguments."""
    secret = hashlib.blake2b(key.secret.encode(), digest_size=32).digest()
    parts = (key.student, exercise, str(key.attempt), check, str(case))
    # Lengths stand before the parts: no two keys can run together to the same bytes.
    message = b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in parts)
    digest = hashlib.blake2b(message, key=secret, digest_size=32).digest()
    return np.random.default_rng(np.frombuffer(digest, dtype="<u4"))
