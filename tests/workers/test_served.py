from __future__ import annotations

import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.process

START = """
import msgspec, time
from sokdok.workers.child import Child
worker = Child("fakes.workers.told", "on", msgspec.msgpack.Decoder(str), 1000, 1)
list(worker.answers())
print(worker.pid, flush=True)
time.sleep(600)
"""


def test_a_worker_ends_with_its_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", START], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
    end = time.monotonic() + 30
    while lives(worker):
        assert time.monotonic() < end, "it lives on without its parent"
        time.sleep(0.1)


def lives(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
