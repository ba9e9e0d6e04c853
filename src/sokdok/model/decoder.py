"""The DeepSeek decoder: twelve layers that read vision tokens and write text.

- DeepSeek-V2 with plain attention instead of MLA: RMSNorm, rotate-half RoPE, SwiGLU, no biases.
- From `first_dense` on, a layer mixes experts: fp32 softmax router, greedy top-k, weights *not* renormalised,
  plus shared experts for every token. Expert outputs are weighted and summed in fp32, as in the published code.
- Optional reference sliding window (Unlimited-OCR): the prefill stays visible, text sees only its last tokens.
- The stack (`layers`, `norm`) works on embeddings; vocabulary and head live in `deepseek_ocr.py`.

Shapes: B sequences, T new tokens, S keys (cached and new), D hidden.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sokdok.model.cache import KVCache
from sokdok.model.config import DecoderConfig

Rope = tuple[Tensor, Tensor]
"""Cosine and sine, each (B, 1, T, head_dim)."""


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


def rope_table(positions: Tensor, head_dim: int, theta: float, dtype: torch.dtype) -> Rope:
    """Rotations for positions (B, T), computed in fp32."""
    half = torch.arange(0, head_dim, 2, device=positions.device, dtype=torch.float32)
    angles = positions.float()[..., None] / theta ** (half / head_dim)
    angles = torch.cat((angles, angles), dim=-1)[:, None]
    return angles.cos().to(dtype), angles.sin().to(dtype)


def rotate(x: Tensor, rope: Rope) -> Tensor:
    """Turn the (first half, second half) pairs of x (B, heads, T, head_dim) by their angles."""
    cos, sin = rope
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-second, first), dim=-1) * sin


class RMSNorm(nn.Module):
    """x / rms(x) in fp32, cast back, times a weight."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        wide = x.float()
        wide = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + self.eps)
        return self.weight * wide.to(x.dtype)


class Attention(nn.Module):
    """Causal attention with rotary positions; grouped keys and values when kv_heads < heads."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.head_dim = config.head_dim
        self.groups = config.heads // config.kv_heads
        kv_width = config.kv_heads * self.head_dim
        self.q_proj = nn.Linear(config.hidden, config.heads * self.head_dim, bias=False)
        self.k_proj = nn.Linear(config.hidden, kv_width, bias=False)
        self.v_proj = nn.Linear(config.hidden, kv_width, bias=False)
        self.o_proj = nn.Linear(config.heads * self.head_dim, config.hidden, bias=False)

    def _heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (-1, self.head_dim)).transpose(1, 2)

    def project(self, x: Tensor, rope: Rope) -> tuple[Tensor, Tensor, Tensor]:
        """Rotated query (B, heads, T, head_dim), rotated key and value (B, kv_heads, T, head_dim)."""
        query, key = rotate(self._heads(self.q_proj(x)), rope), rotate(self._heads(self.k_proj(x)), rope)
        return query, key, self._heads(self.v_proj(x))

    def forward(self, x: Tensor, rope: Rope, mask: Tensor | None, cache: KVCache | None, layer: int) -> Tensor:
        """mask: bool, broadcastable to (B, 1, T, S); None hides nothing but the future."""
        query, key, value = self.project(x, rope)
        if cache is not None:
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
        self.gate_proj = nn.Linear(width, hidden, bias=False)
        self.up_proj = nn.Linear(width, hidden, bias=False)
        self.down_proj = nn.Linear(hidden, width, bias=False)

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
        """Weighted sum of each token's experts, x (N, D). Tokens are gathered so that an active expert runs once."""
        weights, indices = self.gate(x)
        order = indices.flatten().argsort(stable=True)
        tokens = order // indices.shape[1]
        counts = torch.bincount(indices.flatten(), minlength=len(self.experts)).tolist()
        runs = x[tokens].split(counts)
        outputs = [expert(run) for expert, run in zip(self.experts, runs, strict=True) if run.shape[0]]
        gathered = torch.cat(outputs)
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
    """Embeddings (B, T, D) -> hidden states after the final norm (B, T, D). See `Decoder.forward`."""
    tokens, past = inputs_embeds.shape[1], cache.length if cache is not None else 0
    if positions is None:
        positions = torch.arange(past, past + tokens, device=inputs_embeds.device)[None]
    if mask is None:
        mask = _default_mask(config, tokens, cache, inputs_embeds.device)
    rope = rope_table(positions, config.head_dim, config.rope_theta, inputs_embeds.dtype)
    x = inputs_embeds
    for layer in layers:
        x = layer(x, rope, mask, cache)
    if cache is not None:
        cache.advance(tokens)
    return norm(x)


def _default_mask(config: DecoderConfig, tokens: int, cache: KVCache | None, device: torch.device) -> Tensor | None:
    """None where plain causal attention needs no mask; the first call on a cache is the prefill, which sees itself."""
    if cache is None or cache.length == 0:
        return None
    if config.sliding_window is None:
        return None if tokens == 1 else causal_mask(tokens, cache.length, device=device)
    return causal_mask(tokens, cache.length, cache.prefix_length, config.sliding_window, device)


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
        """Embeddings (B, T, D) -> hidden states after the final norm (B, T, D).

        positions (B, T): default counts on from the cache. mask: bool (True = visible), broadcastable to (B, 1, T, S);
        default causal, with the reference sliding window once the cache holds a prefill.
        """
        return run_layers(self.config, self.layers, self.norm, inputs_embeds, positions, mask, cache)
