"""Which tensors a checkpoint of a configuration holds, and what they weigh. No torch.

- Written from the published checkpoints' names and shapes, not from our modules: a loader that accepts a file by this
  table accepts the published one. A test holds the modules to the same table.
- DeepSeek-OCR: 2,710 tensors, 3,336,106,240 parameters, 6,672,212,480 bytes in bf16. DeepSeek-OCR-2: 2,707 tensors,
  3,389,119,360 parameters, 6,778,238,720 bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import prod
from typing import Any

from sokdok.model.config import ClipConfig, DecoderConfig, ModelConfig, QueryEncoderConfig, SamConfig

Shape = tuple[int, ...]
Entry = tuple[str, Shape]

BF16_BYTES = 2


def tensor_shapes(config: ModelConfig) -> dict[str, Shape]:
    """Every tensor of the checkpoint: name -> shape."""
    parts = _parts(config)
    return {name: shape for entries in parts.values() for name, shape in entries}


def describe(config: ModelConfig) -> dict[str, Any]:
    """Totals for people and loaders, JSON-ready. Bytes are those of bf16."""
    parts = {name: sum(prod(shape) for _, shape in entries) for name, entries in _parts(config).items()}
    parameters = sum(parts.values())
    return {
        "name": config.name,
        "tensors": len(tensor_shapes(config)),
        "parameters": parameters,
        "bytes_bf16": BF16_BYTES * parameters,
        "parts": parts,
        "active_parameters_per_token": active_parameters(config.decoder),
        "config": config.to_dict(),
    }


def active_parameters(config: DecoderConfig) -> int:
    """Decoder parameters that one token's step multiplies with, head included; the embedding is a look-up."""
    total = sum(prod(shape) for name, shape in _decoder(config) if name != "model.embed_tokens.weight")
    moe_layers = sum(config.is_moe(layer) for layer in range(config.layers))
    idle = config.experts - config.experts_per_token
    return total - moe_layers * idle * 3 * config.hidden * config.moe_ffn


def _parts(config: ModelConfig) -> dict[str, list[Entry]]:
    parts = {"sam": _prefixed("model.sam_model", _sam(config.sam))}
    if isinstance(config.second_encoder, QueryEncoderConfig):
        parts["query_encoder"] = _prefixed("model.qwen2_model", _query_encoder(config.second_encoder))
    else:
        parts["clip"] = _prefixed("model.vision_model", _clip(config.second_encoder))
    return parts | {"projector": list(_projector(config)), "decoder": list(_decoder(config.decoder))}


def _prefixed(prefix: str, entries: Iterable[Entry]) -> list[Entry]:
    return [(f"{prefix}.{name}", shape) for name, shape in entries]


def _affine(name: str, weight: Shape) -> Iterator[Entry]:
    """A weight and the bias of its first dimension: linear layers, convolutions, norms."""
    yield f"{name}.weight", weight
    yield f"{name}.bias", weight[:1]


def _sam(config: SamConfig) -> Iterator[Entry]:
    yield "pos_embed", (1, config.grid, config.grid, config.width)
    yield from _affine("patch_embed.proj", (config.width, 3, config.patch_size, config.patch_size))
    for block in range(config.depth):
        yield from _sam_block(config, block)
    neck, (half, quarter) = config.neck_width, config.compressor_widths
    yield "neck.0.weight", (neck, config.width, 1, 1)
    yield from _affine("neck.1", (neck,))
    yield "neck.2.weight", (neck, neck, 3, 3)
    yield from _affine("neck.3", (neck,))
    yield "net_2.weight", (half, neck, 3, 3)
    yield "net_3.weight", (quarter, half, 3, 3)


