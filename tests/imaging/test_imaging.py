"""Pictures as arrays: boxes, components, groups, poses and shades."""

import math
import random
from itertools import groupby, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sokdok.imaging.arrays import color_sums, darkened, gaps, local_maxima, spans
from sokdok.imaging.box import Box
from sokdok.imaging.grouping import close_values, components, connected, pixels_of, rows
from sokdok.imaging.pose import QUARTERS, Lines, combined, mapped, straighten, tilted, turned
from sokdok.imaging.shades import find_shades


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


def by_flooding(mask: np.ndarray, corners: bool) -> set[frozenset[tuple[int, ...]]]:
    """The components of a mask as sets of places, pixel by pixel."""
    places, far = np.argwhere(mask), np.max if corners else np.sum
    groups = connected(len(places), lambda at: far(np.abs(places - places[at]), axis=1) <= 1)
    return {frozenset(map(tuple, places[group].tolist())) for group in groups}


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**32 - 1), st.floats(0.1, 0.9), st.booleans())
def test_components_are_those_that_flooding_finds(h: int, w: int, seed: int, share: float, corners: bool) -> None:
    mask = np.random.default_rng(seed).random((h, w)) < share
    truth = by_flooding(mask, corners)
    pixels = pixels_of(mask, corners=corners)
    assert {frozenset(zip(rows.tolist(), columns.tolist(), strict=True)) for rows, columns in pixels} == truth
    found = components(mask, corners=corners)
    for (ys, xs), box, area in zip(pixels, found.boxes, found.areas, strict=True):
        assert box.tolist() == [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1] and area == len(ys)
        assert (np.diff(ys * w + xs) > 0).all()  # row by row
    assert len(pixels) == len(truth)


def test_a_spiral_is_one_component() -> None:
    mask = np.zeros((201, 201), bool)
    for ring in range(0, 100, 4):
        mask[ring, ring : 201 - ring] = mask[200 - ring, ring : 201 - ring] = True
        mask[ring : 201 - ring, 200 - ring] = mask[ring + 4 : 201 - ring, ring] = True
        mask[ring + 4, ring : ring + 5] = True
    assert len(components(mask).areas) == 1
    assert components(mask).areas[0] == mask.sum()


VALUES = st.lists(st.integers(0, 60))


@given(VALUES, st.integers(0, 9))
def test_close_values_are_linked_by_their_neighbours(values: list[int], tolerance: int) -> None:
    groups = close_values(values, tolerance)
    assert sorted(index for group in groups for index in group) == list(range(len(values)))
    assert [values[i] for group in groups for i in group] == sorted(values)
    for group in groups:
        assert all(values[b] - values[a] <= tolerance for a, b in pairwise(group))
    assert all(values[b[0]] - values[a[-1]] > tolerance for a, b in pairwise(groups))


@given(VALUES, st.integers(0, 9))
def test_connected_groups_of_close_values_are_the_same(values: list[int], tolerance: int) -> None:
    places = np.array(values)
    groups = connected(len(values), lambda at: np.abs(places - values[at]) <= tolerance)
    assert groups == sorted(map(sorted, close_values(values, tolerance)))


@given(st.integers(1, 6), st.integers(1, 6), st.randoms())
def test_rows_are_found_in_any_order_with_some_jitter(count: int, columns: int, rng: random.Random) -> None:
    grid = [
        [Box(100 * column, 20 * row + y, 100 * column + 80, 20 * row + 10 + y) for column in range(columns)]
        for row in range(count)
        for y in [rng.uniform(-2, 2)]
    ]
    shuffled = [box for row in grid for box in row]
    rng.shuffle(shuffled)
    assert rows(shuffled, lambda box: box) == grid


def marked(size: tuple[int, int] = (60, 40)) -> Image.Image:
    """White with one black rectangle near the top left."""
    image = Image.new("RGB", size, "white")
    image.paste("black", (6, 4, 16, 8))
    return image


def ink(image: Image.Image) -> Box:
    rows, columns = np.nonzero(np.asarray(image.convert("L")) < 128)
    return Box(float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))


@pytest.mark.parametrize("degrees", QUARTERS)
def test_a_quarter_turn_is_undone_and_its_boxes_are_those_of_the_picture(degrees: int) -> None:
    page = marked()
    picture = page.rotate(-degrees, expand=True)
    pose = turned(picture.size, degrees)
    assert pose.size == page.size
    assert np.array_equal(np.asarray(pose.straightened(picture)), np.asarray(page))
    assert pose.to_picture(ink(page)) == ink(picture)
    assert pose.from_picture(ink(picture)) == ink(page)


def test_a_tilted_page_is_made_straight_and_paper_lies_around_it() -> None:
    page = marked((300, 200))
    matrix = np.array([[0.98, 0.1, 20], [-0.1, 0.98, 40], [0.0002, 0, 1]])
    straight = tilted(matrix, page.size)
    picture = page.transform(
        (340, 260), Image.Transform.PERSPECTIVE, np.linalg.inv(matrix / 1).ravel()[:8].tolist(), fillcolor="white"
    )
    again = straight.straightened(picture)
    assert again.size == page.size
    assert np.abs(np.array(ink(again)) - ink(page)).max() <= 1.5
    around = straight.to_picture(ink(page))
    assert around.contains(ink(picture), margin=1.5)


