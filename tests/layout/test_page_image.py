"""Ruled tables and pictures on a page."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from sokdok.imaging.box import Box
from sokdok.layout.page_image import analyse_image
from sokdok.layout.ruled_tables import ruled_tables
from sokdok.layout.tables.ruling_lines import find_ruling
from sokdok.layout.text_line import TextLine

EM = 16.0


def line(text: str, x: float, y: float, width: float = 60) -> TextLine:
    return TextLine(Box(x, y - EM / 2, x + width, y + EM / 2), text, 1.0, EM, "text")


def ink(draw: ImageDraw.ImageDraw, read: TextLine) -> None:
    left, top, right, bottom = read.box
    for x in range(int(left), int(right), 6):
        draw.rectangle((x, top + 3, x + 2, bottom - 3), fill="black")


def grid(draw: ImageDraw.ImageDraw, xs: list[int], ys: list[int]) -> None:
    for x in xs:
        draw.line((x, ys[0], x, ys[-1]), fill="black", width=2)
    for y in ys:
        draw.line((xs[0], y, xs[-1], y), fill="black", width=2)


def page() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (800, 900), "white")
    return image, ImageDraw.Draw(image)


def test_a_grid_is_a_table_read_cell_by_cell() -> None:
    image, draw = page()
    grid(draw, [100, 300, 500], [300, 380, 460])
    cells = [line("a1", 110, 320), line("a2", 110, 350), line("b", 310, 320), line("c", 110, 400), line("d", 310, 400)]
    words = [line("before", 100, 200, 400), line("after", 100, 600, 400), *cells]
    for word in words:
        ink(draw, word)
    blocks = analyse_image(np.asarray(image), words)
    assert [block.kind for block in blocks] == ["text", "table", "text"]
    assert [read.text for read in blocks[1].lines] == ["a1", "b", "a2", "c", "d"]
    assert blocks[1].html.count("<tr>") == 3 and "<td>c</td><td>d</td>" in blocks[1].html


def test_a_frame_around_a_paragraph_is_no_table() -> None:
    image, draw = page()
    grid(draw, [100, 500], [300, 460])
    words = [line(f"w{i}", 120, 320 + 24 * i, 350) for i in range(5)]
    for word in words:
        ink(draw, word)
    ruling = find_ruling(np.asarray(image), words)
    assert len(ruling.horizontal) == len(ruling.vertical) == 2
    assert ruled_tables(ruling, words) == []


def test_two_tables_apart_stay_two() -> None:
    image, draw = page()
    grid(draw, [100, 300, 500], [100, 160, 220])
    grid(draw, [100, 300, 500], [500, 560, 620])
    words = [line("x", 110, 130), line("w", 310, 130), line("y", 110, 530), line("z", 110, 590)]
    boxes = ruled_tables(find_ruling(np.asarray(image), words), words)
    assert [round(box.top / 100) for box in boxes] == [1, 5]


def test_a_picture_takes_its_labels_and_leaves_the_text() -> None:
    image, draw = page()
    draw.ellipse((200, 300, 400, 500), fill="navy")
    words = [line("above", 100, 200, 500), line("label", 410, 400, 50), line("below", 100, 600, 500)]
    for word in words:
        ink(draw, word)
    blocks = analyse_image(np.asarray(image), words)
    assert [block.kind for block in blocks] == ["text", "image", "text"]
    assert [read.text for read in blocks[1].lines] == ["label"]
    left, top, right, bottom = blocks[1].box
    assert abs(left - 200) < 16 and abs(top - 300) < 16 and right == 460 and abs(bottom - 500) < 16


def test_a_page_of_nothing_and_a_page_of_one_picture() -> None:
    assert analyse_image(np.full((300, 300, 3), 255, np.uint8), []) == []
    image, draw = page()
    draw.rectangle((100, 100, 600, 500), fill="darkred")
    assert [block.kind for block in analyse_image(np.asarray(image), [])] == ["image"]
