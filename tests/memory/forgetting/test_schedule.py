from collections import Counter

import pytest

from sokdok.memory.forgetting.levels import Consumer, build_ladder
from sokdok.memory.forgetting.schedule import Place, Schedule
from sokdok.pages.glyphs import get_glyph_size
from sokdok.tokens.models import find_model

LADDER = build_ladder(Consumer(find_model("nano"), tuple(map(get_glyph_size, ("8x16", "8x8", "4x8")))), 4_000)


def span(places: list[Place]) -> list[tuple[int, int]]:
    return [(place.first, place.stop) for place in places]


@pytest.mark.parametrize("pages", [2, 3, 5])
def test_pages_tile_the_past_without_gap_from_faded_to_sharp(pages: int) -> None:
    schedule = Schedule(LADDER, pages * LADDER.price)
    for leaves in range(1, 400):
        places = schedule.places(leaves)
        assert places[-1].stop == leaves
        assert all(a.stop == b.first for a, b in zip(places, places[1:], strict=False))
        assert [p.step for p in places] == sorted((p.step for p in places), reverse=True)
        assert all(p.stop - p.first == LADDER.steps[p.step].leaves for p in places)
        assert schedule.tokens(leaves) == sum(LADDER.steps[p.step].tokens for p in places)


def test_a_page_stays_what_it_is_until_it_is_merged() -> None:
    schedule = Schedule(LADDER, 2 * LADDER.price)
    for leaves in range(1, 300):
        before, after = schedule.places(leaves), schedule.places(leaves + 1)
        for place in set(after) - set(before):
            older = [p for p in before if place.first <= p.first < place.stop]
            merged = len(older) in (1, 2) and span(older)[0][0] == place.first and span(older)[-1][1] == place.stop
            assert merged or place == Place(0, leaves, leaves + 1)


def test_pages_keep_their_budget_use_it_and_spread_over_the_steps() -> None:
    budget = 3 * LADDER.price
    schedule = Schedule(LADDER, budget)
    for leaves in range(100, 6000, 7):
        assert budget - LADDER.steps[0].tokens < schedule.tokens(leaves) <= budget
        counts = Counter(p.step for p in schedule.places(leaves))
        used = [counts[step] for step in range(max(counts))]  # the coarsest step in use may still be filling
        assert max(used) - min(used) <= 4


def test_twice_the_past_takes_one_more_page_of_each_step_at_most() -> None:
    """Tokens grow with the logarithm: what reaches n leaves back for 2 pages a step reaches 2n back for 4."""
    reach = {pages: _reach(pages * LADDER.price) for pages in (2, 4, 8)}
    assert reach[4] >= 2 * reach[2]
    assert reach[8] >= 2 * reach[4]
    assert reach[2] >= 2 ** (len(LADDER.steps) - 3)


def _reach(budget: int) -> int:
    """How many leaves there may be before the first is gone."""
    schedule = Schedule(LADDER, budget)
    leaves = 1
    while schedule.places(leaves)[0].first == 0:
        leaves *= 2
    return leaves


def test_a_past_that_fits_on_sharp_pages_stays_sharp() -> None:
    schedule = Schedule(LADDER, 20 * LADDER.steps[0].tokens)
    assert {p.step for p in schedule.places(20)} == {0}
    assert {p.step for p in schedule.places(21)} == {0, 1}


def test_the_number_of_pages_is_kept_too() -> None:
    schedule = Schedule(LADDER, 100 * LADDER.price, 17)
    assert max(len(schedule.places(leaves)) for leaves in range(2000)) == 17


def test_beyond_the_last_step_leaves_are_gone() -> None:
    schedule = Schedule(LADDER, 2 * LADDER.price)
    assert schedule.places(20_000)[0].first > 0
    assert abs(schedule.tokens(40_000) - schedule.tokens(20_000)) <= 3 * LADDER.steps[0].tokens


def test_it_does_not_matter_what_was_asked_before() -> None:
    schedule = Schedule(LADDER, 2 * LADDER.price)
    late, early = schedule.places(500), schedule.places(100)
    assert (Schedule(LADDER, 2 * LADDER.price).places(100), Schedule(LADDER, 2 * LADDER.price).places(500)) == (
        early,
        late,
    )


def test_it_knows_from_where_on_every_word_is_kept() -> None:
    schedule = Schedule(LADDER, 2 * LADDER.price)
    whole = [p for p in schedule.places(500) if not LADDER.steps[p.step].abridged]
    assert schedule.whole_from(500) == whole[0].first > 0
