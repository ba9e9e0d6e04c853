"""Compile `decode.c` for this very processor, once, and keep the library in the user's cache folder.

- A compiler is all it takes (cc, gcc or clang with OpenMP); without one the callers fall back to torch.
- Built for the machine it runs on (`-march=native`), so the name of the library holds a digest of source, compiler and
  processor: a home folder shared between machines stays safe.
- A library is code: it is loaded from the cache only if nobody but this user can have written it. Where that is not
  sure (a shared cache, `sudo` that keeps HOME), it is compiled in a private folder that is gone after loading.
- The library uses the OpenMP runtime that torch has loaded, hence one team of threads and no fight for the cores.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import stat
import subprocess
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

import platformdirs

SOURCE = Path(__file__).with_name("decode.c")
FLAGS = ("-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-fopenmp", "-shared", "-fPIC")
COMPILERS = ("cc", "gcc", "clang")
COMPILING_S = 120  # seconds after which a compiler is given up


@cache
def library() -> ctypes.CDLL | None:
    """Load the compiled kernels; None where they cannot be compiled or loaded."""
    compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
    if compiler is None:
        return None
    try:
        return _declared(_load(compiler, f"decode-{_digest(compiler)}.so"))
    except (OSError, subprocess.SubprocessError):
        return None


def _load(compiler: str, name: str) -> ctypes.CDLL:
    """Load the library from the cache, compiling it if need be, or from a private folder if the cache isn't ours."""
    folder = platformdirs.user_cache_path("sokdok", appauthor=False) / "kernels"
    with suppress(OSError):  # a home that can't be written
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if _ours_alone(folder):
        path = folder / name
        if not _ours_alone(path):
            _compile(compiler, path)
        return ctypes.CDLL(str(path))
    with tempfile.TemporaryDirectory(prefix="sokdok-") as private:
        path = Path(private) / name
        _compile(compiler, path)
        return ctypes.CDLL(str(path))


def _ours_alone(path: Path) -> bool:
    """Whether a file or folder is there, no link, this user's, and written by nobody else; so all folders above it."""
    try:
        status = path.lstat()
        above = [parent.stat() for parent in path.absolute().parents]
    except OSError:
        return False
    if os.name != "posix":  # the cache folder lies in the user's profile
        return True
    mine = status.st_uid == os.geteuid() and not stat.S_ISLNK(status.st_mode) and not status.st_mode & 0o022
    return mine and all(
        folder.st_uid in (0, os.geteuid()) and (not folder.st_mode & stat.S_IWOTH or folder.st_mode & stat.S_ISVTX)
        for folder in above
    )


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
    """Compile beside and rename: another process may be compiling the same."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        fresh = Path(folder) / path.name
        command = [compiler, *FLAGS, str(SOURCE), "-o", str(fresh), "-lm"]
        subprocess.run(command, capture_output=True, check=True, timeout=COMPILING_S)
        fresh.chmod(0o700)
        os.replace(fresh, path)


def _declared(lib: ctypes.CDLL) -> ctypes.CDLL:
    pointer, integer = ctypes.c_void_p, ctypes.c_int64
    lib.sokdok_linear.argtypes = [pointer, pointer, pointer, integer, integer, integer]
    lib.sokdok_step.argtypes = [pointer, integer, pointer, pointer, pointer]
    lib.sokdok_linear.restype = lib.sokdok_step.restype = ctypes.c_int
    return lib
