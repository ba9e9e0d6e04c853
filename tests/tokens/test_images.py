from fractions import Fraction
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sokdok.model.preprocess import vision_token_count
from sokdok.tokens import images
from sokdok.tokens.images import ImageCost

STANDARD = partial(images.claude, edge=1568, cap=1568)
HIGH = partial(images.claude, edge=2576, cap=4784)
GPT_4O = partial(images.openai_tiles, base=85, tile=170)
GPT_5 = partial(images.openai_tiles, base=70, tile=140)
MINI = partial(images.openai_patches, multiplier=Fraction("1.62"), cap=1536)
FLAGSHIP = partial(images.openai_patches, multiplier=Fraction("1.2"), cap=2500, edge=2048)
QWEN_2 = partial(images.smart_resize, factor=28, least=4, most=16_384)
QWEN_3 = partial(images.smart_resize, factor=32, least=64, most=16_384)
RULES = {
    "claude": STANDARD,
    "claude-high": HIGH,
    "gpt-4o": GPT_4O,
    "gpt-5": GPT_5,
    "mini": MINI,
    "flagship": FLAGSHIP,
    "qwen-2": QWEN_2,
    "qwen-3": QWEN_3,
}
VECTORS = {
    (595, 842): (682, 682, 765, 630, 832, 616, 630, 494),
    (640, 640): (529, 529, 765, 630, 648, 480, 529, 400),
    (794, 1123): (1189, 1189, 1105, 910, 1458, 1080, 1120, 875),
    (1568, 784): (1568, 1568, 1105, 910, 1985, 1470, 1568, 1176),
    (1240, 1754): (1551, 2835, 1105, 910, 2385, None, 2772, 2145),
    (1932, 1932): (1521, 4761, 765, 630, 2465, None, 4761, 3600),
    (2000, 2000): (1521, 4761, 765, 630, 2465, None, 5041, 3844),
}  # Tokens by the documented arithmetic, in the order of `RULES`; None where no vector is known.


@pytest.mark.parametrize(
    ("rule", "size", "tokens"),
    [
        (rule, size, tokens)
        for size, row in VECTORS.items()
        for rule, tokens in zip(RULES, row, strict=True)
        if tokens is not None
    ],
)
def test_tokens(rule: str, size: tuple[int, int], tokens: int) -> None:
    assert RULES[rule](*size).tokens == tokens


@pytest.mark.parametrize(
    ("rule", "size", "effective"),
    [
        ("claude", (1240, 1754), (924, 1307)),
        ("claude", (1800, 2400), (952, 1270)),
        ("claude", (2000, 2000), (1092, 1092)),
        ("claude-high", (1800, 2400), (1659, 2212)),
        ("claude-high", (2000, 2000), (1932, 1932)),
        ("gpt-4o", (256, 256), (256, 256)),  # never enlarged
        ("gpt-4o", (1024, 1024), (768, 768)),
        ("gpt-4o", (1800, 2400), (768, 1024)),
        ("gpt-4o", (4096, 512), (2048, 256)),
        ("mini", (1240, 1754), (1024, 1448)),
        ("mini", (1800, 2400), (1056, 1408)),
        ("mini", (2000, 2000), (1248, 1248)),
        ("flagship", (4096, 512), (2048, 256)),
        ("qwen-2", (595, 842), (588, 840)),
        ("qwen-3", (1240, 1754), (1248, 1760)),
    ],
)
def test_effective_size(rule: str, size: tuple[int, int], effective: tuple[int, int]) -> None:
    assert RULES[rule](*size).effective == effective


def test_openai_example_of_the_documentation() -> None:
    patches = images.openai_patches(1800, 2400, multiplier=Fraction(1), cap=1536)
    assert patches == ImageCost(1452, (1056, 1408))


@pytest.mark.parametrize(
    ("size", "tokens"),
    [
        ((384, 384), 258),
        ((385, 384), 2 * 2 * 258),
        ((1536, 1536), 4 * 258),
        ((768, 100), 3 * 258),
    ],
)
def test_gemini_tiles(size: tuple[int, int], tokens: int) -> None:
    assert images.gemini_tiles(*size) == ImageCost(tokens, size)


@pytest.mark.parametrize(
    ("size", "tokens", "effective"),
    [
        ((448, 448), 256, (448, 448)),
        ((80, 80), 256, (448, 448)),
        ((100, 80), 13 * 256, (1792, 1344)),  # the closest shape, however small the image
        ((1792, 1344), 13 * 256, (1792, 1344)),
        ((1240, 1754), 7 * 256, (896, 1344)),
    ],
)
def test_internvl(size: tuple[int, int], tokens: int, effective: tuple[int, int]) -> None:
    assert images.internvl(*size) == ImageCost(tokens, effective)


@pytest.mark.parametrize(
    ("mode", "side", "tokens"), [("tiny", 512, 73), ("small", 640, 111), ("base", 1024, 273), ("large", 1280, 421)]
)
def test_deepseek_squares_are_what_the_model_makes_of_them(mode: str, side: int, tokens: int) -> None:
    assert vision_token_count(mode).real == tokens
    assert images.deepseek_ocr(side, side, cap=9) == ImageCost(tokens, (side, side))


sides = st.integers(1, 4000)


@given(width=sides, height=sides, cap=st.sampled_from([6, 9, 32]))
def test_deepseek_tiles_are_what_the_model_makes_of_them(width: int, height: int, cap: int) -> None:
    if not (width == height and width in images.SQUARES):
        assert (
            images.deepseek_ocr(width, height, cap=cap).tokens
            == vision_token_count("gundam", (width, height), cap).real
        )
    second = images.deepseek_ocr_2(width, height)
    assert second.tokens == vision_token_count("gundam-768", (width, height)).real


def test_deepseek_without_tiles_is_padded_to_1024() -> None:
    assert images.deepseek_ocr(600, 300, cap=9) == ImageCost(273, (1024, 512))
    assert images.deepseek_ocr_2(300, 600) == ImageCost(257, (512, 1024))
    assert images.deepseek_ocr(1200, 800, cap=9) == ImageCost(893, (1920, 1280))
