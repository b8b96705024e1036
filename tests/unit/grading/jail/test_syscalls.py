"""The filter: its instructions, interpreted here, allow what the list says and nothing else."""

import errno
import platform
import struct

import pytest

pyseccomp = pytest.importorskip("pyseccomp", exc_type=(ImportError, RuntimeError, OSError))
from nbcourse.grading.jail import syscalls  # noqa: E402

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="numbers of x86_64")
ARCH_X86_64, ARCH_I386 = 0xC000003E, 0x40000003
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
PROGRAM = syscalls.program()


def run(number, *arguments, arch=ARCH_X86_64, program=None):
    """What the kernel would do with a call: a small interpreter of the packet filter."""
    data = struct.pack("<IIQ6Q", number, arch, 0, *arguments, *[0] * (6 - len(arguments)))
    code = list(struct.iter_unpack("<HBBI", PROGRAM if program is None else program))
    a = pc = 0
    while True:
        op, jt, jf, k = code[pc]
        pc += 1
        if op == 0x20:  # load a word
            (a,) = struct.unpack_from("<I", data, k)
        elif op == 0x54:  # and
            a &= k
        elif op == 0x05:  # jump
            pc += k
        elif op in (0x15, 0x25, 0x35, 0x45):  # jump if equal, greater, at least, any bit
            holds = {0x15: a == k, 0x25: a > k, 0x35: a >= k, 0x45: bool(a & k)}[op]
            pc += jt if holds else jf
        elif op == 0x06:
            return k
        else:
            raise AssertionError(f"an instruction that seccomp should not need: {op:#x}")


def _number(name):
    return pyseccomp.resolve_syscall(pyseccomp.Arch.X86_64, name)


def _refused(value, number=errno.EPERM):
    return value == ERRNO | number


def test_what_is_listed_is_allowed():
    """Every call of the list, where this machine has it."""
    numbers = {name: _number(name) for name in syscalls.ALLOWED}
    here = {name: number for name, number in numbers.items() if number >= 0}

    assert len(here) > 100
    assert {name for name, number in here.items() if run(number) != ALLOW} == set()


FORBIDDEN = tuple(
    name
    for line in (
        "execve execveat fork vfork ptrace process_vm_readv process_vm_writev kill tkill tgkill",
        "socket connect bind listen accept accept4 sendmsg sendmmsg chmod fchmod fchmodat chown",
        "lchown utime utimes utimensat link linkat symlink symlinkat mknod mknodat mount umount2",
        "pivot_root chroot setns unshare bpf perf_event_open io_uring_setup io_uring_enter",
        "io_uring_register keyctl add_key request_key userfaultfd memfd_create memfd_secret shmget",
        "shmat msgget semget init_module finit_module kexec_load reboot swapon personality setuid",
        "setgid setresuid setgroups capset seccomp pidfd_open pidfd_getfd pidfd_send_signal",
        "setrlimit setpriority sched_setaffinity sched_setscheduler ioprio_set setxattr",
        "open_by_handle_at quotactl clock_settime settimeofday syslog vhangup acct iopl ioperm",
        "landlock_create_ruleset process_madvise kcmp",
    )
    for name in line.split()
)


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_is_not_listed_is_refused(name):
    """With EPERM, whatever the arguments."""
    number = _number(name)
    assert number >= 0, "planted: a name that libseccomp does not know would prove nothing"

    for argument in (0, 1, 2**32 - 1, 2**64 - 1):
        assert _refused(run(number, argument, argument, argument)), name


def test_every_other_number_is_refused():
    """Calls that nobody has invented yet included."""
    listed = {_number(name) for name in syscalls.ALLOWED}
    special = {_number(n) for n in ("clone", "clone3", "fcntl", "ioctl", "prctl", "prlimit64")}
    special |= {_number(n) for n in ("socketpair", "sendto", "recvfrom", "shutdown")}
    special |= {_number(n) for n in ("getsockopt", "getsockname", "getpeername")}

    for number in set(range(1024)) - listed - special:
        assert _refused(run(number)), number


def test_threads_and_no_processes():
    """`clone` with the flags of a thread; not without, and not into a namespace."""
    clone, thread = _number("clone"), 0x100 | 0x10000

    assert run(clone, 0x3D0F00) == ALLOW  # what the C library asks for
    assert _refused(run(clone, 17))  # a child with SIGCHLD
    assert _refused(run(clone, 0x100))  # memory shared, but a process
    for namespace in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert _refused(run(clone, thread | namespace))
    assert _refused(run(_number("clone3")), errno.ENOSYS)


@pytest.mark.parametrize(
    ("name", "allowed", "refused"),
    [
        ("socketpair", (1, 1), (2, 1)),
        ("sendto", (3, 0, 1, 0, 0), (3, 0, 1, 0, 99)),
        ("prctl", (15,), (22,)),
        ("prlimit64", (0, 9, 0), (0, 9, 7)),
        ("prlimit64", (0, 9, 0), (42, 9, 0)),
        ("ioctl", (1, 0x5413), (1, 0x5412)),
        ("fcntl", (1, 3), (1, 8)),
    ],
)
def test_some_calls_depend_on_their_arguments(name, allowed, refused):
    """The first set passes, the second does not."""
    assert run(_number(name), *allowed) == ALLOW
    assert _refused(run(_number(name), *refused))


def test_other_architectures_are_refused():
    """The numbers of 32-bit programs mean other calls; x32 calls carry a bit of their own."""
    for number in (0, 1, 11, 102, 120):
        assert run(number, arch=ARCH_I386) != ALLOW
        assert run(number | 0x40000000) != ALLOW


def test_the_interpreter_can_say_no():
    """A filter without any rule allows nothing, one that allows all allows all."""
    import tempfile

    for action, expected in ((pyseccomp.ERRNO(5), ERRNO | 5), (pyseccomp.ALLOW, ALLOW)):
        with tempfile.TemporaryFile() as file:
            pyseccomp.SyscallFilter(action).export_bpf(file)
            file.seek(0)
            assert run(0, program=file.read()) == expected
