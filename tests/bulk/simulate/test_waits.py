from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sokdok.bulk.simulate import waits
from sokdok.bulk.simulate.waits import Waits
from sokdok.machine import usable_cores

pytestmark = pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="needs Linux's /proc")

BURNER = "print(flush=True)\nwhile True: pass"


def test_what_others_take_of_the_cores_is_lost() -> None:
    """Twice as many others as there are cores: a third is left."""
    burners = [
        subprocess.Popen([sys.executable, "-c", BURNER], stdout=subprocess.PIPE) for _ in range(2 * usable_cores() + 1)
    ]
    try:
        for burner in burners:
            assert burner.stdout is not None and burner.stdout.readline()
        waited = Waits(burners[0].pid)
        time.sleep(0.3)
        assert 0.2 < (waited.lost() or 0.0) < 1.0
    finally:
        for burner in burners:
            burner.kill()
            burner.communicate()


def test_children_are_counted_with_their_parent() -> None:
    child = subprocess.Popen([sys.executable, "-c", "print(flush=True)\ninput()"], stdin=-1, stdout=-1)
    try:
        assert child.stdout is not None and child.stdout.readline()
        assert Path(f"/proc/{child.pid}/task/{child.pid}") in waits._threads(os.getpid())
    finally:
        child.communicate(b"\n")


def test_nothing_is_said_of_a_process_that_is_gone() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert Waits(child.pid).lost() is None
