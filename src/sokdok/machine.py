"""What this process may use of the machine."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

GPUS = "CUDA_VISIBLE_DEVICES"  # the variable that says which GPUs CUDA may use
_MEMORY = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")
_PROCESSOR = Path("/proc/cpuinfo")
_VNNI = frozenset({"avx512_vnni", "avx_vnni"})
"""what Linux calls the instructions that multiply bytes and add the products in 32 bits"""
_DRIVER = Path("/proc/driver/nvidia/gpus")


def usable_cores() -> int:
    """Processor cores that this process may run on: fewer than there are where a container or `taskset` says so."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_megabytes() -> int | None:
    """Memory that this process and those that it starts may still take; less in a container. None: nobody says."""
    known = [room for room in (_free_of_machine(), _free_of_container()) if room is not None]
    return min(known, default=None)


def _free_of_machine() -> int | None:
    try:
        found = re.search(r"^MemAvailable:\s+(\d+) kB", _MEMORY.read_text(), re.MULTILINE)
    except OSError:  # no Linux
        return None
    return int(found[1]) >> 10 if found else None


def _free_of_container() -> int | None:
    try:
        most, taken = ((_GROUP / name).read_text().strip() for name in ("memory.max", "memory.current"))
    except OSError:
        return None
    return max(int(most) - int(taken), 0) >> 20 if most.isdecimal() and taken.isdecimal() else None


def multiplies_bytes() -> bool:
    """Whether the processor multiplies bytes faster than floats, and adds without overflow: x86 with VNNI, on Linux."""
    return not _VNNI.isdisjoint(_instructions())


def multiplies_bf16() -> bool:
    """Whether the processor multiplies matrices of bf16 as fast as of fp32: x86 without AMX does not, by Linux."""
    return not _instructions() or "amx_bf16" in _instructions()


@cache
def _instructions() -> frozenset[str]:
    """Names of an x86 processor's instruction sets, as Linux lists them; none on other machines."""
    try:
        lines = _PROCESSOR.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    return frozenset(name for line in lines if line.startswith("flags") for name in line.split())


def visible_gpus() -> list[str]:
    """What CUDA calls the GPUs that this process may use; asks the driver, not CUDA, which takes seconds to load."""
    named = os.environ.get(GPUS)
    if named is not None:
        return [name.strip() for name in named.split(",") if name.strip() not in ("", "-1")]
    try:
        return [str(number) for number, _ in enumerate(_DRIVER.iterdir())]
    except OSError:  # no such driver
        return []
