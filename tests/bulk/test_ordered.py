"""Tasks on several processes: in order, bounded, and nobody outlives who began them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.bulk.tasks import start, work
from sokdok.bulk.ordered import AHEAD, ordered
from sokdok.errors import InputError, SokdokError


def numbers(count: int, taken: list[int]) -> Iterator[int]:
    for number in range(count):
        taken.append(number)
        yield number


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_order_and_tasks_are_taken_as_they_are_needed(workers: int) -> None:
    taken: list[int] = []
    for at, result in enumerate(ordered(workers, start, (3,), work, numbers(12, taken))):
        assert result == 3 * at and len(taken) <= at + 1 + AHEAD * workers
    assert len(taken) == 12
    with pytest.raises(InputError, match="thirteen"):
        list(ordered(workers, start, (3,), work, range(20)))


def test_a_process_that_ends_is_one_line() -> None:
    with pytest.raises(SokdokError, match="a worker process ended.*run the same command again, with fewer workers"):
        list(ordered(2, start, (3,), work, [1, 99, 3]))


SCRIPT = """
import os, sys, time
sys.path[:0] = {paths!r}
from sokdok.bulk.ordered import ordered
import slow_work
if __name__ == "__main__":
    list(ordered(2, slow_work.start, (), slow_work.work, range(100)))
"""


def test_workers_end_when_the_driver_is_killed(tmp_path: Path) -> None:
    (tmp_path / "slow_work.py").write_text(
        "import os, pathlib, time\n"
        "def start(): pass\n"
        "def work(task):\n"
        f"    pathlib.Path({str(tmp_path)!r}, f'{{os.getpid()}}.pid').touch()\n"
        "    time.sleep(60)\n"
    )
    (tmp_path / "driver.py").write_text(SCRIPT.format(paths=[str(tmp_path), *sys.path]))
    driver = subprocess.Popen([sys.executable, str(tmp_path / "driver.py")])
    deadline = time.monotonic() + 60
    while len(pids := [int(path.stem) for path in tmp_path.glob("*.pid")]) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    driver.kill()
    driver.wait()
    while any(map(is_running, pids)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(pids) == 2 and not any(map(is_running, pids))


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