def _sam_block(config: SamConfig, block: int) -> Iterator[Entry]:
    width, hidden = config.width, int(config.width * config.mlp_ratio)
    side = config.grid if block in config.global_blocks else config.window
    name = f"blocks.{block}"
    yield from _affine(f"{name}.norm1", (width,))
    yield f"{name}.attn.rel_pos_h", (2 * side - 1, width // config.heads)
    yield f"{name}.attn.rel_pos_w", (2 * side - 1, width // config.heads)
    yield from _affine(f"{name}.attn.qkv", (3 * width, width))
    yield from _affine(f"{name}.attn.proj", (width, width))
    yield from _affine(f"{name}.norm2", (width,))
    yield from _affine(f"{name}.mlp.lin1", (hidden, width))
    yield from _affine(f"{name}.mlp.lin2", (width, hidden))


def _clip(config: ClipConfig) -> Iterator[Entry]:
    width = config.width
    yield "embeddings.class_embedding", (width,)
    yield "embeddings.patch_embedding.weight", (width, 3, config.patch_size, config.patch_size)
    yield "embeddings.position_embedding.weight", (config.grid**2 + 1, width)
    yield from _affine("pre_layrnorm", (width,))
    for layer in range(config.depth):
        name = f"transformer.layers.{layer}"
        yield from _affine(f"{name}.layer_norm1", (width,))
        yield from _affine(f"{name}.self_attn.qkv_proj", (3 * width, width))
        yield from _affine(f"{name}.self_attn.out_proj", (width, width))
        yield from _affine(f"{name}.layer_norm2", (width,))
        yield from _affine(f"{name}.mlp.fc1", (config.mlp_width, width))
        yield from _affine(f"{name}.mlp.fc2", (width, config.mlp_width))


def _query_encoder(config: QueryEncoderConfig) -> Iterator[Entry]:
    stack = config.stack
    for layer in range(config.depth):
        name = f"model.model.layers.{layer}"
        yield from _decoder_layer(name, stack, layer)
        yield f"{name}.self_attn.q_proj.bias", (config.width,)
        yield f"{name}.self_attn.k_proj.bias", (stack.kv_heads * stack.head_dim,)
        yield f"{name}.self_attn.v_proj.bias", (stack.kv_heads * stack.head_dim,)
    yield "model.model.norm.weight", (config.width,)
    for side in config.sides:
        yield f"query_{side}.weight", (config.queries(side), config.width)


def _projector(config: ModelConfig) -> Iterator[Entry]:
    """CLIP's tokens are joined with SAM's and end in newlines; the query encoder's are a plain sequence."""
    hidden = config.decoder.hidden
    if config.clip is None:
        yield from _affine("model.projector.layers", (hidden, config.second_encoder.width))
    else:
        yield from _affine("model.projector.layers", (hidden, config.clip.width + config.sam.out_width))
        yield "model.image_newline", (hidden,)
    yield "model.view_seperator", (hidden,)


def _decoder(config: DecoderConfig) -> Iterator[Entry]:
    yield "model.embed_tokens.weight", (config.vocab, config.hidden)
    for layer in range(config.layers):
        yield from _decoder_layer(f"model.layers.{layer}", config, layer)
    yield "model.norm.weight", (config.hidden,)
    yield "lm_head.weight", (config.vocab, config.hidden)


def _decoder_layer(name: str, config: DecoderConfig, layer: int) -> Iterator[Entry]:
    hidden = config.hidden
    queries: int = config.heads * config.head_dim
    keys: int = config.kv_heads * config.head_dim
    yield f"{name}.input_layernorm.weight", (hidden,)
    yield f"{name}.post_attention_layernorm.weight", (hidden,)
    yield f"{name}.self_attn.q_proj.weight", (queries, hidden)
    yield f"{name}.self_attn.k_proj.weight", (keys, hidden)
    yield f"{name}.self_attn.v_proj.weight", (keys, hidden)
    yield f"{name}.self_attn.o_proj.weight", (hidden, queries)
    if not config.is_moe(layer):
        yield from _swiglu(f"{name}.mlp", hidden, config.dense_ffn)
        return
    yield f"{name}.mlp.gate.weight", (config.experts, hidden)
    for expert in range(config.experts):
        yield from _swiglu(f"{name}.mlp.experts.{expert}", hidden, config.moe_ffn)
    if config.shared_experts:
        yield from _swiglu(f"{name}.mlp.shared_experts", hidden, config.moe_ffn * config.shared_experts)


def _swiglu(name: str, hidden: int, inner: int) -> Iterator[Entry]:
    yield f"{name}.gate_proj.weight", (inner, hidden)
    yield f"{name}.up_proj.weight", (inner, hidden)
    yield f"{name}.down_proj.weight", (hidden, inner)
