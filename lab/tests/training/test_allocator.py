"""Memory that was freed is there again, without the kernel being asked for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sokdok_lab.training.loop import keep_freed_memory

ROOT = Path(__file__).parents[3]
PROGRAM = """
import resource, sys
from sokdok_lab.training.loop import keep_freed_memory

if sys.argv[1] == "keep" and not keep_freed_memory():
    sys.exit(77)
for turn in range(3):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    block = b"x" * (48 << 20)
    del block
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(mode: str, **settings: str) -> int:
    """Count page faults of the third of three 48 MiB buffers, one after the other, in a process of its own."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MALLOC_")} | settings
    environment |= {"PYTHONPATH": str(ROOT / "src")}
    run = subprocess.run([sys.executable, "-c", PROGRAM, mode], capture_output=True, text=True, env=environment)
    if run.returncode == 77:
        pytest.skip("not glibc on Linux")
    assert run.returncode == 0, run.stderr
    return int(run.stdout)


def test_a_buffer_of_the_size_just_freed_costs_no_page_faults() -> None:
    assert page_faults("keep") < 100  # 12,288 pages, or 24 huge ones


def test_other_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert keep_freed_memory() is False
