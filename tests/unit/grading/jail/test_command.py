"""The command: bubblewrap's arguments are the policy, and root becomes somebody else."""

import os
from itertools import pairwise

import pytest

from nbcourse.grading.errors import JailError
from nbcourse.grading.jail import command
from nbcourse.grading.jail.stage import Stage


@pytest.fixture
def stage(tmp_path):
    """A stage with nothing in it."""
    return Stage(tmp_path, (str(tmp_path), str(tmp_path)), (str(tmp_path),), ("numpy",))


def _arguments(stage, monkeypatch, *, uid, **options):
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    monkeypatch.setattr(command.shutil, "which", lambda name: f"/usr/bin/{name}")
    return command.launch(stage, "zygote.py", ["5"], bubblewrap=True, **options)


def test_walls_are_complete(stage, monkeypatch):
    """Own processes, network, ipc and host name; nothing writable; it dies with us."""
    walls = _arguments(stage, monkeypatch, uid=1000).arguments

    for wall in ("pid", "net", "ipc", "uts", "user"):
        assert f"--unshare-{wall}" in walls
    assert {"--die-with-parent", "--new-session", "--cap-drop"} <= set(walls)
    assert "--bind" not in walls
    assert "--dev-bind" not in walls
    pairs = list(pairwise(walls))
    assert ("--remount-ro", "/") in pairs
    assert ("--remount-ro", "/dev") in pairs  # a file system of its own, writable and unbounded


def test_packages_may_lie_in_what_is_hidden(stage, monkeypatch):
    """All of `site-packages` is hidden but the packages that answers may use; then it is closed."""
    monkeypatch.setattr(command, "interpreter", lambda: ("/usr/bin/python3", (), ("/usr/site",)))
    walls = list(_arguments(stage, monkeypatch, uid=1000).arguments)
    hidden, closed = (
        next(k for k, pair in enumerate(pairwise(walls)) if pair == (option, "/usr/site"))
        for option in ("--tmpfs", "--remount-ro")
    )

    assert hidden < walls.index(stage.readable[0]) < closed


def test_root_becomes_somebody_else(stage, monkeypatch):
    """Inside bubblewrap by setpriv, without it before the interpreter starts."""
    inside = _arguments(stage, monkeypatch, uid=0)
    bare = command.launch(stage, "zygote.py", [], bubblewrap=False)

    assert "--unshare-user" not in inside.arguments  # it would still be root to the kernel
    after = inside.arguments[inside.arguments.index("--") :]
    assert after[1].endswith("setpriv")
    assert str(command.SPARE_UID) in after
    assert bare.user == command.SPARE_UID


def test_an_ordinary_user_stays_who_it_is(stage, monkeypatch):
    """There is nobody else to become."""
    assert _arguments(stage, monkeypatch, uid=1000).user is None


def test_python_is_isolated(stage, monkeypatch):
    """No environment variables, no site packages, no bytecode, no folder of the script."""
    arguments = _arguments(stage, monkeypatch, uid=1000).arguments
    python = arguments[arguments.index("--") + 1 :]

    assert python[1:4] == ("-I", "-S", "-B")
    assert python[-1] == "5"


def test_a_box_is_bounded(stage, monkeypatch):
    """Where bubblewrap makes it, it has a size."""
    arguments = _arguments(stage, monkeypatch, uid=1000, box_mib=16).arguments
    place = arguments.index(command.BOX)

    assert arguments[place - 3 : place] == ("--size", str(16 * 2**20), "--tmpfs")


@pytest.mark.parametrize("missing", ["bwrap", "setpriv"])
def test_a_missing_program_is_named(stage, monkeypatch, missing):
    """With the package that has it."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(command.shutil, "which", lambda n: None if n == missing else "/usr/bin/x")
    with pytest.raises(JailError, match="bubblewrap" if missing == "bwrap" else "util-linux"):
        command.launch(stage, "zygote.py", [], bubblewrap=True)


def test_the_environment_holds_eight_names():
    """None of them ours."""
    assert len(command.ENVIRONMENT) == 8
    assert not set(command.ENVIRONMENT.values()) & {os.environ.get("HOME"), os.environ.get("USER")}
