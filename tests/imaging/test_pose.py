"""A page's pose: boxes there and back, and the straight page made of its picture."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from sokdok.imaging.box import Box
from sokdok.imaging.pose import QUARTERS, Pose, combined, tilted, turned


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


def test_a_straight_page_is_its_picture() -> None:
    page, pose = marked(), turned((60, 40))
    assert isinstance(pose, Pose) and pose.is_straight
    assert pose.straightened(page) is page
    assert pose.to_picture(Box(1, 2, 3, 4)) == Box(1, 2, 3, 4)
