"""Pictures by their numbers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.html import Seen
from sokdok.bulk.report.chart import POINTS, bar, busy_course, curve, stack
from sokdok.bulk.report.facts import Course


def course(*units: tuple[float, float, float]) -> Course:
    made = Course()
    for begun, ended, pages in units:
        made.begun.append(begun)
        made.ended.append(ended)
        made.pages.append(pages)
    return made


def test_time_without_reading_does_not_count() -> None:
    night = 50_000.0
    points, busy, pauses = busy_course(course((1000.0, 1010.0, 5), (night, night + 10, 10), (night + 5, night + 10, 5)))
    assert busy == pytest.approx(20) and pauses == 1
    assert len(points) == POINTS and points[0] == (0.0, 0.0) and points[-1][1] == pytest.approx(20)
    at = np.interp([10, 15], *np.array(points).T)
    assert at == pytest.approx([5, 10], abs=0.1)


def test_nothing_was_read() -> None:
    assert busy_course(course()) == ([], 0.0, 0)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e4), st.integers(0, 32)), min_size=1, max_size=30))
def test_a_course_never_falls_and_ends_with_all_pages(units: list[tuple[float, float, int]]) -> None:
    points, busy, _ = busy_course(course(*((begun, begun + seconds, float(pages)) for begun, seconds, pages in units)))
    done = [pages for _, pages in points]
    total = sum(pages for *_, pages in units)
    assert all(later >= earlier - 1e-6 * (1 + total) for earlier, later in pairwise(done))
    assert done[-1] == pytest.approx(total, abs=1e-3 * (1 + total))
    assert busy <= sum(seconds for _, seconds, _ in units) + 1


@given(st.floats(1e-9, 1e9), st.floats(1e-9, 1e9))
def test_curves_of_any_size_have_marks(seconds: float, pages: float) -> None:
    seen = Seen(curve([(0.0, 0.0), (seconds, pages)], "seconds", "pages"))
    assert seen.nested and 2 <= len([tag for tag, value in seen.attributes if tag == "dy" and value == "16"]) <= 12


def test_bars_stay_within_their_place() -> None:
    assert 'width="100.00"' in bar(1.7) and 'width="0.00"' in bar(-1) and 'width="33.33"' in bar(1 / 3, "low")
    drawn = stack([("one", 3), ("<two>", 1)])
    assert 'x="75.00" width="25.00"' in drawn and "&lt;two&gt;: 25.0%" in drawn
    assert Seen(stack([("none", 0)])).nested
