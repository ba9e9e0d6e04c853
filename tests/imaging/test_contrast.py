"""Pale pages are darkened; others, dark ones among them, stay as they are."""

from __future__ import annotations

import numpy as np
import pytest

from sokdok.imaging.contrast import darkened


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


def test_a_page_without_pixels_stays() -> None:
    assert darkened(np.zeros((0, 5), np.uint8)).shape == (0, 5)
