"""Attacks on the machine: each succeeds without walls, none in a jail, and no layer is idle."""

import functools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nbcourse
from tests.security import matrix
from tests.security.attacks import ATTACKS

HERE = Path(__file__).parent
LAYERS = [name for name in matrix.CONFIGURATIONS if name.startswith("without ")]
BY_NAME = {attack.name: attack for attack in ATTACKS}
SOMEBODY = 12345


def _as_somebody(python):
    """The command by which root runs a program as an ordinary user."""
    who = ["--reuid", str(SOMEBODY), "--regid", str(SOMEBODY), "--clear-groups"]
    return ["setpriv", *who, python]


def _interpreter():
    """A Python of this version that an ordinary user may run."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/python{version}"):
        if shutil.which(python):
            nested = (
                "import os, sys; os.execv(os.path.realpath(sys.executable), ['python', '-c', ''])"
            )
            tried = subprocess.run([*_as_somebody(python), "-c", nested], capture_output=True)
            if tried.returncode == 0:
                return python
    reason = f"no Python {version} here that an ordinary user may run"
    if os.environ.get("NBCOURSE_REQUIRE_TIER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@functools.cache
def _rows(*names):
    """The attack matrix as an ordinary user finds it."""
    if os.geteuid() != 0:
        return matrix.measure(list(names))
    site = os.pathsep.join(str(Path(module.__file__).parents[1]) for module in (nbcourse, np))
    environment = {"PATH": "/usr/bin:/bin", "SITE": site, "TMPDIR": "/var/tmp"}
    done = subprocess.run(
        [*_as_somebody(_interpreter()), "-B", str(HERE / "matrix.py"), *names],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _through(configuration):
    return {
        name for name, through in _rows(*matrix.CONFIGURATIONS)[configuration].items() if through
    }


@pytest.fixture(autouse=True)
def _needs_a_jail(jail):
    """Where no jail can be built, there is nothing to attack."""


def test_without_walls_every_attack_succeeds():
    """The positive control: whatever is not stopped by design goes through."""
    assert _through("no walls") == {a.name for a in ATTACKS if not a.by_design}


@pytest.mark.parametrize("name", BY_NAME)
def test_no_attack_goes_through_the_first_tier(name):
    """As an ordinary user, warm: none of them."""
    assert name not in _through("tier 1")


def test_the_fresh_jail_stops_the_same():
    """The second implementation agrees, but for the number of files in a box."""
    assert _through("tier 1, fresh") == {a.name for a in ATTACKS if a.fresh}


def test_the_second_tier_lets_through_what_it_says():
    """Without namespaces a guest learns of files and processes; nothing else."""
    assert _through("tier 2") == {a.name for a in ATTACKS if a.tier_2}


@pytest.mark.parametrize("layer", LAYERS)
def test_no_layer_is_idle(layer):
    """With any one layer taken away, something goes through."""
    assert _through(layer)


@pytest.mark.skipif(os.geteuid() != 0, reason="this is root's way")
@pytest.mark.parametrize("configuration", ["tier 1", "tier 1, fresh"])
def test_begun_by_root_the_same_is_stopped(configuration):
    """Root drops to a spare user first; nothing more goes through than for anybody else."""
    allowed = {a.name for a in ATTACKS if a.fresh} if "fresh" in configuration else set()

    rows = matrix.measure([configuration])[configuration]

    assert {name for name, through in rows.items() if through} == allowed