def test_a_tilt_within_a_turn_goes_through_both() -> None:
    tilt = tilted(np.array([[1, 0.05, 3], [-0.05, 1, 2], [0, 0, 1.0]]), (44, 66))
    both = combined(turned((60, 40), 90), tilt)
    assert both.turned == 90 and both.size == (44, 66)
    points = np.array([(5.0, 7.0), (30.0, 20.0)])
    expected = mapped(turned((60, 40), 90).matrix, mapped(tilt.matrix, points))
    assert np.allclose(mapped(both.matrix, points), expected)
    assert np.allclose(both.points_from_picture(expected), points)
    assert combined(turned((60, 40), 90), turned((40, 60))) == turned((60, 40), 90)


SIZE = (1000, 1400)


def page(rng: np.random.Generator, count: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """Lines of a page that lies straight, flush at the left, ragged at the right: both ends (N, 2)."""
    y = np.linspace(100, 1300, count)
    left = np.column_stack([np.where(np.arange(count) % 7 == 3, 130.0, 100.0), y])
    right = np.column_stack([rng.uniform(600, 900, count), y])
    return left, right


def seen(matrix: np.ndarray, rng: np.random.Generator, noise: float = 0.4) -> Lines:
    left, right = (mapped(matrix, ends) + rng.normal(0, noise, ends.shape) for ends in page(rng))
    return Lines(left, right, np.full(len(left), 20.0))


def askew(degrees: float) -> np.ndarray:
    turn, middle = math.radians(degrees), np.array(SIZE) / 2
    matrix = np.array([[math.cos(turn), -math.sin(turn), 0], [math.sin(turn), math.cos(turn), 0], [0, 0, 1]])
    matrix[:2, 2] = middle - matrix[:2, :2] @ middle
    return matrix


@pytest.mark.parametrize("degrees", [-6.0, -0.5, 0.7, 3.5, 10.0])
def test_skew_is_undone(degrees: float) -> None:
    pose = straighten(SIZE, seen(askew(degrees), np.random.default_rng(1)))
    left, right = (mapped(askew(degrees), ends) for ends in page(np.random.default_rng(2)))
    left, right = pose.points_from_picture(left), pose.points_from_picture(right)
    assert np.abs(left[:, 1] - right[:, 1]).max() < 2.0
    flush = left[np.arange(len(left)) % 7 != 3, 0]
    assert np.ptp(flush) < 8.0


def test_perspective_is_undone() -> None:
    matrix = askew(1.5) @ np.array([[1, 0.03, 0], [0.02, 1, 0], [0.0001, 0, 1]])
    pose = straighten(SIZE, seen(matrix, np.random.default_rng(3)))
    left, right = (mapped(matrix, ends) for ends in page(np.random.default_rng(4)))
    before = np.abs((left - right)[:, 1]).max()
    left, right = pose.points_from_picture(left), pose.points_from_picture(right)
    assert before > 40
    assert np.abs(left[:, 1] - right[:, 1]).max() < 4.0
    assert np.ptp(left[np.arange(len(left)) % 7 != 3, 0]) < 10.0


def test_level_lines_and_too_few_leave_a_page_as_it_is() -> None:
    rng = np.random.default_rng(6)
    assert straighten(SIZE, seen(np.eye(3), rng)).is_straight
    few = Lines(*(values[:2] for values in seen(askew(4), rng)))
    assert straighten(SIZE, few).is_straight
    assert straighten(SIZE, Lines(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0))).is_straight
    slanted = seen(np.eye(3), np.random.default_rng(7))
    slanted.right[:6, 1] += 150  # some labels
    assert straighten(SIZE, slanted).is_straight


EM = 18


def lit(shades: dict[tuple[int, int, int, int], int]) -> np.ndarray:
    """A page (600, 800, 3), darker to the right, with grain, lines of letters, and shades so much darker than it."""
    random = np.random.default_rng(0)
    ground = 245 - 30 * np.arange(800)[None] / 800 + np.zeros((600, 1))
    for (left, top, right, bottom), levels in shades.items():
        ground[top:bottom, left:right] -= levels
    ground += random.normal(0, 2, ground.shape)
    for top in range(20, 580, 28):
        for left in range(60, 740, 10):
            if random.random() < 0.8:
                ground[top : top + 13, left : left + 3] = 40
    return np.repeat(np.clip(ground, 0, 255).astype(np.uint8)[..., None], 3, 2)


def assert_near(found: list[Box], wanted: list[tuple[int, int, int, int]]) -> None:
    assert len(found) == len(wanted)
    for box, sides in zip(found, wanted, strict=True):
        assert max(abs(a - b) for a, b in zip(box, sides, strict=True)) <= 8


def test_shades_of_rows_are_found_one_by_one_where_they_touch_too() -> None:
    shades = {(50, 40, 750, 68): 30, (50, 68, 750, 96): 10, (50, 124, 750, 152): 10, (50, 320, 400, 500): 12}
    assert_near(find_shades(lit(shades), EM), list(shades))


def test_letters_light_and_grain_are_no_shades() -> None:
    assert find_shades(lit({}), EM) == []
    assert find_shades(np.zeros((6, 900, 3), np.uint8), EM) == []
