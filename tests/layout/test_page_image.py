"""Ruled tables and pictures on a page."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from sokdok.imaging.box import Box
from sokdok.layout.blocks import LayoutBlock
from sokdok.layout.page_image import analyse_image
from sokdok.layout.tables.ruling_lines import find_ruling
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Word

EM = 16.0


def line(text: str, x: float, y: float, width: float = 60) -> TextLine:
    return TextLine(Box(x, y - EM / 2, x + width, y + EM / 2), text, 1.0, EM, "text")


def spoken(text: str, x: float, y: float) -> TextLine:
    """A line whose words have places, 8 to a letter."""
    words: list[Word] = []
    for word in text.split():
        box = Box(x, y - EM / 2, x + 8 * len(word), y + EM / 2)
        words.append(Word(word, box, EM, box.bottom, source="recogniser"))
        x = box.right + 8
    return TextLine(Box.around(word.box for word in words), text, 1.0, EM, "text", words=tuple(words))


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


def tables_of(image: Image.Image, lines: list[TextLine]) -> list[LayoutBlock]:
    return [block for block in analyse_image(np.asarray(image), lines) if block.kind == "table"]


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
    assert (
        blocks[1].html.count("<tr>") == 2
        and "<td>a1 a2</td>" in blocks[1].html
        and "<td>c</td><td>d</td>" in blocks[1].html
    )


def test_a_frame_around_a_paragraph_is_no_table() -> None:
    image, draw = page()
    grid(draw, [100, 500], [300, 460])
    words = [line(f"w{i}", 120, 320 + 24 * i, 350) for i in range(5)]
    for word in words:
        ink(draw, word)
    assert tables_of(image, words) == []


def test_two_tables_apart_stay_two() -> None:
    image, draw = page()
    grid(draw, [100, 300, 500], [100, 160, 220])
    grid(draw, [100, 300, 500], [500, 560, 620])
    words = [line("x", 110, 130), line("w", 310, 130), line("y", 110, 530), line("z", 110, 590)]
    assert [round(table.box.top / 100) for table in tables_of(image, words)] == [1, 5]


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


def test_a_line_across_columns_that_lines_draw_is_cut_at_its_words() -> None:
    image, draw = page()
    grid(draw, [100, 180, 400], [300, 340, 380])
    words = [spoken("ship year", 144, 320), spoken("Fram", 110, 360), spoken("1892", 190, 360)]
    (table,) = tables_of(image, words)
    assert table.html == "<table><tr><td>ship</td><td>year</td></tr><tr><td>Fram</td><td>1892</td></tr></table>"


def lined(places: list[int], drift: int = 0) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Lines of one length, each `drift` further to the right."""
    image, draw = page()
    for number, y in enumerate(places):
        draw.line((100 + drift * number, y, 500 + drift * number, y), fill="black", width=2)
    return image, draw


SHIPS = [
    spoken("ship", 110, 318),
    spoken("what became of it", 250, 318),
    spoken("Fram", 110, 352),
    spoken("stands in the museum that was", 250, 352),
    spoken("built for her", 250, 374),
    spoken("Vasa", 110, 408),
    spoken("sank", 250, 408),
]
ROWS = [
    "<td>ship</td><td>what became of it</td>",
    "<td>Fram</td><td>stands in the museum that was built for her</td>",
    "<td>Vasa</td><td>sank</td>",
]


def test_lines_below_rows_part_them_and_gaps_their_columns() -> None:
    for drift in (0, 4):
        image, draw = lined([300, 335, 391, 425], drift)
        for word in SHIPS:
            ink(draw, word)
        (table,) = tables_of(image, SHIPS)
        assert table.html == f"<table>{''.join(f'<tr>{row}</tr>' for row in ROWS)}</table>"


def test_rows_between_the_lines_of_a_head_and_an_end_go_on_where_a_word_had_no_room() -> None:
    image, draw = lined([300, 335, 425])
    for word in SHIPS:
        ink(draw, word)
    (table,) = tables_of(image, SHIPS)
    assert table.html == f"<table>{''.join(f'<tr>{row}</tr>' for row in ROWS)}</table>"


def test_white_between_a_ruling_line_and_the_letters_above_it_is_no_line() -> None:
    image, draw = lined([300, 335, 391, 425])
    draw.rectangle((110, 325, 210, 327), fill="black")  # the feet of letters that stand on the line
    ruling = find_ruling(np.asarray(image), SHIPS)
    assert [rule.at for rule in ruling.horizontal if rule.end - rule.start < 200] == []


def test_lines_around_running_text_make_no_table() -> None:
    image, draw = lined([300, 400, 500])
    words = [spoken("a line of running text that goes on and on here", 110, 320 + 24 * at) for at in range(7)]
    for word in words:
        ink(draw, word)
    assert tables_of(image, words) == []


def test_the_grid_of_a_chart_is_no_table() -> None:
    image, draw = page()
    grid(draw, [100, 200, 300, 400, 500], [300, 340, 380, 420, 460])
    assert tables_of(image, [spoken("peak", 310, 320), spoken("rest", 210, 440)]) == []


def test_a_line_of_a_grid_that_letters_hide_in_part_ends_at_a_border() -> None:
    image, draw = page()
    grid(draw, [100, 300, 500], [300, 340, 380])
    draw.rectangle((110, 334, 250, 346), fill="white")
    words = [spoken("ship", 110, 320), spoken("year", 310, 320), spoken("Fram", 110, 360), spoken("1892", 310, 360)]
    (table,) = tables_of(image, words)
    assert table.html == "<table><tr><td>ship</td><td>year</td></tr><tr><td>Fram</td><td>1892</td></tr></table>"
