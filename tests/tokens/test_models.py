"""What models are known, and what their texts and pictures cost in tokens and in money."""

import datetime
import re
from fractions import Fraction
from functools import partial
from importlib.util import find_spec
from math import inf
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sokdok
from sokdok.errors import InputError
from sokdok.model.preprocess import vision_token_count
from sokdok.tokens import deepseek, images, text
from sokdok.tokens.images import ImageCost
from sokdok.tokens.models import VisionModel, find_model, models
from sokdok.tokens.prices import Price, break_even_calls, image_pays, load_prices
from sokdok.tokens.text import TOKENIZERS

every_model = pytest.mark.parametrize("model", models(), ids=lambda model: model.name)


@every_model
def test_pages_are_read_as_they_are(model: VisionModel) -> None:
    assert model.page_sizes
    for size in model.page_sizes:
        assert model.image_cost(*size).effective == size


@pytest.mark.parametrize("model", [m for m in models() if not m.name.startswith("gemini-3")], ids=lambda m: m.name)
def test_pages_are_the_largest_for_their_tokens(model: VisionModel) -> None:
    """No other size on a grid of 64 pixels shows more, unresized, for as many tokens or fewer.

    But for Gemini 3, whose price is the same for every size and whose resizing is not published.
    """
    best: dict[int, int] = {}
    for width in range(64, 2561, 64):
        for height in range(64, 2561, 64):
            cost = model.image_cost(width, height)
            if cost.effective == (width, height):
                best[cost.tokens] = max(best.get(cost.tokens, 0), width * height)
    for width, height in model.page_sizes:
        tokens = model.image_cost(width, height).tokens
        assert width * height >= max((area for price, area in best.items() if price <= tokens), default=0)


@every_model
def test_pages_come_largest_first_and_cost_less_and_less(model: VisionModel) -> None:
    costs = [model.image_cost(*size).tokens for size in model.page_sizes]
    assert costs == sorted(set(costs), reverse=True)


@every_model
def test_rows_are_complete(model: VisionModel) -> None:
    assert datetime.date.fromisoformat(model.as_of) > datetime.date(2025, 1, 1)
    assert model.source == "sokdok" or model.source.startswith("https://")
    assert model.tokenizer in TOKENIZERS and re.fullmatch(r"\d+x\d+", model.glyph)
    assert model.message_tokens >= 0 and (model.max_images is None or model.max_images > 20)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("gpt-4o-2024-11-20", "gpt-4o"),
        ("GPT-5-chat-latest", "gpt-5"),
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4"),
        ("us.anthropic.claude-opus-4-20250514-v1:0", "claude-opus-4"),
        ("claude-opus-4-8", "claude-opus-4.7"),
        ("models/gemini-2.5-flash-preview-09-2025", "gemini-2.5-flash"),
        ("Qwen/Qwen2.5-VL-72B-Instruct-AWQ", "qwen2.5-vl"),
        ("Qwen3-VL-30B-A3B-Thinking", "qwen3-vl"),
        ("OpenGVLab/InternVL3_5-8B", "internvl3"),
        ("deepseek-ai/DeepSeek-OCR", "deepseek-ocr"),
        ("deepseek_ocr_2", "deepseek-ocr-2"),
        (" nano ", "nano"),
    ],
)
def test_names_people_type(typed: str, name: str) -> None:
    assert find_model(typed).name == name


def test_unknown_models_name_the_nearest(subtests: pytest.Subtests) -> None:
    for typed, nearest in (
        ("gpt4", "gpt-4o"),
        ("gemini-2.5-flash-lite", "gemini-2.5-flash"),  # another price, so not the same
        ("o3-mini", "o4-mini"),
        ("", "nano"),
    ):
        with subtests.test(typed), pytest.raises(InputError, match=f"unknown model '{typed}'; the nearest .*{nearest}"):
            find_model(typed)


ROW = 'model = "gpt-4o"\ninput = 2.5\ncache_write = 1\ncache_read = 0.5\nas_of = 2026-11-25\n'
CLAUDE = Price(3, 1.25, 0.1, datetime.date(2026, 11, 25))


def test_packaged_prices() -> None:
    prices = load_prices()
    assert prices["gpt-4o"].input == 2.5 and prices["claude-sonnet-4"].cache_write == 1.25
    assert all(0 < price.input <= 15 and 0 < price.cache_read < 1 for price in prices.values())
    priced = {model.name for model in models() if model.max_images is not None}  # those behind an API
    assert set(prices) == priced


