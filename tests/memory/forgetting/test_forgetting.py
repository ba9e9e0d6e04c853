"""Forgetting: the schedule of sharpness, and the plan of a view."""

from collections import Counter
from itertools import pairwise

import pytest

from fakes.memory import EPOCH
from sokdok.memory.forgetting.pages import PageBook
from sokdok.memory.forgetting.plan import CELLS_PER_TOKEN, Consumer, Level, capacity, plan_retention
from sokdok.memory.forgetting.schedule import Schedule
from sokdok.memory.store.store import Store
from sokdok.memory.turn import NewTurn
from sokdok.pages.draw import GLYPH_SIZES, get_glyph_size
from sokdok.tokens.models import find_model, models

NANO = tuple(map(get_glyph_size, ("8x16", "8x8", "4x8")))
BUDGETS = [300, 540, 2_000, 4_000, 9_000, 20_000, 40_000, 200_000]


@pytest.mark.parametrize("budget", BUDGETS[1:])
def test_what_is_drawn_begins_sharp_and_shrinks_or_is_drawn_together(budget: int) -> None:
    plan = plan_retention(Consumer(find_model("nano"), NANO), budget, budget)
    levels = [level for level in plan.levels if not level.abridged]
    assert levels[0].glyph == NANO[0] and levels[0].chunks == 1
    for before, after in pairwise(levels):
        assert before.glyph and after.glyph and before.size and after.size
        assert after.glyph.area <= before.glyph.area and after.chunks >= before.chunks
        if after.chunks == before.chunks:
            assert after.glyph.area < before.glyph.area and after.size < before.size
        else:  # of glyphs that shrink no further, more on a larger page
            assert after.chunks == 2 * before.chunks or (after.glyph == before.glyph and after.size > before.size)


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("model", models(), ids=lambda model: model.name)
def test_there_is_room_for_two_pages_of_each_level_and_text_for_a_chunk(model, budget: int) -> None:
    plan = plan_retention(Consumer(model, NANO), budget, budget)
    assert len(plan.levels) == 1 or 2 * sum(level.tokens for level in plan.levels) <= budget
    if plan.levels[0].size:
        assert plan.chunk_cells / CELLS_PER_TOKEN <= budget  # half a page if need be, so that the rest may be text


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("model", models(), ids=lambda model: model.name)
def test_every_level_is_cheaper_a_chunk_and_holds_what_it_is_for(model, budget: int) -> None:
    for glyphs in (NANO, GLYPH_SIZES, GLYPH_SIZES[:3]):
        plan = plan_retention(Consumer(model, glyphs), budget, budget)
        prices = [level.price for level in plan.levels]
        assert prices == sorted({*prices}, reverse=True)
        chunks = [level.chunks for level in plan.levels]  # powers of two
        assert chunks[0] == 1 and all(count.bit_count() == 1 for count in chunks) and chunks == sorted(chunks)
        for level in plan.levels:
            if level.size is None:
                continue
            assert level.glyph in glyphs
            assert level.capacity == capacity(level.size, level.glyph)
            assert level.tokens == model.image_cost(*level.size).tokens
            assert model.image_cost(*level.size).effective == level.size  # what is drawn is what is read
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
    assert {level.size for level in plan_retention(Consumer(find_model("nano"), ()), 10_000, 10_000).levels} == {None}


@pytest.mark.parametrize("budget", BUDGETS)
def test_the_pinned_stream_begins_with_every_word(budget: int) -> None:
    """It has no text of its own before its first level, so that level must not be abridged, drawn or not."""
    for glyphs in (NANO, ()):
        plan = plan_retention(Consumer(find_model("nano"), glyphs), budget, budget, pinned=True)
        assert not plan.levels[0].abridged and plan.levels[0].capacity >= plan.chunk_cells


PLAN = plan_retention(Consumer(find_model("nano"), NANO), 8_000, 8_000)
ONE_OF_EACH = sum(level.tokens for level in PLAN.levels)


@pytest.mark.parametrize("pages", [2, 3, 5])
def test_pages_tile_the_past_without_gap_from_faded_to_sharp(pages: int) -> None:
    schedule = Schedule(PLAN, pages * ONE_OF_EACH)
    for chunks in range(1, 400):
        found = schedule.pages(chunks)
        assert found[-1].stop == chunks
        assert all(a.stop == b.first for a, b in pairwise(found))
        assert [p.level for p in found] == sorted((p.level for p in found), reverse=True)
        assert all(p.stop - p.first == PLAN.levels[p.level].chunks for p in found)
        assert schedule.tokens(chunks) == sum(PLAN.levels[p.level].tokens for p in found)


def test_a_page_stays_what_it_is_until_it_is_merged() -> None:
    schedule = Schedule(PLAN, 2 * ONE_OF_EACH)
    for chunks in (*range(1, 300), *range(20_000, 20_600)):  # later on what happens repeats, here every 512 chunks
        before, after = schedule.pages(chunks), schedule.pages(chunks + 1)
        for page in set(after) - set(before):
            older = [p for p in before if page.first <= p.first < page.stop]
            merged = older and older[0].first == page.first and older[-1].stop == page.stop
            assert merged or page.stop == chunks + 1  # the new one, which may shrink and merge at once


def test_pages_keep_their_budget_use_it_and_spread_over_the_abridged_levels() -> None:
    schedule = Schedule(PLAN, budget := 3 * ONE_OF_EACH)
    for chunks in range(600, 6000, 7):
        assert budget - PLAN.levels[-1].tokens < schedule.tokens(chunks) <= budget
        counts = Counter(p.level for p in schedule.pages(chunks))
        first = sum(not level.abridged for level in PLAN.levels) - 1
        used = [counts[level] for level in range(first, max(counts))]  # the coarsest step in use may still be filling
        assert max(used) - min(used) <= 4
    assert schedule.pages(40_000)[0].first > 0  # beyond the last level leaves are gone
    assert max(len(Schedule(PLAN, 100 * ONE_OF_EACH, 17).pages(chunks)) for chunks in range(2000)) == 17


def test_nothing_is_abridged_while_all_of_it_can_be_drawn_smaller() -> None:
    budget, whole = 24 * PLAN.levels[0].tokens, [level for level in PLAN.levels if not level.abridged]
    schedule = Schedule(PLAN, budget)
    fitting = int((budget - 2 * sum(level.tokens for level in whole)) / whole[-1].price)
    assert fitting > 20 and {page.level for page in schedule.pages(fitting)} <= set(range(len(whole)))
    assert {page.level for page in schedule.pages(4 * fitting)} > {len(whole) - 1, len(whole)}
    sharp = Schedule(PLAN, 20 * PLAN.levels[0].tokens)  # a past that fits on sharp pages stays so
    assert [{page.level for page in sharp.pages(chunks)} for chunks in (20, 21)] == [{0}, {0, 1}]


def test_a_summary_too_long_for_an_abridged_page_leaves_its_room_to_shorter_ones(tmp_path) -> None:
    figures = " ".join(str(1000 + 7 * number) for number in range(44))  # says most for its length, in 220 cells
    with Store(tmp_path / "chat.db") as store:
        store.append("default", [NewTurn("user", text, EPOCH) for text in (figures, *["It opens at noon."] * 40)])
        level = Level(chunks=1, tokens=50, capacity=200, size=None, glyph=None, abridged=True)
        page = PageBook(store, "default", PLAN, False, None).text(level, 0, store.end("default").length)
    assert page.text.count("It opens at noon.") >= 3
