"""A limit on the time of a call, by the best means that the interpreter offers.

The main thread of Linux and macOS has a timer signal, which also ends a sleep. Elsewhere (Windows,
other threads) a watching thread raises the error between two instructions of Python. In a browser
there is neither: a call is then not limited, and the page has a button for that.
"""

import contextlib
import ctypes
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType

PATIENCE = 3.0  # times the limit that a call may take which works for less than the limit


class TimeUpError(BaseException):
    """The call took too long. No `Exception`: a student's `except Exception` does not catch it."""


@contextlib.contextmanager
def time_limit(seconds: float, patience: float = PATIENCE) -> Iterator[None]:
    """Raise TimeUpError in the body when it runs for longer; again and again until it leaves.

    A machine that stands still, short of memory, is not the student's fault. So where it can be
    told, time is what the thread works for, and all other waiting ends after `patience` limits.
    """
    main = threading.current_thread() is threading.main_thread()
    if main and hasattr(signal, "setitimer"):
        with _by_signal(seconds, patience):
            yield
    else:
        with _by_thread(seconds):
            yield


@contextlib.contextmanager
def _by_signal(seconds: float, patience: float) -> Iterator[None]:
    active, began, worked = True, time.perf_counter(), time.thread_time()

    def ring(number: int, frame: FrameType | None) -> None:
        its_own = time.thread_time() - worked >= 0.9 * seconds
        if active and (its_own or time.perf_counter() - began >= patience * seconds):
            raise TimeUpError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.2)
    try:
        yield
    finally:
        active = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _by_thread(seconds: float) -> Iterator[None]:
    watched = ctypes.c_ulong(threading.get_ident())
    over, lock = threading.Event(), threading.Lock()

    def watch() -> None:
        wait = seconds
        while not over.wait(wait):
            with lock:
                if not over.is_set():
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(
                        watched, ctypes.py_object(TimeUpError)
                    )
            wait = 0.2

    try:
        threading.Thread(target=watch, daemon=True).start()
    except RuntimeError:  # no threads: a browser
        yield
        return
    try:
        yield
    finally:
        with lock:
            over.set()
            ctypes.pythonapi.PyThreadState_SetAsyncExc(watched, None)
