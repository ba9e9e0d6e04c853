"""A page's pose: boxes there and back, and the straight page made of its picture.

How a page lies, by its lines: drawn as points here, as a camera or a crooked sheet would map them.
"""

import math

import numpy as np
import pytest
from PIL import Image

from sokdok.imaging.box import Box
from sokdok.imaging.pose import QUARTERS, Lines, combined, mapped, straighten, tilted, turned


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
    expected = turned((60, 40), 90).points_to_picture(tilt.points_to_picture(points))
    assert np.allclose(both.points_to_picture(points), expected)
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