def test_a_file_replaces_what_it_names(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(f"[[price]]\n{ROW.replace('2.5', '9').replace('gpt-4o', 'openai/gpt-4o-2024-11-20')}")
    assert load_prices(file) == load_prices() | {"gpt-4o": Price(9, 1, 0.5, datetime.date(2026, 11, 25))}


def test_dollars() -> None:
    assert CLAUDE.dollars(1_000_000) == 3  # once: not worth caching
    assert CLAUDE.dollars(1_000_000, calls=2) == pytest.approx(3 * 1.35)
    assert CLAUDE.dollars(2_000, calls=10) == pytest.approx(0.0129)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[[price]", "is no TOML: "),
        ("", "is empty"),
        (f"[gpt-4o]\n{ROW}", r"expected a list of \[\[price\]\] rows"),
        ("[[price]]\ninput = 3", "price 1: .* missing required field `model`"),
        (f"[[price]]\n{ROW}[[price]]\n{ROW}", r"price 2 \(gpt-4o\): gpt-4o has a row already"),
        (f"[[price]]\n{ROW.replace('gpt-4o', 'gpt-4p')}", "price 1 .gpt-4p.: unknown model 'gpt-4p'; the nearest"),
        (f"[[price]]\n{ROW}output = 4", "unknown field `output`"),
        (f"[[price]]\n{ROW.replace('cache_read = 0.5', '')}", r"\(gpt-4o\): .* missing required field `cache_read`"),
        (f"[[price]]\n{ROW.replace('2.5', '-1')}", "Expected `float` >= 0.0 - at `.*input`"),
        (f"[[price]]\n{ROW.replace('2026-11-25', '2026')}", "Expected `date`, got `int` - at `.*as_of`"),
    ],
)
def test_broken_files_say_where_and_what(content: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        load_prices(file)
    assert str(caught.value).startswith(str(file)) and "\n" not in str(caught.value)


@pytest.mark.parametrize(("ratio", "calls"), [(0.1, 1.3), (0.2, 2.9), (0.3, 4.9), (0.5, 11.5), (0.7, 26.8)])
def test_break_even(ratio: float, calls: float) -> None:
    assert break_even_calls(ratio) == pytest.approx(calls, abs=0.05)


@given(image=st.integers(1, 5000), text=st.integers(1, 5000), calls=st.integers(1, 200))
def test_it_pays_beyond_the_break_even_and_not_before(image: int, text: int, calls: int) -> None:
    even = break_even_calls(image / text)
    if abs(calls - even) > 1e-6:
        assert image_pays(image, text, calls=calls, cached=True) == (calls > even)


def test_other_providers_factors_and_what_never_pays() -> None:
    assert break_even_calls(0.5, write=1, read=0.5) == pytest.approx(1)
    assert image_pays(500, 1000, calls=2, cached=True, write=1, read=0.5)
    assert not image_pays(500, 1000, calls=2, cached=True)
    assert break_even_calls(1) == break_even_calls(3) == break_even_calls(0.1, read=0) == inf
    assert not image_pays(100, 1000, calls=10**6, cached=True, read=0)


RULES = {
    "claude": partial(images.claude, edge=1568, cap=1568),
    "claude-high": partial(images.claude, edge=2576, cap=4784),
    "gpt-4o": partial(images.openai_tiles, base=85, tile=170),
    "gpt-5": partial(images.openai_tiles, base=70, tile=140),
    "mini": partial(images.openai_patches, multiplier=Fraction("1.62"), cap=1536),
    "flagship": partial(images.openai_patches, multiplier=Fraction("1.2"), cap=2500, edge=2048),
    "qwen-2": partial(images.smart_resize, factor=28, least=4, most=16_384),
    "qwen-3": partial(images.smart_resize, factor=32, least=64, most=16_384),
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


@pytest.mark.parametrize(
    ("rule", "size", "tokens", "effective"),
    [
        (images.gemini_tiles, (384, 384), 258, (384, 384)),
        (images.gemini_tiles, (385, 384), 2 * 2 * 258, (385, 384)),
        (images.gemini_tiles, (1536, 1536), 4 * 258, (1536, 1536)),
        (images.gemini_tiles, (768, 100), 3 * 258, (768, 100)),
        (images.internvl, (448, 448), 256, (448, 448)),
        (images.internvl, (80, 80), 256, (448, 448)),
        (images.internvl, (100, 80), 13 * 256, (1792, 1344)),  # the closest shape, however small the image
        (images.internvl, (1792, 1344), 13 * 256, (1792, 1344)),
        (images.internvl, (1240, 1754), 7 * 256, (896, 1344)),
        (partial(images.openai_patches, multiplier=Fraction(1), cap=1536), (1800, 2400), 1452, (1056, 1408)),  # theirs
    ],
)
def test_tiles_and_patches(rule, size: tuple[int, int], tokens: int, effective: tuple[int, int]) -> None:
    assert rule(*size) == ImageCost(tokens, effective)


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
        tiles = images.deepseek_ocr(width, height, cap=cap).tokens
        assert tiles == vision_token_count("gundam", (width, height), cap).real
    second = images.deepseek_ocr_2(width, height)
    assert second.tokens == vision_token_count("gundam-768", (width, height)).real


def test_deepseek_without_tiles_is_padded_to_1024() -> None:
    assert images.deepseek_ocr(600, 300, cap=9) == ImageCost(273, (1024, 512))
    assert images.deepseek_ocr_2(300, 600) == ImageCost(257, (512, 1024))
    assert images.deepseek_ocr(1200, 800, cap=9) == ImageCost(893, (1920, 1280))


needs_extra = pytest.mark.skipif(find_spec("quicktok") is None, reason="needs the extra tokens")
TEXTS = sorted((Path(sokdok.__file__).parent / "demo" / "texts").glob("*.txt"))
SOURCES = sorted((Path(sokdok.__file__).parent / "tokens").glob("*.py"))
NUMBERS = "\n".join(f"| {n * 7919 % 99991:>8} | {n * 104729 % 1000003 / 100:>12,.2f} |" for n in range(60))
IDS = " ".join(f"{n * 2654435761 % 2**32:08x}-{n * 40503 % 65536:04x}" for n in range(1, 80))
CHINESE = "我们昨天下午三点在会议室讨论了新的合同条款，王经理认为价格太高，希望在下个月之前重新谈判。"


@needs_extra
@pytest.mark.parametrize(
    ("plain", "openai", "qwen"),
    [
        ("", 0, 0),
        ("hello world", 2, 2),
        ("<|endoftext|>", 7, 7),  # in a user's text it is text
        ("12345678", 3, 8),
        (CHINESE, 31, 26),
        ("안녕하세요, 반갑습니다.", 7, 8),
    ],
)
def test_exact_counts(plain: str, openai: int, qwen: int) -> None:
    assert (text.count(plain, "o200k_base"), text.count(plain, "qwen")) == (openai, qwen)
    assert find_model("gpt-4o").exact_text and find_model("qwen3-vl").exact_text


@needs_extra
@pytest.mark.parametrize("tokenizer", ["o200k_base", "qwen"])
@pytest.mark.parametrize("plain", [*(path.read_text("utf-8") for path in TEXTS + SOURCES), NUMBERS, IDS, CHINESE * 9])
def test_estimates_err_high_but_not_wildly(plain: str, tokenizer: str) -> None:
    factors = text.TOKENIZERS[tokenizer].factors
    assert factors is not None
    exact = text.count(plain, tokenizer)
    assert exact <= text.estimate(plain, factors) <= 1.8 * exact


def test_an_estimate_adds_up_by_kind_of_writing() -> None:
    factors = text.Factors(Fraction("1.5"), Fraction(2), Fraction(4), Fraction(3), single_digits=True)
    assert text.estimate("the groove", factors) == 3  # 1.5 times 2
    assert text.estimate("한국", factors) == 2 * deepseek.count_text("한국")
    assert text.estimate("漢字", factors) == 4 * deepseek.count_text("漢字")
    assert text.estimate("слово", factors) == 3 * deepseek.count_text("слово")
    assert text.estimate("123456", factors) == 3 + 4
    assert text.estimate("", factors) == 0


def test_without_the_extra_openai_is_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "_packaged", lambda: False)
    model = find_model("gpt-4o")
    assert not model.exact_text
    assert model.count_text("the groove") == 3  # 1.3 times 2, rounded up
    assert find_model("deepseek-ocr").exact_text


@pytest.mark.parametrize("tokenizer", ["deepseek", "o200k_base", "claude"])
def test_lone_surrogates_are_refused(tokenizer: str) -> None:
    with pytest.raises(InputError, match="lone surrogate at character 2"):
        text.count("ab\ud800", tokenizer)
