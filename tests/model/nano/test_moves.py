"""The cursor's moves: what leads from each symbol of a page to the next leads there when it is followed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.model.nano.alphabet import (
    EDGE_STEPS,
    MOVES,
    STOP,
    SUBCELL_HEIGHT,
    SUBCELL_WIDTH,
    advance,
    edges,
    moves_between,
)
from sokdok.pages.cells import CELLS
from sokdok.pages.layout import Layout, lay_out, symbols_of

SIZES = [(64, 64), (128, 64), (192, 128)]
TEXTS = st.text(st.sampled_from("ab 가힣字\n\t.é\U0001f600"), max_size=200)


def cursors(layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns in subcells."""
    cell = layout.cell
    return layout.rows * (cell.height // SUBCELL_HEIGHT), layout.columns * (cell.width // SUBCELL_WIDTH)


def pages(text: str, cell: str, size: tuple[int, int], breaks: bool) -> list[Layout]:
    return lay_out(symbols_of(text, CELLS[cell]), CELLS[cell], size, breaks=breaks)


def names(layout: Layout) -> list[str]:
    return [MOVES[move] for move in moves_between(*cursors(layout))]


@given(TEXTS, st.sampled_from(list(CELLS)), st.sampled_from(SIZES), st.booleans())
@settings(deadline=None, max_examples=200)
def test_following_the_moves_visits_every_symbol(text: str, cell: str, size: tuple[int, int], breaks: bool) -> None:
    for layout in pages(text, cell, size, breaks):
        rows, columns = cursors(layout)
        moves = moves_between(rows, columns)
        assert moves[-1] == STOP
        assert (moves[:-1] != STOP).all()
        reached = advance(rows[:-1], columns[:-1], moves[:-1])
        assert (reached[0] == rows[1:]).all()
        assert (reached[1] == columns[1:]).all()
        assert (rows[0], columns[0]) == (0, 0)


@pytest.mark.parametrize(
    ("cell", "across", "wide", "down"),
    [("8x16", "right 2", "right 4", "down 2"), ("8x8", "right 2", "right 2", "down 1"), ("4x8", *MOVES[:2], "down 1")],
)
def test_worked_values(cell: str, across: str, wide: str, down: str) -> None:
    """a, a Hangul syllable, a line end, b; the end mark follows."""
    (layout,) = pages("a가\nb", cell, (64, 64), breaks=True)
    assert names(layout) == [across, wide, down, across, "stop"]
    (layout,) = pages("a가\nb", cell, (64, 64), breaks=False)
    assert names(layout) == [across, wide, across, across, "stop"]


def test_edges_count_down_to_the_page_border() -> None:
    rows, columns = np.array([0, 7, 7]), np.array([0, 31, 28])
    assert edges(rows, columns, (128, 64)).tolist() == [[EDGE_STEPS, EDGE_STEPS], [1, 1], [4, 1]]
