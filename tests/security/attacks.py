"""Attacks on the machine, as data: each is the body of a function that returns only on success.

`stopped_by_design` are stopped whatever the walls, because what they look for is not there. The
others have to succeed where there are no walls: an attack that always fails proves nothing.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Attack:
    """One attack.

    Attributes:
        name: what it tries.
        body: lines of a function; SECRET_FILE, SCRATCH, SOCKET_FILE and PORT are defined.
        by_design: whether it fails even without walls.
        tier_2: whether the second tier lets it through, and says so.
        fresh: whether the fresh jail does: bubblewrap bounds the bytes of its box, not the files.
    """

    name: str
    body: str
    by_design: bool = False
    tier_2: bool = False
    fresh: bool = False


ATTACKS = (
    # files
    Attack("read a file of the teacher", "open(SECRET_FILE).read()"),
    Attack("learn that a file exists", "import os\nos.stat(SECRET_FILE)", tier_2=True),
    Attack("change the mode of a file", "import os\nos.chmod(SCRATCH, 0o755)"),
    Attack("change the time of a file", "import os\nos.utime(SCRATCH)"),
    Attack("write in a folder of the teacher", "open(SCRATCH + '/new', 'w').write('x')"),
    Attack(
        "poison what later guests import",
        "import nbcourse.checking.calls as m\nopen(m.__file__, 'a').write('\\n')",
    ),
    Attack("look around", "import os\nassert len(os.listdir('/'))"),
    Attack(
        "fill the disk",
        "for folder in (SCRATCH, '/box', '/tmp', '/dev/shm'):\n"
        "    try:\n"
        "        with open(folder + '/big', 'wb') as f:\n"
        "            for _ in range(48): f.write(bytes(2**20))\n"
        "        return\n"
        "    except OSError: pass\n"
        "raise OSError",
    ),
    Attack(
        "make thousands of files",
        "for folder in (SCRATCH, '/box', '/tmp'):\n"
        "    try:\n"
        "        for k in range(2100): open(f'{folder}/{k}', 'w').close()\n"
        "        return\n"
        "    except OSError: pass\n"
        "raise OSError",
        fresh=True,
    ),
    # other processes
    Attack(
        "see a process that is not its own",
        "import os\n"
        "own = {1, os.getpid(), os.getppid()}\n"
        "assert any(os.path.exists(f'/proc/{p}/stat') for p in range(1, 99999) if p not in own)",
        tier_2=True,
    ),
    Attack("read the environment of the parent", "import os\nopen(f'/proc/{os.getppid()}/environ', 'rb').read()"),
    Attack("open the memory of the parent", "import os\nopen(f'/proc/{os.getppid()}/mem', 'rb').close()"),
    Attack("signal the parent", "import os\nos.kill(os.getppid() or 1, 0)"),
    Attack("start a process", "import os\nif os.fork() == 0: os._exit(0)\nos.wait()"),
    Attack(
        "start a program",
        "import os\npid = os.posix_spawn('/usr/bin/true', ['true'], {})\nassert os.waitpid(pid, 0)[1] == 0",
    ),
    Attack("start a shell", "import subprocess\nsubprocess.run(['/bin/sh', '-c', 'true'], check=True)"),
    # the network
    Attack("open a network socket", "import socket\nsocket.socket(socket.AF_INET)"),
    Attack(
        "connect to a port of this machine",
        "import socket\nsocket.create_connection(('127.0.0.1', PORT), 1)",
    ),
    Attack(
        "connect to a socket by its path",
        "import socket\nsocket.socket(socket.AF_UNIX).connect(SOCKET_FILE)",
    ),
    Attack("open a netlink socket", "import socket\nsocket.socket(socket.AF_NETLINK, socket.SOCK_RAW)"),
    Attack("open a socket to the hypervisor", "import socket\nsocket.socket(socket.AF_VSOCK)"),
    # the kernel
    Attack(
        "make a user namespace",
        "import ctypes\nassert ctypes.CDLL(None).unshare(0x10000000) == 0",
    ),
    Attack("make memory that has no file", "import os\nos.close(os.memfd_create('x'))"),
    Attack("share memory with others", "import ctypes\nassert ctypes.CDLL(None).shmget(0, 4096, 0o600) >= 0"),
    Attack("use io_uring", "import ctypes\nassert ctypes.CDLL(None).syscall(425, 1, ctypes.create_string_buffer(120)) >= 0"),
    Attack("use the kernel's keyring", "import ctypes\nassert ctypes.CDLL(None).syscall(248, b'user', b'n', b'v', 1, -2) >= 0"),
    Attack("change the priority of others", "import os\nos.setpriority(os.PRIO_PROCESS, 0, 5)"),
    # bounds
    Attack("take three GiB of memory", "import mmap\nmmap.mmap(-1, 3 * 2**30)"),
    Attack(
        "start two hundred threads",
        "import threading, time\n"
        "event = threading.Event()\n"
        "threads = [threading.Thread(target=event.wait, daemon=True) for _ in range(200)]\n"
        "try:\n"
        "    for t in threads: t.start()\n"
        "finally: event.set()",
    ),
    # what is not there
    Attack("find the reference solutions", "import nbcourse.numpy_nn", by_design=True),
    Attack(
        "find the specifications",
        "import nbcourse.exercises.losses.logsumexp",
        by_design=True,
    ),
    Attack(
        "find a reference in memory",
        "import gc\nassert any(type(o).__name__ == 'Exercise' for o in gc.get_objects())",
        by_design=True,
    ),
    Attack(
        "find an inherited descriptor",
        "import os\n"
        "def is_open(k):\n"
        "    try: return os.fstat(k) is not None\n"
        "    except OSError: return False\n"
        "assert sum(map(is_open, range(3, 1024))) > 1",
        by_design=True,
    ),
    Attack(
        "find the secret in the environment",
        "import os\nassert any('secret' in (k + v).lower() for k, v in os.environ.items())",
        by_design=True,
    ),
    Attack("use a package that is not allowed", "import torch", by_design=True),
)  # fmt: skip
