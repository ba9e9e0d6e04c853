"""The DeepSeek decoder: twelve layers that read vision tokens and write text, and the cache of what they have read.

- DeepSeek-V2 with plain attention instead of MLA: RMSNorm, rotate-half RoPE, SwiGLU, no biases.
- From `first_dense` on, a layer mixes experts: fp32 softmax router, greedy top-k, weights *not* renormalised,
  plus shared experts for every token. Expert outputs are weighted and summed in fp32, as in the published code.
- Optional reference sliding window (Unlimited-OCR): the prefill stays visible, text sees only its last tokens. A row of
  the cache then holds its prefill and a ring of the last `window` tokens: memory and time per token stay constant
  however long the output grows. Keys carry their rotary position, so their order in memory means nothing.
- One token a row on a CPU goes through all layers in one compiled call (`kernels`); anything else through torch.
- The stack (`layers`, `norm`) works on embeddings; vocabulary and head live in `deepseek_ocr.py`.

Shapes: B sequences (rows of the cache), T new tokens, S keys (cached and new), D hidden.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sokdok.model import kernels
from sokdok.model.config import DecoderConfig
from sokdok.model.kernels import Step, steppable

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
        self.lengths = np.zeros(batch, np.int64)  # tokens read, by row
        self.prefixes = np.zeros(batch, np.int64)  # tokens of the prefill, by row
        self._slots: Slots = slice(0, 0)
        self._span = 0
        self._starts = self._used = np.zeros(batch, np.int64)
        """of a single token: its place, and how many keys it sees, itself included"""
        self._step: list[Step] = []  # the kernel for such tokens, once there is one; slices share it

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


Rope = tuple[Tensor, Tensor]  # Cosine and sine, each (B, 1, T, head_dim).


def rope_table(positions: Tensor, head_dim: int, theta: float, dtype: torch.dtype) -> Rope:
    """Compute rotations for positions (B, T), in fp32 (RoPE: Su et al. 2021)."""
    # Pair i turns by theta ** (-2 i / head_dim) a position; both halves of a head share the angles (rotate-half).
    half = torch.arange(0, head_dim, 2, device=positions.device, dtype=torch.float32)
    angles = positions.float()[..., None] / theta ** (half / head_dim)
    angles = torch.cat((angles, angles), dim=-1)[:, None]
    return angles.cos().to(dtype), angles.sin().to(dtype)


def rotate(x: Tensor, rope: Rope) -> Tensor:
    """Turn the (first half, second half) pairs of x (B, heads, T, head_dim) by their angles."""
    cos, sin = rope
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-second, first), dim=-1) * sin


class Linear(nn.Linear):
    """A linear layer without bias, as everywhere in the decoder."""

    def __init__(self, width: int, out: int) -> None:
        super().__init__(width, out, bias=False)

    @property
    def pair(self) -> kernels.Weight:
        """The weight, as the kernels take it."""
        return self.weight, None


class RMSNorm(nn.Module):
    """x / rms(x), in fp32, times a weight."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, self.weight.shape, self.weight, self.eps)


