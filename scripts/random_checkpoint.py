#!/usr/bin/env python3
"""Write a checkpoint with random weights in the published layout: for tests, timings and memory, not for reading.

    python scripts/random_checkpoint.py --out DIR [--model NAME] [--tiny] [--layers N] [--shards N] [--seed N]

- Same names, shapes, precision (bf16), config.json and tokenizer as the published repository: what loads and runs with
  these files loads and runs with those. The full size is 6.67 GB and takes as long as the disk does.
- Weights are about N(0, 1 / fan_in), norms 1, so that activations stay finite through all layers. They are cut out of
  one block of four million normal numbers, at an offset of its own for each tensor: not independent, but no two rows of
  a tensor are equal.
- Written as a stream; memory stays at a few hundred MB.
"""

from __future__ import annotations

import argparse
import json
import struct
import sys
from collections.abc import Iterator
from functools import cache
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from msgspec.structs import replace

from sokdok.model import config as configs
from sokdok.model.checkpoints.manifest import Shape, tensor_shapes
from sokdok.model.config import ClipConfig, ModelConfig, QueryEncoderConfig, SamConfig
from sokdok.tokens.deepseek import tokenizer_json

MODELS = configs.PUBLISHED

BLOCK = 4_194_301  # numbers drawn; a prime, so that rows of any width start at different places of the block
STRIDE = 1_299_709  # places between the beginnings of one tensor and the next; a prime too
ONE = 0x3F80  # 1.0 in bf16
EMBEDDINGS = ("pos_embed", "rel_pos_h", "rel_pos_w")
"""tables that are added or looked up: one row has the scale, not all of them"""


def tiny(config: ModelConfig) -> ModelConfig:
    """The same architecture a few layers deep and narrow, with the real vocabulary and what config.json can't say."""
    clip, queries = config.clip, config.query_encoder
    if clip is not None:
        clip = replace(clip, width=64, depth=2, heads=4, mlp_width=256)
    if queries is not None:
        queries = replace(queries, width=28)
    second = clip or queries
    sam = replace(config.sam, width=48, depth=3, heads=4, compressor_widths=(32, second.width), global_blocks=(1,))
    decoder = replace(
        config.decoder,
        hidden=64,
        layers=3,
        heads=4,
        kv_heads=4,
        head_dim=16,
        dense_ffn=128,
        moe_ffn=32,
        experts=8,
        experts_per_token=3,
    )
    return replace(config, sam=sam, clip=clip, query_encoder=queries, decoder=decoder)


def bf16(values: np.ndarray) -> np.ndarray:
    """float32 -> the upper 16 bits, rounded."""
    return ((values.view(np.uint32) + 0x8000) >> 16).astype(np.uint16)


class Weights:
    """Random tensors in bf16, a pure function of the seed and the order in which they are drawn."""

    def __init__(self, seed: int) -> None:
        self._block = np.random.default_rng(seed).standard_normal(BLOCK, dtype=np.float32)
        self._drawn = 0
        self._scaled = cache(lambda fan_in: bf16(self._block * np.float32(fan_in**-0.5)))

    def draw(self, name: str, shape: Shape) -> Iterator[np.ndarray]:
        """The tensor's numbers as uint16, in pieces."""
        elements = prod(shape)
        if len(shape) == 1 and name.endswith(".weight"):  # of a norm
            yield np.full(elements, ONE, np.uint16)
            return
        fan_in = shape[-1] if len(shape) == 1 or name.endswith(EMBEDDINGS) else prod(shape[1:])
        block, self._drawn = self._scaled(fan_in), self._drawn + 1
        at = self._drawn * STRIDE % BLOCK
        while elements:
            piece = block[at : at + elements]
            yield piece
            elements, at = elements - piece.size, 0


def config_json(config: ModelConfig) -> dict[str, Any]:
    """config.json as the original repositories write it: what their code hard-codes is not in it."""
    clip, second = config.clip, config.second_encoder
    values = {
        "architectures": ["DeepseekOCRForCausalLM" if clip else "DeepseekOCR2ForCausalLM"],
        "candidate_resolutions": [[config.sam.image_size, config.sam.image_size]],
        "global_view_pos": "head",
        "language_config": _language(config),
        "model_type": "deepseek_vl_v2",
        "projector_config": {
            "input_dim": second.width + (config.sam.out_width if clip else 0),
            "model_type": "mlp_projector",
            "n_embed": config.decoder.hidden,
            "projector_type": "linear",
        },
        "tile_tag": "2D",
        "torch_dtype": "bfloat16",
        "transformers_version": "4.46.3",
        "vision_config": {
            "image_size": config.sam.image_size,
            "mlp_ratio": 3.7362,
            "model_name": "deeplip_b_l" if clip else "deepencoderv2",
            "model_type": "vision",
            "width": {"sam_vit_b": _sam(config.sam)} | _second(second),
        },
    }
    window = config.decoder.sliding_window
    return values if window is None else values | {"sliding_window": window}


def _sam(sam: SamConfig) -> dict[str, Any]:
    return {
        "downsample_channels": list(sam.compressor_widths),
        "global_attn_indexes": list(sam.global_blocks),
        "heads": sam.heads,
        "layers": sam.depth,
        "width": sam.width,
    }


def _second(encoder: ClipConfig | QueryEncoderConfig) -> dict[str, Any]:
    if isinstance(encoder, QueryEncoderConfig):
        return {"qwen2-0-5b": {"dim": encoder.width}}
    clip = {
        "heads": encoder.heads,
        "image_size": encoder.image_size,
        "layers": encoder.depth,
        "patch_size": encoder.patch_size,
        "width": encoder.width,
    }
    return {"clip-l-14-224": clip}


