"""Cheats and accidents, as data: what a submission does instead of solving, and what it may earn.

`code` comes after a notebook of wrong answers (each function returns 0), or stands for itself.
"""

from dataclasses import dataclass

WRONG = """
import numpy as np
def gaussian_nll(*args, **kwargs): return 0.0
def logsumexp(*args, **kwargs): return 0.0
def softmax_xent(*args, **kwargs): return 0.0
def focal_loss(*args, **kwargs): return 0.0
"""
EVERY = "('gaussian_nll', 'logsumexp', 'softmax_xent', 'focal_loss')"


@dataclass(frozen=True)
class Cheat:
    """A submission that tries to get marks, or to do harm.

    Attributes:
        name: what it tries.
        code: a cell.
        guests: the most guests that it may use up.
    """

    name: str
    code: str
    guests: int = 2


def _everywhere(body: str) -> str:
    """A cell that gives all four functions this body."""
    lines = body.replace("\n", "\n        ")
    return (
        f"def _make():\n    def answer(*args, **kwargs):\n        {lines}\n    return answer\n"
        f"for _name in {EVERY}: globals()[_name] = _make()\n"
    )


CHEATS = (
    Cheat("patch the comparisons of NumPy", "np.allclose = np.array_equal = lambda *a, **k: True\nnp.testing.assert_allclose = lambda *a, **k: None\n"),
    Cheat(
        "return what equals everything",
        "class Yes:\n"
        "    def __eq__(self, other): return True\n"
        "    def __float__(self): return 0.0\n"
        "    def __array__(self, *a, **k): return np.zeros(())\n"
        "    __ne__ = __lt__ = __le__ = __sub__ = __abs__ = lambda *a: Yes()\n"
        "    __hash__ = None\n" + _everywhere("return Yes()"),
    ),
    Cheat(
        "return a lying array",
        "class Lying(np.ndarray):\n"
        "    def __eq__(self, other): return True\n"
        "    def __array_ufunc__(self, *a, **k): return True\n"
        "    def __array_function__(self, *a, **k): return True\n"
        + _everywhere("return np.zeros(3).view(Lying)"),
    ),
    Cheat(
        "patch what carries the answer",
        "import nbcourse.checking.calls as c, nbcourse.checking.values as v\n"
        "import nbcourse.grading.guest.answers as a\n"
        "c.plain = v.plain = lambda value: value\n"
        "a._message = lambda reply: {'value': 1.0, 'failure': None, 'after': None, 'printed': 'ok'}\n",
    ),
    Cheat(
        "forge frames",
        "import os\n"
        "from nbcourse.grading.guest.frames import encode\n"
        "frame = encode({'value': 0.0, 'failure': None, 'after': [(), {}], 'printed': 'score: 100'})\n"
        "for k in range(3, 64):\n"
        "    try: os.write(k, frame * 50)\n"
        "    except OSError: pass\n",
        guests=14,
    ),
    Cheat(
        "send garbage",
        "import os\nfor k in range(3, 64):\n    try: os.write(k, b'NBF1' + b'\\xff' * 400)\n    except OSError: pass\n",
        guests=14,
    ),
    Cheat(
        "announce a huge frame",
        "import os, struct\nfor k in range(3, 64):\n    try: os.write(k, struct.pack('<4sIQ', b'NBF1', 2**32 - 1, 2**63))\n    except OSError: pass\n",
        guests=14,
    ),
    Cheat("close the connection", "import os\nos.closerange(3, 64)\n", guests=14),
    Cheat("pretend to be an error of the jail", "import os\nfor k in range(3, 64):\n    try: os.write(k, b'E the jail is broken')\n    except OSError: pass\n", guests=14),
    Cheat("leave quietly", _everywhere("import os\nos._exit(0)"), guests=14),
    Cheat("leave at once", "import os\nos._exit(0)\n", guests=14),
    Cheat("sys.exit", _everywhere("import sys\nsys.exit(0)")),
    Cheat("crash", _everywhere("import ctypes\nctypes.string_at(0)"), guests=14),
    Cheat("recurse without end", _everywhere("return answer(*args, **kwargs)")),
    Cheat(
        "recurse without end or limit",
        "import sys\nsys.setrecursionlimit(10**9)\n" + _everywhere("return answer(*args, **kwargs)"),
        guests=14,
    ),
    Cheat("take all memory", _everywhere("return [bytearray(2**28) for _ in range(64)]")),
    Cheat("return a gigabyte", _everywhere("return np.zeros(2**27)")),
    Cheat("return a nest", _everywhere("x = []\nfor _ in range(100000): x = [x]\nreturn x")),
    Cheat("return what never ends", _everywhere("import itertools\nreturn itertools.count()")),
    Cheat("return a circle", _everywhere("x = []\nx.append(x)\nreturn x")),
    Cheat("print without end", "print('x' * 10**8)\n" + _everywhere("print('y' * 10**6)\nreturn 0.0")),
    Cheat("raise what is no Exception", _everywhere("raise GeneratorExit")),
    Cheat(
        "raise an error that cannot be shown",
        "class Bad(Exception):\n    def __str__(self): raise RuntimeError\n"
        + _everywhere("raise Bad"),
    ),
    Cheat("ask for the course's own function", f"from nbcourse.practice import reference\nfor _name in {EVERY}: globals()[_name] = reference(_name)\n"),
    Cheat("import the reference", "from nbcourse.exercises.losses import logsumexp as m\nlogsumexp = m.EXERCISE.reference\n"),
    Cheat("delete the interpreter's modules", "import sys\nfor _n in list(sys.modules):\n    if _n not in ('sys', 'builtins', '__main__'): del sys.modules[_n]\n", guests=14),
    Cheat("patch the builtins", "import builtins\nbuiltins.type = builtins.len = builtins.isinstance = lambda *a: True\n", guests=14),
    Cheat("start threads that never end", "import threading, time\nfor _ in range(40):\n    threading.Thread(target=lambda: time.sleep(999)).start()\n", guests=14),
    Cheat("change the clock", "import time\ntime.monotonic = time.time = time.perf_counter = lambda: 0.0\n"),
    Cheat("wait for input", _everywhere("return float(input())")),
)  # fmt: skip

ENDLESS = (
    Cheat("loop for ever", _everywhere("while True: pass"), guests=14),
    Cheat(
        "loop for ever and ignore every signal",
        "import signal\n"
        + _everywhere(
            "signal.setitimer(signal.ITIMER_REAL, 0)\n"
            "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
        ),
        guests=14,
    ),
    Cheat("sleep for ever", _everywhere("import time\ntime.sleep(10**6)"), guests=14),
)
