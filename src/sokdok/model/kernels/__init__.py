"""Decoding on a CPU at the speed of its memory: compiled matrix-vector products (`decode.c`).

- Decoding is bound by memory: these read each weight once, where it lies (a memory-mapped checkpoint included), about
  as fast as a plain copy. torch's own bf16 products reach half of that, and as much again goes into calling them.
- For a handful of rows only; longer inputs are bound by arithmetic, which torch does best.
- Ask `usable` or `steppable` first: without a compiler, on another device or in another precision, torch does the work.
"""

from __future__ import annotations

import ctypes

import torch
from torch import Tensor

from sokdok.model.kernels.build import library

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
