"""Read the published `config.json` files into a `ModelConfig`.

- Two layouts: the original repositories (`vision_config.width`, `language_config`) and the one that transformers writes
  (`vision_config.sam_config`, `encoder_config`, `text_config`).
- The original files omit what their code hard-codes (window, neck, feed-forward width, all of the query encoder but its
  width); those come from `DEEPSEEK_OCR` and `DEEPSEEK_OCR_2`. Their `mlp_ratio` of 3.7362 is used by nothing.
- DeepSeek-OCR-2's says that SAM's map has 1024 channels; its code and weights have 896, the query encoder's width.
- A setting that would change the arithmetic (latent attention, renormalised or grouped routing) is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from sokdok.model.config import (
    DEEPSEEK_OCR,
    DEEPSEEK_OCR_2,
    UNLIMITED_OCR,
    ClipConfig,
    ConfigError,
    DecoderConfig,
    ModelConfig,
    QueryEncoderConfig,
    SamConfig,
)

Json = Mapping[str, Any]
Encoders = tuple[SamConfig, ClipConfig | QueryEncoderConfig]

_FIXED = {
    "use_mla": (False, None),
    "norm_topk_prob": (False, None),
    "routed_scaling_factor": (1.0, None),
    "n_group": (1, None),
    "topk_method": ("greedy", None),
    "tie_word_embeddings": (False, None),
    "attention_bias": (False, None),
}
"""Text settings the decoder implements in one way only, with the accepted values."""


def config_from_hf(values: Json, name: str | None = None) -> ModelConfig:
    """Build the configuration described by a parsed `config.json` of the family."""
    text = values.get("text_config") or values.get("language_config") or values
    vision = values.get("vision_config") or {}
    sam, second = _transformers_vision(vision) if "sam_config" in vision else _original_vision(vision)
    decoder = _decoder(text, values)
    config = ModelConfig(
        name=name or _name(second, decoder),
        sam=sam,
        clip=second if isinstance(second, ClipConfig) else None,
        query_encoder=second if isinstance(second, QueryEncoderConfig) else None,
        decoder=decoder,
        image_token_id=values.get("image_token_id", DEEPSEEK_OCR.image_token_id),
        bos_token_id=text.get("bos_token_id", DEEPSEEK_OCR.bos_token_id),
        eos_token_id=text.get("eos_token_id", DEEPSEEK_OCR.eos_token_id),
        pad_token_id=text.get("pad_token_id") or DEEPSEEK_OCR.pad_token_id,
    )
    return ModelConfig.from_dict(config.to_dict())  # which checks types too: a count may be no text, and no 1.5


def _name(second: ClipConfig | QueryEncoderConfig, decoder: DecoderConfig) -> str:
    if isinstance(second, QueryEncoderConfig):
        return DEEPSEEK_OCR_2.name
    return DEEPSEEK_OCR.name if decoder.sliding_window is None else UNLIMITED_OCR.name


def _original_vision(vision: Json) -> Encoders:
    towers = vision.get("width", {})
    second = towers.keys() & {"clip-l-14-224", "qwen2-0-5b"}
    if "sam_vit_b" not in towers or len(second) != 1:
        raise ConfigError(
            f"config.json names the encoders {sorted(towers)}; "
            "sam_vit_b with either clip-l-14-224 or qwen2-0-5b is supported"
        )
    sam = _original_sam(towers["sam_vit_b"], vision)
    if "clip-l-14-224" in second:
        return sam, _original_clip(towers["clip-l-14-224"])
    width = towers["qwen2-0-5b"]["dim"]
    sam = replace(sam, compressor_widths=(sam.compressor_widths[0], width))
    return sam, replace(DEEPSEEK_OCR_2.second_encoder, width=width)


def _original_sam(sam: Json, vision: Json) -> SamConfig:
    return replace(
        DEEPSEEK_OCR.sam,
        width=sam["width"],
        depth=sam["layers"],
        heads=sam["heads"],
        image_size=vision.get("image_size", DEEPSEEK_OCR.sam.image_size),
        compressor_widths=tuple(sam["downsample_channels"]),
        global_blocks=tuple(sam["global_attn_indexes"]),
    )


def _original_clip(clip: Json) -> ClipConfig:
    return ClipConfig(
        width=clip["width"],
        depth=clip["layers"],
        heads=clip["heads"],
        mlp_width=4 * clip["width"],
        image_size=clip["image_size"],
        patch_size=clip["patch_size"],
    )


def _transformers_vision(vision: Json) -> Encoders:
    second = vision["encoder_config"]
    convert = _transformers_clip if "image_size" in second else _transformers_qwen2
    return _transformers_sam(vision["sam_config"]), convert(second)


def _transformers_sam(sam: Json) -> SamConfig:
    return SamConfig(
        width=sam["hidden_size"],
        depth=sam["num_hidden_layers"],
        heads=sam["num_attention_heads"],
        window=sam["window_size"],
        image_size=sam["image_size"],
        neck_width=sam["output_channels"],
        compressor_widths=tuple(sam["downsample_channels"]),
        global_blocks=tuple(sam["global_attn_indexes"]),
        mlp_ratio=sam["mlp_dim"] / sam["hidden_size"],
        patch_size=sam["patch_size"],
        abs_pos=sam["use_abs_pos"],
    )


def _transformers_clip(clip: Json) -> ClipConfig:
    return ClipConfig(
        width=clip["hidden_size"],
        depth=clip["num_hidden_layers"],
        heads=clip["num_attention_heads"],
        mlp_width=clip["intermediate_size"],
        image_size=clip["image_size"],
        patch_size=clip["patch_size"],
    )


def _transformers_qwen2(qwen2: Json) -> QueryEncoderConfig:
    return QueryEncoderConfig(
        width=qwen2["hidden_size"],
        depth=qwen2["num_hidden_layers"],
        heads=qwen2["num_attention_heads"],
        kv_heads=qwen2["num_key_value_heads"],
        mlp_width=qwen2["intermediate_size"],
        rope_theta=qwen2["rope_parameters"]["rope_theta"],
        norm_eps=qwen2["rms_norm_eps"],
    )


def _decoder(text: Json, top: Json) -> DecoderConfig:
    for key, accepted in _FIXED.items():
        if text.get(key) not in (*accepted, None):
            raise ConfigError(f"config.json sets {key} to {text[key]!r}; this decoder implements {accepted[0]!r} only")
    rope = text.get("rope_parameters") or {}
    return DecoderConfig(
        hidden=text["hidden_size"],
        layers=text["num_hidden_layers"],
        heads=text["num_attention_heads"],
        kv_heads=text.get("num_key_value_heads") or 0,
        dense_ffn=text["intermediate_size"],
        moe_ffn=text["moe_intermediate_size"],
        experts=text["n_routed_experts"],
        experts_per_token=text["num_experts_per_tok"],
        shared_experts=text["n_shared_experts"] or 0,
        first_dense=_first_dense(text),
        vocab=text["vocab_size"],
        rope_theta=rope.get("rope_theta") or text.get("rope_theta") or DEEPSEEK_OCR.decoder.rope_theta,
        max_positions=text.get("max_position_embeddings", DEEPSEEK_OCR.decoder.max_positions),
        norm_eps=text.get("rms_norm_eps", DEEPSEEK_OCR.decoder.norm_eps),
        sliding_window=_window(text, top),
    )


def _first_dense(text: Json) -> int:
    kinds = text.get("mlp_layer_types")
    if kinds is None:
        return text.get("first_k_dense_replace", DEEPSEEK_OCR.decoder.first_dense)
    first = kinds.index("sparse") if "sparse" in kinds else len(kinds)
    if "dense" in kinds[first:]:
        raise ConfigError(f"config.json mixes layer kinds: {kinds}; dense layers must come first")
    return first


def _window(text: Json, top: Json) -> int | None:
    """The layer types have the last word: transformers keeps an integer even where every layer attends fully."""
    kinds = set(text.get("layer_types") or ())
    if len(kinds) > 1:
        raise ConfigError(f"config.json mixes attention kinds: {sorted(kinds)}")
    if kinds == {"full_attention"}:
        return None
    return text.get("sliding_window", top.get("sliding_window"))
