"""Executors, as far as no jail is needed; the rest is in tests/security."""

import os
import signal

from nbcourse.grading import executors


def test_a_worker_for_each_core(monkeypatch):
    """Those that this process may use; where nobody says, as on macOS, all there are."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 3}, raising=False)
    assert executors._cores() == 2

    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert executors._cores() == 7

    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert executors._cores() == 1


def _interrupts(chunk):
    """What a worker does at Ctrl-C."""
    del chunk
    return signal.getsignal(signal.SIGINT)


def test_workers_leave_an_interrupt_to_the_command():
    """Ctrl-C reaches all processes of a terminal; only the one in front should speak of it."""
    pool = executors.Pool(1, _interrupts)
    try:
        assert pool.submit(None).result(60) == signal.SIG_IGN
    finally:
        pool.close()
