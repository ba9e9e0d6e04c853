"""All layers of a decoder for one token a row, in a single call."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sokdok.model.config import DecoderConfig
from sokdok.model.kernels import WIDTH_MULTIPLE, Matrix, compiled, matrix, require_done, suitable


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
