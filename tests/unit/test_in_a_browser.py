"""What runs in a browser, under Pyodide, asks for nothing that it lacks; `check` works there.

There are NumPy and the standard library, but no processes, threads, sockets and timers, and none
of the larger libraries.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LACKING = {
    "IPython", "asyncio", "concurrent", "dask", "distributed", "fcntl", "ipykernel", "jinja2",
    "jupyter_cache", "jupyter_client", "matplotlib", "multiprocessing", "nbclient", "nbconvert",
    "nbformat", "platformdirs", "pooch", "psutil", "pty", "pyseccomp", "requests", "resource",
    "rich", "sklearn", "sqlalchemy", "subprocess", "torch", "tqdm", "typer", "yaml", "zmq",
}  # fmt: skip
# A browser, as far as this interpreter can play one. Importing socket is harmless (email does),
# opening one is not.
BROWSER = """
import _thread, importlib.abc, json, os, signal, socket, sys, threading
def refuse(*args, **kwargs): raise RuntimeError("a browser has none")
sys.platform = "emscripten"
socket.socket.__init__ = _thread.start_new_thread = threading._start_new_thread = refuse
os.fork = os.posix_spawn = os.system = os._exit = refuse
del signal.setitimer, signal.alarm
lacking = json.loads(sys.argv[1])
class Lacking(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in lacking:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Lacking())
"""


def in_a_browser(code):
    """What a program prints as JSON in a fresh interpreter that plays a browser."""
    program = f"{BROWSER}\n{code}"
    command = [sys.executable, "-c", program, json.dumps(sorted(LACKING))]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-2000:]
    return json.loads(result.stdout)


def loaded(module):
    """The lacking modules that importing a module loads here, where they can be had."""
    code = f"import sys, json, {module}; print(json.dumps(sorted(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(out.stdout)) & LACKING


@pytest.mark.parametrize(
    "name", ["scalar", "numpy_nn", "checking", "exercises", "practice", "data"]
)
def test_browser_modules_import_nothing_that_a_browser_lacks(name):
    """Neither a library that it does not have, nor processes."""
    assert loaded(f"nbcourse.{name}") == set()


def test_a_module_that_needs_more_is_noticed():
    """The planted case: the terminal of practice starts processes, and plots draw."""
    assert "subprocess" in loaded("nbcourse.practice.terminal")
    assert "matplotlib" in loaded("nbcourse.plots")


def test_scalar_needs_mathematics_alone():
    """NumPy is not loaded, nor is `typing` asked for."""
    code = (
        "import sys, json; before = set(sys.modules); import nbcourse.scalar;"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    code = f"import sys; sys.path.insert(0, '.'); {code}"
    command = [sys.executable, "-S", "-c", code]  # without what site-packages load at the start
    out = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)

    assert set(json.loads(out.stdout)) <= {"math", "nbcourse", "nbcourse.scalar"}


def test_every_exercise_can_be_read():
    """All specifications import, with nothing started."""
    names = in_a_browser(
        "from nbcourse.exercises import all_exercises\n"
        "print(json.dumps([exercise.name for exercise in all_exercises()]))"
    )

    assert len(names) > 30


def test_a_network_trains():
    """The NumPy half works, without a progress bar."""
    loss = in_a_browser(
        "import numpy as np, nbcourse.numpy_nn as nn\n"
        "rng = np.random.default_rng(0)\n"
        "x, y = rng.normal(size=(20, 2)), rng.integers(2, size=20)\n"
        "model = nn.MLP((2, 8, 2), rng=rng)\n"
        "optimizer = nn.SGD(model.parameters(), learning_rate=0.1)\n"
        "steps = [nn.train_step(model, x, y, loss=nn.cross_entropy, optimizer=optimizer)\n"
        "         for _ in range(50)]\n"
        "print(json.dumps([float(step) for step in steps]))"
    )

    assert loss[-1] < loss[0]


CHECKS = """
import os, tempfile
os.chdir(tempfile.mkdtemp())
os.environ.pop("NBCOURSE_PROGRESS", None)
import numpy as np
from nbcourse.practice import check, hint

def sigmoid(z):
    raise NotImplementedError
missing = check(sigmoid)

def sigmoid(z):
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, small, 1) / (1 + small)
wrong = check(sigmoid)

def sigmoid(z):
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, small) / (1 + small)
right = check(sigmoid)

said = [[each.passed, repr(each), each._repr_html_()] for each in (missing, wrong, right)]
print(json.dumps([said, repr(hint(sigmoid)), os.listdir()]))
"""


def test_check_gives_its_verdict():
    """Without timers, threads and a user's folder: no answer, a wrong one and a right one."""
    (missing, wrong, right), hint, files = in_a_browser(CHECKS)

    assert [missing[0], wrong[0], right[0]] == [False, False, True]
    assert "not written yet" in missing[1]
    assert "the sign in the exponent is the other one" in wrong[1]
    assert hint.startswith("Hint 1")
    assert files == ["nbcourse-progress.json"]


def test_the_browser_lacks_what_it_should():
    """The planted cases: a timer, a thread, a process and a library are not to be had there."""
    said = in_a_browser(
        "found = []\n"
        "for code in ('signal.setitimer', 'threading.Thread(target=print).start()', 'os.fork()',\n"
        "             '__import__(\"subprocess\")', '__import__(\"tqdm\")', 'socket.socket()'):\n"
        "    try: eval(code); found.append(code)\n"
        "    except (AttributeError, RuntimeError, ImportError): pass\n"
        "print(json.dumps(found))"
    )

    assert said == []
