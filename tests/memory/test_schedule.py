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
        schedule.advance_to(leaves)
        places = schedule.places()
        assert places[-1].stop == leaves
        assert all(a.stop == b.first for a, b in zip(places, places[1:], strict=False))
        assert [p.step for p in places] == sorted((p.step for p in places), reverse=True)
        assert all(p.stop - p.first == LADDER.steps[p.step].leaves for p in places)
        assert schedule.tokens == sum(LADDER.steps[p.step].tokens for p in places)


def test_a_page_stays_what_it_is_until_it_is_merged() -> None:
    schedule = Schedule(LADDER, 2)
    schedule.advance_to(60)
    before = schedule.places()
    schedule.advance_to(61)
    after = schedule.places()
    for place in set(after) - set(before):
        older = [p for p in before if place.first <= p.first < place.stop]
        merged = len(older) in (1, 2) and span(older)[0][0] == place.first and span(older)[-1][1] == place.stop
        assert merged or place == Place(0, 60, 60, 61)


def test_each_step_holds_a_bounded_number_of_pages_and_tokens_grow_with_the_logarithm() -> None:
    schedule = Schedule(LADDER, 3)
    most, largest_fall, tokens = 0, 0, 0
    for leaves in range(1, 4000):
        schedule.advance_to(leaves)
        counts = [sum(p.step == step for p in schedule.places()) for step in range(len(LADDER.steps))]
        most = max(most, *counts)
        largest_fall, tokens = max(largest_fall, tokens - schedule.tokens), schedule.tokens
        assert tokens <= 6 * LADDER.steps[0].tokens * (2 + log2(leaves))
    assert most <= 3 + 2
    assert largest_fall <= LADDER.steps[0].tokens


def test_beyond_the_last_step_leaves_are_gone() -> None:
    schedule = Schedule(LADDER, 1)
    schedule.advance_to(20_000)
    assert schedule.places()[0].first > 0
    full = schedule.tokens
    schedule.advance_to(40_000)
    assert abs(schedule.tokens - full) <= 3 * LADDER.steps[0].tokens


def test_it_knows_from_where_on_every_word_is_kept() -> None:
    schedule = Schedule(LADDER, 2)
    schedule.advance_to(500)
    whole = [p for p in schedule.places() if not LADDER.steps[p.step].abridged]
    assert schedule.whole_from() == whole[0].first > 0
