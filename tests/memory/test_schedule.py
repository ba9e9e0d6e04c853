from collections import Counter
from math import log2

import pytest

from sokdok.memory.ladder import build_ladder
from sokdok.memory.schedule import Place, Schedule
from sokdok.pages.glyphs import get_glyph_size
from sokdok.tokens.models import find_model

LADDER = build_ladder(find_model("nano"), tuple(map(get_glyph_size, ("8x16", "8x8", "4x8"))), 4_000)


def span(places: list[Place]) -> list[tuple[int, int]]:
    return [(place.first, place.stop) for place in places]


@pytest.mark.parametrize("keep", [1, 2, 5])
def test_pages_tile_the_past_without_gap_from_faded_to_sharp(keep: int) -> None:
    schedule = Schedule(LADDER, keep)
    for leaves in range(1, 400):
        places = schedule.places(leaves)
        assert places[-1].stop == leaves
        assert all(a.stop == b.first for a, b in zip(places, places[1:], strict=False))
        assert [p.step for p in places] == sorted((p.step for p in places), reverse=True)
        assert all(p.stop - p.first == LADDER.steps[p.step].leaves for p in places)
        assert schedule.tokens(leaves) == sum(LADDER.steps[p.step].tokens for p in places)


def test_a_page_stays_what_it_is_until_it_is_merged() -> None:
    schedule = Schedule(LADDER, 2)
    for leaves in range(1, 300):
        before, after = schedule.places(leaves), schedule.places(leaves + 1)
        for place in set(after) - set(before):
            older = [p for p in before if place.first <= p.first < place.stop]
            merged = len(older) in (1, 2) and span(older)[0][0] == place.first and span(older)[-1][1] == place.stop
            assert merged or place == Place(0, leaves, leaves, leaves + 1)


def test_each_step_holds_a_bounded_number_of_pages_and_tokens_grow_with_the_logarithm() -> None:
    schedule = Schedule(LADDER, 3)
    most, largest_fall = 0, 0
    for leaves in range(1, 4000):
        counts = Counter(p.step for p in schedule.places(leaves))
        most = max(most, *counts.values())
        largest_fall = max(largest_fall, schedule.tokens(leaves - 1) - schedule.tokens(leaves))
        assert schedule.tokens(leaves) <= 6 * LADDER.steps[0].tokens * (2 + log2(leaves))
    assert most <= 3 + 2
    assert largest_fall <= LADDER.steps[0].tokens


def test_beyond_the_last_step_leaves_are_gone() -> None:
    schedule = Schedule(LADDER, 1)
    assert schedule.places(20_000)[0].first > 0
    assert abs(schedule.tokens(40_000) - schedule.tokens(20_000)) <= 3 * LADDER.steps[0].tokens


def test_it_does_not_matter_what_was_asked_before() -> None:
    schedule = Schedule(LADDER, 2)
    late, early = schedule.places(500), schedule.places(100)
    assert (Schedule(LADDER, 2).places(100), Schedule(LADDER, 2).places(500)) == (early, late)


def test_it_knows_from_where_on_every_word_is_kept() -> None:
    schedule = Schedule(LADDER, 2)
    whole = [p for p in schedule.places(500) if not LADDER.steps[p.step].abridged]
    assert schedule.whole_from(500) == whole[0].first > 0
