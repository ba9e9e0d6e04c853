"""Boxes: what each method promises, checked by counting pixels."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sokdok.imaging.box import Box

SIDE = 12


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    left, right = sorted(draw(st.tuples(st.integers(0, SIDE), st.integers(0, SIDE))))
    top, bottom = sorted(draw(st.tuples(st.integers(0, SIDE), st.integers(0, SIDE))))
    return Box(left, top, right, bottom)


def painted(box: Box) -> np.ndarray:
    picture = np.zeros((SIDE, SIDE), bool)
    picture[int(box.top) : int(box.bottom), int(box.left) : int(box.right)] = True
    return picture


@given(boxes(), boxes())
def test_areas_are_pixels(a: Box, b: Box) -> None:
    both = painted(a) & painted(b)
    assert a.area == painted(a).sum() and a.overlap(b) == b.overlap(a) == both.sum()
    assert a.share_in(b) == (both.sum() / a.area if a.area else 0)


@given(st.lists(boxes(), min_size=1))
def test_the_box_around_contains_all_and_is_the_smallest(several: list[Box]) -> None:
    outer = Box.around(several)
    assert all(outer.contains(box) for box in several)
    shrunk = [outer._replace(left=outer.left + 1), outer._replace(bottom=outer.bottom - 1)]
    assert not any(all(inner.contains(box) for box in several) for inner in shrunk)


@given(boxes(), st.integers(1, 5), st.integers(0, 9))
def test_moving_scaling_growing_and_back(box: Box, by: int, far: int) -> None:
    assert box.moved(far, by).moved(-far, -by) == box == box.scaled(by, 2).scaled(1 / by, 0.5)
    assert box.grown(by, far).grown(-by, -far) == box
    assert box.grown(by).contains(box) and box.contains(box.grown(by), margin=by)
