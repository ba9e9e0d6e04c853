"""Plans of forgetting: each level is cheaper than the one before, holds what it is for, and shows what can be read."""

from itertools import pairwise

import pytest

from sokdok.memory.forgetting.plan import CELLS_PER_TOKEN, Consumer, Level, RetentionPlan, capacity, plan_retention
from sokdok.pages.draw import GLYPH_SIZES, get_glyph_size
from sokdok.tokens.models import find_model, models

NANO = tuple(map(get_glyph_size, ("8x16", "8x8", "4x8")))
BUDGETS = [300, 540, 2_000, 4_000, 9_000, 20_000, 40_000, 200_000]


def whole_levels(plan: RetentionPlan) -> list[Level]:
    return [level for level in plan.levels if not level.abridged]


@pytest.mark.parametrize("budget", BUDGETS[1:])
def test_what_is_drawn_begins_sharp_and_shrinks_or_is_drawn_together(budget: int) -> None:
    levels = whole_levels(plan_retention(Consumer(find_model("nano"), NANO), budget, budget))
    assert levels[0].glyph == NANO[0] and levels[0].chunks == 1
    for before, after in pairwise(levels):
        assert before.glyph and after.glyph and before.size and after.size
        assert after.glyph.area <= before.glyph.area and after.chunks >= before.chunks
        if after.chunks == before.chunks:
            assert after.glyph.area < before.glyph.area and after.size < before.size
        else:
            assert after.chunks == 2 * before.chunks


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("model", models(), ids=lambda model: model.name)
def test_there_is_room_for_two_pages_of_each_level_and_text_for_a_chunk(model, budget: int) -> None:
    plan = plan_retention(Consumer(model, NANO), budget, budget)
    assert len(plan.levels) == 1 or 2 * plan.tokens <= budget
    assert plan.tokens == sum(level.tokens for level in plan.levels)
    if plan.levels[0].size:
        assert plan.chunk_cells / CELLS_PER_TOKEN <= budget  # half a page if need be, so that the rest may be text


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("model", models(), ids=lambda model: model.name)
def test_every_level_is_cheaper_a_chunk_and_holds_what_it_is_for(model, budget: int) -> None:
    for glyphs in (NANO, GLYPH_SIZES, GLYPH_SIZES[:3]):
        plan = plan_retention(Consumer(model, glyphs), budget, budget)
        prices = [level.price for level in plan.levels]
        assert prices == sorted(prices, reverse=True)
        assert len(set(prices)) == len(prices)
        chunks = [level.chunks for level in plan.levels]
        assert chunks[0] == 1
        assert {after // before for before, after in pairwise(chunks)} <= {1, 2}
        for level in plan.levels:
            if level.size is None:
                continue
            assert level.glyph is not None
            assert level.capacity == capacity(level.size, level.glyph)
            assert level.tokens == model.image_cost(*level.size).tokens
            assert model.image_cost(*level.size).effective == level.size  # what is drawn is what is read
            assert level.glyph in glyphs
            assert level.abridged or level.capacity >= level.chunks * plan.chunk_cells


def test_a_picture_that_costs_more_than_its_text_is_not_drawn() -> None:
    """Claude pays a token for 784 pixels: in 10x20 glyphs that is a token for a token."""
    plan = plan_retention(Consumer(find_model("claude-opus-4.5"), (get_glyph_size("10x20"),)), 10_000, 10_000)
    assert all(level.size is None for level in plan.levels)
    drawn = plan_retention(Consumer(find_model("nano"), NANO), 10_000, 10_000)
    for level in drawn.levels:
        assert level.abridged or level.tokens < 0.7 * level.chunks * drawn.chunk_cells / CELLS_PER_TOKEN


def test_glyphs_that_the_reader_cannot_read_are_never_drawn() -> None:
    glyph = get_glyph_size("8x16")
    plan = plan_retention(Consumer(find_model("nano"), (glyph,)), 10_000, 10_000)
    assert {level.glyph for level in plan.levels} == {glyph}
    nothing = plan_retention(Consumer(find_model("nano"), ()), 10_000, 10_000)
    assert {level.size for level in nothing.levels} == {None}


@pytest.mark.parametrize("budget", BUDGETS)
def test_the_pinned_stream_begins_with_every_word(budget: int) -> None:
    """It has no text of its own before its first level, so that level must not be abridged, drawn or not."""
    for glyphs in (NANO, ()):
        plan = plan_retention(Consumer(find_model("nano"), glyphs), budget, budget, pinned=True)
        assert not plan.levels[0].abridged and plan.levels[0].capacity >= plan.chunk_cells
