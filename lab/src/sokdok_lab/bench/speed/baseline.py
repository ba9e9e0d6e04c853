"""Load the same random weights into sokdok's model and into transformers', so that their speeds can be compared.

- Weights are written once, in the published layout, and each side loads them its own way; logits are compared first.
- transformers runs as its users get it, in eager bf16, with its default kernel for the experts and with its plain loop;
  the faster of the two counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from msgspec.structs import replace
from torch import Tensor

from sokdok.errors import MissingExtraError
from sokdok.model.checkpoints.manifest import tensor_shapes
from sokdok.model.config import DEEPSEEK_OCR, UNLIMITED_OCR, ModelConfig
from sokdok.model.family.decoder import KVCache
from sokdok.model.family.deepseek_ocr import DeepseekOCR

MODELS = {config.name: config for config in (DEEPSEEK_OCR, UNLIMITED_OCR)}
EXPERTS = ("grouped_mm", "eager")  # Kernels of transformers for experts: its default, and its loop over them.
SCALE = 0.03  # Bound of the random weights.
_BLOCK_WEIGHTS = 1 << 22  # Random numbers that are drawn once, and of which all tensors are made.
_SHARD_TENSORS = 200  # Tensors of one file.


def shortened(config: ModelConfig, layers: int | None) -> ModelConfig:
    """Return the model with fewer decoder layers, where memory asks for it."""
    return config if layers is None else replace(config, decoder=replace(config.decoder, layers=layers))


def write(config: ModelConfig, folder: Path, seed: int = 0) -> None:
    """Write a checkpoint of random bf16 weights, uniform in +-SCALE, norms near 1, that both sides load."""
    from safetensors.torch import save_file

    generator = torch.Generator().manual_seed(seed)
    block = (torch.rand(_BLOCK_WEIGHTS, generator=generator) * 2 - 1).mul_(SCALE).bfloat16()
    entries = list(enumerate(_tensors(config)))
    index: dict[str, str] = {}
    for start in range(0, len(entries), _SHARD_TENSORS):  # one shard in memory at a time
        file = f"model-{start:05d}.safetensors"
        shard = {
            name: _random(name, shape, block, number)
            for number, (name, shape) in entries[start : start + _SHARD_TENSORS]
        }
        save_file(shard, folder / file, metadata={"format": "pt"})
        index |= dict.fromkeys(shard, file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))
    (folder / "config.json").write_text(json.dumps(_transformers_config(config).to_dict()), encoding="utf-8")


def _tensors(config: ModelConfig) -> Iterator[tuple[str, tuple[int, ...]]]:
    for name, shape in tensor_shapes(config).items():
        if "patch_embedding" not in name:  # unused, and unknown to transformers
            yield name, shape


def _random(name: str, shape: tuple[int, ...], block: Tensor, index: int) -> Tensor:
    """Return weights from another place of one block for each tensor: to draw billions would take minutes."""
    count = torch.Size(shape).numel()
    shifted = block.roll(index * 7919)
    values = shifted.repeat(-(-count // len(block)))[:count].reshape(shape)
    return values + 1 if "norm" in name and name.endswith("weight") and len(shape) == 1 else values


def _transformers_config(config: ModelConfig) -> Any:
    """Return a configuration as transformers has it. Raises MissingExtraError without transformers."""
    try:
        from transformers import UnlimitedOcrConfig
    except ImportError:
        raise MissingExtraError("dev", "the comparison with transformers") from None
    sam, clip, text = config.sam, config.clip, config.decoder
    assert clip is not None
    window = text.sliding_window
    return UnlimitedOcrConfig(
        vision_config={
            "sam_config": {
                "hidden_size": sam.width,
                "num_hidden_layers": sam.depth,
                "num_attention_heads": sam.heads,
                "image_size": sam.image_size,
                "window_size": sam.window,
                "global_attn_indexes": list(sam.global_blocks),
                "mlp_dim": int(sam.width * sam.mlp_ratio),
                "output_channels": sam.neck_width,
                "downsample_channels": list(sam.compressor_widths),
            },
            "encoder_config": {
                "hidden_size": clip.width,
                "num_hidden_layers": clip.depth,
                "num_attention_heads": clip.heads,
                "intermediate_size": clip.mlp_width,
                "image_size": clip.image_size,
                "patch_size": clip.patch_size,
            },
        },
        text_config={
            "hidden_size": text.hidden,
            "num_hidden_layers": text.layers,
            "num_attention_heads": text.heads,
            "num_key_value_heads": text.kv_heads,
            "intermediate_size": text.dense_ffn,
            "moe_intermediate_size": text.moe_ffn,
            "n_routed_experts": text.experts,
            "num_experts_per_tok": text.experts_per_token,
            "n_shared_experts": text.shared_experts,
            "vocab_size": text.vocab,
            "max_position_embeddings": text.max_positions,
            "sliding_window": window or 128,  # an integer even where no layer uses it
            "layer_types": ["reference_sliding_attention" if window else "full_attention"] * text.layers,
            "mlp_layer_types": ["sparse" if text.is_moe(layer) else "dense" for layer in range(text.layers)],
        },
        image_token_id=config.image_token_id,
    )


class Transformers:
    """transformers' model of the family, behind the calls that are timed."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        from transformers import UnlimitedOcrForConditionalGeneration
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()
        model: Any = UnlimitedOcrForConditionalGeneration.from_pretrained(folder, dtype=torch.bfloat16)
        self.model = model.to(device).eval()
        self.device = device

    def use(self, experts: str) -> None:
        """Choose which of `EXPERTS` computes the mixtures."""
        self.model.set_experts_implementation(experts)

    def see(self, pixels: Tensor) -> Tensor:
        """Return the token sequence (N, D) of an image's pixels (1, 3, H, W)."""
        return self.model.get_image_features(pixel_values=pixels).pooler_output[0]

    def prefill(self, ids: Tensor) -> tuple[Any, Tensor]:
        """Return a cache filled with ids (B, T), and the last logits (B, vocab)."""
        from transformers import DynamicCache

        cache = DynamicCache(config=self.model.config.text_config)
        output = self.model(input_ids=ids, cache=cache, use_cache=True, logits_to_keep=1)
        return cache, output.logits[:, -1]

    def step(self, cache: Any, ids: Tensor) -> Tensor:
        """Decode one more token (B, 1); return logits (B, vocab)."""
        return self.model(input_ids=ids, cache=cache, use_cache=True).logits[:, -1]