class Attention(nn.Module):
    """Causal attention with rotary positions; grouped keys and values when kv_heads < heads."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.head_dim = config.head_dim
        self.groups = config.heads // config.kv_heads
        kv_width = config.kv_heads * self.head_dim
        self.q_proj = Linear(config.hidden, config.heads * self.head_dim)
        self.k_proj = Linear(config.hidden, kv_width)
        self.v_proj = Linear(config.hidden, kv_width)
        self.o_proj = Linear(config.heads * self.head_dim, config.hidden)

    def _heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (-1, self.head_dim)).transpose(1, 2)

    def project(self, x: Tensor, rope: Rope) -> tuple[Tensor, Tensor, Tensor]:
        """Project x to rotated query (B, heads, T, head_dim), rotated key and value (B, kv_heads, T, head_dim)."""
        query, key = self._heads(self.q_proj(x)), self._heads(self.k_proj(x))
        # One rotation of both at once: at a token a step the number of calls is what costs.
        both = rotate(torch.cat((query, key), 1), rope)
        return both[:, : query.shape[1]], both[:, query.shape[1] :], self._heads(self.v_proj(x))

    def forward(self, x: Tensor, rope: Rope, mask: Tensor | None, cache: KVCache | None, layer: int) -> Tensor:
        """Attend from x (B, T, D); mask: bool, broadcastable to (B, 1, T, S), None hides nothing but the future."""
        query, key, value = self.project(x, rope)
        if cache is not None:  # from here on keys and values are those of all tokens, S
            key, value = cache.append(layer, key, value)
        if self.groups > 1:
            key, value = key.repeat_interleave(self.groups, 1), value.repeat_interleave(self.groups, 1)
        # Without a mask there are two cases only: all tokens are new, or one new token sees the whole cache.
        causal = mask is None and query.shape[2] > 1
        out = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=causal)
        return self.o_proj(out.transpose(1, 2).flatten(2))


class SwiGLU(nn.Module):
    """down(silu(gate(x)) * up(x)), no biases."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.gate_proj = Linear(width, hidden)
        self.up_proj = Linear(width, hidden)
        self.down_proj = Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Router(nn.Module):
    """Top-k experts per token: x (N, D) -> weights fp32 (N, k), indices (N, k)."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.top_k = config.experts_per_token
        self.weight = nn.Parameter(torch.empty(config.experts, config.hidden))
        nn.init.kaiming_uniform_(self.weight, a=5**0.5)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        # In fp32, as published: in bf16 close experts would tie and tokens go astray.
        probabilities = F.linear(x.float(), self.weight.float()).softmax(-1)
        weights, indices = probabilities.topk(self.top_k, dim=-1)
        return weights, indices


class MixtureOfExperts(nn.Module):
    """Routed experts plus shared ones: (B, T, D) -> (B, T, D)."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.gate = Router(config)
        self.experts = nn.ModuleList(SwiGLU(config.hidden, config.moe_ffn) for _ in range(config.experts))
        shared = config.moe_ffn * config.shared_experts
        self.shared_experts = SwiGLU(config.hidden, shared) if shared else None

    def routed(self, x: Tensor) -> Tensor:
        """Sum the outputs of each token's experts by weight, x (N, D)."""
        weights, indices = self.gate(x)
        # Sort the N * k (token, expert) pairs by expert, so that each expert runs once over all of its tokens.
        order = indices.flatten().argsort(stable=True)
        tokens = order // indices.shape[1]
        counts = torch.bincount(indices.flatten(), minlength=len(self.experts)).tolist()
        runs = x[tokens].split(counts)
        # Experts without tokens are left out: a step of few tokens reads few weights.
        outputs = [expert(run) for expert, run in zip(self.experts, runs, strict=True) if run.shape[0]]
        gathered = torch.cat(outputs)
        # Back in the order of (token, its k experts), then summed in fp32: bf16 sums would differ from the published.
        by_slot = torch.empty_like(gathered).index_copy(0, order, gathered).unflatten(0, indices.shape)
        return (by_slot.float() * weights[..., None]).sum(1).to(x.dtype)

    def forward(self, x: Tensor) -> Tensor:
        out = self.routed(x.flatten(0, 1)).unflatten(0, x.shape[:2])
        return out if self.shared_experts is None else out + self.shared_experts(x)


class DecoderLayer(nn.Module):
    """Pre-norm block: attention, then a dense or mixed feed-forward."""

    def __init__(self, config: DecoderConfig, index: int) -> None:
        super().__init__()
        self.index = index
        self.input_layernorm = RMSNorm(config.hidden, config.norm_eps)
        self.self_attn = Attention(config)
        self.post_attention_layernorm = RMSNorm(config.hidden, config.norm_eps)
        self.mlp = MixtureOfExperts(config) if config.is_moe(index) else SwiGLU(config.hidden, config.dense_ffn)

    def forward(self, x: Tensor, rope: Rope, mask: Tensor | None = None, cache: KVCache | None = None) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), rope, mask, cache, self.index)
        return x + self.mlp(self.post_attention_layernorm(x))


def run_layers(
    config: DecoderConfig,
    layers: Iterable[nn.Module],
    norm: nn.Module,
    inputs_embeds: Tensor,
    positions: Tensor | None = None,
    mask: Tensor | None = None,
    cache: KVCache | None = None,
) -> Tensor:
    """Run embeddings (B, T, D) through layers and final norm: hidden states (B, T, D). See `Decoder.forward`."""
    tokens, device = inputs_embeds.shape[1], inputs_embeds.device
    if cache is not None:
        positions, mask = cache.begin(tokens)
    elif positions is None:
        positions = torch.arange(tokens, device=device)[None]
    # The fast path: one token a row, on a CPU, in one compiled call through all layers.
    if cache is not None and tokens == 1 and (step := cache.step(config, layers, inputs_embeds)) is not None:
        cache.advance(1)
        return norm(step.to(inputs_embeds.dtype))
    # The plain path: the angles are the same in every layer, so they are computed once.
    rope = rope_table(positions, config.head_dim, config.rope_theta, inputs_embeds.dtype)
    x = inputs_embeds
    for layer in layers:
        x = layer(x, rope, mask, cache)
    if cache is not None:
        cache.advance(tokens)
    return norm(x)


class Decoder(nn.Module):
    """The layer stack and final norm, on embeddings."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.config = config
        self.layers = nn.ModuleList(DecoderLayer(config, index) for index in range(config.layers))
        self.norm = RMSNorm(config.hidden, config.norm_eps)

    def forward(
        self,
        inputs_embeds: Tensor,
        positions: Tensor | None = None,
        mask: Tensor | None = None,
        cache: KVCache | None = None,
    ) -> Tensor:
        """Run embeddings (B, T, D) through the stack: hidden states after the final norm (B, T, D).

        positions (B, T): default from 0 on. mask: bool (True = visible), broadcastable to (B, 1, T, T); default causal.
        A cache knows both: tokens count on from it, and behind its prefill the reference sliding window holds.
        """
        return run_layers(self.config, self.layers, self.norm, inputs_embeds, positions, mask, cache)
