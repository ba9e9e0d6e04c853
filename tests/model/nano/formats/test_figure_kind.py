"""What the net of figure kinds sees: a square with the picture in its middle, the ground of which is zero."""

import numpy as np
import pytest
from PIL import Image

from sokdok.model.nano.formats.figures import SIDE_PX, flattened, squared


@pytest.mark.parametrize("size", [(1, 1), (40, 20), (SIDE_PX, SIDE_PX), (3000, 20), (20, 3000), (700, 500)])
def test_any_size_fits_and_ground_is_nothing(size: tuple[int, int]) -> None:
    assert not squared(Image.new("RGB", size, (30, 200, 90))).any()
    assert squared(Image.new("RGB", size)).shape == (3, SIDE_PX, SIDE_PX)


def test_a_small_picture_keeps_its_size_and_stands_in_the_middle() -> None:
    image = Image.new("RGB", (5, 3), "white")
    image.putpixel((2, 1), (255, 0, 0))
    square = squared(image)
    (row,), (column,) = np.nonzero(square[1])
    assert {row, column} <= {SIDE_PX // 2 - 1, SIDE_PX // 2}
    assert square[:, row, column].tolist() == [0, -1, -1]


def test_a_transparent_ground_is_white() -> None:
    image = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    image.putpixel((0, 0), (0, 0, 0, 255))
    assert list(flattened(image).get_flattened_data()) == [(0, 0, 0), (255, 255, 255)]