def _language(config: ModelConfig) -> dict[str, Any]:
    decoder = config.decoder
    return {
        "architectures": ["DeepseekV2ForCausalLM"],
        "bos_token_id": config.bos_token_id,
        "eos_token_id": config.eos_token_id,
        "first_k_dense_replace": decoder.first_dense,
        "hidden_size": decoder.hidden,
        "intermediate_size": decoder.dense_ffn,
        "kv_lora_rank": None,
        "lm_head": True,
        "max_position_embeddings": decoder.max_positions,
        "moe_intermediate_size": decoder.moe_ffn,
        "n_group": 1,
        "n_routed_experts": decoder.experts,
        "n_shared_experts": decoder.shared_experts,
        "num_attention_heads": decoder.heads,
        "num_experts_per_tok": decoder.experts_per_token,
        "num_hidden_layers": decoder.layers,
        "num_key_value_heads": decoder.kv_heads,
        "q_lora_rank": None,
        # No latent attention: as published, and vLLM takes the decoder for one with it otherwise.
        **dict.fromkeys(("qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim"), 0),
        "topk_group": 1,
        "topk_method": "greedy",
        "torch_dtype": "bfloat16",
        "use_mla": False,
        "vocab_size": decoder.vocab,
    }


TOKENIZER_CONFIG = {
    "add_bos_token": True,
    "add_eos_token": False,
    "bos_token": "<｜begin▁of▁sentence｜>",
    "clean_up_tokenization_spaces": False,
    "eos_token": "<｜end▁of▁sentence｜>",
    "model_max_length": 1_000_000,
    "pad_token": "<｜▁pad▁｜>",
    "tokenizer_class": "LlamaTokenizerFast",
    "unk_token": None,
}


def write_checkpoint(config: ModelConfig, folder: Path, shards: int = 0, seed: int = 0) -> None:
    """Write a whole checkpoint folder; without `shards` one model.safetensors, else that many and their index."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "config.json", config_json(config))
    write_json(folder / "tokenizer.json", tokenizer_json())
    write_json(folder / "tokenizer_config.json", TOKENIZER_CONFIG)
    weights, shapes = Weights(seed), tensor_shapes(config)
    if not shards:
        write_tensors(folder / "model.safetensors", shapes, weights)
        return
    placed = {}
    parts = split(shapes, shards)
    for number, part in enumerate(parts, 1):
        name = f"model-{number:05}-of-{len(parts):06}.safetensors"
        write_tensors(folder / name, part, weights)
        placed |= dict.fromkeys(part, name)
    index = {"metadata": {"total_size": sum(map(bf16_bytes, shapes.values()))}, "weight_map": placed}
    write_json(folder / "model.safetensors.index.json", index)


def split(shapes: dict[str, Shape], shards: int) -> list[dict[str, Shape]]:
    """Runs of tensors of about equal bytes, in order; fewer than `shards` where one tensor is larger than a share."""
    total, before = sum(map(bf16_bytes, shapes.values())), 0
    parts: list[dict[str, Shape]] = [{} for _ in range(shards)]
    for name, shape in shapes.items():
        middle = before + bf16_bytes(shape) // 2
        parts[middle * shards // total][name] = shape
        before += bf16_bytes(shape)
    return [part for part in parts if part]


def bf16_bytes(shape: Shape) -> int:
    """Size of a tensor in bf16."""
    return 2 * prod(shape)


def write_tensors(path: Path, shapes: dict[str, Shape], weights: Weights) -> None:
    """Write one safetensors file, a tensor at a time, under a temporary name until it is whole."""
    partial = path.with_name(path.name + ".tmp")
    with partial.open("wb") as file:
        write_header(file, shapes)
        for name, shape in shapes.items():
            for piece in weights.draw(name, shape):
                file.write(piece.data)
    partial.replace(path)


def write_header(file: BinaryIO, shapes: dict[str, Shape]) -> None:
    """The JSON header, padded with spaces so that the data begin at a multiple of eight bytes, as the format asks."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in shapes.items():
        begin, end = end, end + bf16_bytes(shape)
        header[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file.write(struct.pack("<Q", len(text)) + text)


def write_json(path: Path, values: Any) -> None:
    """Readable JSON, characters as they are."""
    path.write_text(json.dumps(values, ensure_ascii=False, indent=1), encoding="utf-8")


def main(arguments: list[str] | None = None) -> None:
    """Run the script."""
    parser = argparse.ArgumentParser(description="Write a checkpoint with random weights in the published layout.")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--model", choices=list(MODELS), default="deepseek-ocr", help="default: %(default)s")
    parser.add_argument("--tiny", action="store_true", help="few layers, small widths, the real vocabulary (35 MB)")
    parser.add_argument("--layers", type=int, help="decoder layers (default: 3 with --tiny, else as published)")
    parser.add_argument("--shards", type=int, default=0, help="files with an index (default: one file, no index)")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    options = parser.parse_args(arguments)
    config = MODELS[options.model]
    if options.tiny:
        config = tiny(config)
    if options.layers:
        config = replace(config, decoder=replace(config.decoder, layers=options.layers))
    write_checkpoint(config, options.out, options.shards, options.seed)
    print(f"{options.out}: {sum(map(bf16_bytes, tensor_shapes(config).values())):,} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
