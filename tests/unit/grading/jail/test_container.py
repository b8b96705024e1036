"""Containers: the command bounds a guest, and the conversation works through a stand-in engine."""

import sys

import pytest

from nbcourse.checking.seeds import Key
from nbcourse.grading.errors import JailError
from nbcourse.grading.jail import container
from nbcourse.grading.jail.command import ENVIRONMENT
from nbcourse.grading.jail.container import IMAGE, ContainerJail
from nbcourse.grading.judging import grade
from tests.unit.checking.toy import DOUBLE

# Runs the guest right here, with the stage where the volume would be. No container at all.
ENGINE = f"""#!{sys.executable}
import os, sys
volume = next(a for a in sys.argv if a.startswith("--volume="))
folder = volume.removeprefix("--volume=").split(":")[0]
script = next(a for a in sys.argv if a.endswith("alone.py")).replace("/stage", folder, 1)
line = b""
while not line.endswith(b"\\n"):
    line += os.read(0, 1)
r, w = os.pipe()
os.write(w, line.replace(b"/stage", folder.encode()))
if os.fork() == 0:
    os.close(r)
    while piece := os.read(0, 65536):
        os.write(w, piece)
    os._exit(0)
os.close(w)
os.dup2(r, 0)
os.execv({sys.executable!r}, ["python", "-I", "-B", script, "0", "1"])
"""


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """A program called docker, first on the path."""
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(ENGINE)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    return program


def test_the_command_bounds_the_container(engine):
    """No network, nothing writable, no capabilities, few processes, bounded memory, no root."""
    jail = ContainerJail()
    try:
        command = jail.command("guest-1")
    finally:
        jail.close()

    wanted = {
        "--network=none", "--read-only", "--cap-drop=all", "--security-opt=no-new-privileges",
        "--pids-limit=64", "--memory=1g", "--rm", "--name=guest-1",
    }  # fmt: skip
    assert wanted <= set(command)
    assert any(option.startswith("--user=6") for option in command)
    assert all(option.endswith(":ro") for option in command if option.startswith("--volume"))


def test_a_guest_gets_our_environment_and_nothing_of_the_image(engine):
    """What the engine and the image add is cleared before Python starts."""
    jail = ContainerJail()
    try:
        command = jail.command("guest-1")
    finally:
        jail.close()
    inside = command[command.index(IMAGE) + 1 :]

    assert inside[:2] == ["/usr/bin/env", "-i"]
    assert [word for word in inside if "=" in word] == [f"{k}={v}" for k, v in ENVIRONMENT.items()]


def test_a_guest_that_does_not_end_is_killed_by_its_name(engine, monkeypatch):
    """Ending the engine's program alone would leave the container."""
    engine.write_text(
        f"""#!{sys.executable}
import pathlib, sys, time
if sys.argv[1] == "kill":
    pathlib.Path({str(engine)!r} + ".killed").write_text(sys.argv[2])
else:
    sys.stdout.write("R")
    sys.stdout.flush()
    time.sleep(60)
"""
    )
    monkeypatch.setattr(container, "_GRACE", 0.1)
    jail = ContainerJail()
    try:
        jail.open().close()
    finally:
        jail.close()

    assert (engine.parent / "docker.killed").read_text().startswith("nbcourse-")


def test_answers_come_back(engine):
    """Cells and calls through the pipes of an engine."""
    jail = ContainerJail()
    try:
        cells = [(1, "def double(x): return x + x")]
        graded = grade(cells, [DOUBLE], jail, Key(secret="s", student="ada"))
    finally:
        jail.close()

    assert graded.points == DOUBLE.points_total


def test_an_engine_that_fails_is_no_fault_of_the_student(engine):
    """Its own words are in the error."""
    engine.write_text("#!/bin/sh\necho 'no such image' >&2\nexit 125\n")
    jail = ContainerJail()
    try:
        with pytest.raises(JailError, match="no such image"):
            jail.open()
    finally:
        jail.close()


def test_no_engine_is_said(monkeypatch, tmp_path):
    """With both names."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(JailError, match="neither docker nor podman"):
        ContainerJail()
