"""The limit on time: by signal in the main thread, by a watching thread elsewhere."""

import threading
import time

import pytest

from nbcourse.checking.limits import TimeUpError, time_limit


def _spin():
    while True:
        pass


def _swallow():
    """A loop that swallows the error, as a bare except does; not for ever."""
    for _ in range(3):
        try:
            _spin()
        except BaseException:
            continue
    _spin()


def _in_thread(action):
    """Run an action in another thread and return the type of what it raised."""
    raised = []

    def body():
        try:
            action()
        except BaseException as error:
            raised.append(type(error))

    thread = threading.Thread(target=body)
    thread.start()
    thread.join(timeout=20)
    assert not thread.is_alive()
    return raised


def _limited(body, seconds):
    def action():
        with time_limit(seconds):
            body()

    return action


@pytest.mark.parametrize("body", [_spin, _swallow, lambda: time.sleep(30)])
def test_the_main_thread_is_stopped(body):
    """Loops, loops that swallow errors, and sleep."""
    with pytest.raises(TimeUpError):
        _limited(body, 0.1)()


@pytest.mark.parametrize("body", [_spin, _swallow])
def test_other_threads_are_stopped(body):
    """Where there is no signal."""
    assert _in_thread(_limited(body, 0.1)) == [TimeUpError]


@pytest.mark.parametrize("run", [lambda action: action(), _in_thread])
def test_what_ends_in_time_is_left_alone(run):
    """And nothing rings later."""
    assert not run(_limited(lambda: None, 0.1))
    time.sleep(0.3)


def test_a_machine_that_stood_still_is_excused():
    """Waiting for a little longer than the limit is no failure; work of that length is."""
    _limited(lambda: time.sleep(0.2), 0.1)()
    began = time.perf_counter()
    with pytest.raises(TimeUpError):
        _limited(lambda: time.sleep(30), 0.1)()
    assert time.perf_counter() - began < 5
