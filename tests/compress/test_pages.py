"""The cheapest pages of a text, and what it costs each model."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from sokdok.compress.legibility import SCRIPTS, Legibility, LegibilityRow, save_profile
from sokdok.compress.pages import legible_glyphs, measure_models, plan_pages
from sokdok.pages.cells import BREAK
from sokdok.pages.draw import GLYPH_SIZES, get_glyph_size
from sokdok.pages.layout import lay_out, symbols_of
from sokdok.tokens.models import find_model
from sokdok.tokens.prices import load_prices

KOREAN = "속독은 글을 그림으로 바꾸어 읽는다.\n둘째 줄에는 숫자 1234와 tab\t이 있다. " * 120
ENGLISH = "The quick brown fox jumps over the lazy dog, 12 times.\n" * 150
MODELS = ("gpt-4o", "gpt-5-nano", "claude-opus-4.5", "gemini-2.5-pro", "gemini-3-pro", "qwen2.5-vl", "deepseek-ocr")


@pytest.fixture(autouse=True)
def no_profiles(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def profile(name: str, **accuracy: float) -> Legibility:
    """A profile with the same accuracy in each script."""
    rows = (LegibilityRow(g.removeprefix("g"), s, 9, share, share) for g, share in accuracy.items() for s in SCRIPTS)
    return Legibility(name, "2026-11-25", tuple(rows))


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("text", [KOREAN, ENGLISH, "짧은 글", "\n" * 3000], ids=["ko", "en", "short", "lines"])
def test_pages_hold_the_whole_text_at_the_price_of_their_sizes(name, text) -> None:
    model = find_model(name)
    plan = plan_pages(text, model, legible_glyphs(name, model))
    assert "".join(page.text for page in plan.pages) == text
    assert plan.tokens == sum(model.image_cost(*page.size).tokens for page in plan.pages)
    for page, drawn in zip(plan.pages, plan.draw("a.txt"), strict=True):
        assert drawn.size == page.size and drawn.source == "a.txt"
        assert model.image_cost(*drawn.size).effective == drawn.size


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("text", [KOREAN, ENGLISH], ids=["ko", "en"])
def test_no_equal_pages_in_any_glyph_are_cheaper(name, text) -> None:
    model = find_model(name)
    plan = plan_pages(text, model, GLYPH_SIZES)
    for glyph, size in product(GLYPH_SIZES, model.page_sizes):
        columns, rows = glyph.grid(size)
        grid = columns * glyph.cell.width, rows * glyph.cell.height
        pages = len(lay_out(symbols_of(text, glyph.cell), glyph.cell, grid, breaks=False))
        assert plan.tokens <= pages * model.image_cost(*size).tokens, (str(glyph), size)


def test_larger_glyphs_are_taken_where_they_cost_nothing() -> None:
    model = find_model("gpt-4o")
    assert str(plan_pages("짧은 글", model, GLYPH_SIZES).glyph) == "16x32"
    assert str(plan_pages("가" * 500, model, GLYPH_SIZES).glyph) == "10x20"


def test_the_rest_goes_onto_the_cheapest_page_that_holds_it() -> None:
    plan = plan_pages("가나다라" * 1600, find_model("gpt-4o"), [get_glyph_size("10x20")])
    assert [page.size for page in plan.pages[:-1]] == [(512, 2048)] * (len(plan.pages) - 1)
    assert plan.pages[-1].size != (512, 2048)


def test_lines_end_where_the_texts_do_if_that_is_free() -> None:
    model, glyph = find_model("deepseek-ocr"), [get_glyph_size("8x16")]
    (drawn,) = plan_pages("하나\n둘\n셋", model, glyph).draw()
    assert drawn.layout is not None and (drawn.layout.symbols == BREAK).sum() == 2
    assert len(plan_pages("\n" * 2000, model, glyph).pages) == 1  # 32 rows of a page would hold 32 of them


def test_what_can_be_sent_goes_before_what_is_cheaper() -> None:
    free, glyph = find_model("claude-opus-4.5"), [get_glyph_size("10x20")]
    limited = replace(free, max_images=1)
    cheap, one = plan_pages("가" * 2000, free, glyph), plan_pages("가" * 2000, limited, glyph)
    assert [page.size for page in cheap.pages] == [(784, 784), (784, 392)]
    assert [page.size for page in one.pages] == [(1568, 784)] and one.tokens > cheap.tokens
    assert len(plan_pages("가" * 9000, limited, glyph).pages) > 1


def test_a_profile_says_which_glyphs_are_legible() -> None:
    model = find_model("gpt-4o")
    assert [str(glyph) for glyph in legible_glyphs("gpt-4o", model)] == ["16x32", "12x24", "10x20"]
    save_profile(profile("my-llava", g16x32=0.99, g8x16=0.95, g4x8=0.4))
    assert [str(glyph) for glyph in legible_glyphs("my-llava", model)] == ["16x32", "8x16"]
    save_profile(profile("gpt-4o", g16x32=0.2))
    assert legible_glyphs("gpt-4o-2024-11-20", model) == ()


TEXT = "One of the mysteries about the turntable was how it used a beam of light to trace the groove. " * 40


def test_what_no_request_takes_is_text() -> None:
    gemini = find_model("gemini-3-pro")
    assert gemini.max_images == 900
    (row,) = measure_models("x" * 25_000, [gemini], load_prices(), 10, get_glyph_size("10x20"))
    assert row.sendable and row.pages == 2
    claude = find_model("claude-opus-4")
    (row,) = measure_models(TEXT * 350, [claude], load_prices(), 10, get_glyph_size("10x20"))
    assert not row.sendable and row.pages > 100 and row.new == row.cached == "text"
