"""The text layer: spaces from gaps, columns in reading order, boxes on the upright page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fakes.pdf import Text, write_pdf
from sokdok.pages.files import open_file
from sokdok.pages.pdf import PdfFile
from sokdok.pages.textlayer import TextLayer

LEFT = [
    "Reading begins at the upper left", "and goes down the whole column", "before the eye turns to the", "right side",
    "of the sheet, as people do.", "This line ends the left column.",
]  # fmt: skip
RIGHT = [
    "Here the second column starts,", "which a naive reader mixes with", "the first, line after line, until",
    "nothing of it can be understood", "by anyone at all. That is all.",
]  # fmt: skip


def layer_of(path: Path, index: int = 0) -> TextLayer:
    file = open_file(path)
    layer = file.layer(index)
    file.close()
    assert layer is not None
    return layer


def column(lines: list[str], x: float, top: float) -> list[Text]:
    return [Text(x, top + 14 * i, line) for i, line in enumerate(lines)]


@pytest.mark.parametrize("gap", [0.22, 0.28, 0.5])
def test_spaces_that_the_file_leaves_out_are_put_back(tmp_path: Path, gap: float) -> None:
    text = "Words set without any space between them"
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [[Text(50, 100, text, gap=gap)]]))
    assert layer.text == text


def test_hangul_spaces_are_put_back_too(tmp_path: Path) -> None:
    text = "환경노동위원회 회의록은 공개한다 제1차 회의"
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [[Text(50, 100, text, 12, gap=0.35)]]))
    assert layer.text == text


def test_spaces_in_the_file_are_kept_once(tmp_path: Path) -> None:
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [[Text(50, 100, "one two  three")]]))
    assert layer.text == "one two three"


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    title = Text(100, 60, "A title that reaches over both of the columns of text below it", 14)
    page = [title, *column(RIGHT, 310, 100), *column(LEFT, 60, 100)]  # drawn in the wrong order
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [page]))
    assert [line.text for line in layer.lines] == [title.text, *LEFT, *RIGHT]
    assert [line.column for line in layer.lines] == [0] + [1] * len(LEFT) + [2] * len(RIGHT)


def test_rows_of_a_table_stay_rows(tmp_path: Path) -> None:
    cells = [[f"item {row}", f"{row * 17}", f"{row * 4}.5"] for row in range(1, 8)]
    page = [Text(60 + 120 * at, 100 + 14 * row, cell) for row, line in enumerate(cells) for at, cell in enumerate(line)]
    layer = layer_of(write_pdf(tmp_path / "a.pdf", [page]))
    assert [[piece.text for piece in line.pieces] for line in layer.lines] == cells


def test_boxes_are_where_the_ink_is(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[Text(150, 300, "Somewhere", 20)]])
    assert ink_within(path, layer_of(path)) > 0.99


@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_boxes_follow_a_turned_page(tmp_path: Path, rotate: int) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[Text(150, 300, "Somewhere", 20)]], rotate=rotate)
    layer = layer_of(path)
    assert layer.text == "Somewhere" and layer.size == ((842, 595) if rotate % 180 else (595, 842))
    assert ink_within(path, layer) > 0.99


def ink_within(path: Path, layer: TextLayer) -> float:
    """Share of the drawn page's ink that the only line's box holds."""
    with_page = PdfFile(path, "a")
    ink = np.asarray(with_page.page(0).image.convert("L")) < 128  # type: ignore[union-attr]
    with_page.close()
    height, width = ink.shape
    left, top, right, bottom = layer.lines[0].box
    inside = ink[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]
    return float(inside.sum() / ink.sum())


def test_bold_by_drawing_twice_is_read_once(tmp_path: Path) -> None:
    page = [Text(50, 100, "Twice"), Text(50.3, 100, "Twice"), Text(50, 120, "Once")]
    assert layer_of(write_pdf(tmp_path / "a.pdf", [page])).text == "Twice\nOnce"


def test_pages_without_text_have_no_layer(tmp_path: Path) -> None:
    file = open_file(write_pdf(tmp_path / "a.pdf", [[], [Text(50, 50, "text")]]))
    assert file.layer(0) is None and file.layer(1) is not None
    file.close()


def test_images_have_no_layer(tmp_path: Path) -> None:
    Image.new("L", (9, 9)).save(tmp_path / "a.png")
    assert open_file(tmp_path / "a.png").layer(0) is None
