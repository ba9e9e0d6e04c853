import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sokdok.imaging.components import components, connected_runs, pixels_of

CORNERS = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
EDGES = [(i, j) for i, j in CORNERS if not (i and j)]


def by_flooding(codes: np.ndarray, corners: bool = True) -> set[frozenset[tuple[int, int]]]:
    """The components of all codes but 0 as sets of places, pixel by pixel."""
    left, found = {(int(row), int(column)) for row, column in np.argwhere(codes)}, set()
    while left:
        todo, seen = [left.pop()], []
        while todo:
            row, column = todo.pop()
            seen.append((row, column))
            near = {(row + i, column + j) for i, j in (CORNERS if corners else EDGES)} & left
            near = {place for place in near if codes[place] == codes[row, column]}
            left -= near
            todo += near
        found.add(frozenset(seen))
    return found


def places(labels: np.ndarray) -> set[frozenset[tuple[int, int]]]:
    return {frozenset(map(tuple, np.argwhere(labels == number).tolist())) for number in range(1, labels.max() + 1)}


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**32 - 1), st.floats(0.1, 0.9), st.booleans())
def test_components_are_those_that_flooding_finds(h: int, w: int, seed: int, share: float, corners: bool) -> None:
    mask = np.random.default_rng(seed).random((h, w)) < share
    truth = by_flooding(mask, corners)
    pixels = pixels_of(mask, corners=corners)
    assert {frozenset(zip(rows.tolist(), columns.tolist(), strict=True)) for rows, columns in pixels} == truth
    found = components(mask, corners=corners)
    for (rows, columns), box, area in zip(pixels, found.boxes, found.areas, strict=True):
        assert box.tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1] and area == len(rows)
        assert (np.diff(rows * w + columns) > 0).all()  # row by row
    assert len(pixels) == len(truth)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1), st.booleans())
def test_pixels_of_different_codes_are_not_connected(h: int, w: int, seed: int, corners: bool) -> None:
    codes = np.random.default_rng(seed).integers(-1, 3, (h, w))
    found = connected_runs(codes, background=-1, corners=corners)
    labels = np.zeros(codes.shape, int)
    for row, start, end, code, number in zip(*found[:5], strict=True):
        assert (codes[row, start:end] == code).all()
        labels[row, start:end] = number + 1
    assert places(labels) == by_flooding(codes + 1, corners) if found.total else (codes == -1).all()
    assert (np.diff(found.components[np.unique(found.components, return_index=True)[1]]) == 1).all()


def test_a_spiral_is_one_component() -> None:
    mask = np.zeros((201, 201), bool)
    for ring in range(0, 100, 4):
        mask[ring, ring : 201 - ring] = mask[200 - ring, ring : 201 - ring] = True
        mask[ring : 201 - ring, 200 - ring] = mask[ring + 4 : 201 - ring, ring] = True
        mask[ring + 4, ring : ring + 5] = True
    assert len(components(mask).areas) == 1
    assert components(mask).areas[0] == mask.sum()
