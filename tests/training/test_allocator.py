"""Memory that was freed is there again, without the kernel being asked for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PROGRAM = """
import resource, sys
from sokdok.training.allocator import keep_freed_memory

if sys.argv[1] == "keep" and not keep_freed_memory():
    sys.exit(77)
for turn in range(3):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    block = b"x" * (48 << 20)
    del block
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(mode: str) -> int:
    """Page faults of the third of three 48 MiB buffers, one after the other, in a process of its own."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MALLOC_")} | {
        "PYTHONPATH": str(ROOT / "src")
    }
    run = subprocess.run([sys.executable, "-c", PROGRAM, mode], capture_output=True, text=True, env=environment)
    if run.returncode == 77:
        pytest.skip("not glibc on Linux")
    assert run.returncode == 0, run.stderr
    return int(run.stdout)


def test_a_buffer_of_the_size_just_freed_costs_no_page_faults() -> None:
    assert page_faults("keep") < 100  # 12,288 pages, or 24 huge ones


def test_left_alone_the_kernel_is_asked_each_time() -> None:
    if page_faults("keep") >= 0 and (default := page_faults("default")) < 1000:
        pytest.skip(f"{default} page faults: the kernel hands out huge pages, or malloc is another one")
