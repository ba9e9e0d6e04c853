"""The configuration of a model, and what its pictures are made into."""

import json
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image

from sokdok.model.checkpoints.hf_config import config_from_hf
from sokdok.model.config import DEEPSEEK_OCR, DEEPSEEK_OCR_2, UNLIMITED_OCR, ConfigError, ModelConfig
from sokdok.model.preprocess import (
    MODES,
    TokenCount,
    default_mode,
    modes_of,
    preprocess,
    tile_cap,
    valid_tokens,
    vision_token_count,
)

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


@pytest.mark.parametrize(("field", "value"), [("width", "768"), ("stem_widths", 4), ("window", 0), ("depth", None)])
def test_a_value_of_another_kind_is_an_error_that_names_the_field(field: str, value: object) -> None:
    with pytest.raises(ConfigError, match=field):
        ModelConfig.from_dict({**DEEPSEEK_OCR.to_dict(), "sam": {**SAM.to_dict(), field: value}})


A4, A4_SMALL = (1654, 2339), (595, 842)


@pytest.mark.parametrize(
    ("mode", "real", "paper", "size", "valid"),
    [
        ("tiny", 73, 64, A4, 64),
        ("small", 111, 100, A4, 100),
        ("base", 273, 256, A4_SMALL, 180),
        ("large", 421, 400, A4_SMALL, 282),
    ],
)
def test_tokens_of_plain_modes(mode: str, real: int, paper: int, size: tuple[int, int], valid: int) -> None:
    assert vision_token_count(mode, A4) == TokenCount(real, paper, (0, 0))
    assert valid_tokens(mode, size) == valid
    assert (valid_tokens("base", (1000, 1000)), valid_tokens("gundam", A4_SMALL)) == (256, 780)


@pytest.mark.parametrize(
    ("size", "cap", "grid", "real"),
    [
        (A4, 6, (2, 3), 903),
        (A4_SMALL, 9, (2, 3), 903),  # narrower than a tile, but higher
        ((2339, 1654), 9, (3, 2), 893),
        ((1280, 720), 9, (2, 1), 483),  # ties with (4, 2), but is too small for it
        ((1920, 1080), 6, (2, 1), 483),
        ((1920, 1080), 9, (4, 2), 1093),  # the same tie, large enough
        ((641, 641), 6, (2, 2), 693),
        ((2000, 2000), 9, (3, 3), 1203),
        ((3000, 400), 9, (7, 1), 983),
        ((640, 640), 9, (0, 0), 273),  # fits one tile: as base
    ],
)
def test_gundam(size: tuple[int, int], cap: int, grid: tuple[int, int], real: int) -> None:
    count = vision_token_count("gundam", size, cap)
    assert (count.grid, count.real) == (grid, real)
    assert count.paper == 256 + 100 * grid[0] * grid[1]


@pytest.mark.parametrize(
    ("size", "grid", "real"),
    [
        (A4, (2, 3), 1121),
        ((2000, 2000), (2, 2), 833),
        ((3000, 400), (6, 1), 1121),  # the cap is 6 without asking
        ((768, 768), (0, 0), 257),  # fits one tile
        ((700, 640), (0, 0), 257),  # would be tiled in gundam
    ],
)
def test_gundam_768(size: tuple[int, int], grid: tuple[int, int], real: int) -> None:
    """DeepSeek-OCR-2: 144 a tile, 256, one separator; no newlines."""
    assert vision_token_count("gundam-768", size) == TokenCount(real, real - 1, grid)
    assert real == 144 * grid[0] * grid[1] + 257


@pytest.mark.parametrize(
    ("config", "modes", "cap"),
    [
        (DEEPSEEK_OCR, ("tiny", "small", "base", "large", "gundam"), 9),
        (UNLIMITED_OCR, ("tiny", "small", "base", "large", "gundam"), 32),
        (DEEPSEEK_OCR_2, ("gundam-768",), 6),
    ],
    ids=lambda value: value.name if isinstance(value, ModelConfig) else "",
)
def test_what_each_model_reads(config: ModelConfig, modes: tuple[str, ...], cap: int) -> None:
    assert (modes_of(config), default_mode(config), tile_cap(config)) == (modes, modes[-1], cap)
    assert set(modes) <= MODES.keys()


@pytest.mark.parametrize("size", [(827, 1170), (1170, 827), (1022, 1024), (2000, 500), (700, 640)])
def test_gundam_768_gives_the_pixels_of_transformers(size: tuple[int, int]) -> None:
    """For sizes whose padding it rounds as PIL does (see `test_pad_offset`)."""
    path = "transformers.models.deepseek_ocr2.image_processing_pil_deepseek_ocr2"
    reference = pytest.importorskip(path).DeepseekOcr2ImageProcessorPil()
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    expected = reference(Image.fromarray(noise), return_tensors="np")
    pixels = preprocess(Image.fromarray(noise), "gundam-768")
    assert pixels.grid[0] * pixels.grid[1] == expected["num_local_patches"][0]
    assert np.array_equal(pixels.global_view, expected["pixel_values"][0])
    if pixels.tiles is not None:
        assert np.array_equal(pixels.tiles, np.stack(expected["pixel_values_local"]))


@pytest.mark.parametrize("name", ["tiny", "small", "base", "large"])
def test_plain_views(name: str) -> None:
    pixels = preprocess(Image.new("L", (30, 40), 255), name)
    side = MODES[name].base
    assert pixels.global_view.shape == (3, side, side)
    assert pixels.global_view.dtype == np.float32
    assert pixels.global_view.flags.c_contiguous
    assert (pixels.tiles, pixels.grid) == (None, (0, 0))
    corner = 1.0 if MODES[name].stretch else (127 / 255 - 0.5) / 0.5
    assert pixels.global_view[:, 0, 0] == pytest.approx([corner] * 3)
    assert pixels.global_view[:, side // 2, side // 2] == pytest.approx([1.0] * 3)


@pytest.mark.parametrize(("width", "left"), [(1024, 0), (1022, 1), (1021, 2), (1020, 2), (1017, 4), (512, 256)])
def test_pad_offset(width: int, left: int) -> None:
    """round(d / 2), not d // 2: one pixel apart for a quarter of all images (1021: 2, not 1; 1017: 4, not 3)."""
    view = preprocess(Image.new("RGB", (width, 1024), "white"), "base").global_view
    inside = np.flatnonzero(view[0, 512] == 1.0)
    assert (inside[0], len(inside)) == (left, width)


def test_tiles_go_row_by_row() -> None:
    image = Image.new("RGB", (1280, 1920))
    colours = [(40 * i, 0, 255 - 40 * i) for i in range(6)]
    for i, colour in enumerate(colours):
        image.paste(colour, (640 * (i % 2), 640 * (i // 2), 640 * (i % 2) + 640, 640 * (i // 2) + 640))
    pixels = preprocess(image, "gundam")
    assert pixels.grid == (2, 3)
    assert pixels.tiles is not None
    assert pixels.tiles.shape == (6, 3, 640, 640)
    middles = (pixels.tiles[:, :, 320, 320] * 0.5 + 0.5) * 255
    assert np.rint(middles).astype(int).tolist() == [list(colour) for colour in colours]


def test_exif_orientation_comes_first() -> None:
    image = Image.new("RGB", (2339, 1654), "white")
    image.getexif()[0x0112] = 6  # turned by a quarter: portrait when upright
    assert preprocess(image, "gundam").grid == (2, 3)
