from __future__ import annotations

import pytest

from sokdok.bulk.unit import MOST_PAGES, page_ranges, unit_id


def test_a_unit_is_named_by_bytes_pages_and_question() -> None:
    same = unit_id("ab" * 32, 1, 32, "q")
    assert same == unit_id("ab" * 32, 1, 32, "q") and len(same) == 32
    others = {unit_id("ac" * 32, 1, 32, "q"), unit_id("ab" * 32, 1, 31, "q"), unit_id("ab" * 32, 1, 32, "r")}
    assert len({same, *others, unit_id("ab" * 32, 11, 32, "q")}) == 5


@pytest.mark.parametrize("pages", [0, 1, 31, 32, 33, 64, 65, 1000])
def test_ranges_cover_each_page_once_and_are_equally_long(pages: int) -> None:
    ranges = list(page_ranges(pages))
    assert [number for first, last in ranges for number in range(first, last + 1)] == [*range(1, pages + 1)]
    lengths = {last - first + 1 for first, last in ranges}
    assert not lengths or (max(lengths) <= MOST_PAGES and max(lengths) - min(lengths) <= 1)
