"""The published checkpoint, by names, shapes and totals, without a weight."""

import pytest
from msgspec.structs import replace
from PIL import Image

from sokdok.model.checkpoints.manifest import describe, tensor_shapes
from sokdok.model.config import (
    DEEPSEEK_OCR,
    DEEPSEEK_OCR_2,
    UNLIMITED_OCR,
    ClipConfig,
    DecoderConfig,
    ModelConfig,
    SamConfig,
)
from sokdok.model.preprocess import modes_of, preprocess, vision_token_count

DENSE = ModelConfig(
    name="dense",
    sam=SamConfig(
        width=64,
        depth=2,
        heads=2,
        window=8,
        image_size=320,
        neck_width=32,
        compressor_widths=(48, 96),
        mlp_ratio=2.5,
    ),  # fmt: skip
    clip=ClipConfig(width=96, depth=1, heads=2, mlp_width=128, image_size=5, patch_size=1),
    decoder=DecoderConfig(hidden=64, layers=2, heads=4, kv_heads=2, dense_ffn=96, vocab=100),
    image_token_id=3,
)


def test_totals() -> None:
    second = describe(DEEPSEEK_OCR_2)
    assert (second["tensors"], second["bytes_bf16"]) == (2_707, 6_778_238_720)
    facts = describe(DEEPSEEK_OCR)
    assert facts["tensors"] == 2_710
    assert facts["parameters"] == 3_336_106_240
    assert facts["bytes_bf16"] == 6_672_212_480
    assert facts["parts"] == {
        "sam": 95_569_152,
        "clip": 303_177_728,
        "projector": 2_625_280,
        "decoder": 2_934_734_080,
    }
    assert facts["active_parameters_per_token"] == 574_127_360
    assert facts["kv_bytes_per_token_bf16"] == 61_440


def test_published_names() -> None:
    names = tensor_shapes(DEEPSEEK_OCR)
    assert tensor_shapes(UNLIMITED_OCR) == names
    assert names["model.sam_model.pos_embed"] == (1, 64, 64, 768)
    assert names["model.sam_model.blocks.2.attn.rel_pos_h"] == (127, 64)
    assert names["model.sam_model.blocks.3.attn.rel_pos_w"] == (27, 64)
    assert names["model.vision_model.embeddings.position_embedding.weight"] == (257, 1024)
    assert names["model.vision_model.transformer.layers.23.self_attn.qkv_proj.bias"] == (3072,)
    assert names["model.projector.layers.weight"] == (1280, 2048)
    assert names["model.layers.11.mlp.experts.63.up_proj.weight"] == (896, 1280)
    assert names["model.layers.11.mlp.shared_experts.gate_proj.weight"] == (1792, 1280)
    second = tensor_shapes(DEEPSEEK_OCR_2)
    assert second["model.qwen2_model.model.model.layers.23.self_attn.k_proj.weight"] == (128, 896)
    assert second["model.qwen2_model.query_1024.weight"] == (256, 896)
    assert "model.image_newline" not in second
    assert not any(name.startswith("model.vision_model") or ".o_proj.bias" in name for name in second)


@pytest.mark.parametrize(
    "config",
    [DEEPSEEK_OCR, DEEPSEEK_OCR_2, DENSE, replace(DENSE, decoder=replace(DENSE.decoder, layers=4))],
    ids=["deepseek-ocr", "deepseek-ocr-2", "dense", "deeper"],
)
def test_modules_hold_exactly_these_tensors(config: ModelConfig) -> None:
    torch = pytest.importorskip("torch")
    from sokdok.model.family.deepseek_ocr import DeepseekOCR

    with torch.device("meta"):
        model = DeepseekOCR(config)
    assert {name: tuple(t.shape) for name, t in model.state_dict().items()} == tensor_shapes(config)


@pytest.mark.parametrize(
    ("config", "mode"),
    [(config, mode) for config in (DEEPSEEK_OCR, DEEPSEEK_OCR_2) for mode in modes_of(config)],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_sequence_has_the_counted_length(config: ModelConfig, mode: str) -> None:
    """The published architecture, without weights, makes as many tokens as `preprocess` counts."""
    torch = pytest.importorskip("torch")
    from sokdok.model.family.deepseek_ocr import DeepseekOCR, ImageTensors

    with torch.device("meta"):
        model = DeepseekOCR(replace(config, decoder=replace(config.decoder, layers=1)))
    picture = Image.new("RGB", (827, 1170))
    image = ImageTensors.from_pixels(preprocess(picture, mode), device="meta")
    assert model.model.encode_images([image])[0].shape == (vision_token_count(mode, picture.size).real, 1280)
