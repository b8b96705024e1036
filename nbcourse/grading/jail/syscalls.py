"""Which calls of the kernel an answer may make: a list for libseccomp, short and by purpose.

What is not listed is refused with EPERM, so that Python says PermissionError. There is no exec, no
fork, no socket to anywhere, no signal to anybody, and no way to touch a file's metadata:
Landlock does not watch the latter.
"""

import errno
import tempfile
from typing import Any

from nbcourse.grading.errors import JailError

_BY_PURPOSE = {
    "reading, writing and looking at what is open": (
        "read write readv writev pread64 pwrite64 preadv pwritev lseek close close_range fstat "
        "newfstatat stat lstat statx fsync fdatasync ftruncate fallocate fadvise64 sendfile "
        "copy_file_range dup dup2 dup3 pipe pipe2 poll ppoll select pselect6 epoll_create "
        "epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd eventfd2"
    ),
    "files by path; where they may be, Landlock and the mounts say": (
        "open openat access faccessat faccessat2 readlink readlinkat getdents getdents64 getcwd "
        "chdir fchdir mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 truncate "
        "statfs fstatfs umask"
    ),
    "memory": ("brk mmap munmap mprotect mremap madvise msync mincore membarrier"),
    "threads of this process": (
        "futex futex_waitv set_robust_list get_robust_list set_tid_address rseq sched_yield "
        "sched_getaffinity sched_getparam sched_getscheduler getcpu gettid exit exit_group "
        "restart_syscall arch_prctl"
    ),
    "signals to oneself, and time": (
        "rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait sigaltstack "
        "setitimer getitimer alarm nanosleep clock_nanosleep clock_gettime clock_getres "
        "gettimeofday time times timerfd_create timerfd_settime timerfd_gettime"
    ),
    "who and where am I": (
        "getpid getppid getuid geteuid getgid getegid getresuid getresgid getgroups getpgid "
        "getpgrp getsid getrusage getrlimit uname sysinfo getrandom"
    ),
}
ALLOWED = tuple(name for names in _BY_PURPOSE.values() for name in names.split())

_THREAD = 0x100 | 0x10000  # CLONE_VM and CLONE_THREAD: a thread, not a process
_NAMESPACES = 0x7E020000 | 0x80  # any new namespace, CLONE_NEWTIME included
_FCNTL = (0, 1, 2, 3, 4, 1030, 1031, 1032, 5, 6, 7)  # duplicate, flags, pipe size, locks
_IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # terminal?, size, bytes, (non)blocking


def program() -> bytes:
    """The filter as the kernel loads it: instructions of the Berkeley packet filter.

    Raises:
        JailError: libseccomp is missing.
    """
    try:
        import pyseccomp as seccomp
    except (ImportError, RuntimeError, OSError) as error:
        raise JailError(f"libseccomp cannot be used here ({error}); install libseccomp2") from None

    refuse = seccomp.ERRNO(errno.EPERM)
    filter_ = seccomp.SyscallFilter(refuse)
    for name in ALLOWED:
        _allow(seccomp, filter_, name)
    masked = seccomp.Arg(0, seccomp.MASKED_EQ, _THREAD | _NAMESPACES, _THREAD)
    _allow(seccomp, filter_, "clone", masked)
    filter_.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")  # its flags lie in memory
    for command in _FCNTL:
        _allow(seccomp, filter_, "fcntl", seccomp.Arg(1, seccomp.EQ, command))
    for request in _IOCTL:
        _allow(seccomp, filter_, "ioctl", seccomp.Arg(1, seccomp.EQ, request))
    for option in (15, 16):  # set and get the name of a thread
        _allow(seccomp, filter_, "prctl", seccomp.Arg(0, seccomp.EQ, option))
    own, ask = seccomp.Arg(0, seccomp.EQ, 0), seccomp.Arg(2, seccomp.EQ, 0)
    _allow(seccomp, filter_, "prlimit64", own, ask)
    # asyncio wakes itself through a pair of sockets; there is no other address to send to.
    _allow(seccomp, filter_, "socketpair", seccomp.Arg(0, seccomp.EQ, 1))
    _allow(seccomp, filter_, "sendto", seccomp.Arg(4, seccomp.EQ, 0))
    for name in ("recvfrom", "shutdown", "getsockopt", "getsockname", "getpeername"):
        _allow(seccomp, filter_, name)
    with tempfile.TemporaryFile() as file:
        filter_.export_bpf(file)
        file.seek(0)
        return file.read()


def _allow(seccomp: Any, filter_: Any, name: str, *conditions: Any) -> None:  # noqa: ANN401
    try:
        filter_.add_rule(seccomp.ALLOW, name, *conditions)
    except (OSError, ValueError):  # this machine, or this libseccomp, has no such call
        return
