"""Decoding on a CPU at the speed of its memory: matrix-vector products in C (`decode.c`), compiled at first use.

- Decoding is bound by memory: these read each weight once, where it lies (a memory-mapped checkpoint included), about
  as fast as a plain copy. torch's own bf16 products reach half of that, and as much again goes into calling them.
- For a handful of rows only; longer inputs are bound by arithmetic, which torch does best. Ask `usable` or `steppable`
  first: without a compiler, on another device or in another precision, torch does the work.
- A compiler is all it takes (cc, gcc or clang with OpenMP). Built for the machine it runs on (`-march=native`), so the
  name of the library holds a digest of source, compiler and processor: a home that machines share stays safe.
- A library is code: it is loaded from the user's cache only if nobody but this user can have written it. Where that is
  not sure (a shared cache, `sudo` that keeps HOME), it is compiled in a private folder that is gone after loading.
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
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import torch
from torch import Tensor

from sokdok.model.config import DecoderConfig

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
        version = subprocess.run([compiler, "--version"], capture_output=True, check=True).stdout
        parts = (SOURCE.read_bytes(), " ".join(FLAGS).encode(), version, _processor().encode())
        digest = hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
        return _declared(_load(compiler, f"decode-{digest}.so"))
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


MOST_VECTORS = 32  # from here on torch's matrix products are as fast
WIDTH_MULTIPLE = 64
_NO_MEMORY = 1  # as `decode.c` has it

Weight = tuple[Tensor, Tensor | None]
"""A matrix (rows, width) and None for bf16, or uint8 with 128 added and the scale of each row, fp32 (rows)."""


class Matrix(ctypes.Structure):
    """`Matrix` of decode.c: addresses of a weight and its scales."""

    _fields_ = [("data", ctypes.c_void_p), ("scale", ctypes.c_void_p)]


def usable(x: Tensor, weight: Tensor) -> bool:
    """Whether `linear` takes this input (..., width): few bf16 vectors on a CPU, no gradient wanted."""
    return (
        suitable(x)
        and weight.dtype in (torch.bfloat16, torch.uint8)
        and x.shape[-1] % WIDTH_MULTIPLE == 0
        and not (torch.is_grad_enabled() and (weight.requires_grad or x.requires_grad))
    )


def suitable(x: Tensor) -> bool:
    """Whether the kernels exist here and take so many vectors (..., width) of this kind."""
    return (
        x.dtype is torch.bfloat16
        and x.device.type == "cpu"
        and x.numel() <= MOST_VECTORS * x.shape[-1]
        and not torch.compiler.is_compiling()
        and library() is not None
    )


def linear(x: Tensor, weight: Weight) -> Tensor:
    """Multiply x (..., width) bf16 with the transposed matrix: (..., rows) fp32. Raises MemoryError."""
    assert x.shape[-1] == weight[0].shape[1]
    x = x.contiguous()
    out = torch.empty(*x.shape[:-1], weight[0].shape[0], dtype=torch.float32)
    count = x.numel() // x.shape[-1]
    place = ctypes.byref(matrix(weight))
    require_done(compiled().sokdok_linear(place, x.data_ptr(), out.data_ptr(), count, *weight[0].shape))
    return out


def require_done(status: int) -> None:
    """Raise what a call of the library reports: MemoryError, or ValueError for sizes that it would overrun."""
    if status == _NO_MEMORY:
        raise MemoryError("out of memory while decoding")
    if status:
        raise ValueError("the compiled kernels refuse these sizes")


def matrix(weight: Weight) -> Matrix:
    """Where a weight lies; it must be contiguous and outlive the result."""
    data, scale = weight
    assert data.is_contiguous()
    return Matrix(data.data_ptr(), None if scale is None else scale.data_ptr())


def compiled() -> ctypes.CDLL:
    """The library, where `usable` found one."""
    lib = library()
    assert lib is not None, "ask `usable` first"
    return lib


class _Expert(ctypes.Structure):
    _fields_ = [("gate", Matrix), ("up", Matrix), ("down", Matrix), ("inner", ctypes.c_int64)]


class _Sizes(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_int64) for name in ("rows", "hidden", "heads", "kv_heads", "width", "top_k")),
        ("eps", ctypes.c_float),
    ]


class _Layer(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_void_p) for name in ("attention_norm", "feed_forward_norm")),
        *((name, Matrix) for name in ("query", "key", "value", "out")),
        *((name, ctypes.c_void_p) for name in ("router", "experts")),
        *((name, ctypes.c_int64) for name in ("routed", "shared")),
        *((name, ctypes.c_void_p) for name in ("keys", "values")),
    ]


class _Cache(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_int64) for name in ("row", "head", "most")),
        *((name, ctypes.c_void_p) for name in ("slot", "used", "cosine", "sine")),
    ]


def steppable(config: DecoderConfig, x: Tensor, buffer: Tensor) -> bool:
    """Whether `Step` takes these embeddings (B, 1, D) with such a cache: bf16 on a CPU, widths in steps of 64."""
    widths = (config.hidden, config.head_dim, config.dense_ffn, config.moe_ffn)
    return (
        suitable(x)
        and buffer.dtype is torch.bfloat16
        and not any(width % WIDTH_MULTIPLE for width in widths)
        and not torch.is_grad_enabled()
    )


class Step:
    """A table of where the weights of all layers lie; holds on to them."""

    def __init__(self, config: DecoderConfig, layers: Iterable[Any]) -> None:
        self.config = config
        self._kept: list[Any] = []
        table = [self._layer(layer) for layer in layers]
        self._layers = (_Layer * len(table))(*table)
        half = np.arange(0, config.head_dim, 2, dtype=np.float32)
        self._angles = 1 / config.rope_theta ** (half / np.float32(config.head_dim))

    def __call__(self, x: Tensor, buffer: Tensor, lengths: np.ndarray, slots: np.ndarray, used: np.ndarray) -> Tensor:
        """Embeddings (B, 1, D) -> hidden states before the last norm, fp32, of the same shape.

        buffer: the cache (layers, 2, B, kv_heads, capacity, head_dim). By row, int64: `lengths`, the tokens before;
        `slots`, the place of the new one; `used`, how many it sees, itself included.
        """
        config = self.config
        out = x.float().contiguous()
        angles = (lengths[:, None] * self._angles).astype(np.float32)
        cosine, sine = np.cos(angles), np.sin(angles)
        slots, used = np.ascontiguousarray(slots), np.ascontiguousarray(used)
        layer, kind, row, head = buffer.stride()[:4]
        base, size = buffer.data_ptr(), buffer.element_size()
        for index, entry in enumerate(self._layers):
            entry.keys = base + size * index * layer
            entry.values = entry.keys + size * kind
        sizes = _Sizes(
            *(len(out), config.hidden, config.heads, config.kv_heads, config.head_dim),
            *(config.experts_per_token, config.norm_eps),
        )
        places = (array.ctypes.data for array in (slots, used, cosine, sine))
        cache = _Cache(row, head, int(used.max()), *places)
        tables = ctypes.addressof(self._layers), len(self._layers), ctypes.byref(sizes), ctypes.byref(cache)
        require_done(compiled().sokdok_step(*tables, out.data_ptr()))
        return out

    def _layer(self, layer: Any) -> _Layer:
        attention, mlp = layer.self_attn, layer.mlp
        routed = list(getattr(mlp, "experts", ()))
        shared = mlp.shared_experts if routed else mlp  # a dense layer is a shared expert alone
        blocks = [*routed, *([shared] if shared is not None else [])]
        experts = (_Expert * len(blocks))(*map(self._expert, blocks))
        router = mlp.gate.weight.float().contiguous() if routed else None
        norms = (layer.input_layernorm.weight, layer.post_attention_layernorm.weight)
        self._kept += [layer, experts, router]
        return _Layer(
            *(norm.data_ptr() for norm in norms),
            *(matrix(getattr(attention, f"{name}_proj").pair) for name in "qkvo"),
            None if router is None else router.data_ptr(),
            ctypes.addressof(experts),
            *(len(routed), len(blocks) - len(routed)),
        )

    @staticmethod
    def _expert(block: Any) -> _Expert:
        return _Expert(
            *(matrix(getattr(block, f"{name}_proj").pair) for name in ("gate", "up", "down")),
            block.gate_proj.weight.shape[0],
        )
