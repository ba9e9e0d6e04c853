from __future__ import annotations

import pytest

from sokdok.tokens.cost import (
    Convolution,
    DecoderSize,
    EncoderSize,
    PageMode,
    VisionTransformer,
    attention_flops,
    convolution_flops,
    encoder_flops,
    page_cost,
    prefill_flops,
    text_cost,
    transformer_flops,
)

# DeepSeek-OCR's decoder: 12 layers, 10 heads of 128; 574,127,360 active parameters, 165,478,400 of them the head.
DECODER = DecoderSize(layers=12, attention_width=1280, body_parameters=408_648_960, head_parameters=165_478_400)
ENCODER = EncoderSize(
    convolutions=(Convolution(inputs=3, outputs=8, kernel=16, stride=16),),
    transformers=(VisionTransformer(width=16, mlp_width=64, windows=(0,), stride=64, class_token=True),),
    token_parameters=1000,
)
SMALL = PageMode("small", side=640, vision_tokens=100, sequence_tokens=111)


def test_attention_grows_with_the_square() -> None:
    assert attention_flops(DECODER, 900) == 4 * 12 * 1280 * 810_000 == 49_766_400_000
    assert attention_flops(DECODER, 1800) == 4 * attention_flops(DECODER, 900)


def test_prefill() -> None:
    # 2 · 408,648,960 · 900 for the body, 2 · 165,478,400 for the head, once.
    assert prefill_flops(DECODER, 900) == 735_568_128_000 + 330_956_800 + 49_766_400_000
    assert prefill_flops(DECODER, 1) == 2 * 574_127_360 + 4 * 12 * 1280


def test_convolution() -> None:
    # 640 px / 16 = 40² steps, each 16² · 3 inputs · 8 outputs
    assert convolution_flops(ENCODER.convolutions[0], 640) == 2 * 1600 * 256 * 3 * 8


def test_global_block_with_class_token() -> None:
    # 10² cells and the class token: 101 tokens, 101² pairs
    assert transformer_flops(ENCODER.transformers[0], 640) == 8 * 256 * 101 + 4 * 16 * 64 * 101 + 4 * 16 * 101**2


def test_windowed_block_pads_all_but_the_mlp() -> None:
    # 4² patches in windows of 3: padded to 6² = 36 tokens, each meeting 9, and 3 + 3 relative positions
    block = VisionTransformer(width=8, mlp_width=32, windows=(3,), stride=16, relative_positions=True)
    assert transformer_flops(block, 64) == 8 * 64 * 36 + 4 * 8 * 32 * 16 + 4 * 8 * 36 * 9 + 2 * 2 * 8 * 36 * 3


def test_the_parts_of_the_encoder_add_up() -> None:
    parts = convolution_flops(ENCODER.convolutions[0], 640) + transformer_flops(ENCODER.transformers[0], 640)
    assert encoder_flops(ENCODER, 640) == parts + 2 * 1000 * 100


def test_nine_hundred_tokens_on_one_small_page() -> None:
    text = text_cost(900, DECODER)
    page = page_cost(text, SMALL, 1, "8x16", DECODER, ENCODER)
    assert (text.pairs, page.pairs, page.pairs_factor) == (810_000, 10_000, 81)
    assert page.ratio == 9
    assert page.prefill_flops == prefill_flops(DECODER, 111)  # the sequence, not the paper's count
    assert page.total_flops == page.prefill_flops + encoder_flops(ENCODER, 640)
    assert page.flops_factor == pytest.approx(text.total_flops / page.total_flops)


def test_pages_add_up_in_one_sequence() -> None:
    text = text_cost(2000, DECODER)
    pages = page_cost(text, SMALL, 3, "4x8", DECODER, ENCODER)
    assert (pages.vision_tokens, pages.sequence_tokens, pages.pairs) == (300, 333, 90_000)
    assert pages.encoder_flops == 3 * encoder_flops(ENCODER, 640)


def test_no_text_costs_the_head_alone() -> None:
    assert text_cost(0, DECODER).total_flops == 2 * DECODER.head_parameters