class Sokdok:
    """sokdok's model behind the same calls; like the reader, it has one cache and empties it for each prompt."""

    def __init__(self, model: DeepseekOCR, capacity: int) -> None:
        self.model, self.capacity = model, capacity
        self.device = model.model.embed_tokens.weight.device
        self._caches: dict[int, KVCache] = {}

    def see(self, pixels: Tensor) -> Tensor:
        """Return the token sequence (N, D) of an image's pixels (1, 3, H, W)."""
        from sokdok.model.family.deepseek_ocr import ImageTensors

        return self.model.model.encode_images([ImageTensors(pixels[0])])[0]

    def prefill(self, ids: Tensor) -> tuple[Any, Tensor]:
        """Return a cache filled with ids (B, T), and the last logits (B, vocab)."""
        rows, decoder = len(ids), self.model.config.decoder
        if rows not in self._caches:
            self._caches[rows] = KVCache(decoder, self.capacity, rows, self.device, torch.bfloat16)
        cache = self._caches[rows]
        for row in range(rows):
            cache.move(row, row)  # empties it
        return cache, self.model(ids, cache=cache, last_only=True)[:, -1]

    def step(self, cache: Any, ids: Tensor) -> Tensor:
        """Decode one more token (B, 1); return logits (B, vocab)."""
        return self.model(ids, cache=cache)[:, -1]
