"""Compile `decode.c` for this very processor, once, and keep the library in the user's cache folder.

- A compiler is all it takes (cc, gcc or clang with OpenMP); without one the callers fall back to torch.
- Built for the machine it runs on (`-march=native`), so the name of the library holds a digest of source, compiler and
  processor: a home folder shared between machines stays safe.
- The library uses the OpenMP runtime that torch has loaded, hence one team of threads and no fight for the cores.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).with_name("decode.c")
FLAGS = ("-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-fopenmp", "-shared", "-fPIC")
COMPILERS = ("cc", "gcc", "clang")


@cache
def library() -> ctypes.CDLL | None:
    """The compiled kernels; None where they cannot be compiled or loaded."""
    compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
    if compiler is None:
        return None
    try:
        path = _folder() / f"decode-{_digest(compiler)}.so"
        if not path.exists():
            _compile(compiler, path)
        return _declared(ctypes.CDLL(str(path)))
    except (OSError, subprocess.SubprocessError):
        return None


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "sokdok" / "kernels"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _digest(compiler: str) -> str:
    version = subprocess.run([compiler, "--version"], capture_output=True, check=True).stdout
    parts = (SOURCE.read_bytes(), " ".join(FLAGS).encode(), version, _processor().encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _processor() -> str:
    """What `-march=native` depends on: Linux lists the instruction sets, others name the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(sorted({line for line in lines if line.startswith(("flags", "Features", "model name"))}))
    except OSError:
        return f"{platform.machine()} {platform.processor()}"


def _compile(compiler: str, path: Path) -> None:
    """Write beside and rename: another process may be compiling the same."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        fresh = Path(folder) / path.name
        command = [compiler, *FLAGS, str(SOURCE), "-o", str(fresh), "-lm"]
        subprocess.run(command, capture_output=True, check=True, timeout=120)
        os.replace(fresh, path)


def _declared(lib: ctypes.CDLL) -> ctypes.CDLL:
    pointer, integer = ctypes.c_void_p, ctypes.c_int64
    lib.sokdok_linear.argtypes = [pointer, pointer, pointer, integer, integer, integer]
    lib.sokdok_step.argtypes = [pointer, integer, pointer, pointer, pointer]
    lib.sokdok_linear.restype = lib.sokdok_step.restype = None
    return lib
