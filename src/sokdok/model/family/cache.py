"""Keys and values of the tokens already read, preallocated; every row of a batch fills at its own pace.

- A slice of a cache (`cache[2:3]`, `cache[:5]`) shares its memory and its lengths: prefill one row, decode the first
  five.
- With a sliding window a row holds its prefill and a ring of the last `window` tokens: memory and time per token stay
  constant however long the output grows. Keys carry their rotary position, so their order in memory means nothing.

Shapes: B rows, T new tokens, S keys in use.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn

from sokdok.model.config import DecoderConfig
from sokdok.model.kernels.step import Step, steppable

Slots = slice | tuple[Tensor, Tensor]  # Where the new keys go: the same place in all rows, or one place in each.


def causal_mask(
    tokens: int,
    past: int = 0,
    prefix_length: int = 0,
    window: int | None = None,
    device: torch.device | str | None = None,
) -> Tensor:
    """Which of the past + tokens keys each of the last `tokens` queries sees: bool (1, 1, tokens, past + tokens).

    Key k is visible to query q iff k <= q and, with a window, (k < prefix_length or k > q - window): the window counts
    the query itself.
    """
    query = torch.arange(past, past + tokens, device=device)[:, None]
    key = torch.arange(past + tokens, device=device)[None, :]
    visible = key <= query
    if window is not None:
        visible = visible & ((key < prefix_length) | (key > query - window))
    return visible[None, None]


def _zeros(shape: tuple[int, ...], device: torch.device | str | None, dtype: torch.dtype) -> Tensor:
    """Zeros that take no memory on a CPU until something is written: most pages end long before the capacity."""
    if torch.device(device or "cpu").type != "cpu":
        return torch.zeros(shape, device=device, dtype=dtype)
    untouched = np.zeros((*shape[:-1], shape[-1] * dtype.itemsize), np.uint8)  # torch's own would write each one
    return torch.from_numpy(untouched).view(dtype)


class KVCache:
    """Buffers of `capacity` tokens for `batch` rows and all layers.

    A row's first call is its prefill, which a reference sliding window keeps visible.
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
        self._buffer = _zeros(shape, device, dtype or torch.get_default_dtype())
        self.window = config.sliding_window
        self.lengths = np.zeros(batch, np.int64)
        """tokens read, by row"""
        self.prefixes = np.zeros(batch, np.int64)
        """tokens of the prefill, by row"""
        self._slots: Slots = slice(0, 0)
        self._span = 0
        self._starts = self._used = np.zeros(batch, np.int64)
        """of a single token: its place, and how many keys it sees, itself included"""
        self._step: list[Step] = []
        """the kernel for such tokens, once there is one; slices share it"""

    def __getitem__(self, rows: slice) -> Self:
        """Some of the rows: a cache of its own that shares memory and lengths with this one."""
        part = object.__new__(type(self))
        part.window, part._slots, part._span, part._step = self.window, slice(0, 0), 0, self._step
        part._starts = part._used = np.zeros(0, np.int64)
        part._buffer = self._buffer[:, :, rows]
        part.lengths, part.prefixes = self.lengths[rows], self.prefixes[rows]
        return part

    @property
    def capacity(self) -> int:
        """Tokens that fit in a row."""
        return self._buffer.shape[4]

    def used(self, lengths: np.ndarray) -> np.ndarray:
        """Keys that rows of such lengths (B,) hold: all, or the prefill and one window."""
        return lengths if self.window is None else np.minimum(lengths, self.prefixes + self.window)

    def begin(self, tokens: int) -> tuple[Tensor, Tensor | None]:
        """Make ready for T new tokens in every row: their positions (B, T), and the mask (B or 1, 1, T, S) or None.

        More than one token at a time needs rows of equal length and, but for the prefill, no window.
        Raises ValueError if they don't fit.
        """
        device, first = self._buffer.device, int(self.lengths[0])
        positions = torch.from_numpy(self.lengths[:, None] + np.arange(tokens)).to(device)
        even = bool((self.lengths == first).all() and (self.prefixes == self.prefixes[0]).all())
        if tokens > 1:
            if not even or (self.window is not None and first > 0):
                raise ValueError("several tokens at once need rows of equal length, and no window behind the prefill")
            self._place(slice(first, first + tokens), first + tokens)
            return positions, causal_mask(tokens, first, device=device) if first else None
        starts = self.lengths
        if self.window is not None:
            starts = self.prefixes + (self.lengths - self.prefixes) % self.window
        used = self.used(self.lengths + 1)
        self._starts, self._used = starts, used
        if even:
            self._place(slice(int(starts[0]), int(starts[0]) + 1), int(used[0]))
            return positions, None
        rows = torch.arange(len(starts), device=device)
        self._place((rows, torch.from_numpy(starts).to(device)), int(used.max()))
        visible = torch.arange(self._span, device=device) < torch.from_numpy(used).to(device)[:, None]
        return positions, visible[:, None, None]

    def _place(self, slots: Slots, span: int) -> None:
        """Where the new keys go, and how many keys are in use then, which no slot lies beyond."""
        if span > self.capacity:
            raise ValueError(f"KV cache is full: {span} tokens, capacity {self.capacity}")
        self._slots, self._span = slots, span

    def append(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Store one layer's new (B, kv_heads, T, head_dim); return what is in use (B, kv_heads, S, head_dim)."""
        keys, values = self._buffer[layer]
        if isinstance(self._slots, slice):
            keys[:, :, self._slots], values[:, :, self._slots] = key, value
        else:
            rows, places = self._slots
            keys[rows, :, places], values[rows, :, places] = key[:, :, 0], value[:, :, 0]
        return keys[:, :, : self._span], values[:, :, : self._span]

    def step(self, config: DecoderConfig, layers: Iterable[nn.Module], x: Tensor) -> Tensor | None:
        """One token a row (B, 1, D), made ready for by `begin`, through all layers at once: hidden states before the
        last norm, fp32; None where no kernel takes it.
        """
        if not steppable(config, x, self._buffer):
            return None
        if not self._step:
            self._step.append(Step(config, layers))
        return self._step[0](x, self._buffer, self.lengths, self._starts, self._used)

    def advance(self, tokens: int) -> None:
        """Count the tokens that every layer has just appended."""
        np.copyto(self.prefixes, tokens, where=self.lengths == 0)
        self.lengths += tokens

    def move(self, source: int, target: int) -> None:
        """Put row `source` in the place of row `target`, which is lost, and leave `source` empty."""
        if source != target:
            used = int(self.used(self.lengths)[source])
            self._buffer[:, :, target, :, :used] = self._buffer[:, :, source, :, :used]
            self.lengths[target], self.prefixes[target] = self.lengths[source], self.prefixes[source]
        self.lengths[source] = self.prefixes[source] = 0
