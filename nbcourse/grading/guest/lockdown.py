"""The locks that a process closes behind itself before it reads a line of an answer."""

import os
import resource
from dataclasses import dataclass, field

from nbcourse.grading.guest import kernel

BOX = "/box"  # a private file system in the first tier; the second tier has none


@dataclass(frozen=True)
class Locks:
    """How a guest is locked.

    Attributes:
        namespaces: own user, process, mount and ipc namespaces, and a private box to write in.
        landlock: file access by Landlock.
        seccomp: the list of calls.
        limits: memory, processor time, files, processes.
        readable: folders that may be read.
        memory_mib: how much more memory than the interpreter has.
        cpu_seconds: processor time of one guest.
        box_mib: size of the box.
        box: where it is.
    """

    namespaces: bool = True
    landlock: bool = True
    seccomp: bool = True
    limits: bool = True
    readable: tuple[str, ...] = field(default=())
    memory_mib: int = 1024
    cpu_seconds: int = 120
    box_mib: int = 16
    box: str = BOX

    @property
    def any(self) -> bool:
        """Whether there is any lock at all."""
        return self.namespaces or self.landlock or self.seccomp or self.limits


def leave(locks: Locks) -> None:
    """In the supervisor: new namespaces; the next fork is process 1 of its own."""
    if locks.namespaces:
        uid, gid = os.getuid(), os.getgid()
        flags = kernel.NEWUSER | kernel.NEWPID | kernel.NEWNS | kernel.NEWIPC
        kernel.unshare(flags)
        kernel.map_ids(uid, gid)


def mapped_bytes() -> int:
    """How much address space this process has now; asked while there is a /proc to ask."""
    with open("/proc/self/statm") as file:  # noqa: PTH123 (no pathlib in the jail)
        return int(file.read().split()[0]) * resource.getpagesize()


def lock(locks: Locks, descriptors: set[int], program: bytes, mapped: int) -> None:
    """In the guest: give up everything but these descriptors; nothing of this can be undone."""
    _close_all_but(descriptors)
    if locks.namespaces:
        _private_files(locks)
    if locks.limits:
        _limit(locks, mapped)
    kernel.drop_privileges()
    if locks.landlock and kernel.landlock_abi():
        kernel.restrict_files(list(locks.readable), [locks.box])
    if locks.seccomp:
        kernel.filter_calls(program)


def _private_files(locks: Locks) -> None:
    flags = kernel.NOSUID | kernel.NODEV | kernel.NOEXEC
    kernel.mount("", "/", kernel.REC | kernel.PRIVATE)
    kernel.mount("tmpfs", locks.box, flags, f"size={locks.box_mib}m,nr_inodes=2048,mode=0700")
    if os.path.isdir("/proc"):  # noqa: PTH112
        kernel.mount("tmpfs", "/proc", flags | kernel.RDONLY, "size=0,mode=0555")
    os.chdir(locks.box)


def _limit(locks: Locks, mapped: int) -> None:
    # What the interpreter has mapped already does not count: torch maps more than half a GiB.
    limits = {
        resource.RLIMIT_AS: mapped + locks.memory_mib * 2**20,
        resource.RLIMIT_CPU: locks.cpu_seconds,
        resource.RLIMIT_NPROC: 64,
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_FSIZE: locks.box_mib * 2**20,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for which, most in limits.items():
        resource.setrlimit(which, (most, most))


def _close_all_but(descriptors: set[int]) -> None:
    start = 0
    for descriptor in [*sorted(descriptors), 65536]:
        if descriptor > start:  # closerange(0, 0) would close everything
            os.closerange(start, descriptor)
        start = descriptor + 1
    nothing = os.open("/dev/null", os.O_RDWR)  # the lowest free number: 0, stdin
    for number in (0, 1, 2):
        if number not in descriptors and number != nothing:
            os.dup2(nothing, number)
