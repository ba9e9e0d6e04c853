"""Configurations: conversion, validation, and the published config.json files."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from sokdok.model.checkpoints.hf_config import config_from_hf
from sokdok.model.config import DEEPSEEK_OCR, DEEPSEEK_OCR_2, UNLIMITED_OCR, ConfigError, ModelConfig

# The settings of the published file that describe the model.
PUBLISHED: dict[str, Any] = {
    "model_type": "deepseek_vl_v2",
    "global_view_pos": "head",
    "tile_tag": "2D",
    "projector_config": {"input_dim": 2048, "n_embed": 1280, "projector_type": "linear"},
    "language_config": {
        "bos_token_id": 0, "eos_token_id": 1, "first_k_dense_replace": 1, "hidden_size": 1280, "kv_lora_rank": None,
        "intermediate_size": 6848, "max_position_embeddings": 8192, "moe_intermediate_size": 896, "n_group": 1,
        "n_routed_experts": 64, "n_shared_experts": 2, "num_attention_heads": 10, "num_experts_per_tok": 6,
        "num_hidden_layers": 12, "num_key_value_heads": 10, "topk_group": 1, "topk_method": "greedy",
        "use_mla": False, "vocab_size": 129280,
    },
    "vision_config": {
        "image_size": 1024,
        "mlp_ratio": 3.7362,
        "width": {
            "clip-l-14-224": {"heads": 16, "image_size": 224, "layers": 24, "patch_size": 14, "width": 1024},
            "sam_vit_b": {
                "downsample_channels": [512, 1024], "global_attn_indexes": [2, 5, 8, 11], "heads": 12, "layers": 12,
                "width": 768,
            },
        },
    },
}  # fmt: skip


# DeepSeek-OCR-2's differs in these; its SAM section still says 1024 channels, where code and weights have 896.
TOWERS = PUBLISHED["vision_config"]["width"]
PUBLISHED_2 = {
    **PUBLISHED,
    "projector_config": {**PUBLISHED["projector_config"], "input_dim": 896},
    "vision_config": {
        **PUBLISHED["vision_config"],
        "model_name": "deepencoderv2",
        "width": {"qwen2-0-5b": {"dim": 896}, "sam_vit_b": TOWERS["sam_vit_b"]},
    },
}


@pytest.mark.parametrize("config", [DEEPSEEK_OCR, UNLIMITED_OCR, DEEPSEEK_OCR_2], ids=lambda config: config.name)
def test_json_round_trip(config: ModelConfig) -> None:
    assert ModelConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_published_files() -> None:
    """The window of Unlimited-OCR stands at the top level, beside the text settings."""
    assert (config_from_hf(PUBLISHED), config_from_hf(PUBLISHED_2)) == (DEEPSEEK_OCR, DEEPSEEK_OCR_2)
    text = {**PUBLISHED["language_config"], "max_position_embeddings": 32768}
    assert config_from_hf({**PUBLISHED, "language_config": text, "sliding_window": 128}) == UNLIMITED_OCR


def test_deepseek_ocr_2_as_transformers_writes_it() -> None:
    transformers = pytest.importorskip("transformers", minversion="5.24")
    text = PUBLISHED["language_config"] | {"mlp_layer_types": ["dense"] + ["sparse"] * 11, "pad_token_id": 2}
    qwen2 = {"hidden_size": 896, "num_hidden_layers": 24, "num_attention_heads": 14, "num_key_value_heads": 2}
    qwen2 |= {"intermediate_size": 4864, "rope_theta": 1e6}
    for key in ("first_k_dense_replace", "kv_lora_rank", "use_mla"):
        del text[key]
    config = transformers.DeepseekOcr2Config(
        text_config=text, vision_config={"sam_config": {}, "encoder_config": qwen2}
    )
    assert config_from_hf(json.loads(config.to_json_string(use_diff=False))) == DEEPSEEK_OCR_2


@pytest.mark.parametrize(("key", "value"), [("use_mla", True), ("norm_topk_prob", True), ("n_group", 8)])
def test_other_arithmetic_is_refused(key: str, value: object) -> None:
    text = {**PUBLISHED["language_config"], key: value}
    with pytest.raises(ConfigError, match=key):
        config_from_hf({**PUBLISHED, "language_config": text})


@pytest.mark.parametrize(
    "towers",
    [
        {"siglip_l": {"width": 1024}, "sam_vit_b": TOWERS["sam_vit_b"]},
        {"sam_vit_b": TOWERS["sam_vit_b"]},
        {"clip-l-14-224": TOWERS["clip-l-14-224"]},
        {**TOWERS, "qwen2-0-5b": {"dim": 896}},
    ],
    ids=["another", "none", "no SAM", "two"],
)
def test_other_encoders_are_refused(towers: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="sam_vit_b with either clip-l-14-224 or qwen2-0-5b is supported") as refusal:
        config_from_hf({**PUBLISHED, "vision_config": {"width": towers}})
    assert str(sorted(towers)) in str(refusal.value)


SAM, DECODER, QUERIES = DEEPSEEK_OCR.sam, DEEPSEEK_OCR.decoder, DEEPSEEK_OCR_2.query_encoder


@pytest.mark.parametrize(
    ("section", "changes", "message"),
    [
        (SAM, {"width": 770}, "width .* multiple of heads"),
        (SAM, {"global_blocks": (12,)}, "global_blocks"),
        (SAM, {"stem": "wavelet"}, "stem"),
        (SAM, {"stem": "conv"}, "stem_widths"),
        (SAM, {"compressor_widths": (512,)}, "compressor_widths"),
        (DECODER, {"vocab": 0}, "vocab"),
        (DECODER, {"head_dim": 127}, "even"),
        (DECODER, {"kv_heads": 3}, "kv_heads"),
        (DECODER, {"experts_per_token": 65}, "experts_per_token"),
        (QUERIES, {"sides": (768, 1000)}, "multiples of 64"),
        (QUERIES, {"sides": (1024, 768)}, "ascend"),
        (DEEPSEEK_OCR, {"image_token_id": 129_280}, "image_token_id"),
        (DEEPSEEK_OCR, {"clip": replace(DEEPSEEK_OCR.clip, width=768)}, "ClipConfig.width .768.: .* second encoder"),
        (DEEPSEEK_OCR_2, {"sam": SAM}, "QueryEncoderConfig.width .896.: .* second encoder"),
        (DEEPSEEK_OCR, {"clip": None}, "exactly one second encoder"),
        (DEEPSEEK_OCR, {"query_encoder": QUERIES}, "exactly one second encoder"),
    ],
)
def test_impossible_models_are_refused(section: Any, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        replace(section, **changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"width": "768"}, "width"),
        ({"stem_widths": 4}, "stem_widths"),
        ({"window": 0}, "window"),
        ({"depth": None}, "depth"),
    ],
)
def test_a_value_of_another_kind_is_an_error_that_names_the_field(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ModelConfig.from_dict({**DEEPSEEK_OCR.to_dict(), "sam": {**SAM.to_dict(), **changes}})
