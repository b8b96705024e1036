"""The few calls of the Linux kernel that Python does not offer, through ctypes."""

import ctypes
import os
import struct
from typing import Final

NEWNS, NEWIPC, NEWUTS, NEWUSER, NEWPID = 0x20000, 0x8000000, 0x4000000, 0x10000000, 0x20000000
RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT, REC, PRIVATE = 1, 2, 4, 8, 32, 0x4000, 0x40000
_SET_DEATH_SIGNAL, _SECCOMP, _CAP_DROP, _NO_NEW_PRIVS, _AMBIENT = 1, 22, 24, 38, 47
_CAPSET: Final = {"x86_64": 126, "aarch64": 91}
_LANDLOCK: Final = (444, 445, 446)  # create a ruleset, add a rule, restrict oneself

# Landlock's rights to files, in the order of their bits; how many of them each version knows.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_FS_BITS: Final = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_DEVICES: Final = (1 << 6) | (1 << 9) | (1 << 10) | (1 << 11)  # char, socket, fifo, block

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """Leave the namespaces of the parent.

    Raises:
        OSError: the kernel refuses.
    """
    _check(_libc.unshare(flags), "unshare")


def map_ids(uid: int, gid: int) -> None:
    """In a new user namespace, stay who we are; nobody else exists there."""
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 (no pathlib in the jail)
            file.write(text)


def mount(kind: str, target: str, flags: int, options: str = "") -> None:
    """Mount a new file system of this kind.

    Raises:
        OSError: the kernel refuses.
    """
    arguments = (kind.encode(), target.encode(), kind.encode() if kind else None)
    _check(_libc.mount(*arguments, ctypes.c_ulong(flags), options.encode()), f"mount {target}")


def die_with_parent() -> None:
    """Be killed when the process that forked this one ends."""
    _check(_libc.prctl(_SET_DEATH_SIGNAL, 9, 0, 0, 0), "prctl")


def drop_privileges() -> None:
    """Give up every capability, now and for all programs to come."""
    for number in range(64):
        _libc.prctl(_CAP_DROP, number, 0, 0, 0)  # fails where the kernel has no such capability
    _libc.prctl(_AMBIENT, 4, 0, 0, 0)
    _check(_libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")
    header = struct.pack("<II", 0x20080522, 0)
    number = _CAPSET[os.uname().machine]
    _check(_libc.syscall(number, header, bytes(24)), "capset")


def landlock_abi() -> int:
    """The version of Landlock that the kernel has, 0 for none."""
    return max(0, _libc.syscall(_LANDLOCK[0], None, ctypes.c_size_t(0), 1))


def restrict_files(readable: list[str], writable: list[str]) -> None:
    """Landlock: from now on only these folders exist for us, for reading or for both.

    Raises:
        OSError: the kernel refuses.
    """
    abi = min(landlock_abi(), max(_FS_BITS))
    everything = (1 << _FS_BITS[abi]) - 1
    ruleset = _check(
        _libc.syscall(
            _LANDLOCK[0], struct.pack("<Q", everything), ctypes.c_size_t(8), ctypes.c_uint32(0)
        ),
        "landlock_create_ruleset",
    )
    reading = _READ_FILE | _READ_DIR
    writing = everything & ~_EXECUTE & ~_DEVICES
    try:
        for rights, folders in ((reading, readable), (writing, writable)):
            for folder in folders:
                _add_rule(ruleset, folder, rights)
        _check(_libc.syscall(_LANDLOCK[2], ruleset, ctypes.c_uint32(0)), "landlock_restrict_self")
    finally:
        os.close(ruleset)


def _add_rule(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not os.path.isdir(path):  # noqa: PTH112
            rights &= _READ_FILE | _WRITE_FILE | (1 << 14)
        rule = struct.pack("<Qi", rights, descriptor)
        _check(_libc.syscall(_LANDLOCK[1], ruleset, 1, rule, ctypes.c_uint32(0)), path)
    finally:
        os.close(descriptor)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def filter_calls(program: bytes) -> None:
    """Let the kernel refuse the calls that a seccomp program refuses, for good.

    Raises:
        OSError: the kernel refuses the program.
    """
    loaded = _Program(len(program) // 8, program)
    _check(_libc.prctl(_SECCOMP, 2, ctypes.byref(loaded), 0, 0), "seccomp")
