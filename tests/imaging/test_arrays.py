"""Pale pages are darkened; others, dark ones among them, stay as they are."""

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sokdok.imaging.arrays import color_sums, darkened, gaps, local_maxima, spans


def test_a_third_of_the_colours_summed_is_their_mean() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (50, 40, 3), dtype=np.uint8)
    assert np.array_equal(color_sums(pixels) / 3, pixels.mean(2))
    assert np.array_equal(color_sums(pixels) // 3, pixels.mean(2).astype(np.uint8))


@given(st.integers(1, 8), st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_maxima_are_cells_that_no_neighbour_exceeds(height: int, width: int, seed: int) -> None:
    heat = np.random.default_rng(seed).integers(-3, 4, (height, width)).astype(float)
    rows, columns = local_maxima(heat, threshold=0)
    expected = {
        (y, x)
        for y in range(height)
        for x in range(width)
        if heat[y, x] > 0 and heat[y, x] == heat[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].max()
    }
    assert set(zip(rows.tolist(), columns.tolist(), strict=True)) == expected and len(rows) == len(expected)
    assert (np.diff(heat[rows, columns]) <= 0).all()


def by_counting(flags: list[bool]) -> list[list[int]]:
    found, at = [], 0
    for flag, run in groupby(flags):
        end = at + len(list(run))
        found += [[at, end]] if flag else []
        at = end
    return found


@given(st.lists(st.booleans()))
def test_spans_are_the_runs_of_true(flags: list[bool]) -> None:
    assert spans(np.array(flags, bool)).tolist() == by_counting(flags)


@given(st.lists(st.booleans()), st.integers(0, 4))
def test_gaps_are_what_spans_leave_out_between_them(flags: list[bool], least: int) -> None:
    inner, wide = spans(np.array(flags, bool)), gaps(np.array(flags, bool), least)
    between = [[a, b] for (_, a), (b, _) in zip(inner.tolist(), inner.tolist()[1:], strict=False) if b - a > least]
    assert wide.tolist() == between
    assert len(spans(np.array(flags, bool), least)) == len(between) + any(flags)


def _page(paper: int, ink: int) -> np.ndarray:
    page = np.full((100, 80), paper, np.uint8)
    page[40:44, 10:70] = ink
    return page


def test_pale_ink_becomes_black_and_its_paper_white() -> None:
    page = darkened(_page(220, 170))
    assert (page.min(), page.max()) == (0, 255)
    assert (page == 0).sum() == 4 * 60


@pytest.mark.parametrize(("paper", "ink"), [(250, 20), (200, 80), (30, 240), (120, 150), (0, 0), (255, 255)])
def test_dark_ink_bright_ink_and_none_stay(paper: int, ink: int) -> None:
    page = _page(paper, ink)
    assert darkened(page) is page
