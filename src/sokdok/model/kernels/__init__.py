"""Matrix-vector products and attention for decoding on a CPU: ask `usable` before you call them.

- Decoding is bound by memory: these read each weight once, where it lies (a memory-mapped checkpoint included), at the
  speed of a plain copy. torch's own bf16 products reach about half of that.
- Worth it for a handful of vectors only; longer inputs are bound by arithmetic, which torch does best.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import torch
from torch import Tensor

from sokdok.model.kernels.build import library

MOST_VECTORS = 12
"""from here on torch's matrix product is as fast"""
WIDTH_MULTIPLE = 64

Weight = tuple[Tensor, Tensor | None]
"""A matrix (rows, width) and None for bf16, or uint8 with 128 added and the scale of each row, fp32 (rows)."""


class _Matrix(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("scale", ctypes.c_void_p)]


class _Expert(ctypes.Structure):
    _fields_ = [("gate", _Matrix), ("up", _Matrix), ("down", _Matrix), ("inner", ctypes.c_int64)]


def usable(x: Tensor, weight: Tensor) -> bool:
    """Whether `linear` and `Experts` take this input (..., width): few bf16 vectors on a CPU, no gradient wanted."""
    return (
        weight.dtype in (torch.bfloat16, torch.uint8)
        and x.numel() <= MOST_VECTORS * x.shape[-1]
        and _suits(x)
        and not (torch.is_grad_enabled() and weight.requires_grad)
    )


def one_query(query: Tensor) -> bool:
    """Whether `attention` takes this query (B, heads, T, D): a single bf16 token in each row, on a CPU."""
    return query.shape[2] == 1 and _suits(query)


def _suits(x: Tensor) -> bool:
    return (
        x.dtype is torch.bfloat16
        and x.device.type == "cpu"
        and x.shape[-1] % WIDTH_MULTIPLE == 0
        and not (torch.is_grad_enabled() and x.requires_grad)
        and not torch.compiler.is_compiling()
        and library() is not None
    )


def linear(x: Tensor, weight: Weight, dtype: torch.dtype = torch.bfloat16) -> Tensor:
    """X (..., width) bf16 times the transposed matrix: (..., rows) in `dtype`, bf16 or fp32."""
    data, scale = weight
    x = x.contiguous()
    out = torch.empty(*x.shape[:-1], data.shape[0], dtype=dtype)
    matrix, count = _matrix(weight), x.numel() // x.shape[-1]
    narrowed = int(dtype is torch.bfloat16)
    _lib().sokdok_linear(ctypes.byref(matrix), x.data_ptr(), out.data_ptr(), narrowed, count, *data.shape)
    return out


class Experts:
    """Feed-forward blocks (gate, up, down) side by side: routed experts, then perhaps one that sees every token.

    Holds on to the weights and to their addresses.
    """

    def __init__(self, routed: Sequence[Sequence[Weight]], shared: Sequence[Weight] | None) -> None:
        blocks = [*routed, *([shared] if shared is not None else [])]
        self.weights = [[(data.contiguous(), scale) for data, scale in block] for block in blocks]
        self.routed, self.shared = len(routed), int(shared is not None)
        self._table = (_Expert * len(blocks))(
            *(_Expert(*map(_matrix, block), block[0][0].shape[0]) for block in self.weights)
        )

    def __call__(self, x: Tensor, weights: Tensor, indices: Tensor) -> Tensor:
        """Tokens x (N, D) bf16, weights fp32 and indices int64 (N, k) of the routed experts -> (N, D) bf16."""
        x, weights, indices = x.contiguous(), weights.contiguous(), indices.contiguous()
        out = torch.empty_like(x)
        _lib().sokdok_experts(
            *(ctypes.addressof(self._table), self.routed, self.shared),
            *(indices.data_ptr(), weights.data_ptr(), indices.shape[1]),
            *(x.data_ptr(), out.data_ptr(), *x.shape),
        )
        return out


def attention(query: Tensor, keys: Tensor, values: Tensor, held: Tensor) -> Tensor:
    """One bf16 query per row and head (B, heads, 1, D) over the first `held` (B,) int64 of the keys: like the query.

    keys, values (B, kv_heads, S, D): views of a cache, contiguous in their last two dimensions.
    """
    query = query.contiguous()
    rows, heads, _, width = query.shape
    out = torch.empty_like(query)
    _lib().sokdok_attention(
        *(query.data_ptr(), keys.data_ptr(), values.data_ptr(), out.data_ptr(), held.data_ptr()),
        *(rows, heads, heads // keys.shape[1], width, keys.stride(0), keys.stride(1), width**-0.5),
    )
    return out


def _matrix(weight: Weight) -> _Matrix:
    data, scale = weight
    return _Matrix(data.data_ptr(), None if scale is None else scale.data_ptr())


def _lib() -> ctypes.CDLL:
    lib = library()
    assert lib is not None, "ask `usable` first"
    return lib
