import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from sokdok.bulk.lease import NAME, Driving, Lease, read_lease
from sokdok.bulk.store import open_store
from sokdok.errors import InputError, SokdokError

HOLDER = """
import sys, time
from sokdok.bulk.lease import Driving
from sokdok.bulk.store import open_store
with Driving(open_store(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path: Path):
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def elsewhere(count: int = 0, renewed: float = 0.0) -> Lease:
    return Lease("another boot pid:[1]", 17, "5", count, renewed)


@pytest.mark.process
def test_a_second_driver_is_refused_until_the_first_is_gone(tmp_path: Path, holder, monkeypatch) -> None:
    store = open_store(str(tmp_path))
    slept: list[float] = []
    monkeypatch.setattr("sokdok.bulk.lease.time.sleep", slept.append)
    with pytest.raises(InputError, match=f"is driven by process {holder.pid} on .*; wait for it"), Driving(store):
        pass
    holder.kill()
    holder.wait()
    with Driving(store) as driving:
        lease = read_lease(store)
        assert lease is not None and lease.pid == os.getpid()
        driving.require()
    assert read_lease(store) is None and sum(slept) < 1  # of its own machine's processes it need not wait to know


def test_a_number_that_another_process_has_now_is_no_driver_nor_is_what_makes_no_sense(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    with Driving(store) as driving:
        former = msgspec.structs.replace(driving.lease, began="1")
    for data in (msgspec.json.encode(former), b"{half"):
        store.replace(NAME, data)
        with Driving(store):
            pass


@pytest.mark.parametrize("skew", [-1e6, 0, 1e6])
def test_clocks_of_other_machines_do_not_matter(tmp_path: Path, skew: float) -> None:
    store = open_store(str(tmp_path))
    store.create(NAME, msgspec.json.encode(elsewhere(renewed=time.time() + skew)))
    with Driving(store, renewed_s=0.05):  # nobody renews it: it was killed
        lease = read_lease(store)
        assert lease is not None and lease.pid == os.getpid()


@pytest.mark.parametrize("skew", [-1e6, 1e6])
def test_a_driver_on_another_machine_is_seen_to_live(tmp_path: Path, monkeypatch, skew: float) -> None:
    store = open_store(str(tmp_path))
    store.create(NAME, msgspec.json.encode(elsewhere(renewed=time.time() + skew)))
    counted = iter(range(1, 100))

    def sleep(seconds: float) -> None:
        store.replace(NAME, msgspec.json.encode(elsewhere(next(counted), time.time() + skew)))

    monkeypatch.setattr("sokdok.bulk.lease.time.sleep", sleep)
    with pytest.raises(InputError, match="driven by process 17 on another"), Driving(store):
        pass


def test_a_driver_that_stood_still_notices_that_another_took_over(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    with Driving(store, renewed_s=0.05) as driving:
        store.replace(NAME, msgspec.json.encode(elsewhere()))
        deadline = time.monotonic() + 60
        while not driving.lost and time.monotonic() < deadline:
            time.sleep(0.01)
        with pytest.raises(SokdokError, match="process 17 on another drives"):
            driving.require()
    lease = read_lease(store)
    assert lease is not None and lease.pid == 17  # it is not ours to remove
