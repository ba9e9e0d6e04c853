"""Keys and values of the tokens already read, preallocated."""

from __future__ import annotations

import torch
from torch import Tensor

from sokdok.model.config import DecoderConfig


class KVCache:
    """One pair of (B, kv_heads, capacity, head_dim) buffers per layer; `length` tokens of them are filled.

    `prefix_length` is the length of the first call: the prefill that a reference sliding window keeps visible.
    """

    def __init__(
        self,
        config: DecoderConfig,
        capacity: int,
        batch: int = 1,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        shape = (config.layers, 2, batch, config.kv_heads, capacity, config.head_dim)
        self._buffer = torch.zeros(shape, device=device, dtype=dtype)
        self.length = 0
        self.prefix_length = 0

    @property
    def capacity(self) -> int:
        """Tokens that fit."""
        return self._buffer.shape[4]

    def append(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Store the new (B, kv_heads, T, head_dim) keys and values; return all so far (B, kv_heads, S, head_dim)."""
        end = self.length + key.shape[2]
        if end > self.capacity:
            raise ValueError(f"KV cache is full: {end} tokens, capacity {self.capacity}")
        keys, values = self._buffer[layer]
        keys[:, :, self.length : end] = key
        values[:, :, self.length : end] = value
        return keys[:, :, :end], values[:, :, :end]

    def advance(self, tokens: int) -> None:
        """Count the tokens that every layer has just appended."""
        if self.length == 0:
            self.prefix_length = tokens
        self.length += tokens
