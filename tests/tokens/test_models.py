import datetime
import re

import pytest

from sokdok.errors import InputError
from sokdok.tokens.models import VisionModel, find_model, models
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


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("gpt4", "gpt-4o"),
        ("gemini-2.5-flash-lite", "gemini-2.5-flash"),  # another price, so not the same
        ("o3-mini", "o4-mini"),
        ("", "nano"),
    ],
)
def test_unknown_models_name_the_nearest(typed: str, nearest: str) -> None:
    with pytest.raises(InputError, match=f"unknown model '{typed}'; the nearest are .*{nearest}"):
        find_model(typed)
