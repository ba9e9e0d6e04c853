from collections import Counter
from itertools import pairwise

import pytest

from sokdok.memory.forgetting.plan import Consumer, plan_retention
from sokdok.memory.forgetting.schedule import Schedule, ScheduledPage
from sokdok.pages.draw import get_glyph_size
from sokdok.tokens.models import find_model

PLAN = plan_retention(Consumer(find_model("nano"), tuple(map(get_glyph_size, ("8x16", "8x8", "4x8")))), 4_000, 4_000)


def span(found: list[ScheduledPage]) -> list[tuple[int, int]]:
    return [(page.first, page.stop) for page in found]


@pytest.mark.parametrize("pages", [2, 3, 5])
def test_pages_tile_the_past_without_gap_from_faded_to_sharp(pages: int) -> None:
    schedule = Schedule(PLAN, pages * PLAN.tokens)
    for chunks in range(1, 400):
        found = schedule.pages(chunks)
        assert found[-1].stop == chunks
        assert all(a.stop == b.first for a, b in pairwise(found))
        assert [p.level for p in found] == sorted((p.level for p in found), reverse=True)
        assert all(p.stop - p.first == PLAN.levels[p.level].chunks for p in found)
        assert schedule.tokens(chunks) == sum(PLAN.levels[p.level].tokens for p in found)


def test_a_page_stays_what_it_is_until_it_is_merged() -> None:
    schedule = Schedule(PLAN, 2 * PLAN.tokens)
    for chunks in range(1, 300):
        before, after = schedule.pages(chunks), schedule.pages(chunks + 1)
        for page in set(after) - set(before):
            older = [p for p in before if page.first <= p.first < page.stop]
            merged = len(older) in (1, 2) and span(older)[0][0] == page.first and span(older)[-1][1] == page.stop
            assert merged or page.stop == chunks + 1  # the new one, which may shrink and merge at once


def test_pages_keep_their_budget_use_it_and_spread_over_the_abridged_levels() -> None:
    budget = 3 * PLAN.tokens
    schedule = Schedule(PLAN, budget)
    for chunks in range(600, 6000, 7):
        assert budget - PLAN.levels[0].tokens < schedule.tokens(chunks) <= budget
        counts = Counter(p.level for p in schedule.pages(chunks))
        first = sum(not level.abridged for level in PLAN.levels) - 1
        used = [counts[level] for level in range(first, max(counts))]  # the coarsest step in use may still be filling
        assert max(used) - min(used) <= 4


def test_a_past_that_fits_on_sharp_pages_stays_sharp() -> None:
    schedule = Schedule(PLAN, 20 * PLAN.levels[0].tokens)
    assert {p.level for p in schedule.pages(20)} == {0}
    assert {p.level for p in schedule.pages(21)} == {0, 1}


def test_the_number_of_pages_is_kept_too() -> None:
    schedule = Schedule(PLAN, 100 * PLAN.tokens, 17)
    assert max(len(schedule.pages(chunks)) for chunks in range(2000)) == 17


def test_beyond_the_last_level_leaves_are_gone() -> None:
    schedule = Schedule(PLAN, 2 * PLAN.tokens)
    assert schedule.pages(20_000)[0].first > 0
    assert abs(schedule.tokens(40_000) - schedule.tokens(20_000)) <= 3 * PLAN.levels[0].tokens


def test_nothing_is_abridged_while_all_of_it_can_be_drawn_smaller() -> None:
    budget, whole = 24 * PLAN.levels[0].tokens, [level for level in PLAN.levels if not level.abridged]
    schedule = Schedule(PLAN, budget)
    fitting = int((budget - 2 * sum(level.tokens for level in whole)) / whole[-1].price)
    assert fitting > 20
    assert {page.level for page in schedule.pages(fitting)} <= set(range(len(whole)))
    assert {page.level for page in schedule.pages(4 * fitting)} > {len(whole) - 1, len(whole)}
